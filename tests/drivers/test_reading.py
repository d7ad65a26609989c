"""Reading from real pages: late, hidden, framed, shadowed, doubled."""

from __future__ import annotations

from typing import Any

import pytest

from robot_library.errors import ScreenNotReached, TargetAmbiguous, TargetNotFound
from tests.drivers.conftest import Open, screens
from tests.drivers.ward import Ward

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]


def form(**targets: object) -> dict[str, object]:
    return {
        "seen_by": [{"role": "heading", "name": "Form"}],
        "reach": [{"goto": "/p/form?key={key}"}],
        "targets": targets,
    }


async def test_late_fields_are_waited_for_and_tidied(ward: Ward, enter: Open) -> None:
    ward.page(
        "form",
        "<h1>Form</h1><label>Name: <input readonly id=n></label><label>Age: <span id=a role=status></span></label>"
        "<script>setTimeout(()=>{n.value='DOE,  J\\u00e9'},120);"
        "setTimeout(()=>{a.textContent='\\u200b7 y\\u00a0'},240)</script>",
    )
    session = await enter(
        screens(form=form(name={"find": [{"label": "Name:"}]}, age={"find": [{"role": "status"}], "type": "text"}))
    )
    view = await session.open("form", {"key": "1"})
    assert await view.read(["name", "age"]) == {"name": "DOE,  Jé", "age": "7 y"}


async def test_an_empty_field_is_an_answer_only_on_a_page_at_rest(ward: Ward, enter: Open) -> None:
    # State comes 150 ms late, and the lock with it: "no lock" read at once would be a lie.
    ward.page(
        "form",
        "<h1>Form</h1><label>State: <input id=s readonly></label><label>Lock: <input id=l readonly></label>"
        "<script>setTimeout(()=>{s.value='requested';l.value='Dr No'},150)</script>",
    )
    session = await enter(
        screens(
            form=form(
                state={"find": [{"label": "State:"}], "use": "state"},
                lock={"find": [{"label": "Lock:"}], "use": "state", "may_be_empty": True},
            )
        )
    )
    view = await session.open("form", {"key": "1"})
    assert await view.read(["lock"]) == {"lock": "Dr No"}


async def test_a_field_that_stays_empty_is_an_error_without_page_text(ward: Ward, enter: Open) -> None:
    ward.page("form", "<h1>Form</h1><p>Patient SECRETNAME</p><label>Name: <input></label>")
    session = await enter(screens("1500 ms", form=form(name={"find": [{"label": "Name:"}]})))
    view = await session.open("form", {"key": "1"})
    with pytest.raises(TargetNotFound, match=r"form\.name.*stayed empty") as caught:
        await view.read(["name"])
    assert "SECRETNAME" not in str(caught.value)


@pytest.mark.parametrize(
    ("sought", "near"),
    [
        ({"role": "button", "name": "Save the report"}, "Nearest there: 'Save report'."),
        ({"label": "Finding:"}, "Nearest there: 'Findings:'."),
        ({"role": "button", "name": "Chart of Mary Exampel"}, ""),  # a button that names the patient is not told
        ({"role": "link", "name": "Mary Exampel"}, ""),  # nor is what stands in a list
        ({"label": "Order {key}"}, ""),
    ],
)
async def test_what_is_not_there_is_told_with_what_is_nearest(
    ward: Ward, enter: Open, sought: dict[str, str], near: str
) -> None:
    ward.page(
        "form",
        "<h1>Form</h1><dl><dt>Patient</dt><dd>Mary Example</dd></dl><button>Chart of Mary Example</button>"
        "<label>Findings: <input></label><button>Save report</button><ul><li><a href=#>Mary Exampell</a></ul>",
    )
    session = await enter(screens("800 ms", form=form(it={"find": [sought]})))
    view = await session.open("form", {"key": "1"})
    with pytest.raises(TargetNotFound) as caught:
        await view.read(["it"])
    assert caught.value.cure == f"Compare the map's locator with the page. {near}".strip()


async def test_two_matches_are_an_error(ward: Ward, enter: Open) -> None:
    ward.page("form", "<h1>Form</h1><label>Name: <input value=a></label><label>Name: <input value=b></label>")
    session = await enter(screens(form=form(name={"find": [{"label": "Name:"}, {"css": "input >> nth=0"}]})))
    view = await session.open("form", {"key": "1"})
    with pytest.raises(TargetAmbiguous, match="matches 2 things"):
        await view.read(["name"])


async def test_a_hidden_twin_is_not_a_match(ward: Ward, enter: Open) -> None:
    ward.page(
        "form",
        "<h1>Form</h1><div style='display:none'><label>Name: <input value=old></label></div>"
        "<label>Name: <input value=new></label>",
    )
    session = await enter(screens(form=form(name={"find": [{"label": "Name:"}]})))
    assert await (await session.open("form", {"key": "1"})).read(["name"]) == {"name": "new"}


async def test_frames_shadow_roots_attributes_and_patterns(ward: Ward, enter: Open) -> None:
    ward.page("inner", "<label>Indication: <input value=Cough></label>")
    ward.page(
        "form",
        "<h1>Form</h1><iframe title=Clinical src=/p/inner></iframe><div id=h></div>"
        "<a data-uid='1.2.3' href=#>Images (4)</a>"
        "<script>h.attachShadow({mode:'open'}).innerHTML='<label>Dose: <input value=12></label>'</script>",
    )
    session = await enter(
        screens(
            form=form(
                why={"find": [{"label": "Indication:"}], "frame": {"css": "iframe[title=Clinical]"}},
                dose={"find": [{"label": "Dose:"}]},
                uid={"find": [{"role": "link"}], "attribute": "data-uid"},
                images={"find": [{"role": "link"}], "pattern": r"\((\d+)\)"},
            )
        )
    )
    view = await session.open("form", {"key": "1"})
    wanted = {"why": "Cough", "dose": "12", "uid": "1.2.3", "images": "4"}
    assert await view.read(["why", "dose", "uid", "images"]) == wanted


@pytest.mark.parametrize("use", ["identity", "state"])
async def test_identity_and_state_never_heal(ward: Ward, enter: Open, use: str) -> None:
    ward.page("form", "<h1>Form</h1><label>Number: <input value=7></label>")
    target = {"find": [{"label": "MRN:"}, {"label": "Number:"}], "use": use}
    session = await enter(screens("2500 ms", form=form(mrn=target)))
    with pytest.raises(TargetNotFound):
        await (await session.open("form", {"key": "1"})).read(["mrn"])
    assert session.drifts == []


async def test_content_heals_and_says_so(ward: Ward, enter: Open) -> None:
    ward.page("form", "<h1>Form</h1><label>Number: <input value=7></label>")
    session = await enter(screens("4 s", form=form(n={"find": [{"label": "No:"}, {"label": "Number:"}]})))
    assert await (await session.open("form", {"key": "1"})).read(["n"]) == {"n": "7"}
    assert [(d.screen, d.target, d.used) for d in session.drifts] == [("form", "n", 1)]
    assert session.drift() == ["ehr.form.n was found by its locator number 2: mend the map"]
    assert session.drift() == []


async def test_keys_are_matched_whole_and_encoded(ward: Ward, enter: Open) -> None:
    ward.page(
        "form",
        "<h1>Form</h1><p>__KEY__</p><table><tr><td>A-1</td><td>one</td></tr><tr><td>A-10</td><td>ten</td></tr></table>",
    )
    name = {"find": [{"css": "td:nth-child(2)", "inside": {"css": "tr", "has_text": "{key}"}}]}
    echo = {"find": [{"css": "p"}]}
    session = await enter(screens(form=form(name=name, echo=echo)))
    assert (await (await session.open("form", {"key": "A-1"})).read(["name"]))["name"] == "one"
    assert (await (await session.open("form", {"key": "a b&c=#%/é"})).read(["echo"]))["echo"] == "a b&c=#%/é"


async def test_a_key_that_pretends_to_be_a_locator_finds_nothing(ward: Ward, enter: Open) -> None:
    """Wherever a map puts it: in an attribute, as a text, as a part of one, as a name or a label."""
    ward.page("form", "<h1>Form</h1><p data-order=A-1>A-1</p><p data-order=B-2>B-2</p>"
                      "<button><img alt=B-2></button><input aria-label=B-2 value=x>")  # fmt: skip
    ways: list[dict[str, Any]] = [
        {"css": '[data-order="{key}"]'}, {"css": "p", "has_text": "{key}"},
        {"css": "p", "has_text": "{key}", "partly": True}, {"role": "button", "name": "{key}"},
        {"text": "{key}"}, {"label": "{key}"},
    ]  # fmt: skip
    session = await enter(screens("1 s", form=form(**{f"t{n}": {"find": [way]} for n, way in enumerate(ways)})))
    pretends = ('A-1"], [data-order="B-2', "A-1'], [data-order='B-2", "A-1\\", "{key}", "*", ".*", 'B-2" >> nth=0')
    for key in ("B-2", *pretends):
        view = await session.open("form", {"key": key})
        looked = [await view.stage.finder(f"t{n}").look() for n in range(len(ways))]
        found = [way for way, sight in zip(ways, looked, strict=True) if sight is not None]
        assert found == (ways if key == "B-2" else []), key


async def test_the_wrong_record_is_not_the_screen(ward: Ward, enter: Open) -> None:
    ward.page("form", "<h1>Form</h1><label>Order: <input value=9></label>")
    screen = form(order={"find": [{"label": "Order:"}]})
    session = await enter(screens("1500 ms", form={**screen, "identity": {"shows": {"order": "key"}}}))
    with pytest.raises(ScreenNotReached, match="another record"):
        await session.open("form", {"key": "8"})
    await session.open("form", {"key": "9"})


async def test_a_screen_that_does_not_come_names_what_is_there(ward: Ward, enter: Open) -> None:
    ward.page("form", "<h1>Ward home</h1>")
    session = await enter(screens("1500 ms", form=form()))
    with pytest.raises(ScreenNotReached, match=r"Screen 'form' of ward did not come .*'home' is shown instead"):
        await session.open("form", {"key": "1"})
    ward.pages.pop("form")
    with pytest.raises(ScreenNotReached, match=r"no screen of the map is shown \(HTTP 404\)"):
        await session.open("form", {"key": "1"})
