"""Every parser takes what is thrown at it, or refuses it in words; and the fuzzer finds one that does not."""

from __future__ import annotations

import json
import os
import platform
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.fuzz import __main__ as fuzz
from bench.fuzz import kept
from bench.fuzz.drive import Found, Run, drive
from bench.fuzz.parsers import PARSERS, Parser
from robot_library.reports.mrrt import parse_template

SLOW = {"dicom-pixels": 12, "deidentify": 12, "onnx": 40, "bot": 30, "workflow": 40, "screen-map": 40}
"""Fewer inputs for those that decode in another process, load a model, or look at a whole bot."""
SECONDS = float(os.environ.get("WETREAD_FUZZ_SECONDS", "60"))
_WORKFLOW = (
    b"workflow: w\nabout: x\nitem:\n  order: {type: text, pattern: '%s', example: a}\nsteps:\n  - stop: {reason: x}\n"
)
_MAP = (
    b"system: m\nscreens:\n  a:\n    seen_by: [{role: heading, name: A}]\n    reach: [{goto: /a}]\n"
    b"    targets:\n      t: {find: [{label: T}], pattern: '%s'}\n"
)
FOUND = [
    ("template", b"<!---->"),
    ("template", b"\x00"),
    ("workflow", _WORKFLOW % b"a{99999999999999999999}"),
    ("workflow", _WORKFLOW % (b"a{" + b"9" * 5000 + b"}")),
    ("screen-map", _MAP % (b"a{" + b"9" * 5000 + b"}")),
    ("workflow", b"workflow: w\nabout: x\nsteps:\n  - call: {workflow: %s}\n" % (b"a" * 3000)),
    ("workflow", b"workflow: w\nabout: x\noutputs: =item\ncompare:\n  findings: {a: =item}\n  signed: =true\n"),
    ("workflow", b"workflow: w\nabout: x\ncollect: =item\nsteps:\n  - stop: {reason: x}\n"),
    ("worklist", b"order,priority,due\nA1,stat,99999999999999999999 h\n"),
    ("worklist", b"order,priority,due\nA1,stat,0001-01-01T00:00\n"),
    ("worklist", b"order,priority\nA1," + b"9" * 5000 + b"\n"),
    ("layout", b"&a\nb: 1\n"),
    ("layout", b"&a | \n\n#"),
    ("backup", b'{"manifest": "{\\"fingerprint\\": \\"%s\\"}", "seal": "\xc3\xa9"}'),
    ("backup", b'{"manifest": "' + b"[" * 100_000 + b'", "seal": ""}'),
    ("audit-line", b'{"e":{},"n":1e999,"prev":"","t":""'),
    ("audit-head", b'{"n": Infinity, "hash": "", "key": "", "signature": ""}'),
    ("multipart", b"multipart/related; boundary*0*=a; boundary*=b\n"),
    ("sign-in-token", b'"alg"\n{}'),
    ("sign-in-token", b"eyJh"),
    ("sign-in-token", b'{"alg":"ES256"}\n{}\n{"kty":"EC","crv":"BP-256","x":"AA","y":"AA"}'),
    ("table", b"image,decision\n" + b"x" * 140_000 + b",positive\n"),
    ("answers", b"http://["),
    (
        "sign-in-token",
        b'{"alg":"ES256"}\n{"iss":"i","aud":"c","sub":"s","exp":1600,"nonce":"n","iat":-1%s}' % (b"0" * 400),
    ),
    ("answers", b'{"00081198": [1], "x": {"Value": 3}}'),
    ("answers", b'[{"00081198": {"Value": [{"00081197": {"Value": ["x"]}}, 7]}}]'),
]
"""What fuzzing has found, made small."""


@pytest.mark.parametrize("name", PARSERS)
def test_a_few_mutations_of_right_inputs(name: str) -> None:
    run = Run(PARSERS[name], None, random.Random(7))
    run.go(inputs=SLOW.get(name, 80))
    assert run.found.crashes == {}
    assert run.found.taken + run.found.refused == run.found.inputs


def test_what_was_found_once_is_refused_in_words() -> None:
    from robot_library.safeguards.keys import SiteKey

    model = PARSERS["onnx"].seeds()[0]
    foreign = model + b"\x42\x04\x0a\x02\xff\xfe" + b"\x42\x05\x0a\x03abc"  # two more domains, one of them no text
    y = b"\x0a\x01y\x12\x0f\x0a\x0d\x08"
    assert y + b"\x01" in model
    unknown = model.replace(y + b"\x01", y + b"\x27")  # values of y: of a kind that there is not
    film = PARSERS["dicom-pixels"].seeds()[1]
    empty = film[: film.index(b"\xe0\x7f\x10\x00OW") + 6] + bytes(6)  # pixel data of no bytes
    hollow = [(name, empty) for name in ("dicom", "dicom-pixels", "deidentify")]
    for name, data in [*FOUND, ("onnx", foreign), ("onnx", unknown), *hollow]:
        run = Run(PARSERS[name], None, random.Random(7))
        run.one(data.replace(b"%s", SiteKey(bytes(range(32))).fingerprint.encode()), keep=False)
        assert run.found.crashes == {}, data[:80]


@pytest.mark.parametrize("name", ["incident-zip", "image-zip"])
def test_archives_damaged_anywhere_are_refused_in_words(name: str) -> None:
    run = Run(PARSERS[name], None, random.Random(7))
    for seed in PARSERS[name].seeds():
        for at in range(0, len(seed), 3):
            run.one(seed[:at] + bytes([seed[at] ^ 0xFF]) + seed[at + 1 :], keep=False)
    assert run.found.crashes == {}


@pytest.mark.skipif(sys.platform == "win32", reason="no bound of memory there")
def test_an_archive_that_asks_for_more_memory_than_there_is_is_not_unpacked(tmp_path: Path) -> None:
    (archive := tmp_path / "in.tar").write_bytes(b"\x5e" + b"\xff" * 54)
    bounded = (
        "import resource, sys, pathlib; resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30));"
        "from robot_library.keywords.files import unpackable; print(unpackable(pathlib.Path(sys.argv[1])))"
    )
    said = subprocess.run([sys.executable, "-c", bounded, str(archive)], capture_output=True, text=True, check=False)
    assert (said.stdout.strip(), said.stderr) == ("False", "")


def test_a_template_that_never_ends_is_read_at_once() -> None:
    """One expression for begin, middle and end of the attributes took the cube of this."""
    html = "<input id=a>" + "<template_attributes>" * 40_000
    assert parse_template(html, "t").attributes == {}


def test_a_parser_that_breaks_is_found_and_its_input_kept(tmp_path: Path) -> None:
    def parse(data: bytes) -> str:
        if b"\x00" in data:
            raise ZeroDivisionError
        if len(data) > 3:
            raise ValueError("longer than 3")
        return "short"

    run = Run(Parser("weak", lambda: parse, (ValueError,), lambda: [b"abc"]), tmp_path, random.Random(1))
    run.go(inputs=800)
    (why,) = run.found.crashes
    assert why.startswith("ZeroDivisionError")
    assert b"\x00" in Path(run.found.crashes[why]).read_bytes()
    assert run.found.refused > 0
    again = Run(Parser("weak", lambda: parse, (ValueError,), lambda: [b"abc"]), tmp_path, random.Random(2))
    assert len(again.seeds) > 1, "what behaved in a new way is a seed of the next run"


WEAK = """
def parse(data):
    if data[0:1] == b"w":
        if data[1:2] == b"e":
            if data[2:3] == b"t":
                raise ZeroDivisionError
"""
GUIDED = """
import sys
from pathlib import Path
from bench.fuzz import guided, parsers

def opened():
    import weak
    return weak.parse

guided.SEEN.append("weak")
parsers.PARSERS["weak"] = parsers.Parser("weak", opened, (), lambda: [b"abc"], (b"PK",))
guided.main("weak", 4, Path(sys.argv[1]), 1)
"""


@pytest.mark.skipif((sys.platform, platform.machine()) != ("linux", "x86_64"), reason="no atheris there")
def test_what_comes_further_leads_to_what_lies_deep(tmp_path: Path) -> None:
    """Three letters, one after the other, of which nothing is said: mutations alone need sixteen million inputs."""
    (tmp_path / "weak.py").write_text(WEAK, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(Path(__file__).parents[2])])}
    command = [sys.executable, "-c", GUIDED, str(tmp_path)]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    found = Found(**json.loads((tmp_path / "weak" / "report.json").read_text("utf-8")))
    (why,) = found.crashes
    assert why.startswith("ZeroDivisionError")
    assert Path(found.crashes[why]).read_bytes().startswith(b"wet")
    assert found.seeds > 2, "what came further is a seed of the next run"
    assert found.seconds >= 4
    assert found.inputs < 2_000_000


def test_a_process_of_its_own_tells_what_it_tried(tmp_path: Path) -> None:
    found = drive("name", 3, tmp_path)
    assert found.crashes == {}
    assert found.inputs == found.taken + found.refused > 1000
    assert found.seconds >= 3


def test_half_hours_add_up_over_sittings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is broken off loses one slice; each goes on from another seed; one that crashes begins anew."""
    asked: list[tuple[str, float, int]] = []

    def driven(name: str, seconds: float, folder: Path, seed: int) -> Found:
        asked.append((name, seconds, seed))
        if len(asked) == 3:
            raise KeyboardInterrupt
        return Found(name, inputs=10, seconds=seconds, crashes={"x": "y"} if name == "vault" else {})

    monkeypatch.setattr(fuzz, "RAN", tmp_path / "ran.json")
    monkeypatch.setattr(kept, "FOLDER", tmp_path / "kept")
    monkeypatch.setattr(fuzz, "drive", driven)
    (tmp_path / "ran.json").write_text('{"vault": {"seconds": 300, "inputs": 10}}', encoding="utf-8")
    words = ["--seconds", "1000", "--due", "--only", "name", "--only", "vault", "--out", str(tmp_path)]
    with pytest.raises(KeyboardInterrupt):
        fuzz.main(words)
    assert fuzz.main(words) == 1, "a crash was found"
    slices = [("name", 300, 1), ("name", 300, 301), ("name", 300, 601), ("name", 300, 601), ("name", 100, 901)]
    assert asked == [*slices, ("vault", 300, 301)]
    ran = json.loads((tmp_path / "ran.json").read_text("utf-8"))
    assert {name: (one["seconds"], one["inputs"]) for name, one in ran.items()} == {"name": (1000, 40)}


def test_seeds_are_kept_in_an_archive_and_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "FOLDER", tmp_path / "kept")
    there, here = tmp_path / "there", tmp_path / "here"
    there.mkdir()
    for name, data in (("a", b"\x00\xff"), ("b", b""), ("c", b"x" * (kept.LARGEST + 1))):
        (there / name).write_bytes(data)
    kept.unpack("yaml", here)
    assert not here.exists(), "none were kept"
    kept.pack("yaml", there)
    first = (tmp_path / "kept" / "yaml.tar.xz").read_bytes()
    kept.unpack("yaml", here)
    assert {path.name: path.read_bytes() for path in here.iterdir()} == {"a": b"\x00\xff", "b": b""}
    kept.pack("yaml", here)
    assert (tmp_path / "kept" / "yaml.tar.xz").read_bytes() == first

    def ended(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(kept.tarfile.TarFile, "addfile", ended)
    with pytest.raises(KeyboardInterrupt):
        kept.pack("yaml", here)
    assert (tmp_path / "kept" / "yaml.tar.xz").read_bytes() == first, "broken off: what was kept is still there"


@pytest.mark.evidence
@pytest.mark.parametrize("name", PARSERS)
def test_each_parser_for_its_time(name: str, record_property: Callable[[str, object], None]) -> None:
    """WETREAD_FUZZ_SECONDS=1800 for half an hour each."""
    found = drive(name, SECONDS, Path("build/fuzz"))
    record_property("inputs", found.inputs)
    record_property("refused", found.refused)
    record_property("seconds", found.seconds)
    assert found.crashes == {}
