"""Signing in: once, only on the site it belongs to, shared by the sessions of a credential."""

from __future__ import annotations

import pytest

from robot_library.drivers.browser import BrowserDriver
from robot_library.errors import SetupError, SignInFailed
from robot_library.interfaces import Credential, OneTime
from robot_library.model.bot import App
from tests.drivers.conftest import Open, screens
from tests.drivers.ward import PASSWORD, Ward

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
