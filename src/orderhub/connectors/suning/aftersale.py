"""Refunds and returns. Imports `kit`, `flow`, `models`. Source: docs/platforms/suning.md#refunds. Amounts in yuan.

A case has no id of its own: order, line (or product) and the time it was asked for name it. The list by modification
wants a line code with every call, so it is read once for each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from orderhub.connectors.suning.base import SuningBase
from orderhub.connectors.suning.coupons import yuan
from orderhub.connectors.suning.express import carrier_of_code
from orderhub.connectors.suning.reading import Part, Place, parts_of, read_place
from orderhub.connectors.suning.spec import HISTORY, REFUND_STAGE, REFUND_WORDS, RETURN_WITH_GOODS, SOURCE
from orderhub.connectors.suning.tables import line_ident
from orderhub.errors import DecodeError, NotFound, OrderHubError
from orderhub.flow.steps import Operation
from orderhub.kit.convert import beijing_time, ident, text
from orderhub.kit.decode import decode_page, document_bytes, lazy_extra, unknown_word
from orderhub.kit.exchange import server_now
from orderhub.kit.status import WordTable
from orderhub.kit.table import Absent, Computed, Row, Table
from orderhub.models.channel import Page, Window
from orderhub.models.outcome import Finding
from orderhub.models.refund import Refund
from orderhub.models.status import RefundKind

__all__ = ["REFUND", "REFUND_CODES", "AftersaleVerbs"]

REFUND_CODES = tuple(word for word in REFUND_WORDS.words if re.fullmatch(r"C\d{3}", word))
"""Line codes of cases, in the order of a case's life: one that moves on while they are read is seen again."""
_BUSINESS = "batchQueryRejected"


def _case(document: Mapping[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    line, product = found.pop("_line", None), found.pop("_product", None)
    stage, raw, code = found.pop("_stage", None), found.get("raw_status") or "", found.pop("return_carrier", None)
    place = line or product
    if place is None:
        raise ValueError("neither line nor product")
    asked = re.sub(r"\D", "", str(document.get("applyTime") or ""))
    kind = REFUND_STAGE(stage) if stage else RefundKind.UNKNOWN
    if raw in RETURN_WITH_GOODS or found.get("return_waybill_no"):
        kind = RefundKind.RETURN_AND_REFUND
    return {
        "refund_id": "-".join(part for part in (found["order_id"], place, asked) if part),
        "status": REFUND_WORDS(raw), "kind": kind, "currency": "CNY",
        "lines": ((line, None, found.get("amount")),) if line else (),
        "return_carrier": (carrier_of_code(code) or code) if code else None,
    }  # fmt: skip


REFUND = Table(
    Refund,
    f"{SOURCE}#refunds",
    (
        Absent("platform", "the connection knows it"),
        Absent("shop_id", "the connection knows it"),
        Absent("updated_at", "no row tells when a case last changed"),
        Row("order_id", "orderCode", ident, required=True),
        Row("raw_status", "statusDesc", text),
        Row("reason", "returnReason", text),
        Row("amount", "returnMoney", yuan),
        Row("created_at", "applyTime", beijing_time),
        Row("deadline_at", "statusPassTime", beijing_time),
        Row("return_waybill_no", "expressNo|expressno", text),
        Row("return_carrier", "expressCompanyCode|expresscompanycode", text),
        Row("_line", "orderLineNumber|itemNo", line_ident),
        Row("_product", "productCode", ident),
        Row("_stage", "returntype|returnType", text),
        Computed(("refund_id", "status", "kind", "currency", "lines"), _case, ()),
    ),
)


class AftersaleVerbs(SuningBase):
    """Reading after-sale cases."""

    def list_refunds(self, window: Window, position: Place | None = None) -> Operation[Page[Refund]]:
        """One page of cases, by modification (one list for each line code) or by creation."""
        place = position
        if place is None:
            place = Place(tuple(self._case_parts(window, (yield from server_now()))))
        if not place.parts:
            return Page()
        code = place.parts[0].code
        rows, following = yield from read_place(self.read_part, place, _name, self.page_size)
        return replace(self._refunds(rows, code), next=following)

    def _case_parts(self, window: Window, at: datetime) -> Iterator[Part]:
        start, floor = window.start, at - HISTORY
        by_creation = window.axis == "created" or self.config.settings["refund_api"] == "batchrejected.query"
        if not by_creation:
            for code in REFUND_CODES:
                yield from parts_of("rejectedord.query", max(start, floor), window.end, code)
            return
        if window.axis == "updated":
            start -= timedelta(days=int(self.config.settings["refund_lookback_days"]))
        yield from parts_of("batchrejected.query", max(start, floor), window.end)

    def get_refund(self, refund_id: str) -> Operation[Refund]:
        """One case by the id that this connector gave it; raises `NotFound`, `DecodeError`."""
        order_id = refund_id.partition("-")[0]
        answer = yield from self.call("custom.singlerejected.get", "singleGetRejected", {"orderCode": order_id})
        page = self._refunds(answer.rows("singleGetRejected"), None)
        for refund in page.items:
            if refund.refund_id == refund_id:
                return refund
        if page.findings and not page.items:
            raise _undecodable(page.findings[0])
        raise NotFound("the order has no such case", platform="suning", operation="suning.custom.singlerejected.get")

    def _refunds(self, rows: list[Any], code: str | None) -> Page[Refund]:
        """Rows to cases; a row without a status is in the one that was asked for."""
        table, config = self.config.tables["refund"], self.config

        def one(document: Mapping[str, Any]) -> tuple[Refund, list[Finding]]:
            bare = isinstance(document, Mapping) and document.get("statusDesc") in (None, "") and code
            found, raw = table.decode({**document, "statusDesc": code} if bare else document), document_bytes(document)
            found |= {"platform": config.platform, "shop_id": config.shop_id, "raw": raw,
                      "extra": lazy_extra(table, raw)}  # fmt: skip
            refund = Refund.model_validate(found)
            odd: list[tuple[str, Any, WordTable[Any]]] = [
                ("statusDesc", refund.raw_status or "(missing)", REFUND_WORDS),
                ("returntype", document.get("returntype"), REFUND_STAGE),
            ]
            told = [unknown_word(config.platform, refund.order_id, path, str(word), SOURCE)
                    for path, word, words in odd if word not in (None, "") and not words.knows(str(word))]  # fmt: skip
            return refund, told

        return decode_page(rows, one, platform=config.platform, id_of=_order_id)


def _undecodable(finding: Finding) -> OrderHubError:
    return DecodeError(finding.message, platform="suning", path=finding.path, value=finding.value)


def _name(row: Any) -> str:
    """What tells two rows of a list apart."""
    if not isinstance(row, Mapping):
        return repr(row)
    return "-".join(
        str(row.get(name)) for name in ("orderCode", "orderLineNumber", "itemNo", "productCode", "applyTime")
    )


def _order_id(row: Any) -> str | None:
    return str(row["orderCode"]) if isinstance(row, Mapping) and row.get("orderCode") else None
