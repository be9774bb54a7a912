"""After-sale cases: list, detail, answers. Imports `kit`, `flow`, `models`. Source: docs/platforms/kuaishou.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orderhub.connectors.kuaishou.base import KuaishouBase, number
from orderhub.connectors.kuaishou.meaning import code
from orderhub.connectors.kuaishou.people import part
from orderhub.connectors.kuaishou.spec import AFTERSALE, CASE_STEPS, NO_MORE, REFUND_KIND, SOURCE
from orderhub.connectors.kuaishou.wire import millis, span
from orderhub.errors import DecodeError, InvalidParameter
from orderhub.flow.steps import Operation
from orderhub.kit.aftersale import answer_case, check_evidence, check_text
from orderhub.kit.convert import cny_fen, epoch_ms, ident, quantity, rows_of, text
from orderhub.kit.decode import decode_page, lazy_extra, raw_of, unknown_word
from orderhub.kit.rows import Rows, read_rows
from orderhub.kit.table import Absent, Computed, Row, Table, read
from orderhub.models.aftersale import Refusal, RefuseReason, ReturnAddress
from orderhub.models.channel import Page, Window
from orderhub.models.outcome import Finding, Outcome
from orderhub.models.refund import Refund
from orderhub.models.status import RefundKind

__all__ = ["REFUND", "AftersaleVerbs"]

LIST, DETAIL = "open.seller.order.refund.pcursor.list", "open.seller.order.refund.detail"
APPROVE, TAKE_BACK = "open.seller.order.refund.approve", "open.seller.order.refund.returngoods.approve"
RECEIVED, REJECT = "open.seller.order.refund.confirm.receipt", "open.refund.reject"
REASONS = "open.refund.reject.reason"
Place = tuple[int, str]


def _case(document: Mapping[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    sent = part(document, "logisticsInfo")
    return {
        "status": AFTERSALE(found["raw_status"]), "kind": REFUND_KIND(read(document, "handlingWay", code) or ""),
        "currency": "CNY", "lines": ((found["order_id"], None, found.get("amount")),),
        "return_waybill_no": read(sent, "expressNo", text), "return_carrier": read(sent, "expressCode", ident),
    }  # fmt: skip


REFUND = Table(
    Refund,
    f"{SOURCE}#refunds",
    (
        Absent("platform", "the connection knows it"),
        Absent("shop_id", "the connection knows it"),
        Row("refund_id", "refundId", ident, required=True),
        Row("order_id", "oid", ident, required=True),
        Row("raw_status", "status", code, required=True),
        Row("reason", "refundReasonDesc|refundDesc", text),
        Row("amount", "refundFee", cny_fen),
        Row("created_at", "createTime|submitTime", epoch_ms),
        Row("updated_at", "updateTime", epoch_ms),
        Row("deadline_at", "expireTime", epoch_ms),
        Computed(
            ("status", "kind", "currency", "lines", "return_waybill_no", "return_carrier"),
            _case,
            ("handlingWay", "logisticsInfo.expressNo", "logisticsInfo.expressCode"),
        ),
    ),
)


class AftersaleVerbs(KuaishouBase):
    """Reading and answering after-sale cases."""

    def list_refunds(self, window: Window, position: Place | None = None) -> Operation[Page[Refund]]:
        """One page of cases; the window at most a day. Which times it goes by is the setting `refund_query_type`."""
        settings = self.config.settings
        page, cursor = position or (1, "")
        data, request_id = yield from self.call(LIST, {
            **span(window), "type": settings["refund_list_type"],
            "queryType": settings["refund_query_type"], "pageSize": int(settings["refund_page_size"]),
            "currentPage": page, "pcursor": cursor,
        })  # fmt: skip
        document = data if isinstance(data, Mapping) else {}
        rows = rows_of(document.get("refundOrderInfoList"))
        found = self._refunds(rows, request_id)
        return Page(found.items, findings=found.findings, next=_following(document, rows, page, cursor),
                    quarantined=found.quarantined)  # fmt: skip

    def get_refund(self, refund_id: str) -> Operation[Refund]:
        """One case; raises `DecodeError`, or what the platform refuses with."""
        data, request_id = yield from self.call(DETAIL, {"refundId": number(refund_id)})
        page = self._refunds([data], request_id)
        if not page.items:
            first = page.findings[0]
            raise DecodeError(first.message, platform="kuaishou", operation=DETAIL, path=first.path,
                              value=first.value, request_id=request_id)  # fmt: skip
        return page.items[0]

    def _refunds(self, rows: list[Any], request_id: str | None) -> Page[Refund]:
        config, table = self.config, self.config.tables["refund"]

        def one(document: Mapping[str, Any]) -> tuple[Refund, list[Finding]]:
            found, raw = table.decode(document), raw_of(document, config)
            found |= {"platform": config.platform, "shop_id": config.shop_id, "raw": raw,
                      "extra": lazy_extra(table, raw)}  # fmt: skip
            refund = Refund.model_validate(found)
            odd = (("status", refund.raw_status, AFTERSALE),
                   ("handlingWay", read(document, "handlingWay", code), REFUND_KIND))  # fmt: skip
            return refund, [
                unknown_word(config.platform, refund.order_id, path, word, SOURCE)
                for path, word, words in odd if word and not words.knows(word)
            ]  # fmt: skip

        return decode_page(rows, one, platform=config.platform, id_of=_order_id, request_id=request_id)

    # --- answers -----------------------------------------------------------------------------------------------------

    def _answer(
        self, verb: str, case: Refund, api: str, fields: Callable[[Refund], Mapping[str, Any]]
    ) -> Operation[Outcome[None]]:
        def write(fresh: Refund) -> Operation[object]:
            sent = {"refundId": number(fresh.refund_id), **fields(fresh)}
            return (yield from self.call(api, sent, write=True))

        return answer_case(verb, case, CASE_STEPS, lambda: self.get_refund(case.refund_id), write)

    def agree_refund(self, case: Refund, *, sms_code: str | None = None) -> Operation[Outcome[None]]:
        """Pay the buyer back; the platform checks that the amount is the one that it shows. No SMS code is known."""
        return (yield from self._answer("agree_refund", case, APPROVE, lambda fresh: {"refundAmount": _fen(fresh)}))

    def agree_return(
        self, case: Refund, address: ReturnAddress | None = None, *, remark: str = ""
    ) -> Operation[Outcome[None]]:
        """Let the buyer send goods back, to an address of the shop or to the platform's own default for it."""
        chosen = address.address_id if address else self.config.settings["return_address_id"]

        def fields(fresh: Refund) -> dict[str, Any]:
            amount = 0 if fresh.kind is RefundKind.EXCHANGE else _fen(fresh)
            return {"refundAmount": amount, "addressId": number(str(chosen)) if chosen else None}

        return (yield from self._answer("agree_return", case, TAKE_BACK, fields))

    def confirm_return(self, case: Refund) -> Operation[Outcome[None]]:
        """Say that the goods arrived; the money goes to the buyer at once."""
        return (yield from self._answer("confirm_return", case, RECEIVED, lambda fresh: {}))

    def refuse_refund(self, case: Refund, refusal: Refusal) -> Operation[Outcome[None]]:
        """Say no with one of `refuse_reasons`; pictures are not taken here, their form is not documented."""
        return (yield from self._refuse("refuse_refund", case, refusal))

    def refuse_return(self, case: Refund, refusal: Refusal) -> Operation[Outcome[None]]:
        """Say no to goods that came back, with one of `refuse_reasons`."""
        return (yield from self._refuse("refuse_return", case, refusal))

    def _refuse(self, verb: str, case: Refund, refusal: Refusal) -> Operation[Outcome[None]]:
        def fields(fresh: Refund) -> dict[str, Any]:
            check_evidence(refusal, "kuaishou")
            if refusal.code is None or fresh.updated_at is None:
                raise InvalidParameter("Kuaishou wants the code of one of its reasons; see refuse_reasons",
                                       platform="kuaishou", field="Refusal.code")  # fmt: skip
            return {"reasonCode": number(refusal.code), "rejectDesc": check_text(refusal.text, "kuaishou"),
                    "refundVersion": millis(fresh.updated_at)}  # fmt: skip

        return (yield from self._answer(verb, case, REJECT, fields))

    def refuse_reasons(self, case: Refund) -> Operation[list[RefuseReason]]:
        """Reasons that the platform takes for this case; those that want a picture are left out."""
        data, _ = yield from self.call(REASONS, {"refundId": number(case.refund_id)})
        lists = [value for value in data.values() if isinstance(value, list)] if isinstance(data, Mapping) else [data]
        rows = read_rows(rows_of(lists[0] if lists else []), _reason, platform="kuaishou", path="data")
        return Rows((reason for reason, wants_picture in rows if not wants_picture), rows.findings)


def _reason(row: Mapping[str, Any]) -> tuple[RefuseReason, bool]:
    """One reason, and whether it wants a picture."""
    if (code := read(row, "reasonCode", ident)) is None:
        raise DecodeError("a reason without a code", platform="kuaishou", path="reasonCode")
    return RefuseReason(code=code, text=read(row, "reasonDesc", text) or ""), bool(row.get("requiredRejectImage"))


def _fen(case: Refund) -> int:
    """The amount of a case in fen; raises `InvalidParameter` where the platform tells none."""
    if case.amount is None:
        raise InvalidParameter("the case tells no amount to agree to", platform="kuaishou", field="Refund.amount")
    return int(case.amount.scaleb(2))


def _following(data: Mapping[str, Any], rows: list[Any], page: int, cursor: str) -> Place | None:
    """Where the next page starts: None once the cursor says so, or the count of pages is reached."""
    told = read(data, "pcursor", text)
    pages = read(data, "totalPage", quantity)
    if told == NO_MORE or not rows or (pages is not None and page >= pages):
        return None
    if told is None and pages is None:
        raise DecodeError("the page tells neither pcursor nor totalPage", platform="kuaishou", operation=LIST,
                          path="pcursor")  # fmt: skip
    return page + 1, told or cursor


def _order_id(row: Any) -> str | None:
    value = row.get("oid") if isinstance(row, Mapping) else None
    return str(value) if type(value) in (str, int) and value != "" else None
