"""Writes the hospital of a seed, trap by trap. A pure function of the seed; nothing here touches a file."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from robot_library.hospital.people import Person, Registry
from robot_library.hospital.scenario import Expected, Image, Order, Scenario, Study

UID_ROOT = "1.2.826.0.1.3680043.10.1559."
INDICATIONS = (
    "Fever and cough for three days.", "Wheeze, reduced air entry on the right.", "Fast breathing, fever 39.4.",
    "Cough for two weeks, weight loss.", "Follow-up after pneumonia.", "Crackles left base.",
)  # fmt: skip
DOUBTFUL = frozenset({18, 55, 69, 127, 131, 206, 215, 384})
FILM_SEEDS = tuple(seed for seed in range(1, 401) if seed not in DOUBTFUL)
"""Seeds of the films that stand in hospitals. The demo shows what becomes of orders, so what becomes of an order must
not hang on a doubtful film: of films 1 to 400 (of both kinds) those are left out that the bundled skill refuses as
unlike its training (18, 55) or nearly so. That it separates the others says nothing about the skill."""
REFERRERS = ("Lindgren, Per", "Mensah, Abena", "Rossi, Paola", "Hughes, Carys")
EVENTS: tuple[tuple[str, str, Expected], ...] = (
    ("cancelled", "order_read", "refused"),
    ("locked", "form_opened", "needs_person"),
    ("signed", "form_touched", "already_reported"),
    ("merged", "form_opened", "refused"),
)
"""What happens to an order while the bot is at work on it, at which moment, and what the bot should do then."""


class Author:
    """Writes a scenario, trap by trap."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(f"hospital-{seed}")  # noqa: S311 - a demo hospital is repeated by its seed
        self.today = date(2026, 3, 2) + timedelta(days=seed % 200)
        self.people = Registry(self.rng, self.today)
        self.scenario = Scenario(seed, people=self.people.people)
        self._accessions = self.rng.sample(range(1_000_000, 9_999_999), 60)
        self._films = self.rng.sample(FILM_SEEDS, 60)
        self._kinds = 0

    def uid(self) -> str:
        """A fresh DICOM unique identifier."""
        return f"{UID_ROOT}{self.rng.randint(10**24, 10**25 - 1)}"

    def image(self, **changes: object) -> Image:
        """A film of the next kind: normal and pneumonia by turns."""
        self._kinds += 1
        made = Image(
            seed=self._films.pop(),
            kind="pneumonia" if self._kinds % 2 else "normal",
            sop_uid=self.uid(),
            view=self.rng.choice(("AP", "PA")),
        )
        return replace(made, **changes)  # type: ignore[arg-type]

    def study(self, owner: Person, *images: Image, **changes: object) -> Study:
        """A study of ``owner`` taken today, filed as it should be unless ``changes`` say otherwise."""
        minute = self.rng.randint(0, 600)
        made = Study(
            study_uid=self.uid(),
            series_uid=self.uid(),
            accession=f"ACC{self._accessions.pop()}",
            owner=owner,
            header=owner,
            listed=owner,
            when=datetime.combine(self.today, time(7)) + timedelta(minutes=minute),
            images=images or (self.image(),),
            expected_images=len(images) or 1,
            referring=self.rng.choice(REFERRERS),
        )
        made = replace(made, **changes)  # type: ignore[arg-type]
        self.scenario.studies.append(made)
        return made

    def order(self, patient: Person, trap: str, expected: Expected | None, study: Study, **changes: object) -> None:
        """An order for ``patient`` whose accession finds ``study``; its number is given at the end."""
        made = Order(
            order_id="",
            patient=patient,
            trap=trap,
            expected=expected,
            accession=study.accession,
            requested_at=study.when - timedelta(minutes=self.rng.randint(30, 300)),
            exam_at=study.when,
            requested_by=study.referring,
            indication=self.rng.choice(INDICATIONS),
            priority=self.rng.choice(("Routine", "Routine", "Urgent")),
            images_expected=study.expected_images,
        )
        self.scenario.orders.append(replace(made, **changes))  # type: ignore[arg-type]

    def plain(self) -> None:
        """Ordinary children, among them the names that break naive programs."""
        add, born = self.people.add, self.people.born
        children = [
            add("O'Brien", "Siobhán", born(1.2, 4.8), "F", plain=True),
            add("Núñez", "Lucía", born(1.2, 4.8), "F", plain=True),
            add("王", "小明", born(1.2, 4.8), "M", alphabetic="Wang^XiaoMing"),
            *(self.people.child() for _ in range(6)),
        ]
        syntaxes = ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.80")
        for number, child in enumerate(children):
            bits = 14 if number % 3 == 2 else 12
            film = self.image(transfer_syntax=syntaxes[number % len(syntaxes)], bits=bits)
            self.order(child, "plain", "typed", self.study(child, film))

    def namesakes(self) -> None:
        """Two children of the same name, each with a study of their own."""
        first = self.people.child()
        for child in (first, self.people.namesake(first)):
            self.order(child, "same_name", "typed", self.study(child))

    def monochrome_pair(self) -> None:
        """The same film once as MONOCHROME2 and once as MONOCHROME1: it must read the same."""
        film = self.image()
        for photometric in ("MONOCHROME2", "MONOCHROME1"):
            child = self.people.child()
            twin = replace(film, photometric=photometric, sop_uid=self.uid())
            self.order(child, "monochrome_pair", "typed", self.study(child, twin))

    def wrong_people(self) -> None:
        """A study filed under another child's accession, and an object that carries another child's header."""
        patient, other = self.people.child(), self.people.child()
        self.order(patient, "wrong_accession", "refused", self.study(other))
        patient, other = self.people.child(), self.people.child()
        self.order(patient, "wrong_header", "refused", self.study(other, listed=patient))

    def wrong_images(self) -> None:
        """Films that are not what the order says: lateral, adult, broken, missing, too many."""
        child = self.people.child
        patient = child()
        self.order(patient, "lateral", "needs_person", self.study(patient, self.image(view="LL")))
        adult = self.people.add("Petrov", "Ivan", self.people.born(38, 61), "M")
        self.order(adult, "adult", "needs_person", self.study(adult))
        patient = child()
        self.order(patient, "corrupt", "refused", self.study(patient, self.image(truncated=True)))
        patient = child()
        half = self.study(patient, self.image(), expected_images=2)
        self.order(patient, "half_received", "needs_person", half)
        patient = child()
        views = (self.image(view="PA"), self.image(view="LL"), self.image(view="PA"))
        self.order(patient, "several_images", "needs_person", self.study(patient, *views))

    def shared_study(self) -> None:
        """One study for two orders of one child: the first is reported, the second needs a person."""
        child = self.people.child()
        study = self.study(child)
        self.order(child, "shared_study", "typed", study)
        self.order(child, "shared_study_again", "needs_person", study)

    def at_work(self) -> None:
        """Orders that change while the bot is at work on them."""
        for event, moment, expected in EVENTS:
            child = self.people.child()
            survivor = ""
            if event == "merged":
                other = self.people.add(child.family, "Ariadne", child.birth_date, child.sex)
                survivor = other.patient_id
            self.order(
                child,
                f"{event}_meanwhile",
                expected,
                self.study(child),
                event=event,
                moment=moment,
                merge_into=survivor,
            )

    def others(self) -> None:
        """A report that exists, and a patient whom nobody knows."""
        child = self.people.child()
        done = {"report_status": "final", "report_author": "Okafor, Amara"}
        text = "Lungs clear. Heart size normal. No effusion."
        self.order(child, "already_reported", "already_reported", self.study(child), report_text=text, **done)
        unknown = self.people.add("UNKNOWN", f"TRAUMA {self.rng.randint(2, 9)}", None, self.rng.choice("FM"))
        self.order(unknown, "unknown_patient", "needs_person", self.study(unknown))

    def scenery(self) -> None:
        """Orders of other tabs, so that a bot that looks at the wrong tab finds something there."""
        for number in range(14):
            child = self.people.child() if number < 3 else self.rng.choice(self.people.people[:9])
            done = number % 3 > 0
            when = datetime.combine(self.today - timedelta(days=self.rng.randint(2, 60)), time(9, number))
            self.scenario.archive.append(
                Order(
                    order_id="", patient=child, trap="scenery", expected=None,
                    accession=f"ACC{self._accessions.pop()}", requested_at=when,
                    exam_at=when + timedelta(hours=2) if done else None,
                    requested_by=self.rng.choice(REFERRERS), indication=self.rng.choice(INDICATIONS),
                    priority="Routine", images_expected=1, state="done" if done else "draft",
                    report_status="final" if done else "none", report_author="Okafor, Amara" if done else "",
                    report_text="No acute abnormality." if done else "",
                )
            )  # fmt: skip

    def number(self) -> None:
        """Shuffle the worklist and number it; the shared study's second order keeps standing after its first."""
        orders = self.scenario.orders
        self.rng.shuffle(orders)
        where = {o.trap: i for i, o in enumerate(orders)}
        first, again = where["shared_study"], where["shared_study_again"]
        if again < first:
            orders[first], orders[again] = orders[again], orders[first]
        numbers = sorted(self.rng.sample(range(1000, 9999), len(orders) + len(self.scenario.archive)))
        older, newer = numbers[: len(self.scenario.archive)], numbers[len(self.scenario.archive) :]
        self.scenario.archive = [
            replace(o, order_id=f"REQ{n:06d}") for o, n in zip(self.scenario.archive, older, strict=True)
        ]
        self.scenario.orders = [replace(o, order_id=f"REQ{n:06d}") for o, n in zip(orders, newer, strict=True)]
        ids = {o.trap: o.order_id for o in self.scenario.orders}
        self.scenario.orders = [
            replace(o, linked_to=ids["shared_study"]) if o.trap == "shared_study_again" else o
            for o in self.scenario.orders
        ]

    def former_names(self) -> None:
        """Two patients carry an earlier name in their record, as real records do."""
        for person in self.people.people[3:5]:
            former = f"{self.rng.choice(('Baby', 'Boy', 'Girl'))} {person.family}"
            self.scenario.aliases.append((person.patient_id, "Earlier name", f"{person.family}, {former}", ""))


def write(seed: int) -> Scenario:
    """The hospital of a seed: the same seed gives the same people, orders, studies and traps."""
    author = Author(seed)
    author.plain()
    author.namesakes()
    author.monochrome_pair()
    author.wrong_people()
    author.wrong_images()
    author.shared_study()
    author.at_work()
    author.others()
    author.scenery()
    author.former_names()
    author.number()
    return author.scenario
