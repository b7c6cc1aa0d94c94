"""Who reads: the language and the time zone in which a person's pages are written."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from http.cookies import CookieError, SimpleCookie
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.dates import format_date, format_datetime, format_time

LANGUAGES = ("en", "de")
SOURCE_LANGUAGE = LANGUAGES[0]
LANGUAGE_COOKIE = "rialto_language"
ZONE_COOKIE = "rialto_zone"
HEADER_LENGTH_MAX = 500

NARROW_SPACE = "\u202f"
# A lone point always separates decimals, so that what the API writes means the same in a field of every language;
# languages with a decimal comma therefore group by narrow spaces and never by points.
SEPARATORS = {"en": (",", "."), "de": (NARROW_SPACE, ",")}
# British English, for days before months and 24 hours.
_CLDR = {"en": Locale.parse("en_GB"), "de": Locale.parse("de")}


@dataclass(frozen=True, slots=True)
class Reader:
    """How one person reads."""

    language: str = SOURCE_LANGUAGE
    zone: tzinfo = UTC
    zone_name: str = "UTC"

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> "Reader":
        """Take what the browser said when its socket connected: the cookies of the settings, then its own wishes."""
        cookies: SimpleCookie = SimpleCookie()
        try:
            cookies.load(headers.get("cookie", ""))
        except CookieError:
            cookies.clear()
        chosen = cookies.get(LANGUAGE_COOKIE)
        zone = cookies.get(ZONE_COOKIE)
        language = chosen.value if chosen and chosen.value in LANGUAGES else _wished(headers.get("accept-language", ""))
        found, name = _zone(zone.value if zone else "")
        return cls(language, found, name)


_reader: ContextVar[Reader | None] = ContextVar("reader", default=None)


def reader() -> Reader | None:
    """The person for whom this event is handled, or None outside of any."""
    return _reader.get()


def read_by(person: Reader) -> None:
    """Write for this person from here on, in the running task."""
    _reader.set(person)


@contextmanager
def written_for(person: Reader) -> Iterator[None]:
    """Write for a person within a block."""
    token = _reader.set(person)
    try:
        yield
    finally:
        _reader.reset(token)


def separators() -> tuple[str, str]:
    """What groups digits and what separates decimals."""
    return SEPARATORS[(_reader.get() or Reader()).language]


def show_moment(text: str) -> str:
    """A day with its time: `5 Jun, 14:11`."""
    person = _reader.get() or Reader()
    locale = _CLDR[person.language]
    moment = datetime.fromisoformat(text)
    day = format_date(moment.astimezone(person.zone), "d MMM" if person.language == "en" else "d. MMM", locale=locale)
    return f"{day} {format_time(moment, 'HH:mm', tzinfo=person.zone, locale=locale)}"


def show_exact_moment(text: str) -> str:
    """A day with its year and its time to the second, and the zone."""
    person = _reader.get() or Reader()
    locale = _CLDR[person.language]
    shown = format_datetime(datetime.fromisoformat(text), "medium", tzinfo=person.zone, locale=locale)
    return f"{shown} {person.zone_name}"


def show_now() -> str:
    """The time of day, for what has just happened."""
    return datetime.now(UTC).astimezone((_reader.get() or Reader()).zone).strftime("%H:%M:%S")


def zone_name() -> str:
    """The zone in which times are shown, for the heads of columns."""
    return (_reader.get() or Reader()).zone_name


def _wished(accepted: str) -> str:
    """The first known language of an Accept-Language header; browsers list theirs in order."""
    for part in accepted[:HEADER_LENGTH_MAX].split(","):
        language = part.partition(";")[0].strip().partition("-")[0].lower()
        if language in LANGUAGES:
            return language
    return SOURCE_LANGUAGE


def _zone(name: str) -> tuple[tzinfo, str]:
    name = name.replace("%2F", "/")
    if not name or name == "UTC":
        return UTC, "UTC"
    try:
        return ZoneInfo(name), name.rpartition("/")[2].replace("_", " ")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC, "UTC"
