"""Permission to go live, attacked: one's own request, a byte of a map, another model, an older hash, forged rows."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import shutil
import sys
import time
import zipfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from robot_library.bot import assemble
from robot_library.cli.main import cli
from robot_library.engine.database import tables
from robot_library.engine.database.store import Store
from robot_library.engine.engine import Engine
from robot_library.engine.people.approvals import Approvals
from robot_library.errors import ApprovalRefused, LineStopped, SetupError
from robot_library.lint.check import check_bot
from robot_library.model.approval import MadeOf, changed
from robot_library.parsing.library import Library, bundled
from robot_library.parsing.made_of import _sha256, made_of
from robot_library.parsing.surroundings import of_library, variables
from robot_library.people.book import Book
from robot_library.safeguards.keys import FILE, write_file
from robot_library.safeguards.sealed import SealedJson
from robot_library.unattended.versions import Versions
from tests.engine.conftest import KEY, at_work, hospital, submit
from tests.engine.world import Record, TinyDriver

A, B = (MadeOf(letter * 64, {"screen map ehr": letter}) for letter in "ab")
Sealed = SealedJson(KEY)
PASSWORD = "grey heron under the bridge"


async def let(approvals: Approvals, made: MadeOf, upto: str = "live") -> None:
    """Step by step, by two people."""
    for stage in ("shadow", "limited", "live"):
        await approvals.ask("tiny", stage, made, "ana", "ready")  # type: ignore[arg-type]
        await approvals.approve("tiny", made, "dr.chen", "agrees")
        if stage == upto:
            return


@pytest.fixture
def approvals(store: Store) -> Approvals:
    return Approvals(store, Sealed)


async def test_each_step_needs_another_person_and_the_same_hash(approvals: Approvals) -> None:
    with pytest.raises(ApprovalRefused, match="next step is shadow"):
        await approvals.ask("tiny", "live", A, "ana", "now")
    await approvals.ask("tiny", "shadow", A, "Ana", "ready")
    for one in ("ana", " ANA "):
        with pytest.raises(ApprovalRefused, match="another person"):
            await approvals.approve("tiny", A, one, "me too")
    with pytest.raises(ApprovalRefused, match="has changed since"):
        await approvals.approve("tiny", B, "dr.chen", "agrees")
    await approvals.approve("tiny", A, "dr.chen", "agrees")
    there = await approvals.permission("tiny")
    assert (there.stage(A.hash), there.stage(B.hash), there.asked) == ("shadow", "draft", None)
    with pytest.raises(ApprovalRefused, match="nobody has asked"):
        await approvals.approve("tiny", A, "dr.chen", "again")
    with pytest.raises(ApprovalRefused, match="next step is limited"):
        await approvals.ask("tiny", "live", A, "ana", "skip one")
    await approvals.ask("tiny", "limited", A, "ana", "ready")
    await approvals.refuse("tiny", "dr.chen", "no")
    with pytest.raises(ApprovalRefused, match="nobody has asked"):
        await approvals.approve("tiny", A, "dr.lee", "yes")


async def test_rows_and_their_count_are_read_at_one_moment(approvals: Approvals, store: Store) -> None:
    """Read one after the other, what somebody decides in between would look like a record that was changed."""
    await let(approvals, A, "shadow")
    asked: list[str] = []
    sa.event.listen(store.durable, "before_cursor_execute", lambda *said: asked.append(said[2]))
    assert len(await approvals.record("tiny")) == 2
    assert len(asked) == 1, asked


async def test_an_older_hash_is_never_granted_again(approvals: Approvals) -> None:
    await let(approvals, A)
    await let(approvals, B, "shadow")
    there = await approvals.permission("tiny")
    assert (there.stage(A.hash), there.stage(B.hash)) == ("draft", "shadow")
    await approvals.withdraw("tiny", "dr.lee", "wrong side")
    assert (await approvals.permission("tiny")).stage(B.hash) == "draft"


async def test_of_many_who_decide_at_once_one_does(approvals: Approvals) -> None:
    await approvals.ask("tiny", "shadow", A, "ana", "ready")
    tried = [approvals.approve("tiny", A, f"dr.{number}", "agrees") for number in range(8)]
    ended = await asyncio.gather(*tried, return_exceptions=True)
    assert sum(not isinstance(one, BaseException) for one in ended) == 1, ended
    assert len(await approvals.record("tiny")) == 2


async def test_research_skills_are_shadows_only(approvals: Approvals) -> None:
    only = MadeOf("c" * 64, {}, ("skill x is for research, not for clinical use",))
    await let(approvals, only, "shadow")
    with pytest.raises(ApprovalRefused, match="only be a shadow: skill x"):
        await approvals.ask("tiny", "limited", only, "ana", "please")


ROWS = tables.approvals
FORGERIES: dict[str, Callable[[sa.Connection, list[Any]], None]] = {
    "a row made up": lambda c, rows: c.execute(
        sa.insert(ROWS).values(bot="tiny", n=len(rows) + 1, at=1.0, entry=SealedJson(KEY).seal({}, "guess"))
    ),
    "an approval copied": lambda c, rows: c.execute(
        sa.insert(ROWS).values(bot="tiny", n=len(rows) + 1, at=1.0, entry=rows[1].entry)
    ),
    "the withdrawal deleted": lambda c, rows: c.execute(sa.delete(ROWS).where(ROWS.c.n == len(rows))),
    "two rows swapped": lambda c, rows: [
        c.execute(sa.update(ROWS).where(ROWS.c.n == n).values(entry=rows[m - 1].entry)) for n, m in ((1, 2), (2, 1))
    ],
    "another bot's rows": lambda c, rows: c.execute(sa.update(ROWS).values(bot="other")),
    "all deleted": lambda c, rows: c.execute(sa.delete(ROWS)),
    "the count deleted": lambda c, rows: c.execute(
        sa.delete(tables.meta).where(tables.meta.c.name.startswith("approvals|"))
    ),
}  # fmt: skip


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_a_forged_record_grants_nothing(store: Store, approvals: Approvals, forgery: str) -> None:
    await let(approvals, A)
    await approvals.withdraw("tiny", "dr.lee", "wrong side")
    with store.durable.begin() as connection:
        rows = list(connection.execute(sa.select(ROWS).order_by(ROWS.c.n)))
        FORGERIES[forgery](connection, rows)
    for bot in ("tiny", "other") if forgery == "another bot's rows" else ("tiny",):
        there = await approvals.permission(bot)
        assert there.stage(A.hash) == "draft"
        assert "was changed" in there.broken
        with pytest.raises(SetupError, match="was changed"):
            await approvals.ask(bot, "shadow", A, "ana", "again")


# ---- at work ----

PRODUCTION = {"environment": "production"}


@pytest.fixture
def record(tmp_path: Path) -> Record:
    return hospital(tmp_path, 4)


class Files:
    """What the disk holds at the moment."""

    def __init__(self) -> None:
        self.now = A

    def read(self) -> list[MadeOf]:
        return [self.now]


@asynccontextmanager
async def production(folder: Path, record: Record, files: Files, made: MadeOf = A) -> AsyncIterator[Engine]:
    more = {"driver": TinyDriver(record), "made": made, "made_now": files.read}
    async with at_work(folder, record, site=PRODUCTION, **more) as engine:
        yield engine


async def idle(engine: Engine) -> None:
    await asyncio.wait_for(engine.run_until_idle(), 120)


async def test_nothing_is_typed_in_production_before_it_is_approved(tmp_path: Path, record: Record) -> None:
    files = Files()
    async with production(tmp_path, record, files) as engine:
        approvals = engine.desk.approvals
        (item,) = await submit(engine, "O1")
        with pytest.raises(LineStopped, match="nobody has approved it"):
            await idle(engine)
        await let(approvals, A, "shadow")
        await idle(engine)
        assert ((await engine.item(item)).outcome, record.saves()) == ("shadow", [])
        for stage in ("limited", "live"):
            await approvals.ask("tiny", stage, A, "ana", "ready")  # type: ignore[arg-type]
            await approvals.approve("tiny", A, "dr.chen", "agrees")
        await submit(engine, "O2")
        await idle(engine)
        assert record.saves() == ["O2"]
        files.now = B
        (third,) = await submit(engine, "O3")
        with pytest.raises(LineStopped, match="changed after they were approved"):
            await idle(engine)
        assert ((await engine.item(third)).item.state, record.saves()) == ("new", ["O2"])
    async with production(tmp_path, record, files, B) as engine:  # started again, with what nobody has seen
        with pytest.raises(LineStopped, match="not what was approved"):
            await idle(engine)
        assert record.saves() == ["O2"]


async def test_what_was_production_is_never_a_trial_again(tmp_path: Path, record: Record) -> None:
    """site.yaml is part of no approval: one line taken out of it must not end that approvals are asked for."""
    async with production(tmp_path, record, Files()) as engine:
        await submit(engine, "O1")
    with pytest.raises(SetupError, match="no longer says that this is production"):
        async with at_work(tmp_path, record, driver=TinyDriver(record)):
            pass
    async with production(tmp_path, record, Files()) as engine:
        with pytest.raises(LineStopped, match="nobody has approved it"):
            await idle(engine)
    assert record.saves() == []


async def test_a_change_in_the_middle_of_an_item_stops_it_before_it_types(tmp_path: Path, record: Record) -> None:
    files = Files()
    async with production(tmp_path, record, files) as engine:
        await let(engine.desk.approvals, A)

        seen: list[Any] = []

        def heard(event: Any) -> None:
            if event.moment == "step" and event.title.startswith("fill") and not seen:
                seen.append(event)
                files.now = B

        engine.listen(heard)
        await submit(engine, "O1")
        with pytest.raises(LineStopped, match="changed after they were approved"):
            await idle(engine)
        assert record.saves() == []
        files.now = A
        await idle(engine)
    assert record.saves() == ["O1"]


# ---- who decides ----


def test_whoever_decides_proves_who_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    write_file(home / FILE, KEY)
    book = Book(home, Sealed)
    for name, role in (("ana", "author"), ("dr.chen", "reviewer"), ("joe", "clerk")):
        assert book.choose(book.add(name, [role]), PASSWORD) is not None

    def say(what: str, person: str, password: str = PASSWORD) -> Result:
        args = ["bots", *what.split(), "--as", person, "--why", "ready", "--password-stdin", "--home", str(home)]
        return CliRunner().invoke(cli, args, input=f"{password}\n")

    bot = "chest-xray-preread"
    assert isinstance(say(f"ask {bot} shadow", "ana", "wrong password").exception, ApprovalRefused)
    assert isinstance(say(f"ask {bot} shadow", "joe").exception, ApprovalRefused)
    unseen = say(f"ask {bot} shadow", "ana")
    assert isinstance(unseen.exception, ApprovalRefused)
    assert "not set here" in str(unseen.exception)
    for name in variables(Library.find(None, to_run=True).bot(bot), Library.find(None, to_run=True)):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert say(f"ask {bot} shadow", "ana").exit_code == 0
    assert isinstance(say(f"approve {bot}", "ana").exception, ApprovalRefused)
    looked_at = json.loads(CliRunner().invoke(cli, ["bots", "approvals", bot, "--home", str(home), "--json"]).output)
    other = say(f"approve {bot} --hash {'0' * 12}", "dr.chen")
    assert isinstance(other.exception, ApprovalRefused)
    assert f"is {looked_at['hash'][:12]} now" in str(other.exception)
    assert "may be shadow" in say(f"approve {bot} --hash {looked_at['hash'][:12].upper()}", "dr.chen").output
    shown = CliRunner().invoke(cli, ["bots", "approvals", bot, "--home", str(home), "--json"])
    found = json.loads(shown.output)
    assert (found["approved"], [one["who"] for one in found["record"]]) == ("shadow", ["ana", "dr.chen"])
    told = "".join(path.read_text(encoding="utf-8") for path in (home / "audit").rglob("*.jsonl"))
    assert f"approve stage shadow bot:{bot}" in told


# ---- what it is made of ----


def test_one_byte_of_anything_is_another_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("bots", "workflows", "skills"):
        shutil.copytree(bundled() / folder, tmp_path / folder, ignore=shutil.ignore_patterns("train", "golden"))
    bot = "chest-xray-preread"

    def now() -> MadeOf:
        return made_of(bot, Library(tmp_path))

    before = now()
    assert now() == before
    kinds = {name.split()[0] for name in before.parts}
    assert {"bot", "workflow", "screen", "template", "skill"} <= kinds
    assert any(why.startswith("skill chest-xray-pneumonia is for research") for why in before.research)
    for name, path in {
        "bot chest-xray-preread": tmp_path / "bots" / f"{bot}.yaml",
        "screen map demo-ehr": tmp_path / "workflows/screens/demo-ehr.yaml",
        "skill chest-xray-pneumonia: model.onnx": tmp_path / "skills/chest-xray-pneumonia/model.onnx",
    }.items():
        was = path.read_bytes()
        path.write_bytes(was + b"\n")
        found = now()
        assert found.hash != before.hash
        assert changed(before.parts, found.parts) == [f"~ {name}"]
        path.write_bytes(was)
    assert now().hash == before.hash
    for address in ("http://ehr.example", "http://elsewhere.example"):
        monkeypatch.setenv("WETREAD_EHR_URL", address)
        there = now()
        assert changed(before.parts, there.parts) == ["~ ${WETREAD_EHR_URL}"]
        before = there
    for text, name in {
        "zone: Europe/Madrid": "zone",
        f"skills: {{keys: {{hospital: {'A' * 43}=}}}}": "skills",
        "deliveries: {ehr: {folder: {path: /srv/out}}}": "deliveries: ehr",
    }.items():
        (tmp_path / "site.yaml").write_text(text, encoding="utf-8")
        assert [line[2:] for line in changed(before.parts, now().parts)] == [f"site.yaml: {name}"]
    (tmp_path / "site.yaml").write_text("people: {night-it: {about: on call}}", encoding="utf-8")
    assert now() == before


def test_a_keyword_library_is_part_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its file, which is read and never run; a package's version beside it."""
    (tmp_path / "ward").mkdir()
    (tmp_path / "ward" / "__init__.py").write_text("raise SystemExit", encoding="utf-8")
    file = tmp_path / "ward" / "lists.py"
    file.write_text("one = 1", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    before = of_library("ward.lists")
    assert of_library("ward.lists") == before
    file.write_text("one = 2", encoding="utf-8")
    assert of_library("ward.lists") != before
    assert of_library("ward.gone") != of_library("ward.lists")
    assert of_library("nobody.has.this") == of_library("nobody.else")


def test_a_keyword_library_is_known_however_it_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its whole path, in an archive, or by a finder of its own, as an editable install has it."""
    editable = tmp_path / "src" / "wardly.py"
    editable.parent.mkdir()

    class Finder:
        def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
            return importlib.util.spec_from_file_location(name, editable) if name == "wardly" else None

    def write(text: str) -> None:
        (tmp_path / "ward.py").write_text(text, encoding="utf-8")
        editable.write_text(text, encoding="utf-8")
        with zipfile.ZipFile(tmp_path / "ward.zip", "w") as archive:
            archive.writestr("zipped.py", text)

    write("one = 1")
    monkeypatch.syspath_prepend(str(tmp_path / "ward.zip"))
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder()])
    names = (str(tmp_path / "ward.py"), "zipped", "wardly")
    before = [of_library(name) for name in names]
    assert [of_library(name) for name in names] == before
    write("one = 2")
    assert not set(before) & {of_library(name) for name in names}


def test_a_plug_ins_action_is_part_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    file = tmp_path / "ward_actions.py"
    file.write_text("one = 1", encoding="utf-8")
    ours = Library(bundled()).actions
    theirs = type("Claim", (ours["claim"],), {"__doc__": "Another's.", "__module__": "ward_actions"})
    library = Library(bundled(), actions={**ours, "claim": theirs})

    def part() -> str:
        return made_of("chest-xray-preread", library).parts["actions of ward_actions"]

    before = part()
    file.write_text("one = 2", encoding="utf-8")
    assert part() != before
    assert not any(name.startswith("actions of") for name in made_of("chest-xray-preread", Library(bundled())).parts)


def test_a_bot_is_never_another_than_its_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new version comes while a bot is loaded (a pull, at the hour of the night run): what runs is not the old one
    under the new one's approval."""
    for folder in ("bots", "workflows", "skills"):
        shutil.copytree(bundled() / folder, tmp_path / folder, ignore=shutil.ignore_patterns("train", "golden"))
    for name in variables(Library(tmp_path).bot("imaging-qa"), Library(tmp_path)):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    flow = tmp_path / "workflows" / "imaging-qa" / "workflow.yaml"

    def checked(library: Library, name: str) -> list[Any]:
        found = check_bot(library, name)
        flow.write_text(flow.read_text(encoding="utf-8") + "# the new version\n", encoding="utf-8")
        return found

    monkeypatch.setattr("robot_library.bot.check_bot", checked)
    made = assemble("imaging-qa", Library(tmp_path), tmp_path / "home", KEY)
    assert made.made is not None
    assert made.made_now is not None
    approved = made_of("imaging-qa", Library(tmp_path))  # what lies there now, and somebody has approved before
    assert made.workflow.sha256 != Library(tmp_path).workflow("imaging-qa").sha256
    assert made.made.hash != approved.hash


def test_what_tells_a_desktop_program_where_to_go_is_part_of_it(tmp_path: Path) -> None:
    """Its profile names the server and the database that it asks; so may a file that it is called with."""
    bot = "chest-xray-preread-desktop"
    (tmp_path / "bots").mkdir()
    text = (bundled() / "bots" / f"{bot}.yaml").read_text(encoding="utf-8")
    assert "run: ['${WETREAD_TRYTON}']" in text
    called = text.replace("run: ['${WETREAD_TRYTON}']", "run: ['${WETREAD_TRYTON}', '--session=${WARD}/ward.ica', -v]")
    (tmp_path / "bots" / f"{bot}.yaml").write_text(called, encoding="utf-8")
    elsewhere, profile = tmp_path / "elsewhere", tmp_path / "profile"
    for folder in (elsewhere, profile / ".config"):
        folder.mkdir(parents=True)
    (profile / ".config" / "tryton").symlink_to(elsewhere)
    (profile / ".config" / "round").symlink_to(profile)
    values = {"WETREAD_TRYTON_PROFILE": str(profile), "WARD": str(tmp_path)}

    def now() -> MadeOf:
        return made_of(bot, Library(tmp_path, bundled()), values)

    for file, part in (
        (elsewhere / "tryton.conf", "profile of ehr: .config/tryton/tryton.conf"),
        (tmp_path / "ward.ica", "program of ehr: file 1"),
    ):
        before = now()
        file.write_text("db = health", encoding="utf-8")
        with_it = now()
        assert changed(before.parts, with_it.parts) == [f"+ {part}"]
        file.write_text("db = health-test", encoding="utf-8")
        assert changed(with_it.parts, now().parts) == [f"~ {part}"]


def test_a_file_that_is_touched_twice_in_a_moment_is_read_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where times are whole seconds, size and times do not tell the second from the first."""
    file = tmp_path / "save.png"
    real = Path.stat

    class Coarse:
        def __init__(self, found: Any) -> None:
            self.st_ino, self.st_size = found.st_ino, found.st_size
            self.st_mtime_ns = found.st_mtime_ns // 10**9 * 10**9
            self.st_ctime_ns = found.st_ctime_ns // 10**9 * 10**9

    monkeypatch.setattr(Path, "stat", lambda path, **more: Coarse(real(path, **more)))
    time.sleep(1.02 - time.time() % 1)  # a second begins
    file.write_bytes(b"one")
    before = _sha256(file)
    file.write_bytes(b"two")
    assert _sha256(file) != before


@pytest.mark.parametrize("name", ["save.png", "save.md", "train", "golden"])
def test_a_picture_of_a_map_is_part_of_it_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    for folder in ("bots", "workflows", "skills"):
        shutil.copytree(bundled() / folder, tmp_path / folder, ignore=shutil.ignore_patterns("train", "golden"))
    pictures = tmp_path / "workflows" / "screens" / "demo-ehr"
    pictures.mkdir()
    (pictures / name).write_bytes(b"one")
    before = made_of("chest-xray-preread", Library(tmp_path))
    (pictures / name).write_bytes(b"two")
    assert changed(before.parts, made_of("chest-xray-preread", Library(tmp_path)).parts) == [
        f"~ screen map demo-ehr: {name}"
    ]
    kept = Versions(tmp_path / "home").keep("chest-xray-preread", Library(tmp_path))
    assert made_of("chest-xray-preread", kept) == made_of("chest-xray-preread", Library(tmp_path))
