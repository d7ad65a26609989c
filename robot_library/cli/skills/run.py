"""`wetread skills run`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from robot_library.cli.output import json_option, print_json
from robot_library.cli.skills.host import host_for, project_option, provider_option
from robot_library.errors import WetreadError
from robot_library.model.finding import Abstention, Finding

if TYPE_CHECKING:
    from robot_library.model.study import Image
    from robot_library.safeguards.blobs import FileBlobs
    from robot_library.skills.host import LocalSkillHost


@click.command("run")
@click.argument("name")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--overlay", type=click.Path(path_type=Path), help="Folder for a picture of what the model looked at.")
@project_option
@provider_option
@json_option
def run(
    name: str, files: tuple[Path, ...], overlay: Path | None, project: Path | None, provider: str | None, as_json: bool
) -> int:
    """Run a skill on DICOM files, folders or zips. A file that cannot be read is reported and the next one taken.

    \b
    wetread skills run chest-xray-pneumonia film.dcm
    wetread skills run chest-xray-pneumonia folder/ --json > answers.jsonl
    """
    from robot_library.skills.manifest import label

    refused = 0
    with tempfile.TemporaryDirectory() as folder:
        host, blobs = host_for(project, Path(folder), provider)
        skill = host.load(name)
        click.echo(label(skill.manifest), err=True)
        for answer in _answers(host, name, files, blobs):
            picture = answer.pop("overlay_blob", None)
            if overlay is not None and picture:
                overlay.mkdir(parents=True, exist_ok=True)
                written = overlay / f"{Path(answer['file']).stem}-{answer['image'][-8:]}.png"
                written.write_bytes(blobs.get(picture))
                answer["overlay"] = str(written)
            answer["provider"], answer["model_sha256"] = skill.session.provider, skill.manifest.model.sha256
            refused += answer.get("code") == "unreadable"
            _say(answer, as_json)
    return 1 if refused else 0


def _answers(host: LocalSkillHost, name: str, paths: tuple[Path, ...], blobs: FileBlobs) -> Iterator[dict[str, Any]]:
    """One answer for each image of the paths, in order; one that says why for what is none."""
    from robot_library.imaging.headers import read_image
    from robot_library.imaging.sources.files import read_path

    found: list[tuple[Path, str, Image | WetreadError]] = []
    for path in paths:
        try:
            received = read_path(path, blobs)
        except WetreadError as failure:
            found.append((path, "", failure))
            continue
        for one in received:
            try:
                found.append((path, one.name, read_image(blobs.get(one.blob), one.blob, "file")))
            except WetreadError as failure:
                found.append((path, one.name, failure))
    said = host.run_many(name, [image for _, _, image in found if not isinstance(image, WetreadError)])
    for path, object_name, image in found:
        yield _answer(path, object_name, image if isinstance(image, WetreadError) else next(said))


def _answer(path: Path, name: str, said: Finding | Abstention | WetreadError) -> dict[str, Any]:
    if isinstance(said, WetreadError):
        return _abstained(path, name, "unreadable", said.message)
    if isinstance(said, Abstention):
        return _abstained(path, said.image_uid, said.code, said.reason)
    return {
        "file": str(path),
        "image": said.image_uid,
        "label": said.label,
        "score": round(said.score, 6),
        "operating_point": said.operating_point,
        "decision": said.decision,
        "overlay_blob": said.evidence.get("overlay"),
    }


def _abstained(path: Path, image: str, code: str, reason: str) -> dict[str, Any]:
    return {"file": str(path), "image": image, "abstained": True, "code": code, "reason": reason}


def _say(answer: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(answer)
    elif answer.get("abstained"):
        click.echo(f"{answer['file']}: abstained ({answer['code']}): {answer['reason']}")
    else:
        point = answer["operating_point"] or "between the operating points"
        click.echo(f"{answer['file']}: {answer['label']} {answer['decision']}, score {answer['score']:.3f} ({point})")
