"""Tax invoices that buyers ask for. Imports `kit`, `flow`, `models`. Source: docs/platforms/jd.md#invoices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.connectors.jd.base import JdBase
from orderhub.connectors.jd.convert import jd_time
from orderhub.connectors.jd.orders import number_of
from orderhub.connectors.jd.spec import INVOICE_KINDS, INVOICE_STATUS, SOURCE
from orderhub.connectors.jd.wire import lookup
from orderhub.errors import NotFound
from orderhub.flow.steps import Operation
from orderhub.kit.convert import cny_fen, cny_yuan, ident, rows_of, text
from orderhub.kit.decode import document_bytes, lazy_extra
from orderhub.kit.rows import read_rows
from orderhub.kit.table import Absent, Computed, Row, Table, read
from orderhub.models.aftersale import InvoiceRequest

__all__ = ["INVOICE", "InvoiceVerbs"]

API = "jingdong.pop.cinvoice.apply.order"
_UNITS = {"yuan": cny_yuan, "fen": cny_fen}


def _invoice(document: Mapping[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    told = {"wanted": True, "kind": INVOICE_KINDS.get(read(document, "invoiceType", ident) or ""),
            "title": read(document, "invoiceTitle", text), "tax_no": read(document, "consumerTaxId", text)}  # fmt: skip
    return {"invoice": told, "status": INVOICE_STATUS(found.get("raw_status") or "")}


INVOICE = Table(
    InvoiceRequest,
    f"{SOURCE}#invoices",
    (
        Absent("platform", "the connection knows it"),
        Absent("shop_id", "the connection knows it"),
        Absent("order_id", "the call names it"),
        Row("request_id", "applyId", ident, required=True),
        Row("raw_status", "invoiceStatus", ident),
        Row("requested_at", "applyTime", jd_time),
        Row("updated_at", "auditTime", jd_time),
        Computed(("invoice", "status"), _invoice, ("invoiceType", "invoiceTitle", "consumerTaxId")),
    ),
)


class InvoiceVerbs(JdBase):
    """Reading invoice requests, on the classic gateway."""

    def list_invoice_requests(self, order_id: str) -> Operation[list[InvoiceRequest]]:
        """What the buyer of an order asked for; a request that cannot be read is a finding.

        The unit of amounts is not documented: they stay in `extra` unless the setting `invoice_unit` says it.
        """
        try:
            reply = yield from self.call(API, {"orderId": number_of(order_id)})
        except NotFound:
            return []
        unit, config = _UNITS.get(self.config.settings["invoice_unit"]), self.config

        def one(document: Mapping[str, Any]) -> InvoiceRequest:
            found, raw = config.tables["invoice"].decode(document), document_bytes(document)
            if unit is not None:
                found["invoice"]["amount"] = read(document, "shouldInvoiceAmount", unit)
            found |= {"platform": "jd", "shop_id": config.shop_id, "order_id": order_id, "raw": raw,
                      "extra": lazy_extra(config.tables["invoice"], raw)}  # fmt: skip
            return InvoiceRequest.model_validate(found)

        rows = [lookup(reply, "response.data")]
        rows = rows[0] if isinstance(rows[0], list) else [row for row in rows if row]
        return read_rows(rows_of(rows), one, platform="jd", path="response.data", order_id=order_id)
