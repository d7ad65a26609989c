"""A map built on another, and the pack that others get: one hospital's differences, and nobody's data."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

from robot_library.authoring.packing import packed
from robot_library.cli.main import run_cli
from robot_library.errors import AuthoringError
from robot_library.lint.check import check
from robot_library.parsing.bots import fingerprint, parts
from robot_library.parsing.library import Library, bundled
from robot_library.parsing.made_of import made_of

WARD = """\
system: ward
extends: demo-ehr
about: Our own EHR, as it differs.   # from the one that comes with wetread
version: {at: /about, find: {css: '#version'}, verified: ["7.1"]}
screens:
  order:
    targets:
      mrn: {find: [{label: 'Hospital number:'}], use: identity, type: mrn}
      ward: {find: [{label: 'Ward:'}], use: read, phi: false}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    bot = (bundled() / "bots/chest-xray-preread.yaml").read_text(encoding="utf-8")
    assert "map: demo-ehr" in bot
    ours = bot.replace("bot: chest-xray-preread", "bot: ours").replace("demo-ehr", "ward")
    files = {"wetread.toml": "", "workflows/screens/ward.yaml": WARD, "bots/ours.yaml": ours}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_what_stands_in_the_overlay_comes_in_place_of_the_base_and_keeps_its_place(project: Path) -> None:
    library = Library(project, bundled())
    base, ours = library.screen_map("demo-ehr"), library.screen_map("ward")
    order = ours.screens["order"]
    assert ours.system == "ward"
    assert ours.sign_in == base.sign_in
    assert set(ours.screens) == set(base.screens)
    assert set(order.targets) == {*base.screens["order"].targets, "ward"}
    assert order.targets["mrn"].find[0].label == "Hospital number:"
    assert order.state == base.screens["order"].state
    places = [one.place for one in (order.targets["mrn"], order.targets["patient"])]
    assert [Path(place.file).name for place in places if place] == ["ward.yaml", "demo-ehr.yaml"]
    assert [one for one in check([project / "bots/ours.yaml"], library) if one.severity == "error"] == []


def test_a_change_of_the_base_makes_another_bot_of_those_built_on_it(project: Path) -> None:
    (project / "workflows/screens/shared.yaml").write_text(
        (bundled() / "workflows/screens/demo-ehr.yaml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    ward = project / "workflows/screens/ward.yaml"
    ward.write_text(WARD.replace("extends: demo-ehr", "extends: shared"), encoding="utf-8")

    def now() -> tuple[str, str]:
        library = Library(project, bundled())
        assert "shared" in parts(library.bot("ours"), library).screens
        return fingerprint(library.bot("ours"), library), made_of("ours", library).hash

    before = now()
    shared = project / "workflows/screens/shared.yaml"
    shared.write_text(shared.read_text(encoding="utf-8") + "# later\n", encoding="utf-8")
    after = now()
    assert before[0] != after[0]
    assert before[1] != after[1]


def test_a_circle_is_an_error_with_a_place_and_never_a_loop(project: Path) -> None:
    for name, base in (("one", "two"), ("two", "three"), ("three", "one")):
        file = project / f"workflows/screens/{name}.yaml"
        file.write_text(f"system: {name}\nextends: {base}\n", encoding="utf-8")
    found = check([project / "workflows/screens/one.yaml"], Library(project, bundled()))
    assert [(one.code, Path(one.file).name, one.line) for one in found] == [("WR123", "three.yaml", 2)]


def test_the_pack_holds_the_maps_and_what_is_needed_and_is_the_same_each_time(project: Path) -> None:
    assert run_cli(["screens", "pack", "ward", "--out", "out/ward.zip"]) == 0
    data = (project / "out/ward.zip").read_bytes()
    assert packed(Library(project, bundled()), "ward")[0] == data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == ["pack.json", "workflows/screens/ward.yaml"]
        about = json.loads(archive.read("pack.json"))
        assert archive.read("workflows/screens/ward.yaml").decode() == WARD
    assert (about["needs"], about["verified"]) == (["demo-ehr"], ["7.1"])


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("label: 'Ward:'", "text: '0047110815'", "ward.yaml:9:28: WR613"),
        ("label: 'Ward:'", "text: 'Smith, Anna'", "ward.yaml:9:28: WR613"),
        ("# from the one", "# seen at 0047110815, the one", "ward.yaml:3:48: WR613"),
        ("# from the one", "# as on 17.04.1961, the one", "ward.yaml:3:46: WR613"),
        ("as it differs.", "at https://ehr.hospital.example", "ward.yaml:3:24: WR613"),
        ("label: 'Ward:'", "labl: 'Ward:'", "ward.yaml:9:22: WR101"),
    ],
)
def test_what_looks_like_somebodys_is_not_packed(project: Path, old: str, new: str, place: str) -> None:
    file = project / "workflows/screens/ward.yaml"
    file.write_text(WARD.replace(old, new), encoding="utf-8")
    with pytest.raises(AuthoringError) as refused:
        packed(Library(project, bundled()), "ward", ["something else"])
    assert place in str(refused.value)
    assert run_cli(["screens", "pack", "ward"]) == 2
    assert not (project / "ward.zip").exists()
    if "0047110815" in new:  # a person looks, and says that it is nobody's
        assert packed(Library(project, bundled()), "ward", ["0047110815"])[0]
