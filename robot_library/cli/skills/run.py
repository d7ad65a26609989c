"""`wetread skills run`."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from robot_library.cli.output import json_option, print_json
from robot_library.cli.site import project_option
from robot_library.cli.skills.host import host_for, provider_option
from robot_library.errors import WetreadError
from robot_library.model.finding import Abstention, Finding

if TYPE_CHECKING:
    from robot_library.cli.skills.subjects import Given
    from robot_library.skills.host import LocalSkillHost


@click.command("run")
@click.argument("name")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--overlay", type=click.Path(path_type=Path), help="Folder for a picture of what the model looked at.")
@click.option("--channel", "channels", multiple=True, metavar="NAME=PATTERN", help="Of a volume: which series it is.")
@project_option
@provider_option
@json_option
def run(
    name: str, files: tuple[Path, ...], overlay: Path | None, channels: tuple[str, ...], project: Path | None,
    provider: str | None, as_json: bool,
) -> int:  # fmt: skip
    """Run a skill on DICOM files, folders or zips; on text files or CSV tables, if that is what it reads.

    A file that cannot be read is reported and the next one taken.

    \b
    wetread skills run chest-xray-pneumonia film.dcm
    wetread skills run chest-xray-pneumonia folder/ --json > answers.jsonl
    wetread skills run brain-tumour-segmentation study/ --channel pre='T1*' --channel flair='*FL*' --channel post='*GD*'
    """
    from robot_library.cli.skills.subjects import given, patterns
    from robot_library.skills.manifest import label

    refused = 0
    with tempfile.TemporaryDirectory() as folder:
        host, blobs = host_for(project, Path(folder), provider)
        skill = host.load(name)
        click.echo(label(skill.manifest), err=True)
        found = given(skill.manifest, files, blobs, patterns(channels))
        several = Counter(one.path for one in found)
        for one, answer in zip(found, _answers(host, name, found), strict=True):
            picture = answer.pop("overlay_blob", None)
            if overlay is not None and picture:
                overlay.mkdir(parents=True, exist_ok=True)
                written = overlay / f"{Path(answer['file']).stem}-{answer['image'][-8:]}.png"
                written.write_bytes(blobs.get(picture))
                answer["overlay"] = str(written)
            answer["provider"], answer["model_sha256"] = skill.session.provider, skill.manifest.model.sha256
            refused += answer.get("code") == "unreadable"
            _say(answer, one.name if several[one.path] > 1 else "", as_json)
    return 1 if refused else 0


def _answers(host: LocalSkillHost, name: str, found: list[Given]) -> Iterator[dict[str, Any]]:
    """One answer for each thing given, in order; one that says why for what could not be read."""
    said = host.run_many(name, [one.subject for one in found if not isinstance(one.subject, WetreadError)])
    for path, object_name, subject in found:
        yield _answer(path, object_name, subject if isinstance(subject, WetreadError) else next(said))


def _answer(path: Path, name: str, said: Finding | Abstention | WetreadError) -> dict[str, Any]:
    if isinstance(said, WetreadError):
        return _abstained(path, name, "unreadable", said.message)
    if isinstance(said, Abstention):
        return _abstained(path, said.image_uid or name, said.code, said.reason)
    answer = {
        "file": str(path),
        "image": said.image_uid or name,
        "label": said.label,
        "score": round(said.score, 6),
        "operating_point": said.operating_point,
        "decision": said.decision,
        "overlay_blob": said.evidence.get("overlay") or said.evidence.get("film"),
    }
    if said.measurements:
        answer["measurements"] = [one.model_dump(exclude_defaults=True) for one in said.measurements]
    return answer


def _abstained(path: Path, image: str, code: str, reason: str) -> dict[str, Any]:
    return {"file": str(path), "image": image, "abstained": True, "code": code, "reason": reason}


def _say(answer: dict[str, Any], name: str, as_json: bool) -> None:
    """name: of the object in its folder or zip, where there is more than one; never a file's name, which may be a
    person's."""
    if as_json:
        print_json(answer)
        return
    where = f"{answer['file']}, {name}" if name else str(answer["file"])
    if answer.get("code") == "unreadable":
        click.echo(f"{where}: cannot be read: {answer['reason']}")
    elif answer.get("abstained"):
        click.echo(f"{where}: abstained ({answer['code']}): {answer['reason']}")
    else:
        point = answer["operating_point"] or "between the operating points"
        click.echo(f"{where}: {answer['label']} {answer['decision']}, score {answer['score']:.3f} ({point})")
        for one in answer.get("measurements", ()):
            said = one.get("text") or f"{one['value']:g} {one.get('unit', '')}".strip()
            click.echo(f"  {one['name']}: {said}")
