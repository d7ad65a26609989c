"""The bots at the lab, in this process or (``python -m tests.hospital.bot LAB HOME ORDER BOT``) in one to be killed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from robot_library.bot import assemble
from robot_library.engine.engine import Engine
from robot_library.interfaces import Credential, Driver
from robot_library.parsing.library import Library
from robot_library.safeguards.keys import site_key
from robot_library.safeguards.sealed import SealedJson
from robot_library.safeguards.vault import Vault
from tests.hospital.lab import desktop_client, oracle
from tests.hospital.lab.cases import STUDY_DAY
from tests.hospital.lab.site import Lab, load

BOT = "chest-xray-preread-gnuhealth"
DESKTOP_BOT = "chest-xray-preread-desktop"


@dataclass(frozen=True)
class Done:
    """What the bot says became of an order."""

    outcome: str
    reason: str


@asynccontextmanager
async def bot_at(
    lab: Lab, home: Path, bot: str = BOT, driver: Driver | None = None, library: Library | None = None,
    more: Mapping[str, str] = MappingProxyType({}),
) -> AsyncIterator[Engine]:  # fmt: skip
    """The bot, signed in by name of its credentials, on a home of its own. `more`: addresses beyond the lab's own."""
    home.mkdir(exist_ok=True)
    key = site_key(home, create=True)
    given = {
        "gnuhealth-bot": Credential(lab.logins["ehr_bot"].name, lab.logins["ehr_bot"].password),
        "orthanc-bot": Credential(lab.logins["pacs_bot"].name, lab.logins["pacs_bot"].password),
    }
    addresses = {
        "WETREAD_GNUHEALTH_URL": lab.ehr_url,
        "WETREAD_ORTHANC_URL": lab.pacs_url,
        "WETREAD_OHIF_URL": lab.viewer_url,
        "WETREAD_QA_DAY": f"{STUDY_DAY:%Y%m%d}",
        **more,
    }
    if bot == DESKTOP_BOT:
        addresses["WETREAD_TRYTON"] = str(desktop_client.program(lab))
        addresses["WETREAD_TRYTON_PROFILE"] = str(desktop_client.profile(lab))
    assembly = assemble(bot, library or Library.find(), home, key, vault=Vault(given), values=addresses, driver=driver)
    engine = Engine(home, SealedJson(key), key.fingerprint)
    engine.add_bot(assembly)
    try:
        async with engine:
            yield engine
    finally:
        await assembly.driver.close()


async def outcomes(engine: Engine, bot: str = BOT, by: str = "order") -> dict[str, Done]:
    """Order number (or another input of the item) → what became of it."""
    return {v.item.payload[by]: Done(str(v.outcome), v.reason) for v in await engine.items(bot)}


async def run_one_order(lab: Lab, home: Path, order: str, bot: str = BOT) -> None:
    """Take one order and run it to its end."""
    async with bot_at(lab, home, bot) as engine:
        await engine.submit(bot, {"order": order}, order)
        await engine.run_until_idle()


def killed_when_saved(lab: Lab, home: Path, row: dict[str, str], bot: str = BOT) -> None:
    """Run the bot in a process of its own and kill it the moment the EHR holds the report."""
    argv = [sys.executable, "-m", "tests.hospital.bot", str(lab.root), str(home), row["order"], bot]
    worker = subprocess.Popen(argv, cwd=Path(__file__).parents[2], stdout=subprocess.DEVNULL)
    try:
        with oracle.Rpc(lab, lab.logins["ehr_admin"]) as rpc:
            until = time.monotonic() + 600
            while not rpc.rows(oracle.RESULT, [["id", "=", row["result_id"]]], "comment")[0]["comment"]:
                assert worker.poll() is None, "the bot ended before it saved"
                assert time.monotonic() < until, "the bot never saved"
                time.sleep(0.02)
    finally:
        worker.kill()
        worker.wait()


if __name__ == "__main__":
    found = load(Path(sys.argv[1]))
    assert found is not None, "no lab there"
    asyncio.run(run_one_order(found, Path(sys.argv[2]), *sys.argv[3:5]))
