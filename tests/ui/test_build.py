"""The set-up of the web app: compiled once, and again only when its sources have changed."""

import pytest

from frontend import build


def contents() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in build.LOCK.iterdir()}


def test_a_second_set_up_compiles_nothing(compiled_site: None, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    build.build()
    assert capsys.readouterr().out == "The web app is compiled already.\n"


def test_compiling_again_leaves_the_lock_files_and_the_verdict_as_they_are(compiled_site: None) -> None:
    before = contents()
    build.build(force=True)
    assert contents() == before
    assert build.is_current()


def test_a_changed_source_is_compiled(compiled_site: None, monkeypatch: pytest.MonkeyPatch) -> None:
    named = list(build.sources())
    monkeypatch.setattr(build, "sources", lambda: iter(named[:-1]))
    assert not build.is_current()
