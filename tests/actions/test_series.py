"""Series for a volume skill: exactly one for each channel, or a person."""

from __future__ import annotations

from typing import Any, cast

import pytest
from pydantic import ValidationError

from robot_library.actions.report import RunSkill
from robot_library.actions.series import ChooseSeries
from robot_library.errors import NeedsPerson
from robot_library.interfaces import Context
from robot_library.model.finding import Finding, Measurement
from robot_library.model.person import Identity
from robot_library.model.study import Image, Stack, Study

WHICH = {"pre": "T1*", "flair": "*flair*", "post": "?1 *GD*"}


def study(*descriptions: str) -> Study:
    """Two images of each series, of the first series those at the ends."""
    made = [
        Image(
            sop_instance_uid=f"1.{place}.{number}", series_uid=f"1.{place}", source="dicomweb", blob="", sha256="",
            header={"SeriesDescription": text} if text else {},
        )
        for number in range(2) for place, text in enumerate(descriptions)
    ]  # fmt: skip
    return Study(
        study_uid="1", source="dicomweb", identity=Identity(source="dicom", system="dicom"), images=tuple(made)
    )


class Noted:
    """What a step tells of itself, and the skill it asks."""

    def __init__(self) -> None:
        self.details: list[str] = []
        self.asked: list[Any] = []
        self.skills = self
        self.tables: list[str] = []

    def detail(self, text: str) -> None:
        self.details.append(text)

    async def evidence(self, kind: str, title: str, data: bytes, *, masked: bool = True) -> None:
        self.tables.append(f"{kind}: {data.decode()}")

    async def run(self, name: str, subject: Any) -> Finding:
        self.asked.append(subject)
        measured = (Measurement(name="lesion.volume", value=12.345, unit="mL"),
                    Measurement(name="lesion.position", value=30, unit="mm", text="left"))  # fmt: skip
        return Finding(
            skill=name, skill_version="1", model_sha256="", provider="CPU", label="lesion", score=0.9,
            decision="positive", operating_point="measurable", image_uid="1.0.0", measurements=measured,
        )  # fmt: skip


async def choose(of: Study, which: dict[str, str]) -> tuple[Stack, Noted]:
    noted = Noted()
    action = ChooseSeries.model_validate({"from": of, "which": which})
    return await action.run(cast(Context, noted)), noted


async def test_each_channel_gets_its_series_with_all_its_images() -> None:
    stack, noted = await choose(study("t1 se", "AX FLAIR", "T2", "T1 +GD"), {"pre": "t1 SE", "flair": "*flair*"})
    assert {name: one.series_uid for name, one in stack.channels.items()} == {"pre": "1.0", "flair": "1.1"}
    assert [image.sop_instance_uid for image in stack.channels["flair"].images] == ["1.1.0", "1.1.1"]
    assert len(stack.images) == 4
    assert noted.details == ["4 images in 2 of 4 series"]


@pytest.mark.parametrize(
    ("descriptions", "why"),
    [
        (("T1 SE", "FLAIR", "T1 GD"), r"2 of 3 series fit 'T1\*' \(pre\)"),
        (("T2", "FLAIR"), r"0 of 2 series fit 'T1\*' \(pre\)"),
        (("T1", "FLAIR", "AX FLAIR COR"), r"2 of 3 series fit '\*flair\*'"),
        (("T1", "", ""), r"0 of 3 series fit '\*flair\*'"),
    ],
)
async def test_none_or_several_go_to_a_person(descriptions: tuple[str, ...], why: str) -> None:
    with pytest.raises(NeedsPerson, match=why):
        await choose(study(*descriptions), WHICH)


async def test_one_series_is_not_two_channels() -> None:
    with pytest.raises(NeedsPerson, match="two channels"):
        await choose(study("T1 FLAIR", "T2"), {"pre": "T1*", "flair": "*FLAIR"})


async def test_run_skill_takes_exactly_one_subject_and_tells_what_was_measured() -> None:
    stack, _ = await choose(study("T1"), {"pre": "*"})
    for given in ({"stack": stack}, {"text": "a report"}, {"values": {"age": 3.0}}):
        noted = Noted()
        await RunSkill.model_validate({"skill": "x", **given}).run(cast(Context, noted))
        assert noted.asked == list(given.values())
        assert "lesion.volume 12.35 mL; lesion.position left" in noted.details
        assert '["score", "0.900"]' in noted.tables[0]
        assert "a report" not in noted.tables[0]
        assert "3.0" not in noted.tables[0]
    for wrong in ({}, {"stack": stack, "text": "a"}):
        with pytest.raises(ValidationError, match="exactly one of"):
            RunSkill.model_validate({"skill": "x", **wrong})
