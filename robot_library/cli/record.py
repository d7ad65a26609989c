"""`wetread record`: click through once, and have a screen map, a workflow and a bot."""

from __future__ import annotations

import asyncio
import re
import shlex
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult

import click

from robot_library.cli.output import json_option, print_json
from robot_library.cli.site import project_option
from robot_library.errors import ApplicationException, SetupError
from robot_library.model.address import split_address

if TYPE_CHECKING:
    from robot_library.authoring.recorder.files import Places
    from robot_library.authoring.recorder.recorder import Recorder
    from robot_library.interfaces import Credential
    from robot_library.model.heard import Heard

Say = Callable[[str], None]
PROGRAM = "program:"


@click.command()
@click.argument("systems", metavar="[ROLE=]URL|program:COMMAND...", nargs=-1, required=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True,
              help="The workflow: workflows/NAME/workflow.yaml in a project.")  # fmt: skip
@click.option("--map", "maps", multiple=True, metavar="[ROLE=]FILE", help="The screen map of a role, if not ROLE.yaml.")
@click.option("--append", is_flag=True, help="Add to screen maps that are there already.")
@click.option("--allow-commits", is_flag=True, help="Let final presses (save, send, sign) through: they are real.")
@click.option("--tabs", is_flag=True, help="Open every URL, each in a tab, and not the first alone.")
@click.option("--credential", metavar="[ROLE=]NAME",
              help="What the browser answers when it is itself asked for a password (HTTP basic).")  # fmt: skip
@click.option("--issuer", default="", metavar="NAME",
              help="Who issues the patient numbers that these systems show, where no screen says so.")  # fmt: skip
@click.option("--headless", is_flag=True, hidden=True, help="Without a window: for tests.")
@project_option
@json_option
def record(
    systems: tuple[str, ...], out: Path, maps: tuple[str, ...], append: bool, allow_commits: bool, tabs: bool,
    credential: str | None, issuer: str, headless: bool, project: Path | None, as_json: bool,
) -> int:  # fmt: skip
    """Open a browser at URL, or start a desktop program; what you do there becomes screen maps, a workflow and a bot.

    Sign in, open the list, the record, its images in the PACS, the form; type into it, press its button. A press that
    may make something final is recorded and not made. Click on a value to have it read. Close the browser
    (end the program), or press Ctrl-C: what there is until then is written. No value of a page, nothing you type and no
    password is kept. A program has to tell assistive technology what it shows; of what it does not tell nothing is
    pressed. COMMAND is the program and what it is called with, as in a shell; it stands in the bot's file then.

    \b
    wetread record ehr=https://ehr.example pacs=https://pacs.example --out workflows/report/workflow.yaml
    wetread record https://ehr.example --out workflows/labs/workflow.yaml --append
    wetread record pacs=https://viewer.example --credential pacs=viewer-bot --out workflows/films/workflow.yaml
    wetread record ehr="program:ward-client --server test" --issuer WARD --out workflows/ward/workflow.yaml
    """
    from robot_library.authoring.recorder.files import Places
    from robot_library.authoring.recorder.recorder import Recorder

    named = _named(systems)
    roles = {role: text for role, text in named.items() if not text.startswith(PROGRAM)}
    programs = {role: _command(text) for role, text in named.items() if text.startswith(PROGRAM)}
    _addresses(roles)
    given = {role or next(iter(named)): Path(file) for role, file in map(_pair, maps)}
    places = Places.of(out)
    _nothing_in_the_way(places, named, given, append=append)
    if allow_commits:
        _no_production(roles, programs, project)
    if issuer and not re.fullmatch(r"[A-Za-z][A-Za-z_.-]{1,23}", issuer):
        raise click.UsageError("--issuer is a short name of letters, '.', '-' and '_', as in MEADOW.")
    rec = Recorder(roles, issuer, programs)
    said: list[str] = []

    def say(line: str) -> None:
        said.append(line)
        if not as_json:
            click.echo(line, err=True)

    what = "the browser" if roles else "the program"
    say(f"Click through once. Close {what} or press Ctrl-C when you are done.")
    opened = list(roles.values()) if tabs else list(roles.values())[:1]
    basic = _basic(roles, credential)
    try:
        _listen(rec, opened, say, allow_commits=allow_commits, headed=not headless, basic=basic)
    except ApplicationException as lost:  # the display, the browser: what there is until then is written
        say(f"lost     {lost}")
    written = _write(rec, places, given, say, append=append)
    if as_json:
        print_json({"written": [str(path) for path in written], "said": said})
    else:
        for path in written:
            click.echo(path)
    return 0 if written else 1


def _basic(roles: Mapping[str, str], credential: str | None) -> tuple[str, Credential] | None:
    """The address that asks the browser itself, and what it is answered. SetupError where the vault lacks it."""
    if credential is None:
        return None
    from robot_library.safeguards.vault import Vault

    role, name = _pair(credential)
    role = role or next(iter(roles))
    if role not in roles:
        raise click.UsageError(f"--credential is of the role {role!r}, which no address has.")
    return roles[role], Vault().credential(name)


def _listen(
    rec: Recorder, urls: list[str], say: Say, *, allow_commits: bool, headed: bool,
    basic: tuple[str, Credential] | None,
) -> None:  # fmt: skip
    """Until the browser is closed and every program has ended, or Ctrl-C."""
    one_by_one = threading.Lock()

    def hear(heard: Heard) -> None:
        with one_by_one:
            for line in rec.hear(heard):
                say(line)

    async def listen() -> None:
        from robot_library.drivers.browser.listening import Listener

        stop, parts = threading.Event(), []
        if rec.programs:
            parts.append(asyncio.to_thread(_programs, rec, hear, say, stop, allow_commits=allow_commits))
        if urls:
            parts.append(Listener(hear, say, allow_commits=allow_commits, basic=basic).listen(urls, headed=headed))
        try:
            await asyncio.gather(*parts)
        except asyncio.CancelledError:  # Ctrl-C: what there is is written
            return
        finally:
            stop.set()  # asyncio.run waits for the thread

    try:
        asyncio.run(listen())
    except KeyboardInterrupt:
        return


def _programs(
    rec: Recorder, hear: Callable[[Heard], None], say: Say, stop: threading.Event, *, allow_commits: bool
) -> None:
    """Listen to desktop programs on the display of whoever runs this."""
    from robot_library.drivers.desktop.display import own_display
    from robot_library.drivers.desktop.recording.listening import ProgramListener

    listener = ProgramListener(hear, say, allow_commits=allow_commits, pictures=rec.pictures)
    listener.listen(rec.programs, own_display(), stop)


def _write(rec: Recorder, places: Places, given: Mapping[str, Path], say: Say, *, append: bool) -> list[Path]:
    from robot_library.authoring.recorder.files import made_files, write_files

    if not any(not scene.enters for scene in rec.scenes):
        say("Nothing was recorded; nothing is written.")
        return []
    made = made_files(rec, places, given, append=append)
    for line in made.lines:
        say(line)
    return write_files(made.files)


def _pair(text: str) -> tuple[str, str]:
    role, equals, rest = text.partition("=")
    return (role, rest) if equals and role.isidentifier() else ("", text)


def _named(systems: tuple[str, ...]) -> dict[str, str]:
    """Role → address or program; the first without a name is the EHR, others are numbered."""
    named: dict[str, str] = {}
    for number, (role, text) in enumerate(map(_pair, systems), 1):
        name = role or ("ehr" if number == 1 else f"system{number}")
        if name in named:
            raise click.UsageError(f"The role {name!r} is given twice.")
        named[name] = text
    return named


def _addresses(roles: Mapping[str, str]) -> None:
    """UsageError for what is no address, or holds a password."""
    for url in roles.values():
        parts = _parts(url)
        if parts is None:
            raise click.UsageError(
                "Give addresses with http:// or https://, each with its role: ehr=https://…, or programs: "
                "ehr=program:COMMAND."
            )
        if parts.username or parts.password:
            raise click.UsageError("No user name or password in an address: sign in in the browser.")


def _command(text: str) -> tuple[str, ...]:
    """A program and what it is called with."""
    try:
        command = tuple(shlex.split(text.removeprefix(PROGRAM)))
    except ValueError:
        command = ()
    if not command:
        raise click.UsageError(
            "After 'program:' comes a command, as in a shell: ehr='program:ward-client --server test'."
        )
    return command


def _parts(url: str) -> SplitResult | None:
    """The parts of a web address; None for what is none."""
    try:
        parts = split_address(url)
    except ValueError:
        return None
    return parts if parts.scheme in ("http", "https") and parts.hostname else None


def _no_production(roles: Mapping[str, str], programs: Mapping[str, tuple[str, ...]], project: Path | None) -> None:
    """No final press is let through at an address where patients are treated."""
    from robot_library.parsing.library import Library

    site = Library.find(project).site()
    if programs and site.has_production:
        raise SetupError(
            f"nobody can tell which server the program of '{next(iter(programs))}' works on, and site.yaml names a "
            "production system.",
            cure="Record without --allow-commits.",
        )
    for role, url in roles.items():
        if system := site.production_at(url):
            raise SetupError(
                f"the address of '{role}' leads to the production system {system}.",
                cure="Let final presses through on the test system only; here record without --allow-commits.",
            )


def _nothing_in_the_way(places: Places, roles: Mapping[str, str], given: Mapping[str, Path], *, append: bool) -> None:
    """Before the browser opens: no author's file is written over."""
    if places.workflow.exists():
        raise SetupError(f"{places.workflow} is there already.", cure="Give another --out; nothing is written over.")
    if append:
        return
    for role in roles:
        path = places.map(role, given)
        if path.exists():
            raise SetupError(
                f"The screen map {path} is there already.", cure="With --append it is added to; or give another --map."
            )
