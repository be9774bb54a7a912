"""Spans and metrics for hosts that run OpenTelemetry (extra `otel`). May import `ports`, `collect`, `flow`, `models`.

Nothing of the library imports this package by itself: a host makes an `OtelObserver` and hands it over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orderhub.errors import ConfigurationError

if TYPE_CHECKING:
    from orderhub.telemetry.otel import OtelObserver as OtelObserver

__all__ = ["OtelObserver"]


def __getattr__(name: str) -> Any:
    if name != "OtelObserver":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from orderhub.telemetry.otel import OtelObserver
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("opentelemetry"):
            raise
        raise ConfigurationError('telemetry needs OpenTelemetry: pip install "orderhub[otel]"') from None
    return OtelObserver
