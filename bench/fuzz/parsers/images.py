"""Images, models, and the archives that they come in."""

from __future__ import annotations

import io
import json
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from bench.fuzz.parsers.target import JSON, KEY, Parse, Parser, done, file_of
from robot_library import errors
from robot_library.imaging.deidentify.proof import NotDeidentified


def _archived() -> Parse:
    """A zip of films, as a PACS gives it and as a folder to be de-identified holds it."""
    from robot_library.imaging.deidentify.inputs import sources
    from robot_library.imaging.sources.files import FileLimits, read_path, read_zip
    from tests.imaging.dicoms import MemoryBlobs

    limits = FileLimits(members=100, member_bytes=1 << 20, total_bytes=4 << 20)

    def read(path: Path) -> str:
        said = [reason for one in sources([path], limits) if (reason := one.reason)]
        for parse in (lambda: read_zip(path.read_bytes(), MemoryBlobs(), limits=limits),
                      lambda: read_path(path, MemoryBlobs(), limits=limits)):  # fmt: skip
            try:
                parse()
            except (errors.StudyUnreadable, errors.StudyNotFound) as refused:
                said.append(refused.message)
        return " ".join(said)

    return file_of("study.zip", read)


def _monai() -> Parse:
    """The two configs of a bundle, a line of NULs between them; its model is a right one."""
    from robot_library.skills.importing.monai import read_bundle

    folder = Path(tempfile.mkdtemp(prefix="wetread-fuzz-"))
    for name in ("configs", "models"):
        (folder / name).mkdir()
    (folder / "models" / "model.onnx").write_bytes(_model("n", 1, "x", "y", 4))

    def run(data: bytes) -> None:
        metadata, _, inference = data.partition(b"\n\x00\n")
        (folder / "configs" / "metadata.json").write_bytes(metadata)
        (folder / "configs" / "inference.json").write_bytes(inference)
        read_bundle(folder, "any")

    return run


def _dicom() -> Parse:
    from robot_library.imaging.headers import read_image

    return lambda data: done(read_image(data, "", "file"))


def _deidentified() -> Parse:
    from robot_library.imaging.deidentify.objects import Deidentifier
    from robot_library.imaging.deidentify.profile import profile_of
    from robot_library.imaging.deidentify.pseudonyms import Pseudonyms

    worker = Deidentifier(profile_of("basic"), Pseudonyms(KEY))
    return lambda data: done(worker.object(data))


def _pixels() -> Parse:
    from robot_library.imaging.pixels import read_grayscale

    return lambda data: done(read_grayscale(data))


def _films() -> list[bytes]:
    import pydicom

    folder = Path(pydicom.__file__).parent / "data" / "test_files"
    return [path.read_bytes() for path in sorted(folder.glob("*.dcm")) if path.stat().st_size < 40_000][:40]


def _onnx() -> Parse:
    from robot_library.skills.importing.onnx_file import look_at

    return lambda data: done(look_at(data))


def _models() -> list[bytes]:
    return [_model("n", 4)]


def _model(*shape: Any) -> bytes:
    from onnx import TensorProto, helper

    def tensor(name: str, *shape: Any) -> Any:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    nodes = [helper.make_node("MatMul", ["x", "w"], ["m"]), helper.make_node("Sigmoid", ["m"], ["y"])]
    weight = helper.make_tensor("w", TensorProto.FLOAT, [4, 1], [0.1, 0.2, 0.3, 0.4])
    graph = helper.make_graph(nodes, "tiny", [tensor("x", *shape)], [tensor("y", *shape[:-1], 1)], [weight])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


def _bundle() -> Parse:
    from robot_library.incidents.check import check_bundle
    from robot_library.safeguards.audit.verify import Keys

    return file_of("incident.zip", lambda path: done(check_bundle(path, Keys({}))))


def _bundles() -> list[bytes]:
    """In form; nothing in it is signed."""
    said = {"wetread_incident": 1, "public": "00" * 32, "key": "k", "incident": "i", "item": "x", "made": "2026",
            "evidence": "masked", "trail": {"lines": 1, "signed": {"1": ["a", "b"]}},
            "files": {"run.json": {"sha256": "0" * 64, "bytes": 2}}}  # fmt: skip
    found = []
    for kind in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", kind) as archive:
            archive.writestr("manifest.json", json.dumps(said))
            archive.writestr("manifest.sig", json.dumps({"key": "k", "signature": "00"}))
            archive.writestr("run.json", "{}")
        found.append(stream.getvalue())
    return found


def _archive() -> Parse:
    from robot_library.keywords.files import readable, unpackable

    return file_of("any.zip", lambda path: f"{unpackable(path)} {readable(path)}")


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


def _configs() -> list[bytes]:
    image = {"type": "image", "modality": "CT", "num_channels": 1, "channel_def": {"0": "image"}}
    metadata = {"task": "Spleen", "license": "Apache-2.0",
                "network_data_format": {"inputs": {"image": image},
                                        "outputs": {"pred": {**image, "channel_def": {"0": "spleen"}}}}}  # fmt: skip
    steps = [
        {"_target_": "LoadImaged", "keys": "@image_key"},
        {"_target_": "monai.transforms.Orientationd", "keys": "@image_key", "axcodes": "RAS"},
        {"_target_": "ScaleIntensityRanged", "a_min": -57, "a_max": 164, "b_min": 0.0, "b_max": 1.0, "clip": True},
    ]
    inference = {"image_key": "image", "preprocessing": {"_target_": "Compose", "transforms": steps},
                 "inferer": {"_target_": "SimpleInferer"},
                 "postprocessing": {"_target_": "Compose",
                                    "transforms": [{"_target_": "Activationsd", "sigmoid": True}]}}  # fmt: skip
    return [json.dumps(metadata).encode() + b"\n\x00\n" + json.dumps(inference).encode()]


def _zips() -> list[bytes]:
    """Of films, packed in every way that there is."""
    found = []
    for kind in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", kind) as archive:
            for name, data in (("IMAGES/IM1", b"\0" * 128 + b"DICM" + b"x" * 40), ("DICOMDIR", b""), ("sub/", b"")):
                archive.writestr(name, data)
        found.append(stream.getvalue())
    return found


_ZIP = (b"PK\x03\x04", b"PK\x01\x02", b"../x")
PARSERS = (
    Parser("dicom", _dicom, (errors.BusinessException,), _films),
    Parser("dicom-pixels", _pixels, (errors.BusinessException,), _films),
    Parser("deidentify", _deidentified, (NotDeidentified,), _films),
    Parser("onnx", _onnx, (errors.SetupError,), _models),
    Parser("monai", _monai, (errors.SetupError,), _configs, JSON),
    Parser("image-zip", _archived, (), _zips, _ZIP),
    Parser("incident-zip", _bundle, (errors.IncidentRefused,), _bundles, _ZIP),
    Parser("keyword-zip", _archive, (), lambda: [*_bundles(), *_tars()], (*_ZIP, b"ustar", b"GNU.sparse.map=")),
)
