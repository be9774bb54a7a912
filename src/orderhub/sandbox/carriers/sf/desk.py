"""SF's books: orders, their waybill numbers, and what each service does with them. Imports the sandbox only.

Source: docs/platforms/sf.md#create.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from orderhub.sandbox.carriers.sf.check import PARCELS_MAX, check_order, contact, listed, text, whole
from orderhub.sandbox.carriers.sf.codes import Refused
from orderhub.sandbox.carriers.sf.journey import CHINA, Stop, happened, routes
from orderhub.sandbox.depot import Parcel
from orderhub.sandbox.emulator import Setup

__all__ = ["Consignment", "Desk"]

Document = dict[str, Any]
NUMBERS_MAX: Final = 10
KEPT: Final = timedelta(days=90)
_DIAL_CODES: Final = {
    "北京": "010", "上海": "021", "天津": "022", "重庆": "023", "广州": "020", "深圳": "755", "杭州": "571",
    "南京": "025", "成都": "028", "武汉": "027", "西安": "029", "苏州": "512", "厦门": "592", "青岛": "532",
}  # fmt: skip


@dataclass(slots=True)
class Consignment:
    """One order at SF, with its parcels; `shift_s` moves its journey for the tester."""

    partner: str
    order_id: str
    document: Document
    created_at: datetime
    numbers: list[Document]
    filter_result: int
    remark: str | None
    scenario: str
    pace: float
    cancelled: bool = False
    shift_s: float = 0.0
    return_no: str = ""

    @property
    def cities(self) -> tuple[str, str]:
        """Where it comes from and goes to."""
        sender, receiver = contact(self.document, 1), contact(self.document, 2)
        return _city(sender), _city(receiver)

    def stops(self, now: datetime) -> list[tuple[datetime, Stop]]:
        """What has happened to it."""
        if self.cancelled or not self.numbers:
            return []
        return happened(
            self.scenario, self._start() - timedelta(seconds=self.shift_s), now, self.pace * self._distance()
        )

    def routes(self, now: datetime) -> list[Document]:
        """The same on the wire."""
        return routes(self.stops(now), places=self.cities, return_no=self.return_no)

    def opens_to(self, tails: frozenset[str]) -> bool:
        """Whether a query with these phone tails may see its routes."""
        own = {_tail(contact(self.document, kind)) for kind in (1, 2)}
        return bool(own & tails) if tails else bool(self.document.get("monthlyCard"))

    def _start(self) -> datetime:
        """A courier comes at the appointed time, else at once."""
        try:
            asked = datetime.strptime(str(self.document.get("sendStartTm")), "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA)
        except ValueError:
            return self.created_at
        return max(asked, self.created_at)

    def _distance(self) -> float:
        sender, receiver = contact(self.document, 1), contact(self.document, 2)
        if self.cities[0] and self.cities[0] == self.cities[1]:
            return 0.4
        return 0.7 if sender.get("province") and sender.get("province") == receiver.get("province") else 1.0


class Desk:
    """Every service by its code: `services[code](partner, message)` answers the inner `msgData` or raises `Refused`."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self.orders: dict[tuple[str, str], Consignment] = {}
        self.by_number: dict[str, Consignment] = {}
        self._serial = 0
        self.services: dict[str, Callable[[str, Any], Any]] = {
            "EXP_RECE_CREATE_ORDER": self._create,
            "EXP_RECE_PRE_ORDER": self._pre_order,
            "EXP_RECE_SEARCH_ORDER_RESP": self._search,
            "EXP_RECE_UPDATE_ORDER": self._update,
            "EXP_RECE_FILTER_ORDER_BSP": self._filter,
            "EXP_RECE_SEARCH_ROUTES": self._routes,
            "EXP_RECE_GET_SUB_MAILNO": self._children,
        }

    def _switch(self, name: str) -> Any:
        return self._setup.switches[name]

    def _words(self, name: str) -> list[str]:
        return [word.strip() for word in str(self._switch(name)).split(",") if word.strip()]

    def _create(self, partner: str, message: Any) -> Document:
        document = _object(message)
        order_id = text(document, "orderId", 64)
        held = self.orders.get((partner, order_id))
        if held is not None:
            if held.cancelled or self._switch("repeated_order_id") == "8016":
                raise Refused("8016", order_id)
            return self._told(held)
        self._check(document)
        kept = self._consign(partner, order_id, document)
        self.orders[partner, order_id] = kept
        self.by_number.update({row["waybillNo"]: kept for row in kept.numbers})
        return self._told(kept)

    def _check(self, document: Document) -> None:
        if self._switch("peak_control"):
            raise Refused("8177")
        check_order(document, self._words("prohibited"))

    def _consign(self, partner: str, order_id: str, document: Document) -> Consignment:
        reachable, remark = self._reachable(contact(document, 1), contact(document, 2))
        numbers = self._numbers(document) if reachable else []
        return Consignment(
            partner, order_id, document, self._setup.now(), numbers, 2 if reachable else 3, remark,
            self._switch("scenario"), float(self._switch("pace_percent")), return_no=self._number(True),
        )  # fmt: skip

    def _reachable(self, sender: Mapping[str, Any], receiver: Mapping[str, Any]) -> tuple[bool, str | None]:
        """`remark` 1: the sender is out of range, 2: the receiver."""
        for remark, person in (("1", sender), ("2", receiver)):
            place = "".join(str(person.get(name) or "") for name in ("province", "city", "county", "address"))
            if any(word in place for word in self._words("unserviceable")):
                return False, remark
        return True, None

    def _numbers(self, document: Document) -> list[Document]:
        if whole(document, "isGenWaybillNo", 1) == 0:
            supplied = [{"waybillType": 1, **row} for row in listed(document, "waybillNoInfoList")]
            if any(row["waybillNo"] in self.by_number for row in supplied):
                raise Refused("8247", "belongs to another order")
            return supplied
        unified = bool(whole(document, "isUnifiedWaybillNo", int(self._switch("unified_by_default"))))
        kinds = [1] + [2] * (whole(document, "parcelQty", 1) - 1) + [3] * whole(document, "isSignBack", 0)
        return [{"waybillType": kind, "waybillNo": self._number(unified)} for kind in kinds]

    def _number(self, unified: bool) -> str:
        self._serial += 1
        return (
            f"SF{1_011_600_000_000 + self._serial * 11:013d}" if unified else f"{444_000_000_000 + self._serial * 11}"
        )

    def _told(self, kept: Consignment) -> Document:
        origin, destination = map(_dial_code, kept.cities)
        labels = [{"code": "1000", "routeLabelData": self._label(kept, row)} for row in kept.numbers]
        wanted = whole(kept.document, "isReturnRoutelabel", 0)
        return {
            "orderId": kept.order_id, "originCode": origin, "destCode": destination,
            "filterResult": kept.filter_result, "remark": kept.remark, "waybillNoInfoList": kept.numbers,
            "routeLabelInfo": labels if wanted else None, "url": None, "paymentLink": None, "returnExtraInfoList": None,
        }  # fmt: skip

    def _label(self, kept: Consignment, row: Document) -> Document:
        destination = _dial_code(kept.cities[1])
        return {
            "waybillNo": row["waybillNo"], "destRouteLabel": f"{destination}-A1", "codingMapping": "S01",
            "proCode": "T4",
            "twoDimensionCode": f"MMM={{'k1':'{destination}','k5':'{row['waybillNo']}'}}", "printFlag": "000000000",
            "limitTypeCode": "T4", "expressTypeCode": "B1", "abFlag": "A", "printIcon": "00000000",
        }  # fmt: skip

    def take_over(self, partner: str, parcel: Parcel) -> None:
        """A number that SF gave to a platform; its order is not among ours."""
        rows = [
            {"contactType": kind, "city": city, "mobile": phone}
            for kind, city, phone in zip((1, 2), parcel.cities, (*parcel.phones, "", "")[:2], strict=True)
        ]
        document = {"contactInfoList": rows}
        reference = f"{parcel.shop_id}/{parcel.number}"
        self.by_number[parcel.number] = Consignment(
            partner, reference, document, self._setup.now(), [{"waybillType": 1, "waybillNo": parcel.number}], 2, None,
            self._switch("scenario"), float(self._switch("pace_percent")), return_no=self._number(True),
        )  # fmt: skip

    def fetched(self, number: str) -> bool:
        """Whether it was picked up."""
        kept = self.by_number.get(number)
        return kept is not None and bool(kept.stops(self._setup.now()))

    def give_back(self, number: str) -> None:
        """The platform takes the number back."""
        if number in self.by_number:
            self.by_number[number].cancelled = True

    def _pre_order(self, partner: str, message: Any) -> Document:
        document = _object(message)
        self._check(document)
        reachable, remark = self._reachable(contact(document, 1), contact(document, 2))
        return {"orderId": document["orderId"], "filterResult": 2 if reachable else 3, "remark": remark}

    def _search(self, partner: str, message: Any) -> Document:
        return self._told(self._held(partner, _object(message)))

    def _held(self, partner: str, document: Document) -> Consignment:
        kept = self.orders.get((partner, text(document, "orderId", 64)))
        if kept is None:
            raise Refused(self._switch("unknown_order_code"), "orderId")
        return kept

    def _update(self, partner: str, message: Any) -> Document:
        document = _object(message)
        kept, deal = self._held(partner, document), whole(document, "dealType", 0)
        if deal not in (1, 2):
            raise Refused("S0002", "dealType")
        if kept.cancelled:
            raise Refused(self._switch("cancelled_code"))
        if deal == 2 and kept.stops(self._setup.now()):
            raise Refused(self._switch("too_late_code"), "picked up")
        kept.cancelled = deal == 2
        return {"orderId": kept.order_id, "waybillNoInfoList": kept.numbers, "resStatus": 2}

    def _filter(self, partner: str, message: Any) -> list[Document]:
        rows = message if isinstance(message, list) else [message]
        return [self._filtered(_object(row)) for row in rows]

    def _filtered(self, row: Document) -> Document:
        """Contacts come as in an order, or one address on the row itself."""
        people = {**row, "contactInfoList": row.get("contactInfoList") or row.get("contactInfos") or []}
        receiver = contact(people, 2) or row
        reachable, remark = self._reachable(contact(people, 1), receiver)
        return {"orderId": row.get("orderId"), "filterResult": 2 if reachable else 3, "remark": remark,
                "destCode": _dial_code(_city(receiver))}  # fmt: skip

    def _children(self, partner: str, message: Any) -> Document:
        document = _object(message)
        kept, wanted = self._held(partner, document), whole(document, "parcelQty", 0)
        if kept.cancelled:
            raise Refused(self._switch("cancelled_code"))
        if wanted < 1 or len(kept.numbers) + wanted > PARCELS_MAX:
            raise Refused("8117")
        unified = kept.numbers[0]["waybillNo"].startswith("SF")
        new = [{"waybillType": 2, "waybillNo": self._number(unified)} for _ in range(wanted)]
        kept.numbers = [*kept.numbers, *new]
        self.by_number.update({str(row["waybillNo"]): kept for row in new})
        return {"orderId": kept.order_id, "waybillNoInfoList": kept.numbers}

    def _routes(self, partner: str, message: Any) -> Document:
        document = _object(message)
        asked = document.get("trackingNumber")
        if not isinstance(asked, list) or not asked:
            raise Refused("8013")
        if len(asked) > NUMBERS_MAX:
            raise Refused("8003")
        if whole(document, "methodType", 0) != 1:
            raise Refused("6133")
        tails = frozenset(re.findall(r"\d{4}", str(document.get("checkPhoneNo") or "")))
        by_order = str(document.get("trackingType")) == "2"
        found = [(str(no), self._seen(partner, str(no), by_order, tails)) for no in asked]
        return {
            "routeResps": [
                {"mailNo": number, "routes": rows} for no, seen in found for number, rows in seen or [(no, [])]
            ]
        }

    def _seen(
        self, partner: str, asked: str, by_order: bool, tails: frozenset[str]
    ) -> list[tuple[str, list[Document]]]:
        """No permission, nothing yet and too old look alike: no routes, no error."""
        kept = self.orders.get((partner, asked)) if by_order else self.by_number.get(asked)
        now = self._setup.now()
        if kept is None or kept.partner != partner or now - kept.created_at > KEPT:
            return []
        rows = kept.routes(now) if by_order or kept.opens_to(tails) else []
        return [(row["waybillNo"], rows) for row in kept.numbers] if by_order else [(asked, rows)]


def _object(message: Any) -> Document:
    if not isinstance(message, dict):
        raise Refused("S0001", "msgData")
    return message


def _city(person: Mapping[str, Any]) -> str:
    return str(person.get("city") or person.get("province") or "")


def _dial_code(city: str) -> str:
    return _DIAL_CODES.get(city.removesuffix("市"), "")


def _tail(person: Mapping[str, Any]) -> str:
    return "".join(re.findall(r"\d", str(person.get("mobile") or person.get("tel") or "")))[-4:]
