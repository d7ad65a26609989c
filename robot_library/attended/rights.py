"""Roles of the clerk's app, and what each gives the right to. Whoever may manage people may not, by that, see patients.

| right    | what for                                                                       |
|----------|--------------------------------------------------------------------------------|
| in       | be here: own language, own password                                            |
| start    | start bots, confirm whose order it is                                          |
| take     | pause orders, take them out of a bot's hands                                   |
| hand     | do a step of an order in the bot's window, and say that it is done             |
| watch    | see how orders go, without anything of patients                                |
| patients | see what names patients                                                        |
| drafts   | correct the administrative fields of a draft                                   |
| wrong    | say that an order was wrong, stop its bot then, take the bundle of it           |
| findings | accept, correct or reject what a model says                                    |
| release  | release a report                                                               |
| operate  | see why a bot cannot run on this machine                                       |
| people   | add people, change their roles, reset their sign-in                            |
"""

from __future__ import annotations

from typing import Literal, get_args

from robot_library.web.rights import Lasts, Rights

Role = Literal["clerk", "reviewer", "author", "operator", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
HERE = "local"
"""No role but a place: somebody who came in by the link of their own machine, whose own lock guards the screen."""
IDLE = 20 * 60.0
"""Seconds without anything done after which a session ends and its screen is blanked."""
_WHOLE = 12 * 3600.0


def rights(idle: float = IDLE) -> Rights:
    """What each role may; `idle` in seconds."""
    gives = {
        "clerk": {"in", "start", "take", "hand", "watch", "wrong", "patients", "drafts"},
        "reviewer": {"in", "start", "take", "hand", "watch", "wrong", "patients", "drafts", "findings", "release"},
        "author": {"in", "watch", "wrong"},
        "operator": {"in", "take", "watch", "wrong", "operate"},
        "admin": {"in", "people"},
        HERE: {"in"},
    }
    lasts = {role: Lasts(_WHOLE, idle) for role in ROLES} | {HERE: Lasts(_WHOLE, _WHOLE)}
    return Rights({role: frozenset(rights) for role, rights in gives.items()}, lasts)
