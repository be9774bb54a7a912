"""After-sale cases: the list in yuan texts, the detail in fen and without an envelope. Imports `kit`, `flow`, `models`.

Source: docs/platforms/pinduoduo.md#refunds. The kind of a case is numbered differently in list and detail.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orderhub.connectors.pinduoduo.base import PinduoduoBase
from orderhub.connectors.pinduoduo.convert import code, mixed_time, yuan_number
from orderhub.connectors.pinduoduo.spec import AFTERSALE, DETAIL_KIND, LIST_KIND, SOURCE
from orderhub.errors import DecodeError, InvalidParameter
from orderhub.flow.steps import Operation
from orderhub.kit.carriers import carrier_of
from orderhub.kit.convert import Converter, cny_fen, ident, quantity, text
from orderhub.kit.decode import decode_page, document_bytes, lazy_extra, unknown_word
from orderhub.kit.reading import Position, backwards
from orderhub.kit.status import WordTable
from orderhub.kit.table import Absent, Computed, Row, Table, read
from orderhub.models.channel import Page, Window
from orderhub.models.outcome import Finding
from orderhub.models.refund import Refund
from orderhub.models.status import RefundKind

__all__ = ["DETAIL", "REFUND", "AftersaleVerbs"]

Place = tuple[int, Position | None]
_REMEMBERED_MAX = 20_000


def _case(kinds: WordTable[RefundKind]) -> Callable[[Mapping[str, Any], dict[str, Any]], dict[str, Any]]:
    def meaning(document: Mapping[str, Any], found: dict[str, Any]) -> dict[str, Any]:
        carrier = found.pop("return_carrier", None)
        line = read(document, "sku_id", ident) or read(document, "goods_id", ident)
        count = read(document, "goods_number", quantity)
        kind = read(document, "after_sales_type", code)
        return {
            "kind": kinds(kind or ""), "status": AFTERSALE(found["raw_status"]), "currency": "CNY",
            "lines": ((line, count, found.get("amount")),) if line else (),
            "return_carrier": (carrier_of(carrier) or carrier) if carrier else None,
        }  # fmt: skip

    return meaning


def _table(
    amount: Converter, kinds: WordTable[RefundKind], names: Mapping[str, str], *more: Row | Absent
) -> Table:  # fmt: skip
    return Table(
        Refund,
        f"{SOURCE}#refunds",
        (
            Absent("platform", "the connection knows it"),
            Absent("shop_id", "the connection knows it"),
            Row("refund_id", names["id"], ident, required=True),
            Row("order_id", "order_sn", ident, required=True),
            Row("raw_status", "after_sales_status", code, required=True),
            Row("reason", "after_sale_reason", text),
            Row("amount", "refund_amount", amount),
            Row("created_at", names["created"], mixed_time),
            Row("updated_at", "updated_time", mixed_time),
            Row("return_waybill_no", "tracking_number", text),
            Row("return_carrier", "shipping_name", text),
            *more,
            Computed(
                ("status", "kind", "currency", "lines"),
                _case(kinds),
                ("after_sales_type", "sku_id", "goods_id", "goods_number"),
            ),
        ),
    )


REFUND = _table(
    yuan_number, LIST_KIND, {"id": "id", "created": "created_time"},
    Absent("deadline_at", "told by the detail of a case"),
)  # fmt: skip
_DETAIL_NAMES = {"id": "id|after_sales_id", "created": "created_time|recreated_at"}
_DEADLINE = Row("deadline_at", "expire_time", mixed_time)
DETAIL = _table(cny_fen, DETAIL_KIND, _DETAIL_NAMES, _DEADLINE)
_DETAIL_YUAN = _table(yuan_number, DETAIL_KIND, _DETAIL_NAMES, _DEADLINE)


class AftersaleVerbs(PinduoduoBase):
    """Reading after-sale cases."""

    _orders_of: dict[str, str] | None = None

    def list_refunds(self, window: Window, position: Place | None = None) -> Operation[Page[Refund]]:
        """One page of cases by update time, last page first; the window at most half an hour.

        With the setting `refund_filter="each"` every documented status is asked for in turn.
        """
        filters = list(AFTERSALE.words) if self.config.settings["refund_filter"] == "each" else ["1"]
        index, at = position or (0, None)
        query = {
            "start_updated_at": window.start, "end_updated_at": window.end, "after_sales_type": 1,
            "after_sales_status": filters[index],
        }  # fmt: skip
        source = self.paged("pdd.refund.list.increment.get", query, "refund_list", "id", has_next=False)
        rows, following, total = yield from backwards(source, at)
        more = index + 1 < len(filters)
        place = (index, following) if following is not None else (index + 1, None) if more else None
        page = self._refunds(rows, self.config.tables["refund"], LIST_KIND)
        for refund in page.items:
            self.remember_case(refund.refund_id, refund.order_id)
        return Page(page.items, findings=page.findings, next=place, quarantined=page.quarantined,
                    total=total if len(filters) == 1 else None)  # fmt: skip

    def get_refund(self, refund_id: str) -> Operation[Refund]:
        """One case. The platform asks for its order, too: `order number:case number` names both; the number alone will
        do once the case was listed or named by a message.

        Raises:
            InvalidParameter: The order of this case is not known here.
            NotFound, DecodeError: As the platform says.
        """
        order_id, _, number = refund_id.rpartition(":")
        order_id = order_id or (self._orders_of or {}).get(number, "")
        if not order_id:
            raise InvalidParameter(
                "Pinduoduo reads a case by order and case: give 'order number:case number', or list the cases first",
                platform="pinduoduo", operation="get_refund", field="refund_id",
            )  # fmt: skip
        api = "pdd.refund.information.get"
        reply = yield from self.call(api, {"order_sn": order_id, "after_sales_id": number})
        document = {"order_sn": order_id, **reply}
        if not document.get("id") and not document.get("after_sales_id"):
            document["id"] = number
        fen = self.config.settings["refund_detail_unit"] == "fen"
        page = self._refunds([document], self.config.tables["refund_detail"] if fen else _DETAIL_YUAN, DETAIL_KIND)
        if not page.items:
            first = page.findings[0]
            raise DecodeError(
                first.message, platform="pinduoduo", operation=api, path=first.path, value=first.value,
                request_id=first.request_id,
            )  # fmt: skip
        return page.items[0]

    def remember_case(self, refund_id: str, order_id: str) -> None:
        """Keep which order a case belongs to; the oldest are forgotten."""
        known = self._orders_of = self._orders_of if self._orders_of is not None else {}
        known[refund_id] = order_id
        if len(known) > _REMEMBERED_MAX:
            known.pop(next(iter(known)), None)

    def _refunds(self, rows: list[Any], table: Table, kinds: WordTable[RefundKind]) -> Page[Refund]:
        config = self.config

        def one(document: Mapping[str, Any]) -> tuple[Refund, list[Finding]]:
            found, raw = table.decode(document), document_bytes(document)
            found |= {"platform": config.platform, "shop_id": config.shop_id, "raw": raw,
                      "extra": lazy_extra(table, raw)}  # fmt: skip
            refund = Refund.model_validate(found)
            odd: list[tuple[str, str | None, WordTable[Any]]] = [
                ("after_sales_status", refund.raw_status, AFTERSALE),
                ("after_sales_type", read(document, "after_sales_type", code), kinds),
            ]
            told = [unknown_word(config.platform, refund.order_id, path, word, SOURCE)
                    for path, word, words in odd if word and not words.knows(word)]  # fmt: skip
            return refund, told

        return decode_page(rows, one, platform=config.platform, id_of=_order_id)


def _order_id(row: Any) -> str | None:
    value = row.get("order_sn") if isinstance(row, Mapping) else None
    return str(value) if type(value) in (str, int) and value != "" else None
