"""Whether a system answers is asked through whatever driver a bot has: else an outage would be every item's failure."""

from __future__ import annotations

from pathlib import Path

from robot_library.abilities import Asks
from robot_library.drivers.by_kind import DriverByKind, drivers
from robot_library.model.bot import App, Program
from robot_library.model.screen import ScreenMap
from tests.engine.world import MAP, Record, TinyDriver


async def test_the_server_behind_any_kind_of_screen_is_asked_by_the_browser(tmp_path: Path) -> None:
    assert isinstance(drivers(lambda _map: (tmp_path,)), Asks)
    browser, started = TinyDriver(Record(tmp_path / "record.sqlite")), list[str]()
    browser.silent = "HTTP 503"
    both = DriverByKind({"browser": lambda: started.append("browser") or browser, "desktop": lambda: browser})
    program = App(map="tiny", url="https://server.example", program=Program(run=("ehr",)))
    desktop = ScreenMap.model_validate({**MAP.model_dump(), "kind": "desktop"})
    assert await both.ask(App(map="tiny", url="http://tiny"), MAP) == "HTTP 503"
    assert await both.ask(program, desktop) == "HTTP 503"
    assert await both.ask(program.model_copy(update={"url": ""}), desktop) == ""
    assert (started, browser.asked) == (["browser"], 2)
