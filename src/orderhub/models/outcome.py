"""Results of batch verbs, findings, and the mapping report. Imports `models` and `errors`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from orderhub.errors import OrderHubError
from orderhub.models.base import Model
from orderhub.models.status import Severity

__all__ = ["Finding", "MappingReport", "Outcome"]

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Outcome(Generic[V]):
    """One result per input of a batch, in order.

    Attributes:
        ok: Whether the effect is there, including when it already was.
        key: The input it belongs to.
        reason: A short machine-readable word when not ok, or `already_done`.
        error: The error behind it, when there is one.
        value: What the operation gave back.
    """

    ok: bool
    key: str
    reason: str | None = None
    error: OrderHubError | None = None
    value: V | None = None

    @classmethod
    def failed(cls, key: str, error: OrderHubError, reason: str | None = None) -> Outcome[V]:
        """The outcome of an input whose operation raised."""
        return cls(False, key, reason or _snake(type(error).__name__), error)


def _snake(name: str) -> str:
    return "".join("_" + c.lower() if c.isupper() and i else c.lower() for i, c in enumerate(name))


class Finding(Model):
    """Something a person or a rule should know; `value` is masked, `path` is the wire path."""

    code: str
    severity: Severity
    message: str
    platform: str | None = None
    order_id: str | None = None
    path: str | None = None
    value: str | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class MappingReport:
    """What became of each wire field of one document, by dotted wire path.

    Attributes:
        used: wire path -> canonical field.
        ignored: wire path -> why it is left out on purpose.
        unknown: wire paths that no row names, kept in `extra`.
    """

    used: Mapping[str, str] = field(default_factory=dict)
    ignored: Mapping[str, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"used": dict(self.used), "ignored": dict(self.ignored), "unknown": list(self.unknown)}
