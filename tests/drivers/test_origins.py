"""Which pages are an app's own, as its bot says."""

from __future__ import annotations

import pytest

from robot_library.drivers.browser.own_site import OwnSite, origin_of
from robot_library.model.bot import App


def test_an_origin_is_written_as_browsers_do() -> None:
    assert origin_of("https://Ehr.Example:443/a?b") == "https://ehr.example"
    assert origin_of("http://ehr.example:8080/") == "http://ehr.example:8080"
    assert origin_of("https://Klinik-M\u00fcnchen.example:8443/") == "https://xn--klinik-mnchen-3ob.example:8443"
    assert origin_of("https://stra\u00dfe.example") != "https://strasse.example"
    assert origin_of("blob:https://ehr.example/1-2") == "https://ehr.example"


def test_an_apps_origins_are_its_address_and_those_it_names() -> None:
    app = App(map="m", url="https://ehr.example/base", also_at=("https://viewer.example:8443/",))
    assert OwnSite.of(app) == OwnSite("https://ehr.example", frozenset({"https://viewer.example:8443"}))


def test_every_address_is_told_with_its_place() -> None:
    app = App(map="m", url="${EHR}", dicomweb="https://pacs.example/dicom-web", also_at=("https://v.example", "${V}"))
    assert app.addresses() == [
        (("url",), "${EHR}"), (("dicomweb",), "https://pacs.example/dicom-web"),
        (("also_at", 0), "https://v.example"), (("also_at", 1), "${V}"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", ["viewer.example", "ftp://viewer.example", "https://viewer.example/path", "https://a:b@viewer.example",
             "https://viewer.example?x", "https://", "https://viewer.example:port", "https://viewer.example#x", ""],
)  # fmt: skip
def test_what_is_no_origin(text: str) -> None:
    with pytest.raises(ValueError, match=r"origin|address"):
        App(map="m", url="https://ehr.example", also_at=(text,))
