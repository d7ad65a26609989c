"""Keys of studies that arrived are taken away once nothing is sealed under them, and never before: each way to make
retention take one that is still needed."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from robot_library.engine.database.store import Store
from robot_library.engine.desk import Desk
from robot_library.errors import SetupError
from robot_library.model.bot import BotSpec
from robot_library.model.keep import Keep
from robot_library.model.owner import evidence_of
from robot_library.model.workflow import Declared, Workflow
from robot_library.safeguards.blobs import FileBlobs
from robot_library.safeguards.keys import SiteKey, ringed
from robot_library.safeguards.ring import Ring
from robot_library.safeguards.sealed import SealedJson
from robot_library.unattended.arrivals import ARRIVALS, Arrivals
from robot_library.unattended.intake import Intake
from robot_library.unattended.keeping import Retention
from tests.engine.world import TinySkills
from tests.imaging.dicoms import film, gradient
from tests.unattended.test_arrival import listening, send
from tests.unattended.told.test_old_keys import OLD, Site, a_site


def some_film(number: int) -> bytes:
    return film(gradient(), AccessionNumber="O1", SOPInstanceUID=f"1.2.826.0.1.3680043.10.9.{number}")


def received(ring: Ring, blobs: FileBlobs, home: Path) -> tuple[list[str], list[bytes]]:
    """Names of keys of what passes through; what was received, opened."""
    owned = {path.name: blobs.owner(path.name) for path in (home / "blobs").glob("??/*")}
    objects = [blobs.get(ref) for ref, of in owned.items() if of is not None and not of[0]]
    return sorted(name for name in ring.noted() if ring.there(name)), objects


async def sent(site: Site, *objects: bytes) -> int:
    """Objects sent by C-STORE to this site's own receiver; how many became items."""
    inputs = {"order": Declared(type="text"), "objects": Declared(type="text", optional=True)}
    spec, sealer = BotSpec(bot="tiny", about="", workflow="tiny", apps={}), site.engine.sealer
    flow = Workflow.model_construct(name="tiny", item=inputs, collect=None)
    async with Desk(site.home, sealer, sealer.fingerprint) as desk:
        intake = Intake(desk, spec, flow, site.home, site.blobs, sealer)
        async with listening(intake, order="accession", objects="objects") as line:
            assert set(await asyncio.to_thread(send, line.port, *objects) or ()) == {0}
            return await line.look()


async def test_the_key_of_a_study_goes_with_the_last_that_is_sealed_under_it(tmp_path: Path) -> None:
    async with a_site(tmp_path, None, "objects") as site:
        ring, there = site.ring, lambda: received(site.ring, site.blobs, site.home)
        assert await sent(site, some_film(1), some_film(2)) == 1
        ((key,), objects) = there()
        assert len(objects) == 2
        raw = (ring.folder / key[:2] / key).read_bytes()
        await site.engine.run_until_idle()
        (run,) = await site.engine.runs()
        assert run.outcome == "typed"
        site.items["O1"] = run.item
        await site.aged("O1")
        assert await site.kept(evidence_too=False) == 0
        assert there() == ([key], objects), "its images are kept longer than its run"
        assert await site.kept(really=False) == 0, "a dry run takes no image, so its key is needed"
        assert await site.kept() == 2, "of the study and of its item"
        assert there() == ([], [])
        assert not [path for path in ring.folder.rglob("*") if path.is_file() and raw in path.read_bytes()]
        assert await sent(site, some_film(1)) == 0, "sent again much later, it gets a key of its own"
        assert [len(some) for some in there()] == [1, 1]
        assert (ring.folder / key[:2] / key).read_bytes() != raw


async def test_a_study_whose_item_waits_keeps_its_key_however_old(tmp_path: Path) -> None:
    async with a_site(tmp_path, TinySkills("uncertain"), "objects") as site:
        assert await sent(site, some_film(1)) == 1
        await site.engine.run_until_idle()
        (run,) = await site.engine.runs()
        assert (await site.engine.item(run.item)).item.state == "waiting_for_person"
        assert await site.kept() == 0
        _, (opened,) = received(site.ring, site.blobs, site.home)
        assert opened[128:132] == b"DICM"


class Home:
    """A home without a bot, whose studies have arrived."""

    def __init__(self, home: Path, store: Store, key: SiteKey) -> None:
        home.mkdir(exist_ok=True)
        key = ringed(key, home)
        assert key.ring is not None
        self.home, self.ring, self.blobs = home, key.ring, FileBlobs(home / "blobs", key)
        self.arrivals = Arrivals(home / ARRIVALS / "tiny", self.blobs, SealedJson(key))
        self.retention = Retention(home, store, SealedJson(key), self.blobs, Keep())

    async def kept(self, *, old: bool = True) -> int:
        for path in (self.home / "blobs").glob("*/*") if old else ():
            os.utime(path, (OLD, OLD))
        return (await self.retention.run()).keys

    def there(self) -> tuple[list[str], list[bytes]]:
        return received(self.ring, self.blobs, self.home)


@pytest.fixture
def home(tmp_path: Path, store: Store, site_key: SiteKey) -> Home:
    return Home(tmp_path / "home", store, site_key)


async def test_a_study_that_is_no_item_keeps_its_key_as_long_as_it_is_kept(home: Home) -> None:
    home.arrivals.keep(some_film(1))
    home.arrivals.set_aside(home.arrivals.quiet_for(0)[0])
    assert await home.kept() == 0
    assert home.there()[1] == [some_film(1)]
    for path in (home.home / ARRIVALS).glob("*/*.refused"):
        os.utime(path, (OLD, OLD))
    assert [await home.kept(), await home.kept()] == [0, 1], "first what was set aside, then its object and the key"
    assert home.there() == ([], [])


async def test_a_study_that_is_still_arriving_keeps_its_key(home: Home) -> None:
    home.arrivals.keep(some_film(1))
    assert await home.kept() == 0
    home.arrivals.keep(some_film(2))
    (study,) = home.arrivals.quiet_for(0)
    assert [home.blobs.get(ref)[128:132] for ref in study.objects] == [b"DICM"] * 2
    for ref in study.objects:  # a crash in the middle of forgetting it: its header is all that is left
        (study.folder / ref).unlink()
        home.blobs.forget(ref, float("inf"))
    assert await home.kept() == 0
    assert home.arrivals.quiet_for(0)[0].fields == study.fields


async def test_a_film_that_somebody_dropped_and_left_leaves_no_key(home: Home) -> None:
    with evidence_of("arrival|of a ticket"):
        home.blobs.put(b"FILM")
    assert await home.kept(old=False) == 0
    assert home.there()[1] == [b"FILM"]
    assert await home.kept() == 1
    assert home.there() == ([], [])


async def test_the_mark_of_a_shredded_study_stays(home: Home) -> None:
    with evidence_of("arrival|x"):
        ref = home.blobs.put(b"FILM")
        ((key,), _) = home.there()
        home.ring.destroy([key])
        home.blobs.forget(ref, float("inf"))
        assert await home.kept() == 0
        assert home.ring.destroyed(key)
        with pytest.raises(SetupError, match="shredded"):
            home.blobs.put(b"FILM")


async def test_where_keys_are_kept_apart_none_is_taken(
    tmp_path: Path, store: Store, site_key: SiteKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the named folder is the one that the home would have: another host may share it."""
    monkeypatch.setenv("WETREAD_KEYS", str(tmp_path / "home" / "keys"))
    home = Home(tmp_path / "home", store, site_key)
    with evidence_of("arrival|x"):
        home.blobs.put(b"FILM")
    assert await home.kept() == 0
    assert home.ring.there(home.ring.name("arrival|x"))


async def test_a_study_that_comes_again_while_keys_are_taken_away_opens(home: Home) -> None:
    """After retention has looked at what is sealed, and before it takes the key."""
    home.arrivals.keep(some_film(1))
    home.arrivals.forget(home.arrivals.quiet_for(0)[0])
    collect = home.ring.collect

    def late(*args: object, **more: object) -> int:
        home.arrivals.keep(some_film(2))
        return collect(*args, **more)  # type: ignore[arg-type]

    home.ring.collect = late  # type: ignore[method-assign]
    assert await home.kept() == 0
    (study,) = home.arrivals.quiet_for(0)
    assert home.blobs.get(study.objects[0]) == some_film(2)


def test_while_something_is_being_sealed_its_key_waits(tmp_path: Path) -> None:
    """Retention asks for the key of an object that is half written: it must wait for it, and then leave it alone."""
    ring, inside, done, half = Ring(tmp_path, b"w" * 32, b"n" * 32), threading.Event(), threading.Event(), [b""]
    name = ring.name("arrival|x")
    with ring.passing(name):
        pass
    noted = ring.noted()

    def seal() -> None:
        with ring.passing(name) as cipher:
            inside.set()
            time.sleep(0.2)
            half[0] = cipher.encrypt(b"0" * 12, b"HALF", b"")
            done.set()

    thread = threading.Thread(target=seal)
    thread.start()
    assert inside.wait(120)
    assert ring.collect(noted, set()) == 0
    assert done.is_set()
    thread.join(120)
    assert ring.get(name).decrypt(b"0" * 12, half[0], b"") == b"HALF"


def test_studies_come_and_go_while_another_process_takes_keys_away(tmp_path: Path, site_key: SiteKey) -> None:
    """Whatever was taken from a sender opens, however often its study's key has been made and taken away."""
    mine, other = (FileBlobs(tmp_path / "blobs", ringed(site_key, tmp_path)) for _ in range(2))
    over, taken, failed = threading.Event(), [0], list[BaseException]()
    assert other.ring is not None

    def nights(ring: Ring) -> None:
        while not over.is_set():
            noted = ring.noted()
            taken[0] += ring.collect(noted, other.keys())

    def studies(owner: str, sender: int) -> None:
        for number in range(4000):
            if number >= 80 and taken[0]:
                break
            with evidence_of(owner):
                ref = mine.put(f"{sender} {number}".encode())
            assert mine.get(ref) == f"{sender} {number}".encode()
            mine.forget(ref, float("inf"))

    def thread(work: Callable[[], None]) -> threading.Thread:
        def run() -> None:
            try:
                work()
            except BaseException as failure:
                failed.append(failure)

        made = threading.Thread(target=run)
        made.start()
        return made

    night = thread(lambda: nights(other.ring))  # type: ignore[arg-type]
    senders = [thread(lambda n=n: studies(f"arrival|{n % 2}", n)) for n in range(4)]  # type: ignore[misc]
    for each in senders:
        each.join(120)
    over.set()
    night.join(120)
    assert not failed
    assert taken[0] > 0, "the collection must really have been at work"
