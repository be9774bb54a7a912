"""What happens to orders and after-sales, and what follows from it. Imports this folder's state and tables.

Called by the platform's own calls, by the tester's control and by the generator: one implementation of each change.
`at` is China time as the wire writes it; a change moves the time of the lines it touches.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from orderhub.sandbox.platforms.suning.spec import LINE_MOVES, REFUND_MOVES, REFUND_SHOWN
from orderhub.sandbox.platforms.suning.state import Doc, Good, Market, Order, Refund
from orderhub.sandbox.platforms.suning.wire import china, fen, instant, yuan, yuan5

__all__ = [
    "Illegal", "cancel", "cash_row", "hold_stock", "move_refund", "open_refund", "pay", "receive", "settle", "ship",
]  # fmt: skip

ANSWER_DAYS = 3
OPEN_CODES = frozenset({"C030", "C040", "C050", "C055", "C060"})


class Illegal(Exception):
    """The state forbids it."""

    def __init__(self, status: str, what: str) -> None:
        super().__init__(f"{what} is not possible in status {status}")
        self.status, self.what = status, what


def _move(line: Doc, what: str) -> None:
    new = LINE_MOVES.get((line["orderLineStatus"], what))
    if new is None:
        raise Illegal(line["orderLineStatus"], what)
    line["orderLineStatus"] = new


def settle(order: Order) -> None:
    """The header's status from its lines: §4."""
    statuses = {line["orderLineStatus"] for line in order.lines} - {"40"}
    if not statuses:
        order.doc["orderTotalStatus"] = "40" if order.doc["orderSaleTime"] else "0"
    elif len(statuses) == 1:
        [order.doc["orderTotalStatus"]] = statuses
    else:
        order.doc["orderTotalStatus"] = "21" if "10" in statuses else "20"


def cash_row(paycode: str, amount_fen: int) -> Doc:
    """One row of paymentList that is money."""
    return {
        "paycode": paycode, "banktypecode": "", "payamount": yuan5(amount_fen), "offLinePayFlag": "",
        "alipayPayNo": "",
    }  # fmt: skip


def pay(market: Market, order: Order, at: str, paycode: str = "4148") -> None:
    """The buyer pays all that is owed."""
    for line in order.lines:
        _move(line, "pay")
        owed = fen(line["payAmount"]) - sum(
            fen(row["payamount"]) for row in line["paymentList"] if not row["banktypecode"]
        )
        if owed:
            line["paymentList"].append(cash_row(paycode, owed))
        _shift(market, order, line, -int(float(line["saleNum"])), -int(float(line["saleNum"])))
    order.doc["orderSaleTime"] = at
    settle(order)
    market.touch(order, at)


def ship(market: Market, order: Order, lines: Sequence[Doc], at: str, **told: str) -> None:
    """Lines leave; `told` holds what each line then shows: expresscompanycode, expressno, or who brings it."""
    for line in lines:
        _move(line, "ship")
        line.update(told, deliveryTime=at)
    settle(order)
    market.touch(order, market.stamp(), [line["orderLineNumber"] for line in lines])


def receive(market: Market, order: Order, at: str) -> None:
    """The buyer confirms; everything must be on its way."""
    open_lines = [line for line in order.lines if line["orderLineStatus"] != "40"]
    if not open_lines or any(line["orderLineStatus"] != "20" for line in open_lines):
        raise Illegal(order.doc["orderTotalStatus"], "receive")
    for line in open_lines:
        _move(line, "receive")
    settle(order)
    market.touch(order, at, [line["orderLineNumber"] for line in open_lines])


def cancel(market: Market, order: Order, at: str) -> None:
    """Unpaid: cancelled. Paid and nothing shipped: the money goes back and the order closes."""
    if order.doc["orderTotalStatus"] == "5":
        for line in order.lines:
            _move(line, "cancel")
            _shift(market, order, line, 0, -int(float(line["saleNum"])))
        settle(order)
        market.touch(order, at)
    elif order.doc["orderTotalStatus"] in ("10", "15"):
        for line in order.lines:
            if line["orderLineStatus"] == "10":
                _paid_back(market, order, line, at)
    else:
        raise Illegal(order.doc["orderTotalStatus"], "cancel")


def _paid_back(market: Market, order: Order, line: Doc, at: str) -> None:
    """The whole line, by the case that is open or a new one."""
    opened = _open_case(market, order, line)
    if opened is not None:
        move_refund(market, order, opened, "close", at)
    if not fen(line["payAmount"]):
        _close(market, order, line, at)  # a free line has nothing to give back
        return
    move_refund(market, order, open_refund(market, order, line, {"reason": "买家取消订单"}, at), "agree", at)


def _good(market: Market, order: Order, line: Doc) -> Good | None:
    return market.goods.get((order.shop_id, line["productCode"]))


def _shift(market: Market, order: Order, line: Doc, units: int, locked: int) -> None:
    """Stock of the first warehouse moves by `units`, what unpaid orders lock by `locked`."""
    good = _good(market, order, line)
    if good is None or line["fpsdeliveryflag"] == "1":
        return
    good.locked = max(0, good.locked + locked)
    first = next(iter(good.stock))
    good.stock[first] = max(0, good.stock[first] + units)


def hold_stock(market: Market, order: Order) -> None:
    """A new order locks its units until it is paid."""
    for line in order.lines:
        _shift(market, order, line, 0, int(float(line["saleNum"])))


def _open_case(market: Market, order: Order, line: Doc) -> Refund | None:
    number = line["orderLineNumber"]
    return next((one for one in market.refunds_of(order) if one.line == number and one.code in OPEN_CODES), None)


def _left(market: Market, order: Order, line: Doc) -> int:
    """Fen of the line that did not go back yet."""
    number = line["orderLineNumber"]
    done = [one for one in market.refunds_of(order) if one.line == number and one.code in ("C110", "C130")]
    return fen(line["payAmount"]) - sum(one.fee_fen for one in done)


def open_refund(market: Market, order: Order, line: Doc, ask: Mapping[str, Any], at: str) -> Refund:
    """The buyer asks for money back: `ask` may hold returnMoney, goods, reason.

    Raises:
        Illegal: Nothing was paid, the line is closed, a case is open, or more is asked than is left.
    """
    left = _left(market, order, line)
    fee = fen(str(ask["returnMoney"])) if "returnMoney" in ask else left
    if line["orderLineStatus"] not in ("10", "20", "30") or _open_case(market, order, line) is not None:
        raise Illegal(line["orderLineStatus"], "refund")
    if not 0 < fee <= left:
        raise Illegal(line["orderLineStatus"], f"refund of {yuan(fee)} where {yuan(left)} is left")
    goods = bool(ask.get("goods", False))
    if goods and line["orderLineStatus"] == "10":
        raise Illegal(line["orderLineStatus"], "return of goods")
    refund = Refund(
        f"9{market.serial():012d}", order.shop_id, order.code, line["orderLineNumber"],
        _case(order, line, fee, str(ask.get("reason", "不喜欢")), at), "C030", goods, fee, at,
    )  # fmt: skip
    _show(refund)
    order.refunds.append(refund.refund_id)
    market.file_refund(refund)
    _flag(market, order, line, "1", at)
    return refund


def _case(order: Order, line: Doc, fee: int, reason: str, at: str) -> Doc:
    kinds = {"10": "2", "20": "3", "30": "4"}
    return {
        "orderCode": order.code, "productCode": line["productCode"], "itemNo": line["orderLineNumber"],
        "customer": order.doc["userName"], "dealMoney": yuan(fen(line["payAmount"])), "returnMoney": yuan(fee),
        "returnReason": reason, "applyTime": at, "statusPassTime": _later(at), "statusDesc": "", "refundtype": "",
        "returntype": kinds[line["orderLineStatus"]], "expressCompanyCode": "", "expressNo": "",
    }  # fmt: skip


def _later(at: str) -> str:
    return china(instant(at) + timedelta(days=ANSWER_DAYS))


def _show(refund: Refund) -> None:
    told = ("C030", "申请退货") if refund.goods and refund.code == "C030" else REFUND_SHOWN[refund.code]
    refund.doc["refundtype"], refund.doc["statusDesc"] = told


def _flag(market: Market, order: Order, line: Doc, flag: str, at: str) -> None:
    line["returnOrderFlag"] = flag
    moves = market.setup.switches["return_moves_change_time"]
    market.touch(order, at, [line["orderLineNumber"]] if moves else [])


def move_refund(market: Market, order: Order, refund: Refund, what: str, at: str = "", **told: str) -> None:
    """The next step of a case; `told` sets fields with it, e.g. expressCompanyCode and expressNo of a return."""
    at = at or market.stamp()
    new = REFUND_MOVES.get((refund.code, what))
    early = refund.goods and what == "agree" and refund.code != "C060"
    if new is None or early or (not refund.goods and what in ("agree_return", "refuse_return")):
        raise Illegal(refund.code, what)
    refund.doc.update(told)
    old, refund.moved, refund.code = refund.moved, at, new
    if what in ("agree_return", "delay", "return"):
        refund.doc["statusPassTime"] = _later(at)
    _show(refund)
    market.file_refund(refund, old)
    line = order.line(refund.line)
    if line is not None:
        _follow(market, order, refund, line, at)


def _follow(market: Market, order: Order, refund: Refund, line: Doc, at: str) -> None:
    """What the case does to its line: refused or closed it is a normal one again, paid in full it closes."""
    if refund.code == "C130" and not _left(market, order, line):
        line["returnOrderFlag"] = "1"
        _close(market, order, line, at)
    elif refund.code in OPEN_CODES or refund.code == "C130":
        _flag(market, order, line, "1", at)
    else:
        _flag(market, order, line, "0", at)


def _close(market: Market, order: Order, line: Doc, at: str) -> None:
    _move(line, "refund")
    settle(order)
    market.touch(order, at, [line["orderLineNumber"]])
