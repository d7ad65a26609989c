"""A PostgreSQL cluster of a test's own: in a folder, on a free port, as an unprivileged user, gone afterwards.

No service of the system is used. PostgreSQL refuses to run as root, so root lends the cluster another user.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import psycopg

OTHER_USER = "nobody"
DEBIAN = Path("/usr/lib/postgresql")


def programs() -> Path | None:
    """The folder of initdb and pg_ctl: on PATH, or where Debian keeps them; None where there are none."""
    if sys.platform == "win32":
        return None
    if found := shutil.which("initdb"):
        return Path(found).parent
    newest = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3].partition(".")[0]))
    return newest[-1].parent if newest else None


class Cluster:
    """One server. `listen` are the addresses it listens on; everybody who reaches it may do everything."""

    def __init__(self, folder: Path, listen: str = "127.0.0.1") -> None:
        found = programs()
        assert found is not None
        self._bin, self.folder, self.data, self._listen = found, folder, folder / "data", listen
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self._count = 0

    def start(self) -> None:
        """Make the cluster if there is none yet, and start it; it takes connections when this returns."""
        if not self.data.exists():
            if os.geteuid() == 0:
                shutil.chown(self.folder, OTHER_USER)
            self._run("initdb", "-D", str(self.data), "-U", "wetread", "-A", "trust", "-N", "-E", "UTF8", "--no-locale")
            with (self.data / "pg_hba.conf").open("a", encoding="utf-8") as rules:
                rules.write("host all all 10.0.0.0/8 trust\n")
        options = f"-p {self.port} -h {self._listen} -k {self.folder} -c max_connections=200"
        self._run("pg_ctl", "-D", str(self.data), "-w", "-o", options, "-l", str(self.folder / "log"), "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop it: `fast` ends every session, `immediate` is a crash."""
        self._run("pg_ctl", "-D", str(self.data), "-m", mode, "-w", "stop")

    def remove(self) -> None:
        """Stop it and take the folder away."""
        try:
            self.stop("immediate")
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *words: str) -> None:
        other: dict[str, Any] = {"user": OTHER_USER} if os.geteuid() == 0 else {}
        command = [str(self._bin / program), *words]
        # Not captured through pipes: the server would inherit them and keep them open.
        with tempfile.TemporaryFile() as said:
            done = subprocess.run(command, stdout=said, stderr=said, stdin=subprocess.DEVNULL, cwd=self.folder, **other)
            said.seek(0)
            if done.returncode:
                raise RuntimeError(f"{program} failed: {said.read().decode(errors='replace')[-2000:]}")

    def url(self, database: str, host: str = "127.0.0.1") -> str:
        """The URL of one of its databases."""
        return f"postgresql://wetread@{host}:{self.port}/{database}"

    def ask(self, sql: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run one statement as the superuser; rows if it gives some."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            asked = connection.execute(sql)  # type: ignore[arg-type, unused-ignore]
            return asked.fetchall() if asked.description else []

    def new_database(self, like: str = "") -> str:
        """An empty database; its name. `like`: how it is made, where not as the cluster was."""
        self._count += 1
        name = f"wetread_{os.getpid()}_{self._count}"
        self.ask(f"CREATE DATABASE {name} {like}")
        return name

    def new_database_in_english(self) -> str:
        """One that sorts text as most servers do, by a language: signs such as `.` and `/` not as in ASCII. By the
        system's own rules; where it has no language installed, by rules that pass over signs."""
        rules = (
            "LC_COLLATE 'en_US.utf8' LC_CTYPE 'en_US.utf8'",
            ("LOCALE_PROVIDER icu ICU_LOCALE 'en-US-u-ka-shifted' LOCALE 'C'"),
        )
        for each in rules:
            with contextlib.suppress(psycopg.Error):
                return self.new_database(f"TEMPLATE template0 {each}")
        raise RuntimeError("this server knows no language")


def make_cluster(listen: str = "127.0.0.1") -> Cluster:
    """A started cluster in a new folder; `remove` it."""
    cluster = Cluster(Path(tempfile.mkdtemp(prefix="wetread-pg-")), listen)
    cluster.start()
    return cluster
