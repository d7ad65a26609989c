"""What we say of common libraries fits what these libraries are, in the release that is installed."""

from __future__ import annotations

import pytest

from robot_library.keywords import robot_side
from robot_library.keywords.effects import _EFFECTS, CLOSERS, NEEDS_A_RUN, effect_in_table, effect_of, folded
from robot_library.keywords.files import NEEDED, REFUSED, is_path
from robot_library.model.keywords import DEFAULT

SOUNDS_LIKE_A_PATH = ("path", "file", "folder", "dir", "dest", "source", "target", "archive", "attachment", "image")
NO_PATHS = {
    "include_dirs", "include_files", "direction", "file_prefix", "return_path", "attachment_position", "source_range",
    "target", "source_folder", "target_folder", "folder_name", "subdirectory", "filename",
}  # fmt: skip
"""Mail folders, cell ranges, members of an archive, and other names that only sound so."""


@pytest.mark.parametrize("library", DEFAULT)
def test_every_keyword_that_we_name_is_there_and_no_path_is_missed(library: str) -> None:
    known = robot_side.library_info(library).keywords
    named = {folded(name) for names in _EFFECTS[library].values() if names != "*" for name in names.split(",")}
    keyed = {keyword for one, keyword in [*NEEDED, *REFUSED] if one == library}
    needing = {name.removeprefix(f"{library}.") for name in NEEDS_A_RUN if name.startswith(f"{library}.")}
    closing = {folded(CLOSERS[library])} if library in CLOSERS else set()
    assert named | keyed | needing | closing <= set(known)
    for keyword in known.values():
        for argument in keyword.arguments:
            if any(word in argument.name for word in SOUNDS_LIKE_A_PATH) and argument.name not in NO_PATHS:
                if (library, folded(keyword.name)) == ("RPA.FileSystem", "getfileextension"):
                    continue
                assert is_path(library, keyword.name, argument.name, argument.type), (keyword.name, argument.name)


def test_nobody_asks_for_less_care_than_is_known() -> None:
    assert effect_in_table("RPA.Email.ImapSmtp", "send_message") == "once"
    assert effect_of("RPA.Email.ImapSmtp", "Send Message", "read") == "once"
    assert effect_of("RPA.Excel.Files", "Open Workbook", "once") == "once"
    assert effect_of("Somebody.Library", "Any", "read") == "read"
    assert effect_of("Somebody.Library", "Any", None) == "once"
    assert effect_of("RPA.FileSystem", "Something New", None) == "once"
