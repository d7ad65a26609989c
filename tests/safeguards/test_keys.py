"""The site key: made once, never shown, never overwritten, never used for two things."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from robot_library.errors import SetupError
from robot_library.safeguards import keys
from robot_library.safeguards.audit.trail import head_of
from robot_library.safeguards.keys import SiteKey, new_key, read_file, site_key, write_file


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own keyring stays out of these tests."""
    monkeypatch.setattr(keys, "from_keyring", lambda entry="": None)
    monkeypatch.delenv(keys.VARIABLE, raising=False)


def test_a_new_site_gets_a_key_and_finds_it_again(tmp_path: Path) -> None:
    made = site_key(tmp_path, create=True)
    assert site_key(tmp_path) == made
    assert made != site_key(tmp_path / "other", create=True)


def test_a_full_disk_leaves_no_key_that_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty file would be taken for the site's key ever after, and there is none to restore."""

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            site_key(tmp_path, create=True)
    assert [*tmp_path.iterdir()] == []
    assert site_key(tmp_path, create=True) == site_key(tmp_path)


def test_without_create_a_missing_key_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="nothing is kept in"):
        site_key(tmp_path)


@pytest.mark.parametrize("data", ["engine.sqlite", "blobs"])
def test_a_home_with_sealed_data_never_gets_a_new_key(tmp_path: Path, data: str) -> None:
    (tmp_path / data).touch()
    with pytest.raises(SetupError, match="no key"):
        site_key(tmp_path, create=True)


def test_the_key_is_never_printed_and_never_overwritten(tmp_path: Path) -> None:
    key = new_key()
    assert key.secret.hex() not in repr(key)
    write_file(tmp_path / "k", key)
    with pytest.raises(SetupError, match="never overwritten"):
        write_file(tmp_path / "k", new_key())
    assert read_file(tmp_path / "k") == key


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    write_file(tmp_path / "k", new_key())
    assert (tmp_path / "k").stat().st_mode & 0o077 == 0
    (tmp_path / "k").chmod(0o644)
    with pytest.raises(SetupError, match="chmod 600"):
        read_file(tmp_path / "k")


@pytest.mark.skipif(os.name != "posix", reason="systemd")
def test_a_key_that_systemd_hands_over_is_read_and_nothing_is_written_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service's user is let in by an access list, whose mask stands where a group's bits are."""
    given, key, home = tmp_path / "credentials", new_key(), tmp_path / "home"
    write_file(given / "site.key", key)
    (given / "site.key").chmod(0o440)
    monkeypatch.setenv("WETREAD_SITE_KEY_FILE", str(given / "site.key"))
    with pytest.raises(SetupError, match="chmod 600"):
        site_key(home)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(given))
    found = site_key(home)
    assert found == key
    assert found.ring is not None
    assert found.ring.lists == [home / "keys" / "shredded"]
    assert head_of(home) == home / "audit.head"
    monkeypatch.setenv("WETREAD_AUDIT_HEAD", str(tmp_path / "head"))
    assert head_of(home) == tmp_path / "head"
    (given / "site.key").chmod(0o444)
    with pytest.raises(SetupError, match="chmod 600"):
        site_key(home)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    (given / "site.key").chmod(0o600)
    assert head_of(tmp_path / "home").name == "head"
    monkeypatch.delenv("WETREAD_AUDIT_HEAD")
    assert head_of(home) == given / "home.audit.head"


@pytest.mark.parametrize("text", ["", "short", "Ä" * 44, "!" * 44, "AAAA" * 20])
def test_a_damaged_key_is_refused_without_showing_it(tmp_path: Path, text: str) -> None:
    (tmp_path / "k").write_text(text, encoding="utf-8")
    (tmp_path / "k").chmod(0o600)
    with pytest.raises(SetupError) as caught:
        read_file(tmp_path / "k")
    assert not text or text not in str(caught.value)


def test_each_purpose_has_its_own_key() -> None:
    key = SiteKey(bytes(32))
    purposes = ["sealed", "mac", "blobs", "blob-names", "fingerprint"]
    assert len({key.derive(purpose) for purpose in purposes}) == len(purposes)
    assert key.derive("mac") == SiteKey(bytes(32)).derive("mac")


def test_the_named_file_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = new_key()
    write_file(tmp_path / "elsewhere", key)
    site_key(tmp_path, create=True)
    monkeypatch.setenv(keys.VARIABLE, str(tmp_path / "elsewhere"))
    assert site_key(tmp_path) == key
