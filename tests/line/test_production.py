"""What is said to be production is not reached from a trial, whoever gives the address."""

from __future__ import annotations

from pathlib import Path

import pytest

from robot_library.bot import assemble
from robot_library.cli.main import run_cli
from robot_library.cli.site import open_key
from robot_library.errors import SetupError
from robot_library.model.site import Site
from robot_library.parsing.library import Library, bundled

SYSTEMS = {"https://live.example": {"production": True}, "https://shared.example:8443/live": {"production": True}}
BOT = "chest-xray-preread"


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://live.example", True),
        ("http://LIVE.example./ehr?x=1", True),
        ("https://live.example:9443/", True),
        ("https://live.example.org", False),
        ("https://not-live.example", False),
        ("https://shared.example:8443/live/rs", True),
        ("https://shared.example:8443/live", True),
        ("https://shared.example:8443/liver", False),
        ("https://shared.example:8443/test", False),
        ("https://shared.example/live", False),
        ("http://127.0.0.1:8080/live", False),
    ],
)
def test_an_address_leads_there_by_whatever_scheme(url: str, found: bool) -> None:
    assert (Site.model_validate({"systems": SYSTEMS}).forbidden(url) is not None) is found
    assert Site.model_validate({"systems": SYSTEMS, "environment": "production"}).forbidden(url) is None


def test_a_map_cannot_be_production_its_test_system_has_the_same() -> None:
    with pytest.raises(ValueError, match="said of an address"):
        Site.model_validate({"systems": {"demo-ehr": {"production": True}}})


@pytest.mark.parametrize("name", ["WETREAD_EHR_URL", "WETREAD_DICOMWEB_URL"])
def test_an_address_from_the_environment_is_refused_before_anything_opens(tmp_path: Path, name: str) -> None:
    key = open_key(tmp_path / "home", create=True)
    here = dict.fromkeys(("WETREAD_EHR_URL", "WETREAD_PACS_URL", "WETREAD_DICOMWEB_URL"), "http://127.0.0.1:1")
    site = "systems:\n  https://live.example: {production: true}\n"
    (tmp_path / "site.yaml").write_text(site, encoding="utf-8")
    values = {**here, name: "http://live.example/ehr"}
    with pytest.raises(SetupError, match="leads to the production system"):
        assemble(BOT, Library(tmp_path, bundled()), tmp_path / "home", key, values=values)
    assemble(BOT, Library(tmp_path, bundled()), tmp_path / "home", key, values=here)
    (tmp_path / "site.yaml").write_text(f"environment: production\n{site}", encoding="utf-8")
    assemble(BOT, Library(tmp_path, bundled()), tmp_path / "home", key, values=values)


def test_nobody_practises_in_production(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    site = "environment: production\nsystems:\n  https://live.example: {production: true}\n"
    (tmp_path / "site.yaml").write_text(site, encoding="utf-8")
    (tmp_path / "wetread.toml").write_text("", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for words in (["run", BOT, "--step"], ["run", BOT, "--break", "save"]):
        assert run_cli([*words, "--home", "home"]) == 3
        assert "this is production" in capsys.readouterr().err
    record = ["record", "http://live.example/ehr", "--out", "workflows/new/workflow.yaml", "--allow-commits"]
    assert run_cli(record) == 3
    assert "production system https://live.example" in capsys.readouterr().err
    assert not (tmp_path / "home").exists()
