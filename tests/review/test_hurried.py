"""A hurried reader, a tired one, and a server that is away.

Nothing is answered that nobody has looked at, nothing old goes on being shown as the present, and what somebody
types in stays where they type it.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from tests.review.conftest import Ask, Visit, take
from tests.review.stand import Stand, number_of
from tests.review.test_reviewing import answer_to, typed_at
from tests.review.test_signing import Finished, begin, press

_CAME = "item => document.getElementById('review').dataset.drawn === item"


def two(page: Page, ask: Ask) -> tuple[str, str]:
    """At one question, with the next one fetched; both would be accepted as they are."""
    first, second = ask(decision="positive", priority=1), ask(decision="positive", priority=1)
    take(page, first)
    page.wait_for_function("item => document.body.dataset.ahead === item", arg=second)
    return first, second


def finish(stand: Stand, item: str) -> None:
    stand.ask(lambda desk: desk.cancel(item, "Dr. Chen", "test"))


@pytest.mark.parametrize("how", ["mouse", "keys", "key held"])
def test_one_press_answers_one_question(visit: Visit, stand: Stand, ask: Ask, how: str) -> None:
    page = visit()
    first, second = two(page, ask)
    if how == "mouse":
        box = page.locator("[data-act=accept]").bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + 20, box["y"] + box["height"] / 2)
        page.mouse.down()
        page.mouse.up()
        page.wait_for_function(_CAME, arg=second)
        page.mouse.down(click_count=2)
        page.mouse.up(click_count=2)
    else:
        page.keyboard.down("Control")
        page.keyboard.down("Enter")
        if how == "keys":
            page.keyboard.up("Enter")
        page.wait_for_function(_CAME, arg=second)
        if how == "key held":
            page.wait_for_timeout(700)
        page.keyboard.down("Enter")
        page.keyboard.up("Enter")
        page.keyboard.up("Control")
    page.wait_for_timeout(700)
    assert answer_to(stand, first) is not None
    assert answer_to(stand, second) is None, "nobody has looked at the second"
    expect(page.locator("#review")).to_have_attribute("data-item", second)
    page.keyboard.press("Control+Enter")  # meant, by now
    page.wait_for_function("item => !location.pathname.endsWith(item)", arg=second)
    assert answer_to(stand, second) is not None


def test_a_question_that_was_asked_anew_is_not_answered_by_its_old_page(visit: Visit, stand: Stand, ask: Ask) -> None:
    page = visit()
    first, second = two(page, ask)
    stand.again(second, 77)
    page.keyboard.press("Control+Enter")
    page.wait_for_function(_CAME, arg=second)
    assert answer_to(stand, first) is not None
    assert number_of(77) in page.locator(".who").inner_text(), "the film and the person of the question that is asked"
    finish(stand, second)


def test_a_link_within_the_page_leaves_the_page_as_it_is(visit: Visit, stand: Stand, ask: Ask) -> None:
    item = ask()
    page = visit()
    take(page, item)
    page.keyboard.press("i")
    page.get_by_role("link", name="More about the model").click()
    page.wait_for_timeout(500)
    expect(page.locator("[data-view=invert]")).to_have_attribute("aria-pressed", "true")
    finish(stand, item)


def test_a_film_that_did_not_come_is_asked_for_again(visit: Visit, stand: Stand, ask: Ask) -> None:
    item = ask(beside=True)
    page = visit()
    page.route("**/images/2", lambda route: route.abort())
    take(page, item)
    drawn = page.locator("[data-film]")
    drawn.press("PageDown")
    expect(page.locator("[data-refused]")).to_have_text("The server does not answer.")
    page.unroute("**/images/2")
    drawn.press("PageUp")
    drawn.press("PageDown")
    expect(drawn).to_have_attribute("data-image", "2")
    expect(page.locator("[data-refused]")).to_be_hidden()
    finish(stand, item)


def test_an_answer_that_did_not_arrive_is_not_said_to_be_sent_again(visit: Visit, stand: Stand, ask: Ask) -> None:
    item = ask(decision="positive")
    page = visit()
    take(page, item)
    page.route("**/answer", lambda route: route.abort())
    page.keyboard.press("Control+Enter")
    state = page.locator("[data-save-state]")
    expect(state).to_contain_text("Not answered")
    expect(state).to_contain_text("press again")
    assert answer_to(stand, item) is None
    page.unroute("**/answer")
    page.keyboard.press("Control+Enter")
    page.wait_for_function("item => !location.pathname.endsWith(item)", arg=item)
    assert answer_to(stand, item) is not None


def test_what_a_server_between_could_not_take_is_sent_again(visit: Visit, stand: Stand, ask: Ask) -> None:
    item = ask()
    page = visit()
    take(page, item)
    tried = []

    def away(route: Route) -> None:
        tried.append(route)
        if len(tried) == 1:
            route.fulfill(status=502, content_type="text/html", body="<p>Bad Gateway</p>")
        else:
            route.continue_()

    page.route("**/save", away)
    page.get_by_label("Impression").fill("Written while the server restarted.")
    expect(page.locator("[data-save-state]")).to_have_text("Saved")
    assert typed_at(stand, item).edits == {"impression": "Written while the server restarted."}
    finish(stand, item)


def test_a_page_that_is_no_longer_renewed_says_so(visit: Visit, stand: Stand) -> None:
    pages = [visit(), visit()]
    pages[1].locator("#language").select_option("es")
    pages[1].wait_for_selector("html[lang=es]")
    for page, words in zip(pages, ("Not up to date", "No está al día"), strict=True):
        expect(page.locator("#stale")).to_be_hidden()
        expect(page.locator("#stale")).to_contain_text(words)
    stand.down()
    for page in pages:
        expect(page.locator("#stale")).to_be_visible()
    stand.up()
    for page in pages:
        expect(page.locator("#stale")).to_be_hidden()


def test_a_line_on_which_nothing_ever_comes_is_asked_for_anew(visit: Visit) -> None:
    asked: list[Route] = []
    page = visit()
    page.clock.install()
    page.route("**/events*", lambda route: asked.append(route))
    page.reload()
    page.wait_for_function("() => document.querySelector('#stale').hidden")
    for _ in range(3):
        page.clock.fast_forward(30_000)
    expect(page.locator("#stale")).to_be_visible()
    assert len(asked) > 1
    page.unroute_all()
    page.clock.fast_forward(60_000)
    expect(page.locator("#stale")).to_be_hidden()


def test_what_is_being_typed_about_a_critical_result_stays_while_the_list_changes(
    visit: Visit, stand: Stand, ask: Ask, finished: Finished
) -> None:
    page = visit()
    begin(page, finished())
    page.get_by_label("What was found").fill("tension pneumothorax")
    press(page, "Somebody must hear of this at once")
    page.goto(f"{stand.url}/reports")
    page.locator("li.alert summary").first.click()
    whom = page.get_by_label("Who was told").first
    whom.type("Dr Ward ")
    page.wait_for_timeout(2500)
    with page.expect_response(lambda answer: "x-live" in answer.request.headers and answer.url.endswith("/reports")):
        item = ask()
    page.wait_for_timeout(500)
    expect(whom).to_be_visible()
    page.keyboard.type("7")
    expect(whom).to_have_value("Dr Ward 7")
    finish(stand, item)


@pytest.mark.parametrize(
    ("language", "says"), [("en", "does not wait for an answer any more"), ("es", "ya no espera respuesta")]
)
def test_going_back_to_what_was_answered_says_so_in_the_readers_language(
    visit: Visit, stand: Stand, ask: Ask, language: str, says: str
) -> None:
    item = ask(decision="positive")
    page = visit()
    page.locator("#language").select_option(language)
    page.wait_for_selector(f"html[lang={language}]")
    take(page, item)
    page.keyboard.press("Control+Enter")
    page.wait_for_function("item => !location.pathname.endsWith(item)", arg=item)
    assert answer_to(stand, item) is not None
    page.goto(f"{stand.url}/review/{item}")
    expect(page.locator("main")).to_contain_text(says)
