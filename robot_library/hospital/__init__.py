"""The embedded demo hospital: an EHR and a PACS with synthetic patients, and the unpleasantness of real systems.

    with Hospital(directory, seed=1) as hospital:
        hospital.ehr_url, hospital.pacs_url, hospital.dicomweb_url, hospital.accounts["rpabot"].password

``verdict(directory / "hospital.sqlite")`` counts from the hospital's own database what a bot did to it.
"""

from __future__ import annotations

from robot_library.hospital.server import Hospital
from robot_library.hospital.settings import ACCOUNTS, Account, Settings
from robot_library.hospital.verdict import Verdict, verdict

__all__ = ["ACCOUNTS", "Account", "Hospital", "Settings", "Verdict", "verdict"]
