"""The settings: defaults, the environment, and words for values that do not fit."""

from pathlib import Path

import pytest

from backend import settings as settings_module
from backend.settings import BadSettings, Settings, describe, load, unknown_variables


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in list(os.environ):
        if name.startswith("RIALTO_"):
            monkeypatch.delenv(name)


def test_without_variables_the_exchange_is_a_real_one_on_loopback() -> None:
    settings = load()
    assert (settings.host, settings.port, settings.demo) == ("127.0.0.1", 8000, False)
    assert settings.data_dir == Path("data")
    assert settings.database_url is None


def test_variables_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RIALTO_PORT", "9001")
    monkeypatch.setenv("RIALTO_DEMO", "1")
    monkeypatch.setenv("RIALTO_DEMO_RATE", "0")
    monkeypatch.setenv("RIALTO_ALLOWED_ORIGINS", "https://a.example, https://b.example:8443")
    monkeypatch.setenv("RIALTO_LOG_LEVEL", "WARNING")
    settings = load()
    assert (settings.port, settings.demo, settings.demo_rate) == (9001, True, 0)
    assert settings.allowed_origins == ("https://a.example", "https://b.example:8443")
    assert settings.log_level == "warning"


def test_an_empty_variable_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RIALTO_DATABASE_URL", "")
    monkeypatch.setenv("RIALTO_PORT", "")
    assert (load().database_url, load().port) == (None, 8000)


def test_a_demonstration_allows_two_thousand_operations_per_second_and_a_real_exchange_fewer() -> None:
    demonstration, real = Settings(demo=True), Settings()
    assert min(demonstration.operations_per_address, demonstration.operations_per_account) >= 2_000
    assert max(real.operations_per_address, real.operations_per_account) < 2_000
    assert Settings(demo=True, operations_per_address=7).operations_per_address == 7


def test_every_value_that_does_not_fit_is_named_in_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"PORT": "70000", "DEMO": "perhaps", "LOG_FORMAT": "xml", "ALLOWED_ORIGINS": "example.org/path"}
    for name, value in values.items():
        monkeypatch.setenv(f"RIALTO_{name}", value)
    with pytest.raises(BadSettings) as refused:
        load()
    lines = str(refused.value).splitlines()
    assert sorted(line.partition(":")[0] for line in lines) == sorted(f"RIALTO_{name}" for name in values)
    assert "70000" in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [("RIALTO_SECRET_KEY", "hunter2"), ("RIALTO_DATABASE_URL", "mysql://user:hunter2@host/name")],
)
def test_a_secret_that_does_not_fit_is_not_repeated(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings) as refused:
        load()
    assert name in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_secrets_are_neither_listed_nor_represented() -> None:
    settings = Settings(secret_key="s" * 40, database_url="postgresql://user:hunter2@host/name")
    listed = repr(settings) + str(settings) + "".join(repr(row) for row in describe(settings))
    assert "s" * 40 not in listed
    assert "hunter2" not in listed


def test_each_setting_is_listed_with_its_variable_default_and_meaning() -> None:
    rows = {row.variable: row for row in describe(Settings(port=1234))}
    assert set(rows) == {settings_module.variable_of(name) for name in Settings.model_fields}
    assert all(row.help.endswith(".") for row in rows.values())
    assert (rows["RIALTO_PORT"].value, rows["RIALTO_PORT"].default, rows["RIALTO_PORT"].changed) == (1234, 8000, True)
    assert not rows["RIALTO_HOST"].changed


def test_a_variable_with_a_slip_of_the_pen_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RIALTO_PROT", "9001")
    monkeypatch.setenv("RIALTO_PORT", "9001")
    assert unknown_variables() == ["RIALTO_PROT"]


def test_settings_cannot_be_changed_afterwards() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().port = 1
