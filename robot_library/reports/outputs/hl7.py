"""HL7 v2.5.1: ORU^R01 for one step of a report, as ER7 text.

The message is written here, with exact escaping, and then held against the standard by hl7apy: that library takes a
backslash in somebody's text for an escape sequence of its own, and has no line breaks within formatted text.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from robot_library.errors import NotDelivered
from robot_library.model.finding import Measurement
from robot_library.model.release import ReportVersion
from robot_library.model.skill.outputs import Code
from robot_library.reports.outputs.codes import ABSENT, FINDINGS, HL7, PRESENT, known
from robot_library.reports.outputs.stage import Stage, stage

_ESCAPES: Mapping[str, str] = {"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "&": "\\T\\", "~": "\\R\\"}
_CODE = 20
"""Characters of a code (CWE-1)."""
_EMPTIED = '""'
"""HL7's word for "nothing stands here any more"; an empty field would leave what was sent before."""
_NO_RESULT = "X"
"""OBX-11 of a number that there is none of: what an earlier version may have said of it no longer holds."""
_TAKEN_BACK = {5: "", 11: _NO_RESULT}
_STEPS = 3
_STUDY = Code(scheme="DCM", value="113014", meaning="DICOM Study")
_SAY_SOMETHING = ("FT", "CWE", "NM")
_PDF = Code(scheme="LOINC", value="60591-5", meaning="Report as PDF")


def control_id(letter: str) -> str:
    """MSH-10: the same whenever the same step is sent again; 20 characters."""
    return hashlib.sha256(letter.encode()).hexdigest()[:20]


def escaped(text: str, *, lines: bool = False) -> str:
    """Text as part of a field. `lines`: of type FT, where a line break has a sequence of its own; else it is a space.
    Other control characters would end the segment or mean nothing: they become spaces."""
    out = []
    for letter in text.replace("\r\n", "\n").replace("\r", "\n"):
        if letter == "\n":
            out.append("\\.br\\" if lines else " ")
        else:
            out.append(_ESCAPES.get(letter, letter if letter.isprintable() or letter == "\u00a0" else " "))
    return "".join(out)


def plainly(value: float) -> str:
    """A number as type NM has it, which knows no exponent: six digits, and no fewer than three places."""
    digits = f"{value:.3f}" if abs(value) >= 1000 else format(Decimal(f"{value:.6g}"), "f")
    short = digits.rstrip("0").rstrip(".") if "." in digits else digits
    return "0" if short == "-0" else short


def oru_r01(
    version: ReportVersion, letter: str, *, header: tuple[str, str, str, str] = ("WETREAD", "", "", ""),
    processing: str = "P", pdf: bytes | None = None, before: Sequence[ReportVersion] = (),
) -> str:  # fmt: skip
    """The message, segments ended by carriage returns. `letter` names the delivery; `header` is MSH-3 to MSH-6;
    `before` is what the receiver has got of this report. NotDelivered if hl7apy finds that it is no ORU^R01: a defect.
    """
    now = stage(version)
    rows = [_msh(version, letter, header, processing), _pid(version), _orc(version), _obr(version, now)]
    rows += [
        _row({"OBX": "", 1: str(place + 1), 11: now.hl7, **row, 14: _time(version.changed)})
        for place, row in enumerate(_void(_observations(version, now, pdf, before), now))
    ]
    message = "\r".join(rows) + "\r"
    return _held_to_the_standard(message)


def _held_to_the_standard(message: str) -> str:
    from hl7apy.consts import VALIDATION_LEVEL
    from hl7apy.exceptions import HL7apyException
    from hl7apy.parser import parse_message

    try:
        parse_message(message, validation_level=VALIDATION_LEVEL.STRICT, force_validation=True)
    except (HL7apyException, ValueError) as failure:  # its message quotes the values
        raise NotDelivered("NotHl7", f"the report makes no valid ORU^R01 ({type(failure).__name__}).", again=False) \
            from None  # fmt: skip
    return message


def _row(fields: dict[Any, str]) -> str:
    """A segment: its name first, fields by number."""
    name, *_ = fields
    numbers = [number for number in fields if isinstance(number, int)]
    return "|".join([str(name), *(fields.get(number, "") for number in range(1, max(numbers) + 1))]).rstrip("|")


def _msh(version: ReportVersion, letter: str, header: tuple[str, str, str, str], processing: str) -> str:
    ours, facility, theirs, place = (escaped(part) for part in header)
    return (
        f"MSH|^~\\&|{ours}|{facility}|{theirs}|{place}|{_time(version.changed)}||ORU^R01^ORU_R01|{control_id(letter)}"
        f"|{processing}|2.5.1||||||UNICODE UTF-8"
    )


def _pid(version: ReportVersion) -> str:
    who = version.content.subject
    name = [who.name.family, who.name.given, who.name.middle, who.name.suffix, who.name.prefix]
    return _row({
        "PID": "", 1: "1", 3: f"{escaped(who.id.value)}^^^{escaped(who.id.issuer or '')}^MR",
        5: "^".join(escaped(part) for part in name).rstrip("^"),
        7: who.birth_date.strftime("%Y%m%d") if who.birth_date else "", 8: who.sex,
    })  # fmt: skip


def _filler(version: ReportVersion) -> str:
    return version.content.order.filler or version.report[:22]


def _orc(version: ReportVersion) -> str:
    order = version.content.order
    return _row({"ORC": "", 1: "RE", 2: escaped(order.placer), 3: escaped(_filler(version))})


def _obr(version: ReportVersion, now: Stage) -> str:
    order, study, signed = version.content.order, version.content.study, version.released or version.reviewed
    return _row({
        "OBR": "", 1: "1", 2: escaped(order.placer), 3: escaped(_filler(version)),
        4: _service(order.code or version.content.code, order.procedure or version.content.title),
        7: _time(study.started) if study.started else "", 18: escaped(order.accession),
        22: _time(version.changed), 24: "RAD", 25: now.order or now.hl7,
        32: f"&{escaped(signed.who)}" if signed else "",
    })  # fmt: skip


def _observations(
    version: ReportVersion, now: Stage, pdf: bytes | None, before: Sequence[ReportVersion]
) -> Iterator[dict[int, str]]:
    """OBX rows by field number, without number, status and time."""
    said = version.content
    yield {2: "TX", 3: _coded(said.code, said.title), 5: escaped(now.words)}
    for one in said.sections:
        code = one.code or Code(scheme="L", value=one.id[:20], meaning=one.title or one.id)
        yield {2: "FT", 3: _coded(code, one.title or one.id), 5: escaped(one.text, lines=True) or _EMPTIED}
    for place, found in enumerate(said.findings):
        part = str(place + 1)
        decided = PRESENT if found.decision == "positive" else ABSENT
        yield {2: "CWE", 3: _coded(found.code, found.label), 4: part, 5: _coded(decided, decided.meaning)}
        there = found.decision == "positive"
        # What is absent now may have been there, with its size, in what was sent before.
        spoken_of = found if there or _straight(version) else found.model_copy(update={"decision": "positive"})
        numbers = spoken_of.measured
        yield from (_number(each, part) if there else {**_number(each, part), **_TAKEN_BACK} for each in numbers)
        # So may a number have been that somebody has taken out of the text since, or written anew.
        gone = {each.name: each for one in before for each in _measured(one, found.label)}
        for each in numbers:
            gone.pop(each.name, None)
        yield from ({**_number(each, part), **_TAKEN_BACK} for each in gone.values())
        if found.note:
            yield {2: "FT", 3: _coded(FINDINGS, "Note"), 4: part, 5: escaped(found.note, lines=True)}
    yield {2: "ST", 3: _coded(_STUDY, "DICOM Study"), 5: escaped(said.study.uid)}
    if pdf:
        yield {
            2: "ED",
            3: _coded(_PDF, "Report as PDF"),
            5: f"^application^pdf^Base64^{base64.b64encode(pdf).decode()}",
        }


def _number(one: Measurement, part: str) -> dict[int, str]:
    scheme, _, value = one.code.partition(":")
    measured = Code(scheme=scheme, value=value, meaning=one.name) if value else None
    unit = f"{escaped(one.unit)}^{escaped(one.unit)}^UCUM" if one.unit else ""
    return {2: "NM", 3: _coded(measured, one.name), 4: part, 5: plainly(one.value), 6: unit}


def _measured(version: ReportVersion, label: str) -> list[Measurement]:
    return [each for one in version.content.findings if one.label == label for each in one.measured]


def _straight(version: ReportVersion) -> bool:
    """Drafted, reviewed, released: nothing else of it was ever sent."""
    return version.relation == "first" and version.step <= _STEPS


def _void(rows: Iterator[dict[int, str]], now: Stage) -> Iterator[dict[int, str]]:
    """Of a report that was entered in error each observation is named, so that it is posted as wrong, and said to be
    so; what it said is not repeated."""
    for row in rows:
        void = now.void and row[2] in _SAY_SOMETHING
        yield {**row, 2: "TX", 5: escaped(now.words), 6: "", 11: now.hl7} if void else row


def _coded(code: Code | None, text: str) -> str:
    if code is None:
        return f"{_short(text)}^{escaped(text)}^L"
    return f"{escaped(code.value)}^{escaped(code.meaning or text)}^{known(code, HL7) or 'L'}"


def _short(text: str) -> str:
    """As much of it as a code may be long, no sequence cut in two: half of one would run into what follows."""
    out = ""
    for letter in text:
        if len(out) + len(escaped(letter)) > _CODE:
            break
        out += escaped(letter)
    return out


def _service(code: Code, words: str) -> str:
    """The code, and what the order itself calls it."""
    return f"{_coded(code, words)}^{_short(words)}^{escaped(words)}^L"


def _time(moment: datetime | date) -> str:
    if not isinstance(moment, datetime):
        return moment.strftime("%Y%m%d")
    return moment.astimezone(UTC).strftime("%Y%m%d%H%M%S+0000")
