"""Exact sums of the ticket: shares, steps and conversions; texts in, texts out, never a float."""

from decimal import ROUND_FLOOR, Decimal, localcontext

DIGITS = 100


def rounded_down(value: Decimal, step: Decimal) -> Decimal:
    """The nearest multiple of a step that is not above the value, with the step's decimals."""
    with localcontext(prec=DIGITS):
        return ((value / step).to_integral_value(rounding=ROUND_FLOOR) * step).quantize(step)


def plain(value: Decimal) -> str:
    """A number as the API takes it."""
    return f"{value:f}"


def moved(text: str | None, step: str, count: int) -> str:
    """A price or amount some steps further, never below one step; what lies between two steps goes to the next one."""
    size = Decimal(step)
    value = Decimal(text or "0")
    with localcontext(prec=DIGITS):
        below = rounded_down(value, size)
        start = below + size if count < 0 and below != value else below
        return plain(max(size, start + count * size))


def share_of(available: str, percent: int, step: str) -> str:
    """A share of what is available, in whole steps."""
    with localcontext(prec=DIGITS):
        return plain(rounded_down(Decimal(available) * percent / 100, Decimal(step)))


def base_for(quote: str, price: str, lot: str) -> str:
    """How much a sum of the quote asset buys at a price, in whole lots."""
    with localcontext(prec=DIGITS):
        return plain(rounded_down(Decimal(quote) / Decimal(price), Decimal(lot)))


def quote_for(base: str, price: str, step: str) -> str:
    """What an amount is worth at a price, in whole steps of the quote asset."""
    with localcontext(prec=DIGITS):
        return plain(rounded_down(Decimal(base) * Decimal(price), Decimal(step)))


def middle(bid: str, ask: str, tick: str) -> str:
    """The price between two others, on the tick below it."""
    with localcontext(prec=DIGITS):
        return plain(rounded_down((Decimal(bid) + Decimal(ask)) / 2, Decimal(tick)))


def percent_of(part: str, whole: str) -> int:
    """How many whole percent of something a part is, from 0 to 100."""
    with localcontext(prec=DIGITS):
        total = Decimal(whole)
        return int(min(Decimal(100), max(Decimal(0), Decimal(part) * 100 / total))) if total > 0 else 0
