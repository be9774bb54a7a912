"""Refunds and returns. Imports `kit`, `flow`, `models`. Source: docs/platforms/taobao.md#refunds. Amounts in yuan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orderhub.connectors.taobao.base import TaobaoBase
from orderhub.connectors.taobao.exchanges import EXCHANGE_FIELDS, exchange_id, exchange_rows, is_exchange
from orderhub.connectors.taobao.spec import EXCHANGE_STATUS, REFUND_KIND, REFUND_WORDS, SOURCE
from orderhub.errors import DecodeError
from orderhub.flow.steps import Operation
from orderhub.kit.carriers import carrier_of
from orderhub.kit.convert import beijing_time, cny_yuan, ident, quantity, rows_of, text
from orderhub.kit.decode import decode_page, document_bytes, lazy_extra, unknown_word
from orderhub.kit.reading import Paged, Position, backwards
from orderhub.kit.status import WordTable
from orderhub.kit.table import Absent, Computed, Row, Table
from orderhub.models.channel import Page, Window
from orderhub.models.outcome import Finding
from orderhub.models.refund import Refund
from orderhub.models.status import RefundKind

__all__ = ["REFUND", "AftersaleVerbs", "Exchanges"]


def _case(document: Mapping[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    dispute = str(document.get("dispute_type") or "")
    kind = REFUND_KIND(dispute)
    if not dispute and document.get("has_good_return") is not None:
        kind = RefundKind.RETURN_AND_REFUND if document["has_good_return"] in (True, "true") else RefundKind.REFUND_ONLY
    carrier = found.pop("return_carrier", None)
    line = document.get("oid")
    count = document.get("num")
    rows = ((str(line), quantity(count) if count not in (None, "") else None, found.get("amount")),) if line else ()
    return {"kind": kind, "status": REFUND_WORDS(found["raw_status"]), "currency": "CNY", "lines": rows,
            "return_carrier": (carrier_of(carrier) or carrier) if carrier else None,
            "deadline_at": _deadline(document)}  # fmt: skip


def _deadline(document: Mapping[str, Any]) -> Any:
    remind = document.get("refund_remind_timeout")
    value = (
        remind.get("timeout")
        if isinstance(remind, Mapping) and str(remind.get("exist_timeout")).lower() == "true"
        else None
    )
    return beijing_time(value) if value else None


REFUND = Table(
    Refund,
    f"{SOURCE}#refunds",
    (
        Absent("platform", "the connection knows it"),
        Absent("shop_id", "the connection knows it"),
        Row("refund_id", "refund_id", ident, required=True),
        Row("order_id", "tid", ident, required=True),
        Row("raw_status", "status", text, required=True),
        Row("reason", "reason", text),
        Row("amount", "refund_fee", cny_yuan),
        Row("created_at", "created", beijing_time),
        Row("updated_at", "modified", beijing_time),
        Row("return_waybill_no", "sid", text),
        Row("return_carrier", "company_name", text),
        Computed(
            ("status", "kind", "currency", "lines", "deadline_at"),
            _case,
            ("dispute_type", "has_good_return", "oid", "num", "refund_remind_timeout"),
        ),
    ),
)
_FIELDS = (
    *REFUND.used, "order_status", "good_status", "payment", "total_fee", "desc", "title", "price", "num_iid",
    "outer_id", "sku", "refund_phase", "refund_version", "operation_contraint", "cs_status",
)  # fmt: skip
_KINDS = (
    "guarantee_trade",
    "auto_delivery",
    "fixed",
    "cod",
    "step",
    "ec",
    "auction",
    "nopaid",
    "tmall_i18n",
    "eticket",
)


@dataclass(frozen=True, slots=True)
class Exchanges:
    """Where the list of exchanges stands, which is read after the refunds."""

    inner: Position | None = None


class AftersaleVerbs(TaobaoBase):
    """Reading after-sale cases."""

    def list_refunds(self, window: Window, position: Position | Exchanges | None = None) -> Operation[Page[Refund]]:
        """One page of cases by update time, last page first. The longest window is UNVERIFIED: one day is asked for."""
        if isinstance(position, Exchanges):
            return (yield from self._exchange_page(window, position))
        query = {
            "fields": ",".join(_FIELDS),
            "start_modified": window.start,
            "end_modified": window.end,
            "type": _KINDS,
        }

        rows, following, total = yield from backwards(
            self.paged("taobao.refunds.receive.get", query, _rows, _refund_id), position
        )
        page = self._refunds(rows, None)
        more = Exchanges() if following is None and self.config.settings["exchanges"] else following
        return Page(page.items, findings=page.findings, next=more, total=total, quarantined=page.quarantined)

    def _exchange_page(self, window: Window, at: Exchanges) -> Operation[Page[Refund]]:
        query = {"fields": ",".join(EXCHANGE_FIELDS), "start_gmt_modified_time": window.start,
                 "end_gmt_modifed_time": window.end, "page_size": self.page_size}  # fmt: skip

        def read(page: int, counting: bool) -> Operation[dict[str, Any]]:
            return (yield from self.call("tmall.exchange.receive.get", {**query, "page_no": page}))

        def count(reply: Mapping[str, Any]) -> int:
            return int(reply.get("total_results") or 0)

        rows, inner, _ = yield from backwards(Paged(read, exchange_rows, count, _dispute_id, self.page_size), at.inner)
        page = self._refunds(rows, None, "exchange")
        following = None if inner is None else Exchanges(inner)
        return Page(page.items, findings=page.findings, next=following, quarantined=page.quarantined)

    def get_refund(self, refund_id: str) -> Operation[Refund]:
        """One case; raises `NotFound`, `DecodeError`. Exchanges carry `ex-` before their number."""
        if is_exchange(refund_id):
            sent = {"fields": ",".join(EXCHANGE_FIELDS), "dispute_id": exchange_id(refund_id)}
            reply = yield from self.call("tmall.exchange.get", sent)
            result = reply.get("result")
            rows = [result.get("exchange") if isinstance(result, Mapping) else None]
            page = self._refunds(rows, reply.get("request_id"), "exchange")
        else:
            reply = yield from self.call("taobao.refund.get", {"fields": ",".join(_FIELDS), "refund_id": refund_id})
            page = self._refunds([reply.get("refund")], reply.get("request_id"))
        if not page.items:
            first = page.findings[0]
            raise DecodeError(
                first.message, platform="taobao", path=first.path, value=first.value, request_id=first.request_id
            )
        return page.items[0]

    def _refunds(self, rows: list[Any], request_id: str | None, name: str = "refund") -> Page[Refund]:
        table, config = self.config.tables[name], self.config
        words = REFUND_WORDS if name == "refund" else EXCHANGE_STATUS

        def one(document: Mapping[str, Any]) -> tuple[Refund, list[Finding]]:
            found, raw = table.decode(document), document_bytes(document)
            found |= {
                "platform": config.platform,
                "shop_id": config.shop_id,
                "raw": raw,
                "extra": lazy_extra(table, raw),
            }
            refund = Refund.model_validate(found)
            odd: list[tuple[str, Any, WordTable[Any]]] = [
                ("status", refund.raw_status or "", words),
                ("dispute_type", document.get("dispute_type") or "", REFUND_KIND),
            ]
            told = [unknown_word(config.platform, refund.order_id, path, str(raw_word), SOURCE)
                    for path, raw_word, words in odd if raw_word and not words.knows(str(raw_word))]  # fmt: skip
            return refund, told

        return decode_page(rows, one, platform=config.platform, id_of=_order_id, request_id=request_id)


def _rows(reply: Mapping[str, Any]) -> list[Any]:
    return rows_of(reply.get("refunds"))


def _refund_id(row: Any) -> str:
    return str(row.get("refund_id")) if isinstance(row, Mapping) else repr(row)


def _dispute_id(row: Any) -> str:
    return str(row.get("dispute_id")) if isinstance(row, Mapping) else repr(row)


def _order_id(row: Any) -> str | None:
    return str(row["tid"]) if isinstance(row, Mapping) and row.get("tid") else None
