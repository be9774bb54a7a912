"""Tax invoices that buyers ask for. Imports `kit`, `flow`, `models`. Source: docs/platforms/taobao.md#invoices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.connectors.taobao.base import TaobaoBase
from orderhub.connectors.taobao.spec import INVOICE_KINDS, INVOICE_STATUS, SOURCE
from orderhub.flow.steps import Operation
from orderhub.kit.convert import beijing_time, cny_fen, cny_yuan, ident, rows_of, text
from orderhub.kit.decode import document_bytes, lazy_extra
from orderhub.kit.rows import read_rows
from orderhub.kit.table import Absent, Computed, Row, Table, read
from orderhub.models.aftersale import InvoiceRequest

__all__ = ["INVOICE", "InvoiceVerbs"]


def _invoice(document: Mapping[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    kind = read(document, "invoice_kind", ident)
    told = {"wanted": True, "kind": INVOICE_KINDS.get(kind or ""), "title": read(document, "payer_name", text),
            "tax_no": read(document, "payer_register_no", text)}  # fmt: skip
    asked = read(document, "apply_id", ident) or f"{found['order_id']}:{document.get('gmt_create') or ''}"
    return {"invoice": told, "status": INVOICE_STATUS(found.get("raw_status") or ""), "request_id": asked}


INVOICE = Table(
    InvoiceRequest,
    f"{SOURCE}#invoices",
    (
        Absent("platform", "the connection knows it"),
        Absent("shop_id", "the connection knows it"),
        Row("order_id", "platform_tid", ident, required=True),
        Row("raw_status", "status", ident),
        Row("requested_at", "gmt_create", beijing_time),
        Row("updated_at", "gmt_modified_str", beijing_time),
        Computed(
            ("invoice", "status", "request_id"),
            _invoice,
            ("invoice_kind", "payer_name", "payer_register_no", "apply_id"),
        ),
    ),
)
_UNITS = {"yuan": cny_yuan, "fen": cny_fen}


class InvoiceVerbs(TaobaoBase):
    """Reading invoice requests."""

    def list_invoice_requests(self, order_id: str) -> Operation[list[InvoiceRequest]]:
        """What the buyer of a trade asked for; a request that cannot be read is a finding.

        The unit of amounts is not documented: they stay in `extra` unless the setting `invoice_unit` says it.
        """
        reply = yield from self.call("alibaba.einvoice.apply.get", {"platform_tid": order_id})
        unit, config = _UNITS.get(self.config.settings["invoice_unit"]), self.config

        def one(document: Mapping[str, Any]) -> InvoiceRequest:
            found, raw = config.tables["invoice"].decode(document), document_bytes(document)
            if unit is not None:
                found["invoice"]["amount"] = read(document, "invoice_amount", unit)
            found |= {"platform": "taobao", "shop_id": config.shop_id, "raw": raw,
                      "extra": lazy_extra(config.tables["invoice"], raw)}  # fmt: skip
            return InvoiceRequest.model_validate(found)

        return read_rows(rows_of(reply.get("apply_list")), one, platform="taobao", path="apply_list", order_id=order_id)
