"""What a security review asks for: `python -m tests.supply.statement [--tools .tools] [--out build/supply]`.

- `sbom.cdx.json`: CycloneDX, every release of requirements.lock with the hash of each of its files;
- `audit.json`: pip-audit on the same, by the registry's advisories; without an answer it says so, and is no failure;
- `bandit.json`: bandit on the package. A finding is justified by `# noqa: S<its number>` on its line, which
  `make check` (ruff's S rules, the same ones) holds.

Exit 1 when something is found: a known vulnerability, a finding without a justification, a release that the SBOM lacks.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import click

from tests.supply.lock import LOCK, ROOT, locked

EVERYWHERE = {"B101", "B404", "B603"}
"""An assert is mypy's, of what cannot be; a process is started from a list, without a shell."""
ONLY_BANDIT = {
    ("robot_library/attended/start/form.py", "B105"): "the kind of an input box",
    ("robot_library/engine/people/reviews.py", "B105"): "nobody holds the review",
    (
        "robot_library/safeguards/vaults/hashicorp.py",
        "B106",
    ): "no token, in place of one that the client finds lying about",
    ("robot_library/skills/card.py", "B608"): "prose of a model card",
    ("robot_library/authoring/junit.py", "B405"): "writes XML and reads none",
    ("robot_library/safeguards/audit/dicom.py", "B405"): "writes XML and reads none",
}
"""What ruff does not say, so that no mark can stand on the line."""


def sbom(tools: Path, out: Path) -> list[str]:
    """Releases of the lock that the bill of materials lacks."""
    _run(tools, "cyclonedx-py", "requirements", str(LOCK), "--pyproject", str(ROOT / "pyproject.toml"),
         "--output-reproducible", "--of", "JSON", "-o", str(out))  # fmt: skip
    said = json.loads(out.read_text(encoding="utf-8"))
    assert said["bomFormat"] == "CycloneDX"
    named = {component.get("purl", "").lower() for component in said["components"]}
    missing = [line for line in locked(LOCK.read_text(encoding="utf-8"))
               if f"pkg:pypi/{line.name}@{line.version()}" not in named]  # fmt: skip
    return [f"not in the SBOM: {line.need}" for line in missing]


def audit(tools: Path, out: Path) -> list[str]:
    """Known vulnerabilities of what is locked."""
    out.unlink(missing_ok=True)
    done = _run(tools, "pip-audit", "--require-hashes", "--disable-pip", "-r", str(LOCK), "-f", "json", "-o", str(out),
                "--progress-spinner", "off", "--timeout", "15")  # fmt: skip
    if not out.exists():
        click.echo(f"pip-audit could not be asked: {(done.stderr.strip().splitlines() or ['no answer'])[-1][:200]}")
        return []
    found = json.loads(out.read_text(encoding="utf-8"))["dependencies"]
    skipped = [one["name"] for one in found if "vulns" not in one]
    if skipped:
        click.echo(f"pip-audit could not be asked about {len(skipped)} of {len(found)} releases: no advisories here")
    return [f"{one['name']} {one['version']}: {flaw['id']}, mended in {', '.join(flaw['fix_versions']) or 'no release'}"
            for one in found for flaw in one.get("vulns", ())]  # fmt: skip


def bandit(tools: Path, out: Path) -> list[str]:
    """Findings that no line justifies."""
    _run(tools, "bandit", "--quiet", "--recursive", "robot_library", "--format", "json", "--output", str(out))
    said = json.loads(out.read_text(encoding="utf-8"))
    assert said["metrics"]["_totals"]["loc"] > 10_000, said["errors"]
    return [f"{one['filename']}:{one['line_number']}: {one['test_id']} {one['issue_text']}"
            for one in said["results"] if one["test_id"] not in EVERYWHERE and not _justified(one)]  # fmt: skip


def _justified(one: dict[str, Any]) -> bool:
    if (Path(one["filename"]).as_posix(), one["test_id"]) in ONLY_BANDIT:
        return True
    lines = (ROOT / one["filename"]).read_text(encoding="utf-8").splitlines()
    code = "S" + one["test_id"][1:]
    covered = "\n".join(lines[number - 1] for number in one["line_range"])
    return re.search(rf"# noqa: [^#\n]*\b{code}\b", covered) is not None


def _run(tools: Path, name: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(tools / "bin" / name), *words], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False
    )


@click.command()
@click.option("--tools", type=click.Path(path_type=Path), default=ROOT / ".tools", help="Environment of tools.txt.")
@click.option("--out", type=click.Path(path_type=Path), default=ROOT / "build" / "supply", help="Where to.")
def main(tools: Path, out: Path) -> None:
    """Write them, say what was found."""
    tools = tools.absolute()
    out.mkdir(parents=True, exist_ok=True)
    found = [
        *sbom(tools, out / "sbom.cdx.json"), *audit(tools, out / "audit.json"), *bandit(tools, out / "bandit.json"),
    ]  # fmt: skip
    for line in found:
        click.echo(line)
    click.echo(f"{len(found)} findings; all in {out}")
    raise SystemExit(bool(found))


if __name__ == "__main__":
    main()
