"""OpenTelemetry: a trace for each go, a span for each step. The only module that imports it, and only where somebody
wants traces: the extra `otel` is installed, and an address stands in the environment (OTEL_…) or in site.yaml.

Spans hold names of the site's own, opaque ids, places in files, outcomes and codes. Never a value, a key, a title, a
message, a picture: exceptions are told by their code alone.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from robot_library import __version__
from robot_library.engine.run.spans import Ended, NoSpans, Spans
from robot_library.model.tracing import Tracing

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor

log = logging.getLogger("wetread.traces")
_ADDRESSES = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_WITHIN = "OTEL_EXPORTER_OTLP_TIMEOUT"
_PATIENCE_S = 3.0
"""What a collector that does not answer may cost the worker's end."""


def wanted(site: Tracing) -> bool:
    """Whether anybody wants traces here."""
    off = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true" or os.environ.get("OTEL_TRACES_EXPORTER") == "none"
    return not off and bool(site.endpoint or any(os.environ.get(name) for name in _ADDRESSES))


def make_spans(site: Tracing, worker: str) -> Spans:
    """Where this worker's goes are told to. The environment's own words come before site.yaml's."""
    if not wanted(site):
        return NoSpans()
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        log.warning("traces are wanted, but OpenTelemetry is not installed: pip install 'wetread[otel]'")
        return NoSpans()
    given: dict[str, Any] = {}
    if site.endpoint and not any(os.environ.get(name) for name in _ADDRESSES):
        given["endpoint"] = f"{site.endpoint.rstrip('/')}/v1/traces"
    if not os.environ.get(_WITHIN):
        given["timeout"] = _PATIENCE_S
    return OpenSpans(BatchSpanProcessor(OTLPSpanExporter(**given)), worker, site.share)


class OpenSpans:
    """Spans for one worker, handed on to a processor. Nothing of it is global: other libraries' spans are not taken in,
    and ours go nowhere else."""

    def __init__(self, processor: SpanProcessor, worker: str, share: float = 1.0) -> None:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

        named = {"service.version": __version__, "service.instance.id": worker}
        if not os.environ.get("OTEL_SERVICE_NAME"):
            named["service.name"] = "wetread"
        sampler = None if os.environ.get("OTEL_TRACES_SAMPLER") else ParentBased(TraceIdRatioBased(share))
        self._provider = TracerProvider(sampler=sampler, resource=Resource.create(named), shutdown_on_exit=False)
        self._provider.add_span_processor(processor)
        self._closed = False
        self._tracer = self._provider.get_tracer("wetread", __version__)

    @contextmanager
    def go(self, bot: str, workflow: str, item: str) -> Iterator[Ended]:
        """A trace of its own, whatever is under way around it."""
        from opentelemetry.context import Context

        told = {"wetread.bot": bot, "wetread.workflow": workflow, "wetread.item": item}
        with self._span(f"go {bot}", told, context=Context()) as ended:
            yield ended

    @contextmanager
    def step(self, action: str, effect: str, path: str, place: str) -> Iterator[Ended]:
        """Inside what is under way."""
        told = {"wetread.action": action, "wetread.effect": effect, "wetread.path": path, "wetread.place": place}
        with self._span(action, told) as ended:
            yield ended

    @contextmanager
    def _span(self, name: str, told: dict[str, str], **more: Any) -> Iterator[Ended]:
        from opentelemetry.trace import Status, StatusCode

        # An exception's own text may quote what was typed: it is never recorded.
        with self._tracer.start_as_current_span(
            name, attributes=told, record_exception=False, set_status_on_exception=False, **more
        ) as span:

            def ended(outcome: str, code: str) -> None:
                span.set_attribute("wetread.outcome", outcome)
                if code:
                    span.set_attribute("error.type", code)
                    span.set_status(Status(StatusCode.ERROR))

            yield ended

    def close(self) -> None:
        """Hand on what is left, and end."""
        if self._closed:
            return
        self._closed = True
        try:
            self._provider.force_flush(int(_PATIENCE_S * 1000))
            self._provider.shutdown()
        except Exception as failure:
            log.warning("the last traces could not be handed on (%s)", type(failure).__name__)
