"""Health: is the process alive, can it serve, and the numbers of Prometheus."""

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import structlog
from litestar import MediaType, Request, Response, get
from litestar.handlers import HTTPRouteHandler

from backend.observability.metrics import CONTENT_TYPE, Metrics

Check = Callable[[], Awaitable[str | None]]
"""Return why the exchange cannot serve, in words, or None."""

CHECK_SECONDS_MAX = 2.0
LAG_MAX = 20_000
"""The exchange is not ready when the SQL tables are further behind than so many commands."""
NO_STORE = {"Cache-Control": "no-store"}

logger = structlog.get_logger(__name__)


async def reasons_not_ready(checks: Mapping[str, Check], seconds_max: float = CHECK_SECONDS_MAX) -> dict[str, str]:
    """Ask all checks at once; one that fails or takes too long is a reason too."""

    async def ask(name: str, check: Check) -> str | None:
        try:
            return await asyncio.wait_for(check(), seconds_max)
        except TimeoutError:
            return f"no answer within {seconds_max:g} s"
        except Exception:  # a probe must answer; the log has the traceback
            logger.exception("health check failed", check=name)
            return "the check failed"

    answers = await asyncio.gather(*(ask(name, check) for name, check in checks.items()))
    return {name: reason for name, reason in zip(checks, answers, strict=True) if reason is not None}


def health_handlers(
    checks: Mapping[str, Check],
    metrics: Metrics,
    metrics_public: bool = False,
    check_seconds_max: float = CHECK_SECONDS_MAX,
) -> Sequence[HTTPRouteHandler]:
    """Return the handlers of /livez, /readyz and /metrics.

    Args:
        checks: What must be well before the exchange serves, by name.
        metrics: What /metrics shows.
        metrics_public: Show it to every address instead of loopback and private ones only; the others get 404.
        check_seconds_max: A check that takes longer is a reason too.
    """

    @get("/livez", media_type=MediaType.JSON, sync_to_thread=False)
    def livez() -> Response[dict[str, str]]:
        """Say that the process runs and its event loop turns."""
        return Response({"status": "alive"}, headers=NO_STORE)

    @get("/readyz", media_type=MediaType.JSON)
    async def readyz() -> Response[dict[str, object]]:
        """Say whether the exchange can serve, and if not why."""
        reasons = await reasons_not_ready(checks, check_seconds_max)
        metrics.ready.set(not reasons)
        if reasons:
            return Response({"status": "not ready", "reasons": reasons}, status_code=503, headers=NO_STORE)
        return Response({"status": "ready"}, headers=NO_STORE)

    @get("/metrics")
    async def metrics_text(request: Request[Any, Any, Any]) -> Response[bytes]:
        """Return the numbers of Prometheus."""
        if not metrics_public and not is_near(request.client.host if request.client else ""):
            return Response(b"Not Found", status_code=404, media_type=MediaType.TEXT)
        metrics.ready.set(not await reasons_not_ready(checks, check_seconds_max))
        return Response(metrics.text(), media_type=CONTENT_TYPE, headers=NO_STORE)

    return (livez, readyz, metrics_text)


def sequencer_check(is_ready: Callable[[], bool]) -> Check:
    """Return the check that commands are taken."""

    async def check() -> str | None:
        return None if is_ready() else "no commands are taken now"

    return check


def projector_check(has_failed: Callable[[], bool], lag: Callable[[], int], lag_max: int = LAG_MAX) -> Check:
    """Return the check that the SQL tables follow, at most `lag_max` commands behind."""

    async def check() -> str | None:
        if has_failed():
            return "the SQL tables cannot be written"
        behind = lag()
        return f"the SQL tables are {behind} commands behind, more than {lag_max}" if behind > lag_max else None

    return check


def database_check(ask: Callable[[], Awaitable[object]]) -> Check:
    """Return the check that the database answers; `ask` makes a small query and raises when it fails."""

    async def check() -> str | None:
        try:
            await ask()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer of this check
            logger.warning("the database does not answer", reason=str(error))
            return "the database does not answer"
        return None

    return check


def is_near(address: str) -> bool:
    """Say whether an address is loopback or private."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    return parsed.is_loopback or parsed.is_private
