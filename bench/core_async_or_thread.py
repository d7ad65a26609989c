"""Decision 0002, measured: one screen call from an async core, against the same call through a driver thread.

Usage: python -m bench.core_async_or_thread [calls]
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from robot_library.drivers.browser.find_browser import find_browser

PAGE = "<label>Name <input></label><button>Go</button>"


async def in_the_loop(calls: int, executable: str) -> list[float]:
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        page = await browser.new_page()
        await page.set_content(PAGE)
        field = page.get_by_label("Name")
        times = []
        for number in range(calls):
            begun = time.perf_counter()
            await field.fill(str(number))
            times.append(time.perf_counter() - begun)
        await browser.close()
    return times


async def through_a_thread(calls: int, executable: str) -> list[float]:
    from playwright.sync_api import sync_playwright

    loop, pool = asyncio.get_running_loop(), ThreadPoolExecutor(1)
    playwright = await loop.run_in_executor(pool, lambda: sync_playwright().start())
    browser = await loop.run_in_executor(
        pool, lambda: playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
    )
    page = await loop.run_in_executor(pool, browser.new_page)
    await loop.run_in_executor(pool, page.set_content, PAGE)
    field = await loop.run_in_executor(pool, page.get_by_label, "Name")
    times = []
    for number in range(calls):
        begun = time.perf_counter()
        await loop.run_in_executor(pool, field.fill, str(number))
        times.append(time.perf_counter() - begun)
    await loop.run_in_executor(pool, browser.close)
    await loop.run_in_executor(pool, playwright.stop)
    return times


def main() -> None:
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    executable = str(find_browser().path)
    inside = statistics.median(asyncio.run(in_the_loop(calls, executable)))
    outside = statistics.median(asyncio.run(through_a_thread(calls, executable)))
    said = f"async {inside * 1e3:.2f} ms, thread {outside * 1e3:.2f} ms = {outside / inside:.2f}x"
    print(f"fill, median of {calls}: {said}")


if __name__ == "__main__":
    main()
