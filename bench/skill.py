"""skill_vs_onnxruntime: the skill host's inference against bare ONNX Runtime, same tensors, call by call in turn."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import onnxruntime as ort

from bench.results import Result, median, spread
from robot_library.hospital.films import make_film
from robot_library.parsing.library import bundled
from robot_library.skills.golden import shown
from robot_library.skills.host import Film, Skill
from robot_library.skills.session import Tensor

SKILL = "chest-xray-pneumonia"
TARGET = 1.05
FILMS = 4
_WARM_UP = 5


def bare(skill: Skill) -> ort.InferenceSession:
    """ONNX Runtime on the same model file with the options that the manifest asks for."""
    runtime = skill.manifest.runtime
    options = ort.SessionOptions()
    options.intra_op_num_threads = runtime.threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "1" if runtime.spin else "0")
    model = (skill.folder / skill.manifest.model.file).read_bytes()
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def timed(call: Callable[[], object]) -> float:
    """Milliseconds of one call."""
    begun = time.perf_counter()
    call()
    return (time.perf_counter() - begun) * 1000


def interleaved(skill: Skill, tensors: list[Tensor], calls: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each call, ours and theirs; from call to call they take turns at going first."""
    session, name = bare(skill), skill.manifest.input.name
    outputs = [output.name for output in session.get_outputs()]
    ours: list[float] = []
    theirs: list[float] = []
    for number in range(calls + _WARM_UP):
        tensor = tensors[number % len(tensors)]

        def host(tensor: Tensor = tensor) -> object:
            return skill.infer(tensor)

        def runtime(tensor: Tensor = tensor) -> object:
            return session.run(outputs, {name: tensor})

        if number % 2:
            a, b = timed(host), timed(runtime)
        else:
            b, a = timed(runtime), timed(host)
        ours.append(a)
        theirs.append(b)
    return ours[_WARM_UP:], theirs[_WARM_UP:]


def batched(skill: Skill, tensors: list[Tensor], calls: int) -> dict[str, object]:
    """As `interleaved`, eight films in one call: the host lays them together and takes the outputs apart."""
    session, name = bare(skill), skill.manifest.input.name
    outputs = [output.name for output in session.get_outputs()]
    eight = [tensors[number % len(tensors)] for number in range(skill.session.batch)]
    whole = np.concatenate(eight)
    ours: list[float] = []
    theirs: list[float] = []
    for number in range(calls + _WARM_UP):
        sides: list[tuple[list[float], Callable[[], object]]] = [
            (ours, lambda: skill.session.infer_many(eight)),
            (theirs, lambda: session.run(outputs, {name: whole})),
        ]
        for into, call in sides if number % 2 else sides[::-1]:
            into.append(timed(call))
    mine, raw = ours[_WARM_UP:], theirs[_WARM_UP:]
    return {"films": len(eight), "milliseconds_ours": spread(mine), "milliseconds_theirs": spread(raw),
            "ratio": round(median(mine, 6) / median(raw, 6), 4)}  # fmt: skip


def around(skill: Skill, films: list[Film]) -> dict[str, float]:
    """Milliseconds of a whole reading of a full-size film, and of its preprocessing alone."""
    return {
        "milliseconds_preprocess": median([timed(lambda f=film: skill.prepare(f)) for film in films]),  # type: ignore[misc]
        "milliseconds_reading": median([timed(lambda f=film: skill.read(f)) for film in films]),  # type: ignore[misc]
    }


def measure(quick: bool) -> Result:
    """The shipped skill on films of the demo hospital's generator."""
    skill = Skill(bundled() / "skills" / SKILL)
    films = [shown(make_film(seed, "normal")) for seed in range(2 if quick else FILMS)]
    tensors = [skill.prepare(film) for film in films]
    ours, theirs = interleaved(skill, tensors, 20 if quick else 400)
    ratio = round(median(ours, 6) / median(theirs, 6), 4)
    extra = {
        "milliseconds_ours": spread(ours), "milliseconds_theirs": spread(theirs), **around(skill, films),
        "batched": batched(skill, tensors, 5 if quick else 60),
        "provider": skill.session.provider, "threads": skill.manifest.runtime.threads,
        "spin": skill.manifest.runtime.spin,
    }  # fmt: skip
    against = f"onnxruntime {ort.__version__} InferenceSession.run, same model, options and tensors"
    return Result("skill_vs_onnxruntime", median(ours), "ms a call", against, ratio, extra, TARGET)
