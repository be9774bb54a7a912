"""E-waybills that a platform gives out in the carriers' names: numbers, what is left of them, what became of each.

Imports `emulator` and `depot`. A platform adds its calls, checks and wording; numbers begin with a digit of the
platform, so that no two of one sandbox are alike. Source of the formats: docs/platforms/carriers.md.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from orderhub.sandbox.depot import Parcel
from orderhub.sandbox.emulator import Setup

__all__ = ["FORMATS", "SENDERS", "Books", "EWaybill", "sealed"]

Doc = dict[str, Any]

FORMATS: Final[Mapping[str, tuple[str, int]]] = {
    "sf": ("SF", 13), "yto": ("YT", 13), "sto": ("77", 13), "zto": ("7", 13), "yunda": ("4", 12), "jd": ("JD", 13),
    "ems": ("1", 12), "chinapost": ("9", 12), "jt": ("JT", 13), "deppon": ("DPK", 12),
}  # fmt: skip
"""Canonical carrier to the head of its numbers and the count of digits that follow."""

SENDERS: Final[tuple[Mapping[str, str], ...]] = (
    {"province": "上海市", "city": "上海市", "district": "青浦区", "town": "", "detail": "仓储路1号"},
    {"province": "广东省", "city": "广州市", "district": "白云区", "town": "", "detail": "仓储路1号"},
)
"""Where every shop of the sandbox has subscribed to be fetched from."""


@dataclass(slots=True, repr=False)
class EWaybill:
    """One number given out.

    Attributes:
        company: The platform's own code of the carrier.
        trades: Orders of the platform on it.
        object_id: The shop's own name for the parcel.
        document: What was asked for, receiver as sent.
        parent: Number of the first parcel of one shipment of several.
        used: An order was sent with it.
    """

    shop_id: str
    company: str
    number: str
    trades: tuple[str, ...]
    object_id: str
    document: Doc
    at: datetime
    parent: str = ""
    cancelled: bool = False
    used: bool = False

    def view(self) -> Doc:
        """For the tester."""
        return {
            "company": self.company, "number": self.number, "trades": list(self.trades), "object_id": self.object_id,
            "parent": self.parent, "cancelled": self.cancelled, "used": self.used,
        }  # fmt: skip


@dataclass(slots=True)
class Books:
    """Every e-waybill of one platform. `digit` begins its numbers; `carriers` maps its company codes to canonical ones.

    The switch `waybill_quota` says how many numbers each account (shop and company) was given; a cancelled one comes
    back.
    """

    setup: Setup
    digit: int
    carriers: Mapping[str, str]
    by_number: dict[str, EWaybill] = field(default_factory=dict)
    by_trade: dict[tuple[str, str], list[EWaybill]] = field(default_factory=lambda: defaultdict(list))
    issued: Counter[tuple[str, str]] = field(default_factory=Counter)
    returned: Counter[tuple[str, str]] = field(default_factory=Counter)
    serial: int = 0

    def left(self, shop_id: str, company: str) -> int:
        """Numbers that the account may still take."""
        account = (shop_id, company)
        return int(self.setup.switches["waybill_quota"]) - self.issued[account] + self.returned[account]

    def issue(
        self, shop_id: str, company: str, trades: Iterable[str], object_id: str, document: Doc, *, parent: str = "",
        cities: tuple[str, str] = ("", ""), phones: tuple[str, ...] = (), own: str = "",
    ) -> EWaybill:  # fmt: skip
        """A new number (or `own`, brought by the shop), told to the carrier; the caller has looked what is `left`."""
        number = own or self._number(company)
        kept = EWaybill(shop_id, company, number, tuple(trades), object_id, document, self.setup.now(), parent)
        self.by_number[number] = kept
        self.issued[shop_id, company] += 1
        for trade in kept.trades:
            self.by_trade[shop_id, trade].append(kept)
        self.setup.depot.hand_over(Parcel(self.carriers[company], number, shop_id, object_id, cities, phones))
        return kept

    def _number(self, company: str) -> str:
        self.serial += 1
        head, digits = FORMATS[self.carriers[company]]
        return f"{head}{self.digit}{self.serial * 11:0{digits - 1}d}"

    def of(self, shop_id: str, number: str) -> EWaybill | None:
        """The shop's waybill of this number, a cancelled one too."""
        kept = self.by_number.get(number)
        return kept if kept is not None and kept.shop_id == shop_id else None

    def live(self, shop_id: str, trade: str) -> list[EWaybill]:
        """Those of an order that were not cancelled, oldest first."""
        return [kept for kept in self.by_trade.get((shop_id, trade), ()) if not kept.cancelled]

    def cancel(self, kept: EWaybill) -> bool:
        """Give the number back; not once an order was sent with it, or a courier has the parcel."""
        if kept.cancelled or kept.used or not self.setup.depot.call_back(kept.number):
            return False
        kept.cancelled = True
        self.returned[kept.shop_id, kept.company] += 1
        return True

    def use(self, number: str) -> None:
        """An order leaves under this number; numbers from elsewhere are none of our business."""
        kept = self.by_number.get(number)
        if kept is not None:
            kept.used = True

    def unfit(self, shop_id: str, company: str, number: str) -> str:
        """Why an order cannot leave under this number: `foreign`, `cancelled`, `company`; empty when it can."""
        kept = self.by_number.get(number)
        if kept is None:
            return ""
        if kept.shop_id != shop_id:
            return "foreign"
        return "cancelled" if kept.cancelled else "" if kept.company == company else "company"


def sealed(content: Mapping[str, Any], key: str) -> tuple[str, str]:
    """(ciphertext, signature) of what a print client shows: this sandbox's own scrambling, which only it can read."""
    plain = json.dumps(content, ensure_ascii=False, sort_keys=True).encode()
    stream = hashlib.shake_256(key.encode()).digest(len(plain))
    text = (int.from_bytes(plain, "big") ^ int.from_bytes(stream, "big")).to_bytes(len(plain), "big")
    return base64.b64encode(text).decode(), base64.b64encode(hashlib.sha256(text + stream).digest()).decode()
