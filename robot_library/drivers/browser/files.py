"""Files to and from a page, through memory: nothing of a patient's stays on this machine's disk."""

from __future__ import annotations

import asyncio
import contextlib
import mimetypes
from collections.abc import Awaitable
from pathlib import Path
from typing import Any, Literal

from playwright.async_api import Download, FilePayload

from robot_library.drivers.browser.commit import answered
from robot_library.drivers.browser.find import Finder, Sight
from robot_library.drivers.browser.own_site import check_own, elsewhere, own_thing
from robot_library.drivers.browser.stage import Key, Stage
from robot_library.drivers.browser.tidy import Late, Passing, tidy
from robot_library.errors import ApplicationException, DriverLost, ScreenNotReached

LARGEST = 1 << 30
"""Bytes of the largest download that is taken into memory."""
STALLED_S = 60.0
"""So long a download may bring nothing more."""
_LOOK_S, _FORGET_S, _MADE = 0.5, 5.0, "data:"
_IS_FILE_BOX = "e => e.tagName === 'INPUT' && e.type === 'file'"


async def download(stage: Stage, finder: Finder, folder: Path | None) -> tuple[str, bytes]:
    """Press a target and take the file that comes: its suggested name and its bytes.

    `folder`: where it grows. Raises ScreenNotReached if none comes in the map's patience, breaks off, brings nothing
    more for STALLED_S, or grows larger than LARGEST.
    """
    one: Download = await _pressed(stage, finder, "download", "brought no file")
    if not await _own(one, stage):
        await _bounded(one.cancel())
        await _forget(one)
        raise elsewhere(f"'{finder.screen}.{finder.name}' brought a file of another site's", finder.place)
    return await _taken(one, finder, folder)


async def _own(one: Download, stage: Stage) -> bool:
    """Whether a file comes from the app's own: what a page has made without an address is any of its frames'."""
    if not one.url.startswith(_MADE):
        return stage.window.own.has(one.url)
    return all([await stage.window.owns(frame) for frame in one.page.frames])


async def _taken(one: Download, finder: Finder, folder: Path | None) -> tuple[str, bytes]:
    try:
        path = await _whole(one, finder, folder)
        if path is None or path.stat().st_size > LARGEST:
            raise _failed(finder, "brought no end of a file")
        return Path(one.suggested_filename).name, path.read_bytes()
    except DriverLost:
        raise
    except (ApplicationException, Late, Passing):
        raise _failed(finder, "brought a file that broke off, stood still or is too large") from None
    finally:
        await _forget(one)


async def _whole(one: Download, finder: Finder, folder: Path | None) -> Path | None:
    """The file once it is whole; None, and it is broken off, where it grows too large or no more."""
    coming = asyncio.ensure_future(tidy(one.path(), finder.place))
    clock = asyncio.get_running_loop().time
    there, since = dict[str, int](), clock()
    try:
        while not (await asyncio.wait({coming}, timeout=_LOOK_S))[0]:
            now = _growing(folder)
            if now != there:
                there, since = now, clock()
            stalled = bool(there) and clock() - since > STALLED_S
            if stalled or any(size > LARGEST for size in there.values()):
                return None
        return Path(coming.result())
    finally:
        if not coming.done():
            coming.cancel()
            await _bounded(one.cancel())


def _growing(folder: Path | None) -> dict[str, int]:
    """File on its way, of all sessions → bytes."""
    sizes = {}
    for file in folder.iterdir() if folder is not None and folder.is_dir() else ():
        with contextlib.suppress(OSError):  # it was taken away meanwhile
            sizes[file.name] = file.stat().st_size
    return sizes


async def _forget(one: Download) -> None:
    await _bounded(one.delete())


async def _bounded(call: Awaitable[None]) -> None:
    """What tidies up after a download may wait for its end, and one that is broken off early has none."""
    try:
        await asyncio.wait_for(tidy(call, "a download"), _FORGET_S)
    except (ApplicationException, Late, Passing, TimeoutError):
        return


async def upload(stage: Stage, finder: Finder, filename: str, data: bytes, key: Key) -> None:
    """Give a file to a file box (hidden ones too) or to the chooser that a button brings, on the record of `key`; wait
    for the answer.

    Raises DriverLost once it is no longer known whether the page has taken the file.
    """
    target = finder.target
    if target.opened_by is not None:
        await stage.press(stage.finder(target.opened_by, ("navigate",)), key=key)
        key = Key(stage, {})  # what has opened may hide whose record it is
    patience = stage.patience()
    ours = key

    async def shown(sights: list[Sight]) -> bool:
        return ours.shown(sights[1:])

    sight, *_ = await stage.when([finder, *key.finders], shown, patience=patience)
    kind = mimetypes.guess_type(filename)[0] or "application/octet-stream"
    payload = FilePayload(name=filename, mimeType=kind, buffer=data)
    try:
        is_box = await tidy(sight.found.evaluate(_IS_FILE_BOX, timeout=patience.milliseconds()), finder.place)
        if is_box:
            box = await own_thing(sight.found, stage.window, patience.milliseconds(), finder.place)
            await tidy(box.set_input_files(payload, timeout=patience.milliseconds()), finder.place)
        else:
            box = (await _pressed(stage, finder, "filechooser", "asked for no file", key)).element
            await check_own(box, stage.window, finder.place)
            await tidy(box.set_input_files(payload, timeout=stage.patience().milliseconds()), finder.place)
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


async def _pressed(
    stage: Stage, finder: Finder, event: Literal["download", "filechooser"], lacks: str, key: Key | None = None
) -> Any:
    """Press a target, and what the page brings then: a Download, a FileChooser. ScreenNotReached if none comes."""
    got: list[Any] = []
    page = stage.window.page

    def take(one: Any) -> None:
        got.append(one)

    page.on(event, take)
    try:
        await stage.press(finder, key=key)
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
