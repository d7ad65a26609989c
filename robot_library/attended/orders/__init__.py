"""Orders on their way: how each goes, step by step, and what a person may do about it.

progress    the steps there are, the one at hand, the time it will still take
pages       the list, one order, its pictures, what is done to it
hands       a person does one step in the bot's own window
wrong       somebody says that it was wrong; the switch and the bundle beside it
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from starlette.routing import BaseRoute

from robot_library.attended.house import House
from robot_library.attended.orders.hands import Hands
from robot_library.attended.orders.pages import Orders, asking
from robot_library.attended.orders.wrong import Wrong
from robot_library.attended.rooms import Room, Tab
from robot_library.web.shell import Ask, Shell


def _routes(shell: Shell, house: House) -> Sequence[BaseRoute]:
    orders, hands, wrong = Orders(house), Hands(house), Wrong(house)
    return [
        shell.page("/orders", orders.all, role="watch"),
        shell.page("/orders/{item}", orders.one, role="watch"),
        shell.page("/orders/{item}/pictures/{blob}", orders.picture, role="watch"),
        shell.act("/orders/{item}/patient", orders.patient, role="patients"),
        shell.act("/orders/{item}/pause", orders.pause, role="take"),
        shell.act("/orders/{item}/go-on", orders.go_on, role="take"),
        shell.act("/orders/{item}/take", orders.take, role="take"),
        shell.act("/orders/{item}/hand", hands.ask_for, role="hand"),
        shell.act("/orders/{item}/hand/done", hands.done, role="hand"),
        shell.act("/orders/{item}/hand/back", hands.back, role="hand"),
        shell.act("/orders/{item}/wrong", wrong.say, role="wrong"),
        shell.act("/orders/{item}/stop", wrong.stop, role="wrong"),
        shell.act("/orders/{item}/bundle", wrong.bundle, role="wrong"),
        shell.page("/orders/{item}/bundle/clear", wrong.ask_clear, role="patients"),
        shell.act("/orders/{item}/bundle/clear", wrong.clear, role="patients"),
        *(wrong.proofs.routes(shell) if wrong.proofs else ()),
    ]


async def _tabs(house: House, ask: Ask) -> Sequence[Tab]:
    count = len(await asking(house, ask.who)) if ask.may("patients") else 0
    return [Tab("/orders", "orders", "gw", "watch", count, hot=True)]


ORDERS = Room(Path(__file__).parent, _routes, _tabs)
