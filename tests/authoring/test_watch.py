"""`--watch`: what a saved file touches is tried again, mistakes are waited for, Ctrl-C ends in peace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from robot_library.authoring.touching import Watch, touched
from robot_library.authoring.trying import Tried
from robot_library.cli.main import run_cli
from robot_library.model.case import Case
from robot_library.parsing.cases import load_case
from robot_library.parsing.library import Library, bundled

CASE = "case: {name}\nabout: One.\nbot: {bot}\nitem: {{order: REQ0042}}\nexpect: {{outcome: typed}}\n"
CHEST, BRAIN = "workflows/chest-xray-preread/cases/one.yaml", "workflows/brain-tumour-measure/cases/two.yaml"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for file, bot in ((CHEST, "chest-xray-preread"), (BRAIN, "brain-tumour-measure")):
        path = tmp_path / file
        path.parent.mkdir(parents=True)
        path.write_text(CASE.format(name=path.stem, bot=bot), encoding="utf-8")
    (tmp_path / "wetread.toml").write_text("", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_file_touches_the_cases_whose_bot_is_made_of_it(project: Path) -> None:
    library = Library(project, bundled())
    cases = [load_case(project / file) for file in (CHEST, BRAIN)]

    def names(*files: str) -> list[str]:
        return [case.case for case in touched(cases, library, [bundled() / file for file in files])]

    assert names("workflows/chest-xray-preread/workflow.yaml") == ["one"]
    assert names("skills/brain-tumour-segmentation/skill.yaml") == ["two"]
    assert names("workflows/screens/demo-ehr.yaml") == ["one", "two"]
    assert names("workflows/screens/orthanc.yaml", "README.md") == []
    assert [case.case for case in touched(cases, library, [project / "site.yaml"])] == ["one", "two"]
    assert [case.case for case in touched(cases, library, [project / CHEST])] == ["one"]


def test_what_is_written_added_or_taken_away_is_seen_and_nothing_else(project: Path) -> None:
    (project / ".wetread").mkdir()
    watch = Watch(project)
    assert len(watch) == 3
    (project / CHEST).unlink()
    (project / "site.yaml").write_text("zone: Europe/Berlin\n", encoding="utf-8")
    (project / BRAIN).write_text("case: x\n", encoding="utf-8")
    (project / ".wetread" / "engine.yaml").write_text("x", encoding="utf-8")
    (project / "notes.txt").write_text("x", encoding="utf-8")
    assert watch.changed(0.001) == sorted(project / name for name in (CHEST, "site.yaml", BRAIN))


def saves(monkeypatch: pytest.MonkeyPatch, *doing: Callable[[], Sequence[Path]]) -> None:
    """An author who saves these, one after the other, and then presses Ctrl-C."""
    left = list(doing)

    def changed(self: Watch, every: float = 0.0) -> list[Path]:
        if not left:
            raise KeyboardInterrupt
        return list(left.pop(0)())

    monkeypatch.setattr(Watch, "changed", changed)


def test_only_what_is_touched_is_tried_again_and_the_last_word_on_every_case_counts(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rounds: list[list[str]] = []

    def try_all(cases: Sequence[Case], library: Library, *_: Any) -> list[Tried]:
        rounds.append([case.case for case in cases])
        return [Tried(case, "w", error="" if "mended" in case.about else "It broke.") for case in cases]

    def write(file: str, text: str) -> Callable[[], Sequence[Path]]:
        def save() -> Sequence[Path]:
            (project / file).write_text(text, encoding="utf-8")
            return [project / file]

        return save

    monkeypatch.setattr("robot_library.cli.test._try_all", try_all)
    monkeypatch.setattr("robot_library.cli.test._covered", lambda tried, library: [])
    good = [CASE.format(name=Path(file).stem, bot=bot).replace("One.", "One, mended.")
            for file, bot in ((CHEST, "chest-xray-preread"), (BRAIN, "brain-tumour-measure"))]  # fmt: skip
    saves(
        monkeypatch, write(CHEST, good[0]), write(BRAIN, good[1].replace("bot:", "bto:")), write(BRAIN, good[1]),
        lambda: [project / "notes.csv"],
    )  # fmt: skip
    assert run_cli(["test", "--watch", "--junit", "out/verdicts.xml"]) == 0
    assert rounds == [["two", "one"], ["one"], ["two"], []]
    said = capsys.readouterr()
    assert "unknown key 'bto'" in said.err
    assert "No longer watching." in said.err
    assert (project / "out/verdicts.xml").read_text(encoding="utf-8").count("<testcase") == 2
    saves(monkeypatch)
    (project / CHEST).write_text(CASE.format(name="one", bot="chest-xray-preread"), encoding="utf-8")
    assert run_cli(["test", CHEST, "--watch"]) == 1


def test_check_is_done_again(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def mend() -> Sequence[Path]:
        (project / "site.yaml").write_text("zone: Europe/Berlin\n", encoding="utf-8")
        return [project / "site.yaml"]

    (project / "site.yaml").write_text("zoen: Europe/Berlin\n", encoding="utf-8")
    saves(monkeypatch, mend)
    assert run_cli(["check", "site.yaml", "--watch"]) == 0
    said = capsys.readouterr().out
    assert "site.yaml:1:1: WR101 unknown key 'zoen'" in said
    assert said.index("WR101") < said.index("No mistakes found.")
