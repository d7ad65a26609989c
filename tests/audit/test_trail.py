"""The trail is attacked: every change of what was written is found, and what a crash leaves is never dropped."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_library.errors import AuditBroken
from robot_library.model.audit import Happened
from robot_library.safeguards.audit.log import Log, segments
from robot_library.safeguards.audit.part import Ends, check_part, part_of
from robot_library.safeguards.audit.record import LONGEST, line, now, parse
from robot_library.safeguards.audit.signing import Head, Signer, read_head, write_head
from robot_library.safeguards.audit.trail import AuditTrail
from robot_library.safeguards.audit.verify import Keys, Verdict, verify
from robot_library.safeguards.keys import SiteKey

KEY = SiteKey(b"s" * 32)
SIGNER = Signer(KEY)
KEYS = Keys({SIGNER.key_id: SIGNER.public}, SIGNER.seal_key)
PUBLIC = Keys({SIGNER.key_id: SIGNER.public})


def make(folder: Path, count: int = 25, **options: int) -> Log:
    log = Log(folder / "audit", folder / "audit.head", SIGNER, **{"every": 10, **options})
    for number in range(count):
        log.append([{"kind": "commit", "item": f"item-{number}"}])
    return log


def said(folder: Path, keys: Keys = KEYS, kept: dict[int, str] | None = None) -> Verdict:
    return verify(folder / "audit", folder / "audit.head", keys, kept)


def lines(folder: Path) -> tuple[Path, list[bytes]]:
    (path,) = segments(folder / "audit")
    return path, path.read_bytes().splitlines(keepends=True)


def test_what_was_written_is_intact_and_counted(tmp_path: Path) -> None:
    make(tmp_path)
    verdict = said(tmp_path)
    assert (verdict.intact, verdict.first_bad, verdict.events, verdict.checkpoints) == (True, None, 25, 2)
    assert verdict.lines == 27
    assert said(tmp_path, PUBLIC).intact


def test_many_files_are_one_chain(tmp_path: Path) -> None:
    make(tmp_path, 60, segment=2000)
    assert len(segments(tmp_path / "audit")) > 5
    assert said(tmp_path).events == 60
    middle = segments(tmp_path / "audit")[2]
    middle.unlink()
    verdict = said(tmp_path)
    assert (verdict.intact, verdict.first_bad) == (False, int(middle.stem))
    assert "file" in verdict.why


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_every_edit_is_found(data: st.DataObject) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder, 12)
        path, held = lines(folder)
        which = data.draw(st.integers(0, len(held) - 1))
        how = data.draw(st.sampled_from(["byte", "delete", "double", "swap", "cut", "insert", "end", "add"]))
        other = data.draw(st.integers(0, len(held) - 1).filter(lambda n: n != which))
        changed = list(held)
        match how:
            case "byte":
                place, bit = data.draw(st.integers(0, len(held[which]) - 1)), data.draw(st.integers(0, 7))
                raw = bytearray(held[which])
                raw[place] ^= 1 << bit
                changed[which] = bytes(raw)
            case "delete":
                del changed[which]
            case "double":
                changed.insert(which, held[which])
            case "swap":
                changed[which], changed[other] = changed[other], changed[which]
            case "cut":
                changed[which] = held[which][: data.draw(st.integers(0, len(held[which]) - 1))]
            case "insert":
                changed.insert(which, data.draw(st.binary(min_size=1, max_size=40)))
            case "end":
                changed = changed[: which or 1][: len(held) - 1]
            case "add":
                changed.append(data.draw(st.binary(min_size=1, max_size=40)))
        path.write_bytes(b"".join(changed))
        verdict = said(folder)
        assert not verdict.intact
        assert verdict.first_bad is not None
        assert verdict.first_bad <= len(held) + 1


def test_a_line_made_by_somebody_without_the_key_is_found_wherever_it_stands(tmp_path: Path) -> None:
    make(tmp_path)
    path, held = lines(tmp_path)
    last = parse(held[-1].rstrip(b"\n"))
    assert last is not None
    forged, digest = line({"kind": "commit"}, last.n + 1, last.hash, last.at, b"guessed")
    path.write_bytes(b"".join([*held, forged]))
    assert said(tmp_path).first_bad == last.n + 1
    with pytest.raises(AuditBroken, match="none of this site's"):
        make(tmp_path, 1)
    rebuilt, before = [], "0" * 64
    for number, raw in enumerate(held, start=1):  # the whole chain anew, without what must not be seen
        record = parse(raw.rstrip(b"\n"))
        assert record is not None
        made, before = line({**record.event, "item": "another"}, number, before, record.at, b"guessed")
        rebuilt.append(made)
    path.write_bytes(b"".join(rebuilt))
    assert said(tmp_path).first_bad == 1
    assert not said(tmp_path, PUBLIC).intact
    assert digest


@pytest.mark.parametrize("put_in", ['","e":{"kind":"x"},"m":"', '","t":"2020-01-01T00:00:00.000Z'])
def test_nothing_is_said_behind_the_hash_to_who_has_the_public_key_alone(tmp_path: Path, put_in: str) -> None:
    """JSON takes the last of two keys, and the hash ends before the seal: in its place stood room for another event."""
    make(tmp_path, 5)
    part = list(part_of(tmp_path / "audit", "item-1", SIGNER, ends := Ends()))
    path, held = lines(tmp_path)
    held[1] = held[1][:-35] + put_in.ljust(32, "0").encode() + b'"}\n'
    assert len(json.loads(held[1], object_pairs_hook=list)) > 6, "two of one key"
    path.write_bytes(b"".join(held))
    assert (said(tmp_path, PUBLIC).first_bad, said(tmp_path).first_bad) == (2, 2)
    assert "was changed" in check_part([held[1], *part[1:]], "item-1", ends, PUBLIC).problem


def test_a_file_beside_the_trail_s_own_is_none_of_them(tmp_path: Path) -> None:
    """Somebody keeps a copy in the folder: nothing goes on in it, and it is not read."""
    make(tmp_path, 5)
    path, _ = lines(tmp_path)
    for name in ("000000000001 (copy).jsonl", "before the upgrade.jsonl"):
        (tmp_path / "audit" / name).write_bytes(path.read_bytes())
    make(tmp_path, 2)
    assert segments(tmp_path / "audit") == [path]
    assert said(tmp_path).events == 7


def test_the_longest_line_that_is_written_is_read_again(tmp_path: Path) -> None:
    log = make(tmp_path, 1)
    bare, _ = line({"kind": "commit", "what": ""}, 2, "0" * 64, now(), SIGNER.seal_key)
    log.append([{"kind": "commit", "what": "x" * (LONGEST - len(bare))}])
    with pytest.raises(AuditBroken, match="too large"):
        log.append([{"kind": "commit", "what": "x" * (LONGEST - len(bare) + 1)}])
    log.append([{"kind": "commit"}])
    assert (said(tmp_path).events, said(tmp_path).why) == (3, "")


@pytest.mark.skipif(os.name != "posix", reason="files are told apart by their inodes")
def test_a_head_is_written_in_its_place_so_that_a_power_cut_leaves_one(tmp_path: Path) -> None:
    """Moved there and not forced to disk, it is empty after a power cut on XFS: name and size are kept by the journal,
    and the bytes are not. Whatever lies there in its place is not written to."""
    log = make(tmp_path, 3)
    first = log.head.stat()
    log.append([{"kind": "commit", "item": "x" * 3000}] * 1200)
    assert (log.head.stat().st_ino, log.head.stat().st_size) == (first.st_ino, first.st_size)
    assert said(tmp_path).events == 1203
    older = json.dumps(vars(read_head(log.head)))
    log.head.write_text(older, encoding="ascii")
    log.append([{"kind": "commit"}])
    assert (log.head.stat().st_size, said(tmp_path).events) == (first.st_size, 1204)
    log.head.unlink()
    os.mkfifo(log.head)
    log.append([{"kind": "commit"}])
    assert said(tmp_path).events == 1205


@pytest.mark.parametrize("instead", [b"", b"\x00" * 300, b'{"n": 3}'])
def test_a_head_that_a_power_cut_has_left_empty_is_a_damaged_trail(tmp_path: Path, instead: bytes) -> None:
    log = make(tmp_path, 3)
    log.head.write_bytes(instead)
    assert "damaged" in said(tmp_path).why
    with pytest.raises(AuditBroken, match="its head cannot be read"):
        make(tmp_path, 1)


def test_an_end_that_was_cut_off_is_found_and_stops_the_next_line(tmp_path: Path) -> None:
    make(tmp_path)
    path, held = lines(tmp_path)
    path.write_bytes(b"".join(held[:20]))
    verdict = said(tmp_path)
    assert (verdict.intact, verdict.first_bad, verdict.why) == (False, 21, "the end was cut off")
    with pytest.raises(AuditBroken, match="ends at line 20, its head says 27"):
        make(tmp_path, 1)
    (tmp_path / "audit.head").unlink()
    verdict = said(tmp_path)
    assert verdict.first_bad == 1
    assert str(tmp_path / "audit.head") in verdict.why
    with pytest.raises(AuditBroken, match="head is gone: there is none at") as failure:
        make(tmp_path, 1)
    assert failure.value.cure.startswith("Where WETREAD_AUDIT_HEAD"), "at a shell without it, the trail is whole"


def test_both_put_back_together_are_found_only_by_a_head_kept_elsewhere(tmp_path: Path) -> None:
    make(tmp_path, 5)
    path, _ = lines(tmp_path)
    early, head = path.read_bytes(), (tmp_path / "audit.head").read_bytes()
    make(tmp_path, 5)
    kept = read_head(tmp_path / "audit.head")
    assert kept is not None
    path.write_bytes(early)
    (tmp_path / "audit.head").write_bytes(head)
    assert said(tmp_path).intact, "what no software on this machine alone can see"
    assert said(tmp_path, kept={kept.n: kept.hash}).first_bad == 6
    make(tmp_path, 8)
    assert not said(tmp_path, kept={kept.n: kept.hash}).intact


def test_what_signs_the_part_in_a_bundle_is_no_head(tmp_path: Path) -> None:
    """Whoever holds the bundle of an incident must not be able to cut off what came after it."""
    log = make(tmp_path, 5)
    ends = Ends()
    part = list(part_of(tmp_path / "audit", "item-1", SIGNER, ends))
    assert check_part(part, "item-1", ends, KEYS).problem == ""
    ((n, (digest, signature)),) = ends.signed.items()
    log.append([{"kind": "decision", "what": "a stop that is to disappear"}])
    file, there = lines(tmp_path)
    file.write_bytes(b"".join(there[:n]))
    write_head(log.head, Head(n, digest, SIGNER.key_id, signature))
    assert not said(tmp_path).intact
    older = Ends(ends.lines, {n: (digest, SIGNER.sign("head", n, digest))})
    assert check_part(part, "item-1", older, KEYS).problem == "", "bundles of older versions stay good"


def test_a_line_of_any_length_hides_nothing_from_a_bundle(tmp_path: Path) -> None:
    make(tmp_path, 5)
    path, held = lines(tmp_path)
    path.write_bytes(b"".join([*held[:1], b"x" * (LONGEST + 9) + b"\n", *held[1:]]))
    assert said(tmp_path).first_bad == 2
    ends = Ends()
    assert list(part_of(tmp_path / "audit", "item-3", SIGNER, ends)) == held[3:]
    assert ends.lines == 1


@pytest.mark.skipif(os.name != "posix", reason="pipes with names, and links without rights")
@pytest.mark.parametrize("instead", ["pipe", "folder", "link"])
def test_what_is_put_in_a_file_s_place_is_found_and_not_waited_for(tmp_path: Path, instead: str) -> None:
    log = make(tmp_path, 25, segment=2000)
    last = segments(tmp_path / "audit")[-1]
    last.unlink()
    if instead == "pipe":
        os.mkfifo(last)
    elif instead == "folder":
        last.mkdir()
    else:
        last.symlink_to(last.name)
    verdict = said(tmp_path)
    assert (verdict.intact, verdict.why) == (False, "the end was cut off")
    with pytest.raises(AuditBroken):
        Log(log.folder, log.head, SIGNER).append([{"kind": "commit"}])
    log.head.unlink()
    os.mkfifo(log.head)
    assert "is damaged" in said(tmp_path).why


def test_a_changed_line_is_called_changed(tmp_path: Path) -> None:
    make(tmp_path, 5)
    path, held = lines(tmp_path)
    path.write_bytes(b"".join(held).replace(b"item-2", b"item-7"))
    assert (said(tmp_path).first_bad, said(tmp_path).why) == (3, "it was changed")


def test_a_forged_head_is_found(tmp_path: Path) -> None:
    make(tmp_path, 5)
    other = Signer(SiteKey(b"o" * 32))
    head = read_head(tmp_path / "audit.head")
    assert head is not None
    write_head(tmp_path / "audit.head", type(head)(2, head.hash, other.key_id, other.sign("head", 2, head.hash)))
    assert not said(tmp_path).intact
    with pytest.raises(AuditBroken, match="not signed"):
        make(tmp_path, 1)


@pytest.mark.parametrize("kept", [1, 40, 150])
def test_a_line_torn_by_a_crash_is_closed_in_sight(tmp_path: Path, kept: int) -> None:
    make(tmp_path, 5)
    path, held = lines(tmp_path)
    path.write_bytes(b"".join(held) + held[-1][:kept])
    assert "torn" in said(tmp_path).why
    make(tmp_path, 3)
    verdict = said(tmp_path)
    assert (verdict.intact, verdict.events, verdict.repaired) == (True, 8, 1)
    assert held[-1][:kept] in path.read_bytes(), "the torn bytes are still there"
    raw = path.read_bytes().replace(b'"kind":"repaired"', b'"kind":"repaireD"')
    path.write_bytes(raw)
    assert not said(tmp_path).intact


def test_a_line_that_lacks_only_its_end_gets_it(tmp_path: Path) -> None:
    make(tmp_path, 5)
    path, held = lines(tmp_path)
    path.write_bytes(b"".join(held)[:-1])
    assert not said(tmp_path).intact
    make(tmp_path, 1)
    verdict = said(tmp_path)
    assert (verdict.intact, verdict.events, verdict.repaired) == (True, 6, 0)


def test_a_crash_between_line_and_head_loses_nothing(tmp_path: Path) -> None:
    make(tmp_path, 5)
    head = (tmp_path / "audit.head").read_bytes()
    make(tmp_path, 1)
    (tmp_path / "audit.head").write_bytes(head)
    assert said(tmp_path).intact
    make(tmp_path, 1)
    assert said(tmp_path).events == 7


def test_the_first_line_may_be_torn_too(tmp_path: Path) -> None:
    (tmp_path / "audit").mkdir()
    (tmp_path / "audit" / "000000000001.jsonl").write_bytes(b'{"e":{"kind"')
    make(tmp_path, 2)
    verdict = said(tmp_path)
    assert (verdict.intact, verdict.events, verdict.repaired) == (True, 2, 1)


WRITER = """
import sys
from pathlib import Path
from robot_library.safeguards.audit.log import Log
from robot_library.safeguards.audit.signing import Signer
from robot_library.safeguards.keys import SiteKey
folder = Path(sys.argv[1])
log = Log(folder / "audit", folder / "audit.head", Signer(SiteKey(b"s" * 32)), every=10, segment=20_000)
print("ready", flush=True)
for number in range(int(sys.argv[2])):
    log.append([{"kind": "commit", "item": f"{sys.argv[3]}-{number}"}])
"""


def test_several_processes_and_one_that_is_killed_keep_one_chain(tmp_path: Path) -> None:
    with ExitStack() as started:

        def writer(count: int, name: str) -> subprocess.Popen[str]:
            command = [sys.executable, "-c", WRITER, str(tmp_path), str(count), name]
            process = started.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
            started.callback(process.kill)
            return process

        steady = [writer(60, name) for name in "abc"]
        doomed = writer(1_000_000, "d")
        assert doomed.stdout is not None
        assert doomed.stdout.readline() == "ready\n"
        for process in steady:
            assert process.wait(120) == 0
    make(tmp_path, 1)
    verdict = said(tmp_path)
    assert verdict.intact, verdict
    items = [json.loads(raw)["e"].get("item", "") for p in segments(tmp_path / "audit") for raw in _whole(p)]
    for name in "abc":
        assert [one for one in items if one.startswith(name)] == [f"{name}-{number}" for number in range(60)]


def _whole(path: Path) -> list[bytes]:
    return [raw for raw in path.read_bytes().split(b"\n") if parse(raw) is not None]


def test_a_disk_that_takes_nothing_is_said_so(tmp_path: Path) -> None:
    blocked = tmp_path / "home"
    blocked.write_text("a file where a folder should be", encoding="utf-8")
    with pytest.raises(AuditBroken, match="cannot be written"):
        AuditTrail(blocked, KEY).record(Happened("commit"))


def test_nobody_else_reads_the_files(tmp_path: Path) -> None:
    make(tmp_path, 1)
    if os.name == "posix":
        assert segments(tmp_path / "audit")[0].stat().st_mode & 0o077 == 0


def _measured(folder: Path, count: int) -> tuple[float, float, int]:
    """Events a second, written in batches of a thousand and read again, and the most memory of reading (bytes)."""
    log = Log(folder / "audit", folder / "audit.head", SIGNER)
    batch = [{"kind": "commit", "item": "0123456789abcdef", "bot": "chest-xray-preread", "outcome": "ok"}] * 1000
    begun = time.perf_counter()
    for _ in range(count // 1000):
        log.append(batch)
    wrote = time.perf_counter() - begun
    begun = time.perf_counter()
    assert said(folder).events == count
    read = time.perf_counter() - begun
    tracemalloc.start()
    verify(folder / "audit", folder / "audit.head", KEYS)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return count / wrote, count / read, most


def test_memory_does_not_grow_with_the_trail(tmp_path: Path) -> None:
    small, large = _measured(tmp_path / "a", 2000), _measured(tmp_path / "b", 20_000)
    assert large[2] < small[2] + 200_000


_VERIFY = """
import json, resource, sys, time
from pathlib import Path
from tests.audit.test_trail import said
begun = time.perf_counter()
found = said(Path(sys.argv[1]))
most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([found.intact, found.events, time.perf_counter() - begun, most / 1024]))
"""


def _verified(folder: Path) -> tuple[bool, int, float, float]:
    """By a process of its own: intact, events, seconds, the most memory that the process ever held (MiB)."""
    command = [sys.executable, "-c", _VERIFY, str(folder)]
    intact, events, seconds, most = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return intact, events, seconds, most


@pytest.mark.evidence
@pytest.mark.skipif(os.name != "posix", reason="asks the kernel how much memory a process has held")
def test_ten_million_events(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    log = Log(tmp_path / "audit", tmp_path / "audit.head", SIGNER)
    batch = [{"kind": "commit", "item": "0123456789abcdef", "bot": "chest-xray-preread", "outcome": "ok"}] * 1000
    log.append(batch)
    small = _verified(tmp_path)
    begun = time.perf_counter()
    for _ in range(9_999):
        log.append(batch)
    wrote = 9_999_000 / (time.perf_counter() - begun)
    intact, events, seconds, most = _verified(tmp_path)
    record_property("events", events)
    record_property("written a second, a thousand at a time", round(wrote))
    record_property("verified a second", round(events / seconds))
    record_property("memory of verifying, MiB (of a thousand events)", f"{most:.1f} ({small[3]:.1f})")
    assert (intact, events) == (True, 10_000_000)
    assert most < small[3] + 50
    # one byte in the middle of it
    path = segments(tmp_path / "audit")[len(segments(tmp_path / "audit")) // 2]
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(b"x" if byte != b"x" else b"y")
    assert not _verified(tmp_path)[0]
