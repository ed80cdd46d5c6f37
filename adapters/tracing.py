# SPDX-License-Identifier: GPL-3.0-or-later
"""Traces by OpenTelemetry, where its standard variables name a place for them.

Off, they cost a comparison and import nothing. A span bears what is bound to the log's lines
(``correlation``, ``batch``, …), so that lines, events and spans of one pass are found by one id.
"""

import os
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, Final

import structlog

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer

_NOTHING: Final = nullcontext()
_PLACES: Final = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")

_tracer: "Tracer | None" = None
_log = structlog.get_logger(__name__)


def set_up() -> None:
    """Trace from now on, if that is wanted; may be called again."""
    global _tracer  # noqa: PLW0603 - OpenTelemetry's own provider is as global
    if _tracer is not None or not wanted():
        return
    try:
        _tracer = _exporting()
    except ImportError as error:
        _log.warning("no traces", why=str(error), do="install the extra elnsync[otel]")


def wanted() -> bool:
    """Whether OTEL_* variables ask for traces by OTLP."""
    off = os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    exporter = os.environ.get("OTEL_TRACES_EXPORTER", "").strip() or "otlp"
    return not off and exporter == "otlp" and any(map(os.environ.get, _PLACES))


def span(name: str, **attributes: str | int) -> "AbstractContextManager[Span | None]":
    """Open a span of what is done inside; one that is left by an error bears it."""
    if _tracer is None:
        return _NOTHING
    bound: dict[str, Any] = {**structlog.contextvars.get_contextvars(), **attributes}
    told = {f"ebs.{key}": value for key, value in bound.items()}
    return _tracer.start_as_current_span(name, attributes=told)


def _exporting() -> "Tracer":
    """Let the whole process trace: FastAPI tells of its requests through the same provider.

    Place, headers, time-outs, sampling and the rest are read from OTEL_* by the library itself.
    Raises ImportError without the extra.
    """
    from opentelemetry import trace  # noqa: PLC0415 - nothing of it is loaded while it is off
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    resource = Resource.create()
    if str(resource.attributes[SERVICE_NAME]).startswith("unknown_service"):
        resource = resource.merge(Resource({SERVICE_NAME: "ebs"}))
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return provider.get_tracer("ebs")
