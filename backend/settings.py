"""Every setting of the exchange, typed, with its default and its meaning; nothing else reads the environment."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict, SettingsError

from backend.limits import Limits

PREFIX = "RIALTO_"


class BadSettings(Exception):
    """One or more variables have values that do not fit; the message names each of them, a line for each."""


def _secret(help_text: str, default_text: str) -> Any:
    """Return a field that is never shown."""
    return Field(
        default=None,
        repr=False,
        description=help_text,
        json_schema_extra={"secret": True, "default_text": default_text},
    )


class Choices(BaseSettings):
    """What an operator chooses: where it runs, for whom, and what it tells."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    # where it runs
    host: str = Field(default="127.0.0.1", description="Address to listen on.", min_length=1)
    port: int = Field(default=8000, description="Port to listen on.", ge=0, le=65535)
    data_dir: Path = Field(
        default=Path("data"), description="Folder of the databases and keys; made when it is missing."
    )
    database_url: str | None = _secret(
        "URL of the database, sqlite:///… or postgresql://…; a PostgreSQL database takes the journal too.",
        "rialto.sqlite and its journal in the data folder",
    )
    migrate: bool = Field(
        default=False,
        description="At the start, bring a database of an older version up to date instead of refusing it.",
    )
    secret_key: str | None = _secret(
        "Secret from which the server's keys are derived, 32 characters or more.",
        "made once and kept in secret.key in the data folder",
    )
    shutdown_seconds: int = Field(
        default=2, description="How long a stop waits for requests that are under way.", ge=0, le=60
    )

    # demonstration
    demo: bool = Field(default=False, description="Run a demonstration exchange: markets, a faucet and traders.")
    demo_rate: float = Field(
        default=10.0,
        description="Commands per second of all demonstration traders; 0: none, and no history.",
        ge=0,
        le=10_000,
    )

    # who may come in
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Origins besides its own whose pages may use the session cookie, with commas between."
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Addresses of proxies whose X-Forwarded-For is believed, with commas between."
    )
    cookie_secure: Literal["auto", "always", "never"] = Field(
        default="auto", description="Send the session cookie over HTTPS only; auto: when the request came by HTTPS."
    )
    metrics_public: bool = Field(
        default=False, description="Serve /metrics to every address instead of loopback and private ones only."
    )

    # users and sessions
    session_idle_hours: int = Field(
        default=24, description="A session that is not used for so long ends.", ge=1, le=8760
    )
    session_lifetime_hours: int = Field(default=336, description="No session lasts longer, used or not.", ge=1, le=8760)
    password_length_min: int = Field(default=12, description="Shortest password that is accepted.", ge=8, le=128)
    argon2_time_cost: int = Field(default=2, description="Passes of argon2id over its memory.", ge=1, le=20)
    argon2_memory_kib: int = Field(
        default=19_456, description="Memory of one argon2id hash, in KiB.", ge=1_024, le=4_194_304
    )
    argon2_parallelism: int = Field(default=1, description="Lanes of one argon2id hash.", ge=1, le=16)

    admin_password: str | None = _secret(
        "Password that `rialto admin create` gives a new administrator, for scripts.", "asked for, or read from stdin"
    )

    # fees
    fee_volume_asset: str = Field(
        default="USDT",
        description="Asset in which the 30-day volume of the fee tiers is counted; takes effect with `setFeeTiers`.",
        min_length=1,
        max_length=12,
    )

    # what it tells
    log_format: Literal["auto", "json", "console"] = Field(
        default="auto", description="Form of the log; auto: readable on a terminal, JSON lines otherwise."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least level that is logged."
    )
    access_log: bool = Field(default=False, description="Log a line for each HTTP request.")

    @field_validator("allowed_origins", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("allowed_origins")
    @classmethod
    def _check_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            scheme, _, rest = origin.partition("://")
            if scheme not in ("http", "https") or not rest or "/" in rest:
                raise ValueError(f"{origin!r} is no origin such as https://exchange.example")
        return value

    @field_validator("database_url")
    @classmethod
    def _check_database_url(cls, value: str | None) -> str | None:
        if value is not None and value.partition(":")[0].partition("+")[0] not in ("sqlite", "postgresql", "postgres"):
            raise ValueError("it must begin with sqlite:// or postgresql://")
        return value

    @field_validator("secret_key")
    @classmethod
    def _check_secret_key(cls, value: str | None) -> str | None:
        if value is not None and len(value) < 32:
            raise ValueError("it must have 32 characters or more")
        return value

    @field_validator("log_level", "log_format", "cookie_secure", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value


class Settings(Limits, Choices):
    """All settings, choices first; each field is the variable `RIALTO_` + its name in capitals."""


@dataclass(frozen=True, slots=True)
class Described:
    """One setting as an operator sees it; a secret's value is masked."""

    variable: str
    value: object
    default: object
    help: str
    changed: bool
    """It was given, and is not the default by chance."""


def load() -> Settings:
    """Read the settings from the environment.

    Raises:
        BadSettings: A variable has a value that does not fit; secrets are not repeated in the message.
    """
    try:
        return Settings()
    except ValidationError as error:
        details = [
            detail for detail in error.errors(include_url=False) if detail["type"] != "default_factory_not_called"
        ]
        raise BadSettings("\n".join(map(_explain, details))) from None
    except SettingsError as error:
        raise BadSettings(str(error)) from None


def describe(settings: Settings) -> Iterator[Described]:
    """List each setting with its variable, its value, its default and its meaning."""
    for name, info in Settings.model_fields.items():
        extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
        value = getattr(settings, name)
        shown = "(set, not shown)" if extra.get("secret") and value is not None else _plain(value)
        yield Described(
            variable_of(name),
            shown,
            _default_of(info, extra),
            info.description or "",
            name in settings.model_fields_set,
        )


def variable_of(name: str) -> str:
    """Return the environment variable of a setting."""
    return PREFIX + name.upper()


def unknown_variables() -> list[str]:
    """Return the variables that look like settings and are none, such as one with a slip of the pen."""
    known = {variable_of(name) for name in Settings.model_fields}
    return sorted(name for name in os.environ if name.upper().startswith(PREFIX) and name.upper() not in known)


def _explain(detail: Any) -> str:
    names = [str(part) for part in detail["loc"]]
    message = detail["msg"].removeprefix("Value error, ")
    given = detail.get("input")
    name = names[0] if names else ""
    info = Settings.model_fields.get(name)
    hidden = info is None or not info.repr or given is None
    return f"{variable_of(name)}: {message[:1].lower()}{message[1:]}" + ("" if hidden else f" (it is {given!r})")


def _default_of(info: FieldInfo, extra: Mapping[str, Any]) -> object:
    return extra["default_text"] if "default_text" in extra else _plain(info.default)


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return str(value) if isinstance(value, Path) else value
