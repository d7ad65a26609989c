"""Images: a study fetched whole, and which of its images are read."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from robot_library.errors import (
    ApplicationException,
    NeedsPerson,
    SetupError,
    StudyNotFound,
    StudyUnreadable,
)
from robot_library.interfaces import Action, Context, RoleRef, Takes, View
from robot_library.model.study import Image, Source, Study
from robot_library.model.values import ValueType
from robot_library.plugins import action

Way = Literal["received", "dicomweb", "download", "screen"]


@action("fetch_study")
class FetchStudy(Action):
    """Fetch a study whole, byte for byte, in the first of the preferred ways that works here.

    received: what was sent to us, as the trigger handed it over · dicomweb: from the PACS's web service ·
    download: the `download` target of the open PACS screen · screen: a picture of the open viewer's `image` target,
    tagged as such; diagnostic skills refuse it.
    A study that is incomplete, unreadable in part, or not the one that was listed stops the item.
    """

    effect: ClassVar = "read"
    gives: ClassVar[tuple[ValueType, ...]] = ("study",)
    model_config = ConfigDict(populate_by_name=True)
    role: RoleRef = Field(alias="from", description="Screen role of the PACS.")
    accession: str = Field(min_length=1, description="Accession number of the order; the study's must be the same.")
    study_uid: str | None = Field(default=None, description="StudyInstanceUID that the PACS's screen listed.")
    expected: str | None = Field(default=None, description="How many images there should be, as a screen says.")
    received: str | None = Field(default=None, description="What a trigger's `objects` gave the item.")
    prefer: tuple[Way, ...] = Field(default=("dicomweb", "download"), description="Ways to try, in this order.")

    burnt_in: Literal["keep", "blank"] = Field(
        default="keep", description="Text that is written into a picture of the screen is kept, or made black."
    )

    async def run(self, ctx: Context) -> Study:
        if not self.accession.strip():
            raise StudyNotFound("the order has no accession number, so no study is the one.", cure="A person looks.")
        reasons: list[str] = []
        for way in self.prefer:
            try:
                study = await self._fetch(ctx, way)
            except (SetupError, ApplicationException) as failure:
                reasons.append(f"{way}: {failure.message}")
                continue
            self._check(study)
            ctx.detail(f"{len(study.images)} image(s) by {way}" + (f" ({'; '.join(reasons)})" if reasons else ""))
            ctx.verified("accession and study are the ones asked for; complete; every object readable")
            return _with_issuer(study, ctx.app(self.role).issuer)
        raise ApplicationException(
            f"the study could not be fetched ({'; '.join(reasons)}).", cure="Look at the PACS and its addresses."
        )

    async def _fetch(self, ctx: Context, way: Way) -> Study:
        if way == "received":
            return await asyncio.to_thread(self._as_received, ctx)
        if way == "dicomweb":
            return await asyncio.to_thread(self._by_dicomweb, ctx)
        session = await ctx.session(self.role)
        view = session.view
        target = "download" if way == "download" else "image"
        if view is None or target not in session.screen(view.screen).targets:
            raise SetupError(f"the open {self.role} screen has no `{target}` target")
        if way == "download":
            return await self._by_download(ctx, view)
        return await self._by_screen(ctx, view)

    def _as_received(self, ctx: Context) -> Study:
        from robot_library.imaging.received import Received
        from robot_library.imaging.study import assemble

        if not self.received:
            raise SetupError("nothing was sent to us")
        refs = json.loads(ctx.blobs.get(self.received))
        objects = [Received(f"object {number}", ref) for number, ref in enumerate(refs, start=1)]
        return assemble(objects, ctx.blobs, "dicom", study_uid=self.study_uid or "")

    def _by_dicomweb(self, ctx: Context) -> Study:
        from robot_library.imaging.sources.dicomweb import DicomWeb
        from robot_library.imaging.study import assemble

        address = ctx.app(self.role).dicomweb
        if not address:
            raise SetupError(f"the bot names no DICOMweb address for {self.role}")
        credential = ctx.credential(self.role)
        server = DicomWeb(address, (credential.user, credential.password) if credential else None)
        found = server.find_by_accession(self.accession)
        if self.study_uid:
            found = [study for study in found if study.study_uid == self.study_uid]
        if len(found) != 1:
            raise StudyNotFound(f"{len(found)} studies of this accession, where there must be one.")
        received = server.retrieve(found[0].study_uid, ctx.blobs)
        return assemble(received, ctx.blobs, "dicomweb", study_uid=found[0].study_uid, expected=found[0].instances)

    async def _by_download(self, ctx: Context, view: View) -> Study:
        from robot_library.imaging.sources.files import read_zip
        from robot_library.imaging.study import assemble

        _, data = await view.download("download")
        received = await asyncio.to_thread(read_zip, data, ctx.blobs)
        return await asyncio.to_thread(assemble, received, ctx.blobs, "file", study_uid=self.study_uid or "")

    async def _by_screen(self, ctx: Context, view: View) -> Study:
        from robot_library.imaging.sources.capture import keep_capture

        picture = await view.picture(target="image", mask=False)
        session = await ctx.session(self.role)
        identity = await ctx.guard.identify(session, view)
        if self.burnt_in == "blank":
            picture, places = await asyncio.to_thread(_without_text, picture)
            ctx.verified(f"text was found at {places} place(s) of the picture and made black")
        image = keep_capture(picture, ctx.blobs)
        source: Source = "screen"
        return Study(
            study_uid=self.study_uid or "", accession=self.accession, source=source, identity=identity, images=(image,),
            expected_images=1,
        )  # fmt: skip

    def _check(self, study: Study) -> None:
        from robot_library.imaging.study import received_count, require_complete

        if study.refused:
            raise StudyUnreadable(f"{len(study.refused)} object(s) cannot be read: {study.refused[0][1].rstrip('.')}.")
        if study.accession != self.accession.strip() or (self.study_uid and study.study_uid != self.study_uid):
            raise StudyNotFound("what came is not the study that was asked for.", cure="A person looks at the PACS.")
        if self.expected:
            digits = self.expected.strip()
            if not digits.isdigit():
                raise NeedsPerson("the screen does not say how many images there should be.")
            require_complete(study, int(digits))
        if study.expected_images is not None:
            require_complete(study)
        elif not self.expected:
            raise NeedsPerson(f"nobody says whether {received_count(study)} object(s) are all there are.")

    def title(self) -> str:
        return f"fetch the study from {self.role}"


def _without_text(picture: bytes) -> tuple[bytes, int]:
    """By the reader of text where one is installed, and by the shapes of letters."""
    from robot_library.imaging.deidentify.burnt import Grey, shapes_of_letters
    from robot_library.imaging.sources.capture import text_blanked
    from robot_library.ocr.reader import Reader, installed

    reader = Reader() if installed() else None

    def find(grey: Grey) -> list[tuple[int, int, int, int]]:
        read = reader.read(grey) if reader is not None else []
        return [*((text.x, text.y, text.width, text.height) for text in read), *shapes_of_letters(grey)]

    return text_blanked(picture, find)


def _with_issuer(study: Study, issuer: str | None) -> Study:
    """Numbers without issuer are of the issuer the site names for this system."""
    if issuer is None or all(number.issuer for number in study.identity.ids):
        return study
    ids = tuple(n if n.issuer else n.model_copy(update={"issuer": issuer}) for n in study.identity.ids)
    return study.model_copy(update={"identity": study.identity.model_copy(update={"ids": ids})})


@action("choose_images")
class ChooseImages(Action):
    """Choose the one image of a study that a skill reads. None or several go to a person, never a guess."""

    effect: ClassVar = "compute"
    gives: ClassVar[tuple[ValueType, ...]] = ("image",)
    model_config = ConfigDict(populate_by_name=True)
    study: Annotated[Study, Takes(("study",))] = Field(alias="from", description="The study.")
    which: Literal["frontal", "lateral"] = Field(default="frontal", description="The view, by the image's header.")

    async def run(self, ctx: Context) -> Image:
        chosen = [image for image in self.study.images if image.role == self.which]
        unsure = sum(image.role == "unknown" for image in self.study.images)
        if len(chosen) != 1 or unsure:
            raise NeedsPerson(
                f"{len(chosen)} {self.which} image(s) and {unsure} of unknown view in this study, "
                f"where exactly one {self.which} is needed.",
                cure="A person chooses.",
            )
        ctx.detail(f"image {chosen[0].instance_number} of {len(self.study.images)}")
        return chosen[0]

    def title(self) -> str:
        return f"choose the {self.which} image"
