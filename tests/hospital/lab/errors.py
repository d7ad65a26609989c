"""The one error of the lab: what was being done, why it failed, what a person can do about it."""

from __future__ import annotations


class LabError(Exception):
    """A step of the lab failed. A test run that needs the lab fails with this; it never skips."""

    def __init__(self, step: str, cause: str, cure: str) -> None:
        super().__init__(f"{step}: {cause.strip()}\n  cure: {cure}")
        self.step, self.cause, self.cure = step, cause, cure
