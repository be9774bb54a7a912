"""What happens to trades. Called by the calls, by the tester and by the generator; `at` is China time.

Imports this folder's state, tables and wire.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from orderhub.sandbox.platforms.youzan.spec import CLOSED
from orderhub.sandbox.platforms.youzan.state import Doc, Market, Order
from orderhub.sandbox.platforms.youzan.wire import china, fen, instant, yuan

__all__ = ["Illegal", "cancel", "pay", "receive", "refund", "ship"]


class Illegal(Exception):
    """The state forbids it."""

    def __init__(self, status: str, what: str) -> None:
        super().__init__(f"{what} is not possible in status {status}")


def _need(order: Order, what: str, *allowed: str) -> None:
    if order.info["status"] not in allowed:
        raise Illegal(order.info["status"], what)


def pay(market: Market, order: Order, at: str, status: str = "WAIT_SELLER_SEND_GOODS") -> None:
    """The buyer pays all; `status` is where the trade then stands."""
    _need(order, "pay", "WAIT_BUYER_PAY")
    order.info.update(status=status, pay_time=at)
    order.info["order_tags"] = {**order.info["order_tags"], "is_payed": True}
    order.doc["pay_info"]["real_payment"] = order.doc["pay_info"]["payment"]
    for line in order.lines:
        good = market.goods.get((order.shop_id, line["item_id"], line["sku_id"]))
        if good is not None:
            good.quantity = max(0, good.quantity - line["num"])
    market.touch(order, at)


def _open(order: Order) -> list[str]:
    """Oids that still have to be sent."""
    gone = order.sent() | {case["oid"] for case in order.refunds if case["whole"]}
    return [line["oid"] for line in order.lines if line["oid"] not in gone]


def ship(market: Market, order: Order, oids: Sequence[str], at: str, **told: str) -> None:
    """A parcel leaves with `oids` (none: all that is left); the trade moves when nothing is left."""
    _need(order, "ship", "WAIT_SELLER_SEND_GOODS")
    waiting = _open(order)
    chosen = list(oids) or waiting
    if not chosen or set(chosen) - set(waiting):
        raise Illegal(order.info["status"], "shipping these lines")
    order.parcels.append({"tid": order.tid, "oids": ",".join(chosen), "consign_time": at, **told})
    _all_sent(order, at)
    market.touch(order, at)


def _all_sent(order: Order, at: str) -> None:
    if order.parcels and not _open(order):
        order.info.update(status="WAIT_BUYER_CONFIRM_GOODS", consign_time=at)


def receive(market: Market, order: Order, at: str) -> None:
    """The buyer confirms."""
    _need(order, "receive", "WAIT_BUYER_CONFIRM_GOODS")
    order.info.update(status="TRADE_SUCCESS", success_time=at)
    market.touch(order, at)


def cancel(market: Market, order: Order, at: str, why: str = "buyer") -> None:
    """Unpaid: closed. Paid and nothing sent: the money goes back and the trade closes."""
    if order.info["status"] == "WAIT_BUYER_PAY":
        order.info.update(status="TRADE_CLOSED", close_type=CLOSED[why])
        market.touch(order, at)
        return
    _need(order, "cancel", "WAIT_SELLER_SEND_GOODS", "WAIT_CONFIRM", "TRADE_PAID")
    if order.parcels:
        raise Illegal(order.info["status"], "cancel")
    for line in order.lines:
        if not any(case["oid"] == line["oid"] and case["whole"] for case in order.refunds):
            refund(market, order, line, None, at)


def _back(order: Order, oid: str) -> int:
    return sum(fen(case["refund_fee"]) for case in order.refunds if case["oid"] == oid)


def refund(market: Market, order: Order, line: Doc, amount_fen: int | None, at: str) -> Doc:
    """Money of one line goes back: all that is left of it, or a part."""
    _need(
        order, "refund", "WAIT_SELLER_SEND_GOODS", "WAIT_BUYER_CONFIRM_GOODS", "TRADE_SUCCESS", "WAIT_CONFIRM",
        "TRADE_PAID",
    )  # fmt: skip
    left = fen(line["payment"]) - _back(order, line["oid"])
    given = left if amount_fen is None else amount_fen
    if not 0 <= given <= left:
        raise Illegal(order.info["status"], "refunding more than is left")
    case: Doc = {
        "refund_id": f"{at[:10].replace('-', '')}{market.serial():010d}", "tid": order.tid, "oid": line["oid"],
        "refund_fee": yuan(given), "status": "SUCCESS", "created": at, "modified": at, "whole": given == left,
    }  # fmt: skip
    order.refunds.append(case)
    market.cases[case["refund_id"]] = (order, case)
    _shown(market, order, at)
    return case


def _shown(market: Market, order: Order, at: str) -> None:
    """refund_state goes through 1 or 11; a trade with nothing left to send or give back closes."""
    goods = sum(fen(line["payment"]) for line in order.lines)
    whole = sum(fen(case["refund_fee"]) for case in order.refunds) == goods
    order.info["refund_state"], state = (11, 12) if whole else (1, 2)
    order.info["order_tags"] = {**order.info["order_tags"], "is_refund": True}
    if order.info["status"] in ("WAIT_SELLER_SEND_GOODS", "WAIT_CONFIRM", "TRADE_PAID"):
        if whole and not order.parcels:
            order.info.update(status="TRADE_CLOSED", close_type=CLOSED["refunded"])
        else:
            _all_sent(order, at)
    market.moving(order, china(instant(at) + timedelta(seconds=market.setup.switches["transient_s"])), state)
    market.touch(order, at)
    market.settle()
