"""Runs the Reflex app's event socket without its compiler, its files and its other doors."""

import importlib.util
import logging
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import frontend
from backend.observability.requests import App


@dataclass(frozen=True, slots=True)
class TabLimits:
    """What a tab of the web app may cost."""

    message_bytes_max: int = 32 * 1024
    lifetime_seconds: int = 1_800
    """The state of a tab that has gone is kept for so long, for it may come back."""


USUAL_LIMITS = TabLimits()


def load_reflex(workdir: Path, limits: TabLimits = USUAL_LIMITS) -> tuple[App, Callable[[str], bool]]:
    """Import the web app for serving.

    Args:
        workdir: A directory of ours where Reflex may write; what an earlier start left there is removed.
        limits: Of each tab; the first ones count for the life of the process.

    Returns:
        The ASGI app of the event socket, and whether a path belongs to one of the pages.
    """
    workdir = workdir.resolve()
    for name in ("web", "states", "uploads"):
        shutil.rmtree(workdir / name, ignore_errors=True)
    workdir.mkdir(parents=True, exist_ok=True)
    os.environ.update(
        REFLEX_BACKEND_ONLY="true",
        REFLEX_CHECK_LATEST_VERSION="false",
        REFLEX_DIR=str(workdir),
        REFLEX_ENV_MODE="prod",
        REFLEX_REDIS_TOKEN_EXPIRATION=str(limits.lifetime_seconds),
        REFLEX_SOCKET_MAX_HTTP_BUFFER_SIZE=str(limits.message_bytes_max),
        REFLEX_STATES_WORKDIR=str(workdir / "states"),
        REFLEX_STATE_MANAGER_MODE="memory",
        REFLEX_TELEMETRY_ENABLED="false",
        REFLEX_UPLOADED_FILES_DIR=str(workdir / "uploads"),
        REFLEX_WEB_WORKDIR=str(workdir / "web"),
    )
    return _load()


@cache
def _load() -> tuple[App, Callable[[str], bool]]:
    """Import once: states are classes, and classes are registered for the life of the process."""
    import reflex.app
    from reflex_base.environment import environment
    from reflex_base.registry import RegistrationContext

    # Reflex reads its configuration from the current directory, which may be anybody's. Give it ours instead.
    config = _configuration()
    assert callable(vars(reflex.app).get("reload_config")), "Reflex loads its configuration in another way now"
    RegistrationContext.ensure_context()._set_config(config)
    vars(reflex.app)["reload_config"] = lambda: config
    environment.REFLEX_SKIP_COMPILE.set(True)

    from frontend.frontend import app

    served: Any = app()
    router = app.router
    # Reflex warns about each browser that it does not know and writes the tab's token, a credential, beside it.
    logging.getLogger("reflex").setLevel(logging.ERROR)

    def is_route(path: str) -> bool:
        return router(path) not in (None, "404")

    return served, is_route


def _configuration() -> Any:
    """Load `rxconfig.py` from beside the web app: in the checkout, or where the wheel was installed."""
    path = Path(frontend.__file__).resolve().parent.parent / "rxconfig.py"
    spec = importlib.util.spec_from_file_location("rxconfig", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise FileNotFoundError("rxconfig.py is missing beside the package frontend; install Rialto again.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.config
