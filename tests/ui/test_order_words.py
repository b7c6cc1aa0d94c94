"""Every status, reason and input of trading that the API has is known to the pages, in every language."""

import re
from pathlib import Path
from typing import Any

import pytest

from frontend import texts
from frontend.locale import LANGUAGES, Reader, written_for
from frontend.state import draft, terms
from frontend.state.outcome import outcome_of, standing_of

SCHEMA = (Path(__file__).resolve().parent.parent.parent / "schema.graphql").read_text()


def members(kind: str, name: str) -> list[str]:
    found = re.search(rf"^{kind} {name} \{{$(.*?)^\}}$", SCHEMA, re.MULTILINE | re.DOTALL)
    assert found is not None
    plain = re.sub(r'"""[\s\S]*?"""', "", found.group(1))
    return re.findall(r"^  (\w+)", plain, re.MULTILINE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_name_of_the_api_has_words(language: str) -> None:
    with written_for(Reader(language)):
        for name, section in (
            ("OrderStatus", texts.STATUSES),
            ("OrderReason", texts.ORDER_REASONS),
            ("OrderType", texts.ORDER_TYPES),
            ("SelfTradePrevention", texts.PREVENTIONS),
            ("MarketStatus", texts.STATUS),
            ("MarketStatus", texts.STANDING),
        ):
            assert [value for value in members("enum", name) if value not in section] == []
        for kind in draft.KINDS:
            for side in members("enum", "OrderSide"):
                assert texts.ABOUT[f"{kind}_{side}"].endswith(".")


def test_the_ticket_knows_every_kind_and_every_choice_of_the_api() -> None:
    assert set(draft.KINDS) == {*members("enum", "OrderType"), draft.PAIR}
    assert set(draft.TIMES_IN_FORCE) == set(members("enum", "TimeInForce"))
    assert set(draft.PREVENTIONS) == set(members("enum", "SelfTradePrevention"))


def test_a_refusal_of_any_number_of_an_order_stands_beside_a_field_that_is_there() -> None:
    inputs = {*members("input", "PlaceOrderInput"), *members("input", "PlaceOcoOrderInput")}
    numbers = inputs - {"accountId", "market", "side", "type", "timeInForce", "postOnly", "selfTradePrevention"}
    assert {name for name in numbers if not name.endswith("lientOrderId")} == set(draft.FIELD_OF)
    shown = set.union(*(draft.shown_fields(kind, "GTD") for kind in draft.KINDS))
    assert shown == set(draft.FIELDS)


ORDER: dict[str, Any] = {
    "side": "SELL",
    "type": "LIMIT",
    "status": "CANCELED",
    "quantity": "1.0",
    "filledQuantity": "0.0",
    "averagePrice": None,
    "price": "100.0",
    "reason": None,
}


@pytest.mark.parametrize("reason", members("enum", "OrderReason"))
def test_an_order_that_ended_says_why_in_lists_and_at_once(reason: str) -> None:
    for language in LANGUAGES:
        with written_for(Reader(language)):
            words = texts.ORDER_REASONS[reason]
            assert terms.ending_of(ORDER | {"reason": reason}).endswith(f": {words}")
            assert words in outcome_of(ORDER | {"reason": reason}, "BTC")
            assert reason not in words


def test_only_a_market_that_takes_orders_lets_them_be_sent() -> None:
    running: dict[str, Any] = {"halted": False, "haltReason": None}
    for status in members("enum", "MarketStatus"):
        blocked, standing = standing_of({"symbol": "A-B", "status": status, "statusReason": "So it is."}, running)
        assert bool(blocked) is (status in ("HALTED", "CANCEL_ONLY"))
        assert bool(standing) is (status in ("POST_ONLY", "AUCTION"))
        assert status == "OPEN" or ": So it is. " in blocked + standing
    market = {"symbol": "A-B", "status": "OPEN", "statusReason": None}
    blocked, _ = standing_of(market, {"halted": True, "haltReason": "Maintenance"})
    assert blocked == "The exchange is halted: Maintenance. You can cancel in A-B, not place."
