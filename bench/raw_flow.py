"""bench-flow written by hand in async Playwright: what our engine and driver are measured against.

It does the same visible work for an order: request read, state looked at, study found and read, result form opened,
identity and state checked on the live form and in a fresh tab before typing, three fields typed and read back, the
proof looked for in a fresh tab, identity and state checked again, saved, and the proof read in a fresh tab. It takes a
picture where ours does. It journals nothing, covers nothing in its pictures, and knows no trouble: no pop-up but the
first visit's, no lost session, no other answer than the expected one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import TracebackType

from playwright.async_api import Browser, BrowserContext, Page, Playwright, async_playwright, expect

from bench.hospital import Addresses
from robot_library.drivers.browser.driver import VIEWPORT, sandboxed
from robot_library.drivers.browser.find_browser import find_browser
from robot_library.drivers.browser.switches import switches
from robot_library.interfaces import Credential

PERSON = ("Patient:", "MRN:", "Birth date:")
STATE = {"Report status:": "None", "State:": "Requested", "Locked by:": "nobody"}
REPORTED_BY, IMPRESSION = "RPA Bot", "Benchmark entry."
PATIENCE_MS = 20_000


class RawFlow:
    """A browser of its own, as ours is started; signed in once. `asyncio` context manager."""

    def __init__(self, addresses: Addresses, account: Credential) -> None:
        self._at, self._account = addresses, account
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None

    async def __aenter__(self) -> RawFlow:
        self._playwright = await async_playwright().start()
        self._browser = await self._playwright.chromium.launch(
            executable_path=find_browser().path, chromium_sandbox=sandboxed(), args=switches()
        )
        self._ehr_context = await self._context(self._browser)
        self._pacs_context = await self._context(self._browser)
        self._ehr, self._pacs = await self._ehr_context.new_page(), await self._pacs_context.new_page()
        await self._sign_in()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._browser is not None:
            await self._browser.close()
        if self._playwright is not None:
            await self._playwright.stop()

    async def _context(self, browser: Browser) -> BrowserContext:
        context = await browser.new_context(viewport=VIEWPORT)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        return context

    async def _sign_in(self) -> None:
        await self._ehr.goto(f"{self._at.ehr}/signin")
        await self._ehr.get_by_label("User name").fill(self._account.user)
        await self._ehr.get_by_role("button", name="Login").click()
        dialog = self._ehr.get_by_role("dialog", name="Sign in", exact=True)
        await dialog.locator("input[type=password]").fill(self._account.password)
        await dialog.get_by_role("button", name="OK").click()
        await self._ehr.get_by_role("button", name="Skip all").click()
        await self._pacs.goto(f"{self._at.pacs}/login")
        await self._pacs.get_by_label("User", exact=True).fill(self._account.user)
        await self._pacs.get_by_label("Password", exact=True).fill(self._account.password)
        await self._pacs.get_by_role("button", name="Log in").click()
        await expect(self._pacs.get_by_role("link", name="Log out")).to_be_visible()

    async def order(self, order: str) -> None:
        """Do one order. AssertionError when anything is not as it should be."""
        request = await self._request(order)
        study = await self._study(request["Accession:"])
        assert [study[n] for n in ("MRN:", "Birth date:")] == [request[n] for n in ("MRN:", "Birth date:")]
        entry = f"Benchmark entry, nothing was read. Study {study['Study UID:']}"
        await self._result(order, request, entry)

    async def _request(self, order: str) -> dict[str, str]:
        page = self._ehr
        await page.goto(f"{self._at.ehr}/orders/{order}", wait_until="commit")
        await expect(page.get_by_role("heading", name=f"Imaging request {order}")).to_be_visible()
        await page.screenshot()
        wanted = ("Order number:", "Accession:", "Procedure:", "Images expected:", *PERSON, "Issuer:", *STATE)
        shown = await boxes(page, wanted)
        assert shown["Order number:"] == order
        assert {name: shown[name] for name in STATE} == STATE
        return shown

    async def _study(self, accession: str) -> dict[str, str]:
        page = self._pacs
        await page.goto(f"{self._at.pacs}/studies?accession={accession}", wait_until="commit")
        row = page.get_by_role("table", name="Studies").locator("tbody tr").filter(has_text=accession)
        await row.get_by_role("link", name="Open", exact=True).click()
        await expect(page.get_by_role("heading", name="Study", exact=True)).to_be_visible()
        await page.screenshot()
        wanted = ("Study UID:", "Images received:", "Accession:", "Patient name:", "MRN:", "Issuer:", "Birth date:")
        shown = await texts(page, wanted)
        assert shown["Accession:"] == accession
        return shown

    async def _result(self, order: str, request: dict[str, str], entry: str) -> None:
        page = self._ehr
        await self._open_result(page, order)
        await page.screenshot()
        await self._guard(page, order, request)
        await self._type(page, entry)
        await page.screenshot()
        assert not await self._proven(order, entry)
        await self._guard(page, order, request)
        await page.get_by_role("button", name="Save", exact=True).click()
        await expect(page.get_by_role("button", name="Save", exact=True)).to_be_disabled()
        await expect(page.get_by_label("Report status:")).to_have_value("Preliminary")
        assert await self._proven(order, entry, picture=True)

    async def _open_result(self, page: Page, order: str) -> None:
        await page.goto(f"{self._at.ehr}/results/{order}", wait_until="commit")
        await expect(page.get_by_role("heading", name=f"Imaging result {order}")).to_be_visible()
        await expect(page.locator("textarea[name=comment]")).to_be_enabled()
        await expect(page.get_by_label("Order number:")).to_have_value(order)

    async def _guard(self, page: Page, order: str, request: dict[str, str]) -> None:
        """Identity on the live form; identity, state and procedure in a fresh tab."""
        await self._same_person(page, request)
        assert (await boxes(page, ("Order number:",)))["Order number:"] == order
        fresh = await self._ehr_context.new_page()
        await self._open_result(fresh, order)
        shown = await boxes(fresh, (*STATE, "Procedure:"))
        assert shown == STATE | {"Procedure:": request["Procedure:"]}
        await self._same_person(fresh, request)
        await fresh.close()

    async def _same_person(self, page: Page, request: dict[str, str]) -> None:
        shown = await boxes(page, ("Patient:",)) | await texts(page, ("MRN:", "Birth date:"))
        assert shown == {name: request[name] for name in PERSON}

    async def _type(self, page: Page, entry: str) -> None:
        reported = page.get_by_label("Reported by:")
        await reported.fill(REPORTED_BY)
        await page.get_by_role("option", name=REPORTED_BY, exact=True).click()
        await page.locator("textarea[name=comment]").fill(entry)
        await page.get_by_label("Impression:").fill(IMPRESSION)
        await page.get_by_label("Impression:").blur()
        await self._shows(page, entry)

    async def _shows(self, page: Page, entry: str) -> None:
        assert await page.get_by_label("Reported by:").input_value() == REPORTED_BY
        assert await page.locator("textarea[name=comment]").input_value() == entry
        assert await page.get_by_label("Impression:").input_value() == IMPRESSION

    async def _proven(self, order: str, entry: str, *, picture: bool = False) -> bool:
        """Whether the record, opened in a fresh tab, shows what was typed, as a preliminary report."""
        fresh = await self._ehr_context.new_page()
        await self._open_result(fresh, order)
        status = (await boxes(fresh, ("Report status:",)))["Report status:"]
        text = await fresh.locator("textarea[name=comment]").input_value()
        if there := status == "Preliminary" and text == entry:
            await self._shows(fresh, entry)
        if picture:
            await fresh.screenshot()
        await fresh.close()
        return there


async def boxes(page: Page, labels: Sequence[str]) -> dict[str, str]:
    """What text boxes hold, each once it has filled."""

    async def one(label: str) -> str:
        box = page.get_by_label(label, exact=True)
        await expect(box).not_to_have_value("")
        return await box.input_value()

    return dict(zip(labels, await asyncio.gather(*map(one, labels)), strict=True))


async def texts(page: Page, labels: Sequence[str]) -> dict[str, str]:
    """What labelled texts say, each once it has filled."""

    async def one(label: str) -> str:
        text = page.get_by_label(label, exact=True)
        await expect(text).not_to_be_empty()
        return (await text.inner_text()).strip()

    return dict(zip(labels, await asyncio.gather(*map(one, labels)), strict=True))
