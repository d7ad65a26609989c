"""The second factor of a credential: from the environment, as letters or as an address; never printed."""

from __future__ import annotations

import pyotp
import pytest

from robot_library.errors import SetupError
from robot_library.safeguards.vault import Vault

SEED = "JBSW Y3DP EHPK 3PXP"
"""Eighty bits, as many systems give."""


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WETREAD_CREDENTIAL_EHR_BOT", "bot:secret")
    monkeypatch.setattr("robot_library.safeguards.vault._from_keyring", lambda name: None)


def test_a_credential_has_no_second_factor_unless_one_is_stored() -> None:
    assert Vault().credential("ehr-bot").one_time is None


def test_letters_and_addresses_make_the_same_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = pyotp.TOTP("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP").generate_otp(58_000_000)
    for seed in (
        "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
        "otpauth://totp/Meadow:bot?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&period=30",
    ):
        monkeypatch.setenv("WETREAD_CREDENTIAL_EHR_BOT_TOTP", seed)
        made = Vault().credential("ehr-bot").one_time
        assert made is not None
        assert (made.period, made.code(58_000_000)) == (30, wanted)


def test_a_short_seed_is_a_seed_and_nothing_of_it_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WETREAD_CREDENTIAL_EHR_BOT_TOTP", SEED)
    found = Vault().credential("ehr-bot")
    assert found.one_time is not None
    assert len(found.one_time.code(1)) == 6
    assert "JBSW" not in f"{found!r} {found.one_time!r}"


@pytest.mark.parametrize("seed", ["not base32!", "otpauth://hotp/x?secret=JBSWY3DPEHPK3PXP", "AA"])
def test_what_is_no_seed_is_told_without_showing_it(monkeypatch: pytest.MonkeyPatch, seed: str) -> None:
    monkeypatch.setenv("WETREAD_CREDENTIAL_EHR_BOT_TOTP", seed)
    with pytest.raises(SetupError, match="no TOTP seed") as caught:
        Vault().credential("ehr-bot")
    assert seed not in str(caught.value)
