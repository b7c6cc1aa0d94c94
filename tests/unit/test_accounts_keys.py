"""The server's secret: made once, private, and never replaced."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from backend.accounts.keys import KEY_FILE, UnreadableSecret, derive, server_secret


def test_a_secret_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    first = server_secret(folder)
    assert len(first) >= 32
    assert stat.S_IMODE((folder / KEY_FILE).stat().st_mode) == 0o600
    assert server_secret(folder) == first
    assert [entry.name for entry in folder.iterdir()] == [KEY_FILE]


def test_a_given_secret_is_used_and_nothing_is_written(tmp_path: Path) -> None:
    assert server_secret(tmp_path, "s" * 40) == b"s" * 40
    assert list(tmp_path.iterdir()) == []


def test_starts_at_the_same_moment_agree_on_one_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as threads:
        secrets = set(threads.map(lambda _: server_secret(tmp_path), range(64)))
    assert len(secrets) == 1


@pytest.mark.parametrize("content", [b"", b"short\n", b"\xff\xfe" * 40])
def test_a_damaged_secret_is_refused_in_words_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    (tmp_path / KEY_FILE).write_bytes(content)
    with pytest.raises(UnreadableSecret, match=KEY_FILE):
        server_secret(tmp_path)
    assert (tmp_path / KEY_FILE).read_bytes() == content


def test_keys_of_different_purposes_and_secrets_differ() -> None:
    keys = {derive(secret, purpose) for secret in (b"a", b"b") for purpose in ("sessions", "traders")}
    assert len(keys) == 4
    assert all(len(key) == 32 for key in keys)
