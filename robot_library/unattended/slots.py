"""When a trigger by the clock comes: instants, right over both changes of the clocks.

What a time on the wall means is worked out here, from the zone data; APScheduler reads the crontab line.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

from robot_library.model.trigger import At, Cron, Every, Trigger

NextAfter = Callable[[datetime], datetime | None]
"""The first slot after an instant (aware, UTC or any zone); None if none comes any more."""
_MINUTE = timedelta(minutes=1)
_NEAR = timedelta(hours=4)
"""A change of the clocks further away than this changes nothing here."""


def slot_id(bot: str, moment: datetime) -> str:
    """What a slot is called on every host: chest-preread@2026-11-20T02:00:00+01:00."""
    return f"{bot}@{moment.isoformat(timespec='seconds')}"


def slot_moment(slot: str) -> datetime | None:
    """The instant in a slot's name; None if it is a slot of another kind."""
    try:
        moment = datetime.fromisoformat(slot.partition("@")[2])
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def next_after(trigger: Trigger, zone: str = "UTC") -> NextAfter | None:
    """When a trigger comes; None if it is not one by the clock. `zone` is the site's."""
    if trigger.cron is not None:
        return _cron(trigger.cron, ZoneInfo(trigger.cron.zone or zone))
    if trigger.every is not None:
        return _every(trigger.every.interval)
    if trigger.at is not None:
        return _at(trigger.at, ZoneInfo(trigger.at.zone or zone))
    if trigger.poll is not None and trigger.poll.source == "worklist":
        return _every(trigger.poll.every)
    return None


def timed(trigger: Trigger) -> Cron | Every | At | None:
    """The trigger's own settings for missed times; a poll never makes up for any."""
    return trigger.cron or trigger.every or trigger.at


def _every(interval: timedelta) -> NextAfter:
    step = interval.total_seconds()

    def find(moment: datetime) -> datetime:
        return datetime.fromtimestamp((moment.timestamp() // step + 1) * step, UTC)

    return find


def _at(at: At, zone: ZoneInfo) -> NextAfter:
    moment = first_instant(at.local, zone)
    return lambda after: moment if moment > after else None


def _cron(cron: Cron, zone: ZoneInfo) -> NextAfter:
    from apscheduler.triggers.cron import CronTrigger

    times = cron.times
    line = CronTrigger(
        minute=_listed(times.minutes), hour=_listed(times.hours), day=_listed(times.days),
        month=_listed(times.months), day_of_week=_listed({(day - 1) % 7 for day in times.weekdays}), timezone=UTC,
    )  # fmt: skip

    def find(after: datetime) -> datetime | None:
        """The earliest instant after `after` that a time on the wall stands for. Walls are walked in order."""
        best: datetime | None = None
        wall: datetime | None = _wall_before(after, zone)
        while (wall := _next_wall(line, wall)) is not None:
            meant = _meant(wall, zone, times.hourly)
            best = min((*(one for one in meant if one > after), *([best] if best else [])), default=None)
            if best is not None and first_instant(wall, zone) > best:
                break
        return best

    return find


def _next_wall(line: object, after: datetime | None) -> datetime | None:
    """The line's next time on the wall, without a zone. UTC has no changes, so it stands in for the wall."""
    if after is None:
        return None
    found = line.get_next_fire_time(None, after.replace(tzinfo=UTC) + _MINUTE)  # type: ignore[attr-defined]
    return found.replace(tzinfo=None) if found is not None else None


def _wall_before(after: datetime, zone: ZoneInfo) -> datetime:
    """A time on the wall from which nothing after `after` is missed."""
    local = after.astimezone(zone)
    near = [(after + shift).astimezone(zone).utcoffset() for shift in (-_NEAR, timedelta(0), _NEAR)]
    back = _NEAR if any(one != other for one, other in pairwise(near)) else timedelta(0)
    return local.replace(tzinfo=None, second=0, microsecond=0) - back


def _meant(wall: datetime, zone: ZoneInfo, hourly: bool) -> list[datetime]:
    """The instants to fire at for a time on the wall.

    At given hours: once, the first of two; jumped over, the end of the jump. In every hour: as often as it comes.
    """
    if not hourly:
        return instants(wall, zone)[:1]
    return [] if _jumped_over(wall, zone) else instants(wall, zone)


def instants(wall: datetime, zone: ZoneInfo) -> list[datetime]:
    """The instants at which a clock on the wall shows this time, in order; the end of the jump if it never does."""
    if _jumped_over(wall, zone):
        return [_end_of_jump(wall, zone)]
    both = {wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return [_shown(one, zone) for one in sorted(both)]


def first_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first instant of a time on the wall."""
    return instants(wall, zone)[0]


def _jumped_over(wall: datetime, zone: ZoneInfo) -> bool:
    there = wall.replace(tzinfo=zone)
    return there.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != wall


def _end_of_jump(wall: datetime, zone: ZoneInfo) -> datetime:
    """The instant at which the clocks are set forward over this time."""
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    after = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    offset = before.astimezone(zone).utcoffset()
    low, high = int(before.timestamp()), int(after.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        same = datetime.fromtimestamp(middle, zone).utcoffset() == offset
        low, high = (middle, high) if same else (low, middle)
    return _shown(datetime.fromtimestamp(high, UTC), zone)


def _shown(moment: datetime, zone: ZoneInfo) -> datetime:
    """As the zone shows it, with the offset of that moment: Python compares two times of one zone by the wall."""
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None
    return moment.astimezone(timezone(offset))


def _listed(numbers: frozenset[int] | set[int]) -> str:
    return ",".join(str(number) for number in sorted(numbers))
