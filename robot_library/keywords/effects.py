"""What the keywords of common libraries change. Whatever is not said here changes the world once (`once`).

- read: looks, or changes only what the library itself remembers; runs again after an interruption.
- compute: the result hangs on nothing but the arguments; it is kept and reused.
- file: writes a file; written again, it is the same file.
- once: sends, moves, deletes, appends, hands over: at most once for an item.
"""

from __future__ import annotations

from typing import Literal

KeywordEffect = Literal["read", "compute", "file", "once"]
CAREFUL: dict[KeywordEffect, int] = {"compute": 0, "read": 0, "file": 1, "once": 2}
"""How much care each takes. An author may ask for more care than the table, never for less."""

_Table = dict[str, dict[KeywordEffect, str]]
_REST = "*"

_EFFECTS: _Table = {
    "RPA.Tables": {"read": "Read table from CSV", "file": "Write table to CSV", "compute": _REST},
    "RPA.JSON": {"read": "Load JSON from file", "file": "Save JSON to file", "compute": _REST},
    "RPA.Excel.Files": {"file": "Save Workbook", "read": _REST},
    "RPA.PDF": {
        "once": "Add Files To Pdf, Rotate Page",
        "file": "Add Watermark Image To Pdf, Decrypt Pdf, Encrypt Pdf, Extract Pages From Pdf, Html To Pdf, "
        "Save Field Values, Save Figure As Image, Save Figures As Images, Save Pdf, Template Html To Pdf",
        "read": _REST,
    },
    "RPA.Archive": {
        "once": "Add To Archive",
        "read": "Get Archive Info, List Archive",
        "file": "Archive Folder With Tar, Archive Folder With Zip, Extract Archive, Extract File From Archive",
    },
    "RPA.FileSystem": {
        "read": "Absolute Path, Does Directory Exist, Does Directory Not Exist, Does File Exist,"
        "Does File Not Exist, Find Files, Get File Creation Date, Get File Extension, Get File Modified Date, "
        "Get File Name, Get File Owner, Get File Size, Get File Stem, Is Directory Empty, Is Directory Not Empty, "
        "Is File Empty, Is File Not Empty, Join Path, List Directories In Directory, List Files In Directory, "
        "Normalize Path, Read Binary File, Read File, Wait Until Created, Wait Until Modified, Wait Until Removed",
        "file": "Copy Directory, Copy File, Copy Files, Create Binary File, Create Directory, Create File, Touch File",
    },
    "RPA.Robocorp.Vault": {"read": "Get Secret"},
    "RPA.Robocorp.WorkItems": {
        "read": "Clear Work Item, Delete Work Item Variables, Get Current Work Item, Get Input Work Item, "
        "Get Work Item Payload, Get Work Item Variable, Get Work Item Variables, List Work Item Files, "
        "List Work Item Variables, Set Work Item Payload, Set Work Item Variable, Set Work Item Variables",
        "file": "Get Work Item File, Get Work Item Files, Save Work Item",
    },
    "RPA.Email.ImapSmtp": {
        "read": "Authorize, Authorize Imap, Authorize Smtp, Convert Eml File Into Message, Get Decoded Email Body, "
        "Get Folder List, List Messages, Select Folder, Set Credentials, Wait For Message",
        "file": "Email To Document, Save Attachment, Save Attachments, Save Messages",
    },
    "String": {"compute": _REST},
    "Collections": {"compute": _REST},
}

NEEDS_A_RUN = frozenset(
    {
        "RPA.Tables.filtertablewithkeyword",
        "RPA.Tables.mapcolumnvalues",
        "RPA.FileSystem.runkeywordiffileexists",
        "RPA.Robocorp.WorkItems.foreachinputworkitem",
        "RPA.Robocorp.WorkItems.settaskvariablesfromworkitem",
    }
)
"""Keywords that run keywords, or set Robot's variables: they work only inside a Robot Framework run."""

CLOSERS = {
    "RPA.Excel.Files": "Close Workbook",
    "RPA.PDF": "Close All Pdfs",
    "RPA.Database": "Disconnect From Database",
    "RPA.Browser.Selenium": "Close All Browsers",
    "RPA.Browser.Playwright": "Close Browser",
    "SeleniumLibrary": "Close All Browsers",
    "Browser": "Close Browser",
}
"""What is run when an item lets go of a library."""

SCREENS = (
    "RPA.Browser", "RPA.Desktop", "RPA.Windows", "RPA.JavaAccessBridge", "RPA.SAP", "RPA.Images", "RPA.MFA",
    "RPA.Excel.Application", "RPA.Word.Application", "RPA.Outlook.Application", "SeleniumLibrary", "Browser",
    "AppiumLibrary", "AutoItLibrary", "WhiteLibrary", "FlaUILibrary", "SikuliLibrary", "ImageHorizonLibrary",
    "DesktopLibrary", "Screenshot", "Dialogs",
)  # fmt: skip
"""Libraries that drive screens: outside every guard."""


SENDERS = (
    "RPA.Email", "RPA.HTTP", "RPA.FTP", "RPA.Slack", "RPA.Twitter", "RPA.Notifier", "RPA.Cloud", "RPA.Salesforce",
    "RPA.Hubspot", "RPA.Google", "RPA.Smartsheet", "RPA.OpenAI", "RPA.DocumentAI", "RPA.Assistant", "RPA.Outlook",
    "RPA.Netsuite", "RPA.Database", "RequestsLibrary", "SSHLibrary", "RESTinstance", "Telnet", "Remote",
)  # fmt: skip
"""Libraries whose keywords take what they are given to other machines."""
_IN_HOUSE = frozenset({"convertemlfileintomessage", "emailtodocument", "getdecodedemailbody", "setcredentials"})


def sends(library: str, keyword: str) -> bool:
    """Whether a keyword takes what it is given to another machine. Of mail, only what is not known to look."""
    if not any(library == name or library.startswith(f"{name}.") for name in SENDERS):
        return False
    return effect_in_table(library, keyword) not in ("read", "file") and folded(keyword) not in _IN_HOUSE


def folded(name: str) -> str:
    """A keyword's name as Robot compares it: without case, spaces and underscores."""
    return name.lower().replace(" ", "").replace("_", "")


def effect_in_table(library: str, keyword: str) -> KeywordEffect | None:
    """What the table says of a keyword; None if it says nothing."""
    rows = _EFFECTS.get(library)
    if rows is None:
        return None
    wanted = folded(keyword)
    for effect, names in rows.items():
        if names != _REST and wanted in {folded(name) for name in names.split(",")}:
            return effect
    return next((effect for effect, names in rows.items() if names == _REST), "once")


def effect_of(library: str, keyword: str, declared: str | None) -> KeywordEffect:
    """What holds: the table's word, or more care if the author asks for it; without a table, the author's word; where
    nobody has said anything, `once`."""
    told: KeywordEffect | None = declared if declared in CAREFUL else None
    known = effect_in_table(library, keyword)
    if known is None:
        return told or "once"
    return told if told is not None and CAREFUL[told] >= CAREFUL[known] else known


def drives_screens(library: str) -> bool:
    """Whether a library drives a browser or a desktop of its own."""
    return any(library == name or library.startswith(f"{name}.") for name in SCREENS)
