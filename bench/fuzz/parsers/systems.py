"""What other systems, and people at a form, say."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.fuzz.parsers.target import JSON, Parse, Parser, done
from robot_library import errors
from robot_library.imaging.sources.multipart import AnswerError
from robot_library.people.refused import Refused
from robot_library.unattended.intake import Intake, NotAnItem

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


def _multipart() -> Parse:
    """A PACS's answer: its Content-Type in the first line. In whatever pieces it comes, its parts are the same."""
    from robot_library.imaging.sources.multipart import split_multipart

    def parts(kind: str, body: bytes, piece: int) -> list[bytes] | str:
        chunks = (body[at : at + piece] for at in range(0, len(body), piece))
        try:
            return list(split_multipart(kind, chunks, part_bytes=1 << 20, total_bytes=1 << 20))
        except AnswerError as refused:
            return str(refused)

    def run(data: bytes) -> str:
        kind, _, body = data.partition(b"\n")
        shown = kind.decode("utf-8", "replace")
        whole, pieces = (parts(shown, body, piece) for piece in (1 << 20, 7))
        if whole != pieces:
            raise RuntimeError(f"{len(whole)} and {len(pieces)} parts")
        return whole if isinstance(whole, str) else "read"

    return run


def _answered() -> list[bytes]:
    kind = b'multipart/related; type="application/dicom"; boundary=b1\n'
    parts = b"".join(b"\r\n--b1\r\nContent-Type: application/dicom\r\n\r\n" + part for part in (b"DICM", b"\r\n--b"))
    return [kind + parts + b"\r\n--b1--", kind.replace(b"b1", b'"b1"') + parts[2:] + b"\r\n--b1--\r\n"]


def _studies() -> Parse:
    from robot_library.imaging.sources.dicomweb import studies_in

    return lambda data: done(studies_in(data))


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
    return lambda data: done(read_worklist(data, "order", intake))


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
    """A token; or what one says, in two lines, which the provider has signed: everything behind that is looked at. A
    third line: a key that the provider has, too."""
    from base64 import urlsafe_b64encode

    from joserfc.jwk import ECKey
    from joserfc.jws import JWSRegistry

    from robot_library.people.provider.tokens import claims_of, groups_of, proven_within

    key = ECKey.generate_key("P-256")
    keys = [key.as_dict(private=False)]

    def run(data: bytes) -> None:
        header, two, said = data.partition(b"\n")
        said, three, other = said.partition(b"\n")
        known = [one] if three and isinstance(one := _json(other), dict) else []
        if two:
            data = b".".join(urlsafe_b64encode(one).rstrip(b"=") for one in (header, said))
            data += b"." + urlsafe_b64encode(JWSRegistry.algorithms["ES256"].sign(data, key)).rstrip(b"=")
        token = data.decode("utf-8", "replace")
        claims = claims_of(token, [*known, *keys], issuer="i", client="c", nonce="n", now=1000.0)
        proven_within(claims, 60)
        groups_of(claims, "groups")

    return run


def _tokens() -> list[bytes]:
    said = {"iss": "i", "aud": "c", "sub": "s", "exp": 1600, "iat": 1000, "nonce": "n", "auth_time": 1000,
            "groups": ["a"]}  # fmt: skip
    right = b'{"alg":"ES256"}\n' + json.dumps(said).encode()
    keys = (b'{"kty":"EC","crv":"P-256","x":"AA","y":"AA","use":"sig"}', b'{"kty":"RSA","n":"AQAB","e":"AQAB"}')
    return [b"eyJhbGciOiJSUzI1NiJ9.e30.AA", right, *(right + b"\n" + key for key in keys)]


def _json(data: bytes) -> object:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _name() -> Parse:
    from robot_library.safeguards.names import parse_shown

    forms = ("family_comma_given", "given_family", "dicom")
    return lambda data: done([parse_shown(data.decode("utf-8", "replace"), form) for form in forms])


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


PARSERS = (
    Parser("multipart", _multipart, (), _answered, (b"\r\n--b1", b"--\r\n", b"\r\n\r\n", b"boundary=")),
    Parser("pacs-list", _studies, (AnswerError,),
           lambda: [b'[{"0020000D":{"vr":"UI","Value":["1.2"]},"00201208":{"vr":"IS","Value":[2]}}]'], _MARKS),
    Parser("hl7-ack", _ack, (errors.NotDelivered,), lambda: [b"\x0bMSH|^~\\&|A|B\rMSA|AA|C1\r\x1c\r"], _MARKS),
    Parser("answers", _answers, (errors.NotDelivered,),
           lambda: [b"https://fhir.example/r4/DiagnosticReport/1/_history/2",
                    b'{"00081198":{"vr":"SQ","Value":[{"00081197":{"vr":"US","Value":[272]}}]}}', b"{}"], _MARKS),
    Parser("worklist", _worklist, (NotAnItem,),
           lambda: [b"order,priority,due,side\nA1,stat,4 h,left\nA2,,2026-03-28T18:00+01:00,\n"]),
    Parser("hook", _hook, (), lambda: [b'{"key":"x","item":{"order":"A1"},"priority":"stat"}', b"{}"], JSON),
    Parser("sign-in-token", _token, (Refused,), _tokens, JSON),
    Parser("name", _name, (), lambda: ["NÚÑEZ, José María".encode(), b"Yamada^Tarou=x=y", b"van den Berg"]),
    Parser("values", _values, (), lambda: [b"20 s", b"2026-11-28", b"*/5 2 * * 1-5", b"3.25", b"true"]),
)  # fmt: skip
