"""The lock holds what pyproject asks for, and what the tests ran with, for every machine that wetread runs on."""

from __future__ import annotations

import pytest
from packaging.utils import canonicalize_name

from tests.supply.lock import LOCK, ROOT, asked_for, locked, pinned
from tests.supply.test_licences import EXTRAS, closure

LINES = locked(LOCK.read_text(encoding="utf-8"))
ASKED = asked_for((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PINNED = pinned((ROOT / "constraints.txt").read_text(encoding="utf-8"))
SYSTEMS = {"linux": ("Linux", "posix"), "win32": ("Windows", "nt")}
CURE = "cure: make lock"


def machine(system: str, python: str) -> dict[str, str]:
    name, kind = SYSTEMS[system]
    return {"sys_platform": system, "platform_system": name, "os_name": kind, "python_version": python, "extra": "",
            "python_full_version": f"{python}.9", "platform_machine": "x86_64" if kind == "posix" else "AMD64",
            "implementation_name": "cpython", "platform_python_implementation": "CPython"}  # fmt: skip


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize("system", SYSTEMS)
def test_each_machine_gets_all_that_is_asked_for_once(system: str, python: str) -> None:
    at = machine(system, python)
    here = [line for line in LINES if line.here(at)]
    versions = {line.name: line.version() for line in here}
    assert len(here) == len(versions), "one name twice"
    for need in ASKED:
        if need.marker is None or need.marker.evaluate(dict(at)):
            assert versions.get(canonicalize_name(need.name), "-") in need.specifier, f"{need}; {CURE}"


def test_every_file_has_its_hash_and_no_line_its_own_source() -> None:
    assert len(LINES) > 150
    for line in LINES:
        assert line.hashes, line.need
        assert all(len(one) == 64 and set(one) <= set("0123456789abcdef") for one in line.hashes), line.need
        assert line.need.url is None, line.need
    said = LOCK.read_text(encoding="utf-8")
    assert not [word for word in ("://", "--index", "--find-links", "--trusted") if word in said]


def test_it_is_what_the_tests_ran_with() -> None:
    """constraints.txt is what CI installs; the lock says the same of all that both name."""
    assert {
        line.name: line.version() for line in LINES if PINNED.get(line.name, line.version()) != line.version()
    } == {}


def test_it_is_whole() -> None:
    """Whatever an installation here brings along, the lock has it, in the version that is here."""
    found = {canonicalize_name(name): one.version for name, one in closure(*EXTRAS).items()}
    del found["wetread"]
    versions = {line.name: line.version() for line in LINES}
    # Some machines have system releases beside the pinned ones; then constraints.txt says which of them is meant.
    assert {
        name: versions.get(name) for name in found if versions.get(name) not in (found[name], PINNED.get(name))
    } == {}
