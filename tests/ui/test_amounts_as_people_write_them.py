"""Reading and showing amounts on pages."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontend.amounts import is_zero, read_amount, show

CONTRACT = re.compile(r"-?\d{1,30}(\.\d{1,30})?")


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("104218.4", "104218.4"),
        ("104,218.4", "104218.4"),
        ("104 218,4", "104218.4"),
        ("104\u202f218,4", "104218.4"),
        ("104.218,4", "104218.4"),
        ("1,234,567", "1234567"),
        ("0,5", "0.5"),
        (".5", "0.5"),
        ("7.", "7"),
        (" 0.18000 ", "0.18000"),
    ],
)
def test_a_number_is_understood_as_it_is_pasted(typed: str, read: str) -> None:
    assert read_amount(typed) == read


@pytest.mark.parametrize(
    "typed", ["", " ", "-1", "1e5", "NaN", "Infinity", "1.2.3", "1,2,3", "0x10", "٣", "1" * 31, "1" * 10_000]
)
def test_what_is_no_amount_is_not_sent(typed: str) -> None:
    assert read_amount(typed) is None


@given(st.text(max_size=90))
def test_whatever_is_typed_the_api_gets_a_well_formed_decimal_or_nothing(typed: str) -> None:
    read = read_amount(typed)
    assert read is None or CONTRACT.fullmatch(read)


@given(st.from_regex(r"(0|[1-9][0-9]{0,20})(\.[0-9]{1,18})?", fullmatch=True))
def test_what_is_shown_is_read_back_exactly(amount: str) -> None:
    assert read_amount(show(amount)) == amount


def test_amounts_are_grouped_with_a_real_minus_sign_and_unknown_is_a_dash() -> None:
    assert show("1234567.8900") == "1,234,567.8900"
    assert show("-12.5") == "\u221212.5"
    assert show(None) == "–"


def test_zero_is_zero_at_any_scale() -> None:
    assert is_zero("0.000")
    assert not is_zero("0.001")
