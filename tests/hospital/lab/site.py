"""Where a lab lives and what is written down about it: folders, ports, users."""

from __future__ import annotations

import json
import os
import secrets
import socket
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from .errors import LabError

HOST: Final = "127.0.0.1"
DATABASE: Final = "health"
# name of a port -> variable that fixes it; without the variable a free port is taken
PORTS: Final = {
    "ehr": "WETREAD_LAB_EHR_PORT",
    "pacs": "WETREAD_LAB_PACS_PORT",
    "dicom": "WETREAD_LAB_DICOM_PORT",
    "viewer": "WETREAD_LAB_VIEWER_PORT",
}


@dataclass(frozen=True)
class Login:
    """One user of one of the systems. The password is random per lab and only opens loopback ports."""

    name: str
    password: str


def _logins() -> dict[str, Login]:
    names = {
        "ehr_admin": "admin",
        "ehr_bot": "rpabot",
        "ehr_radiologist": "radiologist",
        "ehr_physician": "physician",
        "pacs_bot": "rpabot",
        "pacs_admin": "pacsadmin",
    }
    return {role: Login(name, secrets.token_urlsafe(12)) for role, name in names.items()}


@dataclass(frozen=True)
class Lab:
    """One lab: `root` holds cache/ (kept) and state/ (thrown away by reset)."""

    root: Path
    ports: dict[str, int]
    logins: dict[str, Login] = field(default_factory=_logins)

    @property
    def cache(self) -> Path:
        """What is expensive and the same for every lab: environments, web clients, the empty database."""
        return self.root / "cache"

    @property
    def state(self) -> Path:
        """What this lab's systems write."""
        return self.root / "state"

    @property
    def ehr_url(self) -> str:
        """Base of GNU Health's web client and JSON-RPC, without a slash at the end."""
        return f"http://{HOST}:{self.ports['ehr']}"

    @property
    def pacs_url(self) -> str:
        """Base of Orthanc's REST, DICOMweb (/dicom-web) and Explorer (/app/explorer.html)."""
        return f"http://{HOST}:{self.ports['pacs']}"

    @property
    def viewer_url(self) -> str:
        """Base of OHIF; the same origin passes everything else on to Orthanc."""
        return f"http://{HOST}:{self.ports['viewer']}"

    def save(self) -> None:
        """Write lab.json, readable by this user only: it holds the lab's passwords."""
        self.state.mkdir(parents=True, exist_ok=True)
        urls = {"ehr_url": self.ehr_url, "pacs_url": self.pacs_url, "viewer_url": self.viewer_url}
        data = {"ports": self.ports, "logins": {k: asdict(v) for k, v in self.logins.items()}, **urls}
        path = self.state / "lab.json"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as f:
            json.dump(data, f, indent=1)


def load(root: Path) -> Lab | None:
    """The lab written down under `root`, or None where there is none. Raises LabError on a damaged lab.json."""
    path = root.resolve() / "state" / "lab.json"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        logins = {k: Login(**v) for k, v in data["logins"].items()}
        return Lab(root.resolve(), {k: int(v) for k, v in data["ports"].items()}, logins)
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError) as e:
        raise LabError("reading the lab's state", f"lab.json is damaged: {e}", "run `down`, then `reset`") from e


def new(root: Path) -> Lab:
    """A fresh lab with its ports chosen: fixed by WETREAD_LAB_*_PORT, else free ones, all different."""
    held: list[socket.socket] = []
    ports: dict[str, int] = {}
    try:
        for name, variable in PORTS.items():
            s = socket.socket()
            held.append(s)
            wanted = os.environ.get(variable, "0")
            try:
                s.bind((HOST, int(wanted)))
            except (OSError, ValueError, OverflowError) as e:
                raise LabError(
                    f"taking the {name} port", f"{variable}={wanted}: {e}", f"unset {variable} or name a free port"
                ) from e
            ports[name] = int(s.getsockname()[1])
    finally:
        for s in held:
            s.close()
    return Lab(root.resolve(), ports)


def port_is_free(port: int) -> bool:
    """Whether nothing listens on `port` of the loopback address."""
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind((HOST, port))
        except OSError:
            return False
    return True
