"""Names as screens and headers write them: what is one name, what another, and what says too little."""

from __future__ import annotations

import unicodedata

import pytest

from robot_library.model.person import PersonName
from robot_library.safeguards.names import compare, compare_spellings, fold, is_placeholder, parse_shown


def dicom(text: str) -> tuple[PersonName, ...]:
    return parse_shown(text, "dicom")


def shown(text: str) -> tuple[PersonName, ...]:
    return parse_shown(text, "family_comma_given")


@pytest.mark.parametrize(
    ("screen", "header"),
    [
        ("Núñez, José", "NUNEZ^JOSE"),
        ("Nu\u0301n\u0303ez, Jose\u0301", "Núñez^José"),
        ("O’Brien, Siobhán", "O'BRIEN^SIOBHAN"),
        ("D'Angelo-Müller, Zoë", "DAngelo Muller^Zoe"),
        ("ＷＡＮＧ, Ming", "Wang^Ming"),
        ("An\u200bna, Li", "ANNA^LI"),
        ("Nguyễn, Thị Mai", "NGUYEN^THI MAI"),
        ("Strauß, Ida", "STRAUSS^IDA"),
        ("İnce, Ali", "INCE^ALI"),
        ("王, 小明", "Wang^XiaoMing=王^小明"),
        ("Smith Jr., John", "Smith^John^^^Jr"),
        ("Smith, John Jr.", "Smith^John^^^JUNIOR"),
        ("García III, Luis", "GARCIA^LUIS^^^III"),
    ],
)
def test_one_name_said_in_two_ways(screen: str, header: str) -> None:
    assert compare_spellings(shown(screen), dicom(header)) == "agree"


@pytest.mark.parametrize(
    ("screen", "header"),
    [
        ("Núñez, Ana", "Ana^Núñez"),
        ("Smith, John Jr.", "Smith^John^^^Sr"),
        ("Smith Sr, John", "Smith^John^^^Jr"),
        ("Smith, John II", "Smith^John^^^III"),
        ("王, 小明", "Wang^XiaoMing=汪^晓明"),
        ("たかた, ゆき", "たかだ^ゆき"),
        ("タカタ, ユキ", "ﾀｶﾀﾞ^ﾕｷ"),
        ("राम, सीता", "रमा^सीता"),
        ("Suharto", "Smith^John"),
        ("John Smith", "Smith^Jane"),
        ("Smith, John", "Smythe^John"),
        ("Smith, Ann", "Smith^Anna"),
        ("Smith, P John", "Smith^John"),
        ("Li, Na", "Ли^Na"),
    ],
)
def test_two_names_written_almost_alike(screen: str, header: str) -> None:
    assert compare_spellings(shown(screen), dicom(header)) == "differ"


@pytest.mark.parametrize(
    ("screen", "header"),
    [
        ("Smith, John Jr.", "Smith^John"),
        ("García López, José", "García López^José^María"),
        ("Suharto", "Suharto^"),
        ("John Smith", "Smith^John"),
        ("王小明", "王^小明"),
        ("Wang, Xiao Ming", "Wang^XiaoMing"),
        ("Mac Leod, Iain", "MacLeod^Iain"),
        ("王, 小明", "Wang^XiaoMing"),
        ("Сара, Ли", "Capa^Ли"),
        ("", "Smith^John"),
        ("-", ""),
    ],
)
def test_what_says_too_little_neither_proves_nor_stops(screen: str, header: str) -> None:
    assert compare_spellings(shown(screen), dicom(header)) == "silent"


def test_a_group_that_differs_is_not_outvoted_by_one_that_agrees() -> None:
    """Homophones: written alike in Latin letters, told apart by their characters."""
    one, other = dicom("Takada^Yuki=高田^雪=たかだ^ゆき"), dicom("Takada^Yuki=高多^由紀=たかだ^ゆき")
    assert compare_spellings(one, one) == "agree"
    assert compare_spellings(one, other) == "differ"


def test_every_reading_of_a_name_without_a_comma_is_tried() -> None:
    readings = parse_shown("José María Núñez García", "given_family")
    assert compare_spellings(readings, dicom("Núñez García^José María")) == "agree"
    assert compare_spellings(readings, dicom("Núñez^José")) == "differ"


@pytest.mark.parametrize("name", ["UNKNOWN^TRAUMA 7", "Unbekannt^", "Baby^Girl", "?^?", "^", "N.N.^", "Newborn^Smith"])
def test_names_of_people_nobody_knows_identify_nobody(name: str) -> None:
    assert all(is_placeholder(one) for one in dicom(name))


def test_folding_knows_no_other_form_of_the_same_text() -> None:
    for text in ("O’Brien-Núñez", "Ångström", "Łukasz", "たかだ", "ประยุทธ์", "राम", "محمد", "Ελένη", "Ёлкин"):
        forms = {fold(unicodedata.normalize(form, text)) for form in ("NFC", "NFD", "NFKC", "NFKD")}
        assert len(forms) == 1, text


def test_comparing_does_not_hang_on_the_order() -> None:
    names = ["Smith^John", "Smith^John^^^Jr", "Smith^John^Paul", "Suharto^", "王^小明", "Mac Leod^Iain", "MacLeod^Iain"]
    for left in names:
        for right in names:
            assert compare(dicom(left)[0], dicom(right)[0]) == compare(dicom(right)[0], dicom(left)[0])
