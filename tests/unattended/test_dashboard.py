"""The dashboard of an office: its bots as their files have them, its troubles, its links."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from robot_library.cli.main import run_cli
from robot_library.engine.database import tables
from robot_library.engine.desk import Desk
from robot_library.parsing.library import Library
from robot_library.people.entrances import dashboard_doors
from robot_library.safeguards.audit.trail import AuditTrail
from robot_library.safeguards.audit.verify import records
from robot_library.safeguards.keys import site_key
from robot_library.safeguards.sealed import SealedJson
from robot_library.unattended.dashboard.offices import office_dashboard
from robot_library.unattended.office import Office
from robot_library.unattended.supervisor import Supervisor

ROOT = Path(__file__).parents[2]
URL = "http://127.0.0.1:8440"


async def test_an_office_is_seen_by_whoever_has_a_link(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project, home = tmp_path / "project", tmp_path / "home"
    for folder in ("bots", "workflows", "skills"):
        shutil.copytree(ROOT / folder, project / folder, ignore=shutil.ignore_patterns("train", "golden"))
    (project / "wetread.toml").touch()
    (project / "bots" / "broken.yaml").write_text("bot: broken\nnothing: 1\n", encoding="utf-8")
    home.mkdir()
    key = site_key(home, create=True)
    async with Desk(home, SealedJson(key), key.fingerprint) as desk:
        desk.store.trail = AuditTrail(home, key)
        await desk.bots.enable("imaging-qa", "it.meyer")
        office = Office(home, Library.find(project), desk, key, Supervisor([], lambda name: []))
        office.troubles.say("bot:imaging-qa", "imaging-qa", "its folder is away.")
        office.troubles.say("worker-1", "", "worker-1 ends again and again.")
        office.done("backup", "OSError")
        down = {
            "system": "demo-ehr",
            "address": "http://ehr",
            "code": "HTTP 503",
            "since": 1.0,
            "until": 3e9,
            "asked": 1,
        }
        await desk.store.write(lambda connection: connection.execute(sa.insert(tables.outages).values(**down)))
        dashboard = office_dashboard(office, desk, dashboard_doors(office.home, office.key))
        await desk.bots.enable("come-later", "it.meyer")  # its file came after the office, or lies on another host
        assert run_cli(["link", "--who", "dr.chen", "--home", str(home), "--json"]) == 0
        link = json.loads(capsys.readouterr().out)["link"]
        assert link.startswith(f"{URL}/enter/")
        transport = httpx.ASGITransport(app=dashboard.app)
        async with httpx.AsyncClient(transport=transport, base_url=URL, headers={"accept": "text/html"}) as client:
            assert (await client.get("/bots")).status_code == 401
            assert (await client.post(link, headers={"origin": URL})).status_code == 303
            made, entered = [one.event for one in records(home / "audit")][-2:]
            assert (made["kind"], made["what"], made["about"]) == ("decision", "link operator", "dr.chen")
            assert (entered["kind"], entered["person"], entered["system"]) == ("sign_in", "dr.chen", "dashboard")
            bots = (await client.get("/bots")).text
            for text in ("imaging-qa", "its folder is away.", "chest-xray-preread", "enabled", "by hand only"):
                assert text in bots
            assert "its file is wrong: wetread check" in bots
            health = (await client.get("/office")).text
            assert "worker-1 ends again and again." in health
            assert re.search(r"Backup</b> failed .* OSError", health)
            stop = (await client.get("/stop")).text
            assert {"all", "bot:imaging-qa", "bot:come-later"} <= set(re.findall(r'<option value="([^"]+)"', stop))
            assert re.search(r'<option value="system:', stop)
            overview = (await client.get("/")).text
            assert "Nothing is at work" in overview
            assert re.search(r"demo-ehr: does not answer \(HTTP 503\) since .*; asked again", overview)
            assert "dr.chen" in overview
