"""What docs/unattended.md shows is right: `wetread check` finds no mistake in it."""

from __future__ import annotations

import re
from pathlib import Path

from robot_library.lint.check import check
from robot_library.parsing.library import Library, bundled
from tests.unattended.test_bots_command import BOT

PAGE = Path(__file__).parents[2] / "docs" / "unattended.md"
WORKFLOW = """\
workflow: seen
about: Looks at orders.
screens: [ehr, pacs]
item: {order: {type: text}}
collect:
  steps: [{compute: {value: x, as: word}}]
  items: [{order: A1}]
  key: order
steps:
  - sign_in: ehr
  - sign_in: pacs
  - stop: {reason: Seen.}
"""


def test_the_pages_triggers_and_people_are_right(tmp_path: Path) -> None:
    triggers, people = re.findall(r"```yaml[^\n]*\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    bot = BOT.partition("site:")[0].replace("chest-xray-preread", "seen") + triggers
    files = {
        "bots/night.yaml": bot,
        "workflows/seen/workflow.yaml": WORKFLOW,
        "site.yaml": "zone: Europe/Berlin\n" + people,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    library = Library(tmp_path, bundled())
    found = [str(one) for one in check([tmp_path / "bots", tmp_path / "site.yaml"], library) if one.severity == "error"]
    assert found == []
    assert len(library.bot("night").triggers) == 9
