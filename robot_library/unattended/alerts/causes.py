"""One function for each cause that people are told of: what holds now, by the rule. Texts hold no patient data."""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from robot_library.engine.people.releases import TO_ADDRESS
from robot_library.engine.records.alerts import Found
from robot_library.engine.records.facts import Count
from robot_library.model.alerting import Alerting, Cause, Rule
from robot_library.unattended.alerts.ground import Ground
from robot_library.unattended.housekeeping import BACKUP, OF_OLD, scope_of

GIGABYTE = 1e9


async def causes(site: Alerting, ground: Ground) -> tuple[list[Found], set[str]]:
    """Everything that holds now, and the causes that were looked for."""
    found: list[Found] = []
    for rule in site.in_force():
        for one in await LOOKS[rule.on](rule, ground):
            found.append(_addressed(one, rule, site))
    looked_at = {rule.on for rule in site.in_force()} | {rule.on for rule in site.rules if rule.off}
    return found, set(looked_at)


def _addressed(one: Found, rule: Rule, site: Alerting) -> Found:
    after = rule.escalate_after or site.escalate_after
    told = {
        "tell": site.tell if rule.tell is None else rule.tell,
        "escalate": rule.escalate, "escalate_after": after.total_seconds(),
    }  # fmt: skip
    return Found(**{**vars(one), **told})


async def _failures(rule: Rule, ground: Ground) -> list[Found]:
    assert rule.within is not None
    counts = await ground.facts.failed(ground.now - rule.within.total_seconds(), rule.bots)
    many = [one for one in counts if one.count >= (rule.items or 1)]
    return [
        _of(rule, one, f"{one.bot}: {_items(one)} failed within {_long(rule.within)}, most of them {one.code}.")
        for one in many
    ]


async def _late(rule: Rule, ground: Ground) -> list[Found]:
    counts = await ground.facts.late(ground.now, rule.bots)
    return [
        _of(rule, one, f"{one.bot}: {_items(one)} past the due time, by up to {_ago(ground.now - one.since)}.")
        for one in counts
    ]


async def _due_soon(rule: Rule, ground: Ground) -> list[Found]:
    assert rule.within is not None
    counts = await ground.facts.due_soon(ground.now, rule.within.total_seconds(), rule.bots)
    return [
        _of(rule, one, f"{one.bot}: {_items(one)} not done yet and due within {_long(rule.within)}.") for one in counts
    ]


async def _unanswered(rule: Rule, ground: Ground) -> list[Found]:
    assert rule.after is not None
    counts = await ground.facts.unanswered(ground.now - rule.after.total_seconds(), rule.bots)
    return [
        _of(rule, one, f"{one.bot}: {_items(one)} waiting for a person for more than {_long(rule.after)}.")
        for one in counts
    ]


async def _dead_letter(rule: Rule, ground: Ground) -> list[Found]:
    counts = await ground.facts.dead(rule.bots)
    return [_of(rule, one, f"{one.bot}: {_items(one)} given up as dead letters.") for one in counts]


async def _silence(rule: Rule, ground: Ground) -> list[Found]:
    """Nothing came, changed or fired although it could have, for the whole time."""
    assert rule.after is not None
    before = ground.now - rule.after.total_seconds()
    return [
        Found("silence", bot.name, f"{bot.name}: nothing has happened for {_ago(ground.now - bot.seen)}.")
        for bot in ground.bots
        if (not rule.bots or bot.name in rule.bots)
        and bot.able_since is not None
        and max(bot.seen, bot.able_since) <= before
    ]


async def _stopped(rule: Rule, ground: Ground) -> list[Found]:
    names = {f"bot:{bot}" for bot in rule.bots}
    unapproved = [
        Found("stopped", f"bot:{bot}", f"{why}. It types nothing: see `wetread bots approvals {bot}`.",
              key="approval", code="NotApproved")
        for bot, why in sorted(ground.unapproved.items())
        if not rule.bots or bot in rule.bots
    ]  # fmt: skip
    return unapproved + [
        Found(
            "stopped", line.scope,
            f"{_scope(line.scope)} is stopped"
            + (": too many items in a row failed the same way." if line.by_itself else "."),
        )
        for line in ground.stopped
        if not line.scope.startswith("credential:") and (not names or line.scope in names)
    ]  # fmt: skip


async def _credential(rule: Rule, ground: Ground) -> list[Found]:
    assert rule.within is not None
    refused = [
        Found("credential", line.scope, f"{_scope(line.scope)} was refused and is not tried again: mend it in the "
              "vault, then let its line go on.", code="SignInFailed")
        for line in ground.stopped
        if line.scope.startswith("credential:")
    ]  # fmt: skip
    soon = [
        Found("credential", f"credential:{name}", f"the password of credential {name} expires in "
              f"{_ago(max(0.0, ends - ground.now))}.", key="expiring", code="Expiring")
        for name, ends in ground.expiring.items()
        if ends - ground.now <= rule.within.total_seconds()
    ]  # fmt: skip
    return [*refused, *soon]


async def _worker_lost(rule: Rule, ground: Ground) -> list[Found]:
    assert rule.after is not None
    before = ground.now - rule.after.total_seconds()
    return [
        Found("worker_lost", worker.name, f"worker {worker.name} has given no sign of life for "
              f"{_ago(ground.now - worker.seen)}.")
        for worker in ground.workers
        if worker.seen <= before
    ]  # fmt: skip


async def _disk_low(rule: Rule, ground: Ground) -> list[Found]:
    assert rule.below is not None
    free = free_gigabytes(ground)
    if free >= rule.below:
        return []
    return [Found("disk_low", "disk", f"the disk of the home has {free:.1f} GB left, less than {rule.below:g} GB.")]


def free_gigabytes(ground: Ground) -> float:
    """What is left on the disk that holds the home."""
    return ground.free if ground.free is not None else shutil.disk_usage(ground.home).free / GIGABYTE


async def _canary(rule: Rule, ground: Ground) -> list[Found]:
    """What a canary bot has found at its last look, and what somebody has by hand."""
    bots = [
        Found("canary", one.bot, f"{one.bot}: screens are not as their maps say.", code=one.code, item=one.item)
        for one in await ground.facts.last_ended_with("ScreensMoved")
    ]
    return bots + [
        Found("canary", one.scope, f"screens of {one.scope}: {one.bad} target{_s(one.bad)} not found as mapped.",
              count=one.bad)
        for one in (await ground.checks.newest("canary")).values()
        if one.bad
    ]  # fmt: skip


async def _backup(rule: Rule, ground: Ground) -> list[Found]:
    assert rule.after is not None
    # Another host's backup holds neither this one's people nor its audit trail.
    ours = {scope_of(ground.home), OF_OLD}
    made = (await ground.checks.newest(BACKUP)).items()
    last = max((one.at for scope, one in made if scope in ours and not one.bad), default=0.0)
    if ground.now - last < rule.after.total_seconds():
        return []
    text = f"no backup was made for {_ago(ground.now - last)}." if last else "no backup was ever made."
    return [Found("backup", "backup", text)]


async def _gap(rule: Rule, ground: Ground) -> list[Found]:
    """What the newest reconciliation of each bot has named."""
    return [
        Found("gap", one.scope, f"{one.scope}: {_unread_or_gaps(one.counts, one.bad)} See `wetread reconcile`.",
              count=one.bad)
        for one in (await ground.checks.newest("reconcile", opened=False)).values()
        if one.bad and (not rule.bots or one.scope in rule.bots)
    ]  # fmt: skip


def _unread_or_gaps(counts: Mapping[str, int], bad: int) -> str:
    if counts.get("not_read"):
        return "the EHR's list could not be read to compare it."
    named = (f"{count} {name.partition('.')[2].replace('_', ' ')}" for name, count in counts.items() if "gap." in name)
    listed = f"{counts.get('listed', 0)} orders on the EHR's list"
    return f"{listed}, {bad} gap{_s(bad)} in what became of them: {', '.join(named)}."


async def _system_down(rule: Rule, ground: Ground) -> list[Found]:
    assert rule.after is not None
    before = ground.now - rule.after.total_seconds()
    return [
        Found("system_down", f"system:{one.system}",
              f"{one.reason} for {_ago(ground.now - one.since)}; its items wait.", key=one.address, code="SystemDown")
        for one in ground.down
        if one.since <= before
    ]  # fmt: skip


async def _critical(rule: Rule, ground: Ground) -> list[Found]:
    """Each by itself, and the more the longer it lasts: taking the alert up does not end it, acknowledging does."""
    assert rule.after is not None
    after = rule.after.total_seconds()
    found = []
    for ident, one in await ground.facts.critical(ground.now - after, rule.bots):
        lasts = ground.now - one.since
        said = "somebody was told" if one.code == "told" else "nobody was told"
        text = (
            f"{one.bot}: a critical result was not acknowledged for {_ago(lasts)}; {said}. `wetread reports critical`."
        )
        times = _times(lasts, after)
        found.append(Found(rule.on, one.bot, text, key=ident, code=one.code, item=one.item, count=times, insists=True))
    for ident, one in await ground.facts.unseen(ground.now - after, rule.bots):
        lasts = ground.now - one.since
        text = (
            f"{one.bot}: a report that was taken back as entered in error still stands in the EHR after {_ago(lasts)}, "
            f"as far as anybody has said. See the page Reports, or `wetread reports list --status entered_in_error`."
        )
        times = _times(lasts, after)
        found.append(Found(rule.on, one.bot, text, key=ident, code=one.code, item=one.item, count=times, insists=True))
    return found


def _times(lasts: float, after: float) -> int:
    """How often it is told: again after each `after`."""
    return max(1, int(lasts // max(after, 60.0)))


async def _undelivered(rule: Rule, ground: Ground) -> list[Found]:
    assert rule.after is not None
    return [
        Found(rule.on, one.bot, f"{one.count} report{_s(one.count)} did not reach "
              f"{'anybody: where they go is not known' if one.bot == TO_ADDRESS else one.bot}"
              f"{f' ({one.code})' if one.code else ''}. See `wetread reports list`.", code=one.code, count=one.count)
        for one in await ground.facts.undelivered(ground.now - rule.after.total_seconds())
    ]  # fmt: skip


async def _incident(rule: Rule, ground: Ground) -> list[Found]:
    """Each by itself, until somebody has closed it."""
    return [
        Found(rule.on, one.bot, f"{one.bot}: somebody said that this was wrong. See the item, and `wetread incident "
              f"bundle {ident[:8]}`.", key=ident, item=one.item)
        for ident, one in await ground.facts.incidents(rule.bots)
    ]  # fmt: skip


async def _trouble(rule: Rule, ground: Ground) -> list[Found]:
    """The office adds its own troubles (watching.py)."""
    return []


Look = Callable[[Rule, Ground], Awaitable[list[Found]]]
LOOKS: Mapping[Cause, Look] = {
    "failures": _failures, "late": _late, "due_soon": _due_soon, "stopped": _stopped, "unanswered": _unanswered,
    "silence": _silence, "dead_letter": _dead_letter, "worker_lost": _worker_lost, "disk_low": _disk_low,
    "credential": _credential, "canary": _canary, "backup": _backup, "gap": _gap, "system_down": _system_down,
    "critical": _critical, "undelivered": _undelivered, "trouble": _trouble,
    "incident": _incident,
}  # fmt: skip


def _of(rule: Rule, one: Count, text: str) -> Found:
    return Found(rule.on, one.bot, text, code=one.code, item=one.item, count=one.count)


def _items(one: Count) -> str:
    return f"{one.count} item{_s(one.count)}"


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def _scope(scope: str) -> str:
    kind, colon, name = scope.partition(":")
    return f"{kind} {name}" if colon else "everything"


def _long(duration: timedelta) -> str:
    return _ago(duration.total_seconds())


def _ago(seconds: float) -> str:
    for name, size in (("d", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * size or (seconds >= size and seconds % size == 0):
            return f"{seconds / size:.0f} {name}"
    return f"{seconds:.0f} s"
