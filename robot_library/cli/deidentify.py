"""`wetread deidentify`: objects without the people they are of."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from robot_library.cli.main import EXIT_CANCELLED
from robot_library.cli.output import json_option, print_json, say
from robot_library.cli.progress import counted
from robot_library.cli.site import home_option
from robot_library.errors import SetupError

if TYPE_CHECKING:
    from robot_library.imaging.deidentify.burnt import Finder, Grey
    from robot_library.imaging.deidentify.run import Outcome


@click.command()
@click.argument("source", metavar="IN", type=click.Path(path_type=Path))
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
@click.option("--profile", default="basic", show_default=True, help="basic, clean or research; see below.")
@click.option("--option", "options", multiple=True, help="One more option of PS3.15; may be given several times.")
@click.option("--key", type=click.Path(path_type=Path), help="File with the key that links runs; made if missing.")
@click.option("--trust-pixels", is_flag=True, help="You have looked: write objects whose pixels cannot be shown clean.")
@click.option(
    "--finder",
    type=click.Choice(["auto", "letters", "ocr"]),
    default="auto",
    show_default=True,
    help="What looks for text in pixels; auto reads it (extra ocr) where clean-pixels is on.",
)
@click.option("--names", type=click.Path(path_type=Path), help="Write which number was which file to this file.")
@click.option("--force", is_flag=True, help="OUT may hold files already; those of the same objects are replaced.")
@home_option
@json_option
def deidentify(
    source: Path, out: Path, profile: str, options: tuple[str, ...], key: Path | None, trust_pixels: bool,
    finder: str, names: Path | None, force: bool, home: Path, as_json: bool,
) -> int:  # fmt: skip
    """De-identify DICOM by PS3.15 Annex E: everything below IN (files, folders, zips) into OUT.

    Each object is written whole, or refused with a reason; IN is never changed. A report and a proof for each object
    are put into OUT/deidentification. Where a home is, its audit trail says that data were made to be given away. Exit
    code 1 if any object was refused.

    \b
    wetread deidentify study/ out/                           the Basic Profile
    wetread deidentify study.zip out/ --profile clean        text burnt into the pixels is blanked too
    wetread deidentify study/ out/ --profile research --key trial.key
    wetread deidentify study/ out/ --option shift-dates --option retain-device

    \b
    Profiles  basic; clean = clean-pixels; research = clean-pixels, clean-descriptors,
              clean-structured, shift-dates, retain-patient, retain-private
    Options   clean-pixels clean-graphics clean-structured clean-descriptors retain-dates shift-dates
              retain-patient retain-device retain-uids retain-private retain-institution
    """
    from robot_library.imaging.deidentify import pseudonyms, run, summary
    from robot_library.imaging.deidentify.objects import Deidentifier
    from robot_library.imaging.deidentify.profile import profile_of

    try:
        chosen = profile_of(profile, options)
    except ValueError as wrong:
        raise click.UsageError(f"{wrong}.") from None
    run.checked(source, out, force=force)
    _apart(source, out, key, names)
    keyed = pseudonyms.from_file(key) if key else pseudonyms.drawn()
    find, by = _finder(finder, cleaning=chosen.has("clean-pixels"))
    work = Deidentifier(chosen, keyed, find, trust_pixels)
    _told(home, profile, "begun")
    with counted("De-identifying", quiet=as_json) as progress:
        outcome = run.run(source, out, work, progress)
    _told(home, profile, "ok" if outcome.finished else "failed")
    page = summary.write(outcome, chosen, out, by)
    if names is not None:
        _write_names(names, "\n".join(run.numbered(outcome)) + "\n")
    if as_json:
        print_json({**summary.summed(outcome, chosen, by), "report": str(page)})
    else:
        _tell(outcome, page)
    if not outcome.finished:  # without a key, stand-ins are drawn anew: what is there already would stay beside them
        how = "say --force, too" if key else "into another OUT"
        click.echo(f"\nStopped. What was written is whole. To have the rest, run it again, {how}.", err=True)
        return EXIT_CANCELLED
    return 0 if outcome.good else 1


def _told(home: Path, profile: str, outcome: Literal["begun", "ok", "failed"]) -> None:
    """An export, as the home's audit trail has it; what cannot be told is not done."""
    from robot_library.cli.site import make_trail, open_key
    from robot_library.model.audit import Happened

    if any((home / name).exists() for name in ("site.key", "engine.sqlite", "audit")):  # a demo's folder is no home
        make_trail(home, open_key(home)).record(Happened("export", f"deidentify {profile}", outcome))


def _apart(source: Path, out: Path, key: Path | None, names: Path | None) -> None:
    """Key and list of names never land where the output is given away, nor over or among the originals."""
    elsewhere = "Name a place elsewhere."
    for path in (key, names):
        if path is None:
            continue
        place = path.resolve()
        if out.resolve() in place.parents:
            raise SetupError(f"{path.name} would lie in OUT, which is given away.", cure=elsewhere)
        if (path is names or not path.exists()) and source.resolve() in (place, *place.parents):
            raise SetupError(f"{path.name} would lie in IN, which is never changed.", cure=elsewhere)
        if not place.parent.is_dir():
            raise SetupError(f"there is no folder for {path}.", cure="Make it, or name another place.")
    if key is not None and names is not None and key.resolve() == names.resolve():
        raise SetupError("the list of names would be written over the key.", cure=elsewhere)


def _write_names(path: Path, lines: str) -> None:
    """For its owner's eyes; a file's name that is no text keeps its bytes."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape", newline="\n") as file:
        file.write(lines)


def _finder(chosen: str, *, cleaning: bool) -> tuple[Finder, str]:
    """What looks for text, and its name for the report. `auto`: reads where pixels are cleaned and it can."""
    from robot_library.imaging.deidentify.burnt import shapes_of_letters
    from robot_library.ocr.reader import Reader, installed

    if chosen == "letters" or (chosen == "auto" and not (cleaning and installed())):
        return shapes_of_letters, "rows of letters"
    reader = Reader()

    def find(grey: Grey) -> list[tuple[int, int, int, int]]:
        read = [(text.x, text.y, text.width, text.height) for text in reader.read(grey)]
        return read + shapes_of_letters(grey)

    return find, "rows of letters and a reading model"


def _tell(outcome: Outcome, page: Path) -> None:
    for fate in outcome.fates:
        if fate.outcome != "written":
            said = "refused" if fate.outcome == "refused" else "left out"
            say(f"{said}: {fate.shown}: {fate.cause} {fate.cure}".replace("\n", " ").rstrip())
    written, refused, rest = len(outcome.proofs), len(outcome.of("refused")), len(outcome.of("left_out"))
    click.echo(f"{written} objects written, {refused} refused, {rest} left out. Report: {page.resolve().as_uri()}")
    if outcome.others:
        click.echo(f"{outcome.others} other objects lie in OUT, of an earlier run or of somebody else.")
