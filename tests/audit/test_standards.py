"""The same events as DICOM audit messages, as FHIR AuditEvents, and to a collector over real TLS."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args
from xml.etree.ElementTree import fromstring

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from robot_library.cli.audit.show import _row
from robot_library.cli.main import run_cli
from robot_library.errors import SetupError
from robot_library.model.audit import Happened, Kind, hashed
from robot_library.safeguards.audit.dicom import message
from robot_library.safeguards.audit.fhir import audit_event
from robot_library.safeguards.audit.signing import Signer
from robot_library.safeguards.audit.syslog import Collector, Forwarder, collector
from robot_library.safeguards.audit.trail import AuditTrail
from robot_library.safeguards.audit.verify import Keys, records, verify
from robot_library.safeguards.keys import SiteKey, write_file
from robot_library.safeguards.sealed import SealedJson

KEY = SiteKey(b"s" * 32)
KEYS = Keys({Signer(KEY).key_id: Signer(KEY).public}, Signer(KEY).seal_key)
PATIENT = hashed(SealedJson(KEY).mac, "00123456")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    write_file(folder / "site.key", KEY)
    trail = AuditTrail(folder, KEY, person="miller")
    trail.record(Happened("sign_in", "sign_in", bot="preread", version="v1", system="ehr"))
    trail.record(
        Happened("commit", "click", "begun", item="ab12", bot="preread", system="ehr", screen="order",
                 patients=(PATIENT,), person="dr <young> & co")
    )  # fmt: skip
    trail.record(Happened("skill", "run_skill", "failed", item="ab12", bot="preread", code="SkillFailed"))
    trail.record(Happened("decision", "stop all"))
    return folder


def test_dicom_audit_messages_have_what_the_schema_asks(home: Path) -> None:
    for record in records(home / "audit"):
        root = fromstring(message(record))
        assert root.tag == "AuditMessage"
        assert [child.tag for child in root][:1] == ["EventIdentification"]
        order = [
            "EventIdentification",
            "ActiveParticipant",
            "AuditSourceIdentification",
            "ParticipantObjectIdentification",
        ]
        ranks = [order.index(child.tag) for child in root]
        assert ranks == sorted(ranks)
        event = root[0]
        assert set(event.attrib) == {"EventActionCode", "EventDateTime", "EventOutcomeIndicator"}
        assert event.attrib["EventActionCode"] in "CRUDE"
        assert event.find("EventID") is not None
        assert root.findall("AuditSourceIdentification")[0].attrib["AuditSourceID"]
        requestors = [who.attrib["UserIsRequestor"] for who in root.findall("ActiveParticipant")]
        assert requestors.count("true") == 1, "one asked for it"


def test_bot_and_human_both_take_part(home: Path) -> None:
    commit = list(records(home / "audit"))[1]
    users = [who.attrib["UserID"] for who in fromstring(message(commit)).findall("ActiveParticipant")]
    assert users == ["wetread/preread", "dr <young> & co"]
    resource = audit_event(commit)
    assert [agent["who"]["display"] for agent in resource["agent"]] == ["wetread/preread", "dr <young> & co"]
    assert [agent["requestor"] for agent in resource["agent"]] == [False, True]


def test_whom_somebody_names_is_told_with_the_account_that_named_them(home: Path) -> None:
    """`--who` is what somebody says."""
    first, commit, *_ = records(home / "audit")
    assert (first.event["person"], "account" in first.event) == ("miller", False)
    assert (commit.event["person"], commit.event["account"]) == ("dr <young> & co", "miller")
    person = fromstring(message(commit)).findall("ActiveParticipant")[1]
    assert (person.attrib["UserID"], person.attrib["AlternativeUserID"]) == ("dr <young> & co", "miller")
    assert audit_event(commit)["agent"][1]["altId"] == "miller"
    assert "dr <young> & co (miller)" in _row(commit)


def test_what_people_write_keeps_no_collector_from_reading(home: Path, tmp_path: Path) -> None:
    """An escape, a NUL, half of a pair: no XML 1.0 holds them. A line's end would be two messages in an export. Nor is
    a person a program by being called like one."""
    odd = "a\x00b\x1b[31m\ud800\ufffe\x85\r\nc"
    AuditTrail(home, KEY).record(Happened("decision", f"stop {odd}", person=f"wetread/{odd}", about=odd, code=odd))
    last = list(records(home / "audit"))[-1]
    root = fromstring(message(last))
    assert b"\n" not in message(last)
    (who,) = root.findall("ActiveParticipant")
    assert who.attrib["UserID"].startswith("wetread/a\ufffdb\ufffd[31m")
    assert who.find("RoleIDCode") is None
    resource = json.dumps(audit_event(last), ensure_ascii=False).encode("utf-8")
    assert b"\\u" not in resource
    assert verify(home / "audit", home / "audit.head", KEYS).intact


def test_a_cursor_that_says_more_than_there_is_stops_no_line(home: Path, repository: Repository) -> None:
    (home / "audit" / "syslog.cursor").write_text("999999999", encoding="ascii")
    forwarder = Forwarder(home / "audit", Collector("127.0.0.1", repository.port, repository.ca))
    assert (forwarder.forward(), forwarder.sent()) == (4, 4)


@pytest.mark.parametrize("kind", get_args(Kind))
def test_the_action_is_one_that_the_event_may_have(home: Path, kind: Kind) -> None:
    """PS3.15 A.5.3: what each event's EventActionCode shall be."""
    allowed = {
        "110100": "E", "110103": "CRUD", "110106": "R", "110110": "CRUD", "110111": "CRUD", "110113": "E",
        "110114": "E",
    }  # fmt: skip
    AuditTrail(home, KEY).record(Happened(kind, "x"))
    event = fromstring(message(list(records(home / "audit"))[-1]))[0]
    what = event.find("EventID")
    assert what is not None
    assert event.attrib["EventActionCode"] in allowed[what.attrib["csd-code"]]


def test_events_of_two_hosts_are_never_one_resource(home: Path, tmp_path: Path) -> None:
    """Each host of a fleet counts from one: put to one server, the second host's lines would replace the first's."""
    other = AuditTrail(tmp_path / "other", KEY)
    other.record(Happened("sign_in", "sign_in", bot="preread"))
    both = [*records(home / "audit"), *records(tmp_path / "other" / "audit")]
    names = [audit_event(one)["id"] for one in both]
    assert len(set(names)) == len(both) == 5
    assert all(re.fullmatch(r"[A-Za-z0-9.-]{1,64}", name) for name in names)
    assert names[:4] == [audit_event(one)["id"] for one in records(home / "audit")], "sent twice, it is the same"


def test_fhir_audit_events_have_what_r4_asks(home: Path) -> None:
    for record in records(home / "audit"):
        resource = audit_event(record)
        for name in ("type", "recorded", "agent", "source"):
            assert resource[name], name
        assert resource["action"] in "CRUDE"
        assert resource["outcome"] in ("0", "4", "8", "12")
        assert all("requestor" in agent for agent in resource["agent"])
        assert "observer" in resource["source"]
        assert all(entity["what"]["identifier"]["value"] for entity in resource.get("entity", []))
        json.dumps(resource)


def run(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> Any:
    assert run_cli(["audit", *arguments, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_the_commands(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    at = ("--home", str(home))
    assert run(capsys, "verify", *at)["events"] == 4
    assert run(capsys, "verify", str(home / "audit"))["intact"]
    assert len(run(capsys, "list", *at, "--person", "miller")) == 3
    assert [one["kind"] for one in run(capsys, "list", *at, "--patient", "00123456")] == ["commit"]
    assert run(capsys, "list", *at, "--patient", "00123457") == []
    assert [one["kind"] for one in run(capsys, "list", *at, "--item", "ab", "--last", "1")] == ["skill"]
    head, key = run(capsys, "head", *at), run(capsys, "key", *at)
    public = ("--public-key", key["key"], "--head", f"{head['n']}:{head['hash']}")
    assert run(capsys, "verify", *at, *public)["intact"]
    for form in ("dicom", "fhir", "json"):
        out = tmp_path / f"trail.{form}"
        assert run(capsys, "export", *at, "--format", form, "--out", str(out))["events"] == 4
        assert len(out.read_bytes().splitlines()) == 4
        assert b"00123456" not in out.read_bytes()
    assert run_cli(["audit", "list", *at]) == 0
    assert "commit" in capsys.readouterr().out
    assert run_cli(["audit", "verify", *at, "--head", "nonsense"]) == 2


def test_a_damaged_trail_is_said_so_and_set_aside_by_a_person(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    at = ("--home", str(home))
    assert run_cli(["audit", "set-aside", *at, "--why", "no reason"]) == 3
    path = home / "audit" / "000000000001.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"outcome":"begun"', b'"outcome":"ended"'))
    capsys.readouterr()
    verdict = run(capsys, "verify", *at, code=1)
    assert (verdict["intact"], verdict["first_bad"], verdict["events"]) == (False, 2, 1)
    aside = run(capsys, "set-aside", *at, "--why", "ticket 4711")
    assert (Path(aside["set_aside"]) / path.name).exists()
    (first,) = run(capsys, "list", *at)
    assert "ticket 4711" in first["what"]
    assert run(capsys, "verify", *at)["intact"]
    assert run_cli(["audit", "verify", "--home", str(home.parent / "nowhere")]) == 3


class Repository:
    """A collector: a real TLS server that takes framed messages, and may be down or hang up early."""

    says_goodbye = True

    def __init__(self, folder: Path) -> None:
        self.ca, pem = _certificate(folder)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(pem)
        self.got: list[bytes] = []
        self.rude = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            with plain:
                try:
                    self._take(plain)
                except (OSError, ssl.SSLError):
                    continue

    def _take(self, plain: socket.socket) -> None:
        with self._context.wrap_socket(plain, server_side=True) as secure:
            held = b""
            while part := secure.recv(65536):
                held += part
                if self.rude:
                    return
            self.keep(held)
            if self.says_goodbye:
                secure.unwrap()

    def keep(self, held: bytes) -> None:
        while held:
            length, _, rest = held.partition(b" ")
            self.got.append(rest[: int(length)])
            held = rest[int(length) :]

    def close(self) -> None:
        with contextlib.suppress(OSError):  # wakes whoever waits in accept
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    import ipaddress

    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    ca, pem = folder / "ca.pem", folder / "server.pem"
    public = made.public_bytes(serialization.Encoding.PEM)
    ca.write_bytes(public)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(private + public)
    return ca, pem


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    server = Repository(tmp_path)
    yield server
    server.close()


def test_the_collector_gets_everything_once_framed(
    home: Path, repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    to = ("--home", str(home), "--to", f"127.0.0.1:{repository.port}", "--ca", str(repository.ca))
    assert run(capsys, "forward", *to) == {"sent": 4, "last": 4}
    assert run(capsys, "forward", *to) == {"sent": 0, "last": 4}
    assert len(repository.got) == 4
    for number, got in enumerate(repository.got, start=1):
        head, _, body = got.partition(b"\xef\xbb\xbf")
        assert head.startswith(b"<85>1 2")
        assert f'n="{number}"'.encode() in head
        assert fromstring(body).tag == "AuditMessage"


def test_while_it_is_down_or_hangs_up_the_trail_is_the_spool(home: Path, repository: Repository) -> None:
    forwarder = Forwarder(home / "audit", Collector("127.0.0.1", repository.port, repository.ca))
    repository.rude = True
    with pytest.raises(SetupError, match="has not taken it"):
        forwarder.forward()
    assert forwarder.sent() == 0
    repository.rude = False
    AuditTrail(home, KEY).record(Happened("commit"))
    assert forwarder.forward() == 5
    repository.close()
    AuditTrail(home, KEY).record(Happened("commit"))
    with pytest.raises(SetupError, match="Nothing is lost"):
        forwarder.forward()
    assert forwarder.sent() == 5


def test_what_was_set_aside_before_it_was_sent_can_be_sent_still(
    home: Path, repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    """The trail is the spool; set aside, it went with what the collector lacked, and nobody was told."""
    at = ("--home", str(home))
    to = ("--to", f"127.0.0.1:{repository.port}", "--ca", str(repository.ca))
    assert run(capsys, "forward", *at, *to)["last"] == 4
    AuditTrail(home, KEY).record(Happened("commit", "while the collector is down"))
    (home / "audit.head").write_bytes(b"")
    aside = run(capsys, "set-aside", *at, "--why", "power cut")
    assert aside["not_sent"] == 1
    assert run(capsys, "forward", *at, *to) == {"sent": 1, "last": 1}
    assert run(capsys, "forward", aside["set_aside"], *to) == {"sent": 1, "last": 5}
    assert b"while the collector is down" in repository.got[-1]


async def test_the_office_sends_by_itself_and_says_when_it_cannot(home: Path, repository: Repository) -> None:
    from robot_library.model.forwarding import Forwarding
    from robot_library.unattended.forwarding import Forwards
    from robot_library.unattended.troubles import Troubles

    site = SimpleNamespace(audit=Forwarding(to=f"127.0.0.1:{repository.port}", ca=str(repository.ca)))
    office: Any = SimpleNamespace(home=home, site=site, troubles=Troubles())
    repository.rude = True
    with pytest.raises(SetupError):
        await Forwards().run(office)
    assert "has not taken it" in office.troubles.all()[0].text
    repository.rude = False
    await Forwards().run(office)
    assert (len(repository.got), office.troubles.all()) == (4, [])
    with pytest.raises(ValueError, match="needs 'ca'"):
        Forwarding(to="collector:6514")


def test_a_collector_nobody_vouches_for_gets_nothing(home: Path, repository: Repository, tmp_path: Path) -> None:
    stranger = tmp_path / "stranger"
    stranger.mkdir()
    other, _ = _certificate(stranger)
    with pytest.raises(SetupError, match="has not taken it"):
        Forwarder(home / "audit", Collector("127.0.0.1", repository.port, other)).forward()
    assert repository.got == []
    with pytest.raises(SetupError, match="no collector"):
        collector("6514", repository.ca)


def test_a_backup_holds_the_trails_head_before_the_trail(home: Path) -> None:
    from robot_library.unattended.archive import kept_files

    names = [path.relative_to(home).as_posix() for path in kept_files(home)]
    assert names.index("audit.head") < names.index("audit/000000000001.jsonl")


def test_a_report_page_that_opens_evidence_is_told(home: Path) -> None:
    from robot_library.cli.report_page import opened
    from robot_library.model.run import RunRecord

    run = RunRecord(
        run_id="r", item="ab12", bot="preread", workflow="w", started=datetime.now(UTC), seconds=1, outcome="typed"
    )
    AuditTrail(home, KEY, person="miller").record_all(opened([run, run]))
    told = list(records(home / "audit"))[-1].event
    assert (told["kind"], told["item"], told["person"]) == ("evidence", "ab12", "miller")
