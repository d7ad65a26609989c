"""site.yaml, `keywords`: which Robot Framework libraries bots of this hospital may use, and on which files."""

from __future__ import annotations

from robot_library.model.base import Frozen

DEFAULT = (
    "RPA.Archive",
    "RPA.Email.ImapSmtp",
    "RPA.Excel.Files",
    "RPA.FileSystem",
    "RPA.JSON",
    "RPA.PDF",
    "RPA.Robocorp.Vault",
    "RPA.Robocorp.WorkItems",
    "RPA.Tables",
)
"""What needs no word of a person: files, tables, PDF, mail, work items, vault."""


class KeywordRules(Frozen):
    """What keywords may do here."""

    allow: tuple[str, ...] = DEFAULT
    """Libraries that bots may use, by their full names; a list of one's own stands in place of the usual one."""
    unguarded: tuple[str, ...] = ()
    """Libraries that drive a browser or a desktop of their own, and that a person lets bots use all the same: nothing
    of wetread reads the patient again before they type, and nothing proves what they have pressed."""
    patient_data: tuple[str, ...] = ()
    """Libraries that send (mail, web requests) and that a person lets bots give patients' data to."""
    folders: tuple[str, ...] = ()
    """Folders, beside the project's own, whose files keywords may read and write."""
