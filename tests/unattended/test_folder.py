"""A watched folder with real files: taken when still, aside afterwards, refused whole, never twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from robot_library.errors import SetupError
from robot_library.unattended.intake import Intake
from robot_library.unattended.watchers.folder import FolderWatcher
from tests.imaging.dicoms import STUDY, film, gradient
from tests.unattended.conftest import Queue, trigger


def watch(intake: Intake, folder: Path, **more: object) -> FolderWatcher:
    how = trigger(folder={"path": str(folder), "takes": "csv", "key": "order", "quiet": "0 s", **more}).folder
    assert how is not None
    return FolderWatcher(how, intake)


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


async def test_each_row_is_an_item_and_the_file_goes_aside(inbox: Path, intake: Intake, queue: Queue) -> None:
    (inbox / "orders.csv").write_text("order,ward,priority\nO1,7,stat\n00042,,\nO3,9,20\n", encoding="utf-8-sig")
    one = watch(intake, inbox)
    await one.open()
    assert await one.look() == 3
    assert queue.items == {
        "O1": ({"order": "O1", "ward": "7"}, 1),
        "00042": ({"order": "00042"}, 10),
        "O3": ({"order": "O3", "ward": "9"}, 20),
    }
    assert [path.relative_to(inbox).as_posix() for path in sorted(inbox.rglob("*.csv"))] == ["taken/orders.csv"]
    (inbox / "orders.csv").write_text("order\nO1\nO4\n", encoding="utf-8")
    assert await one.look() == 1
    assert sorted(path.name for path in (inbox / "taken").iterdir()) == ["orders.2.csv", "orders.csv"]


async def test_a_file_that_still_grows_is_not_taken(inbox: Path, intake: Intake, queue: Queue) -> None:
    file = inbox / "orders.csv"
    one = watch(intake, inbox, quiet="200 ms")
    with file.open("w", encoding="utf-8") as growing:
        for line in ("order,ward\n", "O1,7\n", "O2"):
            growing.write(line)
            growing.flush()
            assert await one.look() == 0
    one._seen = {}
    assert await one.look() == 0
    assert queue.items == {}


async def test_a_file_is_taken_again_after_a_crash_and_its_items_are_not(
    inbox: Path, intake: Intake, queue: Queue
) -> None:
    """The process ended after the items, before the move."""
    (inbox / "orders.csv").write_text("order\nO1\nO2\n", encoding="utf-8")
    await intake.take({"order": "O1"}, "O1")
    assert await watch(intake, inbox).look() == 1
    assert list(queue.items) == ["O1", "O2"]


async def test_two_hosts_on_one_folder_take_each_row_once(inbox: Path, intake: Intake, queue: Queue) -> None:
    first, second = watch(intake, inbox), watch(intake, inbox)
    (inbox / "orders.csv").write_text("order\nO1\n", encoding="utf-8")
    still = first._still()
    assert await second.look() == 1
    assert sum([await first._csv(path) for path in still]) == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"ward\n7\n", "no column 'order'"),
        (b"order,colour\nO1,red\n", "row 2: the inputs do not fit the workflow (unknown: colour)"),
        (b"order,ward\nO1\n", "row 2 has another number of columns"),
        (b"order,ward\nO1,7,8\n", "row 2 has another number of columns"),
        (b"order\nO1\nO1\n", "row 3 has no key, or one that stands above"),
        (b"order,ward\n,7\n", "row 2: the inputs do not fit the workflow (missing: order)"),
        (b"order,priority\nO1,soon\n", "row 2: the priority is not understood"),
        ("order\nMüller\n".encode("latin-1"), "not UTF-8"),
        (b'order\n"O1\n', "a quote is not closed"),
        (b"\x00\x01", "no column 'order'"),
        (b"", "no column 'order'"),
    ],
)
async def test_a_wrong_file_is_refused_whole(
    content: bytes, said: str, inbox: Path, intake: Intake, queue: Queue, troubles: list[str]
) -> None:
    (inbox / "orders.csv").write_bytes(content)
    assert await watch(intake, inbox).look() == 0
    assert queue.items == {}
    assert (inbox / "refused" / "orders.csv").read_bytes() == content
    assert said in troubles[0]
    assert "Müller" not in troubles[0]


async def test_links_are_passed_over(inbox: Path, intake: Intake, queue: Queue, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("order\nO1\n", encoding="utf-8")
    (inbox / "orders.csv").symlink_to(secret)
    assert await watch(intake, inbox).look() == 0
    assert queue.items == {}


async def test_a_folder_that_is_not_there_is_said(tmp_path: Path, intake: Intake) -> None:
    with pytest.raises(SetupError, match="not there"):
        await watch(intake, tmp_path / "nowhere").open()


async def test_films_of_a_folder_are_kept_encrypted_and_each_study_is_an_item(
    inbox: Path, intake: Intake, queue: Queue, troubles: list[str]
) -> None:
    for number in (1, 2):
        (inbox / f"{number}.dcm").write_bytes(
            film(gradient(), AccessionNumber="ACC1", SOPInstanceUID=f"{STUDY}.9.{number}")
        )
    (inbox / "letter.pdf").write_bytes(b"%PDF-1.4")
    one = watch(intake, inbox, takes="dicom", key="", item={"order": "accession", "objects": "objects"})
    assert await one.look() == 1
    assert list(queue.items) == [STUDY]
    assert queue.items[STUDY][0]["order"] == "ACC1"
    assert "refused" in troubles[0]
    assert not [path for path in intake.home.rglob("*") if path.is_file() and b"DICM" in path.read_bytes()]
