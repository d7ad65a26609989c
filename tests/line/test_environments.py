"""dev, test and prod as overlays of one site.yaml: chosen by name, never mixed; practice in production on named test
patients alone."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from robot_library.bot import assemble
from robot_library.cli.environments import outside
from robot_library.cli.main import run_cli
from robot_library.cli.site import open_key
from robot_library.errors import AuthoringError, NotATestPatient, SetupError
from robot_library.interfaces import Protection
from robot_library.model.person import Identity, PatientId
from robot_library.model.screen import Screen
from robot_library.model.site import Site
from robot_library.parsing.library import Library, bundled
from robot_library.parsing.made_of import made_of
from robot_library.safeguards.practice import TestPatientsOnly, belong

BOT = "chest-xray-preread"
HERE = "http://127.0.0.1:1"
SITE = f"""
systems:
  https://ehr.hospital.example: {{production: true, sessions: 2}}
environments:
  dev:
    about: this machine
    values: {{WETREAD_EHR_URL: "{HERE}", WETREAD_PACS_URL: "{HERE}", WETREAD_DICOMWEB_URL: "{HERE}"}}
  test:
    values: {{WETREAD_EHR_URL: https://ehr-test.example, WETREAD_PACS_URL: "{HERE}", WETREAD_DICOMWEB_URL: "{HERE}"}}
    credentials: {{ehr-bot: ehr-bot-test}}
    vault: {{file: test.vault}}
    systems: {{https://ehr.hospital.example: {{sessions: 1}}}}
  prod:
    production: true
    values:
      WETREAD_EHR_URL: https://ehr.hospital.example
      WETREAD_PACS_URL: https://pacs.hospital.example
      WETREAD_DICOMWEB_URL: https://pacs.hospital.example/rs
    test_patients: [TEST-001]
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "site.yaml").write_text(SITE, encoding="utf-8")
    (tmp_path / "wetread.toml").write_text("", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WETREAD_ENV", raising=False)
    return tmp_path


def test_what_an_environment_says_comes_before_the_site_and_production_stays_production(project: Path) -> None:
    whole = Library(project, bundled()).site()
    there = whole.overlaid("test")
    found = there.limits("any", "https://ehr.hospital.example/x")
    assert found is not None
    assert found[1].sessions == 1
    assert found[1].production
    assert there.environment == "trial"
    assert there.test_patients == ()
    assert there.forbidden("http://pacs.hospital.example/rs/studies")  # what production fills in, too
    assert whole.overlaid("prod").forbidden("https://pacs.hospital.example") is None
    assert whole.forbidden("https://pacs.hospital.example")  # none chosen: a trial


def test_the_chosen_one_is_said_and_a_wrong_name_has_a_place(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_cli(["check", "site.yaml"]) == 0
    assert "none is chosen" in capsys.readouterr().err
    assert run_cli(["check", "site.yaml", "--env", "dev"]) == 0
    assert "Environment: dev (a trial): this machine" in capsys.readouterr().err
    assert "WETREAD_ENV" not in os.environ
    assert "WETREAD_EHR_URL" not in os.environ
    monkeypatch.setenv("WETREAD_ENV", "prdo")
    assert run_cli(["run", BOT]) == 2
    said = capsys.readouterr().err
    assert "site.yaml:4:1: WR122 there is no environment 'prdo'" in said
    assert "Did you mean 'prod'?" in said
    (project / "site.yaml").unlink()
    assert run_cli(["run", BOT, "--env", "prod"]) == 2
    assert "there is no environment 'prod'" in capsys.readouterr().err


def test_the_demo_is_in_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WETREAD_ENV", "test")
    with pytest.raises(AuthoringError, match="WR122"):
        Library(bundled()).site()
    with outside():
        assert Library(bundled()).environment() is None
    assert os.environ["WETREAD_ENV"] == "test"


def test_a_bot_gets_its_addresses_vault_and_credentials_from_it(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: dict[str, Any] = {}

    def plan(library: Library, bot: str, as_json: bool) -> int:
        names = ("WETREAD_ENV", "WETREAD_EHR_URL", "WETREAD_VAULT_FILE")
        seen.update({name: os.environ.get(name) for name in names})
        seen["credentials"] = {name for app in library.bot(bot).apps.values() for name in app.credentials()}
        return 0

    monkeypatch.setattr("robot_library.cli.run._plan", plan)
    monkeypatch.setenv("WETREAD_EHR_URL", "https://ehr.hospital.example")  # left over from yesterday
    assert run_cli(["run", BOT, "--dry-run", "--env", "test"]) == 0
    assert seen["WETREAD_ENV"] == "test"
    assert seen["WETREAD_EHR_URL"] == "https://ehr-test.example"
    assert seen["WETREAD_VAULT_FILE"] == "test.vault"
    assert "ehr-bot-test" in seen["credentials"]
    assert os.environ["WETREAD_EHR_URL"] == "https://ehr.hospital.example"


def test_a_home_is_of_one_environment_and_other_accounts_make_another_bot(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = project / "home"
    key = open_key(home, create=True)
    values = {"WETREAD_EHR_URL": HERE, "WETREAD_PACS_URL": HERE, "WETREAD_DICOMWEB_URL": HERE}
    monkeypatch.setenv("WETREAD_ENV", "dev")
    assemble(BOT, Library(project, bundled()), home, key, values=values)
    dev = made_of(BOT, Library(project, bundled()), values).hash
    monkeypatch.setenv("WETREAD_ENV", "test")
    with pytest.raises(SetupError, match="are of environment 'dev', and this is 'test'"):
        assemble(BOT, Library(project, bundled()), home, key, values=values)
    assert made_of(BOT, Library(project, bundled()), values).hash != dev
    live = {**values, "WETREAD_PACS_URL": "https://pacs.hospital.example/app"}
    with pytest.raises(SetupError, match="production system https://pacs"):
        assemble(BOT, Library(project, bundled()), home, key, values=live)


def test_practice_in_production_needs_test_patients_and_a_home_of_its_own(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    begun: list[Any] = []

    async def nothing(home: Path, key: Any, assembly: Any, site: Site, collect: bool, *_: Any) -> list[Any]:
        begun.append((type(assembly.guard), site.environment, collect))
        return []

    monkeypatch.setattr("robot_library.cli.run._run", nothing)
    monkeypatch.delenv("WETREAD_DB", raising=False)
    step = ["run", BOT, "--break", "save", "--env", "prod", "--home"]
    assert run_cli([*step, "practice"]) == 0
    assert begun == [(TestPatientsOnly, "trial", False)]
    assert "PRODUCTION" in capsys.readouterr().err
    assert run_cli(["run", BOT, "--env", "prod", "--home", "practice"]) == 3  # real work never goes on there
    assert "are of environment 'prod practice'" in capsys.readouterr().err
    open_key(project / "real", create=True)
    (project / "real" / "engine.sqlite").write_bytes(b"")
    assert run_cli([*step, "real"]) == 3
    assert "holds items that are no practice" in capsys.readouterr().err
    monkeypatch.setenv("WETREAD_DB", "postgresql://fleet.example/wetread")
    assert run_cli([*step, "practice"]) == 3
    assert "practice keeps its items apart" in capsys.readouterr().err
    monkeypatch.delenv("WETREAD_DB")
    (project / "site.yaml").write_text(SITE.replace("    test_patients: [TEST-001]\n", ""), encoding="utf-8")
    assert run_cli([*step, "practice"]) == 3
    assert "this is production" in capsys.readouterr().err
    assert len(begun) == 1


SCREEN = Screen.model_validate(
    {
        "seen_by": [{"text": "Result"}],
        "targets": {"mrn": {"use": "identity", "find": [{"test_id": "mrn"}]}},
        "identity": {"patient_id": "mrn"},
    }
)


def at_form(number: str) -> tuple[Any, Any]:
    """A session on a form that shows one patient's number, and the form."""

    async def read(targets: Sequence[str]) -> Mapping[str, str]:
        return dict.fromkeys(targets, number)

    form = SimpleNamespace(screen="result", where={}, read=read)
    session = SimpleNamespace(view=form, role="ehr", map=SimpleNamespace(system="tiny"), screen=lambda name: SCREEN)
    return session, form


@pytest.mark.parametrize("number", ["TEST-0011", "4711", "", "test-001"])
async def test_whoever_is_no_test_patient_is_not_touched(number: str) -> None:
    guard = TestPatientsOnly(["TEST-001"])
    session, form = at_form(number)
    with pytest.raises(NotATestPatient):
        await guard.identify(session, form)
    with pytest.raises(NotATestPatient):
        await guard.before_write("commit", Protection(role="ehr", screen="result", expected=()), session)
    if number:
        with pytest.raises(NotATestPatient):
            guard.agree([Identity(source="dicom", system="pacs", ids=(PatientId(value=number),))])


async def test_a_test_patient_is_known_by_the_number_on_the_screen() -> None:
    found = await TestPatientsOnly(["TEST-001"]).identify(*at_form(" TEST-001 "))
    assert found.ids[0].value == "TEST-001"


def test_a_home_of_before_stays_where_no_environments_are_told_apart(tmp_path: Path) -> None:
    belong(tmp_path, "")
    assert not list(tmp_path.iterdir())
    belong(tmp_path, "test")
    with pytest.raises(SetupError, match="and this is 'none'"):
        belong(tmp_path, "")


def test_the_vault_of_an_environment_comes_before_the_machines_own(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WETREAD_VAULT_FILE", "machine.vault")
    monkeypatch.setenv("WETREAD_VAULT_KEY_FILE", "own.key")
    assert run_cli(["vault", "init", "--env", "test"]) == 0, capsys.readouterr()
    assert ((project / "test.vault").is_file(), (project / "machine.vault").exists()) == (True, False)
    capsys.readouterr()
    assert run_cli(["vault", "list", "--env", "test", "--json"]) == 0
    assert capsys.readouterr().out.strip() == "[]"
    assert run_cli(["vault", "list"]) == 3, "the machine's own vault is not there"
    assert run_cli(["vault", "list", "--env", "nowhere"]) == 2
    monkeypatch.delenv("WETREAD_VAULT_FILE")
    assert run_cli(["vault", "list", "--env", "prod"]) == 2
    assert "No vault is named" in capsys.readouterr().err
    assert run_cli(["skills", "list", "--env", "nowhere"]) == 2
