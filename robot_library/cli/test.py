"""`wetread test`: workflows tried on their cases."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from robot_library.cli.output import json_option, print_json
from robot_library.cli.site import home_option, project_option

if TYPE_CHECKING:
    from robot_library.authoring.covering import Coverage
    from robot_library.authoring.trying import Tried, World
    from robot_library.engine.ports import Listener
    from robot_library.model.case import Case, DemoHospital
    from robot_library.parsing.library import Library


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--junit", type=click.Path(path_type=Path, dir_okay=False), help="Write the verdicts as JUnit XML, too.")
@click.option("--headed", is_flag=True, help="Show the browser.")
@click.option("--watch", is_flag=True, help="Stay: whatever is saved, the cases that it touches are tried again.")
@project_option
@home_option
@json_option
def test(
    paths: tuple[Path, ...], junit: Path | None, headed: bool, watch: bool, project: Path | None, home: Path,
    as_json: bool,
) -> int:  # fmt: skip
    """Try workflows on their cases: workflows/NAME/cases/*.yaml. PATHS are cases, or folders that hold some.

    Each case is one item, worked through by the real engine in a real browser, at a demo hospital of its own or on
    recorded screens (`wetread screens snapshot`): no other system is reached. Says what came otherwise than expected,
    and which steps and branches no case has gone through.
    Exit code 1: a case failed; 2: a case file is wrong.

    \b
    wetread test
    wetread test workflows/first-bot --junit verdicts.xml
    wetread test --watch                                   while you write
    """
    from robot_library.cli.watching import keep_watching
    from robot_library.parsing.library import Library

    known: dict[str, Tried] = {}

    def go(changed: Sequence[Path] | None) -> int:
        library = Library.find(project) if paths else Library.own(project)
        return _go(paths, library, home, headed, junit, as_json, changed, known)

    return keep_watching(Library.own(project).folders[0], go) if watch else go(None)


def _go(
    paths: tuple[Path, ...], library: Library, home: Path, headed: bool, junit: Path | None, as_json: bool,
    changed: Sequence[Path] | None, known: dict[str, Tried],
) -> int:  # fmt: skip
    """Try every case, or those that what has changed touches; `known` is what came of each when it was last tried."""
    from robot_library.authoring.touching import touched

    cases = _cases(paths or library.folders[:1], library)
    if not cases:
        click.echo(
            "No case found. A case is a file workflows/NAME/cases/CASE.yaml; `wetread init` writes one.", err=True
        )
        return 2
    again = cases if changed is None else [
        case for case in cases if _file(case) not in known or case in touched([case], library, changed)
    ]  # fmt: skip
    if changed is not None:
        click.echo(f"{len(again)} of {len(cases)} case(s) touched.", err=True)
    known.update({_file(one.case): one for one in _try_all(again, library, home, headed, as_json)})
    tried = [known[_file(case)] for case in again]
    _say(tried, junit, library, [known[_file(case)] for case in cases], as_json)
    return 0 if all(known[_file(case)].passed for case in cases) else 1


def _file(case: Case) -> str:
    return case.place.file if case.place is not None else case.case


def _say(tried: Sequence[Tried], junit: Path | None, library: Library, every: Sequence[Tried], as_json: bool) -> None:
    """What came of those just tried, to whoever looks; JUnit of every case as it was last tried."""
    from robot_library.authoring.junit import junit as as_junit

    covered = _covered(tried, library)
    if junit is not None:
        junit.parent.mkdir(parents=True, exist_ok=True)
        junit.write_text(as_junit(every), encoding="utf-8", newline="\n")
    if as_json:
        print_json({"passed": sum(one.passed for one in tried), "failed": sum(not one.passed for one in tried),
                    "cases": [_data(one) for one in tried], "coverage": [vars(one) for one in covered]})  # fmt: skip
    elif tried:
        _tell(tried, covered)


def _cases(paths: Iterable[Path], library: Library) -> list[Case]:
    """Every case of the paths. AuthoringError with all that is wrong in them, before anything is started."""
    from robot_library.errors import AuthoringError
    from robot_library.lint.check import check
    from robot_library.lint.files import files_below
    from robot_library.parsing.cases import load_case

    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            files += [file for file in files_below(path) if file.parent.name == "cases"]
        else:
            files.append(path)
    files = list(dict.fromkeys(files))
    if errors := [one for one in check(files, library) if one.severity == "error"]:
        raise AuthoringError(errors)
    return [load_case(file) for file in files]


def _try_all(cases: Sequence[Case], library: Library, home: Path, headed: bool, quiet: bool) -> list[Tried]:
    from robot_library.authoring.trying import worlds

    found: dict[int, Tried] = {}
    for world in worlds(cases):
        for one in _try(world, library, home, headed, quiet):
            found[id(one.case)] = one
    return [found[id(case)] for case in cases]


def _try(world: World, library: Library, home: Path, headed: bool, quiet: bool) -> list[Tried]:
    """The cases of one world, in a hospital of their own, which is thrown away with all that the bots have kept."""
    from robot_library.authoring.recording import Recorded
    from robot_library.authoring.trying import try_cases
    from robot_library.cli.progress import item_progress
    from robot_library.drivers.browser import BrowserDriver
    from robot_library.drivers.browser.recorded import BASE, RecordedDriver
    from robot_library.hospital.settings import ACCOUNTS, BOT
    from robot_library.interfaces import Credential

    def progress(labels: Mapping[str, str]) -> AbstractContextManager[Listener]:
        return item_progress(len(labels), dict(labels), quiet=quiet)

    account = Credential(BOT, ACCOUNTS[BOT].password)
    with tempfile.TemporaryDirectory(prefix="wetread-test-") as name:
        folder = Path(name)
        if isinstance(world.place, str):
            pages = Recorded(library.folders[0] / world.place).page
            recorded = RecordedDriver(pages, headed=headed or None)
            nowhere = dict.fromkeys(("ehr", "pacs", "dicomweb"), BASE)
            return asyncio.run(try_cases(world, library, folder / "bot", recorded, nowhere, account, progress))
        driver = BrowserDriver(headed=headed or None, downloads=folder / "downloads")
        with _hospital(world.place, home, folder, quiet) as addresses:
            return asyncio.run(try_cases(world, library, folder / "bot", driver, addresses, account, progress))


def _hospital(kind: DemoHospital, home: Path, folder: Path, quiet: bool) -> AbstractContextManager[dict[str, str]]:
    """A fresh copy of a demo hospital; it is built once and kept."""
    from robot_library.cli.hospital_process import hospital
    from robot_library.cli.progress import counted
    from robot_library.hospital.build import ensure
    from robot_library.hospital.stories import STORIES

    built = home / "test" / f"hospital-{kind.scenario}-{kind.seed}"
    with counted("Building the demo hospital", quiet=quiet) as progress:
        ensure(built, kind.seed, progress, STORIES[kind.scenario])
    shutil.copytree(built, folder / "hospital")
    return hospital(folder / "hospital", kind.seed, quiet=True, scenario=kind.scenario)


def _covered(tried: Sequence[Tried], library: Library) -> list[Coverage]:
    from robot_library.authoring.covering import coverage

    names = dict.fromkeys(one.workflow for one in tried)
    runs = {name: [one.run for one in tried if one.workflow == name and one.run is not None] for name in names}
    return [coverage(library.workflow(name), library, runs[name]) for name in names]


def _data(one: Tried) -> Mapping[str, Any]:
    return {
        "case": one.case.case, "workflow": one.workflow, "passed": one.passed, "seconds": round(one.seconds, 3),
        "error": one.error, "differences": [vars(difference) for difference in one.differences],
    }  # fmt: skip


def _tell(tried: Sequence[Tried], covered: Sequence[Coverage]) -> None:
    for one in tried:
        word = "passed" if one.passed else "FAILED"
        click.echo(f"{word}  {one.workflow}/{one.case.case}  ({one.seconds:.1f} s)")
        if one.error:
            click.echo(f"    {one.error}")
        for difference in one.differences:
            click.echo(
                f"    {difference.what}\n      expected  {difference.expected}\n      was       {difference.actual}"
            )
    click.echo()
    for coverage in covered:
        click.echo(str(coverage))
        for left in (*coverage.steps_left, *coverage.branches_left):
            click.echo(f"    no case goes through  {left}")
    failed = sum(not one.passed for one in tried)
    click.echo(f"\n{len(tried)} case(s), {failed} failed." if failed else f"\n{len(tried)} case(s), all passed.")
