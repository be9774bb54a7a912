"""Answering refunds and returns. Imports `kit`, `flow`, `models`. Source: docs/platforms/taobao.md#refund-answers.

Every answer carries the case's own version, so that Taobao refuses one that was decided on an older state. Amounts that
are sent count in fen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orderhub.connectors.taobao.aftersale import AftersaleVerbs
from orderhub.connectors.taobao.exchanges import exchange_id, is_exchange
from orderhub.connectors.taobao.shipping import ShippingVerbs
from orderhub.connectors.taobao.spec import AGREED, CASE_STEPS, EXCHANGE_PARCEL, MESSAGE_MAX, MESSAGE_MIN, PROOF_MAX
from orderhub.errors import DecodeError, InvalidParameter, RequestRejected
from orderhub.flow.steps import Operation
from orderhub.kit.aftersale import answer_case, check_evidence, check_text
from orderhub.kit.convert import ident, rows_of, text
from orderhub.kit.json import loads
from orderhub.kit.rows import Rows, read_rows
from orderhub.kit.shipping import find_company
from orderhub.kit.table import read
from orderhub.models.aftersale import Refusal, RefuseReason, ReturnAddress
from orderhub.models.outcome import Outcome
from orderhub.models.person import Address, Recipient
from orderhub.models.refund import Refund

__all__ = ["AnswerVerbs"]

Write = Callable[[Refund], Operation[object]]


class AnswerVerbs(AftersaleVerbs, ShippingVerbs):
    """Agreeing and refusing."""

    def _answer(self, verb: str, case: Refund, write: Write) -> Operation[Outcome[None]]:
        return answer_case(verb, case, CASE_STEPS, lambda: self.get_refund(case.refund_id), write)

    def agree_refund(self, case: Refund, *, sms_code: str | None = None) -> Operation[Outcome[None]]:
        """Pay the buyer back; needs a sub-account. Where Taobao sent a code by SMS, call again with it."""

        def write(fresh: Refund) -> Operation[None]:
            sent = {"refund_infos": _refund_info(fresh), "code": sms_code}
            _agreed((yield from self.call("taobao.rp.refunds.agree", sent, write=True)))

        return (yield from self._answer("agree_refund", case, write))

    def refuse_refund(self, case: Refund, refusal: Refusal) -> Operation[Outcome[None]]:
        """Say no, with a text of 2 to 200 characters; Tmall wants a reason's code and one picture, too."""

        def write(fresh: Refund) -> Operation[None]:
            if is_exchange(fresh.refund_id):
                yield from self._refuse_exchange("tmall.exchange.refuse", fresh, refusal)
                return
            sent = {"refund_id": fresh.refund_id, "refuse_reason_id": refusal.code, **_version(fresh),
                    "refuse_message": check_text(refusal.text, "taobao", MESSAGE_MAX, MESSAGE_MIN)}  # fmt: skip
            yield from self._upload("taobao.refund.refuse", sent, refusal)

        return (yield from self._answer("refuse_refund", case, write))

    def refuse_return(self, case: Refund, refusal: Refusal) -> Operation[Outcome[None]]:
        """Say no to goods that arrived; Tmall only. Taobao takes the reason's code and one picture, no text."""

        def write(fresh: Refund) -> Operation[None]:
            if is_exchange(fresh.refund_id):
                yield from self._refuse_exchange("tmall.exchange.returngoods.refuse", fresh, refusal)
                return
            sent = {"refund_id": fresh.refund_id, "refuse_reason_id": refusal.code, **_version(fresh)}
            yield from self._upload("taobao.rp.returngoods.refuse", sent, refusal)

        return (yield from self._answer("refuse_return", case, write))

    def agree_return(
        self, case: Refund, address: ReturnAddress | None = None, *, remark: str = ""
    ) -> Operation[Outcome[None]]:
        """Let the buyer send goods back to one of the shop's stored addresses."""

        def write(fresh: Refund) -> Operation[None]:
            chosen = address or (yield from self._default_address())
            if is_exchange(fresh.refund_id):
                yield from self._agree_exchange(fresh, chosen, remark)
                return
            bearer = {"buyer": 1, "seller": 0}.get(self.config.settings["return_postage"])
            sent = {"refund_id": fresh.refund_id, "seller_address_id": chosen.address_id, **_version(fresh),
                    "remark": remark or None, "post_fee_bear_role": bearer, **_contact(chosen.contact)}  # fmt: skip
            _said_yes((yield from self.call("taobao.rp.returngoods.agree", sent, write=True)))

        return (yield from self._answer("agree_return", case, write))

    def ship_exchange(self, case: Refund, carrier: str, waybill_no: str) -> Operation[Outcome[None]]:
        """Say which parcel goes out for one of Tmall's exchanges."""

        def write(fresh: Refund) -> Operation[None]:
            known = self._companies or tuple((yield from self.carriers()))
            company = find_company(carrier, known, "taobao")
            sent = {"dispute_id": exchange_id(fresh.refund_id), "logistics_no": waybill_no,
                    "logistics_type": EXCHANGE_PARCEL, "logistics_company_name": company.name,
                    "fields": "dispute_id,status"}  # fmt: skip
            _said_yes((yield from self.call("tmall.exchange.consigngoods", sent, write=True)))

        return (yield from self._answer("ship_exchange", case, write))

    def confirm_return(self, case: Refund) -> Operation[Outcome[None]]:
        """Say that the goods of an exchange arrived; those of a refund are confirmed by agreeing to it."""

        def write(fresh: Refund) -> Operation[None]:
            sent = {"dispute_id": exchange_id(fresh.refund_id), "fields": "dispute_id,status"}
            _said_yes((yield from self.call("tmall.exchange.returngoods.agree", sent, write=True)))

        return (yield from self._answer("confirm_return", case, write))

    def _agree_exchange(self, fresh: Refund, address: ReturnAddress, remark: str) -> Operation[None]:
        told = _contact(address.contact)
        sent = {"dispute_id": exchange_id(fresh.refund_id), "address_id": address.address_id, "post": told.get("post"),
                "mobile": told.get("mobile"), "complete_address": told.get("address"), "leave_message": remark or None,
                "fields": "dispute_id,status"}  # fmt: skip
        _said_yes((yield from self.call("tmall.exchange.agree", sent, write=True)))

    def _refuse_exchange(self, api: str, fresh: Refund, refusal: Refusal) -> Operation[None]:
        pictures = check_evidence(refusal, "taobao", 1)
        sent = {"dispute_id": exchange_id(fresh.refund_id), "seller_refuse_reason_id": refusal.code,
                "leave_message": check_text(refusal.text, "taobao")}  # fmt: skip
        if api == "tmall.exchange.refuse":
            sent["fields"] = "dispute_id,status"
        files = {"leave_message_pics": pictures[0]} if pictures else None
        _said_yes((yield from self.call(api, sent, write=True, files=files)))

    def refuse_reasons(self, case: Refund) -> Operation[list[RefuseReason]]:
        """Taobao's own list for this case; none is documented for exchanges."""
        if is_exchange(case.refund_id):
            return []
        phase = _version(case).get("refund_phase")
        sent = {"refund_id": case.refund_id, "fields": "reason_id,reason_text", "refund_phase": phase}
        reply = yield from self.call("taobao.refund.refusereason.get", sent)
        return read_rows(rows_of(reply.get("reasons")), _reason, platform="taobao", path="reasons")

    def return_addresses(self) -> Operation[list[ReturnAddress]]:
        """The shop's stored addresses; the default one for returns is marked."""
        marked = [row.address_id for row in (yield from self._addresses("cancel_def"))]
        rows = yield from self._addresses(None)
        return Rows((row.model_copy(update={"is_default": row.address_id in marked}) for row in rows), rows.findings)

    def _addresses(self, which: str | None) -> Operation[Rows[ReturnAddress]]:
        reply = yield from self.call("taobao.logistics.address.search", {"rdef": which})
        rows, is_default = rows_of(reply.get("addresses")), which is not None
        return read_rows(rows, lambda row: _address(row, is_default), platform="taobao", path="addresses")

    def _default_address(self) -> Operation[ReturnAddress]:
        found = yield from self._addresses("cancel_def")
        if not found:
            raise InvalidParameter("the shop has no default address for returns; name one", platform="taobao",
                                   field="address")  # fmt: skip
        return found[0]

    def _upload(self, api: str, sent: Mapping[str, Any], refusal: Refusal) -> Operation[None]:
        pictures = check_evidence(refusal, "taobao", 1, PROOF_MAX)
        files = {"refuse_proof": pictures[0]} if pictures else None
        _said_yes((yield from self.call(api, sent, write=True, files=files)))


def _wire(case: Refund) -> Mapping[str, Any]:
    found = loads(case.raw or b"{}")
    return found if isinstance(found, dict) else {}


def _version(case: Refund) -> dict[str, str]:
    """Phase and version of a case, as far as it shows them."""
    document = _wire(case)
    told = {
        "refund_phase": read(document, "refund_phase", text),
        "refund_version": read(document, "refund_version", ident),
    }
    return {name: value for name, value in told.items() if value}


def _refund_info(case: Refund) -> str:
    """`id|fen|version|phase`; the phase is left out where the case shows none."""
    version = _version(case)
    if case.amount is None or "refund_version" not in version:
        raise InvalidParameter("the case shows no amount or no version, without which Taobao pays nothing back",
                               platform="taobao", field="Refund.amount")  # fmt: skip
    fen = case.amount * 100
    if fen != int(fen):
        raise InvalidParameter("a refund counts whole fen", platform="taobao", field="Refund.amount")
    parts = (case.refund_id, str(int(fen)), version["refund_version"], version.get("refund_phase"))
    return "|".join(part for part in parts if part)


def _agreed(reply: Mapping[str, Any]) -> None:
    """Raise unless the one refund was carried out; Taobao may want a code by SMS instead."""
    word = str(reply.get("msg_code") or "")
    if word != AGREED:
        told = str(reply.get("message") or "no text")
        hint = "; where a code came by SMS, call again with sms_code"
        raise RequestRejected(f"{told}{hint}", platform="taobao", code=word or "no msg_code",
                              request_id=_request_id(reply))  # fmt: skip


def _said_yes(reply: Mapping[str, Any]) -> None:
    """Raise for a plain no inside a success; which of the flags a call answers is not documented."""
    result = reply.get("result")
    holders = (reply, result) if isinstance(result, Mapping) else (reply,)
    for holder in holders:
        if any(str(holder.get(name)).lower() == "false" for name in ("result", "is_success", "success", "succ")):
            told = str(holder.get("message") or holder.get("msg_info") or "refused without a text")
            code = str(holder.get("msg_code") or holder.get("error_code") or "result")
            raise RequestRejected(told, platform="taobao", code=code, request_id=_request_id(reply))


def _request_id(reply: Mapping[str, Any]) -> str | None:
    return str(reply["request_id"]) if reply.get("request_id") else None


def _contact(contact: Recipient | None) -> dict[str, str | None]:
    if contact is None:
        return {}
    place = contact.address
    parts = (place.province, place.city, place.district, place.town, place.street)
    return {"name": contact.name, "mobile": contact.phone, "post": place.postal_code,
            "address": " ".join(part for part in parts if part) or None}  # fmt: skip


def _address(row: Mapping[str, Any], is_default: bool) -> ReturnAddress:
    """One stored address; its district stands in the field `country`."""
    district = read(row, "country", text)
    contact = Recipient(address=Address(district=district)) if district else None
    if (address_id := read(row, "contact_id", ident)) is None:
        raise DecodeError("an address without an id", platform="taobao", path="contact_id")
    return ReturnAddress(address_id=address_id, contact=contact, is_default=is_default)


def _reason(row: Mapping[str, Any]) -> RefuseReason:
    if (code := read(row, "reason_id", ident)) is None:
        raise DecodeError("a reason without an id", platform="taobao", path="reason_id")
    return RefuseReason(code=code, text=read(row, "reason_text", text) or "")
