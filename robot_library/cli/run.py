"""`wetread run`: collect the orders a bot finds, and run them until each is done or waits for a person."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from robot_library.cli.environments import header
from robot_library.cli.output import json_option, print_json, print_table
from robot_library.cli.progress import item_progress
from robot_library.cli.site import home_option, make_trail, open_key, project_option, running
from robot_library.errors import SetupError

if TYPE_CHECKING:
    from robot_library.cli.step import Stepper


@click.command()
@click.argument("bot")
@project_option
@home_option
@click.option("--no-collect", is_flag=True, help="Only finish what is in the queue already.")
@click.option("--dry-run", is_flag=True, help="Check everything and show what would be done; open no screen.")
@click.option(
    "--screens",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="With --dry-run: look up every target on the screens recorded in this folder (`wetread screens snapshot`).",
)
@click.option("--step", is_flag=True, help="Stop before each step: look, edit the workflow, go on. `?` tells how.")
@click.option(
    "--break", "breaks", multiple=True, metavar="STEP", help="Stop before this step: its path, action or `as`."
)
@click.option("--headed", is_flag=True, help="Show the browser.")
@click.option("--report", type=click.Path(path_type=Path), help="Write the run report to this HTML file.")
@json_option
def run(
    bot: str, project: Path | None, home: Path, no_collect: bool, dry_run: bool, screens: Path | None, step: bool,
    breaks: tuple[str, ...], headed: bool, report: Path | None, as_json: bool,
) -> int:  # fmt: skip
    """Run BOT until every item is done or waits for a person. After Ctrl-C or a power cut it goes on where it was.

    \b
    wetread run chest-xray-preread --dry-run    what would happen, and what is missing
    wetread run chest-xray-preread              do it
    wetread run first-bot --dry-run --screens recorded   every look-up, on recorded screens
    wetread run first-bot --step --headed       step by step, in a browser you see
    wetread run first-bot --break save          stop before the final press
    wetread answer ITEM accept --who dr.chen    decide an item that waits
    """
    from robot_library.bot import assemble, pictures
    from robot_library.drivers.by_kind import drivers
    from robot_library.parsing.library import Library

    library = Library.find(project, to_run=True)
    if screens is not None and not dry_run:
        raise click.UsageError("--screens goes with --dry-run.")
    if screens is not None:
        return _look_ups(library, bot, screens, headed, as_json)
    if dry_run:
        if not as_json and (said := header(library)):
            click.echo(said, err=True)
        return _plan(library, bot, as_json)
    if said := header(library):
        click.echo(said, err=True)
    practising = bool(step or breaks) and library.site().environment == "production"
    if practising and not library.site().test_patients:
        raise SetupError(
            "this is production: its orders are real, and whoever stops before a step holds them up.",
            cure="Go step by step on the test system (--env), or name `test_patients` in site.yaml to practise on.",
        )
    if practising:
        click.echo("Practice: test patients alone, and only what `wetread queue add` has put into this home.",
                   err=True)  # fmt: skip
    key = open_key(home, create=True)
    assembly = assemble(
        bot,
        library,
        home,
        key,
        driver=drivers(
            pictures(library), headed=headed or None, downloads=home / "downloads", at_screen=library.site().at_screen
        ),
        practising=practising,
    )
    for line in assembly.skills.labels():
        click.echo(line, err=True)
    stepper = _stepper(bot, project, home, key, assembly, step, breaks, practising) if step or breaks else None
    site = library.site().model_copy(update={"environment": "trial"}) if practising else library.site()
    collect = not (no_collect or practising)
    facts = {"Environment": here[0]} if (here := library.environment()) else {}
    items = asyncio.run(_run(home, key, assembly, site, collect, report, as_json, stepper, facts))
    if as_json:
        print_json({"bot": bot, "items": items, "report": str(report) if report else None})
    else:
        rows = [(item["item"][:10], item["outcome"], item["reason"]) for item in items]
        print_table(("item", "outcome", "reason"), rows, title=bot)
    return 0


async def _run(
    home: Path, key: Any, assembly: Any, site: Any, collect: bool, report: Path | None, quiet: bool,
    stepper: Stepper | None = None, facts: Mapping[str, str] | None = None,
) -> list[dict[str, str]]:  # fmt: skip
    bot = assembly.bot.bot
    async with running(home, key, assembly, site) as engine:
        before = {view.item.id for view in await engine.items(bot) if view.outcome}
        if collect:
            await engine.collect(bot)
        waiting = [view for view in await engine.items(bot) if view.item.id not in before]
        if stepper is not None:
            await stepper.run(engine)
        else:
            with item_progress(len(waiting), {}, quiet=quiet) as listener:
                await engine.run_until_idle(listener)
        runs = [record for record in await engine.runs(bot) if record.item not in before]
        if report is not None:
            from robot_library.cli.report_page import opened, write_page

            make_trail(home, key).record_all(opened(runs))
            write_page(report, f"{bot}: run report", "", runs, assembly.blobs, {}, {"Bot": bot, **(facts or {})})
    return [
        {"item": record.item, "outcome": record.outcome, "code": record.code, "reason": record.reason}
        for record in runs
    ]


def _stepper(
    bot: str, project: Path | None, home: Path, key: Any, assembly: Any, each: bool, breaks: tuple[str, ...],
    practising: bool,
) -> Stepper:  # fmt: skip
    """Whoever types goes through the bot's workflow; the files are read again when they say so."""
    from robot_library.bot import assemble
    from robot_library.cli.step import Stepper, known_breaks
    from robot_library.parsing.library import Library

    def again() -> Any:
        return assemble(
            bot, Library.find(project, to_run=True), home, key, driver=assembly.driver, practising=practising
        )

    return Stepper(assembly, again, each=each, breaks=known_breaks(assembly, breaks))


def _look_ups(library: Any, bot: str, folder: Path, headed: bool, as_json: bool) -> int:
    """Every target that the steps name, looked up on recorded screens. Exit code 1: one would stop the bot."""
    from robot_library.authoring.looking_up import BAD, WORDS, look_ups
    from robot_library.authoring.recording import Recorded
    from robot_library.drivers.browser.recorded import RecordedDriver
    from robot_library.errors import AuthoringError
    from robot_library.lint import check_bot

    if errors := [found for found in check_bot(library, bot) if found.severity == "error"]:
        raise AuthoringError(errors)
    driver = RecordedDriver(Recorded(folder).page, headed=headed or None)
    found = asyncio.run(look_ups(library, library.bot(bot), folder, driver))
    bad = sum(one.found in BAD for one in found)
    if as_json:
        print_json({"bot": bot, "bad": bad, "targets": [{**vars(one), "place": str(one.place)} for one in found]})
    else:
        rows = [
            (
                one.path,
                one.action,
                one.address,
                f"{WORDS[one.found]}{f' ({one.way})' if one.way > 1 else ''} {one.near}".strip(),
                str(one.place),
            )
            for one in found
        ]
        print_table(("step", "action", "target", "on the recorded screen", "where it stands"), rows, title=bot)
        click.echo(f"{bad} of {len(found)} would stop the bot." if bad else f"{len(found)} looked up.")
    return 1 if bad else 0


def _plan(library: Any, bot: str, as_json: bool) -> int:
    """What a run would do, step by step, and what is missing for it."""
    from robot_library.errors import AuthoringError, SetupError
    from robot_library.lint import check_bot
    from robot_library.parsing.workflows import every_step
    from robot_library.safeguards.vault import Vault

    if errors := [found for found in check_bot(library, bot) if found.severity == "error"]:
        raise AuthoringError(errors)
    spec = library.bot(bot)
    workflow = library.workflow(spec.workflow)
    steps = [
        {
            "path": step.path,
            "action": step.action,
            "effect": library.actions[step.action].effect_of(step.params),
            "place": str(step.place),
        }
        for step in every_step(workflow.steps)
    ]
    missing: list[str] = []
    for app in spec.apps.values():
        for name in app.credentials():
            try:
                Vault().credential(name)
            except SetupError as failure:
                missing.append(str(failure))
    if as_json:
        print_json({"bot": bot, "workflow": workflow.name, "steps": steps, "missing": missing})
    else:
        rows = [(step["path"], step["action"], step["effect"], step["place"]) for step in steps]
        print_table(("step", "action", "effect", "where it stands"), rows, title=f"{bot}: {workflow.about}")
        for text in missing:
            click.echo(f"Missing: {text}", err=True)
    return 3 if missing else 0
