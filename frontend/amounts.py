"""How exact decimals are read from what people type and shown to them; text in, text out, never a float."""

import re

from frontend.locale import separators

MINUS = "\u2212"
_SPACES = re.compile(r"[\s\u00a0\u2009\u202f'’_]")
_PLAIN = re.compile(r"[0-9]{1,30}(?:\.[0-9]{1,30})?")
_GROUPED_BY_COMMA = re.compile(r"[1-9][0-9]{0,2}(?:,[0-9]{3})+")


def read_amount(text: str) -> str | None:
    """Understand a number as people paste it: `104,218.4`, `104 218,4`, `.5`.

    A lone point separates decimals in every language; a lone comma does so where that is the custom.

    Args:
        text: What was typed, at most as long as a field allows.

    Returns:
        The number as the API takes it, or None when it is none.
    """
    if len(text) > 80:
        return None
    plain = _SPACES.sub("", text)
    comma, point = plain.rfind(","), plain.rfind(".")
    if comma >= 0 and separators()[1] == ",":
        plain = plain.replace(",", "") if point > comma else plain.replace(".", "").replace(",", ".", 1)
    elif comma >= 0 and point >= 0:
        plain = plain.replace(",", "") if point > comma else plain.replace(".", "").replace(",", ".")
    elif comma >= 0:
        plain = plain.replace(",", "") if _GROUPED_BY_COMMA.fullmatch(plain) else plain.replace(",", ".", 1)
    plain = f"0{plain}" if plain.startswith(".") else plain
    plain = plain.removesuffix(".")
    return plain if _PLAIN.fullmatch(plain) else None


def show(text: str | None) -> str:
    """Group digits by the reader's custom: `104218.40` → `104,218.40`; unknown is an en dash."""
    if text is None:
        return "–"
    group, decimal = separators()
    whole, point, fraction = text.removeprefix("-").partition(".")
    grouped = f"{int(whole):,}".replace(",", group)
    return (MINUS if text.startswith("-") else "") + grouped + (decimal if point else "") + fraction


def is_zero(text: str) -> bool:
    """Whether an exact decimal is nothing."""
    return not re.search(r"[1-9]", text)
