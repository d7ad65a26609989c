"""Why a skill gives no answer: every code, with what it means and what a person can do."""

from __future__ import annotations

from enum import StrEnum


class AbstentionCode(StrEnum):
    """Stable codes of abstentions; `explanation` is plain text for the reader, without any value of the patient."""

    explanation: str

    def __new__(cls, value: str, explanation: str) -> AbstentionCode:
        """A member from its code and its explanation."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.explanation = explanation
        return member

    SOURCE = "source", "the pixels come from a source the skill does not allow (a screen capture, for instance)"
    MODALITY_MISSING = "modality_missing", "the header does not say which modality made the image"
    MODALITY = "modality", "the image is of another modality than the skill was made for"
    INTENT_MISSING = "intent_missing", "the header does not say whether the pixels are for presentation"
    INTENT = "intent", "the pixels are not for presentation (raw detector data, for instance)"
    AGE_MISSING = "age_missing", "the header gives no age and no birth date with a study date"
    AGE_OUT_OF_RANGE = "age_out_of_range", "the patient's age is outside the range the skill was trained on"
    VIEW_MISSING = "view_missing", "the header does not say which view this is"
    VIEW = "view", "the view is not one the skill was trained on (a lateral film, for instance)"
    ORIENTATION = "orientation", "the image, or its slices, lie otherwise than those of the training"
    BODY_PART = "body_part", "the header names another part of the body"
    FRAMES = "frames", "the object holds several frames; the skill reads one film"
    LOSSY_UNKNOWN = "lossy_unknown", "the image was lossily compressed and the header does not say how strongly"
    LOSSY = "lossy", "the image was lossily compressed more strongly than the skill allows"
    SPACING_MISSING = "spacing_missing", "the skill measures lengths and the header gives no pixel spacing"
    OTHER_SKILL = "other_skill", "a skill that must agree first did not find this image to be what it should be"
    TEXT_EMPTY = "text_empty", "there is no text to read"
    TEXT_TOO_LONG = "text_too_long", "the text is longer than the skill reads"
    VALUE_MISSING = "value_missing", "a value that the skill needs is missing"
    VALUE_OUT_OF_RANGE = "value_out_of_range", "a value lies outside the range the skill was made for"
    ROWS = "rows", "there are more or fewer rows of values than the skill reads"
    SERIES = "series", "the series of the stack do not make up one volume"
    NOT_FINITE = "not_finite", "the pixels hold values that are not numbers"
    NOT_A_FILM = "not_a_film", "the pixels are not one plane of grey values"
    TOO_SMALL = "too_small", "the image is smaller than the images of the training"
    FLAT = "flat", "the image has next to no contrast: blank, or not exposed"
    SATURATED = "saturated", "too much of the image lies at its darkest or brightest value"
    UNLIKE_TRAINING = "unlike_training", "the image does not look like the images the skill was trained on"
    DRIFT = "drift", "the skill's latest answers differ from those it was measured with; a person must look at why"
    NO_NUMBER = "no_number", "the model gave no finite number for this image"
