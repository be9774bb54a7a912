"""Cancellations, returns and refunds, read. Imports `kit`, `flow`, `models`. Source: docs/platforms/lazada.md#reverse.

Amounts come in cents, in whole units for VND; cases name no currency, so that the setting `currency` or the items of
their orders tell it. One word of the status is documented: every other one is kept raw, unknown and told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from orderhub.connectors.lazada.base import LazadaBase
from orderhub.connectors.lazada.spec import REQUEST_KIND, REVERSE_STATUS, SOURCE
from orderhub.connectors.lazada.wire import inside
from orderhub.errors import DecodeError, NotFound
from orderhub.flow.steps import Operation
from orderhub.kit.convert import decimal_text, ident, quantity, rows_of, text
from orderhub.kit.decode import decode_page, document_bytes, lazy_extra, unknown_word
from orderhub.kit.money import total_of
from orderhub.kit.reading import Paged, Position, backwards
from orderhub.kit.table import Absent, Computed, Row, Table, read
from orderhub.models.channel import Page, Window
from orderhub.models.outcome import Finding
from orderhub.models.refund import Refund
from orderhub.models.status import AftersaleStatus, RefundKind

__all__ = ["REFUND", "ReverseVerbs"]

_PATH = "/reverse/getreverseordersforseller"
_WHOLE_UNITS = frozenset({"VND"})
_AXIS = {"updated": "ReverseOrderLineModifiedTimeRange", "created": "ReverseOrderLineTimeRange"}


def _case(document: Mapping[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """Status, money and lines; a case whose lines disagree about the status is unknown."""
    currency, lines = found["currency"], [row for row in found.pop("_lines", []) if isinstance(row, Mapping)]
    words = list(dict.fromkeys(text(row.get("reverse_status")) for row in lines if row.get("reverse_status")))
    amounts = [_money(read(row, "refund_amount", decimal_text), currency) for row in lines]
    kind = found.pop("_kind", None)
    return {
        "raw_status": ",".join(words) or None,
        "status": REVERSE_STATUS(words[0]) if len(words) == 1 else AftersaleStatus.UNKNOWN,
        "kind": REQUEST_KIND(kind) if kind else RefundKind.UNKNOWN,
        "amount": total_of(amounts) if lines else None,
        "reason": next((found_text for row in lines if (found_text := read(row, "reason_text", text))), None),
        "return_waybill_no": next((no for row in lines if (no := read(row, "tracking_number", text))), None),
        "lines": tuple(
            (ident(row["trade_order_line_id"]), 1, money) for row, money in zip(lines, amounts, strict=True)
            if row.get("trade_order_line_id") not in (None, "")
        ),
    }  # fmt: skip


def _money(value: Decimal | None, currency: str) -> Decimal | None:
    return value if value is None or currency in _WHOLE_UNITS else value.scaleb(-2)


REFUND = Table(
    Refund,
    f"{SOURCE}#reverse",
    (
        Absent("platform", "the connection knows it"),
        Absent("shop_id", "the connection knows it"),
        Absent("updated_at", "no documented field of a row tells when it last changed"),
        Absent("created_at", "no documented field of a row tells when it was asked for"),
        Row("refund_id", "reverse_order_id", ident, required=True),
        Row("order_id", "trade_order_id", ident, required=True),
        Row("currency", "_currency", text, required=True),
        Row("_kind", "request_type", text),
        Row("_lines", "reverse_order_lines|reverseOrderLineDTOList", rows_of),
        Computed(
            ("status", "raw_status", "kind", "amount", "reason", "return_waybill_no", "lines"), _case, ()
        ),
    ),
)  # fmt: skip


class ReverseVerbs(LazadaBase):
    """Reading cases."""

    def list_refunds(self, window: Window, position: Position | None = None) -> Operation[Page[Refund]]:
        """One page of cases by the time of their last change (or of their creation)."""
        prefix = _AXIS[window.axis]
        start, end = (int(instant.timestamp() * 1000) for instant in (window.start, window.end))
        asked = {f"{prefix}Start": start, f"{prefix}End": end, "page_size": self.page_size}

        def read_page(page: int, wants_count: bool) -> Operation[dict[str, Any]]:
            return (yield from self._cases({**asked, "page_no": page}))

        source = Paged(read_page, lambda told: rows_of(told.get("items")), _total, _name, self.page_size)
        rows, following, _ = yield from backwards(source, position)
        return replace((yield from self._refunds(rows)), next=following)

    def get_refund(self, refund_id: str) -> Operation[Refund]:
        """One case; raises `NotFound`, `DecodeError`."""
        asked = {"reverse_order_id": refund_id, "page_no": 1, "page_size": self.page_size}
        page = yield from self._refunds(rows_of((yield from self._cases(asked)).get("items")))
        for refund in page.items:
            if refund.refund_id == refund_id:
                return refund
        if page.findings:
            first = page.findings[0]
            raise DecodeError(first.message, platform="lazada", path=first.path, value=first.value, operation=_PATH)
        raise NotFound("there is no such case", platform="lazada", operation=_PATH)

    def _cases(self, asked: Mapping[str, Any]) -> Operation[dict[str, Any]]:
        found = inside((yield from self.call(_PATH, asked)))
        if not isinstance(found, dict):
            raise DecodeError("expected result", platform="lazada", path="result", operation=_PATH)
        return found

    def _refunds(self, rows: list[Any]) -> Operation[Page[Refund]]:
        currencies = yield from self._currencies(rows)
        table, config = self.config.tables["refund"], self.config

        def one(document: Mapping[str, Any]) -> tuple[Refund, list[Finding]]:
            found = table.decode({**document, "_currency": currencies.get(str(document.get("trade_order_id")))})
            raw = document_bytes(document)
            found |= {"platform": config.platform, "shop_id": config.shop_id, "raw": raw,
                      "extra": lazy_extra(table, raw)}  # fmt: skip
            refund = Refund.model_validate(found)
            odd = [(word, "reverse_order_lines.reverse_status", REVERSE_STATUS.knows(word))
                   for word in (refund.raw_status or "").split(",") if word]  # fmt: skip
            if kind := document.get("request_type"):
                odd.append((str(kind), "request_type", REQUEST_KIND.knows(str(kind))))
            return refund, [
                unknown_word(config.platform, refund.order_id, path, word, SOURCE)
                for word, path, known in odd if not known
            ]  # fmt: skip

        return decode_page(rows, one, platform=config.platform, id_of=_order_id)

    def _currencies(self, rows: list[Any]) -> Operation[dict[str, str]]:
        """Order id -> currency: the setting, else what the order's items say."""
        names = list(dict.fromkeys(name for row in rows if (name := _order_id(row))))
        if named := self.config.settings["currency"]:
            return dict.fromkeys(names, str(named))
        units = (yield from self.items_of(names)) if names else {}
        told = {name: {str(row.get("currency") or "") for row in found} for name, found in units.items()}
        return {name: next(iter(words)) for name, words in told.items() if len(words) == 1 and "" not in words}


def _total(told: Mapping[str, Any]) -> int:
    try:
        return quantity(told.get("total"))
    except ValueError:
        raise DecodeError("total must be a number", platform="lazada", path="result.total", operation=_PATH) from None


def _name(row: Any) -> str:
    return str(row.get("reverse_order_id")) if isinstance(row, Mapping) else repr(row)


def _order_id(row: Any) -> str | None:
    return str(row["trade_order_id"]) if isinstance(row, Mapping) and row.get("trade_order_id") else None
