"""The acceptance guard: the only place where a finding becomes one that may be reported.

An Accepted carries a seal under the site key over all it says. Whoever uses one checks the seal, so no
step, plug-in or edited database row can make up an accepted finding.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable

from robot_library.errors import NeedsPerson
from robot_library.interfaces import PersonAnswer
from robot_library.model.finding import Abstention, Accepted, Finding


class AcceptanceGuard:
    """Implements interfaces.Acceptance. `mac` is a keyed hash of text under the site key."""

    def __init__(self, mac: Callable[[str], str]) -> None:
        self._mac = mac

    def by_operating_point(self, finding: Finding) -> Accepted | None:
        """Accepted if the skill's own certified points decided it; None if it is uncertain."""
        if finding.decision == "uncertain" or not finding.operating_point:
            return None
        return self._sealed(
            Accepted(finding=finding, by="operating_point", who=finding.operating_point, decision=finding.decision)
        )

    def by_person(self, finding: Finding | Abstention, answer: PersonAnswer) -> Accepted:
        """A person's word on a finding. A rejection, or an answer without a decision, is NeedsPerson."""
        if isinstance(finding, Abstention):
            raise NeedsPerson("the skill abstained; there is no finding a person could accept.")
        if answer.verdict == "reject":
            why = f" ({answer.reason.replace('_', ' ')})" if answer.reason else ""
            raise NeedsPerson(f"a person rejected the finding{why}.")
        decision = answer.decision
        if decision is None and answer.verdict == "accept" and finding.decision != "uncertain":
            decision = finding.decision
        if decision is None or not answer.who.strip():
            raise NeedsPerson("the answer does not say who decided, or what.")
        said = {"who": answer.who, "decision": decision, "note": answer.note, "edits": dict(answer.edits)}
        return self._sealed(Accepted.model_validate({"finding": finding, "by": "person", **said}))

    def verify(self, accepted: Accepted) -> None:
        """NeedsPerson unless the seal holds."""
        if not hmac.compare_digest(self._seal(accepted).encode(), accepted.seal.encode("utf-8", "replace")):
            raise NeedsPerson("a finding claims to be accepted, but its seal does not hold.")

    def _sealed(self, accepted: Accepted) -> Accepted:
        return accepted.model_copy(update={"seal": self._seal(accepted)})

    def _seal(self, accepted: Accepted) -> str:
        # What was sealed before there were edits holds still.
        said = accepted.model_dump(mode="json", exclude={"seal"} if accepted.edits else {"seal", "edits"})
        return self._mac("accepted:" + json.dumps(said, sort_keys=True, ensure_ascii=True))
