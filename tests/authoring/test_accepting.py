"""`wetread screens verify --accept-version`: one more version in the map, and no other letter changed."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from robot_library.authoring.accepting import accepted
from robot_library.errors import AuthoringError
from robot_library.model.app_version import Numbered
from robot_library.model.screen import ScreenMap
from robot_library.parsing.build import model_from_text

FLOW = "system: w  # ours\nversion: {at: /about, find: {css: '#v'}, verified: [7.0.1, '7.1.*']}  # in March\n"
BLOCK = "system: w\nversion:\n  find: {css: '#v'}\n  verified:\n    - 7.0.1   # in March\n    - 7.1.*\nabout: x\n"
SCREENS = "screens:\n  a: {seen_by: [{text: A}]}\n"


@pytest.mark.parametrize(("text", "added"), [(FLOW, ', "7.2"'), (BLOCK, '\n    - "7.2"')])
def test_it_is_written_behind_the_others(text: str, added: str) -> None:
    after = accepted(text, "7.2", "w.yaml")
    assert after.replace(added, "") == text
    found = model_from_text(after + SCREENS, ScreenMap, "w.yaml").version
    assert found is not None
    assert found.verified == ("7.0.1", "7.1.*", "7.2")


def test_what_cannot_be_written_by_itself_is_left_to_a_person() -> None:
    for text in ("system: w\n", "version: {verified: &v [1]}\nold: *v\n", "version: [", "version: {verified: 7}"):
        with pytest.raises(AuthoringError, match=r"write it in by hand: 7\.2"):
            accepted(text, "7.2", "w.yaml")
    strange = accepted(FLOW, '7"; x: [1]', "w.yaml")  # a version is text, whatever it looks like
    assert model_from_text(strange + SCREENS, ScreenMap, "w.yaml").version.verified[-1] == '7"; x: [1]'  # type: ignore[union-attr]


def test_a_version_is_verified_by_its_whole_text_and_never_by_a_star_alone() -> None:
    one = Numbered(verified=("7.0.1", "7.1.*"))
    assert [one.fits(v) for v in ("7.0.1", "7.1.9", "7.0.10", "7.10.1", "17.0.1", "", "7.0.1 ")] == [
        True, True, False, False, False, False, False,
    ]  # fmt: skip
    for wrong in ("*", "*.*", "", "?"):
        with pytest.raises(ValidationError, match="would take any version"):
            Numbered(verified=(wrong,))
