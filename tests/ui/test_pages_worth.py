"""What balances are worth, and the pages of a list: without a browser."""

from typing import Any

import pytest

from frontend.locale import Reader, written_for
from frontend.state.paging import Pager, is_code, is_day, period
from frontend.state.worth import appraise

TICKERS = [
    {"market": "BTC-USDT", "last": "100000.0", "open24h": "80000.0"},
    {"market": "ETH-BTC", "last": "0.05", "open24h": None},
    {"market": "SOL-USDT", "last": None, "open24h": None},
]


def balance(code: str, total: str, held: str = "0") -> dict[str, Any]:
    return {"asset": {"code": code, "name": code}, "available": total, "held": held, "total": total}


def test_balances_are_added_up_by_last_prices() -> None:
    worth = appraise([balance("USDT", "50000.000000"), balance("BTC", "0.50000000", "0.1")], TICKERS, "USDT", "Other")
    assert (worth.total, worth.held) == ("100,000.00", "10,000.00")
    assert [holding.share for holding in worth.holdings] == ["50.0\u2009%", "50.0\u2009%"]
    assert (worth.change, worth.change_percent, worth.rising) == ("+10,000.00", "+11.11\u2009%", True)


def test_values_go_through_the_inverse_market_where_there_is_no_direct_one() -> None:
    worth = appraise([balance("USDT", "50000"), balance("BTC", "0.5")], TICKERS, "BTC", "Other")
    assert worth.total == "1.00000000"


def test_an_asset_without_a_price_counts_for_nothing_and_says_so() -> None:
    worth = appraise([balance("SOL", "5"), balance("USDT", "10")], TICKERS, "USDT", "Other")
    assert worth.total == "10.00"
    assert {holding.asset: holding.value for holding in worth.holdings} == {"USDT": "10.00", "SOL": "–"}


def test_nothing_at_all_is_worth_nothing() -> None:
    worth = appraise([], TICKERS, "USDT", "Other")
    assert (worth.total, worth.change_percent, worth.slices) == ("0.00", "0.00\u2009%", [])


def test_a_pager_goes_there_and_back() -> None:
    pager = Pager()
    pager.arrived({"hasNextPage": True, "endCursor": "a"})
    pager.forward()
    assert pager.variables()["after"] == "a"
    pager.arrived({"hasNextPage": False, "endCursor": "b"})
    pager.forward()
    assert pager.variables()["after"] == "a", "there is nothing older"
    pager.back()
    assert pager.variables()["after"] is None


def test_a_day_begins_and_ends_in_the_zone_of_the_reader() -> None:
    assert period("", "") == {"since": None, "until": None}
    with written_for(Reader.of({"cookie": "rialto_zone=Europe/Berlin"})):
        found = period("2026-03-29", "2026-03-29")
    assert found == {"since": "2026-03-29T00:00:00+01:00", "until": "2026-03-30T00:00:00+02:00"}


@pytest.mark.parametrize("value", ["2026-13-01", "0001-01-01", "2026-01-01T00:00", 5, None, ["2026-01-01"]])
def test_what_is_no_day_is_not_taken(value: object) -> None:
    assert not is_day(value)


@pytest.mark.parametrize("value", ["btc", "BTC-USDT-X", "B" * 50, 5, None, "BTC\n"])
def test_what_is_no_market_is_not_taken(value: object) -> None:
    assert not is_code(value)
