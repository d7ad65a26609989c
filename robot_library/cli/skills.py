"""`wetread skills`: what is installed, whether it still answers as it should, and what it says of a film."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from robot_library.cli.output import json_option, print_json, print_table
from robot_library.errors import SetupError, WetreadError

if TYPE_CHECKING:
    from robot_library.safeguards.blobs import FileBlobs
    from robot_library.skills.host import LocalSkillHost

PROVIDERS = ("cpu", "cuda", "directml", "openvino")


@click.group()
def skills() -> None:
    """List, show, test and run the installed skills."""


def _host(project: Path | None, folder: Path, provider: str | None) -> tuple[LocalSkillHost, FileBlobs]:
    from robot_library.bot import skill_host
    from robot_library.parsing.library import Library
    from robot_library.safeguards.blobs import FileBlobs
    from robot_library.safeguards.keys import new_key

    blobs = FileBlobs(folder, new_key())
    return skill_host(Library.find(project), blobs, provider), blobs  # type: ignore[arg-type]


project_option = click.option("--project", type=click.Path(path_type=Path), help="Folder with skills/.")
provider_option = click.option("--provider", type=click.Choice(PROVIDERS), help="Where the model runs; no fallback.")


@skills.command("list")
@project_option
@json_option
def list_skills(project: Path | None, as_json: bool) -> None:
    """Installed skills with version, task and status."""
    with tempfile.TemporaryDirectory() as folder:
        host, _ = _host(project, Path(folder), None)
        manifests = [host.load(name).manifest for name in host.names()]
    if as_json:
        print_json([manifest.model_dump(mode="json") for manifest in manifests])
        return
    rows = [(m.skill, m.version, m.task, m.clinical.status, m.model.license) for m in manifests]
    print_table(("skill", "version", "task", "status", "licence of the model"), rows)


@skills.command("show")
@click.argument("name")
@project_option
@json_option
def show(name: str, project: Path | None, as_json: bool) -> None:
    """A skill's card: what it is for, what not, and how good it was found to be."""
    with tempfile.TemporaryDirectory() as folder:
        skill = _host(project, Path(folder), None)[0].load(name)
    if as_json:
        print_json(skill.manifest.model_dump(mode="json"))
        return
    card = skill.folder / "card.md"
    if not card.is_file():
        raise SetupError(f"skill {name!r} has no card.md.", cure="Its maker generates one.")
    click.echo(card.read_text(encoding="utf-8"))


@skills.command("test")
@click.argument("name")
@project_option
@provider_option
@json_option
def test(name: str, project: Path | None, provider: str | None, as_json: bool) -> int:
    """Run a skill's golden cases on this machine. Exit code 1 if one differs."""
    from robot_library.hospital.films import make_film
    from robot_library.skills.golden import run_golden

    with tempfile.TemporaryDirectory() as folder:
        skill = _host(project, Path(folder), provider)[0].load(name)
        results = run_golden(skill, make_film)
    if as_json:
        print_json([vars(result) for result in results])
    else:
        for result in results:
            click.echo(str(result))
    return 0 if all(result.passed for result in results) else 1


@skills.command("run")
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
    refused = 0
    with tempfile.TemporaryDirectory() as folder:
        host, blobs = _host(project, Path(folder), provider)
        skill = host.load(name)
        for path in files:
            for answer in _answers(host, name, path, blobs):
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


def _answers(host: LocalSkillHost, name: str, path: Path, blobs: FileBlobs) -> list[dict[str, Any]]:
    """One answer for each image of a path; one that says why for what is none."""
    import asyncio

    from robot_library.imaging.headers import read_image
    from robot_library.imaging.sources.files import read_path

    try:
        received = read_path(path, blobs)
    except WetreadError as failure:
        return [_abstained(path, "", "unreadable", failure.message)]
    answers = []
    for one in received:
        try:
            image = read_image(blobs.get(one.blob), one.blob, "file")
            said = asyncio.run(host.run(name, image))
        except WetreadError as failure:
            answers.append(_abstained(path, one.name, "unreadable", failure.message))
            continue
        if said.kind == "abstention":
            answers.append(_abstained(path, image.sop_instance_uid, said.code, said.reason))
            continue
        finding = {
            "label": said.label,
            "score": round(said.score, 6),
            "operating_point": said.operating_point,
            "decision": said.decision,
        }
        answers.append(
            {
                "file": str(path),
                "image": image.sop_instance_uid,
                **finding,
                "overlay_blob": said.evidence.get("overlay"),
            }
        )
    return answers


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
