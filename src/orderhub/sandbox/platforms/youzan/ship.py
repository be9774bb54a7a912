"""Parcels and notes. Source: docs/platforms/youzan.md. Imports `ask`, `moves`.

The answers of the reads have no source: parcels are told in the words of the call that confirms them.
"""

from __future__ import annotations

from typing import Any

from orderhub.sandbox.platforms.youzan.ask import Ask
from orderhub.sandbox.platforms.youzan.moves import Illegal, receive, ship
from orderhub.sandbox.platforms.youzan.spec import COMPANIES, COMPANY_NAMES
from orderhub.sandbox.platforms.youzan.state import Doc, Order

__all__ = ["companies", "confirm", "mark_signed", "memo", "parcels", "update"]


def _parcel(ask: Ask) -> dict[str, str]:
    """Carrier and number, both known; without express neither is needed."""
    if ask.number("is_no_express", 0, most=1):
        return {"is_no_express": "1", "out_stype": "", "out_sid": ""}
    kind = ask.number("out_stype", least=1)
    if kind not in COMPANY_NAMES:
        raise ask.bad("out_stype")
    return {"is_no_express": "0", "out_stype": str(kind), "out_sid": ask.needed("out_sid")}


def _oids(ask: Ask, order: Order) -> list[str]:
    """A comma list of lines; absent means none."""
    named = [one.strip() for one in ask.text("oids").split(",") if one.strip()]
    if set(named) - {line["oid"] for line in order.lines}:
        raise ask.bad("oids")
    return list(dict.fromkeys(named))


def confirm(ask: Ask) -> Any:
    """youzan.logistics.online.confirm/3.0.0: with `oids` a parcel of some lines."""
    order = ask.order()
    try:
        ship(ask.market, order, _oids(ask, order), ask.market.stamp(), **_parcel(ask))
    except Illegal as illegal:
        raise ask.illegal("订单状态不允许发货") from illegal
    return {"is_success": True}


def update(ask: Ask) -> Any:
    """youzan.logistics.online.update/3.0.1: another waybill on the parcel; `oids` choose it when there are several."""
    order = ask.order()
    oids, told = _oids(ask, order), _parcel(ask)
    chosen = [one for one in order.parcels if not oids or set(oids) & set(one["oids"].split(","))]
    if len(chosen) != 1:
        raise ask.illegal("找不到对应的包裹")
    chosen[0].update(told)
    ask.market.touch(order)
    return {"is_success": True}


def mark_signed(ask: Ask) -> Any:
    """youzan.logistics.online.marksign."""
    try:
        receive(ask.market, ask.order(), ask.market.stamp())
    except Illegal as illegal:
        raise ask.illegal("订单状态不允许标记签收") from illegal
    return {"is_success": True}


def parcels(ask: Ask) -> Any:
    """youzan.logistics.order.query/1.0.0."""
    return [_named(one) for one in ask.order().parcels]


def _named(parcel: Doc) -> Doc:
    name = COMPANY_NAMES.get(int(parcel["out_stype"])) if parcel["out_stype"] else ""
    return {**parcel, "out_stype_name": name}


def companies(ask: Ask) -> Any:
    """youzan.logistics.express.get."""
    return [{"id": number, "name": name} for number, name in COMPANIES]


def memo(ask: Ask) -> Any:
    """youzan.trade.memo.update/3.0.0; the range of `flag` has no source, so any small number is taken."""
    order = ask.order()
    order.doc["remark_info"]["trade_memo"] = ask.text("memo")
    if ask.text("flag"):
        order.doc["remark_info"]["star"] = ask.number("flag", most=9)
    ask.market.touch(order)
    return {"is_success": True}
