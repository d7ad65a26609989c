"""The example bots of examples/robot-framework, run for real on a copy of their folder."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope

from robot_library.bot import assemble
from robot_library.engine.database.store import Store
from robot_library.engine.records.journal import ItemJournal
from robot_library.engine.records.recorder import Timeline
from robot_library.engine.run.dispatch import Dispatch
from robot_library.engine.run.sessions import SessionPool
from robot_library.errors import NeedsPerson
from robot_library.interfaces import Credential
from robot_library.lint import check
from robot_library.model.workitem import WorkItem
from robot_library.parsing.library import Library, bundled
from robot_library.safeguards.sealed import SealedJson
from robot_library.safeguards.vault import Vault
from tests.keywords.conftest import KEY

EXAMPLES = Path(__file__).parents[2] / "examples" / "robot-framework"
DAY = "2026-03-27"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "project"
    shutil.copytree(EXAMPLES, copy, ignore=shutil.ignore_patterns("outbox", ".wetread"))
    (copy / "outbox").mkdir()
    return copy


async def run(folder: Path, bot: str, values: dict[str, str] | None = None, **item: str) -> None:
    """One item of a bot, by the real engine."""
    sealer, home = SealedJson(KEY), folder / ".wetread"
    home.mkdir(exist_ok=True)
    vault = Vault({"mail-bot": Credential("mailer", "s3cret-word")})
    assembly = assemble(bot, Library(folder, bundled()), home, KEY, vault=vault, values=values)
    store = Store(f"sqlite:///{home / 'engine.sqlite'}")
    store.open(sealer.fingerprint)
    try:
        await Dispatch(
            assembly, WorkItem(id=bot, bot=bot, payload=item), ItemJournal(store, sealer, bot),
            Timeline(store, sealer, bot), sealer, pool=SessionPool(), listener=lambda _: None,
        ).run()  # fmt: skip
    finally:
        store.close()


def table(path: Path) -> list[tuple[Any, ...]]:
    from openpyxl import load_workbook

    book = load_workbook(path)
    try:
        return list(book.active.iter_rows(values_only=True))
    finally:
        book.close()


def test_they_are_free_of_mistakes() -> None:
    assert [str(one) for one in check([EXAMPLES], Library(EXAMPLES, bundled()))] == []


async def test_charges_are_looked_up_and_summed_up_without_a_patient(folder: Path, post: Post) -> None:
    await run(folder, "charge-capture", day=DAY)
    assert table(folder / "outbox" / f"charges-{DAY}.xlsx") == [
        ("accession", "mrn", "procedure", "code", "points"),
        ("A1001", "00123456", "XR CHEST PA", "5135", "16.32"),
        ("A1002", "00123457", "XR CHEST PA+LAT", "5137", "26.23"),
        ("A1004", "00123459", "MR HEAD", "5700", "256.46"),
    ]
    where = {"WETREAD_EXAMPLE_SMTP": post.controller.hostname, "WETREAD_EXAMPLE_SMTP_PORT": str(post.controller.port)}
    for _ in range(2):
        await run(folder, "night-summary", where, day=DAY)
    (mail,) = post.mails
    assert post.logins == [("mailer", "s3cret-word")]
    assert mail["subject"] == f"Charges of {DAY}"
    assert "3 reports were charged." in mail.get_payload()[0].get_payload(decode=True).decode()
    assert "00123456" not in mail.as_string()


async def test_a_procedure_without_a_code_is_a_persons(folder: Path) -> None:
    (folder / "tables" / "procedures.csv").write_text("procedure,code,points\nXR CHEST PA,5135,1\n", encoding="utf-8")
    with pytest.raises(NeedsPerson, match="no billing code"):
        await run(folder, "charge-capture", day=DAY)
    assert not list((folder / "outbox").iterdir())


async def test_what_runs_short_is_ordered_by_a_work_item(folder: Path) -> None:
    await run(folder, "stock-orders", list="stock-0327")
    (order,) = json.loads((folder / "outbox" / "stock-0327-order.json").read_text(encoding="utf-8"))
    assert order["payload"] == {"article": "Contrast medium 300 mg/ml, 100 ml", "quantity": 48}


async def test_a_referral_letter_is_read(folder: Path) -> None:
    await run(folder, "referral-text", letter="referral-1")
    said = json.loads((folder / "outbox" / "referral-1.json").read_text(encoding="utf-8"))
    assert said == {"examination": "MR head with contrast", "question": "Size of the lesion, compared with January"}


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Post:
    """A mail server of this machine that keeps what it is given."""

    def __init__(self) -> None:
        self.mails: list[Any] = []
        self.logins: list[tuple[str, str]] = []
        self.controller = Controller(
            self, hostname="127.0.0.1", port=free_port(), authenticator=self._login, auth_require_tls=False
        )

    def _login(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        self.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=True)

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802
        self.mails.append(message_from_bytes(envelope.original_content or b""))
        return "250 OK"


@pytest.fixture
def post() -> Iterator[Post]:
    made = Post()
    made.controller.start()
    yield made
    made.controller.stop()
