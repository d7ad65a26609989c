"""Answers as the documentation of HashiCorp Vault (KV, version 2) and of Azure Key Vault says theirs do."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

SECRETS = {"ehr-bot": {"user": "rpabot", "password": "wombat:dusk lantern", "totp": "JBSWY3DPEHPK3PXP"},
           "half": {"user": "rpabot"}, "pacs-bot": {"user": "pacs", "password": "grey heron"}}  # fmt: skip


class Server:
    """What it holds, what it was asked, and how it is: "up", "sealed", "elsewhere" (sends on), "a page"."""

    def __init__(self) -> None:
        self.mood, self.tokens, self.asked = "up", {"s.good"}, list[tuple[str, str]]()
        self.logins = 0
        self.url = ""

    def answer(self, method: str, path: str, headers: Any, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Status, headers, body."""
        self.asked.append((method, path))
        if self.mood == "sealed":
            return _json(503, {"errors": ["Vault is sealed"]})
        if self.mood == "elsewhere":
            return 307, {"location": "http://127.0.0.1:9/v1/x"}, b""
        if self.mood == "a page":
            return 200, {"content-type": "text/html"}, b"<html>sign in</html>"
        if path.startswith("/secrets/"):
            return self._azure(path, headers)
        return self._hashicorp(method, path, headers, json.loads(body or b"{}"))

    def _hashicorp(self, method: str, path: str, headers: Any, said: Any) -> tuple[int, dict[str, str], bytes]:
        if (method, path) == ("POST", "/v1/auth/approle/login"):
            if said != {"role_id": "role", "secret_id": "good"}:
                return _json(400, {"errors": ["invalid role or secret ID"]})
            self.logins += 1
            self.tokens = {f"s.{self.logins}"}
            return _json(200, {"auth": {"client_token": f"s.{self.logins}", "lease_duration": 60}})
        if headers.get("X-Vault-Token") not in self.tokens:
            return _json(403, {"errors": ["permission denied"]})
        if path == "/v1/auth/token/lookup-self":
            return _json(200, {"data": {"id": "x"}})
        held = SECRETS.get(path.removeprefix("/v1/secret/data/wetread/"))
        if path.endswith("/gone"):
            gone = {"created_time": "2026-01-01T00:00:00Z", "deletion_time": "2026-02-01T00:00:00Z", "version": 2}
            return _json(404, {"data": {"data": None, "metadata": gone}})
        return _json(200, {"data": {"data": held, "metadata": {}}}) if held else _json(404, {"errors": []})

    def _azure(self, path: str, headers: Any) -> tuple[int, dict[str, str], bytes]:
        challenge = 'Bearer authorization="https://login.microsoftonline.com/t", resource="https://vault.azure.net"'
        if "Authorization" not in headers:
            return 401, {"www-authenticate": challenge}, b""
        if headers["Authorization"] != "Bearer s.good":
            return _json(403, {"error": {"code": "Forbidden", "message": "no role"}})
        name = path.split("?")[0].split("/")[2]
        plain = name.removesuffix("-totp")
        held = SECRETS.get(plain, {})
        value = held.get("totp") if plain != name else ":".join(filter(None, map(held.get, ("user", "password"))))
        if not value:
            return _json(404, {"error": {"code": "SecretNotFound", "message": "not found"}})
        return _json(200, {"value": value, "id": f"{self.url}/secrets/{name}/1", "attributes": {"enabled": True}})


def _json(status: int, said: Any) -> tuple[int, dict[str, str], bytes]:
    return status, {"content-type": "application/json"}, json.dumps(said).encode()


@contextmanager
def serving(tls: tuple[Path, Path] | None = None) -> Iterator[Server]:
    """At a free port of this machine; `tls`: certificate of localhost, and its key."""
    server = Server()

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            status, headers, data = server.answer(self.command, self.path, self.headers, body)
            self.send_response(status)
            for name, value in {**headers, "content-length": str(len(data))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = _do  # noqa: N815 - the library's names

        def log_message(self, *said: Any) -> None:
            return

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
        http.socket = context.wrap_socket(http.socket, server_side=True)
    server.url = f"https://localhost:{http.server_port}" if tls else f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join(20)
