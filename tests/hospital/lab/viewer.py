"""Start the gateway that serves OHIF beside Orthanc."""

from __future__ import annotations

import sys

from . import processes, web_clients
from .pins import HERE
from .site import HOST, Lab


def start(lab: Lab) -> float:
    """Start it; seconds until OHIF's page is served."""
    orthanc = f"{HOST}:{lab.ports['pacs']}"
    argv = [sys.executable, str(HERE / "gateway.py"), str(lab.ports["viewer"]), orthanc, str(web_clients.ohif(lab))]
    processes.start(lab, "viewer", argv)
    return processes.wait_for(lab, "viewer", lab.viewer_url + "/")
