"""OHIF's static files and Orthanc on one origin: ``python gateway.py PORT ORTHANC_HOST:PORT FOLDER``. Loopback only.

A viewer must share its origin with the PACS (no CORS, SharedArrayBuffer). The browser's Basic credential is passed on.
"""

from __future__ import annotations

import http.client
import mimetypes
import posixpath
import shutil
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import unquote, urlsplit

_PAGES = ("/viewer", "/segmentation", "/tmtv", "/basic", "/longitudinal", "/notfoundserver", "/notfoundstudy")
_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "proxy-connection", "host"}


class Handler(BaseHTTPRequestHandler):
    """One request: a file of the viewer, the viewer's page, or passed on to Orthanc."""

    protocol_version = "HTTP/1.1"
    root: ClassVar[Path]
    orthanc: ClassVar[str]

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet: request lines of a PACS name patients."""

    def handle_any(self) -> None:
        """Answer whatever the method."""
        path = posixpath.normpath(unquote(urlsplit(self.path).path))
        if self.command in ("GET", "HEAD"):
            file = (self.root / path.lstrip("/")).resolve()
            if not file.is_file() and (path == "/" or path.startswith(_PAGES)):
                file = self.root / "index.html"
            if file.is_relative_to(self.root) and file.is_file():
                self._send_file(file)
                return
        self._pass_on()

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = handle_any  # noqa: N815  (http.server's names)

    def _send_file(self, file: Path) -> None:
        self.send_response(200)
        self.send_header("Content-Type", mimetypes.guess_type(file.name)[0] or "application/octet-stream")
        self.send_header("Content-Length", str(file.stat().st_size))
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        self.end_headers()
        if self.command != "HEAD":
            with file.open("rb") as f:
                shutil.copyfileobj(f, self.wfile)

    def _pass_on(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else None
        headers = {k: v for k, v in self.headers.items() if k.lower() not in _HOP}
        headers["Host"] = self.headers.get("Host", "")
        headers["Forwarded"] = f"host={headers['Host']};proto=http"
        upstream = http.client.HTTPConnection(self.orthanc, timeout=120)
        try:
            upstream.request(self.command, self.path, body, headers)
            reply = upstream.getresponse()
            data = reply.read()
        except OSError as e:
            self.send_error(502, f"Orthanc does not answer: {e}")
            return
        finally:
            upstream.close()
        self.send_response(reply.status)
        for name, value in reply.getheaders():
            if name.lower() not in _HOP | {"content-length"}:
                self.send_header(name, value)
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)


def main(port: str, orthanc: str, folder: str) -> None:
    """Serve until ended."""
    mimetypes.add_type("application/wasm", ".wasm")
    mimetypes.add_type("text/javascript", ".js")
    Handler.root, Handler.orthanc = Path(folder).resolve(), orthanc
    ThreadingHTTPServer(("127.0.0.1", int(port)), Handler).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
