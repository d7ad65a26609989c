"""Roles of a site's people, and what each gives the right to: in the clerk's app, and on the dashboard. Whoever may
manage people may not, by that, see patients.

The clerk's app:

| right    | what for                                                                       |
|----------|--------------------------------------------------------------------------------|
| in       | be here: own language, own password                                            |
| start    | start bots, confirm whose order it is                                          |
| take     | pause orders, take them out of a bot's hands                                   |
| hand     | do a step of an order in the bot's window, and say that it is done             |
| watch    | see how orders go, without anything of patients                                |
| patients | see what names patients                                                        |
| drafts   | correct the administrative fields of a draft                                   |
| wrong    | say that an order was wrong, stop its bot then, take the bundle of it          |
| findings | accept, correct or reject what a model says                                    |
| release  | release a report                                                               |
| operate  | see why a bot cannot run on this machine                                       |
| people   | add people, change their roles, reset their sign-in                            |

The dashboard, which opens no payload and shows no picture that was not masked:

| right    | what for                                                                       |
|----------|--------------------------------------------------------------------------------|
| look     | see how all stands, items by their own numbers, bots, health                   |
| watch    | see pictures of screens, and what was said to be wrong                         |
| notes    | read what people wrote at an item: nothing keeps them from naming a patient    |
| find     | find an item by the number of its order                                        |
| numbers  | see the orders' numbers of a reconciliation; each look is told                 |
| wrong    | say that an item was wrong, take the bundle of it                              |
| stop     | stop everything, or a part: a stop costs time, what goes wrong on costs more   |
| decide   | open the sheets of letting a bot go live; who decides proves there who they are|
| operate  | all else: let it go on, send back, cancel, note, take up alerts, enable bots   |
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from robot_library.web.rights import Lasts, Rights

Role = Literal["clerk", "reviewer", "author", "operator", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
LinkRole = Literal["viewer", "operator"]
"""What a one-time link to the dashboard may let in as. A viewer is nobody's account: a screen on a wall."""
HERE = "local"
"""No role but a place: somebody who came in by the link of their own machine, whose own lock guards the screen."""
IDLE = 20 * 60.0
"""Seconds without anything done after which a session ends and its screen is blanked."""
_HOUR = 3600.0
_WHOLE = 12 * _HOUR


def clerks_rights(idle: float = IDLE) -> Rights:
    """What each role may in the clerk's app; `idle` in seconds."""
    gives = {
        "clerk": {"in", "start", "take", "hand", "watch", "wrong", "patients", "drafts"},
        "reviewer": {"in", "start", "take", "hand", "watch", "wrong", "patients", "drafts", "findings", "release"},
        "author": {"in", "watch", "wrong"},
        "operator": {"in", "take", "watch", "wrong", "operate"},
        "admin": {"in", "people"},
        HERE: {"in"},
    }
    lasts = {role: Lasts(_WHOLE, idle) for role in ROLES} | {HERE: Lasts(_WHOLE, _WHOLE)}
    return _rights(gives, lasts)


def dashboard_rights() -> Rights:
    """What each role may on the dashboard. Whoever is in with a name may stop: a switch that only some reach is a
    hazard. To let it go on takes an operator."""
    gives = {
        "viewer": {"look", "watch", "notes", "find"},
        "clerk": {"look", "watch", "notes", "find", "numbers", "wrong", "stop"},
        "reviewer": {"look", "watch", "notes", "find", "numbers", "wrong", "stop", "decide"},
        "author": {"look", "watch", "wrong", "stop", "decide"},
        "operator": {"look", "watch", "notes", "find", "numbers", "wrong", "stop", "decide", "operate"},
        "admin": {"look", "stop", "decide"},
    }
    # A viewer's screen may hang on a wall; an operator's may not be left open overnight, anybody else's not for long.
    lasts = {role: Lasts(_WHOLE, IDLE) for role in ROLES} | {
        "viewer": Lasts(30 * 24 * _HOUR, 30 * 24 * _HOUR), "operator": Lasts(_WHOLE, 4 * _HOUR),
    }  # fmt: skip
    return _rights(gives, lasts)


def _rights(gives: Mapping[str, set[str]], lasts: Mapping[str, Lasts]) -> Rights:
    return Rights({role: frozenset(rights) for role, rights in gives.items()}, lasts)
