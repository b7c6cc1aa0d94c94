"""Exact conversion between what people write and what the engine counts."""

from decimal import Decimal, getcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend import money
from backend.money import MalformedDecimal, TooFine

DIGITS_38 = "99999999999999999999999999999999999999"


@pytest.mark.parametrize(
    "text",
    ["0", "-0", "1", "-1", "0.00150000", "000", "123456789012345678901234567890.123456789012345678901234567890"],
)
def test_plain_numbers_are_read_exactly(text: str) -> None:
    assert money.parse(text) == Decimal(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        " 1",
        "1 ",
        "1\n",
        "+1",
        "1e3",
        "1E-30",
        "NaN",
        "Infinity",
        "-Infinity",
        ".5",
        "5.",
        "1,000",
        "1_000",
        "0x10",
        "--1",
        "1.2.3",
        "\u0661",
        "1" * 31,
        "0." + "1" * 31,
        "9" * 10_000,
    ],
)
def test_anything_else_is_no_number(text: str) -> None:
    with pytest.raises(MalformedDecimal):
        money.parse(text)


@pytest.mark.parametrize("value", [1, 1.5, None, True, b"1", ["1"]])
def test_a_number_that_is_not_a_text_is_no_number(value: object) -> None:
    with pytest.raises(MalformedDecimal):
        money.parse(value)  # type: ignore[arg-type]


def test_an_amount_is_counted_in_smallest_units() -> None:
    assert money.to_units(Decimal("1.5"), 8) == 150_000_000
    assert money.to_units(Decimal("-0.00000001"), 8) == -1
    assert money.to_units(Decimal("1E+3"), 2) == 100_000
    assert money.to_units(Decimal("1.50"), 1) == 15, "zeros at the end are not too fine"


def test_38_digits_survive() -> None:
    wei = money.to_units(Decimal(DIGITS_38[:20] + "." + DIGITS_38[20:]), 18)
    assert wei == int(DIGITS_38)
    assert money.plain(wei, 18) == DIGITS_38[:20] + "." + DIGITS_38[20:]
    assert getcontext().prec < 38, "without any help of the decimal context, which would round here"


def test_a_number_finer_than_its_unit_says_the_nearest_one() -> None:
    for text, nearest in (("0.015", 2), ("0.014", 1), ("-0.015", -2), ("0.004", 0), ("0.005", 1), ("2.675", 268)):
        with pytest.raises(TooFine) as caught:
            money.to_units(Decimal(text), 2)
        assert caught.value.nearest == nearest, text


def test_prices_are_counted_in_ticks_and_quantities_in_lots() -> None:
    assert money.to_steps(Decimal("104237.5"), 5, 1) == 208_475
    assert money.to_steps(Decimal("0.00003"), 1000, 8) == 3
    with pytest.raises(TooFine) as caught:
        money.to_steps(Decimal("104237.3"), 5, 1)
    assert caught.value.nearest == 208_475


def test_amounts_are_printed_with_all_decimals_of_their_asset() -> None:
    assert money.plain(0, 8) == "0.00000000"
    assert money.plain(-1, 8) == "-0.00000001"
    assert money.plain(5, 0) == "5"
    assert money.plain(123_456, 3) == "123.456"
    assert str(money.to_decimal(-15, 1)) == "-1.5"
    assert money.to_decimal(10**37 - 1, 0) == 10**37 - 1


@given(st.integers(-(10**38) + 1, 10**38 - 1), st.integers(0, 18))
def test_what_is_printed_is_read_back_as_the_same_amount(units: int, decimals: int) -> None:
    assert money.to_units(Decimal(money.plain(units, decimals)), decimals) == units
    assert money.to_units(money.to_decimal(units, decimals), decimals) == units
    assert len(money.plain(units, decimals).partition(".")[2]) == decimals


def test_a_scale_is_as_short_as_its_number_allows() -> None:
    assert money.shortest_scale(1000, 8) == (1, 5)
    assert money.shortest_scale(5, 1) == (5, 1)
    assert money.shortest_scale(100, 2) == (1, 0)
    assert money.shortest_scale(100, 1) == (10, 0)
    assert money.split(Decimal("0.500")) == (5, 1)
    assert money.split(Decimal("1E+3")) == (1000, 0)
    assert money.split(Decimal("25")) == (25, 0)


@given(st.integers(0, 10**37), st.integers(0, money.RATE_SCALE))
def test_a_fee_is_never_less_than_its_rate_nor_a_unit_more(received: int, rate: int) -> None:
    exact = received * rate
    fee = money.fee(received, rate)
    assert exact <= fee * money.RATE_SCALE < exact + money.RATE_SCALE
    assert fee <= received, "nobody pays more than he receives"


def test_halves_are_rounded_away_from_zero() -> None:
    assert [money.divide_half_up(units, 2) for units in (1, -1, 3, -3, 4, 0)] == [1, -1, 2, -2, 2, 0]
    assert [money.divide_half_up(units, 3) for units in (1, 2, -1, -2)] == [0, 1, 0, -1]
