"""The world outside: transport, clock, marketplaces, carriers, messages out. Imports `flow`, `models`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from orderhub.flow.message import Reply, Request
from orderhub.flow.steps import Operation
from orderhub.models import (
    CarrierInfo,
    Decrypted,
    Dispatch,
    InvoiceRequest,
    Listing,
    ListingStock,
    Order,
    Outcome,
    Page,
    Parcel,
    PushMessage,
    Quote,
    Recipient,
    Refund,
    Refusal,
    RefuseReason,
    ReturnAddress,
    Token,
    TrackingEvent,
    Waybill,
    WaybillAccount,
    WaybillRequest,
    WaybillTemplate,
    Window,
)

__all__ = [
    "AsyncTransport", "Carrier", "Channel", "Clock", "Message", "Notifier", "Transport",
]  # fmt: skip


class Transport(Protocol):
    """Sends one request; raises `TransportError`, `SecurityError`, `DecodeError` (reply too large)."""

    def send(self, request: Request) -> Reply:
        """One exchange; never follows redirects."""
        ...

    def close(self) -> None:
        """Release connections."""
        ...


class AsyncTransport(Protocol):
    """`Transport`, awaited."""

    async def send(self, request: Request) -> Reply:
        """One exchange; never follows redirects."""
        ...

    async def close(self) -> None:
        """Release connections."""
        ...


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> datetime:
        """Aware, UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


@runtime_checkable
class Channel(Protocol):
    """What a connector may offer. A verb that is absent is an absent capability, not an error at import."""

    def list_orders(self, window: Window, position: Any = None) -> Operation[Page[Order]]:
        """One page of the orders of `window`; `position` is the `next` of the page before."""
        ...

    def get_order(self, order_id: str) -> Operation[Order]:
        """One order; raises `NotFound`, `DecodeError`."""
        ...

    def list_refunds(self, window: Window, position: Any = None) -> Operation[Page[Refund]]:
        """One page of after-sale cases."""
        ...

    def ship(self, dispatches: Sequence[Dispatch]) -> Operation[list[Outcome[None]]]:
        """Tell the platform about parcels; several of one order in a call are one shipment."""
        ...

    def push_stock(self, levels: Sequence[ListingStock]) -> Operation[list[Outcome[None]]]:
        """Set the quantities that buyers see."""
        ...

    def list_listings(self, position: Any = None) -> Operation[Page[Listing]]:
        """One page of what the shop offers."""
        ...

    def carriers(self) -> Operation[list[CarrierInfo]]:
        """The platform's own list of carrier codes."""
        ...

    def change_address(self, order_id: str, recipient: Recipient) -> Operation[Outcome[None]]:
        """Replace the receiver of an order that is not shipped."""
        ...

    def decode_message(self, headers: Mapping[str, str], body: bytes) -> Operation[list[PushMessage]]:
        """Verify and read a push message; raises `SecurityError` for a forged one."""
        ...

    def exchange_code(self, code: str, redirect_uri: str = "") -> Operation[Token]:
        """Turn an authorisation code into tokens."""
        ...

    def refresh_token(self, refresh_token: str) -> Operation[Token]:
        """New tokens for old; raises `AuthError` when the seller must authorise again."""
        ...

    def orders(
        self,
        *,
        updated_since: datetime | None = None,
        updated_until: datetime | None = None,
        created_since: datetime | None = None,
        created_until: datetime | None = None,
    ) -> Operation[None]:
        """Stream orders by update time or by creation time; aware instants, both ends included."""
        ...

    def refunds(self, *, updated_since: datetime, updated_until: datetime | None = None) -> Operation[None]:
        """Stream after-sale cases by update time; aware instants."""
        ...

    def listings(self) -> Operation[None]:
        """Stream what the shop offers, one row per buyable variant."""
        ...

    def count_orders(self, window: Window) -> Operation[int]:
        """How many orders the platform counts in a window."""
        ...

    def get_refund(self, refund_id: str) -> Operation[Refund]:
        """One after-sale case; raises `NotFound`, `DecodeError`."""
        ...

    def agree_refund(self, case: Refund, *, sms_code: str | None = None) -> Operation[Outcome[None]]:
        """Say yes: the platform pays the buyer back.

        Args:
            case: As it was read; refused as `case_changed` when the buyer asks for another amount by now.
            sms_code: The code that the platform sent to the merchant's phone, where it asked for one before.
        Returns:
            `already_done` when the money is on its way; `wrong_state` tells the status and what is allowed instead.
        """
        ...

    def refuse_refund(self, case: Refund, refusal: Refusal) -> Operation[Outcome[None]]:
        """Say no to what the buyer asks for; see `refuse_reasons`."""
        ...

    def agree_return(
        self, case: Refund, address: ReturnAddress | None = None, *, remark: str = ""
    ) -> Operation[Outcome[None]]:
        """Let the buyer send the goods to `address`; the shop's default one when left out."""
        ...

    def confirm_return(self, case: Refund) -> Operation[Outcome[None]]:
        """Say that the goods arrived."""
        ...

    def refuse_return(self, case: Refund, refusal: Refusal) -> Operation[Outcome[None]]:
        """Say no after the goods arrived and were inspected."""
        ...

    def ship_exchange(self, case: Refund, carrier: str, waybill_no: str) -> Operation[Outcome[None]]:
        """Say which parcel goes to the buyer; `carrier` is a canonical code."""
        ...

    def refuse_reasons(self, case: Refund) -> Operation[list[RefuseReason]]:
        """What a refusal of this case may name as its `code`; empty where a text alone is wanted."""
        ...

    def return_addresses(self) -> Operation[list[ReturnAddress]]:
        """Where returned goods may go to."""
        ...

    def list_invoice_requests(self, order_id: str) -> Operation[list[InvoiceRequest]]:
        """Tax invoices that the buyer of an order asked for; empty when none was."""
        ...

    def set_memo(self, order_id: str, memo: str, flag: int | None = None) -> Operation[Outcome[None]]:
        """Set the seller's note and flag; an empty note clears it."""
        ...

    def close_order(self, order_id: str, reason: str) -> Operation[Outcome[None]]:
        """Close an order that is not paid."""
        ...

    def change_stock(
        self, listing_id: str, delta: int, *, platform_sku_id: str | None = None, key: str | None = None
    ) -> Operation[Outcome[None]]:
        """Add `delta` units to what buyers see; with `key` the change happens once however often it is sent."""
        ...

    def pull_messages(self, quantity: int = 100) -> Operation[list[PushMessage]]:
        """Messages that wait on the platform's own channel; confirm them once what they name is stored."""
        ...

    def confirm_messages(self, message_ids: Sequence[str]) -> Operation[None]:
        """Say that messages are done; unconfirmed ones come again."""
        ...

    def permit_messages(self, topics: Sequence[str] = ()) -> Operation[None]:
        """Switch messages on for this seller."""
        ...

    def decrypt(self, receivers: Sequence[tuple[str, str]], *, scene: str = "1006") -> Operation[list[Decrypted]]:
        """Receivers in the clear for (order id, token) pairs; costs quota."""
        ...

    def merge_groups(self, receivers: Sequence[tuple[str, str]]) -> Operation[list[tuple[str, ...]]]:
        """Which orders go to one receiver, as groups of order ids."""
        ...

    def server_time(self) -> Operation[datetime]:
        """The platform's clock, aware UTC."""
        ...

    def waybill_accounts(self) -> Operation[list[WaybillAccount]]:
        """Companies and branches whose waybills the platform hands out to this shop, with the numbers left."""
        ...

    def waybill_templates(self, carrier: str | None = None) -> Operation[list[WaybillTemplate]]:
        """Labels that the platform's print client knows, of one carrier or of all."""
        ...

    def create_waybills(self, requests: Sequence[WaybillRequest]) -> Operation[list[Outcome[Waybill]]]:
        """A waybill for each parcel, in order; parcel ids differ, and the same parcel again gives the same waybill.

        Receivers that the platform hides travel as its own token. A parcel without a waybill has its reason: no account
        with that company, no number left, a sender that no agreement names, or what the platform says; the error
        `OutcomeUnknown` means that there may be one, and that asking again with the same parcel finds out.
        """
        ...

    def find_waybills(self, requests: Sequence[WaybillRequest]) -> Operation[list[Outcome[Waybill]]]:
        """The waybill of each parcel by its orders; ok without a value where there is none."""
        ...

    def query_waybills(self, waybills: Sequence[Waybill]) -> Operation[list[Outcome[Waybill]]]:
        """Waybills by number, with what prints them."""
        ...

    def cancel_waybill(self, waybill: Waybill) -> Operation[Outcome[None]]:
        """Void a waybill of the platform that no courier has taken; its number is given back."""
        ...


class Carrier(Protocol):
    """What a carrier connector may offer."""

    def create(self, parcel: Parcel, sender: Recipient) -> Operation[Waybill]:
        """A waybill for one parcel; the same `parcel_id` gives the same waybill."""
        ...

    def cancel(self, waybill: Waybill) -> Operation[Outcome[None]]:
        """Void a waybill that was not picked up."""
        ...

    def track(
        self,
        waybill_nos: Sequence[str],
        *,
        phone_tails: Mapping[str, str] | None = None,
        carriers: Mapping[str, str] | None = None,
    ) -> Operation[list[TrackingEvent]]:
        """What has happened to parcels, oldest first.

        Args:
            phone_tails: waybill number -> last four digits of a phone of the parcel, where the carrier asks for them.
            carriers: waybill number -> canonical code, for services that track parcels of many carriers.
        """
        ...

    def subscribe(
        self,
        waybill_nos: Sequence[str],
        *,
        phone_tails: Mapping[str, str] | None = None,
        carriers: Mapping[str, str] | None = None,
    ) -> Operation[list[Outcome[None]]]:
        """Ask for pushes about parcels; one outcome per number, `already_done` when it was asked before."""
        ...

    def pickup(
        self, parcel: Parcel, sender: Recipient, *, start: datetime | None = None, end: datetime | None = None
    ) -> Operation[Outcome[str]]:
        """Call a courier for one parcel, between two aware instants; `value` is the carrier's number of the order."""
        ...

    def find(self, reference: str) -> Operation[Waybill | None]:
        """The waybill of a parcel by our reference, None if there is none."""
        ...

    def serviceability(self, parcel: Parcel, sender: Recipient) -> Operation[Outcome[None]]:
        """Whether the carrier takes the parcel."""
        ...

    def decode_push(self, headers: Mapping[str, str], body: bytes) -> Operation[list[TrackingEvent]]:
        """Verify and read a tracking push."""
        ...

    def quote(self, parcel: Parcel, sender: Recipient) -> Operation[list[Quote]]:
        """The carrier's own prices."""
        ...


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to tell somebody; `key` says it once."""

    key: str
    channel: str
    to: str = field(repr=False)
    template: str = ""
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    locale: str = "zh"


class Notifier(Protocol):
    """Sends messages out."""

    def send(self, messages: Sequence[Message]) -> list[Outcome[None]]:
        """One outcome per message; a key that was sent before is `already_done`."""
        ...
