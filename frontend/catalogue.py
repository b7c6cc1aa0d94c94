"""The catalogues of texts, one per language, and how a text finds its way into a page.

A page is compiled once for all languages: there a text becomes a look-up that the browser makes in its own language.
An event handler runs for one person, and gets the text in that person's language at once.
"""

import dataclasses
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po
from reflex_base.plugins import Plugin
from reflex_base.utils.imports import ImportVar
from reflex_base.vars.base import LiteralVar, VarData
from reflex_base.vars.sequence import LiteralStringVar, StringVar

from frontend.locale import LANGUAGES, SOURCE_LANGUAGE, reader

FOLDER = Path(__file__).resolve().parent / "locales"
BROWSER_MODULE = "utils/words.js"
HOOK = VarData(
    imports={"$/utils/words": [ImportVar(tag="useWords")]},
    hooks={"const words = useWords()": None},
)
BROWSER_CODE = """\
/* Made from the catalogues. The page is compiled in the first language and shown in the reader's. */
import { useSyncExternalStore } from "react";

const catalogues = %(catalogues)s;
const first = catalogues[%(first)s];
const root = () => document.documentElement;
/* Called once the first words are on the page; until then theme.js keeps a page in another language unseen. */
const subscribe = () => {
  requestAnimationFrame(() => delete root().dataset.words);
  return () => {};
};

export function useWords() {
  return useSyncExternalStore(subscribe, () => catalogues[root().lang] ?? first, () => first);
}
"""


class Text(str):
    """A text of the catalogues, as it reads in the first language; `key` finds it in every other."""

    __slots__ = ("key",)
    key: str

    def __new__(cls, key: str) -> "Text":
        """Make the text of a key."""
        made = super().__new__(cls, catalogue(SOURCE_LANGUAGE)[key])
        made.key = key
        return made

    def __getnewargs__(self) -> tuple[str]:
        """What a copy is made from."""
        return (self.key,)


class TextVar(StringVar[str], python_types=Text):
    """A text that the browser looks up."""


@dataclasses.dataclass(eq=False, frozen=True, slots=True)
class LiteralTextVar(LiteralVar[str], TextVar):
    """What a `Text` becomes in a component."""

    _var_value: str = ""

    @classmethod
    def create(cls, value: Text, _var_data: VarData | None = None) -> "LiteralTextVar":
        """Make the look-up of a text."""
        merged = VarData.merge(HOOK, _var_data)
        return cls(_js_expr=f"words[{json.dumps(value.key)}]", _var_type=str, _var_data=merged, _var_value=str(value))

    @classmethod
    def _get_all_var_data_without_creating_var(cls, value: Text) -> VarData | None:
        return HOOK

    def json(self) -> str:
        """The text as it reads in the first language."""
        return json.dumps(self._var_value)


_create_string_var = LiteralStringVar.create


def _create(cls: type[LiteralStringVar], value: str, *rest: Any, **options: Any) -> StringVar:
    """Reflex makes attributes that are texts into strings by name; ours stay look-ups."""
    return LiteralTextVar.create(value) if isinstance(value, Text) else _create_string_var(value, *rest, **options)


LiteralStringVar.create = classmethod(_create)  # type: ignore[assignment]


class Section(dict[str, Any]):
    """The texts of one part of the app, by name: texts of the person's language, or `Text`s while a page is built."""

    def __getitem__(self, name: str) -> Any:
        """Find one text, or a list of them."""
        return _told(super().__getitem__(name))

    def get(self, name: str, default: Any = None) -> Any:
        """Find one text, or something else."""
        return _told(super().get(name, default))

    def __or__(self, other: Any) -> "Section":
        """The texts of both."""
        return Section({**self, **other})


def section(name: str) -> Section:
    """All texts whose keys begin with a name; `name.head.1`, `name.head.2` … become the list `head`."""
    found: dict[str, Any] = {}
    for key in catalogue(SOURCE_LANGUAGE):
        part, _, rest = key.partition(".")
        if part != name:
            continue
        label, _, number = rest.partition(".")
        if number:
            found.setdefault(label, []).append(Text(key))
        else:
            found[label] = Text(key)
    assert found, f"No catalogue has texts of {name}"
    return Section(found)


@cache
def catalogue(language: str) -> dict[str, str]:
    """All texts of a language by their keys."""
    with (FOLDER / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        read = read_po(file, locale=language, abort_invalid=True)
    return {str(message.id): str(message.string) for message in read if message.id}


def _told(value: Any) -> Any:
    person = reader()
    if person is None:
        return value
    if isinstance(value, list):
        return [_told(one) for one in value]
    return catalogue(person.language)[value.key] if isinstance(value, Text) else value


def browser_module(languages: Iterable[str] = LANGUAGES) -> str:
    """The catalogues as the module that pages import."""
    texts = {language: catalogue(language) for language in languages}
    return BROWSER_CODE % {
        "catalogues": json.dumps(texts, ensure_ascii=False, sort_keys=True),
        "first": json.dumps(SOURCE_LANGUAGE),
    }


class CataloguePlugin(Plugin):
    """Puts the catalogues beside the compiled pages."""

    def pre_compile(self, **context: Any) -> None:
        """Register the module."""
        context["add_save_task"](_save)


def _save() -> tuple[str, str]:
    from reflex.utils import prerequisites

    return str(Path.cwd() / prerequisites.get_web_dir() / BROWSER_MODULE), browser_module()
