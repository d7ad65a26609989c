"""What a session remembers of how it got on: addresses and outlines in which nothing of a patient survives."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from robot_library.drivers.browser.calls import MOST, Calls, told
from robot_library.drivers.browser.outline import covered
from robot_library.drivers.shown import looked, spoken
from robot_library.model.screen import Locator, ScreenMap

MAP = ScreenMap.model_validate(
    {
        "system": "tiny",
        "screens": {
            "order": {
                "seen_by": [{"text": "Order"}],
                "reach": [{"goto": "/imaging/{order}"}],
                "targets": {
                    "mrn": {"use": "identity", "find": [{"label": "MRN:"}, {"css": ".mrn"}]},
                    "go": {
                        "use": "navigate",
                        "find": [{"role": "link", "name": "Open", "inside": {"css": "tr", "has_text": "{order}"}}],
                    },
                },
            }
        },
    }
)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://ehr:8443/imaging/REQ0042/edit?mrn=4711#x", "https://ehr:8443/imaging/•••/edit"),
        ("http://u:p@ehr/patients/Smith", "http://ehr/patients/•••"),
        ("http://ehr/patients/smith/orders", "http://ehr/patients/•••/orders"),
        ("http://pacs/dicom-web/studies/1.2.840.1/series", "http://pacs/dicom-web/studies/•••/series"),
        ("http://ehr/orders/index.html", "http://ehr/orders/index.html"),
        ("http://ehr/orders/smith.html", "http://ehr/orders/•••"),
        ("http://ehr/api/M%C3%BCller", "http://ehr/api/•••"),
        ("http://ehr/api/orders;mrn=4711", "http://ehr/api/•••"),
        ("http://ehr/", "http://ehr/"),
    ],
)
def test_of_an_address_only_words_that_are_nobodys_are_kept(url: str, said: str) -> None:
    calls = Calls(MAP)
    assert told(url, calls._words) == said


class Request:
    """As the browser tells of one."""

    def __init__(self, url: str, kind: str = "fetch") -> None:
        self.url, self.resource_type, self.method = url, kind, "GET"


def ask(calls: Calls, url: str, status: int | None = 200, kind: str = "fetch") -> None:
    request: Any = Request(url, kind)
    calls.begun(request)
    if status is not None:
        answer: Any = SimpleNamespace(request=request, status=status)
        calls.answered(answer)
    calls.ended(request)


def test_calls_are_told_once_pictures_only_where_they_fail_and_a_flood_is_cut() -> None:
    calls = Calls(MAP)
    ask(calls, "http://ehr/orders")
    ask(calls, "http://ehr/static/app.css", kind="stylesheet")
    ask(calls, "http://ehr/static/app.css", 404, kind="stylesheet")
    ask(calls, "http://ehr/api/orders", None)
    ask(calls, "data:text/plain,Smith")
    assert [(one.address, one.status) for one in calls.take([])] == [
        ("http://ehr/orders", 200), ("http://ehr/static/app.css", 404), ("http://ehr/api/orders", None),
    ]  # fmt: skip
    assert calls.take([]) == []
    for _ in range(MOST + 5):
        ask(calls, "http://ehr/orders")
    assert len(calls.take([])) == MOST


def test_a_word_of_the_map_is_covered_where_a_patient_bears_it() -> None:
    calls = Calls(MAP)
    ask(calls, "http://ehr/imaging/order")
    assert calls.take(["Imaging, Anna"])[0].address == "http://ehr/•••/order"


OUTLINE = """\
- banner:
  - link "Worklist":
    - /url: /worklist?mrn=4711
- heading "Order" [level=2]
- text: "MRN: 4711"
- textbox "MRN:": 0004711
- textbox "Comment" [disabled]: Smith was here
- 'cell "a: b"'
- button "Order Smith"
- checkbox [checked]
"""


def test_an_outline_keeps_roles_and_the_maps_own_words_and_nothing_else() -> None:
    assert covered(OUTLINE, {"order", "mrn", "order smith"}, {"smith"}, ["smith"]).splitlines() == [
        "banner", '  link "•••"', 'heading "Order" [level=2]', 'textbox "MRN:": •••', 'textbox "•••" [disabled]: •••',
        'cell "•••"', 'button "•••"', "checkbox [checked]",
    ]  # fmt: skip
    assert covered("- [", set(), set(), []) == ""
    assert covered("Smith", {"x"}, set(), []) == ""
    assert covered('- Smith "x" 4711', {"x"}, set(), []) == "•••"


def test_a_locator_is_told_as_the_map_has_it() -> None:
    found = looked("ehr", MAP, {("order", "mrn"): 1, ("order", "go"): 0, ("order", "rows.next_page"): 0})
    assert [(one.target, one.by, one.way, one.ways) for one in found] == [
        ("ehr.order.mrn", 'css ".mrn"', 2, 2), ("ehr.order.go", 'link "Open" in css "tr" with "{order}"', 1, 1),
    ]  # fmt: skip
    assert spoken(Locator(text="Go", near=Locator(label="Order"))) == 'text "Go" near label "Order"'
