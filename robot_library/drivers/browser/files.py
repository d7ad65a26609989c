"""Files to and from a page, through memory: nothing of a patient's stays on this machine's disk."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import Any, Literal

from playwright.async_api import Download, FilePayload

from robot_library.drivers.browser.commit import answered
from robot_library.drivers.browser.find import Finder
from robot_library.drivers.browser.stage import Stage
from robot_library.drivers.browser.tidy import Late, Passing, tidy
from robot_library.errors import ApplicationException, DriverLost, ScreenNotReached

LARGEST = 1 << 30
"""Bytes of the largest download that is taken into memory."""
_IS_FILE_BOX = "e => e.tagName === 'INPUT' && e.type === 'file'"


async def download(stage: Stage, finder: Finder, largest: int = LARGEST) -> tuple[str, bytes]:
    """Press a target and take the file that comes: its suggested name and its bytes.

    Raises ScreenNotReached if none comes in the map's patience, breaks off, or is larger than `largest`.
    """
    return await _taken(await _pressed(stage, finder, "download", "brought no file"), finder, largest)


async def _taken(one: Download, finder: Finder, largest: int) -> tuple[str, bytes]:
    try:
        path = Path(await tidy(one.path(), finder.place))
        if path.stat().st_size > largest:
            raise _failed(finder, f"brought a file of more than {largest} bytes")
        return Path(one.suggested_filename).name, path.read_bytes()
    except DriverLost:
        raise
    except (ApplicationException, Late, Passing):
        raise _failed(finder, "brought a file that broke off or is too large") from None
    finally:
        await _forget(one)


async def _forget(one: Download) -> None:
    try:
        await tidy(one.delete(), "a download")
    except (ApplicationException, Late, Passing):
        return


async def upload(stage: Stage, finder: Finder, filename: str, data: bytes) -> None:
    """Give a file to a file box (hidden ones too) or to the chooser that a button brings; wait for the answer.

    Raises DriverLost once it is no longer known whether the page has taken the file.
    """
    target = finder.target
    if target.opened_by is not None:
        await stage.press(stage.finder(target.opened_by, ("navigate",)))
    patience = stage.patience()
    (sight,) = await stage.when([finder], patience=patience)
    kind = mimetypes.guess_type(filename)[0] or "application/octet-stream"
    payload = FilePayload(name=filename, mimeType=kind, buffer=data)
    try:
        is_box = await tidy(sight.found.evaluate(_IS_FILE_BOX, timeout=patience.milliseconds()), finder.place)
        if is_box:
            await tidy(sight.found.set_input_files(payload, timeout=patience.milliseconds()), finder.place)
        else:
            await tidy(
                (await _pressed(stage, finder, "filechooser", "asked for no file")).set_files(payload), finder.place
            )
    except (Late, Passing):
        raise _unknown() from None
    await answered(stage, stage.patience())
    if target.closed_by is not None:
        try:
            await stage.press(stage.finder(target.closed_by, ("commit",)))
        except ApplicationException:
            raise _unknown() from None
        await answered(stage, stage.patience())


def _unknown() -> DriverLost:
    return DriverLost("Nobody knows whether the file was taken.", cure="The proof is looked for.")


async def _pressed(stage: Stage, finder: Finder, event: Literal["download", "filechooser"], lacks: str) -> Any:
    """Press a target, and what the page brings then: a Download, a FileChooser. ScreenNotReached if none comes."""
    got: list[Any] = []
    page = stage.window.page

    def take(one: Any) -> None:
        got.append(one)

    page.on(event, take)
    try:
        await stage.press(finder)
        patience = stage.patience()
        while not got:
            stage.window.check(stage.name)
            if patience.over:
                raise _failed(finder, lacks)
            await patience.pause()
    finally:
        page.remove_listener(event, take)
    return got[0]


def _failed(finder: Finder, what: str) -> ScreenNotReached:
    return ScreenNotReached(
        f"'{finder.screen}.{finder.name}' {what}.", cure="Try it by hand; is it a link to a page?", place=finder.place
    )
