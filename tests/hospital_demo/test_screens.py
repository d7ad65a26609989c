"""Every unpleasantness, met by a real browser."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import Browser, Page, expect

from robot_library.hospital import Hospital, verdict

from .conftest import Start, sign_in, signed_in
from .facts import order_of, report, rows

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
expect.set_options(timeout=60_000)  # five seconds are short on a busy machine


async def _open_form(page: Page, hospital: Hospital, trap: str = "plain") -> str:
    order_id: str = order_of(hospital, trap)["order_id"]
    await sign_in(page, hospital, f"/results/{order_id}")
    await expect(page.locator("textarea[name=comment]")).to_be_enabled()
    return order_id


async def _type(page: Page, text: str) -> None:
    await page.locator("textarea[name=comment]").fill(text)
    await page.get_by_label("Reported by:").fill("RPA Bot")
    await page.get_by_role("option", name="RPA Bot", exact=True).click()


async def test_password_comes_in_a_second_step(page: Page, hospital: Hospital) -> None:
    await page.goto(f"{hospital.ehr_url}/orders/X?y=1")
    await expect(page).to_have_title("Sign in - Meadow EHR")
    await expect(page.get_by_label(re.compile("Password"))).to_have_count(0)
    await page.get_by_label("User name").fill("rpabot")
    await page.get_by_role("button", name="Login").click()
    password = page.get_by_role("dialog", name="Sign in").get_by_label("Password for rpabot")
    await password.fill("wrong")
    await page.get_by_role("button", name="OK").click()
    await expect(page.get_by_role("alert")).to_have_text("Wrong user name or password.")
    await password.fill("meadow-bot-1")
    await page.get_by_role("button", name="OK").click()
    await page.wait_for_url(f"{hospital.ehr_url}/orders/X?y=1")


async def test_tour_blocks_everything_once_per_profile(page: Page, start: Start) -> None:
    hospital = start(session_requests=())
    await sign_in(page, hospital)
    tour = page.get_by_role("dialog", name="Welcome to Meadow EHR")
    await expect(tour).to_be_visible()
    link = page.get_by_role("link", name=re.compile("^REQ")).first
    await link.wait_for()
    box = await link.bounding_box()
    assert box is not None
    above = await page.evaluate("([x, y]) => document.elementFromPoint(x, y).className", [box["x"] + 3, box["y"] + 3])
    assert above == "veil", "the tour lies over the grid"
    await page.get_by_role("button", name="Skip all").click()
    await page.reload()
    await page.get_by_role("link", name=re.compile("^REQ")).first.click()
    await page.get_by_label("MRN:").wait_for()
    await expect(page.get_by_label("Same study as:")).not_to_have_value("")
    await expect(tour).to_have_count(0)


async def test_grid_comes_late_in_pages_with_a_header_twice(page: Page, start: Start) -> None:
    hospital = start(grid_ms=(400, 400), session_requests=(), tour=False)
    await sign_in(page, hospital)
    grid = page.get_by_role("table", name="Imaging orders")
    await expect(grid.get_by_text("Loading…")).to_be_visible()
    heads = await grid.get_by_role("columnheader").all_inner_texts()
    assert heads.count("Date") == 2
    seen: list[str] = []
    for number, length in ((1, 10), (2, 10), (3, 8)):
        await expect(page.get_by_text(f"28 orders, page {number} of 3")).to_be_visible()
        links = await grid.get_by_role("link").all_inner_texts()
        assert len(links) == length
        seen += links
        if number < 3:
            await page.get_by_role("button", name="Next page").click()
            await expect(grid.get_by_text("Loading…")).to_be_visible()
    await expect(page.get_by_role("button", name="Next page")).to_be_disabled()
    assert seen == [r[0] for r in rows(hospital, "SELECT order_id FROM orders ORDER BY order_id")]
    await page.get_by_role("tab", name="Done").click()
    await expect(page.get_by_text(re.compile(r"^\d+ orders, page 1 of 1$"))).to_be_visible()


async def test_rows_open_by_double_click(page: Page, hospital: Hospital) -> None:
    await sign_in(page, hospital)
    row = page.get_by_role("row").filter(has_text="O'Brien, Siobhán")
    await row.get_by_text("Routine").or_(row.get_by_text("Urgent")).dblclick()
    await expect(page.get_by_label("Patient:", exact=True)).to_have_value("O'Brien, Siobhán")


async def test_fields_fill_late_under_ids_that_change(page: Page, start: Start) -> None:
    hospital = start(field_ms=(500, 500), session_requests=(), tour=False)
    order = order_of(hospital, "plain")
    await sign_in(page, hospital, f"/orders/{order['order_id']}")
    mrn = page.get_by_label("MRN:", exact=True)
    assert await mrn.input_value() == ""
    first = await mrn.get_attribute("id")
    await expect(mrn).to_have_value(re.compile(r"^00\d{6}$"))
    await page.reload()
    assert await mrn.get_attribute("id") != first
    assert re.fullmatch(r"ui-id-\d+", first or "")


async def test_details_stand_in_a_frame(page: Page, hospital: Hospital) -> None:
    order = order_of(hospital, "shared_study_again")
    await sign_in(page, hospital, f"/orders/{order['order_id']}")
    frame = page.frame_locator("iframe[name=clinical]")
    await expect(frame.get_by_label("Indication:")).to_have_value(order["indication"])
    await expect(frame.get_by_role("cell", name=order["linked_to"])).to_be_visible()
    await expect(page.get_by_label("Same study as:")).to_have_value(order["linked_to"])


async def test_a_report_is_typed_and_saved(page: Page, hospital: Hospital) -> None:
    order_id = await _open_form(page, hospital)
    box, save = page.locator("textarea[name=comment]"), page.get_by_role("button", name="Save")
    assert await box.evaluate("b => [b.labels.length, b.placeholder, b.title, b.ariaLabel]") == [0, "", "", None]
    await expect(save).to_be_disabled()
    await box.fill("x")
    await expect(save).to_be_enabled()
    await box.fill("")
    await expect(save).to_be_disabled()
    text = f"Lungs clear.\nStudy {order_of(hospital, 'plain')['study_uid']}."
    await _type(page, text)
    await page.get_by_label("Impression:").fill("Normal.")
    await save.click()
    await expect(page.get_by_label("Report status:")).to_have_value("Preliminary")
    await expect(page.get_by_label("Report author:")).to_have_value("RPA Bot")
    await expect(save).to_be_disabled()
    await page.goto(f"{hospital.ehr_url}/results/{order_id}")
    await expect(box).to_have_value(text)
    judged = {i.order: i for i in verdict(hospital.database).items}[order_id]
    assert (judged.right, judged.saves) == (True, 1)


async def test_required_field_says_so_in_a_toast(page: Page, hospital: Hospital) -> None:
    await _open_form(page, hospital)
    await page.locator("textarea[name=comment]").fill("Lungs clear.")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("“Reported by” is required: choose a person from the list.")).to_be_visible()
    assert rows(hospital, "SELECT * FROM saves") == []


async def test_relation_completes_and_searches(page: Page, hospital: Hospital) -> None:
    await _open_form(page, hospital)
    who = page.get_by_label("Reported by:")
    await who.fill("RPA")
    await expect(page.get_by_role("option")).to_have_text(["RPA Bot", "RPA Bot (training)"])
    await who.press("Tab")
    window = page.get_by_role("dialog", name="Search: Reported by")
    await window.get_by_role("button", name="RPA Bot (training)").click()
    await expect(who).to_have_value("RPA Bot (training)")
    await who.fill("Nobody")
    await who.press("Tab")
    await window.get_by_role("button", name="Cancel").click()
    await expect(who).to_have_value("")
    await who.fill("RPA Bot")
    await who.press("Tab")
    await expect(window).to_have_count(0)


async def test_concurrent_edit_asks_and_cancel_writes_nothing(page: Page, hospital: Hospital) -> None:
    order_id = await _open_form(page, hospital, "signed_meanwhile")
    await _type(page, "Mine.")
    await page.get_by_role("button", name="Save").click()
    prompt = page.get_by_role("dialog", name="Concurrent edit")
    await expect(prompt.get_by_role("button")).to_have_text(["Cancel", "Compare", "Write anyway"])
    await prompt.get_by_role("button", name="Compare").click()
    await expect(page.get_by_role("dialog", name="Compare")).to_contain_text("Read at the workstation.")
    await page.get_by_role("button", name="Close").click()
    await prompt.get_by_role("button", name="Cancel").click()
    assert rows(hospital, "SELECT * FROM saves WHERE order_id = ?", order_id) == []
    await page.get_by_role("button", name="Save").click()
    await prompt.get_by_role("button", name="Write anyway").click()
    await expect(page.get_by_label("Report status:")).to_have_value("Preliminary")
    assert verdict(hospital.database).forced_writes == 1


async def test_status_is_stale_until_refreshed(page: Page, hospital: Hospital) -> None:
    for trap, label, before, after in (
        ("locked_meanwhile", "Locked by:", "nobody", "Okafor, Amara"),
        ("merged_meanwhile", "MRN:", None, None),
    ):
        order = order_of(hospital, trap)
        path = f"/results/{order['order_id']}"
        if trap == "locked_meanwhile":
            await sign_in(page, hospital, path)
        else:
            await page.goto(hospital.ehr_url + path)
        await expect(page.locator("textarea[name=comment]")).to_be_enabled()
        await page.locator("textarea[name=comment]").fill("kept")
        field = page.get_by_label(label, exact=True)
        shown = (await field.input_value()) if before else (await field.inner_text())
        await page.get_by_role("button", name="Refresh status").click()
        if before:
            assert shown == before
            await expect(field).to_have_value(after or "")
        else:
            await expect(field).not_to_have_text(shown)
            await expect(field).to_have_text(re.compile(r"^00\d{6}$"))
        await expect(page.locator("textarea[name=comment]")).to_have_value("kept")
        await page.locator("textarea[name=comment]").fill("")


async def test_leaving_with_unsaved_changes_asks(page: Page, hospital: Hospital) -> None:
    order_id = await _open_form(page, hospital)
    await page.locator("textarea[name=comment]").fill("x")
    prompt = page.get_by_role("dialog", name="Unsaved changes")
    await page.get_by_role("link", name="Imaging request").click()
    await prompt.get_by_role("button", name="Stay").click()
    assert page.url.endswith(f"/results/{order_id}")
    await page.get_by_role("link", name="Imaging request").click()
    await prompt.get_by_role("button", name="Leave without saving").click()
    await page.wait_for_url(f"**/orders/{order_id}")


async def test_session_ends_mid_task_and_sign_in_leads_back(page: Page, start: Start) -> None:
    hospital = start(session_requests=(3,), tour=False, field_ms=(0, 0))
    order = order_of(hospital, "plain")
    path = f"/results/{order['order_id']}"
    await sign_in(page, hospital, path)
    await expect(page.locator("textarea[name=comment]")).to_be_enabled()
    await page.locator("textarea[name=comment]").fill("lost")
    await page.get_by_label("Impression:").fill("lost too")
    await page.get_by_role("button", name="Save").click()
    await expect(page).to_have_title("Sign in - Meadow EHR")
    assert rows(hospital, "SELECT * FROM saves") == []
    await page.get_by_label("User name").fill("rpabot")
    await page.get_by_role("button", name="Login").click()
    await page.get_by_label("Password for rpabot").fill("meadow-bot-1")
    await page.get_by_role("button", name="OK").click()
    await page.wait_for_url(hospital.ehr_url + path)
    await expect(page.locator("textarea[name=comment]")).to_have_value("")


async def test_session_ending_in_the_frame_breaks_out_of_it(page: Page, start: Start) -> None:
    hospital = start(session_requests=(1,), tour=False)
    await sign_in(page, hospital, f"/orders/{order_of(hospital, 'plain')['order_id']}")
    await expect(page).to_have_title("Sign in - Meadow EHR")
    await expect(page.get_by_label("User name")).to_be_visible()


async def test_picture_goes_in_through_a_covered_file_box(page: Page, hospital: Hospital, tmp_path: Path) -> None:
    await _open_form(page, hospital)
    picture = tmp_path / "overlay.png"
    Image.new("L", (4, 4)).save(picture)
    await page.get_by_role("button", name="Attachment (0)").click()
    await page.locator(".dropdown-menu:visible input[type=file]").set_input_files(picture)
    await expect(page.get_by_role("button", name="Attachment (1)")).to_be_visible()
    assert rows(hospital, "SELECT content FROM attachments")[0][0] == picture.read_bytes()


async def test_form_without_identifiers_leads_to_the_record(page: Page, start: Start) -> None:
    hospital = start(identity="record", tour=False)
    await _open_form(page, hospital)
    await expect(page.get_by_label("MRN:", exact=True)).to_have_count(0)
    await expect(page.get_by_label("Patient:", exact=True)).not_to_have_value("")
    assert "\u200b" in await page.get_by_label("Age:", exact=True).input_value()
    await page.get_by_role("link", name="Patient record").click()
    await expect(page.get_by_label("MRN:", exact=True)).to_have_value(re.compile(r"^00\d{6}$"))


@pytest_asyncio.fixture(loop_scope="module")
async def pacs(browser: Browser, start: Start) -> AsyncIterator[tuple[Page, Hospital]]:
    """The PACS's study list of one accession, reached by the EHR's own link in a new tab."""
    hospital = start(session_requests=(), tour=True)
    context = await browser.new_context(accept_downloads=True)
    page = await context.new_page()
    await page.add_init_script("localStorage.setItem('meadow.tour', 'seen')")
    order = order_of(hospital, "several_images")
    await sign_in(page, hospital, f"/orders/{order['order_id']}")
    async with context.expect_page() as opened:
        await page.get_by_role("link", name="Images in Harbour PACS").click()
    tab = await opened.value
    await tab.get_by_label("User").fill("rpabot")
    await tab.get_by_label("Password").fill("meadow-bot-1")
    await tab.get_by_role("button", name="Log in").click()
    yield tab, hospital
    await context.close()


async def test_study_list_filters_and_downloads(pacs: tuple[Page, Hospital]) -> None:
    page, hospital = pacs
    await expect(page.get_by_text("1 study", exact=True)).to_be_visible()
    await page.get_by_role("button", name="Reset filters").click()
    await expect(page.get_by_text("27 studies")).to_be_visible()
    boxes = page.get_by_role("row").filter(has=page.get_by_role("button", name="Reset filters")).get_by_role("textbox")
    await boxes.nth(0).fill("o'brien")
    await expect(page.get_by_text("1 study", exact=True)).to_be_visible()
    await page.get_by_role("button", name="Reset filters").click()
    await page.get_by_label("Accession number:").fill(order_of(hospital, "half_received")["accession"])
    await page.get_by_role("button", name="Search").click()
    await expect(page.get_by_text("1 of 2")).to_be_visible()
    await page.get_by_role("link", name="Open").click()
    await expect(page.get_by_label("Images announced:")).to_have_text("2")
    await expect(page.get_by_role("alert")).to_have_text("Incomplete: 1 of 2 images have not arrived.")
    async with page.expect_download() as begun:
        await page.get_by_role("link", name="Download ZIP").click()
    assert (await begun.value).suggested_filename == "study.zip"
    async with page.expect_download() as begun:
        await page.get_by_role("link", name="Download image 1").click()
    assert (await begun.value).suggested_filename == "image1.dcm"


async def test_viewer_draws_and_captures(pacs: tuple[Page, Hospital]) -> None:
    page, _ = pacs
    await page.get_by_role("link", name="Open").click()
    async with page.context.expect_page() as opened:
        await page.get_by_role("link", name="Open viewer").click()
    viewer = await opened.value
    await viewer.get_by_role("dialog", name="Welcome to the Harbour viewer").get_by_text("Skip all").click()
    await expect(viewer.locator("#slice")).to_have_text("I:1 (1/3)")
    nameless = viewer.locator("#tool-forward")
    assert await nameless.evaluate("b => [b.ariaLabel, b.title]") == [None, ""]
    await nameless.click()
    await expect(viewer.locator("#slice")).to_have_text("I:2 (2/3)")
    level = await viewer.locator("#window").inner_text()
    assert re.fullmatch(r"W:\d+ L:\d+", level)
    await viewer.mouse.move(400, 300)
    await viewer.mouse.down()
    await viewer.mouse.move(440, 330)
    await viewer.mouse.up()
    await expect(viewer.locator("#window")).not_to_have_text(level)
    await viewer.get_by_role("button", name="Capture").click()
    async with viewer.expect_download() as begun:
        await viewer.get_by_role("button", name="Save Image").click()
    content = await asyncio.to_thread(Path(await (await begun.value).path()).read_bytes)
    with Image.open(io.BytesIO(content)) as captured:
        assert captured.size == (1120, 960)
        assert len(set(captured.convert("L").resize((60, 60)).get_flattened_data())) > 20, "a film, not a blank canvas"


async def test_damaged_image_says_so(pacs: tuple[Page, Hospital]) -> None:
    page, hospital = pacs
    await expect(page.get_by_text("1 study", exact=True)).to_be_visible()
    await page.goto(f"{hospital.pacs_url}/viewer/{order_of(hospital, 'corrupt')['study_uid']}")
    await expect(page.locator("#slice")).to_have_text("This image is damaged.")


async def test_report_with_a_script_in_it_stays_text(page: Page, hospital: Hospital) -> None:
    order = order_of(hospital, "plain")
    with signed_in(hospital) as bot:
        nasty = "</textarea><img src=x onerror=\"document.title='broken'\">"
        bot.post(f"/api/results/{order['order_id']}", json=report(order, comment=nasty))
    await sign_in(page, hospital, f"/results/{order['order_id']}")
    await expect(page.locator("textarea[name=comment]")).to_have_value(nasty)
    assert "broken" not in await page.title()


async def test_chaos_pops_up_and_renames(page: Page, start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("robot_library.hospital.chaos.NOTICE", 1.0)
    monkeypatch.setattr("robot_library.hospital.chaos.DROP_BEFORE", 0.0)
    monkeypatch.setattr("robot_library.hospital.chaos.DROP_AFTER", 0.0)
    hospital = start(chaos=5, tour=False, session_requests=())
    await sign_in(page, hospital)
    await page.get_by_role("dialog", name="Notice").get_by_role("button", name="OK").click()
    number = await page.locator("#grid th").first.get_attribute("id")
    assert re.fullmatch(r"x[0-9a-f]{6}-\d+", number or "")
