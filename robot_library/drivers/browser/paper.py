"""A page of ours on paper: HTML → PDF by the machine's own browser."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Error, async_playwright

from robot_library.drivers.browser.driver import sandboxed
from robot_library.drivers.browser.find_browser import find_browser
from robot_library.drivers.browser.silent import silence
from robot_library.drivers.browser.switches import switches
from robot_library.errors import SetupError
from robot_library.model.handed_on import handed_on


async def print_pdf(page: Path, pdf: Path) -> None:
    """Print an HTML file to another file; see `printed`."""
    pdf.write_bytes(await printed(page.read_text(encoding="utf-8")))


async def printed(html: str) -> bytes:
    """Print a page on A4; nothing of it is written to the disk. It may load nothing from elsewhere. Raises SetupError
    without a browser."""
    silence()
    async with async_playwright() as playwright:
        found = find_browser(None, playwrights_own=playwright.chromium.executable_path)
        try:
            browser = await playwright.chromium.launch(
                executable_path=found.path, chromium_sandbox=sandboxed(), args=switches(), env={**handed_on()}
            )
            sheet = await browser.new_page(java_script_enabled=False, offline=True)
            await sheet.set_content(html)
            pdf = await sheet.pdf(format="A4", print_background=True)
            await browser.close()
        except Error as error:
            raise SetupError(
                f"the browser did not print the page ({type(error).__name__}).", cure="Print it by hand from the HTML."
            ) from None
    return pdf
