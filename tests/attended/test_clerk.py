"""A clerk at a workstation: comes in, starts, confirms, watches, takes over; and who may not."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import axe_core_python
import httpx
import pyotp
import pytest
from playwright.sync_api import Browser, Page

from robot_library.engine.desk import Desk
from robot_library.engine.line.at_screen import STOP_KEY
from robot_library.engine.people.handovers import Handovers
from robot_library.incidents.check import check_bundle
from robot_library.model.by_hand import HandWork
from robot_library.people.book import Book
from tests.attended.conftest import Visit, asks_for_the_patient
from tests.review.stand import BOT, Stand
from tests.web.fitting import misfits

AXE = (Path(axe_core_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
_TAGS = '["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]'
_RULES = f'{{runOnly: {{type: "tag", values: {_TAGS}}}, resultTypes: ["violations"]}}'
GOOD = "correct horse battery"


def findings(page: Page) -> list[tuple[str, Any]]:
    """What axe finds on the page that keeps somebody from using it."""
    page.evaluate(AXE)
    violations = page.evaluate(f"async () => (await axe.run(document, {_RULES})).violations")
    return [(one["id"], [node["target"] for node in one["nodes"]][:3]) for one in violations
            if one["impact"] in ("serious", "critical")]  # fmt: skip


def state(stand: Stand, item: str) -> tuple[str, str]:
    found = stand.ask(lambda desk: desk.board.item(item))
    return found.state, found.code


def test_without_a_session_every_address_is_closed_and_the_one_time_address_opens_once(stand: Stand) -> None:
    with httpx.Client(base_url=stand.url, follow_redirects=True, timeout=60) as client:
        for path in ("/", "/orders", "/start/chest-xray-preread", "/orders/x/pictures/y", "/review", "/events", "/no"):
            assert client.get(path).status_code == 401, path
        here = {"origin": stand.url}
        for path in ("/start/chest-xray-preread", "/orders/x/take", "/orders/x/patient", "/language"):
            assert client.post(path, data={}, headers=here).status_code == 401, path
        assert client.post("/sign-in", data={"name": "a", "password": "b"}).status_code == 403, "from no page of ours"
        link = stand.link("clerk local", "ana")
        assert client.get(link, headers={"sec-purpose": "prefetch"}).status_code == 200
        assert client.get("/").status_code == 401, "looking ahead uses nothing up"
        assert client.get(link).url.path == "/"
        assert client.get("/").status_code == 200
        for path in ("/orders/x/take", "/start/chest-xray-preread", "/start/chest-xray-preread/films"):
            assert client.post(path, data={"csrf": "guessed"}, headers=here).status_code == 403, path
    with httpx.Client(base_url=stand.url, timeout=60) as other:
        assert other.get(link).status_code == 401


def test_each_role_reaches_its_own_pages_and_no_others(stand: Stand) -> None:
    item = asks_for_the_patient(stand, "REQ900001")
    allowed = {"clerk": {"/", "/orders", "/start/chest-xray-preread"}, "reviewer": {"/", "/orders", "/review",
               "/start/chest-xray-preread"}, "author": {"/", "/orders"}, "admin": {"/"}}  # fmt: skip
    for role, pages in allowed.items():
        with httpx.Client(base_url=stand.url, follow_redirects=True, timeout=60) as client:
            client.get(stand.link(f"{role} local", f"one.{role}"))
            for path in ("/", "/orders", "/start/chest-xray-preread"):
                assert (client.get(path).status_code == 200) == (path in pages), (role, path)
            shown = client.get(f"/orders/{item}").text
            assert "Brandt" not in shown, "only whoever started it is asked, and sees whom"
            assert ("REQ900001" in shown) == (role in ("clerk", "reviewer")), role


def test_somebody_who_was_added_chooses_a_password_comes_in_and_hands_over_a_blank_screen(
    browser: Browser, stand: Stand
) -> None:
    token = Book(stand.home, stand.sealer).add("ana.garcia", ["clerk"])
    context = browser.new_context(reduced_motion="reduce", locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{stand.url}/welcome/{token}")
    assert not findings(page)
    page.get_by_label("New password").fill("short but ok")
    page.get_by_label("The same once more").fill("something else")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    page.get_by_label("New password").fill(GOOD)
    page.get_by_label("The same once more").fill(GOOD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#start")
    page.goto(f"{stand.url}/start/chest-xray-preread")
    page.get_by_label("Order number").fill("REQ123456")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Change user").click()
    page.get_by_label("Password").wait_for()
    page.go_back()
    page.wait_for_load_state()
    page.get_by_label("Password").wait_for()
    assert "REQ123456" not in page.content(), "what the one before had on the screen is gone"
    page.goto(stand.url)
    assert not findings(page)
    page.get_by_label("Name").fill("ana.garcia")
    page.get_by_label("Password").fill("guessed wrongly!")
    page.keyboard.press("Enter")
    page.get_by_text("Name or password is not right").wait_for()
    page.get_by_label("Password").fill(GOOD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#start")
    page.goto(f"{stand.url}/me")
    assert not findings(page)
    key = "".join(page.locator(".seed").inner_text().split())
    page.get_by_label("The code it shows now").fill(pyotp.TOTP(key).now())
    page.locator("#now-2").fill(GOOD)
    page.get_by_role("button", name="Ask for a code from now on").click()
    page.get_by_text("From now on a code is asked for").wait_for()
    page.get_by_role("button", name="Change user").click()
    page.get_by_label("Name").fill("ana.garcia")
    page.get_by_label("Password").fill(GOOD)
    page.keyboard.press("Enter")
    page.get_by_label("Code of your authenticator").fill(pyotp.TOTP(key).now())
    page.keyboard.press("Enter")
    page.wait_for_selector("#start")
    context.close()
    told = [(one["what"], one.get("outcome")) for one in stand.told() if one.get("person") == "ana.garcia"]
    signed_in = [("person", "ok"), ("person", "failed"), ("person", "ok")]
    assert told == [*signed_in, ("second factor on", "ok"), ("person", "ok")]


def press(page: Page, key: str) -> None:
    """A key, once the page's script hears it."""
    page.wait_for_load_state()
    page.keyboard.press(key)


def test_by_keyboard_alone_from_the_tile_to_the_order(visit: Visit, stand: Stand) -> None:
    page = visit("/")
    press(page, "1")
    page.wait_for_selector("#in-order:focus")
    page.wait_for_load_state()
    page.keyboard.type("banana")
    page.keyboard.press("Enter")
    page.wait_for_selector("#wrong")
    assert "It looks like REQ0001" in page.locator("#wrong").inner_text()
    page.keyboard.press("Control+a")
    page.keyboard.type("REQ900002")  # a scanner is a keyboard that ends with Enter
    page.keyboard.press("Enter")
    page.wait_for_selector("#watch")
    item = page.url.rsplit("/", 1)[1]
    assert stand.ask(lambda desk: desk.starts.by(item)) == "ana"
    press(page, "p")
    page.get_by_text("Paused by ana").wait_for()
    press(page, "c")
    page.get_by_text("The bot goes on").wait_for()
    # Once more: one order, one item, whoever starts it.
    page.goto(f"{stand.url}/start/chest-xray-preread")
    page.wait_for_selector("#in-order:focus")
    page.keyboard.type("REQ900002")
    page.keyboard.press("Enter")
    page.get_by_text("known already").wait_for()
    assert page.url.endswith(item)
    press(page, "i")
    page.get_by_text("It is yours").wait_for()
    assert state(stand, item) == ("business_exception", "ItemTaken")


def test_the_patient_is_confirmed_by_whoever_started_it_and_by_no_scanner(visit: Visit, stand: Stand) -> None:
    item = asks_for_the_patient(stand, "REQ900003")
    page = visit(f"/orders/{item}")
    card = page.locator(".whose").inner_text()
    assert re.search(r"Brandt, Thị Mai.*5 Apr 2023.*00891328.*REQ900003", card, re.S)
    assert not findings(page)
    page.keyboard.type("REQ900004")
    page.keyboard.press("Enter")
    assert state(stand, item)[0] == "waiting_for_person"
    other = visit(f"/orders/{item}", who="ben")
    assert other.locator(".whose").count() == 0
    token = json.loads(other.locator("body").get_attribute("hx-headers") or "")["X-CSRF"]
    answer = other.request.post(
        f"{stand.url}/orders/{item}/patient", form={"csrf": token, "is": "yes"}, headers={"origin": stand.url}
    )
    assert answer.status == 409
    assert state(stand, item)[0] == "waiting_for_person"
    page.get_by_role("button", name="Yes, this is the patient").click()
    page.get_by_text("The bot goes on").wait_for()
    assert state(stand, item)[0] == "in_progress"
    shown = [one for one in stand.told() if one.get("item") == item and one.get("what") == "patient"]
    assert {one["person"] for one in shown} == {"ana"}


def test_a_yes_is_to_the_patient_that_the_page_showed(visit: Visit, stand: Stand) -> None:
    """Her page is an old one: nobody answered, the order was sent back, and the EHR has another patient for it now."""
    item = asks_for_the_patient(stand, "REQ900031")
    page = visit(f"/orders/{item}")
    page.get_by_role("button", name="Yes, this is the patient").wait_for()
    page.context.set_offline(True)  # nothing new comes to it

    async def sent_back(desk: Desk) -> None:
        view = await desk.items.get(item)
        assert view.request is not None
        assert await desk.items.expire(item, view.request, "NoAnswer", "nobody answered")
        await desk.send_back(item, "miller")

    stand.ask(sent_back)
    asks_for_the_patient(stand, "REQ900031", again=item, number="00777777")
    token, about = (page.locator(f".whose input[name={name}]").get_attribute("value") for name in ("csrf", "about"))
    page.context.set_offline(False)
    old = {"csrf": token or "", "about": about or "", "is": "yes"}
    answer = page.request.post(f"{stand.url}/orders/{item}/patient", form=old, headers={"origin": stand.url})
    assert "another patient now" in answer.text()
    assert state(stand, item)[0] == "waiting_for_person"
    page.goto(f"{stand.url}/orders/{item}")
    assert "00777777" in page.locator(".whose").inner_text()
    page.get_by_role("button", name="Yes, this is the patient").click()
    page.get_by_text("The bot goes on").wait_for()
    assert state(stand, item)[0] == "in_progress"


def test_what_was_copied_fills_the_field_it_fits(visit: Visit) -> None:
    page = visit("/start/chest-xray-preread")
    page.get_by_label("Order number").focus()
    page.evaluate("""() => {
        const data = new DataTransfer();
        data.setData("text", "Brandt, Thi Mai\\nOrder: REQ900005 (urgent)\\n05.04.2023");
        const how = {clipboardData: data, bubbles: true, cancelable: true};
        document.activeElement.dispatchEvent(new ClipboardEvent("paste", how));
    }""")
    assert page.get_by_label("Order number").input_value() == "REQ900005"


@pytest.mark.parametrize(("width", "scheme", "language"), [(1280, "light", "en"), (390, "dark", "es")])
def test_pages_can_be_used_by_everybody(
    visit: Visit, stand: Stand, width: int, scheme: str, language: str, tmp_path: Path
) -> None:
    item = asks_for_the_patient(stand, f"REQ9001{width}")
    page = visit("/", width=width, color_scheme=scheme, locale=language)
    assert page.locator("html").get_attribute("lang") == language
    for path in ("/", "/start/chest-xray-preread", "/orders", f"/orders/{item}", "/keys"):
        page.goto(stand.url + path)
        assert not findings(page), path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert misfits(page) == [], path
    other = {"en": "es", "es": "en"}[language]
    page.goto(stand.url)
    if width < 760:
        page.locator("[data-menu]").click()
    page.locator("#language").select_option(other)
    page.wait_for_selector(f"html[lang={other}]")


def test_a_step_is_asked_for_told_in_plain_words_done_and_given_back(visit: Visit, stand: Stand) -> None:
    made = stand.ask(lambda desk: desk.add(BOT, {"order": "REQ900021"}, "REQ900021", started_by="ana"))
    assert made is not None
    item, work = made.id, HandWork(what="type", screen="ehr.result", texts={"report": "Normal chest.\nNo effusion."})
    lend = partial(Handovers.lend, item=item, path="16.steps.2", work=work, until=time.time() + 600)

    def wish() -> str:
        return stand.ask(lambda desk: desk.handovers.state(item))

    page = visit(f"/orders/{item}")
    press(page, "h")
    page.get_by_text("ana does the next step").wait_for()
    stand.ask(lambda desk: lend(desk.handovers))
    page.get_by_text("Your turn, ana").wait_for()  # the page renews itself
    assert "on the screen “result”, type exactly this. Do not save yet." in page.locator("#hand").inner_text()
    assert page.locator("#hand textarea").input_value() == "Normal chest.\nNo effusion."
    assert not findings(page)
    other = visit(f"/orders/{item}", who="ben")
    assert "Normal chest" not in other.content()
    token = json.loads(other.locator("body").get_attribute("hx-headers") or "")["X-CSRF"]
    other.request.post(f"{stand.url}/orders/{item}/hand/done", form={"csrf": token}, headers={"origin": stand.url})
    assert wish() == "lent", "nobody says for another that it is done"
    assert visit(f"/orders/{item}", role="operator local").locator("[data-keys=b]").count() == 0
    press(page, "d")
    page.locator("#hand[data-state=done]").wait_for()
    stand.ask(lambda desk: lend(desk.handovers, saw="report holds 5 characters."))
    page.get_by_text("Not yet: report holds 5 characters.").wait_for()
    press(page, "b")
    page.locator("#hand[data-state=back]").wait_for()
    assert wish() == "back"
    shown = [one["person"] for one in stand.told() if one.get("item") == item and one["what"] == "texts of a step"]
    assert set(shown) == {"ana"}


def test_a_bot_stopped_at_its_screen_is_let_go_on_from_the_page(visit: Visit, stand: Stand) -> None:
    made = stand.ask(lambda desk: desk.add(BOT, {"order": "REQ900022"}, "REQ900022", started_by="ana"))
    assert made is not None
    stop = stand.ask(lambda desk: desk.switches.stop(f"bot:{BOT}", "somebody at desk-7", "stop key", code=STOP_KEY))
    assert stop
    page = visit(f"/orders/{made.id}")
    page.get_by_text("Somebody has pressed the stop key.").wait_for()
    press(page, "c")
    page.get_by_text("The bot goes on").wait_for()
    assert not stand.ask(lambda desk: desk.switches.list())


def test_whoever_watches_may_say_that_it_was_wrong_and_stop_the_bot_then(stand: Stand, tmp_path: Path) -> None:
    made = stand.ask(lambda desk: desk.add(BOT, {"order": "REQ900033"}, "REQ900033", started_by="ana"))
    assert made is not None

    @contextmanager
    def came_in(role: str) -> Iterator[tuple[httpx.Client, str]]:
        own = {"origin": stand.url}
        with httpx.Client(base_url=stand.url, follow_redirects=True, timeout=60, headers=own) as client:
            page = client.get(stand.link(f"{role} local", f"one.{role}"))
            found = re.search(r'name="csrf" value="([^"]+)"', page.text)
            assert found is not None
            yield client, found[1]

    at = f"/orders/{made.id}"
    with came_in("admin") as (client, csrf):
        assert client.post(f"{at}/wrong", data={"csrf": csrf, "why": "no"}).status_code == 403
    with came_in("author") as (client, csrf):
        assert client.post(f"{at}/wrong", data={"why": "no token"}).status_code == 403
        assert client.post(f"{at}/stop", data={"csrf": csrf}).status_code == 200
        assert not stand.ask(lambda desk: desk.switches.list()), "nobody has said yet that anything was wrong"
        shown = client.post(f"{at}/wrong", data={"csrf": csrf, "why": "left <b>and</b> right"}).text
        assert "left &lt;b&gt;and&lt;/b&gt; right" in shown
        assert not stand.ask(lambda desk: desk.switches.list())
        file = tmp_path / "incident.zip"
        file.write_bytes(client.post(f"{at}/bundle", data={"csrf": csrf}).content)
        found = check_bundle(file, None)
        assert (found.item, found.evidence, found.problems) == (made.id, "masked", ())
        assert b"REQ900033" not in file.read_bytes()
        assert "The bot is stopped" in client.post(f"{at}/stop", data={"csrf": csrf}).text
    (stop,) = stand.ask(lambda desk: desk.switches.list())
    assert (stop.scope, stop.who) == (f"bot:{BOT}", "one.author")
    stand.ask(lambda desk: desk.switches.go_on(stop.scope, "ops", "looked"))


def test_what_somebody_types_or_is_about_to_press_stays_what_it_is_while_the_order_goes_on(
    visit: Visit, stand: Stand
) -> None:
    made = stand.ask(lambda desk: desk.add(BOT, {"order": "REQ900061"}, "REQ900061", started_by="ana"))
    assert made is not None
    page = visit(f"/orders/{made.id}")
    page.locator("#watch > p.note").wait_for()  # "it waits its turn", a line that goes away
    page.get_by_label("What was wrong").type("the f")
    stand.ask(lambda desk: desk.items.begin(made.id, "w" * 64, "v"))
    page.locator("#watch > p.note").wait_for(state="detached")
    page.keyboard.type("pix")  # i, p and x are keys of this page
    assert page.get_by_label("What was wrong").input_value() == "the fpix"
    page.evaluate("window.aimedAt = document.querySelector('[data-keys=h]')")
    stand.ask(lambda desk: desk.pause(made.id, "ben"))
    page.locator("[data-keys=c]").wait_for()
    assert page.evaluate("aimedAt.dataset.keys") == "h", "what somebody aims at does not become what takes the order"
    assert state(stand, made.id) == ("in_progress", "")
