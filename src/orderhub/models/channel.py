"""What is said to and about a channel: windows, pages, limits, capabilities, dispatches. Imports `models`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, Literal, TypeVar

from orderhub.models.base import Instant, Model
from orderhub.models.credentials import Credentials, Token
from orderhub.models.outcome import Finding
from orderhub.models.person import Recipient

__all__ = [
    "Capability", "CarrierInfo", "Credentials", "Decrypted", "Dispatch", "Limits", "OrderRef", "Page", "PushMessage",
    "Rate", "Token", "Window",
]  # fmt: skip

V = TypeVar("V")
Axis = Literal["updated", "created"]


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time, both ends included, aware UTC; `axis` says which time of the order is meant."""

    start: datetime
    end: datetime
    axis: Axis = "updated"


@dataclass(frozen=True, slots=True)
class OrderRef:
    """An order that a list names but does not show: fetch it unless this version is already stored."""

    order_id: str
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[V]):
    """One page of a list.

    Attributes:
        items: Decoded documents.
        refs: Documents that need a call of their own.
        findings: What could not be decoded or was not understood.
        next: Where the next page starts, None at the end. Opaque.
        total: How many the platform says there are in the whole window, when it says.
        quarantined: (order id or None, raw bytes, finding) of documents that could not be decoded.
    """

    items: tuple[V, ...] = ()
    refs: tuple[OrderRef, ...] = ()
    findings: tuple[Finding, ...] = ()
    next: Any = None
    total: int | None = None
    quarantined: tuple[tuple[str | None, bytes, Finding], ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """What one operation of a platform allows; None where the sheet does not say.

    Attributes:
        page_size_max: Rows a page.
        window_max: Longest span of one list call.
        history: How far back lists reach.
        settle_delay: How long rows may take to become visible; holds back the watermark, never the orders.
        overlap: How far windows reach back over the last one.
        batch_max: Items in one write call.
        rate_per_s: Sustained calls a second; what holds calls back are the `Rate`s of the operations on the wire.
        burst: Calls that may go at once.
    """

    page_size_max: int | None = None
    window_max: timedelta | None = None
    history: timedelta | None = None
    settle_delay: timedelta = timedelta(0)
    overlap: timedelta = timedelta(0)
    batch_max: int | None = None
    rate_per_s: float | None = None
    burst: int | None = None


@dataclass(frozen=True, slots=True)
class Rate:
    """How often one operation may be called: so many `calls` in a span of so many `seconds`.

    Attributes:
        burst: Size of the token bucket that the platform keeps; None where it counts calls in spans of time.
        per: Whose calls are counted together: those of one shop, or of every shop of the app.
        together: Whether calls of all operations that have this rate count as one.
    """

    calls: float
    seconds: float = 1.0
    burst: float | None = None
    per: Literal["shop", "app"] = "shop"
    together: bool = False

    @property
    def per_s(self) -> float:
        """Calls a second over a long time."""
        return self.calls / self.seconds


@dataclass(frozen=True, slots=True)
class Capability:
    """One verb of one platform: whether it is there, its limits, or why it is absent.

    Attributes:
        evidence: documented, vector_tested, emulator_tested or live_verified.
    """

    verb: str
    available: bool
    limits: Limits = field(default_factory=Limits)
    because: str | None = None
    evidence: str = "emulator_tested"
    source: str | None = None


class Dispatch(Model):
    """One parcel to be told to the platform.

    Attributes:
        order_id: The platform's order id.
        carrier: Canonical carrier code, e.g. "sf".
        waybill_no: The carrier's number.
        lines: (line_id, quantity) pairs, None for the whole order.
        replaces: The number that this one corrects.
        serial_numbers: (line_id, serial) pairs where goods carry them.
    """

    order_id: str
    carrier: str
    waybill_no: str
    lines: tuple[tuple[str, int], ...] | None = None
    replaces: str | None = None
    serial_numbers: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> str:
        """`order_id:waybill_no`."""
        return f"{self.order_id}:{self.waybill_no}"


@dataclass(frozen=True, slots=True)
class CarrierInfo:
    """One row of a platform's own carrier list; `carrier` is our canonical code where the name is known."""

    code: str
    name: str
    carrier: str | None = None
    platform_id: str | None = None


@dataclass(frozen=True, slots=True)
class PushMessage:
    """A decoded push message: never the truth itself, only "read these again".

    Attributes:
        message_id: For recognising a second delivery.
        topic: The platform's word.
        shop_hint: What the message says about the seller.
        order_ids, refund_ids, listing_ids: What to read again.
        sent_at: UTC.
    """

    message_id: str
    topic: str
    shop_hint: str | None = None
    order_ids: tuple[str, ...] = ()
    refund_ids: tuple[str, ...] = ()
    listing_ids: tuple[str, ...] = ()
    sent_at: datetime | None = None
    is_revocation: bool = False


class Decrypted(Model):
    """A receiver in the clear, from the platform's own decryption; handle as personal data."""

    order_id: str
    recipient: Recipient
    matched: bool = True
    expires_at: Instant | None = None
