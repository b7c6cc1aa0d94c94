"""The catalogues are complete, and the pages take every text from them."""

import json
import re
import string
from pathlib import Path

import pytest

from frontend import build, texts
from frontend.amounts import read_amount, show
from frontend.catalogue import Text, browser_module, catalogue
from frontend.locale import LANGUAGES, Reader, show_moment, written_for

FRONTEND = Path(build.__file__).parent
GERMAN = Reader.of({"accept-language": "de-AT,de;q=0.9,en;q=0.8"})
TAGS = re.compile(r">\s*([A-Z][a-z]+[^<>{}=;]*)</")
ATTRIBUTES = re.compile(r"(?:aria-label|title|placeholder|alt)=\"([^\"]+)\"")


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_text_with_the_same_placeholders(language: str) -> None:
    source, other = catalogue(LANGUAGES[0]), catalogue(language)
    assert set(other) == set(source)
    assert [key for key, text in other.items() if not text.strip()] == []
    assert {key: placeholders(text) for key, text in other.items()} == {
        key: placeholders(text) for key, text in source.items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_key_is_there_twice(language: str) -> None:
    po = (FRONTEND / "locales" / language / "LC_MESSAGES" / "messages.po").read_text()
    keys = re.findall(r'^msgid "(.+)"$', po, re.MULTILINE)
    assert sorted(keys) == sorted(set(keys))


def test_an_event_handler_gets_the_texts_of_the_person_who_asked() -> None:
    assert texts.NOTICE["canceled"] == "Canceled."
    with written_for(GERMAN):
        assert texts.NOTICE["canceled"] == "Storniert."
        assert texts.SIDES.get("BUY") == "Kauf"
        assert texts.NOTICE["too_fast"].format(seconds=3) == "Zu viele Anfragen. In 3 s noch einmal versuchen."
        assert type(texts.NOTICE["canceled"]) is str
    assert isinstance(texts.NOTICE["canceled"], Text)


@pytest.mark.parametrize(
    ("headers", "language", "zone"),
    [
        ({}, "en", "UTC"),
        ({"accept-language": "fr-FR,fr;q=0.9,de;q=0.5"}, "de", "UTC"),
        ({"accept-language": "fr"}, "en", "UTC"),
        ({"accept-language": "de", "cookie": "rialto_language=en"}, "en", "UTC"),
        ({"accept-language": "en", "cookie": "rialto_language=de; rialto_zone=Europe/Berlin"}, "de", "Berlin"),
        ({"cookie": "rialto_language=xx; rialto_zone=../../etc/passwd"}, "en", "UTC"),
        ({"cookie": "rialto_zone=/etc/localtime"}, "en", "UTC"),
        ({"cookie": "rialto_zone=" + "a" * 5000}, "en", "UTC"),
    ],
)
def test_the_settings_come_before_the_browsers_wishes(headers: dict[str, str], language: str, zone: str) -> None:
    person = Reader.of(headers)
    assert (person.language, person.zone_name) == (language, zone)


def test_numbers_and_moments_are_written_by_the_readers_custom() -> None:
    assert show("104218.40") == "104,218.40"
    assert show_moment("2026-06-05T22:11:09.000000Z") == "5 Jun 22:11"
    with written_for(Reader.of({"cookie": "rialto_language=de; rialto_zone=Europe/Berlin"})):
        assert show("-104218.40") == "−104\u202f218,40"
        assert show_moment("2026-06-05T22:11:09.000000Z") == "6. Juni 00:11"


@pytest.mark.parametrize("text", ["0.123", "104218.4", "150.125", "1500", "0.00000001", "2.000"])
def test_what_the_api_writes_means_the_same_in_the_fields_of_every_language(text: str) -> None:
    for language in LANGUAGES:
        with written_for(Reader(language)):
            assert read_amount(text) == text
            assert read_amount(show(text)) == text, "what a page shows can be typed again"


def test_a_lone_comma_separates_decimals_in_german() -> None:
    assert read_amount("2,000") == "2000"
    assert read_amount("0,123") == "0.123"
    with written_for(GERMAN):
        assert read_amount("2,000") == "2.000"
        assert read_amount("104.218,4") == "104218.4"
        assert read_amount("104,218.4") == "104218.4"
        assert read_amount("1,2,3") is None


def test_the_browser_gets_every_catalogue_whole() -> None:
    line = next(line for line in browser_module().splitlines() if line.startswith("const catalogues"))
    sent = json.loads(line.removeprefix("const catalogues = ").removesuffix(";"))
    assert sent == {language: catalogue(language) for language in LANGUAGES}


def test_no_browser_component_writes_a_text_of_its_own() -> None:
    found = {}
    for path in sorted((FRONTEND / "widgets").glob("*.jsx")):
        source = re.sub(r"/\*.*?\*/|//[^\n]*", "", path.read_text(), flags=re.DOTALL)
        if literals := TAGS.findall(source) + ATTRIBUTES.findall(source):
            found[path.name] = literals
    assert found == {}


def test_the_compiled_pages_look_every_text_up(compiled_site: None) -> None:
    """A text of two words or more that is baked into a page's code could never be shown in another language."""
    sentences = {text for text in catalogue(LANGUAGES[0]).values() if " " in text.strip() and "{" not in text}
    baked = {}
    for path in sorted((build.SITE / "assets").glob("*.js")):
        code = path.read_text()
        if catalogue("de")["notice.session_over"] in code:
            continue  # The catalogues themselves.
        if found := [text for text in sentences if json.dumps(text, ensure_ascii=False) in code]:
            baked[path.name] = found
    assert baked == {}


def test_the_styles_name_no_side_so_that_a_language_may_run_the_other_way() -> None:
    css = (FRONTEND / "assets" / "styles.css").read_text()
    assert (
        re.findall(r"(?:(?:margin|padding|border)-(?:left|right)|text-align:(?:left|right)|[{;\s](?:left|right)):", css)
        == []
    )
