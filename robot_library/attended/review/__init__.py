"""Review: what a person is asked with all it takes to answer, the answer, and the signature.

    queue      which questions wait, in which order, and the next one
    item       one question: who it is, the film, what the model says, the draft
    pictures   a film's own values for the viewer, and what the model marked
    answering  a hold, what was typed so far, the answer: through the desk, as `wetread answer` gives it
    takers     whom a question can be sent to
    drafts     which fields of the draft a person may edit, and which they did
    model      what the skill that answered is made for, and what not
    pacs       where the study opens in the PACS

In static/, grayscale.js and viewer.js show a film in the browser exactly as DICOM says; review.js does the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from starlette.routing import BaseRoute

from robot_library.attended.house import House
from robot_library.attended.review.answering import Answering
from robot_library.attended.review.item import Items
from robot_library.attended.review.pictures import Pictures
from robot_library.attended.review.queue import Queue
from robot_library.attended.rooms import Room, Tab
from robot_library.web.shell import Ask, Shell


def _routes(shell: Shell, house: House) -> Sequence[BaseRoute]:
    page, act, queue = shell.page, shell.act, Queue(house)
    items, pictures, answering = Items(house, queue), Pictures(house), Answering(house, queue)
    return [
        page("/review", queue.page, role="patients"),
        page("/review/{item}", items.page, role="patients"),
        page("/review/{item}/hold", items.hold, role="patients"),
        page("/review/{item}/images/{number:int}", pictures.image, role="patients"),
        page("/review/{item}/marks", pictures.marks, role="patients"),
        page("/review/{item}/picture", pictures.picture, role="patients"),
        act("/review/{item}/take", answering.take, role="drafts"),
        act("/review/{item}/renew", answering.renew, role="drafts"),
        act("/review/{item}/save", answering.save, role="drafts"),
        act("/review/{item}/leave", answering.leave, role="drafts"),
        act("/review/{item}/answer", answering.answer, role="findings"),
    ]


async def _tabs(house: House, ask: Ask) -> Sequence[Tab]:
    waiting = await house.desk.reviews.waiting() if ask.may("patients") else []
    return [Tab("/review", "review", "gr", "patients", len(waiting), hot=any(one.urgent for one in waiting))]


async def _changes(house: House) -> Mapping[str, str]:
    return {"reviews": await house.desk.reviews.changes()}


REVIEW = Room(Path(__file__).parent, _routes, _tabs, _changes)
