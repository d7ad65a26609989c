"""Sealing: every value comes back as it was, and nothing opens that was touched."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_library.errors import SetupError
from robot_library.interfaces import PersonAnswer
from robot_library.model.finding import Abstention, Accepted, Finding
from robot_library.model.person import Identity, PatientId, PersonName
from robot_library.model.record import Record
from robot_library.model.report import Report
from robot_library.model.study import Image, Study
from robot_library.safeguards.blobs import FileBlobs
from robot_library.safeguards.keys import SiteKey
from robot_library.safeguards.sealed import Failure, SealedJson, decode, encode

KEY = SiteKey(bytes(range(32)))
SEALER = SealedJson(KEY)
PERSON = Identity(
    source="dicom", system="pacs", ids=(PatientId(value="00123456", issuer="H"),),
    names=(PersonName(family="O'Brien", given="Zoë"), PersonName(family="山田")), birth_date=date(2021, 3, 9),
    looked_up_by=frozenset({"name", "birth_date"}),
)  # fmt: skip
FINDING = Finding(
    skill="s", skill_version="1", model_sha256="0", provider="CPU", label="p", score=0.123456789012345,
    decision="negative", operating_point="rule-out", thresholds={"a": 0.1}, image_uid="1.2",
)  # fmt: skip
IMAGE = Image(sop_instance_uid="1.2.3", source="dicomweb", blob="ab", sha256="cd", age_years=3.5, header={"Rows": "1"})
MODELS = [
    PERSON, FINDING, IMAGE,
    Abstention(skill="s", skill_version="1", model_sha256="0", provider="CPU", code="AGE", reason="x", image_uid="1"),
    Accepted(finding=FINDING, by="person", who="Dr A", decision="positive"),
    Record(source="screen", fields={"a": "00123456", "b": ""}, identity=PERSON),
    Report(template="t", title="T", fields={"f": "x"}, text="x\ny", images=("1.2",)),
    Study(study_uid="1", source="screen", identity=PERSON, images=(IMAGE,), refused=(("a", "b"),)),
    PersonAnswer(verdict="accept", who="Dr A"),
]  # fmt: skip

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
    | st.dates() | st.datetimes() | st.timedeltas() | st.decimals(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner)
    | st.dictionaries(st.integers(), inner) | st.dictionaries(st.just("$type"), inner),
    max_leaves=12,
)  # fmt: skip


@given(plain)
def test_any_plain_value_comes_back_as_it_was(value: Any) -> None:
    back = SEALER.open(SEALER.seal(value, "c"), "c")
    assert back == value
    assert type(back) is type(value)
    assert decode(encode(value)) == value


@pytest.mark.parametrize("value", MODELS, ids=lambda value: type(value).__name__)
def test_every_model_comes_back_as_it_was(value: Any) -> None:
    back = SEALER.open(SEALER.seal({"x": [value, (value,)]}, "c"), "c")
    assert back == {"x": [value, (value,)]}
    assert type(back["x"][0]) is type(value)


def test_dates_durations_and_sets() -> None:
    value = [date(2020, 2, 29), datetime(2020, 1, 1, tzinfo=UTC), timedelta(days=-1, microseconds=3), Decimal("1.10")]
    assert SEALER.open(SEALER.seal(value, "c"), "c") == value
    assert SEALER.open(SEALER.seal(frozenset({"a", "b"}), "c"), "c") == frozenset({"a", "b"})


def test_an_exception_is_kept_as_words_only() -> None:
    back = SEALER.open(SEALER.seal(ValueError("x"), "c"), "c")
    assert isinstance(back, Failure)
    assert (back.name, back.message) == ("ValueError", "x")


@pytest.mark.parametrize("value", [object(), b"bytes", lambda: None, SiteKey, pickle.dumps([])])
def test_what_is_not_in_the_list_is_not_kept(value: Any) -> None:
    with pytest.raises(TypeError):
        SEALER.seal(value, "c")


def test_nan_is_not_kept() -> None:
    with pytest.raises(ValueError, match="JSON"):
        SEALER.seal(float("nan"), "c")


def test_an_unknown_type_name_opens_to_nothing() -> None:
    for name in ("os.system", "SiteKey", "builtins.eval", "Path"):
        with pytest.raises(ValueError, match="unknown type"):
            decode({"$type": name, "$value": "x"})


def test_a_sealed_value_opens_only_where_it_belongs_and_only_whole() -> None:
    sealed = SEALER.seal("secret", "item 1")
    assert "secret" not in sealed
    assert sealed != SEALER.seal("secret", "item 1")
    other = SealedJson(SiteKey(bytes(32)))
    for opener, text, context in [
        (SEALER, sealed, "item 2"),
        (other, sealed, "item 1"),
        (SEALER, sealed[:-3] + ("AAA" if sealed[-3:] != "AAA" else "BBB"), "item 1"),
        (SEALER, sealed[:-8], "item 1"),
        (SEALER, "w1.", "item 1"),
        (SEALER, "gASVAAAA", "item 1"),
        (SEALER, "", "item 1"),
    ]:
        with pytest.raises(SetupError, match="does not open"):
            opener.open(text, context)


def test_digests_tell_same_from_different_and_nothing_else() -> None:
    assert SEALER.digest({"a": 1, "b": PERSON}) == SEALER.digest({"b": PERSON, "a": 1})
    assert SEALER.digest(["1"]) != SEALER.digest([1])
    assert SEALER.digest(PERSON) != SEALER.digest(PERSON.model_copy(update={"system": "ehr"}))
    assert SEALER.mac("x") != SealedJson(SiteKey(bytes(32))).mac("x")


def test_a_record_is_the_same_whatever_its_map_says_of_its_fields_and_as_older_wetreads_had_it() -> None:
    """Items that were under way when wetread was updated go on; what was done once with a record is not done again."""
    read = Record(source="screen:ehr.order", fields={"state": "On hold", "plain": "1"}, identity=PERSON)
    of_map = read.model_copy(update={"plain": ("state",)})
    assert decode(encode(of_map)) == of_map
    assert SEALER.digest({"in": [of_map, (of_map,)]}) == SEALER.digest({"in": [read, (read,)]})
    assert SEALER.digest(of_map.model_dump(mode="json")) == SEALER.digest(read.model_dump(mode="json"))
    bare = read.model_copy(update={"identity": None})
    older = '{"$type":"Record","$value":{"fields":{"plain":"1","state":"On hold"},"identity":null,"kind":"record",'
    assert SEALER.digest(bare) == SEALER.mac(f'digest|{older}"source":"screen:ehr.order"}}}}')
    other = bare.model_copy(update={"fields": {"state": "On hold", "plain": "2"}})
    assert SEALER.digest(bare) != SEALER.digest(other)


class TestBlobs:
    def test_bytes_come_back_and_equal_bytes_share_a_reference(self, tmp_path: Path) -> None:
        blobs = FileBlobs(tmp_path, KEY)
        ref = blobs.put(b"DICM" * 1000)
        assert blobs.get(ref) == b"DICM" * 1000
        assert blobs.put(b"DICM" * 1000) == ref
        assert blobs.put(b"other") != ref
        assert not any(b"DICM" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())

    def test_a_touched_or_swapped_file_does_not_open(self, tmp_path: Path) -> None:
        blobs = FileBlobs(tmp_path, KEY)
        one, two = blobs.put(b"one"), blobs.put(b"two")
        first, second = (tmp_path / ref[:2] / ref for ref in (one, two))
        first.write_bytes(second.read_bytes())
        with pytest.raises(SetupError, match="damaged"):
            blobs.get(one)
        second.unlink()
        with pytest.raises(SetupError, match="gone"):
            blobs.get(two)

    @pytest.mark.parametrize("ref", ["", "../../etc/passwd", "A" * 64, "0" * 63, "/" + "0" * 63])
    def test_a_reference_is_never_a_path(self, tmp_path: Path, ref: str) -> None:
        with pytest.raises(SetupError, match="malformed"):
            FileBlobs(tmp_path, KEY).get(ref)
