"""The only assembly: bots/<name>.yaml and what it names, wired into something the engine can run."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from robot_library.drivers.by_kind import drivers
from robot_library.engine.ports import Assembly
from robot_library.errors import AuthoringError, SetupError
from robot_library.interfaces import BlobStore, Credential, Driver, KeywordHost
from robot_library.keywords.robot_side import require_robot
from robot_library.lint import check_bot
from robot_library.model.address import split_address
from robot_library.model.approval import MadeOf
from robot_library.model.bot import App, BotSpec
from robot_library.model.screen import ScreenMap
from robot_library.model.site import Site
from robot_library.model.workflow import Step, Workflow
from robot_library.parsing.bots import fingerprint
from robot_library.parsing.library import Library
from robot_library.parsing.made_of import made_of
from robot_library.parsing.overlays import picture_folders
from robot_library.parsing.surroundings import VARIABLE
from robot_library.parsing.workflows import every_step
from robot_library.safeguards.acceptance import AcceptanceGuard
from robot_library.safeguards.blobs import FileBlobs
from robot_library.safeguards.guard import ScreenGuard
from robot_library.safeguards.keys import SiteKey
from robot_library.safeguards.practice import TestPatientsOnly, belong
from robot_library.safeguards.sealed import SealedJson
from robot_library.safeguards.vault import Vault

if TYPE_CHECKING:
    from robot_library.model.skill import ProviderName
    from robot_library.skills.host import LocalSkillHost
    from robot_library.skills.inputs import ReadFilm, ReadVolume
    from robot_library.skills.monitor.watch import Kept, ObservedHost


def assemble(
    name: str,
    library: Library,
    home: Path,
    key: SiteKey,
    *,
    vault: Vault | None = None,
    values: Mapping[str, str] | None = None,
    driver: Driver | None = None,
    provider: ProviderName | None = None,
    kept: Library | None = None,
    practising: bool = False,
) -> Assembly:
    """A bot by name, checked and wired. Nothing is opened yet.

    `practising`: where patients are treated, on the site's test patients alone, in a home of its own.

    `kept` holds copies of templates and skills, where those that are read later are not to change meanwhile.
    `values` fill ${NAME} in addresses and site values before the environment does. AuthoringError with every
    diagnostic; SetupError for an address that no variable gives, or a skill whose model is missing or exchanged.
    """
    from robot_library.reports.draft import TemplateReports
    from robot_library.reports.qa.history import History
    from robot_library.skills.monitor.watch import Kept, ObservedAcceptance

    made, library = _made(name, kept or library, values), library.anew()
    if errors := [d for d in check_bot(library, name) if d.severity == "error"]:
        raise AuthoringError(errors)
    made = made or made_of(name, kept or library, values)
    spec = with_addresses(library.bot(name), {**os.environ, **(values or {})})
    _refuse_production(library.site(), spec)
    practising = practising and library.site().environment == "production"
    belong(home, _environment(library, practising), practising=practising)
    workflow = library.workflow(spec.workflow)
    blobs, credential = FileBlobs(home / "blobs", key), (vault or Vault()).credential
    workflows = _called(workflow, library)
    watched = Kept(home, keyed_hash(key, "monitor"), SealedJson(key))
    if any(step.action == "keyword" for flow in (workflow, *workflows.values()) for step in _all_steps(flow)):
        require_robot()
    skills = watched_skills(kept or library, watched, blobs, provider)
    skills.load_all(name for flow in (workflow, *workflows.values()) for name in flow.skills)
    return Assembly(
        bot=spec,
        workflow=workflow,
        workflows=workflows,
        maps={app.map: with_issuer(library.screen_map(app.map), app.issuer) for app in spec.apps.values()},
        actions=library.actions,
        driver=driver or drivers(pictures(library), downloads=home / "downloads", at_screen=library.site().at_screen),
        skills=skills,
        reports=TemplateReports(lambda template: (kept or library).path("template", template)),
        guard=TestPatientsOnly(library.site().test_patients) if practising else ScreenGuard(),
        acceptance=ObservedAcceptance(AcceptanceGuard(keyed_hash(key, "acceptance")), watched),
        blobs=blobs,
        quality=History(home, keyed_hash(key, "quality"), blobs),
        credential=credential,
        keywords=keyword_host(library, home, credential),
        version=fingerprint(spec, library),
        made=made,
        made_now=lambda: [made_of(name, each, values) for each in {library, kept or library}],
    )


def _made(name: str, library: Library, values: Mapping[str, str] | None) -> MadeOf | None:
    """What a bot is made of before any of it is loaded: what changes from here on is another thing, and seen before
    anything is typed. None where a file is wrong, which the check says better."""
    with suppress(AuthoringError, OSError):
        return made_of(name, library.anew(), values)
    return None


def keyword_host(library: Library, home: Path, credential: Callable[[str], Credential]) -> KeywordHost:
    """What runs Robot Framework keywords, by the site's rules; nothing of Robot is imported yet."""
    from robot_library.keywords.files import folders_of
    from robot_library.keywords.host import RobotKeywords

    rules = library.site().keywords
    return RobotKeywords(rules, folders_of(library, rules, home), credential)


def apps_of(name: str, library: Library, values: Mapping[str, str] | None = None) -> dict[str, tuple[App, ScreenMap]]:
    """What plays each role of a bot, with its address filled in, and its map. As for `assemble`."""
    spec = with_addresses(library.bot(name), {**os.environ, **(values or {})})
    return {role: (app, with_issuer(library.screen_map(app.map), app.issuer)) for role, app in spec.apps.items()}


def with_issuer(screens: ScreenMap, issuer: str | None) -> ScreenMap:
    """The map for one hospital: patient numbers whose issuer no screen shows are of the issuer the bot names."""
    if issuer is None:
        return screens
    named = {
        name: screen.model_copy(update={"identity": screen.identity.model_copy(update={"issuer_is": issuer})})
        for name, screen in screens.screens.items()
        if screen.identity is not None and screen.identity.issuer is None and screen.identity.issuer_is is None
    }
    return screens.model_copy(update={"screens": {**screens.screens, **named}})


def keyed_hash(key: SiteKey, purpose: str) -> Callable[[str], str]:
    """A keyed hash of text for one purpose: `acceptance` seals accepted findings, `quality` names films."""
    secret = key.derive(purpose)
    return lambda text: hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()


def skill_host(library: Library, blobs: BlobStore, provider: ProviderName | None = None) -> LocalSkillHost:
    """The skills of every folder the library looks in; pixels come from the images' kept bytes."""
    from robot_library.skills.host import LocalSkillHost

    folders = [folder / "skills" for folder in library.folders]
    return LocalSkillHost(folders, _films(blobs), blobs, provider, _volumes(blobs), library.site().skills)


def watched_skills(
    library: Library, kept: Kept, blobs: BlobStore, provider: ProviderName | None = None
) -> ObservedHost:
    """As `skill_host`; every answer is kept, challengers run silently beside."""
    from robot_library.skills.host import LocalSkillHost
    from robot_library.skills.monitor.watch import FilmMemory, HeardMemory, ObservedHost, with_challengers

    folders = [folder / "skills" for folder in library.folders]
    films, volumes, trust, heard = FilmMemory(_films(blobs)), _volumes(blobs), library.site().skills, HeardMemory()
    champions = LocalSkillHost(folders, films, blobs, provider, volumes, trust, heard)
    challengers = LocalSkillHost(with_challengers(folders), films, None, provider, volumes, trust, heard)
    return ObservedHost(champions, challengers, kept, films, heard)


def _films(blobs: BlobStore) -> ReadFilm:
    from robot_library.imaging.film import read_film

    return lambda image: read_film(image, blobs.get(image.blob)).pixels


def _volumes(blobs: BlobStore) -> ReadVolume:
    from robot_library.imaging.slices import read_volume

    return lambda series: read_volume(series, lambda image: blobs.get(image.blob))


def pictures(library: Library) -> Callable[[str], Sequence[Path]]:
    """Where a desktop map's pictures are: in the folder of its name, then in those of the maps it is built on."""
    return lambda name: picture_folders(library.path("screen", name))


def _environment(library: Library, practising: bool) -> str:
    """The name that a home's items go by; "" where the site tells no environments apart."""
    found = library.environment()
    return found[0] if found else library.site().environment if practising else ""


def _refuse_production(site: Site, spec: BotSpec) -> None:
    """SetupError for an address, whoever gave it, that leads to a production system where this is none."""
    for role, app in spec.apps.items():
        for _, url in app.addresses():
            if system := site.forbidden(url):
                raise SetupError(
                    f"the address of '{role}' leads to the production system {system}, and this is a trial.",
                    cure="Give it the test system's address. Where patients are treated: an environment that site.yaml "
                    "calls production, and another person's approval.",
                    place=f"bot {spec.bot}",
                )


def with_addresses(spec: BotSpec, values: Mapping[str, str]) -> BotSpec:
    """The bot with every ${NAME} in its addresses and site values filled in. SetupError for one that is not set."""
    apps = {role: _with_address(spec, role, app, values) for role, app in spec.apps.items()}
    site = {name: filled(spec, f"site.{name}", text, values) for name, text in spec.site.items()}
    return spec.model_copy(update={"apps": apps, "site": site})


def _with_address(spec: BotSpec, role: str, app: App, values: Mapping[str, str]) -> App:
    def fill(text: str | None) -> str | None:
        return None if text is None else filled(spec, f"the address of {role!r}", text, values)

    def address(text: str | None) -> str | None:
        made = fill(text)
        try:
            split_address(made or "")
        except ValueError:
            raise SetupError(
                f"the address of {role!r} of bot {spec.bot!r} is none: its host or port cannot be one.",
                cure="Write it as in https://ehr.example:8443.",
            ) from None
        return made

    program = app.program and app.program.model_copy(
        update={"run": tuple(fill(part) for part in app.program.run), "profile": fill(app.program.profile)}
    )
    made = {
        "url": address(app.url), "dicomweb": address(app.dicomweb), "program": program,
        "also_at": tuple(address(text) for text in app.also_at),
    }  # fmt: skip
    return app.model_copy(update=made)


def filled(spec: BotSpec, what: str, text: str, values: Mapping[str, str]) -> str:
    """A text with every ${NAME} in it filled in. SetupError, naming `what` it is, for one that is not set."""
    for name in VARIABLE.findall(text):
        if not values.get(name):
            raise SetupError(
                f"bot {spec.bot!r} takes {what} from {name}, which is not set.",
                cure=f"Set {name}, or write it into the bot's file.",
            )
    return VARIABLE.sub(lambda match: values[match[1]], text)


def _all_steps(workflow: Workflow) -> Iterator[Step]:
    collect = workflow.collect.steps if workflow.collect is not None else ()
    compare = workflow.compare.steps if workflow.compare is not None else ()
    yield from every_step((*collect, *compare, *workflow.steps))


def _called(workflow: Workflow, library: Library) -> dict[str, Workflow]:
    """Every workflow that this one calls, at any depth, by name."""
    found: dict[str, Workflow] = {}
    waiting = [workflow]
    while waiting:
        for step in every_step(waiting.pop().steps):
            name = step.params.get("workflow")
            if step.action == "call" and isinstance(name, str) and name not in found:
                found[name] = library.workflow(name)
                waiting.append(found[name])
    return found
