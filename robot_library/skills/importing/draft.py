"""skill.yaml begun: what is known stands in it, TODO stands where a person must say it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from robot_library.skills.importing.onnx_file import Looked

Task = Literal["classification", "segmentation"]
Kind = Literal["film", "volume", "text", "table"]


@dataclass(frozen=True)
class Draft:
    """What is known of a skill to be. ops: operations as mappings; segments: (index, label); empty: to be said."""

    name: str
    task: Task
    kind: Kind
    input: str = "TODO"
    shape: tuple[int, ...] = ()
    output: str = "TODO"
    sha256: str = "TODO"
    license: str = "TODO"
    gives: str = ""
    channels: tuple[tuple[str, str], ...] = ()
    segments: tuple[tuple[int, str], ...] = ()
    ops: tuple[dict[str, Any], ...] = ()
    modality: str = "TODO"
    about: str = "TODO what it answers, as a question"


def draft_of(name: str, looked: Looked, sha256: str) -> Draft:
    """The most likely reading of an ONNX file: a string is a text, five axes a volume, four a film, fewer a table."""
    given, first = looked.input, looked.outputs[0]
    volume = len(given.shape) == 5
    kind: Kind = (
        "text" if given.kind == "string" else "volume" if volume else "film" if len(given.shape) == 4 else "table"
    )
    maps = volume and len(first.shape) == 5
    return Draft(
        name=name,
        task="segmentation" if maps else "classification",
        kind=kind,
        input=given.name,
        shape=given.shape,
        output=first.name,
        sha256=sha256,
        gives="class_logits" if maps and first.shape[1] > 1 else "logits" if maps else "",
        channels=tuple((f"channel{place}", "TODO which sequence") for place in range(max(1, given.shape[1])))
        if volume
        else (),
        segments=tuple((place, f"TODO-{place}") for place in range(1 if first.shape[1] > 1 else 0, first.shape[1]))
        if maps
        else (),
    )


def render(draft: Draft) -> str:
    """The manifest's text, with comments. Every TODO must go before a host takes it."""
    parts = [_head(draft), _input(draft), _preprocess(draft), _gates(draft), _says(draft), _tail()]
    return "\n".join(line for part in parts for line in (*part, ""))


def _text(value: str) -> str:
    """A YAML scalar that is this text, whatever it holds."""
    return json.dumps(value, ensure_ascii=False)


def _head(draft: Draft) -> list[str]:
    return [
        "# A skill: who it is for, its model, how data reach it, when it refuses, what it says.",
        "# Every TODO must be replaced; `wetread check` lists those that are left. docs/skills.md explains.",
        f"skill: {draft.name}",
        "version: 0.1.0",
        f"task: {draft.task}",
        f"about: {_text(draft.about)}",
        "",
        "clinical:",
        "  status: research",
        "  intended_use: TODO for whom and what, in words a clinician signs",
        "  not_for:",
        "    - TODO what it must not be used for",
        "  user: TODO who reads its answers",
        "  autonomy: drafts only; a person signs",
        "",
        "model:",
        "  file: model.onnx",
        f"  sha256: {draft.sha256}   # a host refuses any other file",
        f"  license: {_text(draft.license)}",
        "  use: any                # or non-commercial: what licence of weights and data allow",
        "  trained_on: []          # data sets, with n, license, cite, population",
        "",
        "runtime:",
        "  providers: [cpu]",
    ]


def _input(draft: Draft) -> list[str]:
    shape = ", ".join(str(side) for side in draft.shape) or "TODO"
    lines = [
        "input:",
        f"  kind: {draft.kind}",
        f"  name: {_text(draft.input)}",
        f"  shape: [{shape}]   # -1: any length",
    ]
    if draft.kind == "volume":
        channels = draft.channels or (("channel0", "TODO which sequence"),)
        lines += ["  channels:             # in the tensor's order; they must lie on one grid"]
        lines += [f"    - {{name: {name}, about: {_text(about)}}}" for name, about in channels]
    if draft.kind == "table":
        count = draft.shape[-1] if draft.shape and draft.shape[-1] > 0 else 1
        lines += ["  columns:              # in the tensor's order; outside min..max the skill abstains"]
        lines += [f"    - {{name: column{place}, unit: '', min: TODO, max: TODO}}" for place in range(count)]
    return lines


def _preprocess(draft: Draft) -> list[str]:
    """The operations; where none are known, those that every input of this kind needs."""
    lines = ["preprocess:", "  version: 1"]
    if draft.kind in ("text", "table"):
        return lines
    ops: Sequence[dict[str, Any]] = draft.ops
    if not ops and draft.kind == "film":
        height, width = (*draft.shape[2:4], -1, -1)[:2]
        size = {"height": height if height > 0 else "TODO", "width": width if width > 0 else "TODO"}
        ops = [{"resize_stretch": size}, {"to_nchw": {"channels": max(1, (*draft.shape, 1, 1)[1])}}]
    elif not ops:
        ops = [{"orient": {"axes": "TODO"}}, {"resample": {"mm": ["TODO", "TODO", "TODO"]}}, {"to_volume": "ijk"}]
    lines += ["  ops:                    # exactly what the model was trained with; docs/reference/files.md lists them"]
    return lines + [f"    - {_flow(op)}" for op in ops]


def _flow(value: Any) -> str:
    """A value in YAML's flow style."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _gates(draft: Draft) -> list[str]:
    if draft.kind in ("text", "table"):
        return ["gates: {}"]
    return [
        "gates:                    # absent in the header is not a pass",
        "  header:",
        f"    modality: [{draft.modality}]",
        "    intent_may_be_absent_for: [CR, CT, MR]   # their objects do not carry PresentationIntentType",
        "    # age_years: {min: 18, below: 120}",
        "    # body_part: [HEAD, BRAIN]",
        "  pixels:",
        "    min_side: 64",
    ]


def _says(draft: Draft) -> list[str]:
    if draft.task == "segmentation":
        segments = draft.segments or ((0, "TODO"),)
        lines = [
            "segmentation:",
            f"  output: {_text(draft.output)}",
            f"  gives: {draft.gives or 'TODO'}   # logits, probabilities, class_logits, class_probabilities",
            "  segments:",
        ]
        for index, label in segments:
            lines.append(f"    - {{label: {_text(label)}, index: {index}, measure: [volume]}}")
        return [*lines, "  # measurable: without it, every segmentation goes to a person"]
    point = "{threshold: TODO, sensitivity: TODO, sensitivity_ci95: [TODO, TODO], specificity: TODO, "
    point += "specificity_ci95: [TODO, TODO], n: TODO}"
    return [
        "outputs:",
        "  - label: TODO",
        f"    logit: {_text(draft.output)}",
        "    gives: TODO             # logit, probability or class_logits; with `index` where there are several labels",
        "    # `wetread skills evaluate NAME --data labels.csv --recalibrate` fills in the numbers below",
        "    calibration: {slope: 1.0, intercept: 0.0, prevalence: TODO, n: TODO}",
        "    operating_points:",
        f"      rule_out: {point}",
        f"      rule_in: {point}",
    ]


def _tail() -> list[str]:
    return ["golden: []                # inputs with the answer they must give on every machine"]
