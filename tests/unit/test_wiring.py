"""Every bound that is a setting reaches the part that it bounds."""

import ast
import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import backend
from backend import wiring
from backend.accounts.sessions import SessionLimits
from backend.graphql.schema import FIELD_COSTS
from backend.graphql.transport import TransportLimits
from backend.graphql.transport.feeds import PRIVATE_FEED_ITEMS_MAX
from backend.limits import Limits
from backend.marketdata.candles import CANDLES_REMEMBERED_MAX, CANDLES_REMEMBERED_MIN
from backend.observability.health import CHECK_SECONDS_MAX, LAG_MAX
from backend.persistence.database import DatabaseLimits
from backend.sequencer.limits import SequencerLimits
from backend.sequencer.projector import ProjectorLimits
from backend.sequencer.views import ENDED_ORDERS_MAX
from backend.settings import Settings
from backend.storage import database_limits
from backend.web.reflex_host import TabLimits

READERS = ("app.py", "cli.py", "serving.py", "storage.py", "wiring.py")
"""The modules that are given the settings."""

PARTS: list[tuple[Any, Callable[[Settings], Any]]] = [
    (DatabaseLimits(), database_limits),
    (SequencerLimits(), wiring.sequencer_limits),
    (ProjectorLimits(), wiring.projector_limits),
    (SessionLimits(), wiring.session_limits),
    (TransportLimits(field_costs=FIELD_COSTS), wiring.transport_limits),
    (TabLimits(), wiring.tab_limits),
]
every_part = pytest.mark.parametrize(("usual", "of_settings"), PARTS, ids=[type(part).__name__ for part, _ in PARTS])


def numbers(part: Any) -> dict[str, float]:
    """Return the bounds of a part by name; the schema decides one of them, how much of a page is counted."""
    values = {field.name: getattr(part, field.name) for field in dataclasses.fields(part)}
    return {
        name: value
        for name, value in values.items()
        if isinstance(value, int | float) and name != "page_items_counted_max"
    }


def test_every_setting_is_read() -> None:
    read = {
        node.attr
        for reader in READERS
        for node in ast.walk(ast.parse((Path(backend.__file__).parent / reader).read_text()))
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("settings", "self._settings")
    }
    assert read == set(Settings.model_fields)


@every_part
def test_every_bound_of_a_part_is_a_setting_of_its_own(usual: Any, of_settings: Callable[[Settings], Any]) -> None:
    settings = Settings(demo=True)
    before = numbers(of_settings(settings))
    changed: list[str] = []
    for name in Limits.model_fields.keys() | {"session_idle_hours", "session_lifetime_hours"}:
        other = Settings.model_validate({"demo": True, name: getattr(settings, name) + 1})
        after = numbers(of_settings(other))
        changed += [bound for bound, value in after.items() if value != before[bound]]
    assert sorted(changed) == sorted(before)


@every_part
def test_the_usual_bounds_of_a_part_are_those_of_a_demonstration(
    usual: Any, of_settings: Callable[[Settings], Any]
) -> None:
    assert of_settings(Settings(demo=True)) == usual


def test_what_is_handed_on_alone_has_the_usual_bound_too() -> None:
    settings = Settings()
    assert settings.candles_cached_max == CANDLES_REMEMBERED_MAX
    assert settings.ended_orders_cached_max == ENDED_ORDERS_MAX
    assert settings.feed_items_max == PRIVATE_FEED_ITEMS_MAX
    assert (settings.ready_check_seconds_max, settings.ready_lag_max) == (CHECK_SECONDS_MAX, LAG_MAX)


def test_tickers_always_have_their_day_of_minutes() -> None:
    assert Settings(candles_cached_max=CANDLES_REMEMBERED_MIN).candles_cached_max == CANDLES_REMEMBERED_MIN
    with pytest.raises(ValueError, match="candles_cached_max"):
        Settings(candles_cached_max=CANDLES_REMEMBERED_MIN - 1)
