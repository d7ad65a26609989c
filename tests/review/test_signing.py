"""Sign-off in a real browser: begun from what a bot left, reviewed, released, corrected, added to, taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest
from playwright.sync_api import Page, expect

from robot_library.model.release import ReportVersion
from tests.dashboard.test_pages import findings
from tests.review.conftest import Visit
from tests.review.stand import Stand
from tests.web.fitting import misfits

Finished = Callable[[], str]


def versions(stand: Stand, item: str) -> list[ReportVersion]:
    return stand.ask(lambda desk: desk.releases.of(item))


def begin(page: Page, item: str) -> str:
    """Its first draft; the version's id."""
    page.goto(page.url.split("/re")[0] + "/reports")
    page.locator(f"li[data-key='{item}']").get_by_role("button", name="Begin").click()
    page.wait_for_url("**/reports/*")
    return page.url.rsplit("/", 1)[1]


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_a_report_goes_from_draft_to_release_and_is_corrected_and_added_to(
    visit: Visit, stand: Stand, finished: Finished
) -> None:
    item = finished()
    page = visit()
    begin(page, item)
    impression = page.get_by_label("Impression", exact=True)
    expect(impression).to_have_value("Suspected pneumonia. Please read with priority.")
    impression.fill("Pneumonia of the right lower lobe.")
    press(page, "Reviewed as it stands here")
    expect(page.get_by_role("status").first).to_contain_text("not released yet")
    impression.fill("Nothing.")
    press(page, "Release")
    expect(page.locator("#main")).to_contain_text("changed after it was reviewed")
    assert [one.status for one in versions(stand, item)] == ["reviewed"]
    page.go_back()
    page.reload()
    press(page, "Release")
    expect(page.get_by_role("status").first).to_contain_text("never changes again")
    expect(impression).not_to_be_editable()
    (first,) = versions(stand, item)
    assert first.status == "released"
    assert first.released is not None
    assert first.released.who == "Dr. Chen"
    assert "Pneumonia of the right lower lobe." in first.content.text

    page.get_by_label("Why it is corrected").fill("Side was wrong")
    press(page, "Correct")
    impression.fill("Pneumonia of the left lower lobe.")
    press(page, "Reviewed as it stands here")
    press(page, "Release")
    expect(page.get_by_role("status").first).to_contain_text("never changes again")
    page.get_by_label("Addendum").fill("Compared with the film of May.")
    press(page, "Add")
    expect(impression).not_to_be_editable()
    press(page, "Reviewed as it stands here")
    press(page, "Release")
    expect(page.get_by_role("status").first).to_contain_text("never changes again")
    found = [(one.relation, one.status, one.why) for one in versions(stand, item)]
    assert found == [
        ("first", "released", ""), ("correction", "released", "Side was wrong"), ("addendum", "released", ""),
    ]  # fmt: skip
    page.get_by_text("Take back as entered in error").click()
    press(page, "Take back from everybody")  # nothing: no reason, no tick
    page.get_by_label("Why it must not be used").fill("Is Anna Other's")
    page.get_by_label("must not be used", exact=False).last.check()
    press(page, "Take back from everybody")
    expect(page.locator("#main")).to_contain_text("Entered in error. Do not use.")
    assert findings(page) == []
    last = versions(stand, item)[-1]
    assert (last.relation, last.status, last.why) == ("retraction", "entered_in_error", "Is Anna Other's")
    told = [one["what"] for one in stand.told() if one.get("item") == item]
    assert "retract released report (entered in error)" in told
    clerk = visit("/reports", role="clerk", who="Ms Clerk")
    clerk.locator(f"li[data-key='{last.id}'] a").click()
    clerk.get_by_label("What was done in the record").fill("Marked in the EHR")
    press(clerk, "It is done")
    expect(clerk.locator("#main")).to_contain_text("Ms Clerk")
    clerk.goto(f"{stand.url}/orders/{item}")
    expect(clerk.locator("#main")).to_contain_text("Entered in error. Do not use.")
    clerk.goto(f"{stand.url}/reports/{last.replaces}")
    expect(clerk.locator("#main")).to_contain_text("Entered in error. Do not use.")


def test_what_a_correction_says_in_words_it_says_in_code(visit: Visit, stand: Stand, finished: Finished) -> None:
    """Text that says "no pneumonia" and a code that says "present" would go out in one report."""
    item = finished()
    page = visit()
    begin(page, item)
    press(page, "Reviewed as it stands here")
    press(page, "Release")
    coded = page.get_by_label("pneumonia, as it goes out in code")
    expect(coded).to_be_disabled()
    page.get_by_label("Why it is corrected").fill("Overread")
    press(page, "Correct")
    expect(coded).to_have_value("positive")
    page.get_by_label("Impression", exact=True).fill("No pneumonia.")
    coded.select_option("negative")
    press(page, "Reviewed as it stands here")
    press(page, "Release")
    expect(page.get_by_role("status").first).to_contain_text("never changes again")
    first, second = versions(stand, item)
    assert [one.decision for one in first.content.findings] == ["positive"]
    assert [(one.decision, one.by, one.who) for one in second.content.findings] == [("negative", "person", "Dr. Chen")]
    clerk = visit(f"/reports/{begin(page, finished())}", role="clerk", who="Ms Clerk")
    expect(clerk.get_by_label("pneumonia, as it goes out in code")).to_be_disabled()
    ident, csrf = clerk.url.rsplit("/", 1)[1], clerk.locator("#text [name=csrf]").input_value()
    sent = {"csrf": csrf, "step": "1", "d.0": "negative"}
    answer = clerk.request.post(f"{stand.url}/reports/{ident}/save", headers={"origin": stand.url}, form=sent)
    assert answer.status == 409


def test_a_clerk_edits_the_order_and_neither_text_nor_signature(visit: Visit, stand: Stand, finished: Finished) -> None:
    item = finished()
    ident = begin(visit(), item)
    page = visit(f"/reports/{ident}", role="clerk", who="Ms Clerk")
    expect(page.get_by_label("Impression", exact=True)).not_to_be_editable()
    assert page.get_by_role("button", name="Reviewed as it stands here").count() == 0
    page.get_by_label("Procedure", exact=True).first.fill("Chest, two views")
    press(page, "Save")
    expect(page.get_by_role("status").first).to_contain_text("Saved")
    (version,) = versions(stand, item)
    assert version.content.order.procedure == "Chest, two views"
    csrf = page.locator("#text [name=csrf]").input_value()

    def post(path: str, **form: str) -> int:
        sent = {"csrf": csrf, "step": str(version.step), **form}
        return page.request.post(f"{stand.url}{path}", headers={"origin": stand.url}, form=sent).status

    for what in ("review", "release", "correct", "addendum", "withdraw", "retract"):
        assert post(f"/reports/{ident}/{what}") == 403
    assert post(f"/reports/{ident}/save", **{"s.0": "Mine."}) == 409
    assert post(f"/critical/found/{item}", what="x") == 403
    assert versions(stand, item) == [version]


def test_of_two_reviewers_the_second_reads_it_again(visit: Visit, stand: Stand, finished: Finished) -> None:
    item = finished()
    first, second = visit(), visit(who="Dr. Novak")
    ident = begin(first, item)
    second.goto(f"{stand.url}/reports/{ident}")
    first.get_by_label("Impression", exact=True).fill("First.")
    press(first, "Save")
    expect(first.get_by_role("status").first).to_contain_text("Saved")
    press(second, "Reviewed as it stands here")
    expect(second.locator("#main")).to_contain_text("changed since you read it")
    (version,) = versions(stand, item)
    assert (version.status, version.reviewed) == ("draft", None)
    first.locator("details.act summary").first.click()
    first.get_by_label("Why", exact=True).fill("wrong order")
    first.locator(".pop button").click()
    first.wait_for_url("**/reports")
    assert [one.status for one in versions(stand, item)] == ["taken_back"]


def test_a_critical_result_says_who_was_told_how_and_when_and_who_took_it_up(
    visit: Visit, stand: Stand, finished: Finished
) -> None:
    item = finished()
    page = visit()
    begin(page, item)
    page.get_by_label("What was found").fill("tension pneumothorax")
    press(page, "Somebody must hear of this at once")
    page.locator("li.alert summary").click()
    page.get_by_label("Who was told").fill("Dr Ward 7")
    page.get_by_label("read back").check()
    press(page, "Told")
    expect(page.locator("li.alert")).to_contain_text("Dr Ward 7 was told (telephone) by Dr. Chen")
    other = visit("/reports", role="clerk", who="Ms Clerk")
    expect(other.locator("#h-critical")).to_be_visible()
    assert "pneumothorax" not in other.content(), "the list names no finding"
    press(page, "Dr Ward 7 has acknowledged it")
    expect(page.locator("li.alert")).to_contain_text("acknowledged by Dr Ward 7")
    (one,) = stand.ask(lambda desk: desk.critical.of(item))
    assert one.acknowledged is not None
    assert one.by is not None
    assert (one.told, one.how, one.read_back, one.by.who) == ("Dr Ward 7", "telephone", True, "Dr. Chen")


def test_the_pages_of_reports_can_be_used_by_everybody_and_name_nobody_in_lists(
    visit: Visit, stand: Stand, finished: Finished, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = finished()
    page = visit()
    ident = begin(page, item)
    later, not_begun = begin(page, finished()), [finished(), finished()]
    monkeypatch.setattr("robot_library.attended.signing.listed._MOST", 1)
    page.goto(stand.url + "/reports")
    urgent = page.locator("section[aria-labelledby=h-draft] li", has=page.get_by_text("RULED IN"))
    shown = urgent.evaluate_all("all => all.map(one => one.dataset.key)")
    assert {ident, later} <= {*shown}, "what waits is on the page, however many reports are newer"
    for one in not_begun:
        assert page.locator(f"section[aria-labelledby=h-begin] li[data-key='{one}']").count() == 1
    assert page.locator(f"section[aria-labelledby=h-begin] li[data-key='{item}']").count() == 0, "it has a report"
    for path in (f"/reports/{ident}", "/reports"):
        page.goto(stand.url + path)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=cast("Any", scheme))
            assert findings(page) == [], (path, scheme)
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 860})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert misfits(page) == []
    assert "Anna" not in page.content()
    told = [one["what"] for one in stand.told() if one.get("item") == item]
    assert "open report" in told
    for role in ("author", "operator", "admin"):
        stranger = visit("/keys", role=role)
        assert stranger.request.get(f"{stand.url}/reports/{ident}").status == 403


def test_what_is_decided_anew_at_sign_off_goes_out_with_the_words(
    visit: Visit, stand: Stand, finished: Finished
) -> None:
    item = finished()
    page = visit()
    begin(page, item)
    page.get_by_label("pneumonia, as it goes out in code").select_option("negative")
    page.get_by_label("Impression", exact=True).fill("No\u00a0pneumonia.")
    press(page, "Reviewed as it stands here")
    press(page, "Release")
    expect(page.get_by_role("status").first).to_contain_text("never changes again")
    (version,) = versions(stand, item)
    (one,) = version.content.findings
    assert (version.status, one.decision, one.by, one.who) == ("released", "negative", "person", "Dr. Chen")
    assert one.finding is not None
    assert one.finding.decision == "uncertain", "the model's answer stays what it was"
    assert "pneumonia negative, decided by Dr. Chen at sign-off" in version.content.text
    assert "No pneumonia." in version.content.text
    long = "x\n" * 1990 + "the last words"
    page.get_by_label("Addendum").fill(long)
    press(page, "Add")
    expect(page.locator("textarea").last).to_have_value(long)
    (_, second) = versions(stand, item)
    sent = {"csrf": page.locator("#text [name=csrf]").input_value(), "step": str(second.step)}
    spanish = {"origin": stand.url, "accept-language": "es"}
    page.request.post(f"{stand.url}/reports/{second.id}/withdraw", headers=spanish, form=sent)
    sent |= {"step": str(version.step), "text": "Seen again."}
    page.request.post(f"{stand.url}/reports/{version.id}/addendum", headers=spanish, form=sent)
    last = versions(stand, item)[-1].content.sections[-1]
    assert (last.title, last.text) == ("Addendum", "Seen again."), "in the report's language, whoever adds to it"


def test_an_acknowledgement_is_of_whom_the_page_named(visit: Visit, stand: Stand, finished: Finished) -> None:
    item = finished()
    stand.ask(lambda desk: desk.critical.found(item, "air", "Dr. Chen", "reviewer"))
    (one,) = stand.ask(lambda desk: desk.critical.of(item))
    stand.ask(lambda desk: desk.critical.told(one.id, "Dr One", "telephone", "Dr. Chen", "reviewer"))
    page = visit("/reports", role="clerk", who="Ms Clerk")
    form = page.locator(f"li.alert[data-key='{one.id}'] form[action$=acknowledged]")
    expect(form).to_contain_text("Dr One has acknowledged it")
    pressed = form.evaluate("form => Object.fromEntries(new FormData(form))")
    stand.ask(lambda desk: desk.critical.told(one.id, "Dr Two", "telephone", "Dr. Chen", "reviewer"))
    place = f"{stand.url}/critical/{one.id}/acknowledged"
    assert page.request.post(place, headers={"origin": stand.url}, form=pressed).ok
    (done,) = stand.ask(lambda desk: desk.critical.of(item))
    assert done.acknowledged is not None
    assert (done.acknowledged.who, done.noted) == ("Dr One", "Ms Clerk")
    assert [each["person"] for each in stand.told() if each.get("what") == "critical result acknowledged"
            and each.get("item") == item] == ["Ms Clerk"]  # fmt: skip
