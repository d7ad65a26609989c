"""This was wrong: it is kept and told, it stops nothing, and the bundle is whole, proven, and names no patient."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from robot_library.cli.main import cli
from robot_library.engine.desk import Desk
from robot_library.engine.keeping import Keeping
from robot_library.engine.people.incidents import Incidents
from robot_library.engine.records.checks import Checks
from robot_library.engine.records.facts import Facts
from robot_library.errors import ApprovalRefused, IncidentRefused
from robot_library.incidents import bundle, making
from robot_library.incidents.bundle import MANIFEST, SIGNATURE, TRAIL
from robot_library.incidents.check import check_bundle
from robot_library.model.alerting import Rule
from robot_library.people.book import Book
from robot_library.safeguards.audit.log import Log
from robot_library.safeguards.audit.part import Ends, check_part, part_of
from robot_library.safeguards.audit.signing import Signer
from robot_library.safeguards.audit.trail import AuditTrail
from robot_library.safeguards.audit.verify import Keys
from robot_library.safeguards.blobs import FileBlobs
from robot_library.safeguards.keys import FILE, SiteKey, ringed, write_file
from robot_library.safeguards.sealed import SealedJson
from robot_library.unattended.alerts.causes import LOOKS
from robot_library.unattended.alerts.ground import Ground
from tests.engine.conftest import KEY, at_work, hospital, submit
from tests.engine.world import TinyDriver
from tests.line.test_recall import made

PASSWORD = "grey heron under the bridge"
SIGNER = Signer(KEY)
OURS = Keys({SIGNER.key_id: SIGNER.public}, SIGNER.seal_key)


@pytest.fixture
def home(worked: Path, tmp_path: Path) -> Path:
    """A copy of it, for one test."""
    return shutil.copytree(worked, tmp_path / "home")


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two orders typed with one version of the bot; a clerk and an author."""
    return asyncio.run(_worked(tmp_path_factory.mktemp("worked")))


async def _worked(folder: Path) -> Path:
    record, home = hospital(folder, 1), folder / "home"
    record.add("ORDER-ZEBRA", "NUMBER-YAK")
    write_file(home / FILE, KEY)
    parts = {"made": made("a", "1.0.0"), "version": "a" * 64, "blobs": FileBlobs(home / "blobs", KEY)}
    async with at_work(folder, record, driver=TinyDriver(record), **parts) as engine:
        engine.store.trail = AuditTrail(home, KEY)
        await submit(engine, "ORDER-ZEBRA", "O1")
        await asyncio.wait_for(engine.run_until_idle(), 60)
    assert record.saves("ORDER-ZEBRA")
    book = Book(home, SealedJson(KEY))
    for name, role in (("joe", "clerk"), ("ana", "author")):
        assert book.choose(book.add(name, [role]), PASSWORD) is not None
    return home


async def say(home: Path, *args: str, password: str = "") -> Result:
    """`wetread incident …` over a home."""
    said = ["incident", *args, "--home", str(home)]
    return await asyncio.to_thread(CliRunner().invoke, cli, said, input=f"{password}\n")


async def item_of(desk: Desk) -> str:
    """The item of the order with the telling name."""
    return (await desk.board.page(search="ORDER-ZEBRA")).items[0].id


def files(bundle: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(bundle) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


async def test_what_was_shredded_can_still_be_said_to_be_wrong(home: Path, tmp_path: Path) -> None:
    """Nothing is kept of the item; that somebody says so is, and what else its version wrote is in the bundle."""
    key, out = ringed(KEY, home), tmp_path / "incident.zip"
    assert key.ring is not None
    async with Desk(home, SealedJson(key), key.fingerprint) as desk:
        item = await item_of(desk)
        key.ring.destroy([key.ring.name(f"item|{item}")])
        await Keeping(desk.store, SealedJson(key)).forget([item])
        done = await say(home, item[:8], "--why", "wrong side", "--out", str(out))
        assert done.exit_code == 0, done.exception
        assert [one.why for one in await desk.incidents.all()] == ["wrong side"]
        assert len(json.loads(files(out)["impact.json"])["items"]) == 2


async def test_it_is_kept_told_and_bundled_and_stops_nothing(home: Path, tmp_path: Path) -> None:
    sealer, out = SealedJson(ringed(KEY, home)), tmp_path / "out" / "incident.zip"
    async with Desk(home, sealer, sealer.fingerprint) as desk:
        item = await item_of(desk)
        done = await say(home, item[:8], "--why", "wrong side", "--who", "dr.chen", "--out", str(out), "--json")
        assert done.exit_code == 0, done.output
        (one,) = await desk.incidents.all()
        assert (one.item, one.who, one.why, one.version) == (item, "dr.chen", "wrong side", "a" * 64)
        assert "wrong side" in (await desk.notes(item))[0].text
        assert await desk.switches.scopes() == set()
        ground = Ground(0.0, home, Facts(desk.store), Checks(desk.store, sealer))
        (alert,) = await LOOKS["incident"](Rule(on="incident"), ground)
        assert (alert.item, alert.scope) == (item, "tiny")

        held = files(out)
        versions, impact = json.loads(held["versions.json"]), json.loads(held["impact.json"])
        assert versions["parts"]["workflow tiny"] == "9" * 64
        assert versions["wetread_now"]
        assert [(row["what"], row["name"], len(row["items"])) for row in impact["of"]] == [
            ("model", "chest-xray-pneumonia", 2), ("map", "tiny", 2), ("workflow", "tiny", 2)
        ]  # fmt: skip
        assert json.loads(held["run.json"])["outcome"] == "typed"
        for name, data in held.items():
            assert b"ZEBRA" not in data, name
            assert b"YAK" not in data, name
        assert oct(out.stat().st_mode & 0o777) == "0o600" or out.drive
        assert json.loads((await say(home, "verify", str(out), "--json")).stdout)["intact"] is True

        keeping = Keeping(desk.store, sealer)
        assert item not in await keeping.old(2e10)
        assert (await say(home, "close", one.id[:8], "--why", "corrected")).exit_code == 0
        assert item in await keeping.old(2e10)
        assert await LOOKS["incident"](Rule(on="incident"), ground) == []
        with pytest.raises(IncidentRefused, match="closed already"):
            await desk.incidents.close(one.id, "ana", "again")
    told = "".join(path.read_text(encoding="utf-8") for path in (home / "audit").glob("*.jsonl"))
    assert told.count(f'"incident {one.id}"') == 1
    assert told.count('"incident bundle"') == 1


async def test_patients_are_shown_only_to_who_may_see_them_and_asks(home: Path, tmp_path: Path) -> None:
    sealer = SealedJson(ringed(KEY, home))
    async with Desk(home, sealer, sealer.fingerprint) as desk:
        one = await desk.incidents.report(await item_of(desk), "dr.chen", "wrong side")
    shut, clear = tmp_path / "shut.zip", tmp_path / "clear.zip"

    async def ask(out: Path, *args: str, password: str = PASSWORD) -> Result:
        return await say(home, "bundle", one.id, "--out", str(out), *args, password=password)

    assert (await ask(shut, "--clear")).exit_code == 2
    for who, password in (("ana", PASSWORD), ("joe", "wrong password")):
        refused = await ask(shut, "--clear", "--as", who, "--password-stdin", password=password)
        assert isinstance(refused.exception, ApprovalRefused)
    assert not shut.exists()
    assert (await ask(clear, "--clear", "--as", "joe", "--password-stdin")).exit_code == 0
    assert json.loads(files(clear)["clear/item.json"])["payload"] == {"order": "ORDER-ZEBRA"}
    assert (await ask(shut)).exit_code == 0
    kept = json.loads(files(shut)["evidence.json"])
    to = tmp_path / "open"
    opened = await say(home, "open", str(shut), "--to", str(to), "--as", "joe", "--password-stdin", password=PASSWORD)
    assert opened.exit_code == 0, opened.output
    assert {path.name for path in to.iterdir()} == {entry["blob"][:16] for entry in kept if "file" in entry}
    lines = "".join(path.read_text(encoding="utf-8") for path in (home / "audit").glob("*.jsonl")).splitlines()
    events = [json.loads(line)["e"] for line in lines]
    told = [(event["kind"], event["person"]) for event in events if event.get("what", "").startswith("incident bundle")]
    assert ("export", "joe") in told
    assert told[-1] == ("evidence", "joe")


async def test_a_bundle_in_clear_for_a_page_has_no_name_on_the_disk(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that is killed while it makes one leaves nothing behind, and a backup meanwhile takes nothing along."""
    sealer, seen = SealedJson(ringed(KEY, home)), list[Path]()
    keep = bundle._Writing.all

    def looked(self: Any, *rest: Any) -> None:
        keep(self, *rest)
        self._archive.fp.flush()
        seen.extend(path for path in home.rglob("*") if path.is_file() and path.read_bytes()[:2] == b"PK")

    monkeypatch.setattr(bundle._Writing, "all", looked)
    async with Desk(home, sealer, sealer.fingerprint) as desk:
        one = await desk.incidents.report(await item_of(desk), "joe", "wrong side")
        data = await making.made(desk, making.Place(home, ringed(KEY, home)), one, "joe", "clear")
    assert b"ORDER-ZEBRA" in zipfile.ZipFile(io.BytesIO(data)).read("clear/item.json")
    assert not seen


async def test_a_bundle_that_anybody_has_touched_is_not_believed(home: Path, tmp_path: Path) -> None:
    sealer, out, bad = SealedJson(ringed(KEY, home)), tmp_path / "whole.zip", tmp_path / "bad.zip"
    async with Desk(home, sealer, sealer.fingerprint) as desk:
        item = await item_of(desk)
    assert (await say(home, item, "--why", "wrong side", "--out", str(out))).exit_code == 0
    whole = files(out)

    def attack(change: Callable[[dict[str, bytes]], Any], key: SiteKey = KEY, *, resign: bool = False) -> list[str]:
        held = dict(whole)
        change(held)
        if resign:
            signer, said = Signer(key), json.loads(held[MANIFEST])
            for name in said["files"]:
                sums = {"sha256": hashlib.sha256(held[name]).hexdigest(), "bytes": len(held[name])}
                said["files"][name] = sums
            held[MANIFEST] = json.dumps({**said, "key": signer.key_id, "public": signer.public.hex()}).encode()
            signature = signer.sign("incident", 1, hashlib.sha256(held[MANIFEST]).hexdigest())
            held[SIGNATURE] = json.dumps({"signature": signature}).encode()
        with zipfile.ZipFile(bad, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in held.items():
                archive.writestr(name, data)
        found = check_bundle(bad, OURS)
        assert not found.intact
        return list(found.problems)

    def edit(name: str, old: bytes, new: bytes) -> Callable[[dict[str, bytes]], Any]:
        return lambda held: held.update({name: held[name].replace(old, new, 1)})

    assert check_bundle(out, OURS).intact
    assert check_bundle(out, None).problems == ()
    assert not check_bundle(out, None).intact
    assert attack(edit("run.json", b"typed", b"found")) == ["run.json was changed"]
    assert attack(edit("run.json", b"typed", b"typed" + b" " * 2_000_000)) == ["run.json was changed"]
    assert attack(edit(MANIFEST, b"sealed", b"hidden")) == ["manifest.json was changed after it was signed"]
    assert attack(lambda held: held.pop("impact.json")) == ["impact.json is missing"]
    assert "does not name it" in attack(lambda held: held.update({"more.txt": b"x"}))[0]
    lines = whole[TRAIL].splitlines(keepends=True)
    other = SiteKey(bytes(range(1, 33)))
    # Whoever signs anew with a key of their own: nobody knows that key, and the trail is not theirs.
    assert "not this site's" in attack(lambda held: None, other, resign=True)[0]
    # Even the site's own key makes no trail of other lines.
    assert (
        "does not follow" in attack(lambda held: held.update({TRAIL: b"".join(lines[:1] + lines[2:])}), resign=True)[0]
    )
    assert attack(lambda held: held.update({TRAIL: b"".join(lines[:-1])}), resign=True)
    bad.write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(IncidentRefused, match="cannot be read"):
        check_bundle(bad, OURS)
    with zipfile.ZipFile(bad, "w") as archive:
        archive.writestr(MANIFEST, "[" * 100_000)
    with pytest.raises(IncidentRefused, match="no bundle"):
        check_bundle(bad, OURS)


def test_the_part_of_the_trail_is_proven_over_checkpoints(tmp_path: Path) -> None:
    log = Log(tmp_path / "audit", tmp_path / "head", SIGNER, every=10)
    for number in range(95):
        log.append([{"kind": "screen_read", "item": "mine" if number in (3, 4, 41, 93) else f"i{number}"}])
    ends = Ends()
    lines = list(part_of(tmp_path / "audit", "mine", SIGNER, ends))
    assert (len(lines), ends.lines, len(ends.signed)) == (16, 4, 1)
    assert check_part(lines, "mine", ends, OURS).problem == ""
    for place in range(len(lines)):
        assert check_part(lines[:place] + lines[place + 1 :], "mine", ends, OURS).problem, place
    assert "signature" in check_part(lines, "mine", ends, Keys({SIGNER.key_id: bytes(32)})).problem


async def test_nobody_and_nothing_is_no_incident(home: Path) -> None:
    sealer = SealedJson(ringed(KEY, home))
    async with Desk(home, sealer, sealer.fingerprint) as desk:
        incidents = Incidents(desk.store, sealer)
        for who, why in (("", "x"), ("ana", "  ")):
            with pytest.raises(IncidentRefused):
                await incidents.report(await item_of(desk), who, why)
        assert await incidents.all(closed=True) == []
