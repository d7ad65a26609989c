"""Every attribute of an object, in every nested sequence, held against the table; what was done is counted."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from pydicom.datadict import dictionary_has_tag, dictionary_VR, repeater_has_tag
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag

from robot_library.imaging.deidentify import dates, dummies, private, structured
from robot_library.imaging.deidentify.profile import Act, Profile
from robot_library.imaging.deidentify.pseudonyms import Pseudonyms
from robot_library.imaging.deidentify.table import row_of
from robot_library.imaging.deidentify.words import harmless

BEYOND = "beyond the table"
_FREE = frozenset({"PN", "LT", "ST", "UT", "UC", "UR", "AE"})
_TIMES = frozenset({"DA", "DT", "TM"})
_WORDS = _FREE | _TIMES | {"LO", "SH", "CS"}
_TYPED = frozenset({0x00380102, 0x00400255, 0x00401060, 0x00700081, 0x30040006, 0x300600C8})
"""Comments and descriptions that people type, of a VR that is else for labels of machines: ContentDescription, …"""
_GONE = frozenset({0x00100033, 0x00100034, 0x00401006, 0x00401007, 0x00402006, 0x00402007, 0x04000500})
"""Beyond the table, a person's all the same: days of birth and death in another calendar, order numbers of retired
attributes, and the original's own attributes, encrypted for somebody else."""
_STAYING = frozenset({0x0008010F, 0x00080115, 0x00080119, 0x00080120})
"""Names of coding schemes and code values: CodingSchemeName, their URL and long code values."""
_CLASSES = frozenset({0x00080016, 0x00081150, 0x0008010C, 0x0008010D, 0x00080117, 0x00080118, 0x00041510, 0x0020000B})
"""UIDs that name a class, a scheme or a context group, a vendor's own included."""
_MEANING = 0x00080104
_STRUCTURED = 0x0040A730
_PIXELS = 0x7FE0
_PATIENT = (0x00100010, 0x00100020)
_OLDEST = 89
_AGE = re.compile(r"\d{1,3}[DWMY]")
DEPTH = 60


class Walk:
    """Cleans data sets in place. `patient` is whose stand-ins are used, `graphics` overlay groups that may stay."""

    def __init__(
        self, profile: Profile, pseudonyms: Pseudonyms, patient: str, graphics: frozenset[int] = frozenset()
    ) -> None:
        self.profile, self.pseudonyms = profile, pseudonyms
        self.counts: Counter[tuple[str, str, str]] = Counter()
        """(tag with its path, what was done, rule) → how often."""
        self._name = pseudonyms.patient(patient)
        self._days = pseudonyms.days(patient)
        self._graphics = graphics

    def clean(self, dataset: Dataset, path: str = "") -> None:
        """One data set and all below it."""
        if path.count("/") > DEPTH:
            raise ValueError("sequences are nested too deep")
        blocks = private.safe_blocks(dataset) if self.profile.has("retain-private") else set()
        for tag in list(dataset.keys()):
            if tag.is_private:
                self._private(dataset, tag, blocks, path)
            elif 0x5000 <= tag.group <= 0x50FF or 0x6000 <= tag.group <= 0x60FF:
                self._drawn(dataset, tag, path)
            elif tag in _GONE or (path and tag.group == _PIXELS):
                del dataset[tag]
                self._told(path, tag, "removed", BEYOND)
            elif (row := row_of(tag)) is not None:
                act, rule = self.profile.act(row)
                self._apply(dataset, tag, act, rule, path)
            else:
                self._beyond(dataset, tag, path)

    def _told(self, path: str, tag: BaseTag, done: str, rule: str) -> None:
        self.counts[f"{path}({tag.group:04X},{tag.element:04X})", done, rule] += 1

    def _private(self, dataset: Dataset, tag: BaseTag, blocks: set[BaseTag], path: str) -> None:
        if tag in blocks or (blocks and not tag.is_private_creator and private.safe(dataset, tag)):
            self._told(path, tag, "kept", "K retain-private")
            return
        del dataset[tag]
        self._told(path, tag, "removed", "private")

    def _drawn(self, dataset: Dataset, tag: BaseTag, path: str) -> None:
        """An overlay's plane stays with what describes it, and without what was written about it, or all goes."""
        written = tag.element in (0x0022, 0x1500, 0x4000)
        if tag.group in self._graphics and not written:
            return
        del dataset[tag]
        self._told(path, tag, "removed", "X")

    def _apply(self, dataset: Dataset, tag: BaseTag, act: Act, rule: str, path: str) -> None:
        if act == "remove":
            del dataset[tag]
            self._told(path, tag, "removed", rule)
            return
        element = dataset[tag]
        if element.VR == "SQ":
            self._sequence(dataset, element, act, rule, path)
            return
        value, done = self._value(element, act)
        if value is None and act == "clean" and (row := row_of(tag)):  # what cannot stay goes as without the option
            value, done = self._value(element, self.profile.basic(row))
        if value is None:
            del dataset[tag]
        elif done != "kept":
            dataset[tag] = DataElement(tag, element.VR, value)
        self._told(path, tag, done, rule)

    def _value(self, element: DataElement, act: Act) -> tuple[Any, str]:
        """The new value and what was done; None: the attribute goes."""
        if element.tag in _PATIENT and act in ("empty", "replace"):
            return self._name, "replaced"
        if act == "keep":
            return self._kept(element)
        if element.VR == "UI" and act in ("replace", "remap", "inside"):
            return self._remapped(element.value), "remapped"
        if act == "clean":
            return self._cleaned(element)
        if act == "remove":
            return None, "removed"
        if act == "empty":
            return "" if element.VR not in _BINARY else b"", "emptied"
        return dummies.dummy(element.VR), "replaced"

    def _kept(self, element: DataElement) -> tuple[Any, str]:
        text = str(element.value or "").strip(" \0").upper()
        if element.VR == "AS" and text and not _AGE.fullmatch(text):
            return None, "removed"
        if element.VR == "AS" and text.endswith("Y") and int(text[:-1]) > _OLDEST:
            return f"{_OLDEST + 1:03d}Y", "replaced"
        return element.value if element.value is not None else "", "kept"

    def _cleaned(self, element: DataElement) -> tuple[Any, str]:
        texts = _texts(element.value)
        if element.VR in _TIMES:
            moved = [dates.shift(text, element.VR, self._days) for text in texts]
            whole = [text for text in moved if text is not None]
            return (whole, "shifted") if len(whole) == len(texts) else (dummies.dummy(element.VR), "replaced")
        if texts and all(harmless(text) for text in texts):
            return element.value, "kept"
        return None, "removed"

    def _remapped(self, value: Any) -> Any:
        return [self.pseudonyms.uid(text) for text in _texts(value)]

    def _sequence(self, dataset: Dataset, element: DataElement, act: Act, rule: str, path: str) -> None:
        tag, items = element.tag, list(element.value)
        below = f"{path}({tag.group:04X},{tag.element:04X})/"
        if act in ("keep", "inside", "remap"):
            for item in items:
                self.clean(item, below)
            return
        if act == "empty" or not items:
            left, done = [], "emptied"
        elif act == "clean":
            left, done = self._cleaned_items(items, rule, below), "cleaned"
            if not left and tag == _STRUCTURED:
                left = [dummies.content_item()]
        elif tag == _STRUCTURED:
            left, done = [dummies.content_item()], "replaced"
        else:
            left, done = [dummies.blanked(items[0], self.pseudonyms)], "replaced"
        dataset[tag] = DataElement(tag, "SQ", Sequence(left))
        self._told(path, tag, done, rule)

    def _cleaned_items(self, items: list[Dataset], rule: str, below: str) -> list[Dataset]:
        if rule.endswith("clean-graphics"):
            return [dummies.drawn(item, self.pseudonyms) for item in items]
        return structured.clean_items(items, self, below)

    def _beyond(self, dataset: Dataset, tag: BaseTag, path: str) -> None:
        """What the table leaves alone and may still hold text, a day, an object's UID, or nobody knows what."""
        known = dictionary_has_tag(tag) or repeater_has_tag(tag)
        element = dataset[tag] if known and tag.element else None
        if element is None or element.VR == "UN" or _is_not_what_it_says(element):
            del dataset[tag]
            self._told(path, tag, "removed", "unknown")
        elif element.VR == "SQ":
            for item in element.value:
                self.clean(item, f"{path}({tag.group:04X},{tag.element:04X})/")
        elif element.VR == "UI" and tag not in _CLASSES:
            if not self.profile.has("retain-uids") and (new := self._remapped(element.value)) != _texts(element.value):
                dataset[tag] = DataElement(tag, "UI", new)
                self._told(path, tag, "remapped", BEYOND)
        elif (tag == _MEANING or tag in _TYPED) and not self._said(dataset, element):
            dataset[tag] = DataElement(tag, element.VR, dummies.dummy(element.VR))
            self._told(path, tag, "replaced", BEYOND)
        elif element.VR in _FREE | _TIMES and tag not in _STAYING and _texts(element.value):
            self._free(dataset, element, path)

    def _said(self, item: Dataset, element: DataElement) -> bool:
        """Whether a code's meaning, or a text, is that of a standard's code, or medical words only: not what a site or
        a person made up."""
        return structured.standard(item) or all(harmless(text) for text in _texts(element.value))

    def _free(self, dataset: Dataset, element: DataElement, path: str) -> None:
        profile, vr = self.profile, element.VR
        if vr in _TIMES and profile.has("retain-dates"):
            return
        value, done = dummies.dummy(vr), "replaced"
        if (vr in _TIMES and profile.has("shift-dates")) or (vr not in _TIMES and profile.has("clean-descriptors")):
            value, done = self._cleaned(element)
        if value is None:
            value, done = dummies.dummy(vr), "replaced"
        if done != "kept":
            dataset[element.tag] = DataElement(element.tag, vr, value)
        self._told(path, element.tag, done, BEYOND)


def _is_not_what_it_says(element: DataElement) -> bool:
    """Text or bytes under a tag that holds none: a damaged tag may have another attribute's value."""
    own = set(dictionary_VR(element.tag).split(" or "))
    return (element.VR in _WORDS and element.VR not in own) or (element.VR in _BINARY and not own & _BINARY)


_BINARY = frozenset({"OB", "OW", "OF", "OD", "OL", "OV", "UN"})


def _texts(value: Any) -> list[str]:
    if value is None or value == "":
        return []
    return [str(one) for one in value] if isinstance(value, MultiValue | list) else [str(value)]
