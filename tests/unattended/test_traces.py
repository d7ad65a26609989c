"""OpenTelemetry: one trace for each go, its steps inside, and nothing of a patient in any of it."""

from __future__ import annotations

import importlib.util
import time
from pathlib import Path
from typing import Any

import pytest

from robot_library.engine.engine import Engine
from robot_library.engine.run.spans import NoSpans
from robot_library.model.tracing import Tracing
from robot_library.safeguards.sealed import SealedJson
from robot_library.unattended import traces
from robot_library.unattended.traces import OpenSpans, make_spans
from tests.engine.conftest import KEY, assembly
from tests.engine.world import Record, TinyDriver

MARK = "ZZMARKER"
pytestmark = pytest.mark.skipif(importlib.util.find_spec("opentelemetry") is None, reason="the extra `otel` is missing")


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever stands in the environment of whoever runs the tests."""
    for name in (*traces._ADDRESSES, "OTEL_SDK_DISABLED", "OTEL_TRACES_EXPORTER", "OTEL_SERVICE_NAME"):
        monkeypatch.delenv(name, raising=False)


def remembered() -> tuple[OpenSpans, Any]:
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    kept = InMemorySpanExporter()
    return OpenSpans(SimpleSpanProcessor(kept), "worker-1"), kept


async def test_a_go_is_a_trace_of_steps_and_holds_no_value(tmp_path: Path) -> None:
    record = Record(tmp_path / "record.sqlite")
    record.add(f"{MARK}-order-1", f"{MARK}-person-1")
    record.add(f"{MARK}-order-2", f"{MARK}-person-2")
    driver = TinyDriver(record)
    broken = [True]

    def breaks() -> None:
        if broken and broken.pop():
            raise ValueError(f"a plug-in quotes {MARK}-typed")

    driver.in_fill = breaks
    spans, kept = remembered()
    sealer = SealedJson(KEY)
    engine = Engine(tmp_path / "home", sealer, sealer.fingerprint, settle=0.01)
    engine.spans = spans
    engine.add_bot(assembly(tmp_path, record, driver=driver))
    async with engine:
        for number in (1, 2):
            order = f"{MARK}-order-{number}"
            await engine.submit("tiny", {"order": order}, order)
        await engine.run_until_idle()
        ids = {view.item.id for view in await engine.items()}
    found = kept.get_finished_spans()
    goes = [span for span in found if span.parent is None]
    assert {span.name for span in goes} == {"go tiny"}
    assert {span.attributes["wetread.item"] for span in goes} == ids
    assert sorted(span.attributes["wetread.outcome"] for span in goes) == ["again", "typed", "typed"]
    assert len({span.context.trace_id for span in found}) == len(goes) == 3
    by_id = {span.context.span_id: span for span in found}
    steps = [span for span in found if span.parent is not None]
    nested = {(span.name, by_id[span.parent.span_id].name) for span in steps}
    assert {("open", "go tiny"), ("fill", "protect"), ("save", "protect")} <= nested
    wrong = [span for span in found if span.status.status_code.name == "ERROR"]
    failed = {(span.name, span.attributes["error.type"]) for span in wrong}
    assert ("fill", "ApplicationException") in failed
    assert "ValueError" not in {code for _, code in failed}
    assert all(span.attributes["wetread.place"] for span in steps)
    told = [span.to_json() for span in found]
    assert [text for text in told if MARK in text] == []
    assert [span.name for span in found if span.events or span.status.description] == []


@pytest.mark.parametrize(
    ("site", "environment", "on"),
    [
        ({}, {}, False),
        ({"endpoint": "http://127.0.0.1:9"}, {}, True),
        ({}, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}, True),
        ({"endpoint": "http://127.0.0.1:9"}, {"OTEL_SDK_DISABLED": "true"}, False),
        ({"endpoint": "http://127.0.0.1:9"}, {"OTEL_TRACES_EXPORTER": "none"}, False),
    ],
)
def test_off_unless_somebody_names_a_collector(
    monkeypatch: pytest.MonkeyPatch, site: dict[str, str], environment: dict[str, str], on: bool
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    spans = make_spans(Tracing.model_validate(site), "worker-1")
    assert isinstance(spans, NoSpans) is not on
    spans.close()


def test_a_collector_that_is_gone_holds_up_no_worker() -> None:
    spans = make_spans(Tracing(endpoint="http://127.0.0.1:9"), "worker-1")
    with spans.go("tiny", "tiny", "i1") as ended:
        ended("typed", "")
    began = time.monotonic()
    spans.close()
    assert time.monotonic() - began < 45  # its exporter alone would try for a minute


def test_without_the_extra_it_is_said_and_nothing_else_happens(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    assert isinstance(make_spans(Tracing(endpoint="http://127.0.0.1:9"), "worker-1"), NoSpans)
    assert "pip install 'wetread[otel]'" in caplog.text
