"""`wetread skills import`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from robot_library.cli.output import json_option
from robot_library.cli.site import project_option
from robot_library.cli.skills.new import write_draft
from robot_library.errors import SetupError

if TYPE_CHECKING:
    from robot_library.skills.importing.draft import Draft


@click.command("import")
@click.argument("source", type=click.Path(path_type=Path, exists=True))
@click.option("--name", required=True, help="Name of the new skill.")
@click.option("--recipe", type=click.Path(path_type=Path, exists=True), help="Of a torch checkpoint: your Python file.")
@click.option("--tolerance", type=float, default=1e-4, show_default=True, help="Largest difference torch to ONNX.")
@project_option
@json_option
def import_(
    source: Path, name: str, recipe: Path | None, tolerance: float, project: Path | None, as_json: bool
) -> None:
    """Make a skill of an ONNX file, a MONAI bundle (a folder), or a torch checkpoint with a recipe.

    The model is looked at first: opset, types, axes, foreign operators, data outside the file. The recipe, which makes
    the model that the weights belong to, is executed: use your own.

    \b
    wetread skills import model.onnx --name my-skill
    wetread skills import spleen_bundle/ --name spleen
    wetread skills import weights.pt --recipe recipe.py --name my-skill
    """
    draft, data, said = _imported(source, name, recipe, tolerance)
    write_draft(draft, {"model.onnx": data}, said, project, as_json)


def _imported(source: Path, name: str, recipe: Path | None, tolerance: float) -> tuple[Draft, bytes, list[str]]:
    import hashlib

    from robot_library.skills.importing.draft import draft_of
    from robot_library.skills.importing.monai import read_bundle
    from robot_library.skills.importing.onnx_file import look_at

    if source.is_dir():
        draft, data, looked = read_bundle(source, name)
        return draft, data, looked.lines()
    agreement = []
    if recipe is not None:
        from robot_library.skills.importing.torch_file import export

        data, found = export(source, recipe, tolerance)
        agreement = [str(found)]
    elif source.suffix.lower() in (".pt", ".pth", ".ckpt"):
        raise SetupError(f"{source.name} holds weights without their model.", cure="Give --recipe.")
    else:
        data = source.read_bytes()
    looked = look_at(data)
    return draft_of(name, looked, hashlib.sha256(data).hexdigest()), data, [*looked.lines(), *agreement]
