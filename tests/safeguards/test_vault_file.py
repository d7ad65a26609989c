"""The encrypted vault: kept, found by name, rotated, never shown, never opened when a byte of it was changed."""

from __future__ import annotations

import itertools
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from robot_library.cli.doctor_site import _vault
from robot_library.cli.main import cli
from robot_library.errors import SetupError
from robot_library.safeguards import vault_file
from robot_library.safeguards.keys import FILE as SITE_KEY
from robot_library.safeguards.keys import SiteKey, write_file
from robot_library.safeguards.vault import Vault
from robot_library.safeguards.vault_file import FILE, KEY, KEY_FILE, VaultFile, new_key

PASSWORD, SEED = "wombat:dusk lantern", "JBSWY3DPEHPK3PXP"


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> VaultFile:
    """Named by the environment, empty; no keyring."""
    one = VaultFile(tmp_path / "there" / "vault", tmp_path / "elsewhere" / "key")
    monkeypatch.setenv(FILE, str(one.path))
    monkeypatch.setenv(KEY_FILE, str(one.key_file))
    monkeypatch.setenv("WETREAD_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("robot_library.safeguards.vault._from_keyring", lambda name: None)
    write_file(tmp_path / "home" / SITE_KEY, SiteKey(bytes(range(32))))
    assert say("init").exit_code == 0
    return one


def say(*args: str, typed: str = "") -> Result:
    return CliRunner().invoke(cli, ["vault", *args], input=typed)


def test_kept_found_listed_and_forgotten_without_being_shown(vault: VaultFile, tmp_path: Path) -> None:
    shown = [say("add", "ehr-bot", "--user", "rpabot", "--totp", "--stdin", typed=f"{PASSWORD}\n{SEED}\n")]
    shown += [say("add", "pacs-bot", "--user", "rpabot", typed=f"{PASSWORD}\n{PASSWORD}\n"), say("list")]
    found = Vault().credential("ehr-bot")
    assert (found.user, found.password) == ("rpabot", PASSWORD)
    assert found.one_time is not None
    assert Vault().credential("pacs-bot").one_time is None
    assert ("ehr-bot" in shown[-1].output, _vault().status) == (True, "ok")
    shown.append(say("add", "ehr-bot", "--user", "rpabot", "--stdin", typed=f"{PASSWORD}2\n"))
    newer = Vault().credential("ehr-bot")
    assert (newer.password, newer.one_time is not None) == (f"{PASSWORD}2", True), "a new password keeps the seed"
    shown += [say("rotate"), say("remove", "ehr-bot"), say("list", "--json")]
    assert all(one.exit_code == 0 for one in shown), [one.output for one in shown]
    with pytest.raises(SetupError, match="not known on this machine"):
        Vault().credential("ehr-bot")
    everything = "".join(one.output for one in shown)
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for secret in (PASSWORD, SEED, "rpabot"):
        assert secret not in everything
        assert secret.encode() not in kept
    assert b"ehr-bot" not in vault.path.read_bytes()
    trail = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "home" / "audit").glob("*.jsonl"))
    assert all(f'"vault {what}' in trail for what in ("init", "add ehr-bot", "rotate to", "remove ehr-bot"))
    for args in (("add", "x-totp", "--user", "a"), ("add", "X", "--user", "a"), ("add", "x", "--user", "a:b")):
        assert say(*args, typed="p\np\n").exit_code == 2
    assert isinstance(say("init").exception, SetupError)


def test_a_vault_that_is_not_there_is_said_to_be_so_and_leaves_nothing(tmp_path: Path) -> None:
    (there := tmp_path / "there").mkdir()
    for folder in (there, tmp_path / "nowhere"):
        with pytest.raises(SetupError, match=r"the vault at .* cannot be read"):
            VaultFile(folder / "vault", folder / "key").put({"x": "y"})
    assert list(tmp_path.rglob("*")) == [there]


def test_what_was_changed_or_is_open_to_others_does_not_open(vault: VaultFile, monkeypatch: pytest.MonkeyPatch) -> None:
    vault.put({"ehr-bot": f"rpabot:{PASSWORD}"})
    whole = vault.path.read_bytes()
    for place in range(0, len(whole), 7):
        vault.path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(SetupError, match="does not open"):
            Vault().credential("ehr-bot")
    assert _vault().status == "missing"
    vault.path.write_bytes(whole)
    for path in (vault.path, vault.key_file):
        assert path is not None
        if path.stat().st_mode & 0o077 == 0:
            path.chmod(0o644)
            with pytest.raises(SetupError, match="chmod 600"):
                vault.secrets()
            path.chmod(0o600)
    monkeypatch.delenv(KEY_FILE)
    with pytest.raises(SetupError, match="no key of a vault"):
        Vault().credential("ehr-bot")
    monkeypatch.setenv(KEY, new_key())
    with pytest.raises(SetupError, match="another key"):
        Vault().credential("ehr-bot")


def test_rotating_cut_off_anywhere_loses_nothing(vault: VaultFile, monkeypatch: pytest.MonkeyPatch) -> None:
    vault.put({"ehr-bot": f"rpabot:{PASSWORD}"})
    real, first = vault_file._replace, vault.keys()
    for cut in range(3):
        calls: list[Path] = []

        def die(path: Path, data: bytes, calls: list[Path] = calls, cut: int = cut, **more: Any) -> None:
            calls.append(path)
            if len(calls) > cut:
                raise KeyboardInterrupt
            real(path, data, **more)

        monkeypatch.setattr(vault_file, "_replace", die)
        with pytest.raises(KeyboardInterrupt):
            vault.rotate()
        monkeypatch.setattr(vault_file, "_replace", real)
        assert Vault().credential("ehr-bot").password == PASSWORD
    assert _vault().status == "note"
    vault.rotate()
    assert (len(vault.keys()), _vault().status) == (1, "ok")
    assert vault.keys() != first
    monkeypatch.delenv(KEY_FILE)
    old = vault_file._text(vault.keys()[0])
    inside, new = VaultFile(vault.path, None), new_key()
    monkeypatch.setenv(KEY, f"{new} {old}")
    inside.rotate()
    monkeypatch.setenv(KEY, new)
    assert Vault().credential("ehr-bot").password == PASSWORD
    assert {path.name for path in vault.path.parent.iterdir()} == {vault.path.name, f".{vault.path.name}.lock"}


@pytest.mark.skipif(os.name != "posix", reason="a folder's names are put on the disk there")
def test_a_power_cut_while_rotating_loses_nothing(vault: VaultFile, monkeypatch: pytest.MonkeyPatch) -> None:
    """Key and vault lie on two disks: of what was moved into place, and not put on the disk with its folder, any part
    may be gone, whichever came first."""
    vault.put({"ehr-bot": f"rpabot:{PASSWORD}"})
    replace, fsync, seen = os.replace, os.fsync, 0
    unsafe: dict[Path, bytes] = {}

    def cut(lost: tuple[Path, ...]) -> None:
        now = {path: path.read_bytes() for path in lost}
        for path in lost:
            path.write_bytes(unsafe[path])
        assert vault.secrets() == {"ehr-bot": f"rpabot:{PASSWORD}"}, f"after a power cut that took {lost}"
        for path, raw in now.items():
            path.write_bytes(raw)

    def moved(source: Path, target: Path) -> None:
        nonlocal seen
        unsafe.setdefault(target, target.read_bytes())
        replace(source, target)
        seen += 1
        for count in range(len(unsafe) + 1):
            for lost in itertools.combinations(unsafe, count):
                cut(lost)

    def kept(handle: int) -> None:
        fsync(handle)
        for path in [one for one in unsafe if os.path.samestat(os.fstat(handle), one.parent.stat())]:
            del unsafe[path]

    monkeypatch.setattr(os, "replace", moved)
    monkeypatch.setattr(os, "fsync", kept)
    vault.rotate()
    assert (seen, unsafe) == (3, {})


def test_two_who_rotate_at_once_lose_nothing(vault: VaultFile, monkeypatch: pytest.MonkeyPatch) -> None:
    vault.put({"ehr-bot": f"rpabot:{PASSWORD}"})
    real, other = vault_file._replace, VaultFile(vault.path, vault.key_file)
    second = threading.Thread(target=other.rotate)

    def meanwhile(path: Path, data: bytes, **more: Any) -> None:
        if second.ident is None:
            second.start()
            second.join(1.0)
        real(path, data, **more)

    monkeypatch.setattr(vault_file, "_replace", meanwhile)
    vault.rotate()
    second.join(30.0)
    assert not second.is_alive()
    assert Vault().credential("ehr-bot").password == PASSWORD
    assert len(vault.keys()) == 1


def test_two_at_once_do_not_overwrite_each_other(vault: VaultFile, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one who knows no lock: an older wetread."""
    other, keys = VaultFile(vault.path, vault.key_file), vault.keys

    def meanwhile() -> list[bytes]:
        monkeypatch.setattr(vault, "keys", keys)
        other._write({"pacs-bot": "a:b"}, other.path.read_bytes(), keys()[0])
        return keys()

    read = vault._read()
    monkeypatch.setattr(vault, "_read", lambda: read)
    monkeypatch.setattr(vault, "keys", meanwhile)
    with pytest.raises(SetupError, match="somebody else"):
        vault.put({"ehr-bot": "a:b"})
    assert set(other.secrets()) == {"pacs-bot"}
