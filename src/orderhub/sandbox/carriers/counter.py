"""What every carrier's emulator shares: its books, its parcels on the way, and the tester's hand.

Imports the sandbox's own modules only. A carrier adds its gateway: paths, signatures, envelopes, checks and codes.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from orderhub.flow.message import Reply
from orderhub.sandbox.carriers.journeys import JOURNEYS, Stop, happened
from orderhub.sandbox.depot import Parcel
from orderhub.sandbox.emulator import Call, ControlError, EmulatorBase, Setup, Switch

__all__ = ["CHINA", "SHARED", "Consignment", "Counter", "Happening", "Refused", "dated", "digest", "json_reply", "tail"]

CHINA: Final = timezone(timedelta(hours=8))
UNKNOWN_CODE: Final = "ZZ99"
SHARED: Final[Mapping[str, Switch]] = {
    "scenario": Switch("delivered", "what becomes of new parcels", tuple(JOURNEYS)),
    "pace_percent": Switch(100, "how long journeys take; 50 is twice as fast"),
}
"""Switches of every carrier."""


def dated(at: datetime) -> str:
    """China time as `yyyy-MM-dd HH:mm:ss`."""
    return f"{at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"


def digest(text: str) -> str:
    """Base64 of the raw MD5 of `text`."""
    return base64.b64encode(hashlib.md5(text.encode(), usedforsecurity=False).digest()).decode()


def tail(phone: object) -> str:
    """The last four digits."""
    return "".join(re.findall(r"\d", str(phone or "")))[-4:]


class Refused(Exception):
    """A call that is answered with a refusal."""

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(code)
        self.code, self.text = code, text


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of one parcel, in the carrier's code."""

    at: datetime
    code: str
    text: str
    place: str


@dataclass(slots=True)
class Consignment:
    """One order, with its number; `shift_s` moves its journey for the tester.

    Attributes:
        account: Whose it is: the merchant's key at the carrier.
        reference: The merchant's own number.
        tails: Last digits of the phones on it.
        carrier: Who carries it, where an aggregator took the order.
        foreign: A platform gave the number out; an aggregator knows such a parcel but never lists it as its own.
        cities: Where it comes from and goes to.
    """

    account: str
    reference: str
    number: str
    created_at: datetime
    document: dict[str, Any]
    scenario: str
    pace: float
    cities: tuple[str, str] = ("", "")
    tails: frozenset[str] = frozenset()
    carrier: str = ""
    cancelled: bool = False
    shift_s: float = 0.0
    foreign: bool = False
    told: dict[str, Any] = field(default_factory=dict)

    def stops(self, now: datetime) -> list[tuple[datetime, Stop]]:
        """What has happened to it, oldest first."""
        if self.cancelled:
            return []
        return happened(self.scenario, self.created_at - timedelta(seconds=self.shift_s), now, self.pace)


class Counter(EmulatorBase):
    """The books of one carrier and the control calls on them."""

    words: Mapping[str, tuple[str, str]] = {}
    """Stage -> (code on the wire, text with `{place}`)."""
    carries: frozenset[str] | None = None
    """Canonical carriers whose parcels it knows; None means its own name alone."""
    faults = frozenset({"unknown_status"})
    switches = SHARED

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self.orders: dict[tuple[str, str], Consignment] = {}
        self.by_number: dict[str, Consignment] = {}
        self.subscribed: set[str] = set()
        self._serial = 0

    def switch(self, name: str) -> Any:
        """The live value of a switch."""
        return self._setup.switches[name]

    def now(self) -> datetime:
        """The sandbox clock."""
        return self._setup.now()

    def serial(self) -> int:
        """A new number of this carrier's own, growing."""
        self._serial += 1
        return self._serial

    def consign(
        self, account: str, reference: str, number: str, document: dict[str, Any], *, cities: tuple[str, str],
        phones: tuple[object, ...] = (), carrier: str = "",
    ) -> Consignment:  # fmt: skip
        """Write a new order down."""
        kept = Consignment(
            account, reference, number, self.now(), document, self.switch("scenario"),
            float(self.switch("pace_percent")), cities, frozenset(tail(phone) for phone in phones if phone), carrier,
        )  # fmt: skip
        self.orders[account, reference] = kept
        self.by_number[number] = kept
        return kept

    def take_over(self, parcel: Parcel) -> None:
        """A platform gave out one of our numbers."""
        if parcel.carrier not in (self.carries or {self.name}) or parcel.number in self.by_number:
            return
        reference = f"{parcel.shop_id}/{parcel.number}"
        kept = self.consign(
            parcel.shop_id, reference, parcel.number, {}, cities=parcel.cities, phones=parcel.phones,
            carrier=parcel.carrier,
        )  # fmt: skip
        kept.foreign = self.carries is not None and len(self.carries) > 1

    def fetched(self, number: str) -> bool:
        """Whether a courier has the parcel; an aggregator leaves that to the carrier."""
        kept = self.by_number.get(number)
        return kept is not None and not kept.foreign and bool(kept.stops(self.now()))

    def give_back(self, number: str) -> None:
        """The platform takes the number back."""
        if number in self.by_number:
            self.by_number[number].cancelled = True

    def happenings(self, kept: Consignment, call: Call | None = None) -> list[Happening]:
        """Events in the carrier's code, oldest first; the fault `unknown_status` disguises the last one."""
        told = [
            Happening(at, *self.told(stop, kept.cities[stop.at_receiver]), kept.cities[stop.at_receiver])
            for at, stop in kept.stops(self.now())
        ]
        if told and call is not None and call.fault is not None and call.fault.name == "unknown_status":
            last = told[-1]
            told[-1] = Happening(last.at, UNKNOWN_CODE, last.text, last.place)
        return told

    def told(self, stop: Stop, place: str) -> tuple[str, str]:
        """Code and text of one stop."""
        code, text = self.words[stop.stage]
        return code, text.format(place=place)

    def pushes(self, kept: Consignment, happenings: list[Happening]) -> list[Mapping[str, Any]]:
        """What the carrier would send to the merchant's address: `{"headers", "body"}`, one or several."""
        return []

    def number_of(self, carrier: str) -> str:
        """A new waybill number for a parcel that the tester makes; raises `ControlError` where orders make them."""
        raise ControlError(f"{self.name} makes waybills by orders", "use its own API", 405)

    # --- the tester's hand -------------------------------------------------------------------------------------------

    def create(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """`{"count": N, "carrier": code}`: parcels that somebody else gave to the carrier."""
        count, carrier = body.get("count", 1), str(body.get("carrier", self.name))
        if isinstance(count, bool) or not isinstance(count, int) or not 0 < count <= 10_000:
            raise ControlError(f"count is {count!r}", "give a number of parcels")
        made = [self._made(carrier) for _ in range(count)]
        return [self._row(kept) for kept in made]

    def _made(self, carrier: str) -> Consignment:
        number = self.number_of(carrier)
        phones = ("13900001111", "13812345678")
        return self.consign(
            "tester", f"T{number}", number, {}, cities=("杭州市", "深圳市"), phones=phones, carrier=carrier
        )

    def records(self, shop_id: str | None) -> list[dict[str, Any]]:
        """Every waybill number that was ever given out, cancelled ones too, with the merchant's `reference`."""
        return [
            self._row(kept) for kept in self.by_number.values() if shop_id in (None, kept.account) and not kept.foreign
        ]

    def _row(self, kept: Consignment) -> dict[str, Any]:
        stops = kept.stops(self.now())
        changed = stops[-1][0] if stops else kept.created_at
        return {
            "order_id": kept.number, "shop_id": kept.account, "modified": dated(changed), "reference": kept.reference,
            "cancelled": kept.cancelled, "carrier": kept.carrier or self.name,
        }  # fmt: skip

    def record(self, record_id: str) -> dict[str, Any]:
        """The order as sent and everything that happened so far."""
        kept = self.by_number.get(record_id)
        if kept is None:
            raise ControlError(
                f"{self.name} has no waybill {record_id}", f"list them at /_sandbox/{self.name}/orders", 404
            )
        events = [{"at": dated(h.at), "code": h.code, "text": h.text, "place": h.place} for h in self.happenings(kept)]
        return {**self._row(kept), "document": kept.document, "scenario": kept.scenario, "events": events,
                "subscribed": kept.number in self.subscribed}  # fmt: skip

    def change(self, record_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """`scenario` chooses another journey, `advance` moves this parcel alone, `push` answers what is pushed now."""
        self.record(record_id)
        kept, action = self.by_number[record_id], body.get("action")
        if action == "scenario" and body.get("scenario") in JOURNEYS:
            kept.scenario = body["scenario"]
        elif action == "advance" and isinstance(body.get("hours"), int | float):
            kept.shift_s += body["hours"] * 3600
        elif action == "push":
            return {**self.record(record_id), "pushes": self._pushed(kept)}
        else:
            raise ControlError(
                f"cannot do {dict(body)!r}",
                'send {"action": "advance", "hours": n}, {"action": "push"} or {"action": "scenario", "scenario": '
                f"one of {', '.join(JOURNEYS)}}}",
            )  # fmt: skip
        return self.record(record_id)

    def _pushed(self, kept: Consignment) -> list[Mapping[str, Any]]:
        """Bodies are text; nothing is pushed about a parcel that nobody asked for."""
        if kept.number not in self.subscribed:
            raise ControlError(f"nobody subscribed {kept.number}", "subscribe it first", 409)
        return self.pushes(kept, self.happenings(kept))


def json_reply(text: str, status: int = 200) -> Reply:
    """A JSON body."""
    return Reply(status, {"content-type": "application/json;charset=UTF-8"}, text.encode())
