"""What really stands in the EHR and the PACS, asked over JSON-RPC and REST, each time in a fresh session.

Independent of wetread: neither its driver nor its readers are used. `Person` does by RPC what a human would do at the
same moment at another desk.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

import httpx

from .errors import LabError
from .site import DATABASE, Lab, Login

REQUEST: Final = "gnuhealth.imaging.test.request"
RESULT: Final = "gnuhealth.imaging.test.result"


@dataclass(frozen=True)
class Write:
    """One line of the EHR's own log of writes: who changed which fields of a record."""

    user: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Result:
    """An imaging result as the database holds it."""

    record: int
    order: str
    puid: str
    text: str
    evaluated_by: str
    writes: tuple[Write, ...]
    attachments: dict[str, bytes]

    def writes_by(self, user: str, field: str = "comment") -> int:
        """How often `user` wrote `field`, by the EHR's own log."""
        return sum(w.user == user and field in w.fields for w in self.writes)


class Rpc:
    """A session of GNU Health's JSON-RPC; a context manager that logs out."""

    def __init__(self, lab: Lab, login: Login) -> None:
        self._client = httpx.Client(base_url=lab.ehr_url, timeout=60, trust_env=False)
        user, key = self.call("common.db.login", login.name, {"password": login.password}, "en")[:2]
        token = base64.b64encode(f"{login.name}:{user}:{key}".encode()).decode()
        self._client.headers["Authorization"] = f"Session {token}"
        self._context = self.call("model.res.user.get_preferences", True, {})

    def call(self, method: str, *arguments: Any) -> Any:
        """One remote call. Raises LabError with the server's own words when it refuses."""
        reply = self._client.post(f"/{DATABASE}/", json={"id": 1, "method": method, "params": list(arguments)})
        reply.raise_for_status()
        data = reply.json()
        if data.get("error"):
            raise LabError(f"calling {method}", str(data["error"][:2]), "is the lab seeded? try `reset`")
        return data["result"]

    def model(self, model: str, method: str, *arguments: Any) -> Any:
        """A model's method in this user's context."""
        return self.call(f"model.{model}.{method}", *arguments, self._context)

    def rows(self, model: str, domain: list[Any], *fields: str) -> list[dict[str, Any]]:
        """Every record that matches, oldest first."""
        found: list[dict[str, Any]] = self.model(model, "search_read", domain, 0, None, [["id", "ASC"]], [*fields])
        return found

    def wizard(self, name: str, model: str, record: int) -> None:
        """A wizard without questions, run on one record to its end."""
        context = {**self._context, "active_model": model, "active_id": record, "active_ids": [record]}
        session, start, _ = self.call(f"wizard.{name}.create", context)
        self.call(f"wizard.{name}.execute", session, {}, start, context)
        self.call(f"wizard.{name}.delete", session, context)

    def close(self) -> None:
        """Let go of the connection without logging out."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.call("common.db.logout")
        finally:
            self._client.close()


def results(lab: Lab) -> dict[str, Result]:
    """Every imaging result by order number. Two results of one order are a LabError: an order has one."""
    with Rpc(lab, lab.logins["ehr_admin"]) as rpc:
        found: dict[str, Result] = {}
        wanted = ("order", "patient.puid", "comment", "doctor.rec_name")
        for row in rpc.rows(RESULT, [], *wanted):
            if row["order"] in found:
                raise LabError("reading the results", f"order {row['order']} has two results", "look into the EHR")
            found[row["order"]] = Result(
                record=row["id"],
                order=row["order"],
                puid=row["patient."]["puid"],
                text=row["comment"] or "",
                evaluated_by=row["doctor."]["rec_name"],
                writes=_writes(rpc, row["id"]),
                attachments=_attachments(rpc, row["id"]),
            )
    return found


def result(lab: Lab, order: str) -> Result:
    """The result of one order."""
    return results(lab)[order]


def _writes(rpc: Rpc, record: int) -> tuple[Write, ...]:
    lines = rpc.rows("ir.model.log", [["resource", "=", f"{RESULT},{record}"]], "user.login", "event", "target")
    return tuple(
        Write(line["user."]["login"], tuple((line["target"] or "").split(",")))
        for line in lines
        if line["event"] == "write"
    )


def _attachments(rpc: Rpc, record: int) -> dict[str, bytes]:
    rows = rpc.rows("ir.attachment", [["resource", "=", f"{RESULT},{record}"]], "name", "data")
    return {row["name"]: base64.b64decode(row["data"]["base64"]) for row in rows}


class Person:
    """A human at another desk: reports, cancels, or is merely at the EHR while the bot works."""

    def __init__(self, lab: Lab, role: str = "ehr_radiologist") -> None:
        self._lab, self._login = lab, lab.logins[role]

    def report(self, order: str, text: str) -> None:
        """Type `text` as the report of `order` and save."""
        with Rpc(self._lab, self._login) as rpc:
            record = self._one(rpc, RESULT, [["order", "=", order]])
            rpc.model(RESULT, "write", [record], {"comment": text})

    def cancel(self, order: str) -> None:
        """Set the order's worklist status to Canceled."""
        with Rpc(self._lab, self._login) as rpc:
            record = self._one(rpc, REQUEST, [["request", "=", order]])
            rpc.model(REQUEST, "write", [record], {"worklist_status": "canceled"})

    @staticmethod
    def _one(rpc: Rpc, model: str, domain: list[Any]) -> int:
        rows = rpc.rows(model, domain, "id")
        if len(rows) != 1:
            raise LabError(f"looking up {model}", f"{len(rows)} records match {domain}", "is the lab seeded?")
        return int(rows[0]["id"])


def studies(lab: Lab) -> dict[str, int]:
    """StudyInstanceUID → number of objects of every study in the PACS."""
    counted: dict[str, int] = {}
    for study, _ in objects(lab).values():
        counted[study] = counted.get(study, 0) + 1
    return counted


def objects(lab: Lab) -> dict[str, tuple[str, str]]:
    """SOPInstanceUID → (StudyInstanceUID, PatientID) of every object in the PACS, by its own header."""
    return {one["SOPInstanceUID"]: (one["StudyInstanceUID"], one["PatientID"]) for one in headers(lab)}


def headers(lab: Lab, **query: str) -> list[dict[str, str]]:
    """The header of every object in the PACS that matches, by keyword."""
    login = lab.logins["pacs_admin"]
    with httpx.Client(base_url=lab.pacs_url, auth=(login.name, login.password), trust_env=False) as client:
        reply = client.post("/tools/find", json={"Level": "Instance", "Query": query, "Expand": False})
        reply.raise_for_status()
        found = []
        for instance in reply.json():
            tags = client.get(f"/instances/{instance}/simplified-tags")
            tags.raise_for_status()
            found.append(tags.json())
    return found
