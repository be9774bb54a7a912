"""Answering after-sale cases. Imports `kit`, `flow`, `models`. Source: docs/platforms/pinduoduo.md#refunds.

There is no call to refuse: that is done in the seller's console.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orderhub.connectors.pinduoduo.aftersale import AftersaleVerbs
from orderhub.connectors.pinduoduo.shipping import ShippingVerbs
from orderhub.connectors.pinduoduo.spec import CASE_STEPS
from orderhub.errors import DecodeError, InvalidParameter, RequestRejected
from orderhub.flow.steps import Operation
from orderhub.kit.aftersale import answer_case
from orderhub.kit.convert import ident, rows_of, text
from orderhub.kit.rows import read_rows
from orderhub.kit.shipping import find_company
from orderhub.kit.table import read
from orderhub.models.aftersale import ReturnAddress
from orderhub.models.outcome import Outcome
from orderhub.models.person import Address, Recipient
from orderhub.models.refund import Refund

__all__ = ["AnswerVerbs"]

Write = Callable[[Refund], Operation[object]]


class AnswerVerbs(AftersaleVerbs, ShippingVerbs):
    """Agreeing, and parcels of exchanges."""

    def _answer(self, verb: str, case: Refund, write: Write) -> Operation[Outcome[None]]:
        name = f"{case.order_id}:{case.refund_id}"
        self.remember_case(case.refund_id, case.order_id)
        return answer_case(verb, case, CASE_STEPS, lambda: self.get_refund(name), write)

    def agree_refund(self, case: Refund, *, sms_code: str | None = None) -> Operation[Outcome[None]]:
        """Pay the buyer back; no code by SMS is known here."""

        def write(fresh: Refund) -> Operation[None]:
            sent = {"request": {**_case(fresh), "operate_desc": self.config.settings["agree_text"]}}
            _agreed((yield from self.call("pdd.refund.agree", sent, write=True)))

        return (yield from self._answer("agree_refund", case, write))

    def agree_return(
        self, case: Refund, address: ReturnAddress | None = None, *, remark: str = ""
    ) -> Operation[Outcome[None]]:
        """Let the buyer send goods back to one of the shop's own addresses."""

        def write(fresh: Refund) -> Operation[None]:
            chosen = address or (yield from self._default_address())
            if chosen.address_id is None:
                raise InvalidParameter("Pinduoduo wants the number of one of the shop's own addresses; see "
                                       "return_addresses", platform="pinduoduo", field="address")  # fmt: skip
            told = remark or self.config.settings["agree_text"]
            sent = {"request": {**_case(fresh), "return_address_id": chosen.address_id, "operate_desc": told}}
            yield from self.call("pdd.refund.returngoods.agree", sent, write=True)

        return (yield from self._answer("agree_return", case, write))

    def ship_exchange(self, case: Refund, carrier: str, waybill_no: str) -> Operation[Outcome[None]]:
        """Say which parcel goes out for an exchange or a resend."""

        def write(fresh: Refund) -> Operation[None]:
            if not self._companies:
                yield from self.carriers()
            usable = [company for company, is_usable in self._companies if is_usable]
            company = find_company(carrier, usable, "pinduoduo")
            sent = {"request": {**_case(fresh), "shipping_id": int(company.platform_id or ""),
                                "shipping_name": company.name, "tracking_number": waybill_no}}  # fmt: skip
            yield from self.call("pdd.refund.exchange.shipping", sent, write=True)

        return (yield from self._answer("ship_exchange", case, write))

    def return_addresses(self) -> Operation[list[ReturnAddress]]:
        """The shop's own addresses for returns."""
        reply = yield from self.call("pdd.refund.address.list.get", {})
        rows = rows_of(reply.get("refund_address_list", reply))
        return read_rows(rows, _address, platform="pinduoduo", path="refund_address_list")

    def _default_address(self) -> Operation[ReturnAddress]:
        """The one that is marked, or the only one there is."""
        found = yield from self.return_addresses()
        marked = [row for row in found if row.is_default]
        if len(marked) == 1 or len(found) == 1:
            return (marked or found)[0]
        names = ", ".join(row.address_id or "" for row in found) or "none"
        raise InvalidParameter(f"name the address that goods go back to; the shop has {names}", platform="pinduoduo",
                               field="address")  # fmt: skip


def _case(case: Refund) -> dict[str, Any]:
    number = case.refund_id
    return {"order_sn": case.order_id, "after_sales_id": int(number) if number.isdecimal() else number}


def _agreed(reply: Mapping[str, Any]) -> None:
    """Raise unless `result.succ` says yes."""
    result = reply.get("result")
    told = result.get("succ") if isinstance(result, Mapping) else None
    if str(told).lower() in ("true", "1"):
        return
    if told is None or not isinstance(result, Mapping):
        raise DecodeError("the reply does not say result.succ", platform="pinduoduo", path="result.succ")
    raise RequestRejected(str(result.get("message") or "refused without a text"), platform="pinduoduo", code="succ",
                          request_id=read(reply, "request_id", text))  # fmt: skip


def _address_id(row: Mapping[str, Any]) -> str | None:
    found: str | None = read(row, "refund_address_id", ident) or read(row, "id", ident)
    return found


def _address(row: Mapping[str, Any]) -> ReturnAddress:
    if (address_id := _address_id(row)) is None:
        raise DecodeError("an address without an id", platform="pinduoduo")
    place = Address(province=read(row, "province_name", text), city=read(row, "city_name", text),
                    district=read(row, "district_name", text), street=read(row, "refund_address", text))  # fmt: skip
    phone = read(row, "refund_phone", text) or read(row, "refund_tel", text)
    contact = Recipient(name=read(row, "refund_name", text), phone=phone, address=place)
    is_default = str(row.get("is_default")).lower() in ("true", "1", "y")
    return ReturnAddress(address_id=address_id, contact=contact, is_default=is_default)
