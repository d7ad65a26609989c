"""A delivery that is not encrypted, to another machine (warning).

`security: clear` sends reports with the patient's name over the network as they are. HL7 and DICOM are often run so
within a network of their own; then leave it, and know it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from robot_library.lint.places import at
from robot_library.lint.rule import SiteRule, SiteSubject
from robot_library.lint.subject import note
from robot_library.model.alerting import on_this_machine
from robot_library.model.delivery import Delivery
from robot_library.model.diagnostic import Diagnostic
from robot_library.parsing.nodes import MapNode, Node


def check(subject: SiteSubject) -> Iterator[Diagnostic]:
    """Every receiver that is another machine and gets reports in clear."""
    yield from in_clear(subject.site.deliveries, subject.node, "WR806")
    there = subject.node.get("environments")
    for name, one in subject.site.environments.items():
        inner = there.get(name) if isinstance(there, MapNode) else None
        yield from in_clear(one.deliveries, inner or subject.node, "WR806")


def in_clear(deliveries: Mapping[str, Delivery], node: Node, code: str) -> Iterator[Diagnostic]:
    """Of these deliveries."""
    for name, delivery in deliveries.items():
        target = delivery.hl7 or delivery.dicom
        if target is not None and target.security == "clear" and not on_this_machine(target.host):
            place = at(node, "deliveries", name, delivery.kind, "security")
            yield note(place, code, f"reports go to '{name}' in clear", "Write security: tls, if it can.", "warning")


RULE = SiteRule("WR806", "site", check)
