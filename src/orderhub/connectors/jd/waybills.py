"""JD's e-waybills: agreements and numbers for orders whose receiver stays hidden. Imports `kit`, `flow`, `models`.

The order's `oaid` travels in the receiver's address, everything else as masked or encrypted as it came. JD binds a
number to company, order, merchant and our parcel, and answers the same four with it again: that settles a lost reply.
Source: docs/platforms/jd.md#waybills.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from orderhub.connectors.jd.aftersale import AftersaleVerbs
from orderhub.connectors.jd.orders import number_of
from orderhub.connectors.jd.waybill_sheet import ACCOUNT, OF_JD, PACKAGES_MAX, VENDOR_ORDER_MAX
from orderhub.connectors.jd.wire import seek
from orderhub.errors import DecodeError, InvalidParameter, NotFound, OrderHubError, UnsupportedOperation
from orderhub.flow.steps import Operation
from orderhub.kit.convert import masked, rows_of
from orderhub.kit.json import dumps
from orderhub.kit.rows import read_rows
from orderhub.kit.waybills import account_for, check_request, made, phones_of, short_id, voided
from orderhub.models.logistics import (
    PrintDocument,
    PrintKind,
    PrintPayload,
    Waybill,
    WaybillAccount,
    WaybillRequest,
)
from orderhub.models.outcome import Outcome
from orderhub.models.person import Address, Recipient

__all__ = ["WaybillVerbs"]

CONTRACTS = "jingdong.logistics.ewaybill.contract.query"
CREATE = "jingdong.logistics.ewaybill.waybill.create"
CANCEL = "jingdong.logistics.ewaybill.waybill.cancel"
PRINT = "jingdong.pop.order.print.data.get"
FORWARD = 1
PREPAID_BY_BUYER, AT_THE_DOOR = 0, 1


def _account(row: Mapping[str, Any], anywhere: bool) -> WaybillAccount:
    values = ACCOUNT.decode(row)
    senders = tuple(Address(**place) for place in values.pop("senders", ()))
    return WaybillAccount(senders=senders, from_anywhere=anywhere, **values)


class WaybillVerbs(AftersaleVerbs):
    """Numbers that JD hands out for the companies that the shop has contracts with, on the classic gateway."""

    _agreements: tuple[WaybillAccount, ...] | None = None

    def waybill_accounts(self) -> Operation[list[WaybillAccount]]:
        """Companies with numbers left and the addresses that parcels may be sent from.

        Raises:
            UnsupportedOperation: The shop speaks the newer gateway, whose waybill calls have no documented fields.
        """
        if self.is_sp:
            raise UnsupportedOperation(
                "the fields of the newer gateway's waybill calls are not documented; use wire='routerjson'",
                platform="jd", operation="waybill_accounts",
            )  # fmt: skip
        reply = yield from self.call(CONTRACTS, {})
        holder = seek(reply, "data")
        rows, anywhere = rows_of(holder["data"]) if holder else [], self.config.settings["waybill_sender"] == "own"
        found = read_rows(rows, lambda row: _account(row, anywhere), platform="jd", path="data")
        self._agreements = tuple(found)
        return found

    def create_waybills(self, requests: Sequence[WaybillRequest]) -> Operation[list[Outcome[Waybill]]]:
        """A number for each parcel; asked for again, a parcel has the number that it had."""
        accounts = self._agreements if self._agreements is not None else (yield from self.waybill_accounts())
        outcomes = []
        for request in requests:
            try:
                check_request(request, "jd", packages_max=PACKAGES_MAX)
                place = str(self.config.settings["waybill_sender"])
                account, sender = account_for(request, accounts, "jd", place)
                send = partial(self._create, account, sender)
                outcomes.append((yield from made([request], send, platform="jd", repeatable=True))[request.key])
            except OrderHubError as error:
                outcomes.append(Outcome.failed(request.key, error))
        return outcomes

    def _create(
        self, account: WaybillAccount, sender: Address, requests: Sequence[WaybillRequest]
    ) -> Operation[dict[str, Waybill | OrderHubError]]:
        [request] = requests
        document = _document(request, account, sender, (yield from self._vender_id()))
        document |= (self.config.settings["waybill_fields"] or {}).get(account.code, {})
        reply = yield from self.call(CREATE, {"request": document}, write=True)
        return {request.key: _made(request, reply)}

    def query_waybills(self, waybills: Sequence[Waybill]) -> Operation[list[Outcome[Waybill]]]:
        """What is printed for the orders of each number, masked as the order is; JD itself finds no number.

        A waybill must name its order (`order_ids`); `NotFound` where the order does not carry it is not told by JD.
        """
        outcomes: list[Outcome[Waybill]] = []
        for waybill in waybills:
            try:
                payload = yield from self._printed(waybill)
            except OrderHubError as error:
                outcomes.append(Outcome.failed(waybill.reference, error))
            else:
                told = waybill.model_copy(update={"payload": payload})
                outcomes.append(Outcome(True, waybill.reference, value=told))
        return outcomes

    def _printed(self, waybill: Waybill) -> Operation[PrintPayload]:
        if not waybill.order_ids:
            raise InvalidParameter("JD prints by order: name its id", platform="jd", field="Waybill.order_ids")
        reply = yield from self.call(PRINT, {"order_id": number_of(waybill.order_ids[0])})
        told = {name: value for name, value in reply.items() if name not in ("code", "request_id", "requestId")}
        if not told:
            raise NotFound("JD prints nothing for this order", platform="jd", operation="query_waybills")
        text = dumps({"waybillCode": waybill.waybill_no, "packages": list(waybill.package_nos), "order": told})
        page = PrintDocument(document_id=waybill.waybill_no, data=text)
        return PrintPayload(kind=PrintKind.DATA, format="jd", documents=(page,))

    def cancel_waybill(self, waybill: Waybill) -> Operation[Outcome[None]]:
        """Give a number back that no courier has taken; whether it is gone already, only the refusal's words tell."""
        accounts = self._agreements if self._agreements is not None else (yield from self.waybill_accounts())
        account = next((one for one in accounts if waybill.carrier in (one.carrier, one.code)), None)
        if account is None:
            raise InvalidParameter(f"this shop has no contract with {waybill.carrier!r} at JD", platform="jd",
                                   field="Waybill.carrier")  # fmt: skip
        fields = {
            "waybillCode": waybill.waybill_no, "vendorCode": (yield from self._vender_id()), "source": "JOS",
            "cancelReason": str(self.config.settings["cancel_reason"]), **_provider(account),
        }  # fmt: skip
        gone = tuple(self.config.settings["gone_words"] or ())

        def is_there(refusal: OrderHubError) -> Operation[bool]:
            yield from ()
            return not any(word in refusal.message for word in gone)

        return (yield from voided(waybill, lambda: self.call(CANCEL, fields, write=True), is_there))


def _provider(account: WaybillAccount) -> dict[str, Any]:
    number = {"providerId": number_of(account.provider_id)} if account.provider_id else {}
    return {**number, "providerCode": account.code}


def _document(request: WaybillRequest, account: WaybillAccount, sender: Address, vendor: str) -> dict[str, Any]:
    parcel, person = request.parcel, request.parcel.recipient
    cod = parcel.cod_amount
    agreement = {"branchCode": account.branch_code} if account.is_prepaid else {
        "settlementCode": account.settlement_code}  # fmt: skip
    document = {
        **_provider(account), "vendorCode": vendor, "vendorOrderCode": short_id(request.key, VENDOR_ORDER_MAX),
        "platformOrderNo": parcel.order_ids[0], "salePlatform": OF_JD, "waybillCount": request.packages,
        "payType": AT_THE_DOOR if cod else PREPAID_BY_BUYER, "shouldPayMoney": cod or Decimal(0),
        "weight": Decimal(parcel.weight_g).scaleb(-3), "volume": _volume_cm3(request),
        "needGuarantee": parcel.declared_value is not None, "guaranteeMoney": parcel.declared_value or Decimal(0),
        "goodsName": parcel.contents[0][0], "orderType": FORWARD, **agreement,
        "fromAddress": {**_place(sender), "contact": request.sender.name, **phones_of(request.sender)},
        "toAddress": {**_place(person.address), "contact": person.name, **phones_of(person), **_token(person)},
    }  # fmt: skip
    return {name: value for name, value in document.items() if value is not None}


def _volume_cm3(request: WaybillRequest) -> int:
    """Whole cubic centimetres, rounded up; 0 where the box was not measured."""
    box = request.parcel
    if None in (box.length_mm, box.width_mm, box.height_mm):
        return 0
    return -(-(box.length_mm or 0) * (box.width_mm or 0) * (box.height_mm or 0) // 1000)


def _place(address: Address) -> dict[str, str]:
    values = {"provinceName": address.province, "cityName": address.city, "countryName": address.district,
              "countrysideName": address.town, "address": address.street}  # fmt: skip
    return {name: value for name, value in values.items() if value}


def _token(person: Recipient) -> dict[str, str]:
    return {"oaid": person.privacy.token} if person.privacy.token else {}


def _made(request: WaybillRequest, reply: Mapping[str, Any]) -> Waybill:
    """The number of a parcel, the first of several, which stands for all."""
    holder = seek(reply, "waybillCodeInfoList")
    rows = [row for row in rows_of(holder["waybillCodeInfoList"]) if isinstance(row, Mapping)] if holder else []
    numbers = [str(row.get("waybillCode") or "") for row in rows]
    if not numbers or not all(numbers):
        raise DecodeError("an answer without a waybill number", platform="jd", path="data.waybillCodeInfoList",
                          value=masked(rows))  # fmt: skip
    packages = numbers if len(numbers) > 1 else [str(one) for one in rows_of(rows[0].get("waybillPackageNoList"))]
    return Waybill(
        carrier=request.carrier, waybill_no=numbers[0], reference=request.key, order_ids=request.parcel.order_ids,
        package_nos=tuple(packages) if len(packages) > 1 else (),
    )  # fmt: skip
