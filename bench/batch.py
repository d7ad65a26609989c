"""batch_speedup: many films through the host's batched way, against one after the other. Larger is better."""

from __future__ import annotations

import time

from bench.film import film_bytes
from bench.results import Result, spread
from bench.skill import SKILL
from robot_library.imaging.film import read_film
from robot_library.imaging.headers import read_image
from robot_library.model.finding import Finding
from robot_library.model.study import Image
from robot_library.parsing.library import bundled
from robot_library.skills.host import Film, LocalSkillHost


def measure(quick: bool) -> Result:
    """JPEG 2000 films, as archives keep them: decoding is most of the work, and it is what runs side by side."""
    from pydicom.uid import JPEG2000Lossless

    different = [film_bytes(seed, JPEG2000Lossless) for seed in range(1 if quick else 4)]
    films = [different[n % len(different)] for n in range(3 if quick else 24)]
    held = {f"{n}": data for n, data in enumerate(films)}
    images = [read_image(data, f"{n}", "file") for n, data in enumerate(films)]

    def read(image: Image) -> Film:
        return read_film(image, held[image.blob]).pixels

    host = LocalSkillHost([bundled() / "skills"], read)
    host.run_now(SKILL, images[0])
    single: list[float] = []
    many: list[float] = []
    for _ in range(1 if quick else 5):
        begun = time.perf_counter()
        alone = [host.run_now(SKILL, image) for image in images]
        single.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        together = list(host.run_many(SKILL, images))
        many.append(time.perf_counter() - begun)
        for one, other in zip(alone, together, strict=True):
            assert isinstance(one, Finding), one
            assert isinstance(other, Finding), other
            assert one.decision == other.decision
    ratio = round(sorted(single)[len(single) // 2] / sorted(many)[len(many) // 2], 4)
    extra = {
        "seconds_one_by_one": spread(single), "seconds_together": spread(many), "films": len(films),
        "max_batch": host.load(SKILL).session.batch,
    }  # fmt: skip
    return Result("batch_speedup", ratio, "times as fast", "the same films one after the other", ratio, extra)
