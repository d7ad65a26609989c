"""`wetread skills`: what is installed, whether it still answers as it should, and what it says of an image."""

from __future__ import annotations

import click

from robot_library.cli.lazy import lazy

HERE = "robot_library.cli.skills."
COMMANDS: dict[str, tuple[str, str]] = {
    "new": (HERE + "new:new", "Begin a skill: a folder with a commented skill.yaml."),
    "import": (HERE + "importing:import_", "Make a skill of an ONNX file, a MONAI bundle or a torch checkpoint."),
    "list": (HERE + "show:list_skills", "Installed skills with version, task, status and licence."),
    "show": (HERE + "show:show", "A skill's card: what it is for, what not, and how good it was found to be."),
    "test": (HERE + "test:test", "Run a skill's golden cases on this machine."),
    "run": (HERE + "run:run", "Run a skill on DICOM files, folders or zips."),
    "evaluate": (HERE + "evaluate:evaluate", "Measure a skill on labelled cases: ROC, calibration, subgroups, report."),
    "acceptance": (HERE + "acceptance:acceptance", "Go or no-go: your own cases against criteria fixed beforehand."),
    "drift": (HERE + "drift:drift", "Are the newest answers still like those the skill was measured with?"),
    "feedback": (HERE + "feedback:feedback", "Export what persons decided, to train and to evaluate on."),
    "sign": (HERE + "signing:sign", "Vouch for a skill by a signature over its manifest and model."),
    "verify": (HERE + "signing:verify", "Who signed a skill, and whether it is still what they signed."),
    "compare": (HERE + "versions:compare", "Champion against challenger on the images both have seen."),
    "switch": (HERE + "versions:switch", "Make the challenger the champion; the earlier version is kept."),
    "rollback": (HERE + "versions:rollback", "Go back to the version before the last switch."),
}


@click.group(cls=lazy(COMMANDS))
def skills() -> None:
    """Skills: ONNX models behind a manifest that says who they are for and when they refuse."""
