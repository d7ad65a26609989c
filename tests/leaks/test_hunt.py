"""The hunt finds a value in every wrapping that it says it undoes, one in the other, too; and nothing in noise."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import json
import lzma
import random
import sqlite3
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.leaks.hunt import Hunt

VALUE = "Quillfeather-Öz"
TEXT = f"patient: {VALUE}, seen today".encode()


def zipped(data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("trace.network", data)
    return file.getvalue()


def lines(data: bytes) -> bytes:
    return base64.encodebytes(b"x" * 50 + data)


def recoded(code: str) -> Callable[[bytes], bytes]:
    return lambda data: data.decode().encode(code)


WRAPPED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "zlib": zlib.compress,
    "zip": zipped,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "cut short": lambda data: gzip.compress(data + random.Random(1).randbytes(5000))[:-2000],
    "base64": base64.b64encode,
    "base64 for addresses": lambda data: b"=" + base64.urlsafe_b64encode(b"\xff\xfe" + data),
    "base64 over lines": lines,
    "base64 in JSON": lambda data: json.dumps(lines(data).decode()).encode(),
    "base64 after a letter": lambda data: b"ab" + base64.b64encode(data),
    "hex": lambda data: data.hex().encode(),
    "hex in capitals": lambda data: data.hex(" ").upper().encode(),
    "hex after a figure": lambda data: b"0" + data.hex().encode(),
    "UTF-16": recoded("utf-16-le"),
    "UTF-16, other way": recoded("utf-16-be"),
    "UTF-32": recoded("utf-32"),
    "Latin-1": recoded("latin-1"),
    "JSON": lambda data: json.dumps(data.decode()).encode(),
    "printed bytes": lambda data: repr(data).encode(),
    "percent": lambda data: quote(data, safe="").encode(),
    "entities": lambda data: data.replace("Ö".encode(), b"&Ouml;"),
    "number entities": lambda data: "".join(f"&#{ord(letter)};" for letter in data.decode()).encode(),
    "capitals": lambda data: data.decode().upper().encode(),
    "no accents": lambda data: data.replace("Ö".encode(), b"O"),
}
LAYERS = ("gzip", "zlib", "zip", "bzip2", "xz", "base64", "base64 over lines", "base64 in JSON", "hex")


@pytest.mark.parametrize("name", WRAPPED)
def test_it_is_found_wrapped(name: str) -> None:
    noise = random.Random(name).randbytes(3000)
    data = WRAPPED[name](TEXT)
    for around in (data, noise + b"\n" + data + (b"" if name == "cut short" else b"\n" + noise)):
        assert {hit.value for hit in Hunt([VALUE, "Somebody Else"]).within(around, "here")} == {VALUE}, name


@pytest.mark.parametrize("outer", LAYERS)
def test_one_wrapping_in_another(outer: str) -> None:
    for inner in ("gzip", "base64", "hex", "UTF-16", "JSON"):
        data = WRAPPED[outer](WRAPPED[inner](TEXT))
        assert list(Hunt([VALUE]).within(data, "here")), f"{inner} in {outer}"


def test_it_is_found_in_a_database_and_in_a_file_name(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "engine.sqlite")
    with connection:
        connection.execute("CREATE TABLE rows (a, b BLOB)")
        connection.execute("INSERT INTO rows VALUES (1, ?)", (base64.b64encode(b"." * 9000 + zlib.compress(TEXT)),))
    connection.close()
    (tmp_path / f"{VALUE}.png").write_bytes(b"")
    hits = list(Hunt([VALUE]).folder(tmp_path))
    assert {hit.place for hit in hits} == {"engine.sqlite", f"name of {VALUE}.png"}
    assert any(hit.how == "zlib in base64" for hit in hits)


def test_noise_has_none_and_figures_of_a_hash_are_none() -> None:
    hunt = Hunt([VALUE, "20210304", "00123456"])
    assert list(hunt.within(random.Random(3).randbytes(2_000_000), "noise")) == []
    assert list(hunt.within(b"c9a20210304f, 1.2.840.120210304.5", "hash")) == []
    assert [hit.value for hit in hunt.within(b"born 20210304.", "date")] == ["20210304"]
