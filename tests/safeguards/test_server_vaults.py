"""Vaults that a server keeps, by their makers' own clients: found by name, never two, never passed over in silence."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from robot_library.cli.doctor_site import _vault
from robot_library.errors import SetupError
from robot_library.safeguards import vault_file
from robot_library.safeguards.vault import Vault
from robot_library.safeguards.vaults import azure, hashicorp
from robot_library.safeguards.vaults.azure import AzureVault
from robot_library.safeguards.vaults.hashicorp import HashicorpVault
from tests.safeguards.servers import SECRETS, Server, serving
from tests.unattended.told.posts import certificate

PASSWORD = SECRETS["ehr-bot"]["password"]


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """HashiCorp's, named by the environment, with a token; no keyring."""
    token = tmp_path / "token"
    token.write_text("s.good\n", encoding="utf-8")
    token.chmod(0o600)
    monkeypatch.setattr("robot_library.safeguards.vault._from_keyring", lambda name: None)
    with serving() as server:
        monkeypatch.setenv(hashicorp.ADDRESS, server.url)
        monkeypatch.setenv(hashicorp.TOKEN_FILE, str(token))
        yield server


def test_hashicorp_looked_up_by_name_and_told_when_it_is_not_as_it_should_be(server: Server) -> None:
    one = Vault().credential("ehr-bot")
    assert (one.user, one.password) == ("rpabot", PASSWORD)
    assert one.one_time is not None
    assert ("GET", "/v1/secret/data/wetread/ehr-bot") in server.asked
    assert Vault().credential("pacs-bot").one_time is None
    for name in ("nobody", "gone"):
        with pytest.raises(SetupError, match="is not known on this machine"):
            Vault().credential(name)
    with pytest.raises(SetupError, match="lacks user or password"):
        Vault().credential("half")
    assert (_vault().status, _vault().detail) == ("ok", f"HashiCorp Vault at {server.url}, secret/wetread lets us look")
    for mood in ("sealed", "elsewhere", "a page"):
        server.mood = mood
        with pytest.raises(SetupError, match="does not answer as a vault does") as caught:
            Vault().credential("ehr-bot")
        assert PASSWORD not in str(caught.value)
        assert _vault().status == "missing", mood
    server.mood, server.tokens = "up", {"s.other"}
    with pytest.raises(SetupError, match="does not let us look"):
        Vault().credential("ehr-bot")


def test_hashicorp_by_a_role_whose_token_runs_out(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret-id"
    secret.write_text("good", encoding="utf-8")
    secret.chmod(0o600)
    one = HashicorpVault(server.url, role="role", secret_file=str(secret))
    assert one.look("ehr-bot") == f"rpabot:{PASSWORD}"
    assert one.look("pacs-bot") == "pacs:grey heron"
    assert server.logins == 1, "one token for many looks"
    server.tokens = set()
    assert one.look("ehr-bot") == f"rpabot:{PASSWORD}"
    assert server.logins == 2
    secret.write_text("bad", encoding="utf-8")
    server.tokens = set()
    with pytest.raises(SetupError, match="refuses the role or its secret"):
        one.look("ehr-bot")
    if sys.platform != "win32":
        secret.chmod(0o644)
        with pytest.raises(SetupError, match="can be read by other users"):
            HashicorpVault(server.url, role="role", secret_file=str(secret)).look("ehr-bot")
    monkeypatch.setenv(vault_file.FILE, str(tmp_path / "vault"))
    with pytest.raises(SetupError, match="name more than one vault"):
        Vault().credential("ehr-bot")
    with pytest.raises(SetupError, match="could be read by others"):
        HashicorpVault("http://vault.hospital.example")


class Identity:
    """What Azure's libraries take as a credential."""

    def __init__(self, token: str) -> None:
        self.token = token

    def get_token(self, *scopes: str, **more: Any) -> Any:
        from azure.core.credentials import AccessToken

        assert scopes == ("https://vault.azure.net/.default",)
        return AccessToken(self.token, int(time.time()) + 3600)


def test_azure_looked_up_by_name_and_told_when_it_is_not_as_it_should_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("robot_library.safeguards.vault._from_keyring", lambda name: None)
    files = certificate(tmp_path)
    with serving(files) as server:
        # the address of a test is none of Azure's: its own check of that is the one thing left out here
        more = {"connection_verify": str(files[0]), "verify_challenge_resource": False, "retry_backoff_factor": 0}
        one = AzureVault(server.url, Identity("s.good"), more)
        monkeypatch.setenv(azure.ADDRESS, server.url)
        monkeypatch.setitem(azure._known, server.url, one)
        found = Vault().credential("ehr-bot")
        assert (found.user, found.password) == ("rpabot", PASSWORD)
        assert found.one_time is not None
        assert Vault().credential("pacs-bot").one_time is None
        with pytest.raises(SetupError, match="is not known on this machine"):
            Vault().credential("nobody")
        assert (_vault().status, _vault().detail) == ("ok", f"Azure Key Vault {server.url} lets us look")
        with pytest.raises(SetupError, match="does not let us look"):
            AzureVault(server.url, Identity("s.bad"), more).look("ehr-bot")
        with pytest.raises(SetupError, match="does not answer as a vault does"):
            AzureVault(server.url, Identity("s.good"), {**more, "verify_challenge_resource": True}).look("ehr-bot")
        for mood in ("sealed", "a page"):
            server.mood = mood
            with pytest.raises(SetupError, match="does not answer as a vault does"):
                Vault().credential("ehr-bot")
    with pytest.raises(SetupError, match="could be read by others"):
        AzureVault("http://name.vault.azure.net")


@pytest.mark.parametrize(("module", "maker", "extra"), [
    ("hvac", lambda: HashicorpVault("http://127.0.0.1:9"), "hashicorp"),
    ("azure.keyvault.secrets", lambda: AzureVault("https://name.vault.azure.net"), "azure"),
])  # fmt: skip
def test_without_the_extra_the_cure_is_said(
    monkeypatch: pytest.MonkeyPatch, module: str, maker: Any, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(SetupError) as caught:
        maker().look("ehr-bot")
    assert caught.value.cure == f"pip install 'wetread[{extra}]'"
