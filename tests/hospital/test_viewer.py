"""OHIF through its screen map: the list is found by accession, and a picture is taken of a film, not of a canvas."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from robot_library.drivers.browser import BrowserDriver
from robot_library.interfaces import Credential
from robot_library.model.bot import App
from robot_library.parsing.library import Library
from tests.hospital.lab import lifecycle
from tests.hospital.lab.site import Lab

pytestmark = [pytest.mark.hospital, pytest.mark.browser, pytest.mark.slow]


async def test_the_viewer_shows_the_film_of_the_order(lab: Lab) -> None:
    row = next(r for r in lifecycle.expected(lab) if r["key"] == "two_views")
    login, driver = lab.logins["pacs_bot"], BrowserDriver()
    app = App(map="ohif", url=lab.viewer_url)
    try:
        maps = Library.find().screen_map("ohif")
        session = await driver.session("viewer", app, maps, Credential(login.name, login.password))
        listed = await session.open("studies", {"accession": row["order"]})
        assert await listed.read_table("studies") == [
            {"patient": "D'Amico, Luca", "accession": row["order"], "images": "2"}
        ]
        viewer = await session.open("viewer", {"study_uid": row["study"]})
        shot = np.asarray(Image.open(io.BytesIO(await viewer.picture(target="image", mask=False))).convert("L"))
    finally:
        await driver.close()
    middle = shot[shot.shape[0] // 4 : -shot.shape[0] // 4, shot.shape[1] // 4 : -shot.shape[1] // 4]
    assert middle.std() > 20  # a chest, not a black canvas
