"""The two web clients from npm, unpacked and never built: sao (for GNU Health) and OHIF."""

from __future__ import annotations

import json
import re
import shutil
import tarfile
from pathlib import Path
from typing import Final

from .cache import built
from .errors import LabError
from .pins import OHIF, SAO, SAO_LIBRARIES, key
from .shell import run, tool
from .site import Lab

_NPM_CURE: Final = "install Node.js with npm (Debian: apt-get install npm) and let it reach an npm registry"
# onnxruntime-web and the microscopy viewer: 150 MB that no test opens
_OHIF_LEAVE_OUT: Final = ("package/dist/ort/", "package/dist/dicom-microscopy-viewer/")
_OHIF_CONFIG: Final = {
    "name": "wetread-lab",
    "routerBasename": None,
    "extensions": [],
    "modes": [],
    "customizationService": {},
    "showStudyList": True,
    "maxNumberOfWebWorkers": 2,
    "showWarningMessageForCrossOrigin": False,
    "showCPUFallbackMessage": False,
    "showLoadingIndicator": True,
    "strictZSpacingForVolumeViewport": True,
    "groupEnabledModesFirst": True,
    "investigationalUseDialog": {"option": "never"},
    "maxNumRequests": {"interaction": 50, "thumbnail": 5, "prefetch": 10},
    "showErrorDetails": "always",
    "defaultDataSourceName": "orthanc",
    "dataSources": [
        {
            "namespace": "@ohif/extension-default.dataSourcesModule.dicomweb",
            "sourceName": "orthanc",
            "configuration": {
                "friendlyName": "Lab Orthanc",
                "name": "orthanc",
                "wadoUriRoot": "/wado",
                "qidoRoot": "/dicom-web",
                "wadoRoot": "/dicom-web",
                "qidoSupportsIncludeField": True,
                "imageRendering": "wadors",
                "thumbnailRendering": "wadors",
                "enableStudyLazyLoad": True,
                "supportsFuzzyMatching": False,
                "supportsWildcard": True,
                "omitQuotationForMultipartRequest": True,
                "bulkDataURI": {"enabled": True, "relativeResolution": "studies"},
            },
        }
    ],
}


def sao(lab: Lab) -> Path:
    """Folder with sao ready to be served by trytond (about 20 MB)."""
    return built(lab.cache / f"sao-{key(SAO, *SAO_LIBRARIES)}", _build_sao)


def ohif(lab: Lab) -> Path:
    """Folder with OHIF's static files (about 50 MB), configured for an Orthanc on the same origin."""
    config = "window.config = " + json.dumps(_OHIF_CONFIG) + ";\n"

    def build(target: Path) -> None:
        _unpack(_pack(OHIF, target.parent), target, "package/dist/", _OHIF_LEAVE_OUT)
        (target / "app-config.js").write_text(config, encoding="utf-8")

    return built(lab.cache / f"ohif-{key(OHIF, config)}", build)


def _build_sao(target: Path) -> None:
    work = target.parent
    _unpack(_pack(SAO, work), target, "package/")
    (work / "package.json").write_text('{"private": true}', encoding="utf-8")
    npm = tool("npm", _NPM_CURE)
    flags = ["--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
    run("fetching sao's libraries", [npm, "install", *flags, *SAO_LIBRARIES], cure=_NPM_CURE, cwd=work)
    bower = target / "bower_components"
    bower.mkdir()
    for library in SAO_LIBRARIES:
        name = library.split("@")[0]
        shutil.move(work / "node_modules" / name, bower / {"sortablejs": "Sortable"}.get(name, name))
    if not (bower / "d3" / "d3.min.js").exists():
        shutil.copy(bower / "d3" / "dist" / "d3.min.js", bower / "d3" / "d3.min.js")
    for extra in ("custom.js", "custom.css"):
        (target / extra).touch()
    page = (target / "index.html").read_text(encoding="utf-8")
    missing = [f for f in re.findall(r'(?:src|href)="([^"#]+\.(?:js|css))"', page) if not (target / f).exists()]
    if missing:
        cause = f"sao's page names files that are not there: {missing}"
        raise LabError("building sao", cause, "correct SAO_LIBRARIES in tests/hospital/lab/pins.py")


def _pack(package: str, folder: Path) -> Path:
    npm = tool("npm", _NPM_CURE)
    out = run(f"fetching {package}", [npm, "pack", "--silent", package], cure=_NPM_CURE, cwd=folder)
    return folder / out.split()[-1]


def _unpack(archive: Path, target: Path, prefix: str, leave_out: tuple[str, ...] = ()) -> None:
    with tarfile.open(archive) as tar:
        for member in tar.getmembers():
            if member.isfile() and member.name.startswith(prefix) and not member.name.startswith(leave_out or ("\0",)):
                member.name = member.name.removeprefix(prefix)
                tar.extract(member, target, filter="data")
    archive.unlink()
