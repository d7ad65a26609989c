"""`wetread screens point`: a thing that is pointed at becomes a target of a map."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from robot_library.cli.output import json_option, print_json


class _Pair(click.ParamType[tuple[int, int]]):
    name = "X,Y"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """Two whole numbers."""
        if isinstance(value, tuple):
            return value
        first, _, second = str(value).replace("x", ",").partition(",")
        if not (first.strip().isdigit() and second.strip().isdigit()):
            self.fail("two whole numbers, such as 320,180", param, ctx)
        return int(first), int(second)


@click.command()
@click.argument("map_file", type=click.Path(path_type=Path))
@click.argument("target", metavar="SCREEN.TARGET")
@click.option("--at", type=_Pair(), help="Pixels of the screen. Without it: click on the thing.")
@click.option("--anchor", type=_Pair(), help="Of a field on a remote window: a fixed text beside it.")
@click.option("--size", type=_Pair(), default=(160, 24), help="With --anchor: the field's width and height.")
@click.option("--fixed", is_flag=True, help="What you point at is the same for every patient.")
@click.option("--remote", is_flag=True, help="The window shows another machine: pixels are all there is.")
@json_option
def point(
    map_file: Path, target: str, at: tuple[int, int] | None, anchor: tuple[int, int] | None, size: tuple[int, int],
    fixed: bool, remote: bool, as_json: bool,
) -> int:  # fmt: skip
    """Point at a thing on the screen: it becomes TARGET of SCREEN in MAP_FILE, a map of kind desktop.

    Each way to find it (what the program tells, what stands written, what it looks like) is tried at once, and kept
    where it finds this one thing. Of a field, only its label and place are kept: no text and no picture of a patient.

    \b
    wetread screens point screens/ward.yaml orders.show
    wetread screens point screens/ward.yaml orders.show --at 320,180
    wetread screens point screens/pacs.yaml list.mrn --remote --fixed --anchor 40,60 --at 200,60 --size 120x24
    """
    from robot_library.authoring.adding import with_target
    from robot_library.drivers.desktop.pointing import pointed_at

    screen, dot, name = target.partition(".")
    if not dot or not screen.isidentifier() or not name.isidentifier():
        raise click.UsageError("TARGET is given as SCREEN.TARGET.")
    if at is None and not as_json:
        click.echo("Click on the thing; the click reaches no program.", err=True)
    found = pointed_at(at, fixed=fixed, remote=remote, anchor=anchor, size=size)
    picture = f"{screen}-{name}.png"
    find = [{"image": picture} if "image" in way else way for way in found.find]
    text = with_target(map_file, screen, name, {"find": find, "use": found.use})
    map_file.parent.mkdir(parents=True, exist_ok=True)
    if found.picture is not None:
        folder = map_file.with_suffix("")
        folder.mkdir(exist_ok=True)
        (folder / picture).write_bytes(found.picture)
    map_file.write_text(text, encoding="utf-8")
    if as_json:
        left_out, doubts = list(found.left_out), list(found.doubts)
        print_json({"target": target, "find": find, "use": found.use, "left_out": left_out, "doubts": doubts})
    else:
        click.echo(f"{map_file}: {target} is found by {len(find)} way{'s' * (len(find) != 1)}, for '{found.use}'.")
        for left in found.left_out:
            click.echo(f"not kept: {left}", err=True)
        for doubt in found.doubts:
            click.echo(f"look again: {doubt}", err=True)
    return 0
