"""The tables of the audit: codes, holds, words in notes. Imports `models`.

A code says how much it matters and whether it stops the order; the two differ: an order that the platform ships is no
error, and must still not be shipped by us.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from orderhub.models.status import Hold, Severity

__all__ = ["ATTENTION", "CODES", "HOLD_ADVICE", "MONEY_TOLERANCE", "NOT_PAYABLE", "Attention", "Code"]

MONEY_TOLERANCE = Decimal("0.01")
"""Differences up to this, in the order's currency, are rounding."""


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of finding: how much it matters, whether it stops the order, what to do about it."""

    severity: Severity
    stops: bool
    advice: str


_ERROR, _WARNING, _INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
CODES: Mapping[str, Code] = MappingProxyType({
    "unknown_status": Code(_ERROR, True, "read the order again; if it stays, add the value to the platform's table"),
    "not_awaiting_shipment": Code(_INFO, True, "nothing to ship; leave it"),
    "on_hold": Code(_ERROR, True, "wait until the hold is lifted"),
    "platform_fulfilled": Code(_INFO, True, "the platform ships it; only record it"),
    "not_paid": Code(_ERROR, True, "wait for the payment"),
    "not_payable": Code(_ERROR, True, "presale: wait until the balance is paid"),
    "recipient_missing": Code(_ERROR, True, "ask the platform for the receiver, or the buyer through the platform"),
    "address_incomplete": Code(_ERROR, True, "complete the address with the buyer"),
    "phone_invalid": Code(_ERROR, True, "ask the buyer for a phone number that can be called"),
    "total_missing": Code(_ERROR, True, "fetch the order's detail; amounts are never assumed"),
    "money_residual": Code(_ERROR, True, "compare the amounts with the platform's back office before shipping"),
    "line_total_mismatch": Code(_ERROR, True, "compare the line amounts with the platform's back office"),
    "no_lines": Code(_ERROR, True, "fetch the order's detail"),
    "quantity_zero": Code(_ERROR, True, "read the order again; a line of nothing cannot be shipped"),
    "sku_unmapped": Code(_ERROR, True, "set the merchant code on the listing, or add a mapping"),
    "stock_short": Code(_WARNING, False, "allocation will look for it elsewhere or wait for stock"),
    "needs_serial_numbers": Code(_WARNING, False, "scan serial numbers while packing; they go with the dispatch"),
    "buyer_note_needs_attention": Code(_WARNING, False, "read the buyer's note"),
    "buyer_note_stops": Code(_ERROR, True, "read the buyer's note and agree with the buyer before shipping"),
})  # fmt: skip
"""Every code that the audit can give."""

HOLD_ADVICE: Mapping[Hold, str] = MappingProxyType({
    Hold.REFUND_OPEN: "decide the after-sale case first",
    Hold.OUT_OF_STOCK: "restock, or offer the buyer a replacement",
    Hold.GIFT_PENDING: "wait until the receiver has accepted the gift",
    Hold.RISK_CONTROL: "the platform checks the payment; wait, do not ship",
    Hold.UNDER_REVIEW: "the platform reviews the order; wait",
    Hold.LOCKED: "the platform locked the order; look into its back office",
    Hold.PLATFORM_PAUSE: "the platform asks to pause; wait",
    Hold.GROUP_NOT_FORMED: "wait until the buying group is complete",
    Hold.LOTTERY: "wait for the draw; most of these orders are refunded",
    Hold.PRESALE: "wait until the balance is paid",
    Hold.DEPOSIT_ONLY: "only the deposit is paid; wait for the balance",
    Hold.PRE_AUTHORISED: "capture the payment first",
    Hold.BUYER_CANCEL_REQUESTED: "the buyer wants to cancel; answer first",
    Hold.UNFULFILLABLE: "the platform says it cannot be fulfilled; look into its back office",
    Hold.ADDRESS_INCOMPLETE: "complete the address with the buyer",
    Hold.UNKNOWN_VALUE: "the platform sent an undocumented value; see the order's findings",
    Hold.OTHER: "look into the platform's back office",
})  # fmt: skip
"""What to do about each hold."""

NOT_PAYABLE = frozenset({Hold.PRESALE, Hold.DEPOSIT_ONLY})
"""Holds that mean: the buyer cannot pay, or has not paid, the rest yet."""


@dataclass(frozen=True, slots=True)
class Attention:
    """Words of a buyer's note that somebody should read; `code` is the finding that they give."""

    topic: str
    code: str
    words: tuple[str, ...]


ATTENTION: tuple[Attention, ...] = (
    Attention("wait", "buyer_note_stops", ("先别发", "先不要发", "不要发货", "别发货", "暂不发货", "晚点发", "等通知")),
    Attention("cancel", "buyer_note_stops", ("取消订单", "不要了", "拍错", "退款", "cancel this order")),
    Attention("address", "buyer_note_stops", ("改地址", "换地址", "地址错", "地址改", "change the address")),
    Attention("change of goods", "buyer_note_stops", ("换成", "改成", "换颜色", "换尺码", "改颜色", "改尺码")),
    Attention("delivery date", "buyer_note_needs_attention", ("号发货", "日发货", "月底发", "周末送", "工作日送")),
    Attention("invoice", "buyer_note_needs_attention", ("发票", "开票", "税号", "invoice")),
    Attention("gift", "buyer_note_needs_attention", ("贺卡", "礼物", "礼品", "不要放价格", "gift")),
    Attention("packing", "buyer_note_needs_attention", ("易碎", "包装好", "加固", "fragile")),
    Attention("carrier", "buyer_note_needs_attention", ("顺丰", "圆通", "中通", "申通", "韵达", "邮政", "EMS", "快递")),
    Attention("speed", "buyer_note_needs_attention", ("加急", "急用", "急件", "urgent")),
)  # fmt: skip
"""In order of weight; a note may give several findings, one a topic."""
