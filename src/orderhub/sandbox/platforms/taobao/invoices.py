"""What buyers want on the tax invoice. Source: docs/platforms/taobao.md §8.1. Imports this folder's state and wire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.sandbox.platforms.taobao.ask import Ask
from orderhub.sandbox.platforms.taobao.state import Doc, Market, Trade
from orderhub.sandbox.platforms.taobao.wire import Refusal, fen, yuan

__all__ = ["applied", "apply", "seed_applications"]

TRIGGERS = frozenset({
    "buyer_payed", "sent_goods", "buyer_confirm", "refund_seller_confirm", "invoice_supply", "invoice_change",
    "change_paper",
})  # fmt: skip
TAX_PERCENT = 13


def apply(market: Market, trade: Trade, ask: Mapping[str, Any]) -> Doc:
    """The buyer asks: `ask` may hold any field of an application, e.g. business_type, payer_name, invoice_kind."""
    company = int(ask.get("business_type", 0)) == 1
    rows = [_row(line) for line in trade.doc["orders"] if fen(line["payment"]) > 0]
    total = sum(fen(row["amount"]) for row in rows)
    tax = sum(fen(row["tax"]) for row in rows)
    at = market.stamp()
    told: Doc = {
        "apply_id": str(7_000_000_000 + market.serial()), "platform_tid": str(trade.tid),
        "platform_code": "TM" if market.shops[trade.shop_id].kind == "B" else "TB", "status": 1,
        "trigger_status": "buyer_payed", "invoice_kind": 0, "business_type": int(company), "invoice_type": "blue",
        "payer_name": "云杉贸易有限公司" if company else "个人",
        "payer_register_no": "91330100MA2ABCDE0X" if company else "", "invoice_amount": yuan(total),
        "sum_price": yuan(total - tax), "sum_tax": yuan(tax), "gmt_create": at, "gmt_modified_str": at,
        "invoice_items": rows,
    }  # fmt: skip
    told |= {name: value for name, value in ask.items() if name in told or name.startswith("payer_")}
    market.invoices.setdefault(trade.tid, []).append(told)
    return told


def _row(line: Doc) -> Doc:
    amount = fen(line["payment"]) - fen(line.get("part_mjz_discount", "0.00"))
    tax = round(amount * TAX_PERCENT / (100 + TAX_PERCENT))
    return {
        "item_name": line["title"], "biz_order_id": str(line["oid"]), "is_post_fee_row": False,
        "quantity": str(line["num"]), "unit": "件", "price": yuan(amount // int(line["num"])), "amount": yuan(amount),
        "tax": yuan(tax), "tax_rate": f"0.{TAX_PERCENT}", "row_type": 0, "zero_rate_flag": "",
    }  # fmt: skip


def applied(ask: Ask) -> Doc:
    """alibaba.einvoice.apply.get: the applications of one order; `apply_id` names one of them."""
    trade = ask.market.trade_of(ask.shop_id, ask.text("platform_tid"))
    if trade is None:
        raise Refusal(15, "isv.trade-not-exist", "交易不存在")
    wanted = ask.text("apply_id")
    rows = [row for row in ask.market.invoices.get(trade.tid, []) if wanted in ("", row["apply_id"])]
    return {"is_success": True, "apply_list": rows}


def seed_applications(market: Market) -> None:
    """Every fourth paid order of the start has a request, every other one of them for a company."""
    paid = [trade for trade in market.orders.values() if "pay_time" in trade.doc]
    for place, trade in enumerate(paid[::4]):
        apply(market, trade, {"business_type": place % 2})
