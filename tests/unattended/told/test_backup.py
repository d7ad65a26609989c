"""Backup and restore: whole or not at all, under the right key only, and nothing is typed twice afterwards."""

from __future__ import annotations

import asyncio
import errno
import io
import json
import os
import shutil
import sqlite3
import tarfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from robot_library.cli.audit.places import keys_of
from robot_library.cli.main import run_cli
from robot_library.engine.engine import Engine
from robot_library.engine.fleet.lock import ExecutorLock
from robot_library.errors import SetupError
from robot_library.model.audit import Happened
from robot_library.safeguards.audit.trail import AuditTrail
from robot_library.safeguards.audit.verify import records, verify
from robot_library.safeguards.blobs import FileBlobs
from robot_library.safeguards.keys import new_key, read_file, write_file
from robot_library.safeguards.sealed import SealedJson
from robot_library.unattended.archive import Entry, digest, safe_name
from robot_library.unattended.backup import back_up
from robot_library.unattended.restore import restore
from tests.engine.conftest import KEY, assembly
from tests.engine.world import Record, TinySkills, yes


@pytest.fixture
def record(tmp_path: Path) -> Record:
    record = Record(tmp_path / "record.sqlite")
    for number in range(1, 4):
        record.add(f"O{number}", f"P{number}")
    return record


@asynccontextmanager
async def engine_in(home: Path, record: Record, **more: object) -> AsyncIterator[Engine]:
    sealer = SealedJson(KEY)
    engine = Engine(home, sealer, sealer.fingerprint, settle=0.01)
    engine.add_bot(assembly(home, record, **more))
    async with engine:
        yield engine


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a queue, a picture, a page and what is left out."""
    home = tmp_path / "home"
    write_file(home / "site.key", KEY)
    FileBlobs(home / "blobs", KEY).put(b"picture")
    for name in ("downloads/half", "pages/2026-11-20.html"):
        (home / name).parent.mkdir(exist_ok=True)
        (home / name).write_text("x", encoding="utf-8")
    engine = Engine(home, SealedJson(KEY), KEY.fingerprint)
    asyncio.run(engine.open())
    engine.store.close()
    return home


def names(archive: Path) -> set[str]:
    with tarfile.open(archive) as tar:
        return set(tar.getnames())


def rewritten(archive: Path, out: Path, *, drop: str = "", change: str = "", link: bool = False,
              sparse: bool = False) -> Path:  # fmt: skip
    with tarfile.open(archive) as old, tarfile.open(out, "w") as new:
        for member in old:
            data = old.extractfile(member).read()  # type: ignore[union-attr]
            if member.name == change:
                data = bytes([data[0] ^ 1]) + data[1:]
            if member.name != drop:
                new.addfile(member, io.BytesIO(data))
        if sparse:  # a hundred gigabytes of nothing, in a few hundred bytes
            odd = tarfile.TarInfo("blobs/x")
            odd.pax_headers = {"GNU.sparse.major": "0", "GNU.sparse.minor": "1", "GNU.sparse.name": "blobs/x",
                               "GNU.sparse.size": str(100 << 30), "GNU.sparse.map": f"{100 << 30},0"}  # fmt: skip
            new.addfile(odd)
        if link:
            odd = tarfile.TarInfo("blobs/x")
            odd.type, odd.linkname = tarfile.SYMTYPE, "/etc/passwd"
            new.addfile(odd)
    return out


def test_what_a_home_holds_comes_back_and_the_key_only_when_asked_for(home: Path, tmp_path: Path) -> None:
    manifest = back_up(home, tmp_path / "a.tar", KEY)
    assert names(tmp_path / "a.tar") == {*manifest.files, "manifest.json"}
    assert "engine.sqlite" in manifest.files
    assert "pages/2026-11-20.html" in manifest.files
    assert not any("downloads" in name or name == "site.key" for name in manifest.files)
    assert KEY.secret not in (tmp_path / "a.tar").read_bytes()
    if os.name == "posix":
        assert (tmp_path / "a.tar").stat().st_mode & 0o077 == 0
    done = restore(tmp_path / "a.tar", tmp_path / "new", key_file=home / "site.key")
    assert done.aside is None
    assert read_file(tmp_path / "new" / "site.key") == KEY
    assert len([*(tmp_path / "new" / "blobs").rglob("*")]) == 2
    back_up(home, tmp_path / "b.tar", KEY, with_key=True)
    restore(tmp_path / "b.tar", tmp_path / "other")
    assert read_file(tmp_path / "other" / "site.key") == KEY


def test_another_key_a_changed_file_a_missing_one_a_link_or_half_an_archive_restores_nothing(
    home: Path, tmp_path: Path
) -> None:
    archive = tmp_path / "a.tar"
    manifest = back_up(home, archive, KEY)
    blob = next(name for name in manifest.files if name.startswith("blobs/"))
    write_file(tmp_path / "wrong.key", new_key())
    half = tmp_path / "half.tar"
    half.write_bytes(archive.read_bytes()[: archive.stat().st_size // 2])
    with tarfile.open(archive) as tar:
        inside = json.loads(tar.extractfile("manifest.json").read())  # type: ignore[union-attr]
    assert "seal" in inside
    good = home / "site.key"
    for key, broken, said in (
        (tmp_path / "wrong.key", archive, "belongs to site key"),
        (good, rewritten(archive, tmp_path / "b.tar", change=blob), "missing, changed or damaged"),
        (good, rewritten(archive, tmp_path / "c.tar", drop=blob), "missing, changed or damaged"),
        (good, rewritten(archive, tmp_path / "d.tar", drop="manifest.json"), "no whole backup"),
        (good, rewritten(archive, tmp_path / "e.tar", link=True), "what no backup holds"),
        (good, rewritten(archive, tmp_path / "s.tar", sparse=True), "what no backup holds"),
        (good, rewritten(archive, tmp_path / "f.tar", change="manifest.json"), "cannot be read"),
        (good, half, "nothing was restored|no whole backup"),
        (good, tmp_path / "none.tar", "there is no backup"),
    ):
        with pytest.raises(SetupError, match=said):
            restore(broken, tmp_path / "new", key_file=key)
        assert not (tmp_path / "new").exists()
    assert not [path for path in tmp_path.iterdir() if "restoring" in path.name]


def test_a_home_in_use_or_in_the_way_is_left_alone(home: Path, tmp_path: Path) -> None:
    archive = tmp_path / "a.tar"
    back_up(home, archive, KEY)
    with pytest.raises(SetupError, match="never written over"):
        back_up(home, archive, KEY)
    with pytest.raises(SetupError, match="holds a queue already"):
        restore(archive, home)
    with ExecutorLock(home, "worker"), pytest.raises(SetupError, match="at work here as 'worker'"):
        restore(archive, home, replace=True)
    (home / "after.txt").write_text("later", encoding="utf-8")
    done = restore(archive, home, replace=True)
    assert done.aside is not None
    assert (done.aside / "after.txt").exists()
    assert not (home / "after.txt").exists()


def test_a_backup_goes_to_a_share_that_knows_no_second_name_of_a_file(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a stick with FAT and many a share: hours of writing ended in an error, and nothing was there."""

    def knows_none(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    with monkeypatch.context() as patch:
        patch.setattr(os, "link", knows_none)
        manifest = back_up(home, tmp_path / "a.tar", KEY)
        with pytest.raises(SetupError, match="never written over"):
            back_up(home, tmp_path / "a.tar", KEY)
    assert names(tmp_path / "a.tar") == {*manifest.files, "manifest.json"}
    assert not [path for path in tmp_path.iterdir() if "partial" in path.name]


def test_names_that_lead_out_are_no_names() -> None:
    for name in ("../x", "/etc/x", "a/../../x", "C:\\x", "a\\..\\x", "x:y", ""):
        assert not safe_name(name)
    assert safe_name("blobs/ab/abcd")


async def test_a_backup_while_items_run_is_one_moment_of_them(home: Path, tmp_path: Path, record: Record) -> None:
    async with engine_in(home, record) as engine:
        for number in range(1, 4):
            await engine.submit("tiny", {"order": f"O{number}"}, f"O{number}")
        running = asyncio.create_task(engine.run_until_idle())
        await asyncio.to_thread(back_up, home, tmp_path / "a.tar", KEY)
        await running
    restore(tmp_path / "a.tar", tmp_path / "new", key_file=home / "site.key")
    with closing(sqlite3.connect(tmp_path / "new" / "engine.sqlite")) as database:
        assert database.execute("SELECT count(*) FROM wetread_items").fetchone() == (3,)
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_a_save_made_after_the_backup_is_not_made_twice_after_the_restore(
    home: Path, tmp_path: Path, record: Record
) -> None:
    """An item that waited when the backup was made, was answered and typed after it, and waits again."""
    async with engine_in(home, record, skills=TinySkills("uncertain")) as engine:
        item = await engine.submit("tiny", {"order": "O1"}, "O1")
        assert item is not None
        await engine.run_until_idle()
        await asyncio.to_thread(back_up, home, tmp_path / "a.tar", KEY)
        assert await engine.answer(item.id, yes())
        await engine.run_until_idle()
        assert (await engine.item(item.id)).outcome == "typed"
    assert record.saves() == ["O1"]
    text = record.order("O1")["report"]
    await asyncio.to_thread(restore, tmp_path / "a.tar", home, replace=True)
    async with engine_in(home, record, skills=TinySkills("uncertain")) as engine:
        assert (await engine.item(item.id)).item.state == "waiting_for_person"
        assert await engine.answer(item.id, yes())
        await engine.run_until_idle()
        view = await engine.item(item.id)
        again = await engine.submit("tiny", {"order": "O1"}, "O1")
    assert record.saves() == ["O1"], "pressed again"
    assert record.order("O1")["report"] == text
    assert (view.outcome, view.code) == ("needs_person", "NeedsPerson")
    assert "though this item never pressed" in view.reason
    assert again is None


async def test_an_order_that_the_backup_did_not_know_is_not_typed_twice_either(
    home: Path, tmp_path: Path, record: Record
) -> None:
    await asyncio.to_thread(back_up, home, tmp_path / "a.tar", KEY)
    for life in range(2):
        async with engine_in(home, record) as engine:
            item = await engine.submit("tiny", {"order": "O2"}, "O2")
            assert item is not None
            await engine.run_until_idle()
            assert (await engine.item(item.id)).outcome == ("needs_person" if life else "typed")
        if not life:
            await asyncio.to_thread(restore, tmp_path / "a.tar", home, replace=True)
    assert record.saves() == ["O2"]


def test_the_commands(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, key = str(tmp_path / "a.tar"), str(home / "site.key")
    assert run_cli(["backup", out, "--home", str(home), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["fingerprint"], told["database"], told["with_key"]) == (KEY.fingerprint, "sqlite", False)
    assert run_cli(["restore", out, "--home", str(tmp_path / "new"), "--key", key]) == 0
    assert "end with a person" in capsys.readouterr().out
    shutil.rmtree(tmp_path / "new")
    assert run_cli(["restore", out, "--home", str(tmp_path / "new"), "--json"]) == 3
    assert "--key" in capsys.readouterr().err


def stopped(capsys: pytest.CaptureFixture[str]) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(capsys.readouterr().out.splitlines()[-1])["stopped"]
    return found


def test_what_was_stopped_since_the_backup_does_not_go_on_when_it_is_put_back(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nor anything else that a person has taken back since: an approval, a bot's leave to run, an account."""
    out, at = str(tmp_path / "a.tar"), ["--home", str(home)]
    assert run_cli(["backup", out, *at]) == 0
    assert run_cli(["stop", "--all", "--why", "wrong side in three drafts", *at]) == 0
    assert run_cli(["restore", out, *at, "--replace"]) == 0
    assert "wetread go-on --all" in capsys.readouterr().out
    assert run_cli(["line", "--json", *at]) == 0
    assert [(one["scope"], "put back" in one["why"]) for one in stopped(capsys)] == [("all", True)]
    assert run_cli(["go-on", "--all", *at]) == 0
    capsys.readouterr()
    assert run_cli(["line", "--json", *at]) == 0
    assert stopped(capsys) == []


def test_a_trail_that_ends_before_its_head_is_said_when_a_home_is_put_back(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The head lies outside of the home, as in docs/service.md, and no backup holds it."""
    monkeypatch.setenv("WETREAD_AUDIT_HEAD", str(tmp_path / "head"))
    monkeypatch.setenv("WETREAD_HOME", str(home))
    out = str(tmp_path / "a.tar")
    assert run_cli(["stop", "--all", "--why", "first"]) == 0
    assert run_cli(["backup", out]) == 0
    assert run_cli(["restore", out, "--replace"]) == 0
    assert "set-aside" not in capsys.readouterr().out
    assert run_cli(["go-on", "--all"]) == 0
    assert run_cli(["restore", out, "--replace"]) == 0
    assert "wetread audit set-aside" in capsys.readouterr().out
    assert run_cli(["go-on", "--all"]) == 3, "what cannot be told does not happen"
    assert "after a backup was put back" in capsys.readouterr().err
    assert run_cli(["audit", "set-aside", "--why", "the backup was put back"]) == 0
    assert run_cli(["go-on", "--all"]) == 0


def test_a_backup_made_while_bots_are_at_work_can_be_put_back(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The trail's head changes with each line; one that changed between being hashed and being added made the whole
    archive one that cannot be restored."""
    trail = AuditTrail(home, KEY)
    trail.record(Happened("commit"))

    def meanwhile(path: Path) -> Entry:
        entry = digest(path)
        trail.record(Happened("commit"))
        return entry

    monkeypatch.setattr("robot_library.unattended.backup.digest", meanwhile)
    back_up(home, tmp_path / "a.tar", KEY)
    restore(tmp_path / "a.tar", tmp_path / "new", key_file=home / "site.key")
    verdict = verify(tmp_path / "new" / "audit", tmp_path / "new" / "audit.head", keys_of(home, ()))
    assert (verdict.intact, verdict.why) == (True, "")


def test_that_a_home_was_copied_or_put_back_stands_in_its_trail(home: Path, tmp_path: Path) -> None:
    assert run_cli(["backup", str(tmp_path / "a.tar"), "--home", str(home)]) == 0
    (home / "audit.head").write_bytes(b"")
    assert run_cli(["backup", str(tmp_path / "b.tar"), "--home", str(home), "--with-key"]) == 3, "not told, not done"
    assert not (tmp_path / "b.tar").exists()
    assert run_cli(["backup", str(tmp_path / "c.tar"), "--home", str(home)]) == 0, "what is sealed is kept all the same"
    old = home / "audit.head"
    old.unlink()
    shutil.rmtree(home / "audit")
    assert run_cli(["backup", str(tmp_path / "d.tar"), "--home", str(home), "--with-key"]) == 0
    assert run_cli(["restore", str(tmp_path / "d.tar"), "--home", str(home), "--replace"]) == 0
    told = [(one.event["kind"], one.event["what"], one.event["outcome"]) for one in records(home / "audit")]
    assert told[0] == ("export", "backup with the site key", "begun")
    assert told[-1][:2] == ("decision", "restore home")
