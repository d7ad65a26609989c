"""`wetread screens`: are the screens still as their maps say?"""

from __future__ import annotations

import click

from robot_library.cli.lazy import lazy

HERE = "robot_library.cli.screens."
COMMANDS: dict[str, tuple[str, str]] = {
    "verify": (HERE + "verify:verify", "Open every mapped screen, and look for each target."),
    "point": (HERE + "point:point", "Point at a thing on the screen: it becomes a target of a desktop map."),
    "snapshot": (HERE + "snapshot:snapshot", "Record every screen that can be opened, with all of a patient replaced."),
    "look": (HERE + "look:look", "What does a locator match on a screen? How many things, and what each is."),
    "heal": (HERE + "heal:heal", "Reading targets that were found by a fall-back, with the change to their map."),
    "pack": (HERE + "pack:pack", "Put a screen map into an archive for other hospitals."),
}


@click.group(cls=lazy(COMMANDS))
def screens() -> None:
    """Are the screens still as their maps say? Point at what a map lacks.

    \b
    wetread screens verify chest-xray-preread --where order=TEST-1 --json
    wetread screens point screens/ward.yaml orders.show
    wetread screens snapshot chest-xray-preread --where order=TEST-1
    wetread screens look demo-ehr order '{label: "MRN:"}' --where order=TEST-1
    wetread screens heal --review
    wetread screens pack ward
    """
