"""What a person does: comes in, searches, filters, sends back, cancels, notes, stops, goes on, enables."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
from playwright.sync_api import Browser, expect

from robot_library.incidents.check import check_bundle
from robot_library.safeguards.audit.signing import Signer
from robot_library.safeguards.audit.verify import Keys, records
from tests.dashboard.conftest import Visit
from tests.dashboard.fill import BOTS, order_number
from tests.dashboard.stand import Stand

PICK = re.compile("^pick [0-9a-f]{10}")


def test_nobody_comes_in_without_a_link_and_none_opens_twice(browser: Browser, stand: Stand) -> None:
    context = browser.new_context()
    page = context.new_page()
    answer = page.goto(stand.url + "/queue")
    assert answer is not None
    assert answer.status == 401
    expect(page.get_by_role("heading")).to_have_text("Sign in")
    link = stand.link("operator", "")
    page.goto(link)
    page.get_by_label("Your name").fill("ann")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_selector("#overview")
    expect(page.locator(".side-foot")).to_contain_text("ann · operator")
    other = browser.new_context().new_page()
    answer = other.goto(link)
    assert answer is not None
    assert answer.status == 401
    expect(other.locator("main")).to_contain_text("used already")
    other.context.close()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading")).to_have_text("Sign in")
    page.goto(stand.url + "/")
    expect(page.get_by_role("heading")).to_have_text("Sign in")
    context.close()


def test_an_order_is_found_by_its_number(visit: Visit, stand: Stand) -> None:
    page = visit()
    page.keyboard.press("/")
    page.keyboard.type(order_number(4321))
    page.keyboard.press("Enter")
    page.wait_for_selector("#queue")
    expect(page.locator("#queue tbody tr")).to_have_count(1)
    ident = page.locator("#queue tbody tr").get_attribute("data-key")
    page.goto(f"{stand.url}/queue?search={ident[:8]}")  # type: ignore[index]
    expect(page.locator("#queue tbody tr")).to_have_count(1)
    page.goto(stand.url + "/queue?search=nothing-like-this")
    expect(page.locator("#queue")).to_contain_text("Nothing fits")


def test_filters_sorting_and_paging(visit: Visit) -> None:
    page = visit("/queue")
    page.get_by_role("navigation", name="By state").get_by_role("link", name="failed").click()
    page.wait_for_url("**state=application_exception**")
    page.locator("#filters").get_by_label("bot").select_option(BOTS[1])
    page.wait_for_url(f"**bot={BOTS[1]}**")
    rows = page.locator("#queue tbody tr")
    expect(rows.first).to_contain_text(BOTS[1])
    assert page.locator("#queue tbody tr", has_text=BOTS[0]).count() == 0
    page.locator("#filters").get_by_label("code").select_option("ScreenNotReached")
    page.wait_for_url("**code=ScreenNotReached**")
    expect(page.locator("#queue tbody tr", has_text="TargetNotFound")).to_have_count(0)
    page.get_by_role("link", name="show all").click()
    page.get_by_role("link", name="came").click()
    page.wait_for_url("**order=oldest**")
    first = rows.first.get_attribute("data-key")
    page.get_by_role("link", name="after →").click()
    page.wait_for_url("**page=2**")
    assert rows.first.get_attribute("data-key") != first
    page.keyboard.press("p")
    page.wait_for_url(re.compile(r"order=oldest$"))
    assert rows.first.get_attribute("data-key") == first


def test_some_are_sent_back_after_being_asked_and_what_was_typed_never_is(visit: Visit, stand: Stand) -> None:
    page = visit("/queue?state=done")
    retry = page.get_by_role("button", name="Send back")
    expect(retry).to_be_disabled()
    page.get_by_role("checkbox", name=PICK).first.check()
    retry.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Send 0 items back")
    expect(dialog).to_contain_text("1 of those you picked are left as they are")
    assert dialog.get_by_role("button").count() == 0
    dialog.get_by_role("link", name="Leave it").click()
    page.goto(stand.url + "/queue?code=StudyNotFound")
    picks = page.get_by_role("checkbox", name=PICK)
    idents = [picks.nth(place).get_attribute("value") for place in range(2)]
    picks.nth(0).check()
    picks.nth(1).check()
    expect(page.locator("[data-picked]")).to_have_text("2")
    retry.click()
    page.get_by_role("dialog").get_by_role("button", name="Send 2 back").click()
    expect(page.get_by_role("status")).to_have_text("2 items are in the queue again.")
    for ident in idents:
        assert stand.item(str(ident)).state == "new"
        page.goto(f"{stand.url}/items/{ident}")
        expect(page.locator(".notes")).to_contain_text("dr.chen")


def test_all_that_fit_are_sent_back(visit: Visit, stand: Stand) -> None:
    page = visit("/queue?code=TargetNotFound&state=application_exception")
    text = page.locator(".title .soft").first.inner_text()
    count = int(re.match(r"(\d+) items", text)[1])  # type: ignore[index]
    assert count > 100
    page.get_by_role("checkbox", name="all").check()
    page.get_by_role("button", name="Send back").click()
    page.get_by_role("dialog").get_by_role("button", name=f"Send {count} back").click()
    expect(page.get_by_role("status")).to_have_text(f"{count} items are in the queue again.")
    expect(page.locator("#queue")).to_contain_text("Nothing fits")


def test_an_item_is_read_noted_and_cancelled(visit: Visit, stand: Stand) -> None:
    page = visit("/queue?state=new&order=next")
    page.locator("tbody a.mono").first.click()
    page.wait_for_selector("#item")
    ident = page.url.rsplit("/", 1)[1]
    page.get_by_label("Write a note").fill("<b>looked</b> at it")
    page.get_by_role("button", name="Keep note").click()
    expect(page.locator(".notes li").first).to_contain_text("<b>looked</b> at it")
    expect(page.locator(".notes li").first).to_contain_text("dr.chen")
    page.get_by_role("link", name="Cancel").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("status")).to_have_text("It was cancelled.")
    assert stand.item(ident).ended


def test_pictures_are_masked_ones_of_the_item_itself(visit: Visit, stand: Stand) -> None:
    page = visit("/queue?state=done&order=changed")
    page.locator("tbody a.mono").first.click()
    page.wait_for_selector("#item figure img")
    expect(page.locator("#item")).to_contain_text("report draft is kept sealed")
    image = page.locator("#item figure img").first
    image.scroll_into_view_if_needed()
    page.wait_for_function("image => image.complete && image.naturalWidth > 300", arg=image.element_handle())
    source = str(image.get_attribute("src"))
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    with httpx.Client(base_url=stand.url, cookies=cookies, headers={"accept": "text/html"}, timeout=60) as client:
        assert client.get(source).headers["content-type"] == "image/jpeg"
        item, blob = source.split("/")[2], source.split("/")[4]
        last = list(records(stand.home / "audit"))[-1].event
        assert (last["kind"], last["item"], last["person"]) == ("evidence", item, "dr.chen")
        run = stand.ask(lambda: stand.desk.board.run(item))
        (sealed,) = [kept.blob for step in run.steps for kept in step.evidence if not kept.masked]
        assert client.get(f"/items/{item}/pictures/{sealed}").status_code == 404
        other = next(one.id for one in stand.ask(lambda: stand.desk.board.page(states=("new",))).items)
        assert client.get(f"/items/{other}/pictures/{blob}").status_code == 404
        old = stand.ask(lambda: stand.desk.board.page(states=("done",), order="oldest")).items[0]
        assert "no longer kept" in client.get(f"/items/{old.id}").text, "it ended, and its steps went with their time"
    assert httpx.get(stand.url + source, timeout=60).status_code == 401


def test_the_line_is_stopped_on_any_page_and_goes_on(visit: Visit, stand: Stand) -> None:
    page = visit("/drift")
    page.get_by_role("link", name="Stop the line").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Stop it now").click()
    assert stand.ask(lambda: stand.desk.switches.scopes()) == set(), "a reason is asked for first"
    dialog.get_by_label("What").select_option(f"bot:{BOTS[0]}")
    dialog.get_by_label("Why").fill("drafts look wrong")
    dialog.get_by_role("button", name="Stop it now").click()
    banner = page.locator("#stops")
    expect(banner).to_contain_text(f"STOPPED: bot {BOTS[0]}")
    expect(banner).to_contain_text("by dr.chen – drafts look wrong")
    (stopped,) = stand.ask(lambda: stand.desk.switches.list())
    assert (stopped.who, stopped.why) == ("dr.chen", "drafts look wrong")
    page.goto(stand.url + "/bots")
    expect(page.locator("tr", has_text=BOTS[0]).first).to_contain_text("stopped")
    expect(banner).to_contain_text("STOPPED")
    banner.get_by_role("link", name="Go on again").click()
    dialog.get_by_role("button", name="Go on").click()
    expect(banner).not_to_contain_text("STOPPED")
    assert stand.ask(lambda: stand.desk.switches.scopes()) == set()


def test_a_bot_rests_and_works_again(visit: Visit, stand: Stand) -> None:
    page = visit("/bots")
    page.get_by_role("link", name=f"Disable {BOTS[2]}").click()
    page.get_by_role("dialog").get_by_label("why").fill("films of room 3 are missing")
    page.get_by_role("dialog").get_by_role("button", name="Disable").click()
    expect(page.locator("#bots")).to_contain_text("films of room 3 are missing")
    assert not stand.ask(lambda: stand.desk.bots.get(BOTS[2])).enabled
    page.get_by_role("link", name=f"Enable {BOTS[2]}").click()
    page.get_by_role("dialog").get_by_role("button", name="Enable").click()
    expect(page.get_by_role("status")).to_contain_text("may work")
    assert stand.ask(lambda: stand.desk.bots.get(BOTS[2])).enabled


def test_a_viewer_looks_and_does_nothing(visit: Visit, stand: Stand) -> None:
    page = visit("/queue", role="viewer")
    expect(page.get_by_role("link", name="Stop the line")).to_have_count(0)
    expect(page.get_by_role("checkbox")).to_have_count(0)
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    token = page.locator("input[name=csrf]").first.get_attribute("value")
    headers = {"origin": stand.url, "accept": "text/html"}
    with httpx.Client(base_url=stand.url, cookies=cookies, headers=headers, timeout=60) as client:
        for path in ("/stop", "/go-on", "/queue/do", "/queue/confirm", f"/bots/{BOTS[0]}"):
            answer = client.post(path, data={"csrf": token, "scope": "all", "why": "x", "do": "cancel"})
            assert answer.status_code == 403, path
    assert stand.ask(lambda: stand.desk.switches.scopes()) == set()


def test_what_changes_comes_by_itself_and_what_is_there_stays(visit: Visit, stand: Stand) -> None:
    page = visit("/queue?order=newest")
    phone = visit(width=390)
    row = page.locator("#queue tbody tr").first
    ident = str(row.get_attribute("data-key"))
    page.evaluate("document.querySelector('#queue tbody tr').kept = true")
    pick = page.get_by_role("checkbox", name=PICK).nth(1)
    pick.check()
    stand.ask(lambda: stand.items.close(ident, "application_exception", "needs_person", "DriverLost", "gone."))
    expect(row).to_contain_text("DriverLost")
    assert page.evaluate("document.querySelector('#queue tbody tr').kept"), "the row was changed, not exchanged"
    expect(pick).to_be_checked()
    expect(page.locator("[data-picked]")).to_have_text("1")
    pick.uncheck()
    stand.ask(lambda: stand.desk.switches.stop("all", "it.meyer", "fire"))
    for one in (page, phone):
        expect(one.locator("#stops strong")).to_have_text("STOPPED: everything")
    stand.ask(lambda: stand.desk.switches.go_on("all", "it.meyer"))
    for one in (page, phone):
        expect(one.locator("#stops strong")).to_have_count(0)
    expect(page.get_by_role("button", name="Send back")).to_be_disabled()


def test_somebody_says_that_it_was_wrong(visit: Visit, stand: Stand) -> None:
    """It stops nothing by itself; the switch and the bundle stand beside it."""
    item = stand.ask(lambda: stand.desk.board.page(bot=BOTS[0], outcome="typed", limit=1)).items[0].id
    page = visit(f"/items/{item}")
    page.get_by_role("link", name="This was wrong", exact=True).click()
    page.get_by_label("What was wrong", exact=True).fill("left and right confused")
    page.get_by_role("button", name="Say so").click()
    page.wait_for_selector("#incident")
    expect(page.locator("#incident")).to_contain_text("left and right confused")
    assert stand.ask(stand.desk.switches.scopes) == set()
    with page.expect_download() as waited:
        page.get_by_role("button", name="Download the bundle").click()
    signer = Signer(stand.key)
    found = check_bundle(Path(waited.value.path()), Keys({signer.key_id: signer.public}))
    assert (found.item, found.evidence, found.intact) == (item, "masked", True), found
    page.goto(stand.url + "/incidents")
    expect(page.get_by_role("link", name="Incidents 1 open incidents")).to_be_visible()
    with page.expect_download() as again:
        page.get_by_role("button", name="Bundle").click()
    assert check_bundle(Path(again.value.path()), Keys({signer.key_id: signer.public})).intact
    page.locator("#incidents tbody a").first.click()
    page.get_by_role("link", name=f"Stop bot {BOTS[0]}").click()
    expect(page.locator("#scope")).to_have_value(f"bot:{BOTS[0]}")
    page.goto(f"{stand.url}/items/{item}")
    page.get_by_role("link", name="dr.chen said that this was wrong.").click()
    page.get_by_label("What was done about it").fill("map corrected")
    page.get_by_role("button", name="Close it").click()
    page.wait_for_selector("#item")
    expect(page.locator("#item")).to_contain_text("closed by dr.chen")
    page.get_by_role("link", name=re.compile("^Incidents")).click()
    expect(page.locator("#incidents")).to_contain_text("Nothing is said to be wrong")
    page.get_by_role("link", name=re.compile("^All")).click()
    expect(page.locator("#incidents tbody tr")).to_contain_text(["left and right confused"])
    expect(page.locator("#incidents")).to_contain_text("closed by dr.chen")
    looker = visit(f"/items/{item}", role="viewer")
    expect(looker.get_by_role("link", name="This was wrong", exact=True)).to_have_count(0)
    looker.goto(stand.url + "/incidents?closed=1")
    expect(looker.locator("#incidents tbody tr")).to_have_count(1)
    expect(looker.get_by_role("button", name="Bundle")).to_have_count(0)
