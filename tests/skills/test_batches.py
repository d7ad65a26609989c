"""Many films at once say what each says alone, in order, and what fails fails for itself."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from onnx import TensorProto, helper

from robot_library.errors import ApplicationException, StudyUnreadable, WetreadError
from robot_library.model.finding import Abstention, Finding
from robot_library.model.study import Image
from robot_library.skills.host import Film, LocalSkillHost, Skill
from tests.skills.films import PNEUMONIA, SKILLS, image, synthetic
from tests.skills.test_tables import made, table

NAME = "chest-xray-pneumonia"
DAMAGED, BLANK, ADULT = 3, 5, 7


def several(count: int) -> list[Image]:
    return [
        image().model_copy(update={"sop_instance_uid": f"1.{n}", "sha256": f"{n:064x}"} | _age(n)) for n in range(count)
    ]


def _age(number: int) -> dict[str, float]:
    return {"age_years": 40.0} if number == ADULT else {}


def read(one: Image) -> Film:
    number = int(one.sop_instance_uid.split(".")[1])
    if number == DAMAGED:
        raise StudyUnreadable("the pixels end too early.")
    return np.zeros((300, 300), np.float32) if number == BLANK else synthetic(number, "normal")


def test_batches_agree_with_single_films() -> None:
    host = LocalSkillHost([SKILLS], read)
    assert host.load(NAME).session.batch > 1
    films = several(19)
    together = list(host.run_many(NAME, films))
    assert len(together) == len(films)
    for one, many in zip(films, together, strict=True):
        number = int(one.sop_instance_uid.split(".")[1])
        if number == DAMAGED:
            assert isinstance(many, StudyUnreadable)
            continue
        alone = host.run_now(NAME, one)
        assert isinstance(many, Finding | Abstention)
        assert many.image_uid == alone.image_uid == one.sop_instance_uid
        if isinstance(alone, Abstention) or isinstance(many, Abstention):
            assert isinstance(alone, Abstention)
            assert isinstance(many, Abstention)
            assert alone.code == many.code
        else:
            assert (many.decision, many.operating_point) == (alone.decision, alone.operating_point)
            assert many.score == pytest.approx(alone.score, abs=1e-5)
    refused = [one.code for one in together if isinstance(one, Abstention)]
    assert {"other_skill", "age_out_of_range"} <= set(refused)


def test_few_films_are_held_at_once() -> None:
    alive: list[weakref.ref[Film]] = []
    most = 0

    def counting(one: Image) -> Film:
        nonlocal most
        film = cv2.resize(synthetic(int(one.sop_instance_uid.split(".")[1]) % 4, "normal"), (256, 256))
        alive.append(weakref.ref(film))
        most = max(most, sum(ref() is not None for ref in alive))
        return film

    host = LocalSkillHost([SKILLS], counting)
    answers: Iterator[Finding | Abstention | WetreadError] = host.run_many(NAME, several(48))
    assert sum(1 for _ in answers) == 48
    assert most < 36


def test_a_model_with_a_fixed_batch_is_called_once_a_film(tmp_path: Path) -> None:
    skill = Skill(PNEUMONIA)
    skill.session.batch = 1
    tensors = [skill.prepare(synthetic(n, "normal")) for n in range(3)]
    apart = skill.session.infer_many(tensors)
    skill.session.batch = 8
    together = skill.session.infer_many(tensors)
    for one, other in zip(apart, together, strict=True):
        assert one.keys() == other.keys()
        assert all(one[name].shape == other[name].shape for name in one)
        assert np.allclose(one["logit"], other["logit"], atol=1e-4)
    assert skill.session.infer_many([]) == []


def test_a_model_that_fails_for_one_case_fails_for_that_one_alone(tmp_path: Path) -> None:
    """An evaluation of a thousand cases would end without a figure, for the one that the graph cannot take."""
    nodes = [
        helper.make_node("Gather", ["values", "first"], ["age"], axis=1),
        helper.make_node("Cast", ["age"], ["place"], to=TensorProto.INT64),
        helper.make_node("Gather", ["logits", "place"], ["logit"]),  # out of bounds from 5 on
    ]
    held = [
        helper.make_tensor("first", TensorProto.INT64, [], [0]),
        helper.make_tensor("logits", TensorProto.FLOAT, [5], [-2, -1, 0, 1, 2]),
    ]
    graph = helper.make_graph(
        nodes, "table", [helper.make_tensor_value_info("values", TensorProto.FLOAT, ["n", 2])],
        [helper.make_tensor_value_info("logit", TensorProto.FLOAT, ["n"])], held,
    )  # fmt: skip
    file = table(tmp_path, made(graph), [-1, 2]).folder / "skill.yaml"
    file.write_text(file.read_text("utf-8").replace("threads: 1", "threads: 1\n  max_batch: 4"), encoding="utf-8")
    host = LocalSkillHost([file.parent.parent], read)
    assert host.load("plain").session.batch == 4
    answers = list(host.run_many("plain", [{"age": age, "crp": 1.0} for age in (1.0, 2.0, 6.0, 3.0, 4.0)]))
    assert [type(one) for one in answers] == [Finding, Finding, ApplicationException, Finding, Finding]
    assert [one.score for one in answers if isinstance(one, Finding)] == sorted(
        one.score for one in answers if isinstance(one, Finding)
    )
