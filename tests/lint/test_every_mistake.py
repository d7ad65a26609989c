"""A step that cannot be read hides nothing of the others, and nothing is said that only follows from it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from robot_library.lint import check
from robot_library.parsing.library import Library, bundled
from tests.golden_errors.golden import HERE

VALID = (Path(__file__).parent / "valid_workflow.yaml").read_text(encoding="utf-8")


def misspelt(text: str) -> Iterator[str]:
    """The text with one key misspelt, for every key."""
    for found in re.finditer(r"\w+(?=:[ \n])", text):
        yield f"{text[: found.start()]}zz_{text[found.start() :]}"


def made_text(text: str) -> Iterator[str]:
    """The text with one step as a mere sentence, for every step on one line; and with one parameter of a wrong kind."""
    for found in re.finditer(r"^( +- \w+): \{(.*)\}$", text, re.MULTILINE):
        yield f"{text[: found.start()]}{found[1]} {found[2].replace(':', '').replace('=', '')}{text[found.end() :]}"
    for found in re.finditer(r"(?<=: )(=\S+|\[[^]]*\])(?=[,}])", text):
        yield f"{text[: found.start()]}{{a: {{b: c}}}}{text[found.end() :]}"


def project(folder: Path, workflow: str) -> Library:
    """A project whose bot runs this workflow on the golden files' screens."""
    for name, text in {
        "workflows/golden/workflow.yaml": workflow,
        "bots/b.yaml": "bot: b\nabout: One.\nworkflow: golden\napps:\n"
        "  ehr: {map: ehr, url: 'http://localhost:1', credential: a}\n"
        "  pacs: {map: pacs, url: 'http://localhost:2', credential: a}\n",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return Library(folder, HERE / "_project", bundled())


def codes(folder: Path, workflow: str) -> list[str]:
    """Of every error that is said of it."""
    found = check([folder / "workflows" / "golden" / "workflow.yaml"], project(folder, workflow))
    return [one.code for one in found if one.severity == "error"]


def test_one_mistake_is_one_message(tmp_path: Path) -> None:
    """Whatever is broken of a right workflow, no rule says anything that would be right once it is mended."""
    assert codes(tmp_path, VALID) == []
    broken = 0
    for text in (*misspelt(VALID), *made_text(VALID)):
        found = codes(tmp_path, text)
        if any(code.startswith("WR1") for code in found):
            broken += 1
            assert all(code.startswith(("WR1", "WR2")) for code in found), (found, text)
    assert broken > 60


def test_the_second_mistake_is_said_beside_the_first(tmp_path: Path) -> None:
    """The same target is misspelt each time, while something else cannot be read: it is said each time."""
    wrong = VALID.replace("target: ehr.result.save", "target: ehr.result.safe")
    assert codes(tmp_path, wrong) == ["WR308"]
    hidden = []
    for text in misspelt(wrong):
        found = codes(tmp_path, text)
        if any(code.startswith("WR1") for code in found) and "WR308" not in found:
            hidden.append(text)
    said_elsewhere = ("zz_steps:", "zz_protect:", "zz_save:", "zz_target:")
    assert [text for text in hidden if not any(key in text for key in said_elsewhere)] == []


def test_a_bot_says_what_else_is_wrong_with_its_workflow(tmp_path: Path) -> None:
    wrong = VALID.replace("sign_in: pacs", "sing_in: pacs").replace("ehr.order, where", "ehr.ordr, where")
    library = project(tmp_path, wrong)
    assert [one.code for one in check([tmp_path / "bots" / "b.yaml"], library)] == ["WR111", "WR308"]
