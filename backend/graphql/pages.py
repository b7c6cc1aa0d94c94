"""Relay pages: newest first, at most 100 a page, opaque cursors that fit their own kind of list alone."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar

import strawberry

from backend.graphql.errors import bad_user_input
from backend.persistence.rows import Page

PAGE_SIZE_MAX: Final = 100
CURSOR_LENGTH_MAX: Final = 200
ID_DIGITS_MAX: Final = 18
"""Ids are numbers below 2^63 inside."""

Row = TypeVar("Row")
Node = TypeVar("Node")


@strawberry.type
class PageInfo:
    """Whether there is more, and where to go on."""

    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class Edge(Generic[Node]):
    """One item and its place in the list."""

    node: Node
    cursor: str


@strawberry.type
class Connection(Generic[Node]):
    """A page of a list, newest first."""

    edges: list[Edge[Node]]
    page_info: PageInfo


def shown_page(page: Page[Row], show: Callable[[Row], Node], cursor_of: Callable[[Row], str]) -> Connection[Node]:
    """Return a page as the API shows it, each item with its cursor."""
    edges = [Edge(node=show(row), cursor=cursor_of(row)) for row in page.items]
    return Connection(edges=edges, page_info=page_info([edge.cursor for edge in edges], page.more))


def page_size(first: int) -> int:
    """Return a page's size.

    Raises:
        ApiError: BAD_USER_INPUT, it is outside 1 to 100.
    """
    if not 1 <= first <= PAGE_SIZE_MAX:
        raise bad_user_input(f"`first` is 1 to {PAGE_SIZE_MAX}.")
    return first


def cursor(kind: str, *position: int) -> str:
    """Return the opaque text for a place in a list of this kind."""
    return base64.urlsafe_b64encode("-".join([kind, *map(str, position)]).encode()).decode()


def position_after(after: str | None, kind: str, parts: int) -> tuple[int, ...] | None:
    """Return the place that a cursor stands for, or None for the beginning.

    Raises:
        ApiError: BAD_USER_INPUT, it is no cursor of this list.
    """
    if after is None:
        return None
    try:
        text = base64.b64decode(after[:CURSOR_LENGTH_MAX].encode(), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError) as error:
        raise _bad_cursor() from error
    position = tuple(number for part in text.split("-")[1:] if (number := id_number(part)) is not None)
    if len(position) != parts or cursor(kind, *position) != after:
        raise _bad_cursor()
    return position


def id_number(text: str) -> int | None:
    """Return the number inside an id, or None where it can be none of ours."""
    if text.isascii() and text.isdigit() and len(text) <= ID_DIGITS_MAX and (text == "0" or text[0] != "0"):
        return int(text)
    return None


def page_info(cursors: Sequence[str], more: bool) -> PageInfo:
    """Return the end of a page."""
    return PageInfo(has_next_page=more, end_cursor=cursors[-1] if cursors else None)


def _bad_cursor() -> Exception:
    return bad_user_input("`after` is no cursor of this list.")
