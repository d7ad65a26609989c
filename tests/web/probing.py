"""Every address of an application, asked in every way that a browser, a script or an attacker might: no answer is a
crash, none lacks the headers that every page has, none repeats markup as markup."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_from_bytes

import httpx
from hypothesis import strategies as st
from starlette.routing import BaseRoute, Route

from robot_library.web.doors import Doors
from robot_library.web.walls import HEADERS, Walls

US = "http://127.0.0.1:8440"
MARK = "<zq'\">"
JUNK = [b"", b"0", b"-1", b"1e9", b"9" * 40, b"x" * 5000, b"\x00", b"\xff\xfe", MARK.encode(), "ę–漢\u2028".encode(),
        b"../../etc/passwd", b"%2e%2e%2f", b"a\r\nset-cookie: x=1", b"//evil.example", b"on", b"1", b"all",
        b"' OR 1=1 --", b"{{7*7}}", b"2026-11-28T00:00"]  # fmt: skip
OPEN = re.compile(r"/(static|enter|sign-in|welcome)(/|$)")
"""Addresses that take no session."""
_STREAMS = "/events"
_FEW = 1000


@dataclass(frozen=True)
class Probe:
    """One request. `role` None: nobody is in."""

    method: str
    path: str
    query: str
    body: bytes
    kind: str
    role: str | None
    token: bool
    part: bool


class Target:
    """One application, with what is in it to be asked for. `names` are those of fields that its pages read."""

    def __init__(
        self, app: Walls, doors: Doors, roles: Sequence[str], known: Sequence[str], rooms: Sequence[Path],
        end_streams: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        self.app, self.doors, self.roles, self.end_streams = app, doors, roles, end_streams
        self.all_routes = [(one.path, sorted(one.methods or ())) for one in _routes(app)]
        self.routes = [one for one in self.all_routes if one[0] != _STREAMS]
        self.rooms, self.values = rooms, [*JUNK, *(one.encode() for one in known)]
        self._names = fields(rooms)

    def probes(self) -> st.SearchStrategy[Probe]:
        """Any request to any address."""
        values, names = st.sampled_from(self.values), st.sampled_from(self._names)
        pairs = st.lists(st.tuples(names, values), max_size=6)

        @st.composite
        def one(draw: st.DrawFn) -> Probe:
            path, methods = draw(st.sampled_from(self.routes))
            filled = re.sub(r"{(\w+)(?::\w+)?}", lambda _: quote_from_bytes(draw(values)[:200], safe="") or "x", path)
            form = "&".join(f"{quote(name)}={quote_from_bytes(value)}" for name, value in draw(pairs)).encode()
            kind = draw(st.sampled_from(["form", "form", "form", "multipart", "json", "none"]))
            return Probe(
                draw(st.sampled_from([*methods, *methods, "GET", "POST", "PUT", "DELETE"])), filled,
                "&".join(f"{quote(name)}={quote_from_bytes(value)}" for name, value in draw(pairs)),
                {"form": form, "json": b'{"a": ' + b"[" * 50, "multipart": b"--x\r\nnothing"}.get(kind, b""), kind,
                draw(st.sampled_from([None, *self.roles, self.roles[-1], self.roles[-1]])), draw(st.integers(0, 9)) > 0,
                draw(st.booleans()),
            )  # fmt: skip

        return one()

    async def ask(self, probe: Probe) -> httpx.Response:
        """Its answer."""
        headers = {"accept": "text/html", "origin": US, **({"hx-request": "true"} if probe.part else {})}
        headers |= {"content-type": _KINDS[probe.kind]} if probe.kind in _KINDS else {}
        cookies, body = {}, probe.body
        if probe.role is not None:
            cookie = self.doors.admit(probe.role, "dr.chen")
            cookies = {f"wetread_{self.doors.signed('name', '')[:8]}": cookie}
            session = self.doors.session(cookie)
            assert session is not None
            if probe.token and probe.kind == "form":
                body = b"csrf=" + session.csrf.encode() + b"&" + body
            elif probe.token:
                headers["x-csrf"] = session.csrf
        there = httpx.ASGITransport(app=self.app, raise_app_exceptions=True)
        async with httpx.AsyncClient(transport=there, base_url=US, cookies=cookies, headers=headers) as web:
            address = f"{probe.path}?{probe.query}"
            return await web.request(probe.method, address, content=body if probe.method not in ("GET",) else None)


_KINDS = {"form": "application/x-www-form-urlencoded", "multipart": "multipart/form-data; boundary=x",
          "json": "application/json"}  # fmt: skip


def held(probe: Probe, answer: httpx.Response) -> None:
    """What holds for every answer."""
    assert answer.status_code < 500 or answer.status_code == 503, (probe, answer.text[:400])
    wrong = {name: answer.headers.get(name) for name, value in HEADERS.items() if answer.headers.get(name) != value}
    assert not wrong, (probe, wrong)
    assert "no-store" in answer.headers["cache-control"] or probe.path.startswith("/static"), probe
    for cookie in answer.headers.get_list("set-cookie"):
        flags = cookie.casefold()
        assert "httponly" in flags or "max-age=0" in flags, (probe, cookie)
        assert "samesite=strict" in flags or "samesite=lax" in flags, (probe, cookie)
        assert "x=1" not in flags, probe
    assert "evil.example" not in answer.headers.get("location", "").partition("?")[0], probe
    assert "server" not in answer.headers
    if "text/html" in answer.headers.get("content-type", ""):
        assert MARK not in answer.text, probe
        assert not re.search(r"\son\w+=\"|<script>|javascript:", answer.text), probe
    if probe.role is None and not OPEN.match(probe.path):
        assert answer.status_code in (401, 403, 404, 405, 421, 429), (probe, answer.status_code)
    if probe.method == "POST" and not probe.token and not OPEN.match(probe.path):
        assert answer.status_code >= 400, (probe, "a form without its session's token")


def fields(rooms: Sequence[Path]) -> list[str]:
    """Names that pages of these rooms read, out of forms and addresses."""
    text = "\n".join(path.read_text(encoding="utf-8") for room in rooms for path in room.rglob("*.py"))
    found = set(
        re.findall(r"""(?:ask\.(?:text|query)|form\.get|query_params\.get|_field)\((?:form, )?\s*"([\w.]+)\"""", text)
    )
    return sorted(found | {"id", "csrf", "unknown"})


def _routes(app: Walls) -> list[Route]:
    inner: Any = app._app
    found: Sequence[BaseRoute] = inner.routes
    return [one for one in found if isinstance(one, Route)]


def probe_all(target: Target, count: int, seen: dict[str, int]) -> None:
    """So many requests; how often each status came is counted in `seen`. A few are the same ones each time."""
    from hypothesis import HealthCheck, given, settings

    with asyncio.Runner() as runner:

        @settings(
            max_examples=count, deadline=None, database=None, suppress_health_check=list(HealthCheck),
            derandomize=count < _FEW,
        )  # fmt: skip
        @given(target.probes())
        def run(probe: Probe) -> None:
            answer = runner.run(target.ask(probe))
            seen[str(answer.status_code)] = seen.get(str(answer.status_code), 0) + 1
            held(probe, answer)

        run()


def tally(seen: Mapping[str, int]) -> str:
    """As it stands in the evidence."""
    return ", ".join(f"{count} x {status}" for status, count in sorted(seen.items()))
