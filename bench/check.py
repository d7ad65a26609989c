"""check_200_files_s: `wetread check` on a hospital of 200 files, in seconds of processor time, Python's start included.

70 bots, 70 workflows, 57 screen maps, two skills and a site.yaml, all made from those that come with wetread; some
hold mistakes, as files under work do. One process, from its start to its end.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.results import Result, spread
from robot_library.parsing.library import bundled

TARGET = 2.0
FLOWS = {"chest-xray-preread": ("ehr", "pacs"), "imaging-qa": ("pacs",), "brain-tumour-measure": ("ehr", "pacs")}
MAPS = ("demo-ehr", "demo-pacs", "gnuhealth", "orthanc", "ohif")


def measure(quick: bool) -> Result:
    """Processor seconds of the whole command: the median of several."""
    with tempfile.TemporaryDirectory(prefix="wetread-bench-") as name:
        project = Path(name)
        files = write_project(project, 20 if quick else 200)
        seconds = [_checked(project) for _ in range(1 if quick else 7)]
    figures = spread(seconds)
    extra = {"seconds": figures, "files": files, "counted": "processor time of the command, start included"}
    return Result(
        "check_200_files_s", figures["median"], "s", "a target of 2 s", figures["median"] / TARGET, extra, 1.0
    )


def _checked(project: Path) -> float:
    """Processor seconds of one `wetread check`."""
    begun = os.times()
    done = subprocess.run(
        [sys.executable, "-m", "robot_library.cli.main", "check", "--json"],
        cwd=project, capture_output=True, check=False, env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )  # fmt: skip
    spent = os.times()
    if done.returncode not in (0, 2) or b"diagnostics" not in done.stdout:
        raise SystemExit(done.stderr.decode("utf-8", "replace"))
    own = spent.children_user + spent.children_system - begun.children_user - begun.children_system
    return own if own > 0 else spent.elapsed - begun.elapsed  # Windows counts no children


def write_project(folder: Path, files: int) -> int:
    """A project of so many files; returns how many it has."""
    came = bundled()
    each = max(2, (files - 3) * 70 // 197)
    systems = max(1, (files - 3 - 2 * each) // len(MAPS))
    (folder / "bots").mkdir()
    (folder / "workflows" / "screens").mkdir(parents=True)
    shutil.copytree(came / "workflows" / "templates", folder / "workflows" / "templates")
    (folder / "wetread.toml").touch()
    (folder / "site.yaml").write_text("zone: Europe/Berlin\n", encoding="utf-8")
    for skill in ("image-quality", "chest-xray-view"):
        shutil.copytree(came / "skills" / skill, folder / "skills" / skill)
    for number in range(each):
        _bot_and_workflow(folder, came, number, number % systems)
    for number in range(files - 3 - 2 * each):
        source = MAPS[number % len(MAPS)]
        text = (came / "workflows" / "screens" / f"{source}.yaml").read_text(encoding="utf-8")
        text = text.replace(f"system: {source}", f"system: {source}-{number}")
        if number % 10 == 9:
            text = text.replace("use: identity", "use: identiti", 1)
        (folder / "workflows" / "screens" / f"{source}-{number}.yaml").write_text(text, encoding="utf-8")
    return sum(1 for _ in folder.rglob("*.yaml"))


def _bot_and_workflow(folder: Path, came: Path, number: int, system: int) -> None:
    source = list(FLOWS)[number % len(FLOWS)]
    name = f"{source}-{number}"
    text = (came / "workflows" / source / "workflow.yaml").read_text(encoding="utf-8")
    text = text.replace(f"workflow: {source}\n", f"workflow: {name}\n")
    if number % 10 == 9:
        text = text.replace("sign_in: pacs", "sign_in: pax", 1)
    (folder / "workflows" / name).mkdir()
    (folder / "workflows" / name / "workflow.yaml").write_text(text, encoding="utf-8")
    bot = (came / "bots" / f"{source}.yaml").read_text(encoding="utf-8")
    bot = bot.replace(f"bot: {source}\n", f"bot: {name}\n").replace(f"workflow: {source}\n", f"workflow: {name}\n")
    for role in FLOWS[source]:
        at = 5 * system + MAPS.index(f"demo-{role}")
        bot = bot.replace(f"map: demo-{role}", f"map: demo-{role}-{at}")
    (folder / "bots" / f"{name}.yaml").write_text(bot, encoding="utf-8")
