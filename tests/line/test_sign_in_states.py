"""Signing in as it really is, in a real browser on the demo hospital: each state is recognised, told to whoever guards
the credential, and costs one attempt."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

import pyotp
import pytest
import pytest_asyncio

from robot_library.drivers.browser import BrowserDriver
from robot_library.errors import (
    LicencesFull,
    LineHeld,
    PasswordExpired,
    SecondFactorAsked,
    SignedInElsewhere,
    SignInFailed,
    SignInRefused,
    SystemDown,
)
from robot_library.hospital import ACCOUNTS, Hospital
from robot_library.hospital.schema import connect_read_only
from robot_library.hospital.settings import SignInRules
from robot_library.interfaces import Credential, OneTime, SignInEnd
from robot_library.model.bot import App
from robot_library.model.screen import Locator, ScreenMap
from robot_library.parsing.library import Library, bundled

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@dataclass
class Porter:
    """A door that lets in and remembers what it was told. `stopped`: it lets nobody in."""

    told: list[str] = field(default_factory=list)
    stopped: bool = False
    step: int = 0

    async def before(self) -> None:
        if self.stopped:
            raise LineHeld("Stopped", "this credential's line is stopped")
        self.told.append("before")

    async def after(self, end: SignInEnd) -> None:
        self.told.append(end)

    async def code_step(self, period: int) -> int:
        import time

        self.step = max(self.step + 1, int(time.time()) // period)
        await asyncio.sleep(max(0.0, (self.step - 1) * period - time.time()))  # the last step's code is taken, too
        return self.step

    async def expires(self, days: int) -> None:
        self.told.append(f"{days} days")


@dataclass
class Desk:
    """The hospital's EHR, one account in it, and whoever guards that."""

    hospital: Hospital
    driver: BrowserDriver
    porter: Porter = field(default_factory=Porter)
    user: str = "rpabot"

    @property
    def rules(self) -> SignInRules:
        return self.hospital.settings.sign_in.setdefault(self.user, SignInRules())

    def attempts(self) -> list[int]:
        """1 for each sign-in that was let in, 0 for each that was not."""
        books = connect_read_only(self.hospital.database)
        try:
            query = "SELECT ok FROM sign_ins WHERE system = 'ehr' AND account = ? ORDER BY rowid"
            return [int(row["ok"]) for row in books.execute(query, (self.user,)).fetchall()]
        finally:
            books.close()

    async def enter(self, *, password: str = "", code: bool = False, screens: ScreenMap | None = None) -> None:
        """Sign in and see the worklist."""
        one_time = OneTime(30, pyotp.TOTP(SEED).generate_otp) if code else None
        credential = Credential(self.user, password or ACCOUNTS[self.user].password, one_time, self.porter)
        app = App(map="demo-ehr", url=self.hospital.ehr_url)
        map_ = screens or Library(bundled()).screen_map("demo-ehr")
        session = await self.driver.session("ehr", app, map_, credential)
        await session.open("worklist", {})
        await session.close()


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hospital]:
    folder = tmp_path_factory.mktemp("signing")
    with Hospital(folder, grid_ms=(0, 0), field_ms=(0, 0), tour=False, session_requests=()) as hospital:
        yield hospital


@pytest_asyncio.fixture(loop_scope="session")
async def desk(hospital: Hospital, request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    """A browser of its own for each test, and an account that no other test has used."""
    driver = BrowserDriver()
    taken = getattr(request.config, "_wetread_accounts", 1) + 1
    request.config._wetread_accounts = taken  # type: ignore[attr-defined]
    yield Desk(hospital, driver, user=f"rpabot{taken}")
    await driver.close()


async def test_a_refused_password_is_one_attempt_and_the_door_hears_of_it(desk: Desk) -> None:
    with pytest.raises(SignInRefused, match="tried once"):
        await desk.enter(password="wrong-secret")
    assert desk.porter.told == ["before", "refused"]
    assert desk.attempts() == [0]
    desk.porter.stopped = True
    for _ in range(3):
        with pytest.raises(LineHeld):
            await desk.enter(password="wrong-secret")
    assert desk.attempts() == [0]


async def test_an_expired_password_and_one_that_will_expire(desk: Desk) -> None:
    desk.rules.password_days = 0
    with pytest.raises(PasswordExpired):
        await desk.enter()
    assert desk.porter.told == ["before", "expired"]
    desk.rules.password_days = 3
    await desk.enter()
    assert desk.porter.told[2:] == ["before", "in", "3 days"]
    assert desk.attempts() == [0, 1]


async def test_a_one_time_code_is_typed_where_there_is_a_seed_and_used_once(desk: Desk) -> None:
    desk.rules.totp = SEED
    with pytest.raises(SecondFactorAsked):
        await desk.enter()
    assert desk.porter.told == ["before", "second_factor"]
    await desk.enter(code=True)
    assert desk.porter.told[2:] == ["before", "in"]
    assert desk.attempts() == [1]


async def test_full_licences_are_no_failure_and_free_again_later(desk: Desk) -> None:
    desk.hospital.settings.licences[:] = [0]
    try:
        with pytest.raises(LicencesFull):
            await desk.enter()
        assert desk.porter.told == ["before", "full"]
    finally:
        desk.hospital.settings.licences.clear()
    await desk.enter()
    assert desk.porter.told[2:] == ["before", "in"]


async def test_an_account_in_use_elsewhere_is_waited_for_or_taken_over_only_by_the_maps_word(desk: Desk) -> None:
    desk.rules.alone = True
    at_another_place = Desk(desk.hospital, BrowserDriver(), user=desk.user)
    try:
        await at_another_place.enter()
        with pytest.raises(SignedInElsewhere):
            await desk.enter()
        assert desk.porter.told == ["before", "elsewhere"]
        plain = Library(bundled()).screen_map("demo-ehr")
        assert plain.sign_in is not None
        assert plain.sign_in.elsewhere is not None
        button = {"role": "button", "name": "End the other session"}
        how = {"seen_by": plain.sign_in.elsewhere.seen_by, "take_over": button}
        sign_in = plain.sign_in.model_copy(update={"elsewhere": type(plain.sign_in.elsewhere).model_validate(how)})
        await desk.enter(screens=plain.model_copy(update={"sign_in": sign_in}))
        assert desk.porter.told[2:] == ["before", "in"]
    finally:
        await at_another_place.driver.close()


async def test_a_system_that_is_down_or_says_so_is_no_attempt(hospital: Hospital) -> None:
    desk = Desk(hospital, BrowserDriver())  # an account that is not even tried
    try:
        await no_attempt(desk)
    finally:
        await desk.driver.close()


async def no_attempt(desk: Desk) -> None:
    plain = Library(bundled()).screen_map("demo-ehr")
    here = App(map="demo-ehr", url=desk.hospital.ehr_url)
    assert await desk.driver.ask(here, plain) == ""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        gone = App(map="demo-ehr", url=f"http://127.0.0.1:{nobody.getsockname()[1]}")
        assert await desk.driver.ask(gone, plain) == "ERR_CONNECTION_REFUSED"
    closed = plain.model_copy(update={"maintenance": Locator(role="button", name="Login")})
    assert await desk.driver.ask(here, closed) == "says out of service"
    with pytest.raises(SystemDown, match="out of service"):
        await desk.enter(screens=closed)
    assert (desk.porter.told, desk.attempts()) == ([], [])


async def test_without_a_door_the_driver_itself_tries_a_refused_password_once(desk: Desk) -> None:
    credential = Credential(desk.user, "wrong-secret")
    app = App(map="demo-ehr", url=desk.hospital.ehr_url)
    for _ in range(3):
        with pytest.raises(SignInFailed, match="refused"):
            await desk.driver.session("ehr", app, Library(bundled()).screen_map("demo-ehr"), credential)
    assert desk.attempts() == [0]


async def test_a_seat_is_given_back_by_signing_out(desk: Desk) -> None:
    await desk.enter()
    books = connect_read_only(desk.hospital.database)
    query = "SELECT count(*) AS n FROM sessions WHERE system = 'ehr' AND account = ? AND NOT ended"
    assert books.execute(query, (desk.user,)).fetchone()["n"] == 1
    app, map_ = App(map="demo-ehr", url=desk.hospital.ehr_url), Library(bundled()).screen_map("demo-ehr")
    await desk.driver.leave(app, map_, Credential(desk.user, ACCOUNTS[desk.user].password))
    assert books.execute(query, (desk.user,)).fetchone()["n"] == 0
    books.close()
    await desk.enter()
    assert desk.attempts() == [1, 1]
