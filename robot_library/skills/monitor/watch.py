"""Around the skill host and the acceptance guard: keeps every answer and correction, runs a challenger silently.

A case never fails because of what stands here: what goes wrong is logged by its type and the answer returned. The one
exception is asked for: a skill whose manifest says `monitor: {on_drift: stop}` abstains when its answers have drifted,
and also when the monitor cannot say whether they have.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from robot_library.interfaces import Acceptance, PersonAnswer, Sealer
from robot_library.model.finding import Abstention, Accepted, Finding
from robot_library.model.skill import SkillManifest
from robot_library.model.study import Image
from robot_library.skills.codes import AbstentionCode
from robot_library.skills.host import LocalSkillHost, Skill, key_image
from robot_library.skills.inputs import ReadFilm, Subject
from robot_library.skills.monitor.drift import LAST, drift
from robot_library.skills.monitor.records import Mac, Role, Said, correction, observation, pixels_of, said_by, written
from robot_library.skills.monitor.reference import load_reference
from robot_library.skills.monitor.store import FILE, Store
from robot_library.skills.monitor.versions import CHALLENGER, VERSIONS, challenger_of
from robot_library.skills.reading import Film

log = logging.getLogger("wetread.monitor")
LOOK_AGAIN = 50
"""Answers after which drift is looked at again."""
WAITING = 16
"""Images that wait for the challenger at most; further ones it does not see."""


def with_challengers(folders: Sequence[Path]) -> list[Path]:
    """Where a host looks that is to find challengers first: skill folders, before them those of their challengers."""
    return [*(folder / VERSIONS / CHALLENGER for folder in folders), *folders]


def local_reference(home: Path, skill: str) -> Path:
    """Where a site keeps its own reference of a skill."""
    return home / "drift" / f"{skill}.json"


class Kept(NamedTuple):
    """Where a site's records lie, and how: images under `mac`, what could tell of a person sealed.

    home: of the monitor's table and the site's own references.
    """

    home: Path
    mac: Mac
    sealer: Sealer


class FilmMemory:
    """A film reader that remembers its last films for the challenger, and their grey values for the record."""

    def __init__(self, read: ReadFilm, films: int = 2) -> None:
        self._read, self._films = read, films
        self._kept: OrderedDict[str, Film] = OrderedDict()
        self._pixels: OrderedDict[str, dict[str, float]] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, image: Image) -> Film:
        """As the reader it stands for."""
        with self._lock:
            if image.sha256 in self._kept:
                return self._kept[image.sha256]
        film = self._read(image)
        numbers = pixels_of(film)
        with self._lock:
            self._kept[image.sha256], self._pixels[image.sha256] = film, numbers
            _forget(self._kept, self._films)
            _forget(self._pixels, 64)
        return film

    def pixels(self, subject: Subject) -> dict[str, float]:
        """The grey values of a film read lately; {} for any other."""
        with self._lock:
            return self._pixels.get(subject.sha256, {}) if isinstance(subject, Image) else {}


class HeardMemory:
    """What models gave besides their answers, kept until the record is written."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Said] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, manifest: SkillManifest, subject: Subject, outputs: Mapping[str, Any]) -> None:
        """Take note; never raises: an answer does not fail because of it."""
        try:
            said = said_by(manifest, outputs)
        except Exception as failure:
            log.warning("the features of %s were not kept (%s)", manifest.skill, type(failure).__name__)
            return
        with self._lock:
            self._kept[_answered(manifest.skill, manifest.model.sha256, subject)] = said
            _forget(self._kept, 64)

    def of(self, answer: Finding | Abstention, subject: Subject) -> Said:
        """What the model gave for an answer; nothing where it was not asked."""
        with self._lock:
            return self._kept.pop(_answered(answer.skill, answer.model_sha256, subject), Said())


def _answered(skill: str, model_sha256: str, subject: Subject) -> str:
    return f"{skill} {model_sha256} {key_image(subject) or written(subject)}"


def _forget(memory: OrderedDict[str, Any], most: int) -> None:
    while len(memory) > most:
        memory.popitem(last=False)


class ObservedHost:
    """Implements interfaces.SkillHost around another one."""

    def __init__(
        self, host: LocalSkillHost, challengers: LocalSkillHost, kept: Kept, films: FilmMemory, heard: HeardMemory
    ) -> None:
        """challengers: a host that finds challengers before champions (`with_challengers`).

        films, heard: what both hosts read with, and tell.
        """
        self._host, self._beside, self._films, self._heard = host, challengers, films, heard
        self._home, self._mac, self._sealer = kept
        self._store: Store | None = None
        self._challenged: dict[str, bool] = {}
        self._drifted: dict[str, tuple[int, str]] = {}
        self._lock = threading.Lock()
        self._behind = ThreadPoolExecutor(1, "challenger")
        self._waiting = threading.Semaphore(WAITING)

    async def run(self, name: str, subject: Subject) -> Finding | Abstention:
        """The champion's answer; what the host raises passes through."""
        withheld = await asyncio.to_thread(self._withheld, name, subject)
        if withheld is not None:
            return withheld
        answer = await self._host.run(name, subject)
        await asyncio.to_thread(self._keep, subject, answer, "champion")
        self._ask_challenger(name, subject)
        return answer

    def _keep(self, subject: Subject, answer: Finding | Abstention, role: Role) -> None:
        def keep() -> None:
            said = self._heard.of(answer, subject)
            self._opened().observe(observation(subject, answer, self._mac, role, self._films.pixels(subject), said))

        self._harmless(keep)

    def _opened(self) -> Store:
        with self._lock:
            if self._store is None:
                self._store = Store(self._home / FILE, self._sealer)
            return self._store

    def _harmless(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception as failure:
            log.warning("the skills' monitor missed an answer (%s)", type(failure).__name__)

    # ---- challenger ----

    def _ask_challenger(self, name: str, subject: Subject) -> None:
        if name not in self._challenged:
            self._challenged[name] = challenger_of(self._host.load(name).folder) is not None
        if not self._challenged[name]:
            return
        if not self._waiting.acquire(blocking=False):
            log.info("the challenger of %s is behind: one image passed over", name)
            return
        self._behind.submit(self._challenge, name, subject)

    def _challenge(self, name: str, subject: Subject) -> None:
        try:
            if not self._challenged[name]:
                return  # found unfit while this image waited
            self._beside.load(name)
        except Exception as failure:
            self._challenged[name] = False  # not tried again at every image
            log.warning("the challenger of %s cannot be loaded (%s)", name, type(failure).__name__)
        else:
            self._harmless(lambda: self._keep(subject, self._beside.run_now(name, subject), "challenger"))
        finally:
            self._waiting.release()

    def load_all(self, names: Iterable[str]) -> None:
        """As the host does."""
        self._host.load_all(names)

    def labels(self) -> list[str]:
        """As the host says."""
        return self._host.labels()

    def settle(self) -> None:
        """Wait until the challenger has seen what waits for it."""
        self._behind.submit(lambda: None).result()

    # ---- drift ----

    def _withheld(self, name: str, subject: Subject) -> Abstention | None:
        skill = self._host.load(name)
        if skill.manifest.monitor.on_drift != "stop":
            return None
        said = self._look(skill)
        if not said:
            return None
        manifest, code = skill.manifest, AbstentionCode.DRIFT
        return Abstention(
            skill=name,
            skill_version=manifest.version,
            model_sha256=manifest.model.sha256,
            provider=skill.session.provider,
            code=code.value,
            reason=f"{code.explanation} ({said})",
            image_uid=key_image(subject),
        )

    def _look(self, skill: Skill) -> str:
        """What has drifted so far that the skill stops, or ""; looked at again after some answers."""
        name = skill.manifest.skill
        with self._lock:
            asked, said = self._drifted.get(name, (0, ""))
            self._drifted[name] = (asked + 1, said)
            if asked % LOOK_AGAIN:
                return said
        try:
            said = self._stopped(skill)
        except Exception as failure:
            log.warning("drift of %s cannot be told (%s)", name, type(failure).__name__)
            said = "the monitor cannot say"
        with self._lock:
            self._drifted[name] = (asked + 1, said)
        return said

    def _stopped(self, skill: Skill) -> str:
        # The site's own reference only: a ward has less disease than the cases of an evaluation, and differs at once.
        local = local_reference(self._home, skill.manifest.skill)
        made = load_reference(local)
        if made is None or made.model_sha256 != skill.manifest.model.sha256:
            return ""
        sha256 = skill.manifest.model.sha256
        name = skill.manifest.skill
        observed = self._opened().observations(name, model_sha256=sha256, after=made.after, newest=LAST)
        found = drift(made, observed)
        return ", ".join(row.name for row in found.rows if row.level == "stop")


class ObservedAcceptance:
    """Implements interfaces.Acceptance around another one: a person's word is kept before it is weighed."""

    def __init__(self, guard: Acceptance, kept: Kept) -> None:
        self._guard = guard
        self._home, self._mac, self._sealer = kept

    def by_operating_point(self, finding: Finding) -> Accepted | None:
        """As the guard says."""
        return self._guard.by_operating_point(finding)

    def by_person(self, finding: Finding | Abstention, answer: PersonAnswer) -> Accepted:
        """As the guard says; rejections are kept too."""
        if isinstance(finding, Finding):
            try:
                with Store(self._home / FILE, self._sealer) as store:
                    store.correct(correction(finding, answer, self._mac))
            except Exception as failure:
                log.warning("the skills' monitor missed a correction (%s)", type(failure).__name__)
        return self._guard.by_person(finding, answer)

    def verify(self, accepted: Accepted) -> None:
        """As the guard says."""
        self._guard.verify(accepted)
