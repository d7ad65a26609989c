"""`wetread`: finds the command, runs it, and turns errors into messages and exit codes."""

from __future__ import annotations

import errno
import sys
from collections.abc import Sequence

import click

from robot_library import __version__
from robot_library.cli.lazy import lazy
from robot_library.errors import AuthoringError, RunCancelled, SetupError, WetreadError

EXIT_CANCELLED = 130

# name → (where it lives, what --help says). Help never imports a command, so it is instant.
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("robot_library.cli.demo:demo", "See the main job on an embedded demo hospital."),
    "init": ("robot_library.cli.init:init", "Begin a project of your own: bot, workflow, screen map, template."),
    "record": ("robot_library.cli.record:record", "Click through once: a screen map, a workflow and a bot come of it."),
    "run": ("robot_library.cli.run:run", "Run a bot until every item is done or waits for a person."),
    "serve": ("robot_library.cli.serve:serve", "Leave enabled bots alone: schedule, triggers, workers, dashboard."),
    "attend": ("robot_library.cli.attend:attend", "Start, watch and review bots in a browser: the clerk's app."),
    "people": ("robot_library.cli.people:people", "Who may come into the clerk's app and the dashboard, and as what."),
    "bots": ("robot_library.cli.bots:bots", "Which bots run by themselves, when, how far they may go."),
    "worker": ("robot_library.cli.worker:worker", "One process that runs the items of bots, until told to leave."),
    "queue": ("robot_library.cli.queue:queue", "The queue: add items, list, show, send back, take out, note."),
    "test": ("robot_library.cli.test:test", "Try workflows on their cases; what differed, what is covered."),
    "fmt": ("robot_library.cli.fmt:fmt", "One layout for every author's file; comments and meaning stay."),
    "check": (
        "robot_library.cli.check:check",
        "Find every mistake in workflows, screen maps, bots, skills, cases and site.yaml.",
    ),
    "answer": ("robot_library.cli.answer:answer", "Decide an item that waits for a person."),
    "stop": ("robot_library.cli.line:stop", "Stop the line: everything, one bot, one system, one credential."),
    "go-on": ("robot_library.cli.line:go_on", "Let a stopped line go on."),
    "shadow": ("robot_library.cli.shadow:shadow", "How far a bot's shadow agrees with what people have signed."),
    "line": ("robot_library.cli.line:line", "What is stopped, held or closed now, and why."),
    "link": ("robot_library.cli.link:link", "A one-time link with which one person enters the dashboard."),
    "reconcile": ("robot_library.cli.reconcile:reconcile", "The EHR's list against our items: every gap."),
    "impact": ("robot_library.cli.impact:impact", "Every record that a version of a model, map or workflow wrote."),
    "incident": ("robot_library.cli.incident:incident", "This was wrong: say so, and make a bundle of all about it."),
    "runs": ("robot_library.cli.runs:runs", "List runs, show one, or write its report page."),
    "reports": (
        "robot_library.cli.reports:reports",
        "Reports on their way out: versions, deliveries, critical results.",
    ),
    "alerts": ("robot_library.cli.alerts:alerts", "What people were told; take it up; test whether they are reached."),
    "audit": ("robot_library.cli.audit:audit", "Who did what, and whether the trail of it is whole."),
    "vault": ("robot_library.cli.vault:vault", "Credentials in an encrypted file: add, list, remove, rotate its key."),
    "evidence": ("robot_library.cli.evidence:evidence", "Shred what is kept of one patient: its keys are destroyed."),
    "keep": ("robot_library.cli.keep:keep", "Delete what is older than site.yaml says."),
    "backup": ("robot_library.cli.backup:backup", "Everything a home holds in one archive, while bots are at work."),
    "restore": ("robot_library.cli.backup:restore", "Put a home back as a backup holds it."),
    "screens": ("robot_library.cli.screens:screens", "Are the screens still as their maps say?"),
    "actions": ("robot_library.cli.actions:actions", "What a step can do, with its parameters."),
    "schema": (
        "robot_library.cli.schema:schema",
        "JSON Schema of workflow, screen, bot, skill, site or case, for editors.",
    ),
    "lsp": ("robot_library.cli.lsp:lsp", "The language server for editors: mistakes, names and meanings as you type."),
    "skills": ("robot_library.cli.skills:skills", "Skills: list, show, test, run, evaluate, make and import."),
    "acceptance": ("robot_library.cli.skills.acceptance:acceptance", "Go or no-go: may a skill be used here?"),
    "deidentify": ("robot_library.cli.deidentify:deidentify", "DICOM without the people: PS3.15, proof per object."),
    "qa": ("robot_library.cli.qa:qa", "Image quality: the day's report with each device's trend."),
    "hospital": ("robot_library.cli.hospital:hospital", "Start the demo hospital alone and look around in it."),
    "soak": ("robot_library.cli.soak.command:soak", "A long test: many orders, several workers, kill -9 at random."),
    "doctor": ("robot_library.cli.doctor:doctor", "What this machine has and lacks, with the cure."),
}


@click.group(cls=lazy(COMMANDS), context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="wetread")
def cli() -> None:
    """Bots that drive hospital screens, read images with skills and type drafts under guards.

    \b
    Start here:      wetread demo
    Write your own:  wetread init, wetread actions, wetread check, wetread run --dry-run
    Something odd:   wetread doctor
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point. Exit codes: 0 done, 1 failed, 2 the files are wrong, 3 the machine lacks something."""
    from robot_library.cli.hidden import hide_passwords
    from robot_library.cli.output import escape_what_cannot_be_shown
    from robot_library.cli.unforeseen import withhold
    from robot_library.safeguards.memory import no_core_files

    escape_what_cannot_be_shown()
    if arguments is None:
        hide_passwords()
    no_core_files()
    withhold()
    code = run_cli(sys.argv[1:] if arguments is None else list(arguments))
    if code == EXIT_CANCELLED:
        import logging

        # Ctrl-C reaches the browser, too: that its connection is gone is no news to whoever pressed it.
        logging.getLogger("asyncio").disabled = True
    sys.exit(code)


def run_cli(arguments: list[str]) -> int:
    """Run one command line; returns the exit code and prints errors to stderr (as JSON after --json)."""
    try:
        result = cli.main(args=arguments, prog_name="wetread", standalone_mode=False)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as wrong:
        wrong.show()
        return 2
    except WetreadError as failure:
        _report(failure, as_json="--json" in arguments)
        return failure.exit_code
    except OSError as failure:
        _report(_of_this_machine(failure), as_json="--json" in arguments)
        return SetupError.exit_code
    except (KeyboardInterrupt, RunCancelled, click.Abort) as broken_off:
        if isinstance(broken_off, click.Abort) and isinstance(broken_off.__cause__ or broken_off.__context__, EOFError):
            print("\nwetread: nobody is there to answer. `--help` shows the option that says it.", file=sys.stderr)
            return 2
        print("\nStopped. Nothing is lost: run the same command to go on.", file=sys.stderr)
        return EXIT_CANCELLED
    return result if isinstance(result, int) else 0


def _of_this_machine(failure: OSError) -> SetupError:
    """What a file, a folder or an address of this machine has refused, in the words of the others."""
    what = failure.strerror or type(failure).__name__
    if failure.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        cure = "Give this user the right to it, or name another place."
    elif failure.errno in (errno.ENOSPC, errno.EDQUOT):
        cure = "Make room there, then run the same command again."
    else:
        cure = "Look at what stands there, or name another place."
    return SetupError(f"{what}.", cure=cure, place=str(failure.filename or ""))


def _report(failure: WetreadError, *, as_json: bool) -> None:
    if as_json:
        said: dict[str, object] = {"error": failure.code, "message": str(failure), "cure": failure.cure}
        if isinstance(failure, AuthoringError):
            said["diagnostics"] = [d.model_dump() for d in failure.diagnostics]
        from robot_library.cli.output import json_text

        print(json_text(said))
    from robot_library.model.shown import plain

    print(f"wetread: {plain(str(failure))}", file=sys.stderr)


if __name__ == "__main__":
    main()
