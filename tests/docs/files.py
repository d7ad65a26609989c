"""Is a snippet what its title says? By the parsers that read such files, in a project of its own."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from pydantic import TypeAdapter

from robot_library.errors import WetreadError
from robot_library.lint import check
from robot_library.model.skill import SkillManifest
from robot_library.model.skill.manifest import Output
from robot_library.parsing.bots import load_bot
from robot_library.parsing.library import Library, bundled
from robot_library.parsing.workflows import load_workflow
from robot_library.reports.mrrt import load_template
from robot_library.skills.evaluation.criteria import Criteria
from tests.docs.blocks import Block


def as_it_says(block: Block, project: Path) -> str:
    """What is wrong with a YAML or HTML block, by its title or first key; "" if it is what it says."""
    title, text = block.title, block.text
    try:
        if title.endswith(".html"):
            return _whole(project / "template.html", text, load_template)
        if title == "site.yaml":
            return _checked(project / title, text, project)
        if title == "criteria.yaml":
            TypeAdapter(Criteria).validate_python(yaml.safe_load(text))
        elif title.startswith("skill.yaml"):
            _skill(text, Output if "output" in title else SkillManifest)
        elif title.startswith("workflow.yaml") or text.startswith("workflow:"):
            return _workflow(text, project, steps="step" in title)
        elif title.startswith("bots/"):
            return _whole(project / "bot.yaml", _over(_bot(title, project), text), load_bot)
        elif title.startswith("workflows/"):
            return _checked(project / title, text, project)
        else:
            return "what is it? Give the block a title: the file it stands in"
    except (WetreadError, ValueError) as wrong:
        return str(wrong)
    return ""


def _whole(path: Path, text: str, load: object) -> str:
    path.write_text(text, encoding="utf-8")
    load(path)  # type: ignore[operator]
    return ""


def _checked(path: Path, text: str, project: Path) -> str:
    """By every rule of `wetread check`."""
    path.write_text(text, encoding="utf-8")
    found = check([path], Library(project, bundled()))
    if path.name == "site.yaml":
        path.unlink()
    return "\n".join(str(one) for one in found if one.severity == "error")


def _workflow(text: str, project: Path, *, steps: bool) -> str:
    """A whole workflow's excerpt over the one of that name, steps and other keys over the first bot's."""
    name = re.match(r"workflow: (\S+)", text)
    folder = bundled() / "workflows" / name[1] if name else project / "workflows/first-bot"
    base = (folder / "workflow.yaml").read_text(encoding="utf-8")
    indent = "" if text.startswith(" ") else "  "
    over = "steps:\n" + re.sub(r"^(?=.)", indent, text, flags=re.MULTILINE) if steps else text
    path = project / "workflow.yaml"
    path.write_text(_over(base, over), encoding="utf-8")
    load_workflow(path, Library(project, bundled()))
    return ""


def _bot(title: str, project: Path) -> str:
    named = [folder / title for folder in (project, bundled()) if (folder / title).is_file()]
    return (named[0] if named else project / "bots/first-bot.yaml").read_text(encoding="utf-8")


def _over(base: str, text: str) -> str:
    """A file with the top-level keys of `text` in place of its own."""
    given = set(re.findall(r"^([a-z_]+):", text, re.MULTILINE))
    parts = re.split(r"^(?=[a-z_]+:)", base, flags=re.MULTILINE)
    return "".join(part for part in parts if part.partition(":")[0] not in given).rstrip("\n") + "\n" + text


def _skill(text: str, model: type[SkillManifest] | type[Output]) -> None:
    for key, value in yaml.safe_load(text).items():
        if key not in model.model_fields:
            raise ValueError(f"a {model.__name__} has no {key!r}")
        TypeAdapter(model.model_fields[key].annotation).validate_python(value)
