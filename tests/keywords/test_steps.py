"""Keywords as steps: what they give, whose libraries they are, what an interruption leaves, what nobody may hear."""

from __future__ import annotations

import asyncio
import logging
import tarfile
import zipfile

import pytest

from robot_library.engine.records.recorder import Notes
from robot_library.engine.run.context import Frame, StepContext
from robot_library.engine.run.language import bind
from robot_library.engine.run.scope import Scope
from robot_library.errors import ApplicationException, AuthoringError, NeedsPerson, SetupError, Timeout
from robot_library.interfaces import Protection
from robot_library.keywords import robot_side
from robot_library.lint import check_bot
from robot_library.parsing.library import Library, bundled
from tests.keywords.conftest import Killed, Project
from tests.keywords.tally import tally

TALLY = "tests.keywords.tally"
SITE = f"keywords: {{allow: [RPA.Excel.Files, RPA.Tables, RPA.Robocorp.Vault, RPA.FileSystem, RPA.Archive, {TALLY}]}}\n"
ITEM = "item:\n  name: {type: text, phi: true}"


@pytest.fixture(autouse=True)
def clean() -> None:
    tally.done.clear()


def done(what: str) -> int:
    return sum(one[0] == what for one in tally.done)


async def test_excel_to_excel_with_types_kept(project: Project) -> None:
    project.write("""
- keyword: {library: RPA.Excel.Files, name: Create Workbook, with: {path: out/a.xlsx, sheet_name: stock}}
- keyword:
    library: RPA.Excel.Files
    name: Append Rows To Worksheet
    with: {content: [{mrn: '00123', name: =item.name}, {mrn: '007', name: no}], header: true}
- keyword: {library: RPA.FileSystem, name: Create Directory, with: {path: out}}
- keyword: {library: RPA.Excel.Files, name: Save Workbook}
- keyword: {library: RPA.Excel.Files, name: Open Workbook, with: {path: out/a.xlsx}}
- keyword: {library: RPA.Excel.Files, name: Read Worksheet As Table, with: {header: true}, as: rows}
- keyword:
    library: RPA.Tables
    name: Find Table Rows
    with: {table: =rows, column: mrn, operator: '="=="', value: '007'}
    as: found
- keyword: {library: RPA.Tables, name: Add Table Column, with: {table: =found, name: code, values: X}, as: coded}
- check: {that: =count(rows) == 2 and first(rows).mrn == '00123' and first(coded).code == 'X', otherwise: wrong}
- check: {that: =first(found).name == 'no', otherwise: wrong}
""", ITEM, SITE)  # fmt: skip
    await project.go({"name": "Zoë Quux"})
    assert (project.folder / "out" / "a.xlsx").is_file()
    steps = await project.steps()
    assert [step.effect for step in steps][:4] == ["read", "read", "file", "file"]
    assert [step.effect for step in steps][6:8] == ["compute", "compute"]
    assert steps[0].title == "Create Workbook (RPA.Excel.Files)"


async def test_a_library_is_one_items_and_lives_in_one_thread(project: Project) -> None:
    step = (
        f"keyword: {{library: {TALLY}, name: Add One, with: {{step: 2}}, settings: {{start: 5}}, effect: read, as: %s}}"
    )
    project.write(f"- {step % 'a'}\n- {step % 'b'}\n- check: {{that: =a == 7 and b == 9, otherwise: wrong}}", site=SITE)
    await asyncio.gather(project.go(name="i1"), project.go(name="i2"))
    assert done("add one") == 4
    assert len({instance for _, instance, _ in tally.done}) == 2
    assert {thread for *_, thread in tally.done} == {"wetread-keywords"}


@pytest.mark.parametrize("moment", ["before_intent", "intent", "pressed", "proven", "step_done"])
async def test_once_is_never_twice(project: Project, moment: str) -> None:
    project.write(f"- keyword: {{library: {TALLY}, name: Send, with: {{text: =item.name}}, effect: once, as: said}}\n"
                  "- check: {that: =said == 'sent Zoë', otherwise: wrong}", ITEM, SITE)  # fmt: skip
    project.kill_at(moment, "1")
    with pytest.raises(Killed):
        await project.go({"name": "Zoë"})
    sent = done("send")
    if moment in ("intent", "pressed"):  # begun, and not known to have ended
        with pytest.raises(NeedsPerson, match="not known"):
            await project.go({"name": "Zoë"})
        assert done("send") == sent
    else:
        await project.go({"name": "Zoë"})
        assert done("send") == 1


async def test_what_failed_half_way_is_a_persons_and_says_no_name(project: Project) -> None:
    project.write(f"- keyword: {{library: {TALLY}, name: Send And Fail, with: {{text: =item.name}}}}", ITEM, SITE)
    with pytest.raises(NeedsPerson, match="failed with RuntimeError") as told:
        await project.go({"name": "Quux"})
    assert "Quux" not in str(told.value)
    with pytest.raises(NeedsPerson, match="was begun before"):
        await project.go({"name": "Quux"})
    assert done("send and fail") == 1


async def test_a_person_who_sends_it_back_has_what_was_done_kept(project: Project) -> None:
    project.write(f"- keyword: {{library: {TALLY}, name: Send, with: {{text: =item.name}}, effect: once, as: said}}\n"
                  "- check: {that: =said == item.name, otherwise: A person looks.}", ITEM, SITE)  # fmt: skip
    for life in (0, 1):
        with pytest.raises(NeedsPerson, match="A person looks"):
            await project.go({"name": "Quux"}, life=life)
    assert done("send") == 1


async def test_what_an_undeclared_keyword_left_in_its_library_is_not_made_up(project: Project) -> None:
    project.write(f"- keyword: {{library: {TALLY}, name: Add One, as: a}}\n"
                  f"- keyword: {{library: {TALLY}, name: Add One, effect: read, as: b}}", ITEM, SITE)  # fmt: skip
    project.kill_at("step_done", "2")
    with pytest.raises(Killed):
        await project.go({"name": "Quux"})
    with pytest.raises(NeedsPerson, match="lost with the interruption"):
        await project.go({"name": "Quux"})


async def test_a_shadow_writes_and_sends_nothing(project: Project) -> None:
    project.write(f"- keyword: {{library: {TALLY}, name: Send, with: {{text: x}}}}\n"
                  "- keyword: {library: RPA.FileSystem, name: Create File, with: {path: x.txt, content: x}}",
                  ITEM, SITE)  # fmt: skip
    await project.go({"name": "Quux"}, stage="shadow")
    assert done("send") == 0
    assert not (project.folder / "x.txt").exists()
    assert [step.outcome for step in await project.steps()] == ["skipped", "skipped"]


async def test_nothing_that_a_library_says_is_heard(
    project: Project, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    project.write(f"- keyword: {{library: {TALLY}, name: Talk, with: {{text: =item.name}}, effect: read}}", ITEM, SITE)
    with caplog.at_level(logging.DEBUG):
        await project.go({"name": "Quuxelburg"})
    heard = capfd.readouterr()
    assert "Quux" not in heard.out + heard.err + caplog.text
    print("heard again")
    logging.getLogger("tally").warning("heard again")
    assert "heard again" in capfd.readouterr().out
    assert "heard again" in caplog.text


async def test_the_loop_goes_on_and_a_call_that_hangs_is_given_up(project: Project) -> None:
    project.write(
        f"- keyword: {{library: {TALLY}, name: Give Up, with: {{seconds: '0.6'}}, effect: read, within: 200 ms}}",
        site=SITE,
    )
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.01)
            ticks += 1

    ticking = asyncio.create_task(tick())
    with pytest.raises(Timeout, match=r"within 0\.2 s"):
        await project.go()
    ticking.cancel()
    assert ticks > 3


@pytest.mark.parametrize("path", ["../out.txt", "/etc/passwd", "site.yaml", "bots/small.yaml", ".wetread/site.key"])
async def test_files_outside_the_folders_are_not_touched(project: Project, path: str) -> None:
    project.write("- keyword: {library: RPA.FileSystem, name: Read File, with: {path: =item.name}, as: words}\n"
                  "- check: {that: =words == '', otherwise: x}", ITEM, SITE)  # fmt: skip
    with pytest.raises(AuthoringError, match="outside the folders"):
        await project.go({"name": path})


async def test_a_link_that_leads_out_is_not_followed(
    project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "a.txt").write_text("theirs", encoding="utf-8")
    (project.folder / "link").symlink_to(outside, target_is_directory=True)
    read = "- keyword: {library: RPA.FileSystem, name: Read File, with: {path: =item.name}, as: words}\n" \
           "- check: {that: =words == 'theirs', otherwise: x}"  # fmt: skip
    project.write(read, ITEM, SITE)
    with pytest.raises(AuthoringError, match="outside the folders"):
        await project.go({"name": "link/a.txt"})
    project.write(read, ITEM, SITE.replace("]}", f"], folders: ['{outside.as_posix()}']}}"))
    await project.go({"name": (outside / "a.txt").as_posix()}, name="i2")


async def test_the_vault_is_wetreads_own_and_a_thing_has_no_name(project: Project) -> None:
    project.write("- keyword: {library: RPA.Robocorp.Vault, name: Get Secret, with: {secret_name: mail-bot}, as: me}\n"
                  "- check: {that: =me.user == 'mailer' and me.password == 's3cret-word', otherwise: x}\n"
                  f"- keyword: {{library: {TALLY}, name: Thing, effect: read, as: it}}", site=SITE)  # fmt: skip
    with pytest.raises(AuthoringError, match=r"only .* understands"):
        await project.go()


async def test_a_failure_names_its_class_only(project: Project) -> None:
    project.write("- keyword: {library: RPA.FileSystem, name: Read File, with: {path: =item.name}, as: words}\n"
                  "- check: {that: =words == '', otherwise: x}", ITEM, SITE)  # fmt: skip
    with pytest.raises(
        ApplicationException, match=r"FileNotFoundError\. A file or folder that it names is not there"
    ) as told:
        await project.go({"name": "quux.txt"})
    assert "quux" not in str(told.value)


async def test_without_robot_framework_it_says_what_to_install(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write("- keyword: {library: RPA.Tables, name: No Such Keyword}")
    monkeypatch.setattr(robot_side, "installed", lambda: False)
    (said,) = check_bot(Library(project.folder, bundled()), "small")
    assert (said.code, said.severity) == ("WR421", "warning")
    with pytest.raises(SetupError, match="not installed") as told:
        project.dispatch()
    assert "pip install wetread[rpa]" in told.value.cure


@pytest.mark.parametrize("member", ["../out.txt", "/out.txt", "link"])
async def test_an_archive_that_leads_out_is_not_unpacked(project: Project, member: str) -> None:
    with tarfile.open(project.folder / "in.tar", "w") as packed:
        one = tarfile.TarInfo(member)
        one.type, one.linkname = (tarfile.SYMTYPE, "/etc") if member == "link" else (tarfile.REGTYPE, "")
        packed.addfile(one)
    project.write("- keyword: {library: RPA.Archive, name: Extract Archive, with: {archive_name: in.tar, path: to}}",
                  site=SITE)  # fmt: skip
    with pytest.raises(NeedsPerson, match="not unpacked"):
        await project.go()
    assert not (project.folder.parent / "out.txt").exists()


@pytest.mark.parametrize("name", ["in.zip", "in.tar.gz", "cut.tar.gz"])
async def test_an_archive_that_grows_beyond_measure_or_is_damaged_is_not_unpacked(project: Project, name: str) -> None:
    large = project.folder / "large"
    with large.open("wb") as file:
        file.truncate(200_000_000)
    archive = project.folder / name
    if name.endswith(".zip"):
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
            packed.write(large, "large")
    else:
        with tarfile.open(archive, "w:gz", compresslevel=1) as packed_tar:
            packed_tar.add(large, "large")
    large.unlink()
    if name.startswith("cut"):
        archive.write_bytes(archive.read_bytes()[:5000])
    given = f"{{archive_name: {name}, path: to}}"
    project.write(f"- keyword: {{library: RPA.Archive, name: Extract Archive, with: {given}}}", site=SITE)
    with pytest.raises(NeedsPerson, match="not unpacked"):
        await project.go()
    assert not (project.folder / "to").exists()


async def test_a_workbook_that_grows_beyond_measure_is_not_opened(project: Project) -> None:
    with zipfile.ZipFile(project.folder / "in.xlsx", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        packed.writestr("xl/workbook.xml", b"<a>" + bytes(200_000_000))
    project.write("- keyword: {library: RPA.Excel.Files, name: Open Workbook, with: {path: in.xlsx}}", site=SITE)
    with pytest.raises(NeedsPerson, match="not opened"):
        await project.go()


async def test_collect_reads_rows_by_keywords(project: Project) -> None:
    (project.folder / "orders.csv").write_text("order,who\n0042,Quux\n0043,Zoe\n", encoding="utf-8")
    read = "keyword: {library: RPA.Tables, name: Read table from CSV, with: {path: orders.csv}, as: rows}"
    project.write("- check: {that: =item.order != '', otherwise: x}",
                  f"item: {{order: {{type: text}}}}\ncollect:\n  steps: [{{{read}}}]\n  items: =rows\n  key: order",
                  SITE)  # fmt: skip
    dispatch = project.dispatch({"order": "1"})
    collect = dispatch.assembly.workflow.collect
    assert collect is not None
    names = await dispatch.run_once(collect.steps)
    assert names["rows"] == [{"order": "0042", "who": "Quux"}, {"order": "0043", "who": "Zoe"}]


async def test_the_engine_refuses_where_the_lint_has_not_looked(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("robot_library.bot.check_bot", lambda *_: [])
    send = f"keyword: {{library: {TALLY}, name: Send, with: {{text: x}}}}"
    project.write(f"- retry:\n    steps:\n      - {send}", site=SITE)
    with pytest.raises(AuthoringError, match="nor in `retry`"):
        await project.go()
    project.write("- keyword: {library: Process, name: Run Process, with: {command: 'true'}}", site=SITE)
    with pytest.raises(AuthoringError, match="not among those"):
        await project.go(name="i2")
    dispatch = project.dispatch()
    with pytest.raises(AuthoringError, match="stands in `steps`"):
        await dispatch.run_once(dispatch.assembly.workflow.steps)
    assert done("send") == 0


async def test_no_keyword_looks_or_types_inside_protect(project: Project) -> None:
    project.write(f"- keyword: {{library: {TALLY}, name: Add One, effect: read}}", site=SITE)
    run = project.dispatch()
    (step,) = run.assembly.workflow.steps
    kind = run.catalogue.action(step)
    record = Protection("ehr", "result", ())
    ctx = StepContext(run, Frame("", Scope(), protection=record), Notes(step, "1", kind, ""), kind)
    with pytest.raises(AuthoringError, match="inside `protect`"):
        await bind(step, kind, {}).run(ctx)
    assert done("add one") == 0
