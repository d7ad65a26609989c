"""The recorder at OHIF and GNU Health: one way through both in a real browser, and the bot that comes of it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Page

from robot_library.authoring.recorder.files import Places, made_files, write_files
from robot_library.authoring.recorder.laying import read
from robot_library.authoring.recorder.recorder import Recorder
from robot_library.cli.main import run_cli
from robot_library.drivers.browser.listening import Listener
from robot_library.interfaces import Credential
from tests.authoring.hearing import Hears
from tests.hospital.lab.cases import CASES
from tests.hospital.lab.site import Lab

pytestmark = [pytest.mark.hospital, pytest.mark.browser, pytest.mark.evidence]

PERSON = CASES[0].person
ACCESSION = "001"
TYPED = "Allergic to nothing, dictated for the recorder."
MOST_MS = 180_000


class Author(Hears):
    """Opens one study in OHIF by its row, then one patient in GNU Health by their row, and types a note."""

    most_ms = MOST_MS

    def __init__(self, lab: Lab, lines: list[str]) -> None:
        super().__init__(lines)
        self.lab = lab

    async def __call__(self, context: BrowserContext) -> None:
        context.set_default_timeout(MOST_MS)
        await self.study(context.pages[0])
        ehr = await context.new_page()
        await ehr.goto(f"{self.lab.ehr_url}/")
        await self.sign_in(ehr)
        await self.patient(ehr)

    async def study(self, page: Page) -> None:
        await page.get_by_text(ACCESSION, exact=True).first.wait_for()
        await self.heard("screen   pacs.start")
        await page.get_by_text(ACCESSION, exact=True).first.click()
        await page.get_by_role("button", name="Basic Viewer").first.click()
        await page.get_by_role("button", name="Skip all").wait_for()
        await self.heard("screen   pacs.scrolling")
        await page.get_by_role("button", name="Skip all").click()
        await self.heard("pop-up   pacs")
        await page.get_by_text("Patient", exact=True).click()
        await page.get_by_text(PERSON.puid).first.wait_for()

    async def sign_in(self, page: Page) -> None:
        who = self.lab.logins["ehr_physician"]
        await page.get_by_label("User name").fill(who.name)
        await page.get_by_role("button", name="Login").click()
        await page.get_by_label("Password for").fill(who.password)
        await page.get_by_role("button", name="OK").click()
        await page.get_by_role("link", name="Logout").wait_for()
        await self.heard("screen   ehr.health")

    async def patient(self, page: Page) -> None:
        patients = page.locator("#menu td").get_by_text("Patients", exact=True)
        await page.locator("#menu td").get_by_text("Health", exact=True).dblclick()
        await patients.dblclick()
        await page.locator("#tabcontent td").get_by_text(PERSON.puid, exact=True).first.wait_for()
        await self.heard("screen   ehr.patient_list")
        await page.locator("#tabcontent td").get_by_text(PERSON.puid, exact=True).dblclick()
        note = page.locator("textarea[name=critical_info]")
        await note.wait_for()
        await self.heard("screen   ehr.patient\n")
        await note.fill(TYPED)
        await note.press("Tab")
        await page.locator("button#save:enabled").click()
        await self.heard("final")


def test_what_was_clicked_once_at_ohif_and_gnu_health_runs_unchanged_and_names_nobody(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines: list[str] = []
    rec = Recorder({"pacs": lab.viewer_url, "ehr": lab.ehr_url}, issuer="MEADOW")
    pacs, ehr = lab.logins["pacs_bot"], lab.logins["ehr_physician"]
    listener = Listener(
        lambda heard: lines.extend(f"{line}\n" for line in rec.hear(heard)), lines.append,
        basic=(lab.viewer_url, Credential(pacs.name, pacs.password)),
    )  # fmt: skip
    asyncio.run(listener.listen([lab.viewer_url], headed=False, author=Author(lab, lines)))
    made = made_files(rec, Places.of(tmp_path / "workflows/note/workflow.yaml"), {}, append=False)
    write_files(made.files)
    (tmp_path / "wetread.toml").touch()
    texts = [*lines, *made.lines, *(path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.yaml"))]
    secret = {pacs.password, ehr.password, TYPED, PERSON.puid, PERSON.family, PERSON.given, str(PERSON.born)}
    assert [word for word in secret if word in "".join(texts)] == []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WETREAD_CREDENTIAL_PACS_BOT", f"{pacs.name}:{pacs.password}")
    monkeypatch.setenv("WETREAD_CREDENTIAL_EHR_BOT", f"{ehr.name}:{ehr.password}")
    assert run_cli(["check"]) == 0, capsys.readouterr()
    inputs = read((tmp_path / "workflows/note/workflow.yaml").read_text(encoding="utf-8"), "workflow.yaml")["item"]
    known = {"puid": PERSON.puid, "accession": ACCESSION}
    given = [word for name in inputs for word in ("--set", f"{name}={known.get(name, TYPED)}")]
    assert run_cli(["queue", "add", "note", "--key", next(iter(inputs)), *given]) == 0, capsys.readouterr()
    capsys.readouterr()
    assert run_cli(["run", "note", "--no-collect", "--json"]) == 0, texts
    (item,) = json.loads(capsys.readouterr().out)["items"]
    assert item["outcome"] == "typed", (item, texts)
