"""The worker that is killed: the demo's bot, engine and browser on a hospital that outlives it.

Usage: WETREAD_CRASH='{...}' python -m tests.crash.worker FOLDER. The variable holds the addresses, the kills to
come, how often one item may be killed, and the orders to take (none: the whole worklist, collected).
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from robot_library.bot import assemble
from robot_library.cli.site import make_engine, open_key
from robot_library.drivers.browser import BrowserDriver
from robot_library.engine.engine import Engine
from robot_library.hospital.settings import ACCOUNTS
from robot_library.hospital.settings import BOT as USER
from robot_library.interfaces import Credential
from robot_library.parsing.library import Library, bundled
from robot_library.safeguards.vault import Vault
from tests.crash.kills import Kill, Killer

BOT = "chest-xray-preread"
VARIABLE = "WETREAD_CRASH"


async def main(folder: Path, plan: dict[str, Any]) -> None:
    """Take the orders, run until idle, as `wetread demo` does; with a killer that listens."""
    home = folder / "bot"
    key = open_key(home, create=True)
    account = Credential(USER, ACCOUNTS[USER].password)
    addresses = plan["addresses"]
    assembly = assemble(
        BOT, Library(bundled()), home, key,
        vault=Vault({"ehr-bot": account, "pacs-bot": account}), driver=BrowserDriver(),
        values={
            "WETREAD_EHR_URL": addresses["ehr"], "WETREAD_PACS_URL": addresses["pacs"],
            "WETREAD_DICOMWEB_URL": addresses["dicomweb"],
        },
    )  # fmt: skip
    engine = make_engine(home, key)
    engine.listen(Killer(folder / "strikes.jsonl", [Kill(**kill) for kill in plan["kills"]], plan["per_item"]))
    engine.add_bot(assembly)
    try:
        async with engine:
            await take(engine, folder / "collected", plan["orders"])
            await engine.run_until_idle()
    finally:
        await assembly.driver.close()


async def take(engine: Engine, collected: Path, orders: list[str]) -> None:
    """Fill the queue: from the worklist screen, until that has been done once to the end, or with these orders."""
    for order in orders:
        await engine.submit(BOT, {"order": order}, order)
    if not orders and not collected.exists():
        await engine.collect(BOT)
        collected.touch()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), json.loads(os.environ[VARIABLE])))
