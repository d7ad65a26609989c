"""The recorder at work: one person's way through the demo hospital in a real browser, and the bot that comes of it."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Page, expect

from robot_library.authoring.recorder.files import Places, made_files, write_files
from robot_library.authoring.recorder.recorder import Recorder
from robot_library.cli.main import run_cli
from robot_library.drivers.browser.listening import Listener
from robot_library.hospital import Hospital
from robot_library.hospital.stories import STORIES
from robot_library.model.heard import Heard
from tests.authoring.hearing import Hears
from tests.drivers.ward import Ward, served

ORDER = "REQ005626"
TYPED = "No focal change, dictated for the recorder."
BY = "RPA Bot"
MOST_MS = 60_000


@pytest.fixture(scope="module")
def hospital(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hospital]:
    folder = tmp_path_factory.mktemp("recorder") / "hospital"
    shutil.copytree(built, folder)
    with Hospital(folder, story=STORIES["chest"], grid_ms=(0, 0), field_ms=(0, 0), session_requests=()) as running:
        yield running


def reports(hospital: Hospital) -> str:
    """Every report that stands in the EHR."""
    with closing(sqlite3.connect(hospital.database)) as db:
        return repr(db.execute("select * from orders where order_id = ?", (ORDER,)).fetchall())


class Person(Hears):
    """Clicks through once, as a person would: sees the next page, then goes on."""

    def __init__(self, hospital: Hospital, lines: list[str]) -> None:
        super().__init__(lines)
        self.hospital = hospital

    async def __call__(self, context: BrowserContext) -> None:
        context.set_default_timeout(MOST_MS)
        expect.set_options(timeout=MOST_MS)
        ehr = context.pages[0]
        await self.sign_in(ehr)
        await self.heard("pop-up")
        await ehr.get_by_role("link", name=ORDER).click()
        await self.heard("screen   ehr.imaging_request")
        await expect(ehr.get_by_label("Accession:")).not_to_have_value("")
        async with context.expect_page() as opened:
            await ehr.get_by_role("link", name="Images in Harbour PACS").click()
        await self.look_at_study(await opened.value)
        await ehr.bring_to_front()
        await ehr.get_by_role("link", name="Open result form").click()
        report = ehr.locator("textarea[name=comment]")
        await report.fill(TYPED)
        await ehr.get_by_label("Reported by:").press_sequentially(BY[:3])
        await ehr.get_by_role("option", name=BY, exact=True).click()
        await ehr.get_by_role("button", name="Save").click()
        await self.heard("final")

    async def sign_in(self, page: Page) -> None:
        account = self.hospital.accounts["rpabot"]
        await page.get_by_label("User name").fill(account.user)
        await page.get_by_role("button", name="Login").click()
        await page.locator("input[type=password]").fill(account.password)
        await page.get_by_role("button", name="OK").click()
        await page.get_by_role("button", name="Skip all").click()

    async def look_at_study(self, page: Page) -> None:
        account = self.hospital.accounts["rpabot"]
        await page.get_by_label("User", exact=True).fill(account.user)
        await page.get_by_label("Password").fill(account.password)
        await page.get_by_label("Password").press("Enter")
        await page.get_by_role("button", name="Skip all").or_(page.get_by_role("link", name="Open")).first.wait_for()
        await page.get_by_role("link", name="Open", exact=True).click()
        await self.heard("screen   pacs.study\n")


@pytest.fixture(scope="module")
def recorded(hospital: Hospital, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    lines: list[str] = []
    rec = Recorder({"ehr": hospital.ehr_url, "pacs": hospital.pacs_url})
    listener = Listener(lambda heard: lines.extend(f"{line}\n" for line in rec.hear(heard)), lines.append)
    before = reports(hospital)
    asyncio.run(listener.listen([hospital.ehr_url], headed=False, author=Person(hospital, lines)))
    assert reports(hospital) == before  # Save was held
    folder = tmp_path_factory.mktemp("recorded")
    made = made_files(rec, Places.of(folder / "workflows/typed/workflow.yaml"), {}, append=False)
    write_files(made.files)
    (folder / "wetread.toml").touch()
    return folder, lines + made.lines


def test_what_was_clicked_once_runs_unchanged_and_names_nobody(
    hospital: Hospital, recorded: tuple[Path, list[str]], monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    folder, lines = recorded
    account = hospital.accounts["rpabot"]
    with closing(sqlite3.connect(hospital.database)) as db:
        db.row_factory = sqlite3.Row
        person = dict(db.execute(
            "select p.* from orders o join patients p on p.patient_id = o.patient_id where o.order_id = ?", (ORDER,)
        ).fetchone())  # fmt: skip
    secret = {account.password, ORDER, TYPED, person["mrn"], person["birth_date"], person["family"], person["given"]}
    for text in [*lines, *(path.read_text(encoding="utf-8") for path in folder.rglob("*.yaml"))]:
        assert [word for word in secret if word in text] == [], text
    monkeypatch.chdir(folder)
    monkeypatch.setenv("WETREAD_CREDENTIAL_EHR_BOT", f"{account.user}:{account.password}")
    monkeypatch.setenv("WETREAD_CREDENTIAL_PACS_BOT", f"{account.user}:{account.password}")
    assert run_cli(["check"]) == 0, capsys.readouterr()
    given = ["--key", "order", "--set", f"order={ORDER}", "--set", f"comment={TYPED}", "--set", f"reported_by={BY}"]
    assert run_cli(["queue", "add", "typed", *given]) == 0, capsys.readouterr()
    capsys.readouterr()
    assert run_cli(["run", "typed", "--no-collect", "--json"]) == 0
    (item,) = json.loads(capsys.readouterr().out)["items"]
    assert item["outcome"] == "typed", item
    assert TYPED in reports(hospital)


def test_ctrl_c_ends_it_with_what_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C cancels the main task; so does this, without a signal that other tests' handlers could take."""
    plain = Recorder.hear

    def hear(self: Recorder, one: Heard) -> list[str]:
        said = plain(self, one)
        (main,) = (task for task in asyncio.all_tasks() if "_listen" in str(task.get_coro()))
        main.cancel()
        return said

    monkeypatch.setattr(Recorder, "hear", hear)
    site = Ward()
    site.page("home", "<h1>Worklist</h1><p>Nobody: 0815</p>")
    flow = tmp_path / "workflows/half/workflow.yaml"
    with served(site) as ward:
        assert run_cli(["record", f"{ward.url}/p/home", "--out", str(flow), "--headless", "--json"]) == 0
    written = json.loads(capsys.readouterr().out)["written"]
    assert str(flow) in written
    assert "0815" not in "".join(Path(path).read_text(encoding="utf-8") for path in written)
