"""Pages of Python's own documentation, as a browser shows them."""

from __future__ import annotations

import inspect
import os
import pkgutil
import pydoc
import shutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import cv2
import numpy as np

from robot_library.drivers.browser.switches import switches
from tests.skills.wrong_inputs.pictures import Wrong, named

SIZES = ((1280, 900), (1024, 1024), (700, 1000), (1600, 900))
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "msedge")
PACKAGES = ("json", "email", "http", "logging", "urllib", "xml", "wsgiref", "concurrent", "importlib", "unittest")


def pages(at_most: int) -> Iterator[Wrong]:
    """Screenshots of documentation pages and of source code, in windows of several sizes, light and dark."""
    from playwright.sync_api import sync_playwright

    found = os.environ.get("WETREAD_BROWSER") or next(filter(None, map(shutil.which, BROWSERS)), None)
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found, args=[*switches(), *(["--no-sandbox"] if root else [])]
        )
        for number, (name, html) in enumerate(_documents(at_most)):
            width, height = SIZES[number % len(SIZES)]
            page = browser.new_page(viewport={"width": width, "height": height})
            page.set_content(html)
            if number % 3 == 2:
                page.add_style_tag(content="html { filter: invert(1); background: #000 }")
            page.evaluate(f"window.scrollTo(0, {300 * (number % 5)})")
            shot = cv2.imdecode(np.frombuffer(page.screenshot(), np.uint8), cv2.IMREAD_COLOR)
            page.close()
            assert shot is not None
            yield from named("screens and pages of text", iter([(name, shot)]))
        browser.close()


def _documents(at_most: int) -> Iterator[tuple[str, str]]:
    """(name, HTML) of modules of the standard library: every other one as source code."""
    names = [info.name for top in PACKAGES for info in pkgutil.iter_modules(import_module(top).__path__, f"{top}.")]
    made = 0
    for name in names:
        if made == at_most or "__main__" in name or "test" in name.split(".")[-1]:
            continue
        module = import_module(name)
        if not Path(str(module.__file__)).read_bytes().strip():
            continue  # an empty module has nothing to show
        code = f"<body style='font:14px monospace'><pre>{pydoc.html.escape(inspect.getsource(module))}</pre>"
        yield name, code if made % 2 else pydoc.html.page(name, pydoc.html.document(module))
        made += 1
