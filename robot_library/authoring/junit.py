"""Verdicts as JUnit XML, which CI systems show."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree as Xml

from robot_library.authoring.trying import Tried

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(tried: Sequence[Tried]) -> str:
    """One suite for each workflow, one test case for each case."""
    root = Xml.Element("testsuites")
    for workflow in dict.fromkeys(one.workflow for one in tried):
        mine = [one for one in tried if one.workflow == workflow]
        counts = {
            "tests": len(mine),
            "failures": sum(bool(one.differences) for one in mine),
            "errors": sum(bool(one.error) for one in mine),
            "time": f"{sum(one.seconds for one in mine):.3f}",
        }
        suite = Xml.SubElement(root, "testsuite", {"name": workflow, **{k: str(v) for k, v in counts.items()}})
        for one in mine:
            about = {"name": one.case.case, "classname": workflow, "time": f"{one.seconds:.3f}"}
            entry = Xml.SubElement(suite, "testcase", about)
            if one.error:
                Xml.SubElement(entry, "error", {"message": _clean(one.error), "type": "error"})
            elif one.differences:
                message = _clean("; ".join(difference.what for difference in one.differences))
                failure = Xml.SubElement(entry, "failure", {"message": message, "type": "difference"})
                failure.text = _clean("\n".join(map(str, one.differences)))
    Xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(root, encoding="unicode") + "\n"


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
