"""A signed skill is the one that was signed, or it is not loaded; a site may demand a signature of its own people."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from robot_library.cli.main import run_cli
from robot_library.errors import SetupError
from robot_library.model.trust import SkillTrust
from robot_library.skills.host import Skill
from robot_library.skills.manifest import load_manifest
from robot_library.skills.signing import FILE, check, public, read, sign
from tests.skills.evaluation.films import NAME, project

KEY, STRANGER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
OPTIONAL = SkillTrust(keys={"officer": public(KEY)})
REQUIRED = SkillTrust(signatures="required", keys={"officer": public(KEY)})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return project(tmp_path)


def test_a_signed_skill_is_loaded_and_says_by_whom(folder: Path) -> None:
    sign(folder, KEY)
    assert Skill(folder, trust=REQUIRED).signed_by == "officer"
    assert read(folder).files.keys() == {"skill.yaml", "model.onnx", "evaluation.json"}


def test_what_is_signed_is_what_the_documentation_says(folder: Path) -> None:
    """Verified by hand, as another tool would."""
    sign(folder, KEY)
    found = json.loads((folder / FILE).read_text(encoding="utf-8"))
    signature = base64.b64decode(found.pop("signature"))
    text = json.dumps(found, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(found["key"]))
    key.verify(signature, b"wetread-skill-signature/1\n" + text.encode())


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("skill.yaml", "threshold: 0.1576", "threshold: 0.2576"),
        ("skill.yaml", "below: 6", "below: 60"),
        ("evaluation.json", "0.98", "0.99"),
        (FILE, '"signed": "2', '"signed": "3'),
        (FILE, '"skill.yaml": "', '"skill.yaml": "0'),
    ],
)
@pytest.mark.parametrize("trust", [OPTIONAL, REQUIRED], ids=["optional", "required"])
def test_whatever_was_changed_since_is_refused(folder: Path, file: str, old: str, new: str, trust: SkillTrust) -> None:
    sign(folder, KEY)
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SetupError, match=r"changed after it was signed|not made by the key"):
        check(folder, load_manifest(folder), trust)


def test_an_exchanged_model_with_its_hash_written_in_is_refused(folder: Path) -> None:
    """What the manifest's own sha256 cannot show: both were exchanged together."""
    sign(folder, KEY)
    text = (folder / "skill.yaml").read_text(encoding="utf-8")
    (folder / "skill.yaml").write_text(text.replace(load_manifest(folder).model.sha256, "0" * 64), encoding="utf-8")
    with pytest.raises(SetupError, match=r"skill\.yaml changed after it was signed"):
        check(folder, load_manifest(folder), OPTIONAL)


def test_a_signature_moved_from_another_skill_or_version_is_refused(folder: Path) -> None:
    sign(folder.parent / "chest-xray-view", KEY)
    (folder / FILE).write_bytes((folder.parent / "chest-xray-view" / FILE).read_bytes())
    with pytest.raises(SetupError, match="of another skill"):
        check(folder, load_manifest(folder), REQUIRED)


@pytest.mark.parametrize("signed", [False, True], ids=["unsigned", "a stranger's"])
def test_where_signatures_are_required_nobody_elses_will_do(folder: Path, signed: bool) -> None:
    if signed:
        sign(folder, STRANGER)
    with pytest.raises(SetupError, match="signed skills only"):
        check(folder, load_manifest(folder), REQUIRED)
    assert check(folder, load_manifest(folder), OPTIONAL) == ""


def test_a_model_that_is_not_the_manifests_is_not_signed(folder: Path) -> None:
    (folder / "model.onnx").write_bytes(b"another")
    with pytest.raises(SetupError, match=r"is not the model that"):
        sign(folder, KEY)
    assert read(folder) is None


def test_rubbish_is_no_signature(folder: Path) -> None:
    (folder / FILE).write_text("yes", encoding="utf-8")
    with pytest.raises(SetupError, match="is no signature"):
        check(folder, load_manifest(folder), OPTIONAL)


def said(capsys: pytest.CaptureFixture[str], *command: str) -> tuple[int, str]:
    code = run_cli(["skills", *command])
    found = capsys.readouterr()
    return code, found.out + found.err


def test_from_a_new_key_to_a_site_that_demands_it(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key, here = tmp_path / "keys" / "officer.pem", ("--project", str(tmp_path))
    code, told = said(capsys, "sign", "--new-key", str(key))
    assert code == 0
    public_ = told.strip().splitlines()[-1].strip()
    assert public_.startswith("officer: ")
    assert os.name != "posix" or key.stat().st_mode & 0o077 == 0
    site = f"skills:\n  signatures: required\n  keys:\n    {public_}\n"
    (tmp_path / "site.yaml").write_text(site, encoding="utf-8")
    code, told = said(capsys, "test", NAME, *here)
    assert (code, "signed skills only" in told) == (3, True)
    assert said(capsys, "verify", NAME, *here)[0] == 1
    for name in (NAME, "chest-xray-view"):
        assert said(capsys, "sign", name, "--key", str(key), *here)[0] == 0
    code, told = said(capsys, "verify", NAME, *here)
    assert (code, "by officer" in told) == (0, True)
    assert said(capsys, "test", NAME, *here)[0] == 0


def test_a_key_in_the_vault_and_one_under_a_passphrase(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = ("--project", str(tmp_path))
    monkeypatch.setenv("WETREAD_CREDENTIAL_SIGNER", f"officer:{base64.b64encode(KEY.private_bytes_raw()).decode()}")
    assert said(capsys, "sign", NAME, "--key", "vault:signer", *here)[0] == 0
    assert check(folder, load_manifest(folder), REQUIRED) == "officer"
    locked = tmp_path / "locked.pem"
    locked.write_bytes(KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"open sesame")))
    locked.chmod(0o600)
    monkeypatch.setattr("click.prompt", lambda *_, **__: "wrong")
    code, told = said(capsys, "sign", NAME, "--key", str(locked), *here)
    assert (code, "cannot be read" in told) == (3, True)
    monkeypatch.setattr("click.prompt", lambda *_, **__: "open sesame")
    assert said(capsys, "sign", NAME, "--key", str(locked), *here)[0] == 0
