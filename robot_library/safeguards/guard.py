"""The guard that stands before every write: identity from the live screen, state from the record opened anew."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

from robot_library.abilities import TellsVersion
from robot_library.errors import (
    AuthoringError,
    BusinessException,
    OrderChanged,
    OrderHeld,
    PatientMismatch,
    ReportExists,
    ScreenNotReached,
    StudyShared,
    VersionNotVerified,
)
from robot_library.interfaces import Protection, ScreenSession, View
from robot_library.model.person import Identity, PatientId
from robot_library.model.screen import IdentityMap, Screen, StateRule
from robot_library.model.values import parse_date
from robot_library.safeguards import identity as rule
from robot_library.safeguards.names import fold, parse_shown

_BROKEN: dict[str, type[BusinessException]] = {
    "changed": OrderChanged, "held": OrderHeld, "reported": ReportExists, "shared": StudyShared,
}  # fmt: skip


class ScreenGuard:
    """Implements interfaces.Guard over screen maps."""

    def agree(self, identities: Sequence[Identity]) -> str:
        return rule.agree(identities)

    async def identify(self, session: ScreenSession, view: View) -> Identity:
        """Whose record this view shows. With `via`, the patient's own page is reached from the record opened
        anew in another tab, so that what is on the live form stays; the live form must show the same."""
        where_to_look = _identity_map(session, view)
        if where_to_look.via is None:
            await _same_key(view, where_to_look)
            return await _read_identity(session, view, where_to_look)
        anew = await session.open(view.screen, view.where, fresh=True)
        try:
            return await self._identify_via(session, view, anew, where_to_look)
        finally:
            await anew.close()

    async def _identify_via(self, session: ScreenSession, live: View, anew: View, how: IdentityMap) -> Identity:
        if how.link is None or how.via is None or not how.unchanged:
            raise AuthoringError(f"screen {live.screen}: identity `via` needs a `link`, and `unchanged` to hold it by.")
        await _same_key(live, how)
        await _same_key(anew, how)
        before = await live.read(how.unchanged)
        if before != await anew.read(how.unchanged):
            raise PatientMismatch(
                f"{live.screen} shows another patient when it is opened anew.", cure="A person looks at the order."
            )
        record = await session.follow(anew, how.link, how.via)
        try:
            found = await _read_identity(session, record, _identity_map(session, record), looked_up=live.where)
        finally:
            if record is not anew:
                await record.close()
        now = await live.read(tuple(dict.fromkeys((*how.unchanged, *how.shows))))
        _key_stands(live, how, now)
        if any(before[target] != now[target] for target in how.unchanged):
            raise PatientMismatch(f"{live.screen} changed its patient while it was checked.")
        return found

    async def check_state(self, session: ScreenSession, view: View, name: str | None = None) -> list[str]:
        """Every state rule of the screen must hold; raise what the first broken one says."""
        screen = session.screen(view.screen)
        rules = screen.state if name is None else screen.states.get(name, ())
        if not rules:
            which = f"`states: {name}`" if name else "`state` rules"
            raise AuthoringError(f"screen {view.screen} has no {which}, so nothing may be written on it.")
        await _hold(view, [state_rule for state_rule in rules if state_rule.on is None])
        for elsewhere in dict.fromkeys(state_rule.on for state_rule in rules if state_rule.on is not None):
            other = await session.open(elsewhere, view.where, fresh=True)
            try:
                await _hold(other, [state_rule for state_rule in rules if state_rule.on == elsewhere])
            finally:
                await other.close()
        return [f"state of {view.screen} allows writing ({len(rules)} rules)"]

    async def before_write(
        self, effect: Literal["write", "commit"], protection: Protection, session: ScreenSession
    ) -> list[str]:
        """Identity and state from the record opened anew, then, as the last look, identity from the live screen against
        what is expected. Any difference raises and nothing has been typed or pressed."""
        live = session.view
        if live is None or live.screen != protection.screen:
            raise ScreenNotReached(
                f"about to {effect} on {protection.role}.{protection.screen}, but another screen is open.",
                cure="Open that screen first inside `protect`.",
            )
        version = await verified_version(session)
        how = _identity_map(session, live)
        await _same_key(live, how)
        anew = await session.open(live.screen, live.where, fresh=True)
        try:
            await _same_key(anew, how)
            if how.via is None:
                again = await _read_identity(session, anew, how)
                rule.agree([again, *protection.expected], about=again)
            state = await self.check_state(session, anew, protection.state)
            await _unchanged(anew, protection.unchanged)
            # Nothing is opened between the order's state and the patient's record but that record.
            shown = await self._identify_via(session, live, anew, how) if how.via else None
        finally:
            await anew.close()
        shown = shown or await self.identify(session, live)
        said = rule.agree([shown, *protection.expected], about=shown)
        return [f"before the {effect}: {said}", *state, *version]


async def verified_version(session: ScreenSession) -> list[str]:
    """The application is of a version that its map was verified on, where the map names some; VersionNotVerified."""
    spec = session.map.version
    if spec is None:
        return []
    system = session.map.system
    shown = await session.version() if isinstance(session, TellsVersion) else ""
    if not shown:
        raise VersionNotVerified(
            f"{system} does not show its version where its screen map says that it stands.",
            cure=f"Nothing was typed. Look at `version` in the map, then `wetread screens verify {system}`.",
        )
    if not spec.fits(shown):
        said = shown if _VERSION.fullmatch(shown) else "another one"
        raise VersionNotVerified(
            f"the version of {system} is {said}; its screen map was verified on {', '.join(spec.verified)}.",
            cure=f"Nothing was typed. `wetread screens verify {system} --accept-version` looks at every screen anew.",
        )
    return [f"{system} is of a version that its map was verified on"]


_VERSION = re.compile(r"[\w.+-]{1,40}")


def holds(state_rule: StateRule, shown: str) -> bool:
    """Whether what is shown satisfies the rule. Case, spaces and invisible characters do not count."""
    value = _seen(shown)
    if state_rule.is_ is not None:
        return value in {_seen(text) for text in state_rule.is_}
    if state_rule.is_not is not None:
        return value not in {_seen(text) for text in state_rule.is_not}
    return (value == "") is (state_rule.empty is not False)


def _seen(text: str) -> str:
    """A word of state as a person sees it: nothing invisible in it makes another word of it."""
    visible = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    return " ".join(visible.split()).casefold()


async def _hold(view: View, rules: Sequence[StateRule]) -> None:
    """Raise what the first of these rules that is broken says."""
    shown = await view.read(tuple(dict.fromkeys(state_rule.target for state_rule in rules))) if rules else {}
    for state_rule in rules:
        if not holds(state_rule, shown[state_rule.target]):
            raise _BROKEN[state_rule.otherwise](f"{state_rule.reason}.", cure="Nothing was saved.")


def _identity_map(session: ScreenSession, view: View) -> IdentityMap:
    how = session.screen(view.screen).identity
    if how is None:
        raise AuthoringError(f"screen {view.screen} has no `identity`, so it cannot show whose record it is.")
    return how


async def _unchanged(view: View, expected: Mapping[str, str]) -> None:
    """What the workflow worked on must be what the record still says."""
    shown = await view.read(tuple(expected)) if expected else {}
    for target, value in expected.items():
        if " ".join(shown[target].split()) != " ".join(value.split()):
            raise OrderChanged(f"{target} is no longer what the order said.", cure="Nothing was saved.")


async def _same_key(view: View, how: IdentityMap) -> None:
    """The screen must show the key it was opened by."""
    if how.shows:
        _key_stands(view, how, await view.read(tuple(how.shows)))


def _key_stands(view: View, how: IdentityMap, shown: Mapping[str, str]) -> None:
    for target, name in how.shows.items():
        if shown[target].strip() != view.where.get(name, "").strip():
            raise PatientMismatch(
                f"{view.screen} shows another {name} than the one it was opened for.",
                cure="Nothing was typed. A person looks at the order.",
            )


async def _read_identity(
    session: ScreenSession, view: View, how: IdentityMap, looked_up: Mapping[str, str] | None = None
) -> Identity:
    screen: Screen = session.screen(view.screen)
    wanted = (how.patient_id, how.issuer, how.name, how.family, how.given, how.birth_date, how.alias, how.merged_ids)
    targets = tuple(dict.fromkeys(name for name in wanted if name))
    shown = await view.read(targets)

    def get(target: str | None) -> str:
        return shown[target].strip() if target else ""

    issuer = get(how.issuer) or how.issuer_is
    name = f"{get(how.family)}, {get(how.given)}" if how.family and how.given else get(how.name)
    form = "family_comma_given" if how.family and how.given else how.name_form
    number, birth = get(how.patient_id), _date(get(how.birth_date))
    return Identity(
        source=f"screen:{session.role}.{view.screen}" if screen.identity else session.role,
        system=session.map.system,
        ids=(PatientId(value=number, issuer=issuer),) if number else (),
        names=parse_shown(name, form),
        birth_date=birth,
        aliases=tuple(n for part in get(how.alias).split(";") for n in parse_shown(part, form)),
        merged_ids=tuple(
            PatientId(value=v.strip(), issuer=issuer) for v in get(how.merged_ids).split(";") if v.strip()
        ),
        looked_up_by=_used({**view.where, **(looked_up or {})}, number, name, birth),
    )


def _used(where: Mapping[str, str], number: str, name: str, birth: date | None) -> frozenset[str]:
    """Which identifiers a record was looked up by, wholly or in part, however they were written: they prove nothing."""
    used = set()
    called = _words(name)
    for value in where.values():
        words = _words(value)
        if number and ({_bare(number)} & {_bare(value), *map(_bare, words), *re.findall(r"[1-9]\d*", value)}):
            used.add("patient_id")
        telling = {word for word in called if len(word) > 1 or not word.isascii()}
        if telling & set(words) or (telling and "".join(called) in "".join(words)):
            used.add("name")
        if birth and any(birth.strftime(form) in _digits(value) for form in _DATES):
            used.add("birth_date")
    return frozenset(used)


_UNWORDLY = re.compile(r"[^\w\s'’.-]+|_")
_DATES = ("%Y%m%d", "%d%m%Y", "%m%d%Y")


def _words(text: str) -> tuple[str, ...]:
    return fold(_UNWORDLY.sub(" ", unicodedata.normalize("NFKC", text)))


def _bare(number: str) -> str:
    """A number without what systems add to it or leave out: capitals, blanks, signs, leading zeros."""
    plain = "".join(c for c in unicodedata.normalize("NFKC", number).casefold() if c.isalnum())
    return plain.lstrip("0") or plain


def _digits(text: str) -> str:
    """The digits alone, months and days written with one digit as with two."""
    text = unicodedata.normalize("NFKC", text)
    return "".join(run.zfill(2) for run in re.findall(r"\d+", text))


def _date(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None
