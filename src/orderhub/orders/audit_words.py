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

__all__ = [
    "ATTENTION", "CODES", "HOLD_ADVICE", "HOLD_ADVICE_ZH", "MONEY_TOLERANCE", "NAMELESS", "NOT_PAYABLE", "PROTECTING",
    "REQUESTS", "SELLER_STOPS", "VAGUE", "Attention", "Code", "advice_for",
]  # fmt: skip

MONEY_TOLERANCE = Decimal("0.01")
"""Differences up to this, in the order's currency, are rounding."""


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of finding: how much it matters, whether it stops the order, what to do about it (in two languages)."""

    severity: Severity
    stops: bool
    advice: str
    advice_zh: str


_ERROR, _WARNING, _INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
CODES: Mapping[str, Code] = MappingProxyType({
    "unknown_status": Code(_ERROR, True, "read the order again; if it stays, add the value to the platform's table",
                           "重新拉取订单；若仍存在，请补充平台状态表"),
    "not_awaiting_shipment": Code(_INFO, True, "nothing to ship; leave it", "无需发货，保持不动"),
    "on_hold": Code(_ERROR, True, "wait until the hold is lifted", "等待解除挂起"),
    "platform_fulfilled": Code(_INFO, True, "the platform ships it; only record it", "平台仓发货，仅做记录"),
    "not_paid": Code(_ERROR, True, "wait for the payment", "等待买家付款"),
    "not_payable": Code(_ERROR, True, "presale: wait until the balance is paid", "预售订单：等待支付尾款"),
    "recipient_missing": Code(_ERROR, True, "ask the platform for the receiver, or the buyer through the platform",
                              "向平台获取收件人，或通过平台联系买家"),
    "receiver_expired": Code(_ERROR, True, "read the order again to get a fresh receiver",
                             "收件人信息已过期，重新拉取订单"),
    "address_incomplete": Code(_ERROR, True, "complete the address with the buyer", "联系买家补全地址"),
    "address_vague": Code(_WARNING, False, "ask the buyer for a house number or a landmark", "请买家补充门牌号等详细地址"),
    "undeliverable": Code(_ERROR, True, "agree on another address or carrier, or refund", "更换地址或快递，或退款"),
    "phone_invalid": Code(_ERROR, True, "ask the buyer for a phone number that can be called", "请买家提供可拨打的电话"),
    "phone_suspicious": Code(_WARNING, False, "call the number before shipping", "发货前请先拨打核实"),
    "name_suspicious": Code(_WARNING, False, "ask the buyer for the receiver's name", "请买家提供收件人姓名"),
    "total_missing": Code(_ERROR, True, "fetch the order's detail; amounts are never assumed", "拉取订单详情，金额不做假设"),
    "money_residual": Code(_ERROR, True, "compare the amounts with the platform's back office before shipping",
                           "发货前与平台后台核对金额"),
    "rounding_cent": Code(_INFO, False, "a cent of rounding; nothing to do", "一分钱的舍入差，无需处理"),
    "discount_missing": Code(_ERROR, True, "fetch the order's detail: a discount is listed and not counted",
                             "有优惠未计入，拉取订单详情核对"),
    "unit_mixup": Code(_ERROR, True, "an amount is off by a factor of hundred: correct the unit, fen or yuan",
                       "金额相差一百倍：请核对单位是分还是元"),
    "paid_differs": Code(_WARNING, False, "compare what was paid with the platform's back office",
                         "与平台后台核对实付金额"),
    "amount_negative": Code(_ERROR, True, "fetch the order's detail; nothing is owed to a buyer who orders",
                            "金额为负，拉取订单详情核对"),
    "amount_zero": Code(_WARNING, False, "make sure that these goods are meant to be free", "确认商品确为零元"),
    "price_low": Code(_ERROR, True, "check the listing's price; cancel or confirm with the buyer",
                      "核对商品标价，与买家确认或取消"),
    "price_high": Code(_WARNING, False, "check the listing's price", "核对商品标价"),
    "discount_excessive": Code(_ERROR, True, "check the promotions: they add up to more than allowed",
                               "核对促销：优惠超过上限"),
    "line_total_mismatch": Code(_ERROR, True, "compare the line amounts with the platform's back office",
                                "与平台后台核对明细金额"),
    "no_lines": Code(_ERROR, True, "fetch the order's detail", "拉取订单详情"),
    "quantity_zero": Code(_ERROR, True, "read the order again; a line of nothing cannot be shipped",
                          "重新拉取订单，数量为零不能发货"),
    "sku_unmapped": Code(_ERROR, True, "set the merchant code on the listing, or add a mapping", "设置商家编码或添加映射"),
    "stock_short": Code(_WARNING, False, "allocation will look for it elsewhere or wait for stock", "分仓将另寻库存或等待补货"),
    "duplicate_suspected": Code(_WARNING, False, "ask the buyer whether both orders are meant", "与买家确认是否重复下单"),
    "blacklisted": Code(_ERROR, True, "do not ship; decide by hand", "黑名单：不要发货，人工处理"),
    "quantity_unusual": Code(_WARNING, False, "confirm the quantity with the buyer", "与买家确认数量"),
    "amount_unusual": Code(_WARNING, False, "confirm the order with the buyer", "与买家确认订单"),
    "receiver_busy": Code(_WARNING, False, "many open orders go to one receiver: merge them, or look for brushing",
                          "同一收件人订单过多：可合单，或警惕刷单"),
    "needs_serial_numbers": Code(_WARNING, False, "scan serial numbers while packing; they go with the dispatch",
                                 "打包时扫描序列号，随发货提交"),
    "buyer_note_needs_attention": Code(_WARNING, False, "read the buyer's note", "请阅读买家留言"),
    "buyer_note_stops": Code(_ERROR, True, "read the buyer's note and agree with the buyer before shipping",
                             "请阅读买家留言，与买家确认后再发货"),
    "seller_note_stops": Code(_ERROR, True, "the seller's note asks to wait; clear it when it is settled",
                              "卖家备注要求暂停，处理后清除备注"),
})  # fmt: skip
"""Every code that the audit can give by itself."""

PROTECTING = frozenset({"unknown_status", "not_awaiting_shipment", "on_hold", "platform_fulfilled", "not_paid",
                        "not_payable", "recipient_missing", "no_lines", "quantity_zero"})  # fmt: skip
"""Codes that no rule can leave out and nobody can override: shipping would be wrong whatever somebody thinks."""

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

HOLD_ADVICE_ZH: Mapping[Hold, str] = MappingProxyType({
    Hold.REFUND_OPEN: "先处理售后",
    Hold.OUT_OF_STOCK: "补货，或为买家更换商品",
    Hold.GIFT_PENDING: "等待受赠人领取",
    Hold.RISK_CONTROL: "平台风控中，等待，不要发货",
    Hold.UNDER_REVIEW: "平台审核中，等待",
    Hold.LOCKED: "订单被平台锁定，请查看后台",
    Hold.PLATFORM_PAUSE: "平台要求暂停，等待",
    Hold.GROUP_NOT_FORMED: "等待成团",
    Hold.LOTTERY: "等待开奖，多数订单会退款",
    Hold.PRESALE: "等待支付尾款",
    Hold.DEPOSIT_ONLY: "仅付定金，等待尾款",
    Hold.PRE_AUTHORISED: "请先完成扣款",
    Hold.BUYER_CANCEL_REQUESTED: "买家申请取消，请先答复",
    Hold.UNFULFILLABLE: "平台标记无法履约，请查看后台",
    Hold.ADDRESS_INCOMPLETE: "联系买家补全地址",
    Hold.UNKNOWN_VALUE: "平台返回未知值，见订单发现项",
    Hold.OTHER: "请查看平台后台",
})  # fmt: skip
"""The same in Chinese."""

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

SELLER_STOPS = ("暂停发货", "先不发", "先别发", "缓发", "等买家", "hold shipment")
"""Words of the seller's own note that stop an order."""

REQUESTS = (
    "请",
    "麻烦",
    "帮忙",
    "能不能",
    "可不可以",
    "可以吗",
    "要求",
    "务必",
    "一定要",
    "备注",
    "please",
    "could you",
)
"""Words that make a note one that asks for something, when no topic of the table was found in it."""

VAGUE = ("不详", "待定", "同上", "自提", "见备注", "如图", "联系我")
"""Words that stand in an address instead of an address."""

NAMELESS = ("先生", "女士", "小姐", "收件人", "匿名", "客户", "test", "测试")
"""What is no name."""


def advice_for(code: str, value: str | None = None, *, locale: str = "en") -> str:
    """What to do about a finding, in English or Chinese (`zh`); empty for a host's own codes."""
    if code == "on_hold" and value in set(Hold):
        return (HOLD_ADVICE_ZH if locale == "zh" else HOLD_ADVICE)[Hold(value)]
    row = CODES.get(code)
    return "" if row is None else row.advice_zh if locale == "zh" else row.advice
