"""Every parser of what comes from outside: how it is called, what it may raise, and right inputs to begin with."""

from __future__ import annotations

import asyncio
import io
import json
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from robot_library import errors
from robot_library.imaging.deidentify.proof import NotDeidentified
from robot_library.people.refused import Refused
from robot_library.unattended.intake import Intake, NotAnItem

Parse = Callable[[bytes], object]
_KEY = bytes(range(32))


@dataclass(frozen=True)
class Parser:
    """`open` makes what parses; heavy imports are in there. `may`: errors of ours, which name a reason."""

    name: str
    open: Callable[[], Parse]
    may: tuple[type[BaseException], ...]
    seeds: Callable[[], list[bytes]]
    words: Sequence[bytes] = ()


_LETTERS = str.maketrans("0123456789", "abcdefghij")


def _done(_: object) -> None:
    """Only that it came back."""


def _file(name: str, parse: Callable[[Path], object]) -> Parse:
    """A parser of files."""
    path = Path(tempfile.mkdtemp(prefix="wetread-fuzz-")) / name
    path.parent.mkdir(parents=True, exist_ok=True)

    def run(data: bytes) -> object:
        path.write_bytes(data)
        return parse(path)

    return run


def _own(*patterns: str) -> Callable[[], list[bytes]]:
    """Files that come with wetread."""
    from robot_library.parsing.library import bundled

    return lambda: [path.read_bytes() for one in patterns for path in sorted(bundled().glob(one))][:20]


# ---- files of authors ----


def _yaml() -> Parse:
    from robot_library.parsing.nodes import read_yaml

    return _file("any.yaml", lambda path: _done(read_yaml(path)))


def _checked(name: str) -> Callable[[], Parse]:
    """`wetread check`: everything that is wrong is said, nothing is raised."""

    def open_it() -> Parse:
        from robot_library.lint import check
        from robot_library.parsing.library import Library, bundled

        library = Library(bundled())
        # In letters: figures are taken for values, and every file with one mistake would be like every other.
        return _file(
            name, lambda path: " ".join(sorted({one.code for one in check([path], library)})).translate(_LETTERS)
        )

    return open_it


def _expression() -> Parse:
    from robot_library.model.diagnostic import Place
    from robot_library.parsing.expressions import compile_expression

    scope = {"order": {"images": "2", "accession": "A1"}, "score": 0.5, "n": 3, "t": "x", "none": None}
    return lambda data: (
        compile_expression("=" + data.decode("utf-8", "replace"), Place(file="f")).evaluate(scope) and None
    )


def _template() -> Parse:
    from robot_library.reports.mrrt import load_template

    return _file("template.html", lambda path: _done(load_template(path)))


def _manifest() -> Parse:
    from robot_library.skills.manifest import parse_manifest

    return lambda data: _done(parse_manifest(data.decode("utf-8", "replace"), "skill.yaml", "image-quality"))


# ---- images and models ----


def _dicom() -> Parse:
    from robot_library.imaging.headers import read_image

    return lambda data: _done(read_image(data, "", "file"))


def _deidentified() -> Parse:
    from robot_library.imaging.deidentify.objects import Deidentifier
    from robot_library.imaging.deidentify.profile import profile_of
    from robot_library.imaging.deidentify.pseudonyms import Pseudonyms

    worker = Deidentifier(profile_of("basic"), Pseudonyms(_KEY))
    return lambda data: _done(worker.object(data))


def _pixels() -> Parse:
    from robot_library.imaging.pixels import read_grayscale

    return lambda data: _done(read_grayscale(data))


def _films() -> list[bytes]:
    import pydicom

    folder = Path(pydicom.__file__).parent / "data" / "test_files"
    return [path.read_bytes() for path in sorted(folder.glob("*.dcm")) if path.stat().st_size < 40_000][:40]


def _onnx() -> Parse:
    from robot_library.skills.importing.onnx_file import look_at

    return lambda data: _done(look_at(data))


def _models() -> list[bytes]:
    from onnx import TensorProto, helper

    def tensor(name: str, *shape: Any) -> Any:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    nodes = [helper.make_node("MatMul", ["x", "w"], ["m"]), helper.make_node("Sigmoid", ["m"], ["y"])]
    weight = helper.make_tensor("w", TensorProto.FLOAT, [4, 1], [0.1, 0.2, 0.3, 0.4])
    graph = helper.make_graph(nodes, "tiny", [tensor("x", "n", 4)], [tensor("y", "n", 1)], [weight])
    return [helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()]


# ---- archives ----


def _bundle() -> Parse:
    from robot_library.incidents.check import check_bundle
    from robot_library.safeguards.audit.verify import Keys

    return _file("incident.zip", lambda path: _done(check_bundle(path, Keys({}))))


def _bundles() -> list[bytes]:
    """In form; nothing in it is signed."""
    said = {"wetread_incident": 1, "public": "00" * 32, "key": "k", "incident": "i", "item": "x", "made": "2026",
            "evidence": "masked", "trail": {"lines": 1, "signed": {"1": ["a", "b"]}},
            "files": {"run.json": {"sha256": "0" * 64, "bytes": 2}}}  # fmt: skip
    found = []
    for kind in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", kind) as archive:
            archive.writestr("manifest.json", json.dumps(said))
            archive.writestr("manifest.sig", json.dumps({"key": "k", "signature": "00"}))
            archive.writestr("run.json", "{}")
        found.append(stream.getvalue())
    return found


def _archive() -> Parse:
    from robot_library.keywords.files import readable, unpackable

    return _file("any.zip", lambda path: f"{unpackable(path)} {readable(path)}")


def _tars() -> list[bytes]:
    """Packed in every way that there is, with a folder, a link and a name that needs a header of its own."""
    found = []
    for mode in ("w", "w:gz", "w:bz2", "w:xz"):
        for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
            stream = io.BytesIO()
            with tarfile.open(fileobj=stream, mode=mode, format=form) as archive:
                for name, kind in (
                    ("a", tarfile.DIRTYPE),
                    ("a/ü" + "n" * 120, tarfile.REGTYPE),
                    ("b", tarfile.SYMTYPE),
                ):
                    member = tarfile.TarInfo(name)
                    member.type, member.linkname = kind, "a"
                    archive.addfile(member, io.BytesIO())
            found.append(stream.getvalue())
    return found


def _backup() -> Parse:
    from robot_library.safeguards.keys import SiteKey
    from robot_library.unattended.archive import read_manifest

    return lambda data: _done(read_manifest(data, SiteKey(_KEY)))


def _backups() -> list[bytes]:
    from robot_library.safeguards.keys import SiteKey
    from robot_library.unattended.archive import Entry, Manifest

    key = SiteKey(_KEY)
    return [Manifest("1", "2026", key.fingerprint, "sqlite", 0, {"a": Entry(1, "0" * 64)}).sealed(key)]


# ---- from other systems ----


def _ack() -> Parse:
    from robot_library.delivery.mllp import acknowledged

    return lambda data: acknowledged(data, "C1")


def _answers() -> Parse:
    """What a FHIR server and a PACS say of a report that was sent to them."""
    from robot_library.delivery.answers import bearing, kept_at, none_failed

    def run(data: bytes) -> None:
        kept_at("https://fhir.example/r4", data[:2000].decode("utf-8", "replace"), "")
        bearing(data, "urn:wetread:report", "1")
        none_failed(200, data)

    return run


_WORKFLOW = """\
workflow: w
about: Two inputs.
item:
  order: {type: text}
  side: {type: text, optional: true}
steps:
  - stop: {reason: Seen.}
"""


def _intake() -> Intake:
    """Of a workflow with two inputs, into nowhere."""
    from robot_library.parsing.library import Library, bundled
    from robot_library.parsing.workflows import workflow_from_text

    library = Library(bundled())

    class Nowhere:
        async def add(self, bot: str, payload: Any, key: str, **more: Any) -> None:
            json.dumps([payload, key]).encode()

    workflow = workflow_from_text(_WORKFLOW, "w.yaml", library)
    nowhere: Any = Nowhere()
    return Intake(nowhere, library.bot("chest-xray-preread"), workflow, Path(), nowhere, nowhere)


def _worklist() -> Parse:
    from robot_library.unattended.worklist import read_worklist

    intake = _intake()
    return lambda data: _done(read_worklist(data, "order", intake))


def _hook() -> Parse:
    """A program's POST, signed as it must be: everything behind that is parsed."""
    import httpx
    from starlette.applications import Starlette

    from robot_library.model.trigger import Hook
    from robot_library.unattended.hooks import OpenHook, hook_routes

    hook = Hook(name="orders", credential="hook", auth="token", per_minute=6000)
    opened = OpenHook(hook, _intake(), "a-long-random-secret")
    opened.bucket.left = float("inf")
    there = httpx.ASGITransport(app=Starlette(routes=hook_routes({"orders": opened})))
    headers = {"authorization": "Bearer a-long-random-secret"}

    async def post(data: bytes) -> str:
        async with httpx.AsyncClient(transport=there, base_url="http://127.0.0.1", headers=headers) as web:
            answer = await web.post("/hooks/orders", content=data)
        if answer.status_code >= 500:
            raise RuntimeError(f"{answer.status_code} {answer.text}")
        return f"{answer.status_code} {answer.text}"

    return lambda data: asyncio.run(post(data))


def _token() -> Parse:
    """A token; or what one says, in two lines, which the provider has signed: everything behind that is looked at."""
    from base64 import urlsafe_b64encode

    from joserfc.jwk import ECKey
    from joserfc.jws import JWSRegistry

    from robot_library.people.provider.tokens import claims_of, groups_of, proven_within

    key = ECKey.generate_key("P-256")
    keys = [key.as_dict(private=False)]

    def run(data: bytes) -> None:
        header, two, said = data.partition(b"\n")
        if two:
            data = b".".join(urlsafe_b64encode(one).rstrip(b"=") for one in (header, said))
            data += b"." + urlsafe_b64encode(JWSRegistry.algorithms["ES256"].sign(data, key)).rstrip(b"=")
        token = data.decode("utf-8", "replace")
        claims = claims_of(token, keys, issuer="i", client="c", nonce="n", now=1000.0)
        proven_within(claims, 60)
        groups_of(claims, "groups")

    return run


def _tokens() -> list[bytes]:
    said = {"iss": "i", "aud": "c", "sub": "s", "exp": 1600, "iat": 1000, "nonce": "n", "auth_time": 1000,
            "groups": ["a"]}  # fmt: skip
    return [b"eyJhbGciOiJSUzI1NiJ9.e30.AA", b'{"alg":"ES256"}\n' + json.dumps(said).encode()]


def _name() -> Parse:
    from robot_library.safeguards.names import parse_shown

    forms = ("family_comma_given", "given_family", "dicom")
    return lambda data: _done([parse_shown(data.decode("utf-8", "replace"), form) for form in forms])


def _values() -> Parse:
    from robot_library.model.cron import parse_cron
    from robot_library.model.values import parse_boolean, parse_date, parse_duration, parse_number

    every: tuple[Callable[[str], object], ...] = (parse_cron, parse_boolean, parse_date, parse_duration, parse_number)

    def run(data: bytes) -> str:
        text, taken = data.decode("utf-8", "replace"), []
        for parse in every:
            try:
                parse(text)
                taken.append(parse.__name__)
            except ValueError:
                continue
        return " ".join(taken)

    return run


# ---- our own files, which somebody may have written to ----


def _trail_line() -> Parse:
    from robot_library.safeguards.audit.record import parse

    return lambda data: _done(parse(_rehashed(data)))


def _rehashed(data: bytes) -> bytes:
    """A line whose plain hash fits, as whoever forges one would make it: what is parsed lies behind that."""
    import hashlib

    body = data.partition(b',"h":"')[0]
    return body + f',"h":"{hashlib.sha256(body).hexdigest()}","m":"{"0" * 32}"}}'.encode()


def _trail_lines() -> list[bytes]:
    from robot_library.safeguards.audit.record import FIRST, line

    return [line({"kind": "decision", "what": "x"}, 1, FIRST, "2026-11-28T00:00:00Z", _KEY)[0].rstrip(b"\n")]


def _head() -> Parse:
    from robot_library.safeguards.audit.signing import read_head

    return _file("audit.head", lambda path: _done(read_head(path)))


def _vault() -> Parse:
    from robot_library.safeguards.vault_file import VaultFile, new_key

    folder = Path(tempfile.mkdtemp(prefix="wetread-fuzz-"))
    vault, key = folder / "vault", folder / "key"
    for path, data in ((vault, b""), (key, new_key().encode())):
        path.write_bytes(data)
        path.chmod(0o600)

    def run(data: bytes) -> None:
        vault.write_bytes(data)
        VaultFile(vault, key).secrets()

    return run


_YAML = (b": ", b"- ", b"\n  ", b"&a ", b"*a", b"<<: ", b"|\n", b">\n", b"=item.order", b"steps:\n", b"phi: true")
_JSON = (b'{"', b'":', b"[", b"]", b'"key":"x"', b'"item":{"order":"A1"}', b'"priority":"stat"')
_HTML = (
    b"<input",
    b" id=",
    b"<select>",
    b"<option value=x>",
    b"<label for=a>",
    b"<section>",
    b"<!DOCTYPE",
    b"<script>",
)
_MARKS = (
    b"MSA|AA|C1",
    b"MSH|^~\\&|",
    b"\r",
    b"http://[",
    b"/_history/1",
    b'{"00081198":',
    b'"Value":[',
    b'"00081197":',
)

PARSERS = {
    one.name: one
    for one in (
        Parser("yaml", _yaml, (errors.AuthoringError,), _own("bots/*.yaml", "workflows/*/workflow.yaml"), _YAML),
        Parser("workflow", _checked("workflows/w/workflow.yaml"), (), _own("workflows/*/workflow.yaml"), _YAML),
        Parser("screen-map", _checked("workflows/screens/m.yaml"), (), _own("workflows/screens/*.yaml"), _YAML),
        Parser("bot", _checked("bots/b.yaml"), (), _own("bots/*.yaml"), _YAML),
        Parser("skill", _manifest, (errors.AuthoringError,), _own("skills/image-quality/skill.yaml"), _YAML),
        Parser("expression", _expression, (errors.AuthoringError,),
               lambda: [b"order.images == 2", b"number(order.images) + n * 2", b"not (score < 0.5 and t == 'x')"]),
        Parser("template", _template, (errors.AuthoringError,), _own("workflows/templates/*.html"), _HTML),
        Parser("dicom", _dicom, (errors.BusinessException,), _films),
        Parser("dicom-pixels", _pixels, (errors.BusinessException,), _films),
        Parser("deidentify", _deidentified, (NotDeidentified,), _films),
        Parser("onnx", _onnx, (errors.SetupError,), _models),
        Parser("incident-zip", _bundle, (errors.IncidentRefused,), _bundles, (b"PK\x03\x04", b"PK\x01\x02", b"../x")),
        Parser("keyword-zip", _archive, (), lambda: [*_bundles(), *_tars()],
               (b"PK\x03\x04", b"PK\x01\x02", b"../x", b"ustar", b"GNU.sparse.map=")),
        Parser("backup", _backup, (errors.SetupError,), _backups, _JSON),
        Parser("hl7-ack", _ack, (errors.NotDelivered,), lambda: [b"\x0bMSH|^~\\&|A|B\rMSA|AA|C1\r\x1c\r"], _MARKS),
        Parser("answers", _answers, (errors.NotDelivered,),
               lambda: [b"https://fhir.example/r4/DiagnosticReport/1/_history/2",
                        b'{"00081198":{"vr":"SQ","Value":[{"00081197":{"vr":"US","Value":[272]}}]}}', b"{}"], _MARKS),
        Parser("worklist", _worklist, (NotAnItem,),
               lambda: [b"order,priority,due,side\nA1,stat,4 h,left\nA2,,2026-03-28T18:00+01:00,\n"]),
        Parser("hook", _hook, (), lambda: [b'{"key":"x","item":{"order":"A1"},"priority":"stat"}', b"{}"], _JSON),
        Parser("sign-in-token", _token, (Refused,), _tokens, _JSON),
        Parser("name", _name, (), lambda: ["NÚÑEZ, José María".encode(), b"Yamada^Tarou=x=y", b"van den Berg"]),
        Parser("values", _values, (), lambda: [b"20 s", b"2026-11-28", b"*/5 2 * * 1-5", b"3.25", b"true"]),
        Parser("audit-line", _trail_line, (), _trail_lines, _JSON),
        Parser("audit-head", _head, (errors.SetupError,),
               lambda: [b'{"n": 4, "hash": "00", "key": "k", "signature": "00"}'], _JSON),
        Parser("vault", _vault, (errors.SetupError,), lambda: [b"wetread-vault-1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"]),
    )
}  # fmt: skip
