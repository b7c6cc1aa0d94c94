"""The ticket's sums are exact: never more than is there, and always on a step."""

from decimal import Decimal, localcontext

from hypothesis import given
from hypothesis import strategies as st

from frontend.state import sums

steps = st.sampled_from(["1", "0.1", "0.5", "0.00001", "0.00000001", "25"])
amounts = st.decimals("0", "1e15", places=8, allow_nan=False).map(lambda value: f"{value:f}")
prices = st.decimals("0.01", "1e9", places=2, allow_nan=False).map(lambda value: f"{value:f}")


def on_step(value: str, step: str) -> bool:
    with localcontext(prec=100):
        return Decimal(value) % Decimal(step) == 0


@given(available=amounts, percent=st.integers(0, 100), step=steps)
def test_a_share_is_the_largest_multiple_that_is_not_more(available: str, percent: int, step: str) -> None:
    share = sums.share_of(available, percent, step)
    with localcontext(prec=100):
        exact = Decimal(available) * percent / 100
        assert on_step(share, step)
        assert Decimal(share) <= exact < Decimal(share) + Decimal(step)


@given(quote=amounts, price=prices, lot=steps)
def test_what_a_sum_buys_never_costs_more_than_the_sum(quote: str, price: str, lot: str) -> None:
    base = sums.base_for(quote, price, lot)
    with localcontext(prec=100):
        assert on_step(base, lot)
        assert Decimal(base) * Decimal(price) <= Decimal(quote)
        assert (Decimal(base) + Decimal(lot)) * Decimal(price) > Decimal(quote)


@given(text=amounts, step=steps, count=st.integers(-10, 10).filter(bool))
def test_a_step_lands_on_a_step_in_its_direction_and_never_at_nothing(text: str, step: str, count: int) -> None:
    moved = Decimal(sums.moved(text, step, count))
    assert on_step(str(moved), step)
    assert moved >= Decimal(step)
    if count > 0:
        assert moved > Decimal(text)
    elif moved > Decimal(step):
        assert moved < Decimal(text)


def test_nothing_written_yet_starts_at_the_first_step() -> None:
    assert sums.moved(None, "0.1", 1) == "0.1"
    assert sums.moved("", "0.00001", 10) == "0.00010"
    assert sums.share_of("100", 50, "0.001") == "50.000"
    assert sums.middle("100.0", "100.3", "0.1") == "100.1"
    assert sums.percent_of("1", "0") == 0
    assert sums.percent_of("5", "4") == 100
    assert sums.quote_for("0.33333", "99.99", "0.01") == "33.32"
