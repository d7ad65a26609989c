"""`make scan`: schemathesis at the dashboard, the clerk's app, and what programs ask an office, each really served.

Its checks: no answer is a crash, methods that are not there are refused, what is asked without a session or token is
refused; for programs also that statuses and bodies are as said, that wrong data is refused and right data taken. Exit 1
on any finding, and where the scan was signed out on its way.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from robot_library.engine.desk import Desk
from robot_library.interfaces import Credential
from robot_library.parsing.library import Library
from robot_library.safeguards.sealed import SealedJson
from robot_library.safeguards.vault import Vault
from robot_library.unattended.entrance import Entrance
from robot_library.unattended.front import Address, serving, take_socket
from robot_library.unattended.office import Office
from robot_library.unattended.supervisor import Supervisor
from tests.dashboard.conftest import KEY
from tests.supply.lock import ROOT
from tests.unattended.test_serve import BOT, SECRET, WORKFLOW
from tests.web.described import pages, programs
from tests.web.probing import Target, fields
from tests.web.targets import clerks, operations

FOR_PEOPLE = "not_a_server_error,unsupported_method,ignored_auth"
# Not unsupported_method: whatever else is asked of an office, under any address, the dashboard's door refuses.
FOR_PROGRAMS = (
    "not_a_server_error,ignored_auth,status_code_conformance,content_type_conformance,"
    "response_schema_conformance,negative_data_rejection,positive_data_acceptance"
)
_HOOK = "  - hook: {name: orders, credential: hook-orders, per_minute: 6000}\n"


@dataclass(frozen=True)
class Asked:
    """One application: what it is made of, what whoever is in sends along, what is checked."""

    app: Any
    description: dict[str, Any]
    headers: Sequence[str]
    checks: str
    still_in: Callable[[], bool] = lambda: True
    """Whether whoever asked was in until the end."""


def of_people(title: str, target: Target, role: str) -> Asked:
    """Pages, asked by somebody who is in and may do everything."""
    cookie, value = f"wetread_{target.doors.signed('name', '')[:8]}", target.doors.admit(role, "dr.chen")
    session = target.doors.session(value)
    assert session is not None
    known = [one.decode() for one in target.values if one.isascii() and one.isalnum()]
    document = pages(title, target.routes, fields(target.rooms), known, cookie)
    headers = [f"Cookie: {cookie}={value}", f"X-CSRF: {session.csrf}"]
    return Asked(target.app, document, headers, FOR_PEOPLE, lambda: target.doors.session(value) is not None)


@asynccontextmanager
async def an_office(folder: Path) -> AsyncIterator[Asked]:
    """An office with a bot that has a hook."""
    bot = BOT.replace("  - hook: {name: orders, credential: hook-orders}\n", _HOOK)
    assert _HOOK in bot
    for name, text in (("bots/seen.yaml", bot), ("workflows/seen/workflow.yaml", WORKFLOW)):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text(text, encoding="utf-8")
    vault, home = Vault({"hook-orders": Credential("orders", SECRET)}), folder / "home"
    async with Desk(home, SealedJson(KEY), KEY.fingerprint) as desk:
        office = Office(home, Library(folder), desk, KEY, Supervisor([], lambda name: []), vault=vault)
        await desk.bots.enable("seen", "x")
        await office.look()
        entrance = Entrance(office, desk)
        inputs = office.hooks["orders"].intake.inputs
        yield Asked(entrance.app, programs("orders", inputs), [f"Authorization: Bearer {SECRET}"], FOR_PROGRAMS)
        await desk.bots.disable("seen", "x")
        await office.look()
        entrance.close()


async def scanned(tools: Path, out: Path, asked: Asked, examples: int, seed: int) -> int:
    """Serve it, let schemathesis ask it; its exit status."""
    title = asked.description["info"]["title"]
    document = out / f"{title}.openapi.json"
    document.write_text(json.dumps(asked.description, indent=1), encoding="utf-8")
    taken = take_socket(Address(port=0))
    url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    words = [str(tools / "bin" / "schemathesis"), "run", str(document), "--url", url, "--checks", asked.checks,
             "--phases", "examples,coverage,fuzzing", "--max-examples", str(examples), "--seed", str(seed),
             "--continue-on-failure", "--suppress-health-check", "all", "--max-redirects", "0", "--report", "junit",
             "--report-junit-path", str(out / f"{title}.xml"), "--warnings", "off"]  # fmt: skip
    for header in [*asked.headers, f"Origin: {url}"]:
        words += ["-H", header]
    async with serving(asked.app, taken, Address(port=0)):
        process = await asyncio.create_subprocess_exec(*words, cwd=out)
        status = await process.wait()
    if not asked.still_in():
        click.echo(f"{title}: the scan was signed out on its way, and has seen less than it should.")
        return 1
    return status


async def everything(tools: Path, out: Path, examples: int, seed: int) -> int:
    """How many of the applications something was found in."""
    found = 0
    with tempfile.TemporaryDirectory(prefix="scan-") as at, ExitStack() as open_now:
        for title, make, role in (
            ("operations", operations, "operator"),
            ("clerks", clerks, "reviewer admin operator"),
        ):
            folder = Path(at, title)
            folder.mkdir()
            target = open_now.enter_context(make(folder))
            found += await scanned(tools, out, of_people(title, target, role), examples, seed) != 0
        async with an_office(Path(at, "office")) as asked:
            found += await scanned(tools, out, asked, examples * 20, seed) != 0
    return found


@click.command()
@click.option("--tools", type=click.Path(path_type=Path), default=ROOT / ".tools", help="Environment of tools.txt.")
@click.option("--out", type=click.Path(path_type=Path), default=ROOT / "build" / "scan", help="Where to.")
@click.option(
    "--examples", default=10, show_default=True, help="Requests to each address of pages; twentyfold to a hook."
)
@click.option("--seed", default=1, show_default=True)
def main(tools: Path, out: Path, examples: int, seed: int) -> None:
    """Scan, say what was found."""
    tools = tools.absolute()
    out.mkdir(parents=True, exist_ok=True)
    subprocess.run([str(tools / "bin" / "schemathesis"), "--version"], check=True)
    found = asyncio.run(everything(tools, out, examples, seed))
    click.echo(f"something was found in {found} of 3; reports in {out}")
    raise SystemExit(bool(found))


if __name__ == "__main__":
    main()
