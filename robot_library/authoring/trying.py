"""Runs cases: each is one item of its bot, worked through by the real engine in a home that is thrown away."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path

from robot_library.authoring.judging import Difference, differences
from robot_library.authoring.watching import Noted, Notes, watched
from robot_library.bot import assemble
from robot_library.drivers.browser.recorded import BASE, RecordedDriver
from robot_library.engine.engine import Engine
from robot_library.engine.ports import Assembly, Listener
from robot_library.errors import SetupError, WetreadError
from robot_library.interfaces import Credential, Driver, PersonAnswer
from robot_library.model.case import Case, DemoHospital
from robot_library.model.run import RunRecord
from robot_library.parsing.library import Library
from robot_library.safeguards.keys import SiteKey, new_key
from robot_library.safeguards.sealed import SealedJson
from robot_library.safeguards.vault import Vault

Progress = Callable[[Mapping[str, str]], AbstractContextManager[Listener]]
_SETTLE = 1.0


@dataclass(frozen=True)
class World:
    """Where some cases are tried together: a fresh demo hospital, or recorded screens. No two are about one item."""

    place: DemoHospital | str
    """A string: the folder of recorded screens."""
    cases: tuple[Case, ...]


@dataclass(frozen=True)
class Tried:
    """What came of one case. `error`: it could not be tried."""

    case: Case
    workflow: str
    seconds: float = 0.0
    differences: tuple[Difference, ...] = ()
    error: str = ""
    run: RunRecord | None = field(default=None, repr=False)

    @property
    def passed(self) -> bool:
        return not self.differences and not self.error


def worlds(cases: Sequence[Case]) -> Iterator[World]:
    """Cases by the world they ask for; two about the same item never share one, because what is typed stays."""
    groups: list[tuple[DemoHospital | str, set[tuple[str, ...]], list[Case]]] = []
    for case in cases:
        place = case.recorded or case.hospital or DemoHospital()
        item = tuple(sorted(case.item.values()))
        for kind, items, group in groups:
            if kind == place and item not in items:
                items.add(item)
                group.append(case)
                break
        else:
            groups.append((place, {item}, [case]))
    yield from (World(kind, tuple(group)) for kind, _, group in groups)


async def try_cases(
    world: World,
    library: Library,
    home: Path,
    driver: Driver,
    addresses: Mapping[str, str],
    account: Credential,
    progress: Progress,
) -> list[Tried]:
    """Try every case of a world. `home` is an empty folder; `addresses` are the hospital's (ehr, pacs, dicomweb).

    `progress`, given the cases' names by item, gives who is told what happens. A case that cannot be tried says why.
    """
    notes: Notes = {}
    key = new_key()
    engine = Engine(home, SealedJson(key), key.fingerprint, executor="cases", settle=_SETTLE)
    tried: dict[str, Tried] = {}
    ready: list[Case] = []
    for case in world.cases:
        try:
            if case.bot not in engine.bots():
                assembly = _assembly(case.bot, library, home, key, driver, addresses, account, notes)
                engine.add_bot(assembly)
            ready.append(case)
        except WetreadError as failure:
            tried[case.case] = Tried(case, workflow_of(case, library), error=str(failure))
    try:
        async with engine:
            items = await _submitted(engine, ready)
            with progress({item: case.case for item, case in items.items()}) as tell:
                await _worked(engine, items, tell)
            for item, case in items.items():
                run = await engine.run(item)
                found = tuple(differences(case, run, notes.get(item, Noted())))
                tried[case.case] = Tried(case, run.workflow, run.seconds, found, run=run)
    finally:
        await driver.close()
    return [tried[case.case] for case in world.cases]


def workflow_of(case: Case, library: Library) -> str:
    """The workflow that a case is about."""
    return library.bot(case.bot).workflow


async def _submitted(engine: Engine, cases: Sequence[Case]) -> dict[str, Case]:
    items = {}
    for case in cases:
        item = await engine.submit(case.bot, case.item, case.case)
        assert item is not None  # every case has a name of its own
        items[item.id] = case
    return items


async def _worked(engine: Engine, items: Mapping[str, Case], tell: Listener) -> None:
    """Until every item has ended, or waits for a person who says nothing in its case."""
    left = {item: list(case.answers) for item, case in items.items()}
    while True:
        await engine.run_until_idle(tell)
        answered = False
        for item, answers in left.items():
            if answers and (await engine.item(item)).item.state == "waiting_for_person":
                said = answers.pop(0)
                word = PersonAnswer(verdict=said.verdict, decision=said.decision, who="a person in the case")
                answered = await engine.answer(item, word) or answered
        if not answered:
            return


def _assembly(
    bot: str, library: Library, home: Path, key: SiteKey, driver: Driver, addresses: Mapping[str, str],
    account: Credential, notes: Notes,
) -> Assembly:  # fmt: skip
    """The bot at the demo hospital and nowhere else, live, with every step watched."""
    known = {name for app in library.bot(bot).apps.values() for name in app.credentials()}
    values = {
        "WETREAD_EHR_URL": addresses["ehr"], "WETREAD_PACS_URL": addresses["pacs"],
        "WETREAD_DICOMWEB_URL": addresses["dicomweb"],
    }  # fmt: skip
    made = assemble(bot, library, home, key, vault=Vault(dict.fromkeys(known, account)), values=values, driver=driver)
    if isinstance(driver, RecordedDriver):
        nowhere = {role: app.model_copy(update={"url": f"{BASE}/{role}", "dicomweb": None}) for role, app in
                   made.bot.apps.items()}  # fmt: skip
        spec = made.bot.model_copy(update={"mode": "live", "retries": 0, "apps": nowhere})

        def expect(fields: dict[str, str]) -> None:
            driver.expected = fields

        return replace(made, bot=spec, actions=watched(made.actions, notes, expect))
    for role, app in made.bot.apps.items():
        away = [text for _, text in app.addresses() if not _below(text, addresses.values())]
        if away or app.program is not None:
            raise SetupError(
                f"bot {bot!r} goes to another system than the demo hospital (role {role!r}); a case never does.",
                cure="Write its addresses as ${WETREAD_EHR_URL}, ${WETREAD_PACS_URL} and ${WETREAD_DICOMWEB_URL}.",
            )
    return replace(
        made, bot=made.bot.model_copy(update={"mode": "live", "retries": 0}), actions=watched(made.actions, notes)
    )


def _below(address: str, bases: Iterable[str]) -> bool:
    return any(address == base or address.startswith(f"{base}/") for base in bases)
