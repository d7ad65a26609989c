"""Shredding: with the site key and every byte that is left, nothing of the patient opens again; others stay readable.

The attack reads AES-GCM without its seal, so that no context and no reference has to be known: who holds a key reads.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
import tarfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from unittest.mock import ANY

import click
import pytest
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from robot_library.cli.main import run_cli
from robot_library.cli.site import db_option, home_option, make_trail, open_desk, open_key
from robot_library.engine.database import tables
from robot_library.engine.desk import Desk, New
from robot_library.engine.engine import Engine
from robot_library.engine.keeping import Keeping
from robot_library.engine.records.checks import Checks
from robot_library.engine.shredding import Part, Shredding
from robot_library.errors import SetupError
from robot_library.interfaces import Action, Context
from robot_library.model.owner import evidence_of
from robot_library.safeguards.blobs import FileBlobs
from robot_library.safeguards.keys import ringed, write_file
from robot_library.safeguards.ring import Ring
from robot_library.safeguards.sealed import SealedJson
from robot_library.unattended.arrivals import _HEAD, _written
from robot_library.unattended.shredding import Shredder
from tests.engine.conftest import KEY, assembly
from tests.engine.steps import ACTIONS, PREREAD
from tests.engine.world import Record, TinySkills

MARKS = (b"PICTURE-OF-P1", b"PICTURE-OF-P2", b"NOTE-ON-P1", b"NOTE-ON-P2", b"ARRIVED-OF-P1", b"ARRIVED-OF-P2")
OF_P1 = {mark for mark in MARKS if b"P1" in mark}
_TOKEN = re.compile(rb"w[12]\.([A-Za-z0-9_-]{24,}={0,2})")


class Picture(Action):
    """Keeps a picture of the patient, as a step does."""

    key = "picture"
    effect = "read"
    patient: str

    async def run(self, ctx: Context) -> None:
        await ctx.evidence("screenshot", "the order", f"PICTURE-OF-{self.patient}".encode())


WORK = [*PREREAD[:3], ("picture", {"patient": "=order.patient"}), *PREREAD[3:]]


def worked(home: Path, record: Record) -> None:
    """Two patients' orders are typed; each has a picture, a note, and a study that became no item."""
    key = ringed(KEY, home)
    sealer, blobs = SealedJson(key), FileBlobs(home / "blobs", key)

    async def work() -> None:
        engine = Engine(home, sealer, sealer.fingerprint, settle=0.01)
        engine.store.trail = make_trail(home, key)
        made = assembly(home, record, WORK, actions={**ACTIONS, "picture": Picture}, blobs=blobs)
        engine.add_bot(made)
        async with engine:
            items = [await engine.submit("tiny", {"order": order}, order) for order in ("O1", "O2")]
            await engine.run_until_idle()
            for item, patient in zip(items, ("P1", "P2"), strict=True):
                assert item is not None
                assert (await engine.item(item.id)).outcome == "typed"
                notes.append((item.id, f"NOTE-ON-{patient}"))

    notes: list[tuple[str, str]] = []
    asyncio.run(work())
    for item, text in notes:
        assert run_cli(["queue", "note", item, text, "--home", str(home)]) == 0
    for patient in ("P1", "P2"):
        name = sealer.mac(f"arrival|{patient}")[:32]
        folder = home / "arrivals" / "tiny" / name
        folder.mkdir(parents=True)
        _written(folder / _HEAD, sealer.seal({"patient_id": patient, "study_uid": "1.2"}, f"arrival|{name}"))
        with evidence_of(f"arrival|{name}"):
            _written(folder / blobs.put(f"ARRIVED-OF-{patient}".encode()), "")


def opened(folders: Iterable[Path]) -> set[bytes]:
    """Which marks somebody reads who has these folders and the site key."""
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    keys = [KEY.derive("sealed"), KEY.derive("blobs")]
    wrapping = AESGCM(KEY.derive("ring"))
    for path in files:
        raw = path.read_bytes()
        if re.fullmatch("[0-9a-f]{64}", path.name) and len(raw) == 60:
            try:
                keys.append(wrapping.decrypt(raw[:12], raw[12:], path.name.encode()))
            except InvalidTag:
                continue
    found: set[bytes] = set()
    for path in files:
        raw = path.read_bytes()
        sealed = [raw, raw[41:]] if path.parent.parent.name == "blobs" else []
        for token in _TOKEN.findall(raw):
            whole = token.rstrip(b"=")[: len(token.rstrip(b"=")) // 4 * 4]
            sealed.append(base64.urlsafe_b64decode(whole))
        for one in sealed:
            for key in keys:
                clear = _stream(key, one[:12], one[12:])
                found |= {mark for mark in MARKS if mark in clear}
        found |= {mark for mark in MARKS if mark in raw}
    return found


def _stream(key: bytes, nonce: bytes, data: bytes) -> bytes:
    if len(nonce) < 12:
        return b""
    decryptor = Cipher(algorithms.AES(key), modes.CTR(nonce + b"\0\0\0\x02")).decryptor()
    return decryptor.update(data)


@pytest.mark.parametrize("apart", [False, True], ids=["keys in the home", "keys apart"])
def test_after_shredding_nothing_of_the_patient_opens_with_the_site_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], apart: bool
) -> None:
    home, keys = tmp_path / "home", tmp_path / "keys"
    write_file(home / "site.key", KEY)
    if apart:
        monkeypatch.setenv("WETREAD_KEYS", str(keys))
    record = Record(tmp_path / "record.sqlite")
    for number in (1, 2):
        record.add(f"O{number}", f"P{number}")
    worked(home, record)
    there = [home, *([keys] if apart else [])]
    assert opened(there) == set(MARKS), "the attack must work on what is not shredded"
    at = ["--home", str(home)]
    assert run_cli(["backup", str(tmp_path / "old.tar"), *at]) == 0

    shred = ["evidence", "shred", "--patient", " p1 ", *at, "--json"]
    capsys.readouterr()
    assert run_cli([*shred, "--dry-run"]) == 0
    counted = json.loads(capsys.readouterr().out)
    assert (counted["items"], counted["pictures"], counted["arrivals"], counted["destroyed"]) == (1, 3, 1, 0)
    assert opened(there) == set(MARKS), "a dry run"
    assert run_cli([*shred, "--yes", "--who", "dr.chen"]) == 0
    assert json.loads(capsys.readouterr().out)["destroyed"] == 2
    assert run_cli([*shred, "--yes"]) == 1, "there is nothing left of this patient"
    assert opened(there) == set(MARKS) - OF_P1

    capsys.readouterr()
    assert run_cli(["audit", "list", *at, "--patient", "P1", "--json"]) == 0
    assert "dr.chen" in capsys.readouterr().out
    assert run_cli(["queue", "list", *at]) == 0
    assert run_cli(["audit", "verify", *at]) == 0

    with tarfile.open(tmp_path / "old.tar") as tar:
        tar.extractall(tmp_path / "copy", filter="data")
    by_hand = opened([tmp_path / "copy", *([keys] if apart else [])])
    assert (by_hand >= OF_P1) is not apart, "an old copy is closed only where its keys were kept apart"

    assert run_cli(["evidence", "shredded", *at, "--out", str(tmp_path / "list")]) == 0
    assert run_cli(["restore", str(tmp_path / "old.tar"), *at, "--replace"]) == 0
    elsewhere = tmp_path / "elsewhere" / "home"
    again = ["restore", str(tmp_path / "old.tar"), "--home", str(elsewhere), "--key", str(home / "site.key")]
    assert run_cli([*again, "--shredded", str(tmp_path / "list")]) == 0
    for restored in (home, elsewhere):
        assert opened([restored, *([keys] if apart else [])]) == set(MARKS) - OF_P1, restored
        capsys.readouterr()
        assert run_cli(["queue", "list", "--home", str(restored), "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["total"] == 2


@pytest.mark.parametrize("elsewhere", [False, True], ids=["key in the home", "key elsewhere"])
def test_a_backup_that_is_restored_into_another_home_does_not_bring_them_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, elsewhere: bool
) -> None:
    """Nobody has kept the list by himself: it lies with the site key, under the name of the home that it was."""
    home, record = tmp_path / "home", Record(tmp_path / "record.sqlite")
    for number in (1, 2):
        record.add(f"O{number}", f"P{number}")
    file = tmp_path / "etc" / "site.key" if elsewhere else home / "site.key"
    write_file(file, KEY)
    if elsewhere:
        monkeypatch.setenv("WETREAD_SITE_KEY_FILE", str(file))
    worked(home, record)
    at, archive, other = ["--home", str(home)], str(tmp_path / "old.tar"), tmp_path / "new-home"
    assert run_cli(["backup", archive, *at]) == 0
    assert run_cli(["evidence", "shred", "--patient", "P1", *at, "--yes"]) == 0
    key = [] if elsewhere else ["--key", str(file)]
    assert run_cli(["restore", archive, "--home", str(other), *key]) == 0
    assert opened([other]) == set(MARKS) - OF_P1


def test_what_is_under_way_is_not_shredded_and_what_is_older_is_deleted(tmp_path: Path) -> None:
    """An item that waits; one that was worked on before there were keys of its own."""
    home, record = tmp_path / "home", Record(tmp_path / "record.sqlite")
    record.add("O1", "P1")
    write_file(home / "site.key", KEY)

    async def old() -> str:
        engine = Engine(home, SealedJson(KEY), KEY.fingerprint, settle=0.01)
        made = assembly(home, record, WORK, actions={**ACTIONS, "picture": Picture}, skills=TinySkills("uncertain"))
        engine.add_bot(made)
        async with engine:
            item = await engine.submit("tiny", {"order": "O1"}, "O1")
            assert item is not None
            await engine.run_until_idle()
            return item.id

    item, at = asyncio.run(old()), ["--home", str(home)]
    assert opened([home]) == {b"PICTURE-OF-P1"}
    shred = ["evidence", "shred", "--patient", "P1", *at, "--yes"]
    assert run_cli(shred) == 3, "a person is asked about it"
    assert opened([home]) == {b"PICTURE-OF-P1"}
    assert run_cli(["queue", "cancel", item, *at]) == 0
    assert run_cli(["queue", "show", item, *at]) == 0, "old evidence stays readable"
    assert run_cli(shred) == 0
    assert not [path for path in (home / "blobs").rglob("*") if path.is_file()]
    assert run_cli(["queue", "show", item, *at]) == 0


@pytest.mark.parametrize("older", [False, True], ids=["", "by an older wetread, which told the audit trail alone"])
def test_an_item_that_stopped_right_after_its_patient_was_read_is_found_by_the_number(
    tmp_path: Path, older: bool
) -> None:
    """Its input names an order alone, and no part of it has come to its end."""
    home, record, at = tmp_path / "home", Record(tmp_path / "record.sqlite"), ["--home", str(tmp_path / "home")]
    record.add("O1", "P1")
    write_file(home / "site.key", KEY)
    key = ringed(KEY, home)

    async def stopped() -> None:
        engine = Engine(home, SealedJson(key), key.fingerprint, settle=0.01)
        engine.store.trail = make_trail(home, key) if older else engine.store.trail
        steps = [*WORK[:4], ("stop", {"reason": "nobody has looked at this order"})]
        blobs = FileBlobs(home / "blobs", key)
        engine.add_bot(assembly(home, record, steps, actions={**ACTIONS, "picture": Picture}, blobs=blobs))
        async with engine:
            item = await engine.submit("tiny", {"order": "O1"}, "O1")
            assert item is not None
            await engine.run_until_idle()
            assert (await engine.item(item.id)).outcome == "needs_person"
            if older:
                await engine.store.write(lambda connection: connection.execute(sa.delete(tables.subjects)))

    asyncio.run(stopped())
    assert opened([home]) == {b"PICTURE-OF-P1"}
    assert run_cli(["evidence", "shred", "--patient", "P1", *at, "--yes"]) == 0
    assert opened([home]) == set()


async def found(home: Path, begin: bool) -> None:
    """Somebody is asked whether to destroy it, and takes their time."""
    async with open_desk(home) as desk:
        shredder = Shredder(home, desk.store, open_key(home))
        what = await shredder.find("P1")
        if begin:
            ended = sa.update(tables.items).where(tables.items.c.id.in_(what.part.items)).values(ended=None)
            await desk.store.write(lambda connection: connection.execute(ended))
        await shredder.run(what, "dr.chen", "P1")


def test_what_has_begun_while_somebody_was_asked_is_not_shredded(tmp_path: Path) -> None:
    home, record = tmp_path / "home", Record(tmp_path / "record.sqlite")
    write_file(home / "site.key", KEY)
    for number in (1, 2):
        record.add(f"O{number}", f"P{number}")
    worked(home, record)
    with pytest.raises(SetupError, match="something is under way: 1 not ended"):
        asyncio.run(found(home, True))
    assert opened([home]) == set(MARKS)


def test_a_shredding_that_was_cut_off_is_ended_and_holds_up_nobody_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home, record = tmp_path / "home", Record(tmp_path / "record.sqlite")
    write_file(home / "site.key", KEY)
    for number in (1, 2):
        record.add(f"O{number}", f"P{number}")
    worked(home, record)
    at = ["--home", str(home)]

    async def cut_off() -> None:
        async with open_desk(home) as desk:
            key = open_key(home)
            assert key.ring is not None
            key.ring.destroy((await Shredder(home, desk.store, key).find("P1")).keys)

    asyncio.run(cut_off())
    capsys.readouterr()
    assert run_cli(["evidence", "shred", "--patient", "P2", *at, "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["items"] == 1
    assert run_cli(["keep", *at, "--json"]) == 0, capsys.readouterr().err
    assert run_cli(["evidence", "shred", "--patient", "P1", *at, "--yes"]) in (0, 1), "what retention has left of it"
    assert opened([home]) == set(MARKS) - OF_P1


def test_what_waited_when_the_backup_was_made_does_not_come_back_to_wait(tmp_path: Path) -> None:
    home, record = tmp_path / "home", Record(tmp_path / "record.sqlite")
    record.add("O1", "P1")
    write_file(home / "site.key", KEY)
    sealer = SealedJson(ringed(KEY, home))

    async def work(*orders: str) -> tuple[str, str]:
        engine = Engine(home, sealer, sealer.fingerprint, settle=0.01)
        engine.add_bot(assembly(home, record, skills=TinySkills("uncertain")))
        async with engine:
            for order in orders:
                await engine.submit("tiny", {"order": order}, order)
            await engine.run_until_idle()
            view = await engine.item((await engine.runs())[0].item)
            return view.item.id, view.item.state

    item, state = asyncio.run(work("O1"))
    assert state == "waiting_for_person"
    at = ["--home", str(home)]
    assert run_cli(["backup", str(tmp_path / "old.tar"), *at]) == 0
    assert run_cli(["queue", "cancel", item, *at]) == 0
    assert run_cli(["evidence", "shred", "--item", item[:6], *at, "--yes"]) == 0
    assert run_cli(["restore", str(tmp_path / "old.tar"), *at, "--replace"]) == 0
    assert asyncio.run(work()) == (item, "business_exception")
    assert record.saves() == []


async def test_reconciliations_forget_the_order_numbers_of_who_was_shredded(tmp_path: Path) -> None:
    home = tmp_path / "home"
    write_file(home / "site.key", KEY)
    async with open_desk(home) as desk:
        ours = [await desk.add("tiny", {"order": order}, order) for order in ("ORDER-1", "ORDER-2")]
        rows = [{"order": f"ORDER-{n}", "item": one.id, "what": "typed"} for n, one in enumerate(ours, 1) if one]
        checks = Checks(desk.store, SealedJson(open_key(home)))
        await checks.add("reconcile", "tiny", {"listed": 2}, 0, rows)
        await checks.add("reconcile", "other", {"not_read": 1}, 1, [{"what": "not_read", "gap": True, "code": "X"}])
        await Shredding(desk.store, SealedJson(open_key(home)), lambda owner: False).forget(Part((rows[0]["item"],)))
        found = await checks.newest("reconcile")
    assert found["tiny"].found == [{**rows[0], "order": ""}, rows[1]]
    assert found["other"].found[0]["code"] == "X"


async def test_a_shredding_that_is_cut_off_leaves_no_number_that_none_begins_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose run is forgotten already is not found by whoever goes on with it."""
    home, forgets = tmp_path / "home", Keeping.forget

    async def cut_off(keeping: Keeping, items: Sequence[str]) -> None:
        await forgets(keeping, items)
        raise InterruptedError

    monkeypatch.setattr(Keeping, "forget", cut_off)
    write_file(home / "site.key", KEY)
    async with open_desk(home) as desk:
        ours = await desk.add("tiny", {"order": "ORDER-1"}, "ORDER-1")
        assert ours is not None
        checks = Checks(desk.store, SealedJson(open_key(home)))
        await checks.add("reconcile", "damaged", {"listed": 1}, 0, [])
        damaged = sa.update(tables.checks).values(found="w1.AAAA")
        await desk.store.write(lambda connection: connection.execute(damaged))
        await checks.add("reconcile", "tiny", {"listed": 1}, 0, [{"order": "ORDER-1", "item": ours.id}])
        with pytest.raises(InterruptedError):
            await Shredding(desk.store, SealedJson(open_key(home)), lambda owner: True).forget(Part((ours.id,)))
        assert (await checks.all("reconcile", "tiny"))[0].found == [{"order": "", "item": ours.id}]


def test_a_key_is_made_once_and_never_again_once_it_was_destroyed(tmp_path: Path) -> None:
    one, two = (Ring(tmp_path, b"w" * 32, b"n" * 32, tmp_path / "beside") for _ in range(2))
    name = one.name("item|1")
    sealed = one.make(name).encrypt(b"0" * 12, b"x", b"")
    assert two.make(name).decrypt(b"0" * 12, sealed, b"") == b"x"
    assert one.name("item|1") != Ring(tmp_path, b"w" * 32, b"m" * 32).name("item|1")
    assert two.destroy([name, two.name("item|2")]) == 1
    assert two.destroy([name]) == 0
    for ring in (one, two):
        with pytest.raises(SetupError, match="shredded"):
            ring.make(name)
        assert ring.all_destroyed() == {name, ring.name("item|2")}
    (tmp_path / "shredded").unlink()
    assert one.all_destroyed() == {name, one.name("item|2")}, "written down twice"
    other = one.name("item|3")
    one.make(other)
    with pytest.raises(SetupError, match="another site key"):
        Ring(tmp_path, b"v" * 32, b"n" * 32).get(other)


def test_on_a_server_that_hosts_share_there_are_such_keys_only_in_a_named_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys in one host's home would lock the others out."""
    seen: list[Path | None] = []

    @click.command()
    @home_option
    @db_option
    def probe(home: Path, db: str | None) -> None:
        ring = open_key(home).ring
        seen.append(ring.folder if ring is not None else None)

    home = tmp_path / "home"
    write_file(home / "site.key", KEY)
    on_server = ["--home", str(home), "--db", "postgresql://db.example/wetread"]
    monkeypatch.delenv("WETREAD_DB", raising=False)
    probe.main(on_server, standalone_mode=False)
    probe.main(on_server[:2], standalone_mode=False)
    monkeypatch.setenv("WETREAD_KEYS", str(tmp_path / "share"))
    probe.main(on_server, standalone_mode=False)
    assert seen == [None, home / "keys", tmp_path / "share"]
    monkeypatch.delenv("WETREAD_KEYS")
    assert run_cli(["evidence", "shred", "--item", "x", *on_server, "--yes"]) == 3


async def test_a_list_that_is_read_again_makes_no_more_keys(tmp_path: Path) -> None:
    key = ringed(KEY, tmp_path)
    news = [New({"order": f"O{number}"}, f"O{number}") for number in range(5)]
    async with Desk(tmp_path, SealedJson(key), key.fingerprint) as desk:
        assert None not in await desk.add_all("tiny", news)
        made = sorted((tmp_path / "keys").glob("??/*"))
        assert len(made) == len(news)
        assert await desk.add_all("tiny", [*news, New({"order": "O9"}, "O9")]) == [*[None] * 5, ANY]
        assert not await desk.set_aside("tiny", {"order": "O9"}, "O9", "NoRow", "known already")
    assert len(sorted((tmp_path / "keys").glob("??/*"))) == len(made) + 1
