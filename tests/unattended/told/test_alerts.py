"""Alerts: raised once, told to one after the other, taken up, over; and brought to people through restarts."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path

import pytest

from robot_library.engine.database.store import Store
from robot_library.engine.records.alerts import Alerts, Found
from robot_library.interfaces import Credential
from robot_library.model.alerting import Alerting, Person, on_this_machine
from robot_library.model.signing_in import safe_address
from robot_library.safeguards.keys import SiteKey
from robot_library.safeguards.sealed import SealedJson
from robot_library.unattended.alerts import desktop
from robot_library.unattended.alerts.delivery import Delivery
from tests.unattended.told.posts import mail_server, receiver

NOW = 1_800_000_000.0
LOST = Found(
    "worker_lost", "worker-1", "worker worker-1 has given no sign of life for 3 min.",
    tell=("night",), escalate=("head", "chief"), escalate_after=600,
)  # fmt: skip
PEOPLE = {"night": Person(email="night@hospital.example"), "head": Person(email="head@hospital.example")}


def credential(name: str) -> Credential:
    assert name in ("mail", "hook")
    return Credential("robot", "s3cret")


def site(port: int, **more: object) -> Alerting:
    mail = {"host": "127.0.0.1", "port": port, "security": "none", "from": "wetread@hospital.example"}
    return Alerting.model_validate({"mail": mail, "tell": ("night",), **more})


async def whom(alerts: Alerts, now: float) -> dict[str, list[str]]:
    waiting = await alerts.waiting(now)
    return {person: [one.moment for one in messages] for person, messages in waiting.items()}


async def test_a_cause_is_raised_once_and_over_when_it_is_gone(alerts: Alerts) -> None:
    first = await alerts.keep([LOST], {"worker_lost"}, NOW)
    again = await alerts.keep([LOST], {"worker_lost"}, NOW + 1)
    assert len(first.raised) == 1
    assert again.raised == []
    kept = await alerts.keep([], {"disk_low"}, NOW + 2)
    assert kept.cleared == [], "a cause that was not looked for is not over"
    kept = await alerts.keep([], {"worker_lost"}, NOW + 3)
    assert kept.cleared == first.raised
    assert await alerts.all() == []
    assert await whom(alerts, NOW + 3) == {"night": ["raised", "over"]}
    assert len((await alerts.keep([LOST], {"worker_lost"}, NOW + 4)).raised) == 1, "the next time is a new alert"


async def test_the_next_one_is_told_until_somebody_takes_it_up(alerts: Alerts) -> None:
    ident = (await alerts.keep([LOST], {"worker_lost"}, NOW)).raised[0]
    for seconds, told in ((599, []), (601, ["head"]), (602, ["head"]), (1300, ["chief", "head"]), (9999, None)):
        await alerts.keep([LOST], {"worker_lost"}, NOW + seconds)
        people = await whom(alerts, NOW + 99_999)
        assert sorted(set(people) - {"night"}) == (["chief", "head"] if told is None else told)
    assert await alerts.acknowledge(ident, "night-it")
    assert not await alerts.acknowledge(ident, "another")
    (one,) = await alerts.all()
    assert (one.state, one.by) == ("acknowledged", "night-it")


async def test_taken_up_nobody_is_told_until_there_is_more_of_it(alerts: Alerts) -> None:
    few = Found("dead_letter", "bot", "2 items", count=2, tell=("night",), escalate=("head",), escalate_after=60)
    ident = (await alerts.keep([few], {"dead_letter"}, NOW)).raised[0]
    await alerts.acknowledge(ident, "night-it")
    await alerts.keep([few], {"dead_letter"}, NOW + 1000)
    assert await whom(alerts, NOW + 2000) == {"night": ["raised"]}
    kept = await alerts.keep([Found(**{**vars(few), "count": 3})], {"dead_letter"}, NOW + 1001)
    assert kept.more == [ident]
    assert (await alerts.all())[0].state == "open"


async def test_what_a_machine_that_is_gone_has_raised_is_over_after_a_day(alerts: Alerts) -> None:
    """Its own office alone knows whether its disk is full; renamed, or taken away, it never says."""
    await alerts.keep(
        [Found("disk_low", "old-host: disk", "x", tell=("night",))], {"disk_low"}, NOW, scope="old-host: "
    )
    there = (await alerts.keep([], {"disk_low"}, NOW + 86_000, scope="new-host: ")).cleared
    gone = (await alerts.keep([], {"disk_low"}, NOW + 87_000, scope="new-host: ")).cleared
    assert (len(there), len(gone)) == (0, 1)


async def test_two_offices_raise_one_alert_and_send_each_message_once(
    alerts: Alerts, store: Store, sealer: SealedJson
) -> None:
    other = Alerts(store, sealer)
    raised = [await one.keep([LOST], {"worker_lost"}, NOW) for one in (alerts, other)]
    assert sum(len(kept.raised) for kept in raised) == 1
    waiting = (await alerts.waiting(NOW))["night"]
    taken = [await one.take(waiting, NOW, 60) for one in (alerts, other)]
    assert [len(some) for some in taken] == [1, 0]


async def test_a_mail_goes_over_starttls_with_a_password(alerts: Alerts, tmp_path: Path) -> None:
    with mail_server(tmp_path, tls=True, password="s3cret") as (box, port):
        mail = {
            "host": "localhost", "port": port, "from": "wetread@hospital.example", "credential": "mail",
            "authority": str(tmp_path / "mail.pem"),
        }  # fmt: skip
        told = Alerting.model_validate({"mail": mail, "link": "https://wetread.example/"})
        await alerts.keep([LOST], {"worker_lost"}, NOW)
        assert await Delivery(alerts, told, PEOPLE, credential).run(NOW) == 1
        (one,) = box.mails
        assert one["Subject"] == "[wetread] worker worker-1 has given no sign of life for 3 min."
        text = one.get_content()
        assert "wetread alerts ack" in text
        assert "https://wetread.example/office#alert-" in text
        assert one["Auto-Submitted"] == "auto-generated"


async def test_a_mail_server_with_an_unknown_certificate_gets_nothing(alerts: Alerts, tmp_path: Path) -> None:
    with mail_server(tmp_path, tls=True, password="s3cret") as (box, port):
        mail = {"host": "localhost", "port": port, "from": "wetread@hospital.example", "credential": "mail"}
        await alerts.keep([LOST], {"worker_lost"}, NOW)
        ident = (await alerts.all())[0].id
        assert await Delivery(alerts, Alerting.model_validate({"mail": mail}), PEOPLE, credential).run(NOW) == 0
        assert box.mails == []
        assert await alerts.told(ident) == [("night", False, "mail:SSLCertVerificationError")]
        assert (await alerts.all())[0].undelivered == 1


async def test_what_did_not_arrive_is_sent_after_a_restart(
    tmp_path: Path, site_key: SiteKey, sealer: SealedJson
) -> None:
    with mail_server(tmp_path) as (box, port):
        box.away = True
        for moment, delivered in ((NOW, 0), (NOW + 5, 0), (NOW + 20, 1), (NOW + 9999, 0)):
            store = Store(f"sqlite:///{tmp_path / 'engine.sqlite'}")
            store.open(site_key.fingerprint)
            alerts = Alerts(store, sealer)
            await alerts.keep([LOST], {"worker_lost"}, NOW)
            box.away = moment < NOW + 20
            assert await Delivery(alerts, site(port), PEOPLE, credential).run(moment) == delivered, moment
            store.close()
        assert len(box.mails) == 1


async def test_two_hundred_alerts_are_two_mails(alerts: Alerts, tmp_path: Path) -> None:
    with mail_server(tmp_path) as (box, port):
        delivery = Delivery(alerts, site(port), PEOPLE, credential)
        many = [Found("late", f"bot-{n}", f"bot-{n}: 1 item past the due time.", tell=("night",)) for n in range(200)]
        await alerts.keep(many[:1], {"late"}, NOW)
        await delivery.run(NOW)
        for n in range(1, 201, 20):
            await alerts.keep(many[: n + 20], {"late"}, NOW + n / 10)
            await delivery.run(NOW + n / 10)
        assert len(box.mails) == 1, "within two minutes of the first, nothing more is sent"
        assert await delivery.run(NOW + 121) == 199
        assert box.subjects[1] == "[wetread] 199 messages, 199 of them alerts"
        assert len(box.mails) == 2


async def test_what_was_told_by_a_clock_that_was_ahead_silences_nobody(alerts: Alerts, tmp_path: Path) -> None:
    """A machine that was woken with a wrong date for a minute: what it sent, tried, raised then is years from now."""
    years = NOW + 5 * 365 * 86_400
    with mail_server(tmp_path) as (box, port):
        delivery = Delivery(alerts, site(port), PEOPLE, credential)
        await alerts.keep([LOST], {"worker_lost"}, years)
        assert await delivery.run(years) == 1
        stuck = Found("stopped", "bot:a", "bot a is stopped.", tell=("night",))
        await alerts.keep([LOST, stuck], {"worker_lost", "stopped"}, years + 150)
        box.away = True
        assert await delivery.run(years + 150) == 0
        box.away = False
        late = Found("late", "tiny", "tiny: 1 item past the due time.", tell=("night",))
        await alerts.keep([LOST, stuck, late], {"worker_lost", "stopped", "late"}, NOW)
        assert await whom(alerts, NOW) == {"night": ["raised", "raised"], "head": ["next"]}
        assert await delivery.run(NOW) == 3, "what could not be sent then, what is new now, and the next one is told"


async def test_a_webhook_is_signed_and_tried_again_with_the_same_name(alerts: Alerts) -> None:
    with receiver() as (got, url):
        told = Alerting.model_validate({"webhooks": {"pager": {"url": url, "credential": "hook"}}})
        delivery = Delivery(alerts, told, {"night": Person(webhook="pager")}, credential)
        await alerts.keep([LOST], {"worker_lost"}, NOW)
        got.status = 503
        assert await delivery.run(NOW) == 0
        ident = (await alerts.all())[0].id
        assert await alerts.told(ident) == [("night", False, "webhook:HTTP 503")]
        got.status = 204
        assert await delivery.run(NOW + 20) == 1
        (first, _), (second, body) = got.posts
        assert first["X-Wetread-Delivery"] == second["X-Wetread-Delivery"]
        moment, _, mac = second["X-Wetread-Signature"].partition(",")
        wanted = hmac.new(b"s3cret", moment[2:].encode() + b"." + body, hashlib.sha256).hexdigest()
        assert mac == f"v1={wanted}"
        (said,) = json.loads(body)["messages"]
        assert (said["cause"], said["scope"], said["alert"]) == ("worker_lost", "worker-1", ident)


async def test_a_way_that_works_is_not_used_twice_because_another_fails(alerts: Alerts, tmp_path: Path) -> None:
    with mail_server(tmp_path) as (box, port), receiver() as (got, url):
        told = site(port, webhooks={"pager": {"url": url, "credential": "hook"}})
        both = {"night": Person(email="night@hospital.example", webhook="pager")}
        delivery = Delivery(alerts, told, both, credential)
        await alerts.keep([LOST], {"worker_lost"}, NOW)
        got.status = 500
        await delivery.run(NOW)
        got.status = 200
        await delivery.run(NOW + 20)
        await delivery.run(NOW + 99)
        assert (len(box.mails), len(got.posts)) == (1, 2)


async def test_a_desktop_that_is_not_there_is_said(alerts: Alerts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    assert desktop.lacking()
    await alerts.keep([LOST], {"worker_lost"}, NOW)
    await Delivery(alerts, Alerting(), {"night": Person(desktop=True)}, credential).run(NOW)
    assert (await alerts.told((await alerts.all())[0].id))[0][1:] == (False, "desktop:SetupError")


def test_a_name_that_begins_like_this_machine_is_another_one() -> None:
    near = ("localhost", "127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1")
    far = ("127.example.org", "127.0.0.1.example.org", "localhost.example.org", "10.0.0.1", "", "127.1", "0.0.0.0")
    assert [host for host in (*near, *far) if on_this_machine(host)] in ([*near], [*near[:4]])  # the last: by Python
    for host in far[:3]:
        with pytest.raises(ValueError, match="on this machine"):
            safe_address(f"http://{host}/hook")
