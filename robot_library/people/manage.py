"""What is done to people, from the command line as from the page: told to the audit trail first; whoever is in under
what no longer holds is sent away at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from robot_library.model.audit import Happened
from robot_library.people.book import Book, Person
from robot_library.web.doors import Doors


class Manage:
    """The people of one home. `doors` are those of every application they come into; `tell` writes to the audit trail,
    and raises what keeps it from being done."""

    def __init__(self, book: Book, doors: Sequence[Doors], tell: Callable[[Happened], None]) -> None:
        self._book, self._doors, self._tell = book, doors, tell

    def add(self, name: str, roles: Sequence[str], who: str) -> tuple[Person, str]:
        """Somebody new, and the token of their invitation."""
        self._book.can_add(name, roles)
        self._told(f"add person ({', '.join(roles)})", who, name)
        token = self._book.add(name, roles)
        return self._book.get(name), token

    def give(self, name: str, roles: Sequence[str], who: str) -> Person:
        """These are their roles from now on. SetupError if nobody who may manage people were left."""
        self._book.can_change(name, roles)
        self._told(f"change roles ({', '.join(roles)})", who, name)
        person = self._book.give(name, roles)
        self._leave_all(person.name)
        return person

    def disable(self, name: str, who: str) -> Person:
        """Let them in no more. SetupError as for `give`."""
        self._book.can_change(name, None)
        self._told("disable person", who, name)
        person = self._book.disable(name)
        self._leave_all(person.name)
        return person

    def let_in_again(self, name: str, who: str) -> Person:
        """Somebody who was disabled comes in as before."""
        self._book.get(name)
        self._told("let person in again", who, name)
        return self._book.let_in_again(name)

    def reset(self, name: str, who: str) -> tuple[Person, str]:
        """Forget password and second factor; the token of a new invitation."""
        self._book.own(name)
        self._told("reset person", who, name)
        token = self._book.reset(name)
        person = self._book.get(name)
        self._leave_all(person.name)
        return person, token

    def send_away(self, name: str, who: str) -> int:
        """End every session of theirs; how many there were."""
        person = self._book.get(name)
        self._told("end sessions", who, name)
        return self._leave_all(person.name)

    def _leave_all(self, name: str) -> int:
        return sum(doors.leave_all(name) for doors in self._doors)

    def _told(self, what: str, who: str, about: str) -> None:
        self._tell(Happened("decision", what, person=who, about=about.strip().casefold()[:64]))
