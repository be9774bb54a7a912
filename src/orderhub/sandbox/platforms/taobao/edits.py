"""Trades changed by the seller: receiver, memo, closing. Source: docs/platforms/taobao.md §6.4."""

from __future__ import annotations

from datetime import timedelta

from orderhub.sandbox.platforms.taobao.ask import Ask, invalid
from orderhub.sandbox.platforms.taobao.messages import tell
from orderhub.sandbox.platforms.taobao.moves import Illegal, cancel
from orderhub.sandbox.platforms.taobao.state import Doc, Trade
from orderhub.sandbox.platforms.taobao.wire import Refusal, instant

__all__ = ["address", "close", "memo_add", "memo_update"]

CLOSE_REASONS = frozenset(
    [
        "未及时付款",
        "买家不想买了",
        "买家信息填写错误，重新拍",
        "恶意买家/同行捣乱",
        "缺货",
        "买家拍错了",
        "同城见面交易",
    ]
)
ADDRESS_GBK_BYTES = {
    "receiver_name": 50, "receiver_phone": 30, "receiver_mobile": 11, "receiver_state": 32, "receiver_city": 32,
    "receiver_district": 32, "receiver_town": 32, "receiver_address": 228,
}  # fmt: skip
MEMO_BYTES = 1000


def address(ask: Ask) -> Doc:
    """taobao.trade.shippingaddress.update: only before sending; -1 deletes a telephone."""
    trade = ask.trade()
    if trade.doc["status"] != "WAIT_SELLER_SEND_GOODS":
        raise Refusal(15, "isv.trade-service-rejection", "订单状态不允许修改收货地址")
    fresh = {name: ask.text(name) for name in ADDRESS_GBK_BYTES if ask.given(name)}
    for name, value in fresh.items():
        if len(value.encode("gbk", "replace")) > ADDRESS_GBK_BYTES[name]:
            raise invalid(name, f"{name} is longer than {ADDRESS_GBK_BYTES[name]} bytes in GBK")
    for name, value in fresh.items():
        if value == "-1" and name in ("receiver_phone", "receiver_mobile"):
            trade.doc.pop(name, None)
        else:
            trade.doc[name] = value
    readdressed(ask, trade)
    return {"trade": {"tid": trade.doc["tid"], "modified": trade.doc["modified"]}}


def readdressed(ask: Ask, trade: Trade) -> None:
    """What every change of receiver leaves behind."""
    trade.doc["lm"] = "1"
    ask.market.touch(trade)
    tell(
        ask.market,
        trade,
        "taobao_trade_TradeLogisticsAddressChanged",
        ("oid", "seller_nick", "payment", "type", "status"),
    )


def _memo(ask: Ask) -> str:
    memo = ask.text("memo")
    if len(memo.encode()) > MEMO_BYTES:
        raise invalid("memo", f"memo is longer than {MEMO_BYTES} bytes")
    return memo


def memo_add(ask: Ask) -> Doc:
    """taobao.trade.memo.add: once only."""
    trade, memo = ask.trade(), _memo(ask)
    if trade.doc.get("seller_memo"):
        raise Refusal(15, "isv.trade-memo-already-exist", "交易备注已经存在")
    _noted(ask, trade, memo, ask.whole("flag", 0, 0, 10))
    return {"trade": {"tid": trade.doc["tid"], "created": trade.doc["modified"]}}


def memo_update(ask: Ask) -> Doc:
    """taobao.trade.memo.update: also adds; reset=true clears, an empty memo without it leaves the old one."""
    trade, memo = ask.trade(), _memo(ask)
    kept = "" if ask.yes("reset") else memo or trade.doc.get("seller_memo", "")
    if ask.yes("clear_tag"):
        trade.doc.pop("seller_flag_tag", None)
    _noted(ask, trade, kept, ask.whole("flag", trade.doc.get("seller_flag", 0), 0, 10))
    return {"trade": {"tid": trade.doc["tid"], "modified": trade.doc["modified"]}}


def _noted(ask: Ask, trade: Trade, memo: str, flag: int) -> None:
    trade.doc["seller_memo"], trade.doc["seller_flag"] = memo, flag
    if ask.given("tag"):
        trade.doc["seller_flag_tag"] = ask.text("tag")
    ask.market.touch(trade)
    more: Doc = {"seller_memo": memo, "seller_flag": flag, "action_type": "seller"}
    tell(ask.market, trade, "taobao_trade_TradeMemoModified", (), **more)


def close(ask: Ask) -> Doc:
    """taobao.trade.close: an unpaid trade, whole; closing by sub number (§6.4) is not offered here."""
    if ask.text("close_reason") not in CLOSE_REASONS:
        raise Refusal(15, "isv.invalid-parameter:closereason_wrong", "关闭原因不正确")
    trade = ask.trade()
    if ask.market.now() - instant(trade.doc["created"]) < timedelta(seconds=10):
        raise Refusal(15, "CLOSE_TRADE_TOO_FAST", "订单创建10秒内不允许关闭")
    if "pay_time" in trade.doc:
        raise Refusal(15, "isv.trade-service-rejection", "已付款的订单不允许关闭")
    try:
        cancel(ask.market, trade, ask.market.stamp())
    except Illegal as illegal:
        raise Refusal(15, "isv.trade-service-rejection", "订单状态不允许关闭") from illegal
    return {"trade": {"tid": trade.doc["tid"], "modified": trade.doc["modified"]}}
