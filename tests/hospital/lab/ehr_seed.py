"""Fill an empty GNU Health database (run by the EHR's own Python, server down): CONF PLAN.json MADE.json.

Goes through GNU Health's own models and wizards (proteus), never through SQL, so that what the bot meets was made
the way people make it: a physician requests, the department generates the result, a radiologist reports.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

CONF, PLAN, MADE = (Path(a) for a in sys.argv[1:4])
os.environ["TRYTOND_CONFIG"] = str(CONF)

from proteus import Model, Wizard, config  # type: ignore[import-not-found]  # noqa: E402  (reads TRYTOND_CONFIG)

REQUEST, RESULT = "gnuhealth.imaging.test.request", "gnuhealth.imaging.test.result"
BOT_GROUP = "Imaging pre-read"
# what the bot's group may do with a model: r read, w write. Creating and deleting: nothing.
RIGHTS = {
    "gnuhealth.patient": "r",
    REQUEST: "r",
    RESULT: "rw",
    "gnuhealth.imaging.test": "r",
    "gnuhealth.imaging.test.type": "r",
}
# the only fields of a result that the bot may write: the report and its pictures
WRITABLE = {"comment", "images"}


def connect(login: str) -> Any:
    """A connection that acts as `login`, with that user's preferences."""
    c = config.set_trytond("health", user=login, config_file=str(CONF))
    c._context = Model.get("res.user", c).get_preferences(True, c.context)
    return c


def one(model: str, field: str, value: object, c: Any = None) -> Any:
    """The one record of `model` whose `field` is `value`; anything but one is an error."""
    found = Model.get(model, c).find([(field, "=", value)])
    if len(found) != 1:
        raise SystemExit(f"{model} with {field} {value!r}: {len(found)} records")
    return found[0]


def make_dates_unambiguous() -> None:
    """English dates as 2026-03-16: this hospital's choice, since 03/04/2026 is read in two ways."""
    for language in Model.get("ir.lang").find([("code", "=", "en")]):
        language.date = "%Y-%m-%d"
        language.save()


def make_institution(plan: dict[str, Any]) -> Any:
    """Currency, company, institution; the administrator works for them under a new password."""
    get = Model.get
    currency = get("currency.currency")(name="Euro", code="EUR", symbol="€", rounding=Decimal("0.01"), digits=2)
    currency.rates.new(rate=Decimal("1.0"), date=dt.date(2020, 1, 1))
    currency.save()
    party = get("party.party")(name="Lab General Hospital", is_institution=True)
    party.save()
    company = get("company.company")(party=party, currency=currency, timezone="UTC")
    company.save()
    institution = get("gnuhealth.institution")(
        party=party, code="LABHOSP", institution_type="hospital", public_level="private"
    )
    institution.save()
    admin = one("res.user", "login", "admin")
    admin.companies.append(get("company.company")(company.id))
    admin.company, admin.password = get("company.company")(company.id), plan["logins"]["ehr_admin"]["password"]
    admin.save()
    return institution


def make_user(login: dict[str, str], name: str, groups: list[str]) -> Any:
    """A user of the hospital in `groups`."""
    user = Model.get("res.user")(name=name, login=login["name"], password=login["password"])
    company = Model.get("company.company").find([])[0]
    user.companies.append(company)
    user.company = Model.get("company.company")(company.id)
    for group in groups:
        user.groups.append(one("res.group", "name", group))
    user.save()
    return user


def make_professional(user: Any, given: str, family: str, institution: Any) -> Any:
    """The health professional behind a user."""
    party = Model.get("party.party")(
        name=given, lastname=family, is_person=True, is_healthprof=True, gender="f", ref=f"HP{user.id:05d}"
    )
    party.dob, party.internal_user = dt.date(1975, 5, 5), Model.get("res.user")(user.id)
    party.save()
    professional = Model.get("gnuhealth.healthprofessional")(party=party)
    professional.institution = Model.get("gnuhealth.institution")(institution.id)
    professional.save()
    return professional


def make_bot_group() -> None:
    """The smallest rights with which results can be read and their report typed: no create, no delete, no buttons."""
    group = Model.get("res.group")(name=BOT_GROUP)
    group.save()
    access = Model.get("ir.model.access")
    guarded = {row.model.model for row in access.find([("group", "=", None)])}
    for model in Model.get("ir.model").find([]):
        # Tryton lets everybody write what no rule speaks of (parties, for one)
        if model.model in RIGHTS or (model.model not in guarded and not model.model.startswith(("ir.", "res."))):
            row = access(model=model, group=group, perm_read=True, perm_write="w" in RIGHTS.get(model.model, ""))
            row.perm_create = row.perm_delete = False
            row.save()
    for field in Model.get("ir.model.field").find([("model.model", "=", RESULT)]):
        if field.name not in WRITABLE:
            row = Model.get("ir.model.field.access")(field=field, group=group, perm_read=True, perm_write=False)
            row.save()
    for menu in ("Health", "Medical Imaging", "Medical Imaging Requests", "Medical Imaging Results"):
        for item in Model.get("ir.ui.menu").find([("name", "=", menu)]):
            if item.groups:
                item.groups.append(Model.get("res.group")(group.id))
                item.save()


def make_patients(plan: dict[str, Any]) -> dict[str, int]:
    """One party and patient a person; patient record ids by PUID."""
    ids = {}
    for person in plan["people"]:
        party = Model.get("party.party")(name=person["given"], lastname=person["family"], ref=person["puid"])
        party.is_person = party.is_patient = True
        party.gender, party.dob = person["gender"], dt.date.fromisoformat(person["born"])
        party.save()
        ids[person["puid"]] = one("gnuhealth.patient", "party", party.id).id  # GNU Health 5 makes it by itself
    return ids


def make_study_type() -> int:
    """The orderable "Chest X-ray PA"."""
    unit = one("product.uom", "name", "Unit")
    template = Model.get("product.template")(name="Chest X-ray PA", type="service", default_uom=unit)
    template.list_price = Decimal("100")
    template.save()
    modality = one("gnuhealth.imaging.test.type", "code", "DX")
    product = Model.get("product.product")(template.products[0].id)
    test = Model.get("gnuhealth.imaging.test")(code="CXR", name="Chest X-ray PA", test_type=modality, product=product)
    test.save()
    return int(test.id)


def make_orders(plan: dict[str, Any], patients: dict[str, int], test: int, doctor: int) -> dict[str, dict[str, Any]]:
    """A physician requests; the department generates the results. Order and result by the plan's keys."""
    physician = connect(plan["logins"]["ehr_physician"]["name"])

    def ref(model: str, record: int) -> Any:
        return Model.get(model, physician)(record)

    made: dict[str, dict[str, Any]] = {}
    for number, order in enumerate(plan["orders"]):
        request = Model.get(REQUEST, physician)()
        request.patient, request.requested_test = (
            ref("gnuhealth.patient", patients[order["puid"]]),
            ref("gnuhealth.imaging.test", test),
        )
        request.doctor, request.merge_id = ref("gnuhealth.healthprofessional", doctor), order["merge_id"]
        request.date = dt.datetime.fromisoformat(plan["day"]) + dt.timedelta(hours=8, minutes=7 * number)
        request.comment = order["note"]
        request.save()
        request.click("requested")
        Wizard("wizard.generate.result", [request], config=physician)
        request.reload()
        if order["cancelled"]:
            request.worklist_status = "canceled"
            request.save()
        result = one(RESULT, "request", request.id, physician)
        made[order["key"]] = {
            "order": request.request,
            "request_id": request.id,
            "result_id": result.id,
            "result": result.number,
        }
    return made


def report_by_a_person(plan: dict[str, Any], made: dict[str, dict[str, Any]]) -> None:
    """The radiologist has reported some results before the bot comes."""
    radiologist = connect(plan["logins"]["ehr_radiologist"]["name"])
    for order in plan["orders"]:
        if order["report"] is not None:
            result = Model.get(RESULT, radiologist)(made[order["key"]]["result_id"])
            result.comment = order["report"]
            result.save()


def main() -> None:
    """Seed and write what was made."""
    plan = json.loads(PLAN.read_text(encoding="utf-8"))
    admin = config.set_trytond("health", user="admin", config_file=str(CONF))
    make_dates_unambiguous()
    institution = make_institution(plan)
    admin._context = Model.get("res.user").get_preferences(True, admin.context)
    make_bot_group()
    logins = plan["logins"]
    staff = ["Health Doctor", "Health Imaging Administration"]
    radiologist = make_user(logins["ehr_radiologist"], "Rosa Radiol", staff)
    physician = make_user(logins["ehr_physician"], "Pat Physician", staff)
    make_user(logins["ehr_bot"], "Pre-read robot", [BOT_GROUP])
    make_professional(radiologist, "Rosa", "Radiol", institution)
    doctor = make_professional(physician, "Pat", "Physician", institution)
    patients = make_patients(plan)
    test = make_study_type()
    made = make_orders(plan, patients, test, int(doctor.id))
    report_by_a_person(plan, made)
    MADE.write_text(json.dumps(made), encoding="utf-8")


main()
