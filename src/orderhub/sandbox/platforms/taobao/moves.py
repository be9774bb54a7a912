"""What happens to trades and refunds, and what follows from it. Imports this folder's state, tables, messages.

Called by the platform's own API, by the tester's control and by the generator: one implementation of each change.
Every function changes the document in place and stamps it; `at` is Beijing time as the wire writes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from orderhub.sandbox.platforms.taobao.messages import tell, tell_refund
from orderhub.sandbox.platforms.taobao.spec import CLOSED_STATUS, COMPANIES, REFUND_MOVES, TRADE_MOVES
from orderhub.sandbox.platforms.taobao.state import Doc, Market, Trade
from orderhub.sandbox.platforms.taobao.wire import fen, yuan

__all__ = ["Illegal", "cancel", "consign", "hold_stock", "move_refund", "open_refund", "pay", "receive", "settle_stock"]

COMPANY_NAMES = {code: name for code, _, name, _ in COMPANIES}


class Illegal(Exception):
    """The state forbids it."""

    def __init__(self, status: str, what: str) -> None:
        super().__init__(f"{what} is not possible in status {status}")
        self.status, self.what = status, what


def _move(trade: Trade, what: str) -> None:
    new = TRADE_MOVES.get((trade.doc["status"], what))
    if new is None:
        raise Illegal(trade.doc["status"], what)
    trade.doc["status"] = new


def _lines(trade: Trade, status: str, at: str = "") -> None:
    """Open lines take `status`; `at` ends them."""
    for line in trade.doc["orders"]:
        if line["status"] not in CLOSED_STATUS:
            line["status"] = status
            if at:
                line["end_time"] = at


def pay(market: Market, trade: Trade, at: str) -> None:
    """The buyer pays all that is owed, or the rest of a presale."""
    _move(trade, "pay")
    trade.doc["pay_time"] = at
    trade.doc.setdefault("alipay_no", f"{at[:10].replace('-', '')}22001{market.serial():015d}")
    if "step_trade_status" in trade.doc:
        trade.doc["step_trade_status"] = "FRONT_PAID_FINAL_PAID"
        trade.doc["step_paid_fee"] = trade.doc["payment"]
    _lines(trade, trade.doc["status"])
    settle_stock(market, trade)
    market.touch(trade)
    tell(market, trade, "taobao_trade_TradeBuyerPay", without=("status",), post_fee=trade.doc["post_fee"])


def consign(market: Market, trade: Trade, parcels: Sequence[Doc], at: str, complete: frozenset[int]) -> None:
    """Parcels leave together. Each holds out_sid, company_code and goods (line to units; 0 means told before).

    Args:
        complete: Lines that count as fully sent although units are missing.
    """
    for parcel in parcels:
        for oid, units in parcel["goods"].items():
            line = trade.line(oid)
            if line is None or not units:
                continue
            trade.sent[oid] = trade.sent.get(oid, 0) + units
            line["invoice_no"], line["consign_time"] = parcel["out_sid"], at
            line["logistics_company"] = COMPANY_NAMES.get(parcel["company_code"], "")
            if trade.sent[oid] >= line["num"] or oid in complete:
                line["status"] = "WAIT_BUYER_CONFIRM_GOODS"
        market.books.use(parcel["out_sid"])
        trade.parcels.append({**parcel, "at": at})
    trade.doc["consign_time"] = at
    advance(market, trade)


def advance(market: Market, trade: Trade) -> None:
    """The trade's own status after lines were sent."""
    waiting = [line for line in trade.doc["orders"] if line["status"] == "WAIT_SELLER_SEND_GOODS"]
    _move(trade, "ship_part" if waiting else "ship_rest")
    trade.doc["is_part_consign"] = trade.doc["is_part_consign"] or bool(waiting) or len(trade.parcels) > 1
    market.touch(trade)
    tell(market, trade, "taobao_trade_TradePartlySellerShip" if waiting else "taobao_trade_TradeSellerShip")


def receive(market: Market, trade: Trade, at: str) -> None:
    """The buyer confirms; a parcel paid on delivery is signed first."""
    first = trade.doc["type"] == "cod" and trade.doc["status"] == "WAIT_BUYER_CONFIRM_GOODS"
    _move(trade, "sign_cod" if first else "receive")
    if first:
        trade.doc["cod_status"], trade.doc["pay_time"] = "SIGN_IN", at
        _lines(trade, trade.doc["status"])
    else:
        trade.doc["end_time"] = at
        trade.doc["received_payment"] = trade.doc["payment"]
        trade.doc["available_confirm_fee"] = "0.00"
        _lines(trade, "TRADE_FINISHED", at)
    market.touch(trade)
    tell(market, trade, "taobao_trade_TradeChanged" if first else "taobao_trade_TradeSuccess")


def cancel(market: Market, trade: Trade, at: str) -> None:
    """The trade is closed before anything was sent."""
    unpaid = "pay_time" not in trade.doc and trade.doc["type"] != "cod"
    _move(trade, "cancel")
    trade.doc["end_time"] = at
    _lines(trade, trade.doc["status"], at)
    if unpaid:
        release_stock(market, trade)
    market.touch(trade)
    tell(market, trade, "taobao_trade_TradeClose")


def _listing(market: Market, trade: Trade, line: Doc) -> tuple[Doc, Doc, str] | None:
    """(item document, sku or item, key of its quantity); None when the line is no listing of ours."""
    item = market.items.get(line.get("num_iid", 0))
    if item is None:
        return None
    sku = next((sku for sku in item.skus if str(sku["sku_id"]) == line.get("sku_id")), None)
    return (item.doc, sku, "quantity") if sku else (item.doc, item.doc, "num")


def _shift(market: Market, trade: Trade, line: Doc, units: int, held: int) -> None:
    """Quantity moves by `units`, what unpaid orders hold by `held`."""
    found = _listing(market, trade, line)
    if found is None:
        return
    item, row, key = found
    row["with_hold_quantity"] = max(0, row["with_hold_quantity"] + held)
    if units:
        before = row[key]
        row[key] = max(0, before + units)
        if row is not item:
            item["num"] += row[key] - before
        item["modified"] = market.stamp()


def hold_stock(market: Market, trade: Trade) -> None:
    """A new order takes units off (sub_stock 1) or holds them until it is paid (sub_stock 2)."""
    for line in trade.doc["orders"]:
        found = _listing(market, trade, line)
        if found is not None:
            later = found[0]["sub_stock"] == 2
            _shift(market, trade, line, 0 if later else -line["num"], line["num"] if later else 0)


def settle_stock(market: Market, trade: Trade) -> None:
    """Paid: held units go (sub_stock 2)."""
    for line in trade.doc["orders"]:
        found = _listing(market, trade, line)
        if found is not None and found[0]["sub_stock"] == 2:
            _shift(market, trade, line, -line["num"], -line["num"])


def release_stock(market: Market, trade: Trade) -> None:
    """Closed unpaid: units come back."""
    for line in trade.doc["orders"]:
        found = _listing(market, trade, line)
        if found is not None:
            later = found[0]["sub_stock"] == 2
            _shift(market, trade, line, 0 if later else line["num"], -line["num"] if later else 0)


def open_refund(market: Market, trade: Trade, line: Doc, ask: Mapping[str, Any], at: str) -> Doc:
    """The buyer asks for money back: `ask` may hold refund_fee, has_good_return, reason, num.

    Raises:
        Illegal: Nothing was paid, the line is closed, a refund of it is open, or more is asked than is left.
    """
    paid = _line_left(market, trade, line)
    fee = fen(str(ask["refund_fee"])) if "refund_fee" in ask else paid
    if line["status"] not in REFUNDABLE or ("pay_time" not in trade.doc and trade.doc["type"] == "cod"):
        raise Illegal(line["status"], "refund")
    if line.get("refund_status") in OPEN_REFUND or not 0 < fee <= paid:
        raise Illegal(line["status"], f"refund of {yuan(fee)} where {yuan(paid)} is left")
    goods = bool(ask.get("has_good_return", False))
    sent = line["status"] not in ("WAIT_SELLER_SEND_GOODS", "PAID_FORBID_CONSIGN")
    refund: Doc = {
        "refund_id": f"24{market.serial():016d}", "tid": trade.doc["tid"], "oid": line["oid"],
        "status": "WAIT_SELLER_AGREE", "order_status": line["status"],
        "good_status": "BUYER_RECEIVED" if goods else "BUYER_NOT_RECEIVED", "has_good_return": goods,
        "refund_fee": yuan(fee), "payment": yuan(paid - fee), "total_fee": line["total_fee"],
        "split_seller_fee": yuan(paid - fee), "split_taobao_fee": "0.00",
        "reason": str(ask.get("reason", "不喜欢/不想要")), "desc": str(ask.get("desc", "")), "title": line["title"],
        "price": line["price"], "num": int(ask.get("num", line["num"])), "num_iid": line["num_iid"],
        "sku": f"{line.get('sku_id', '')}|{line.get('sku_properties_name', '')}",
        "outer_id": line.get("outer_sku_id", line["outer_iid"]), "shipping_type": trade.doc["shipping_type"],
        "refund_phase": "aftersale" if trade.doc["status"] == "TRADE_FINISHED" else "onsale",
        "refund_version": market.setup.now().timestamp().__trunc__() * 1000 + market.serial() % 1000,
        "dispute_type": "REFUND_AND_RETURN" if goods else "REFUND", "advance_status": 0, "cs_status": 1,
        "operation_contraint": "null" if sent else "cannot_refuse", "buyer_nick": trade.doc["buyer_nick"],
        "buyer_open_uid": trade.doc["buyer_open_uid"], "seller_nick": trade.doc["seller_nick"],
        "alipay_no": trade.doc.get("alipay_no", ""), "created": at, "modified": at,
        "refund_remind_timeout": {"exist_timeout": True, "remind_type": 1, "timeout": at},
    }  # fmt: skip
    market.refunds[refund["refund_id"]] = refund
    line["refund_id"], line["refund_status"] = refund["refund_id"], refund["status"]
    market.touch(trade)
    tell_refund(market, trade, refund, "taobao_refund_RefundCreated")
    return refund


REFUNDABLE = frozenset({
    "WAIT_SELLER_SEND_GOODS", "PAID_FORBID_CONSIGN", "WAIT_BUYER_CONFIRM_GOODS", "TRADE_BUYER_SIGNED",
    "TRADE_FINISHED",
})  # fmt: skip
OPEN_REFUND = frozenset(status for status, what in REFUND_MOVES if what != "reopen") - {"SELLER_REFUSE_BUYER"}


def _line_left(market: Market, trade: Trade, line: Doc) -> int:
    """What the buyer paid for the line, fen, less what went back before."""
    paid = fen(line["payment"]) - fen(line.get("part_mjz_discount", "0.00"))
    if "refund_id" not in line:
        return paid
    done = [one for one in market.refunds.values() if one["oid"] == line["oid"] and one["status"] == "SUCCESS"]
    return paid - sum(fen(one["refund_fee"]) for one in done)


REFUND_TOPICS = {
    "agree": "taobao_refund_RefundSuccess", "agree_return": "taobao_refund_RefundSellerAgreeAgreement",
    "refuse": "taobao_refund_RefundSellerRefuseAgreement", "return": "taobao_refund_RefundBuyerReturnGoods",
    "close": "taobao_refund_RefundClosed", "reopen": "taobao_refund_RefundBuyerModifyAgreement",
}  # fmt: skip


def move_refund(market: Market, trade: Trade, refund: Doc, what: str, **told: Any) -> None:
    """The next step of a refund; `told` sets fields with it, e.g. company_name and sid of a return."""
    new = REFUND_MOVES.get((refund["status"], what))
    if new is None:
        raise Illegal(refund["status"], what)
    refund.update(told)
    refund["status"], refund["modified"] = new, market.stamp()
    refund["refund_version"] += 1
    if what == "return":
        refund["good_status"], refund["good_return_time"] = "BUYER_RETURNED_GOODS", refund["modified"]
    line = trade.line(refund["oid"])
    if line is not None and line.get("refund_id") == refund["refund_id"]:
        line["refund_status"] = new
        if new == "SUCCESS":
            _refunded(market, trade, line, refund)
    market.touch(trade)
    tell_refund(market, trade, refund, REFUND_TOPICS[what])


def _refunded(market: Market, trade: Trade, line: Doc, refund: Doc) -> None:
    """Money went back: a line refunded in full closes, and with the last open line the trade."""
    switches = market.setup.switches
    if fen(refund["payment"]) > 0:
        line["refund_status"] = switches["partial_refund_status"]
        if switches["payment_after_refund"] == "reduced":
            trade.doc["payment"] = yuan(fen(trade.doc["payment"]) - fen(refund["refund_fee"]))
        return
    if line["status"] != "TRADE_FINISHED":
        line["status"], line["end_time"] = "TRADE_CLOSED", refund["modified"]
    if all(one["status"] in CLOSED_STATUS for one in trade.doc["orders"]):
        _move(trade, "refund_all")
        trade.doc["end_time"] = refund["modified"]
    elif trade.doc["status"] == "SELLER_CONSIGNED_PART" and not any(
        one["status"] == "WAIT_SELLER_SEND_GOODS" for one in trade.doc["orders"]
    ):
        _move(trade, "ship_rest")
