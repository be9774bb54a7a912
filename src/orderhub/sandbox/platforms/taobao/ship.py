"""Consignments: send, send again with another waybill. Source: docs/platforms/taobao.md §6.1, §10.3.

Codes of the alibaba.ascp calls are not documented; they answer with those of the older call.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from orderhub.sandbox.platforms.taobao.ask import Ask
from orderhub.sandbox.platforms.taobao.moves import COMPANY_NAMES, advance, consign
from orderhub.sandbox.platforms.taobao.spec import CLOSED_STATUS
from orderhub.sandbox.platforms.taobao.state import Doc, Trade
from orderhub.sandbox.platforms.taobao.wire import Refusal, instant

__all__ = ["dummy", "modify", "resend", "resend_parcels", "send", "send_parcels"]

SENDABLE = frozenset({"WAIT_SELLER_SEND_GOODS", "SELLER_CONSIGNED_PART"})
SENT = frozenset({"WAIT_BUYER_CONFIRM_GOODS", "SELLER_CONSIGNED_PART"})
RESEND_DAYS = 50
_NUMBER = re.compile(r"[A-Za-z0-9-]{4,35}")

_TEXTS = {
    "B02": "订单状态不允许发货",
    "B04": "订单状态不正确，已发货或已关闭",
    "B06": "该订单已经拆单发货，请继续拆单发货",
    "B56": "物流公司不能为空或不存在",
    "B57": "该订单不支持此物流公司",
    "B59": "运单号不能为空",
    "B60": "运单号不符合规则或已经被使用",
    "B98": "订单类型与发货方式不匹配",
    "CD19": "订单尚未发货",
    "F": "运单号已失效、重复使用或与物流公司不符",
    "P02": "订单不存在",
    "P07": "运单号没有变化",
    "P25": "is_split与sub_tid不一致",
    "P38": "子订单不属于该订单或拆单参数错误",
}


def _no(suffix: str, service: str = "logistics-offline-service-error") -> Refusal:
    return Refusal(15, f"isv.{service}:{suffix}", _TEXTS[suffix])


def _late(suffix: str) -> Refusal:
    return _no(suffix, "update-company-or-mailno-error")


def _found(ask: Ask, refusal: Refusal) -> Trade:
    try:
        return ask.trade()
    except Refusal:
        raise refusal from None


def _sendable(ask: Ask) -> Trade:
    trade = _found(ask, _no("P02"))
    if trade.doc["status"] == "PAID_FORBID_CONSIGN" or trade.doc.get("top_hold") == 1:
        raise _no("B02")
    if trade.doc["status"] not in SENDABLE:
        raise _no("B02" if trade.doc["status"] in ("WAIT_BUYER_PAY", "TRADE_NO_CREATE_PAY") else "B04")
    return trade


def _checked(ask: Ask, trade: Trade, company: str, number: str) -> None:
    if company not in COMPANY_NAMES:
        raise _no("B56")
    if not number:
        raise _no("B59")
    if not _NUMBER.fullmatch(number):
        raise _no("B60")
    if ask.market.books.unfit(ask.shop_id, company, number):
        raise _no("F")
    for advice in trade.doc.get("logistics_infos", []):
        kind = advice.get("biz_delivery_type")
        white, black = (advice.get(name, "").split(",") for name in ("white_delivery_cps", "black_delivery_cps"))
        if (kind == 2 and company not in white) or (kind == 3 and company in black):
            raise _no("B57")


def _lines(trade: Trade, sub_tids: str) -> list[Doc]:
    """The sub-orders named, in order; refuses foreign ones, and half of what is bound together."""
    lines = [trade.line(int(one)) if one.strip().isdigit() else None for one in sub_tids.split(",")]
    if len(lines) > 50 or None in lines:
        raise _no("P38")
    chosen = {line["oid"] for line in lines if line}
    if any(line.get("bind_oid", line["oid"]) not in chosen for line in lines if line):
        raise _no("P38")
    return [line for line in lines if line]


def _left(trade: Trade, line: Doc) -> int:
    return int(line["num"]) - trade.sent.get(line["oid"], 0)


def _open(lines: list[Doc]) -> list[Doc]:
    """Those still to be sent; refuses when there are none."""
    waiting = [line for line in lines if line["status"] == "WAIT_SELLER_SEND_GOODS"]
    if not waiting:
        raise _no("B04")
    return waiting


def send(ask: Ask) -> Doc:
    """taobao.logistics.offline.send: whole trade, or named lines with is_split=1; never cash on delivery."""
    trade = _sendable(ask)
    split, sub_tid = ask.text("is_split") == "1", ask.text("sub_tid")
    if split != bool(sub_tid):
        raise _no("P25")
    if trade.split and not split:
        raise _no("B06")
    if trade.doc["type"] == "cod":
        raise _no("B98")
    _checked(ask, trade, ask.text("company_code"), ask.text("out_sid"))
    lines = _lines(trade, sub_tid) if split else trade.doc["orders"]
    if split and any(line["status"] != "WAIT_SELLER_SEND_GOODS" for line in lines):
        raise _no("B04")
    goods = {line["oid"]: _left(trade, line) for line in _open(lines)}
    trade.split = trade.split or split
    parcel = {"out_sid": ask.text("out_sid"), "company_code": ask.text("company_code"), "goods": goods}
    consign(ask.market, trade, [parcel], ask.market.stamp(), frozenset())
    return {"shipping": {"is_success": True}}


def dummy(ask: Ask) -> Doc:
    """taobao.logistics.dummy.send: nothing travels; the trade counts as sent."""
    trade = _sendable(ask)
    for line in _open(trade.doc["orders"]):
        line["status"], line["consign_time"] = "WAIT_BUYER_CONFIRM_GOODS", ask.market.stamp()
        trade.sent[line["oid"]] = line["num"]
    trade.doc["consign_time"] = ask.market.stamp()
    advance(ask.market, trade)
    return {"shipping": {"is_success": True}}


def send_parcels(ask: Ask) -> Doc:
    """alibaba.ascp.logistics.offline.send: one or more parcels, lines in part under consign_type 1."""
    kind = ask.whole("consign_type", 0, 0, 3)
    parcels = ask.rows("consign_pkgs")
    if not parcels:
        raise Refusal(40, "", "consign_pkgs")
    trade = _found(ask, _no("P02")) if kind == 3 else _sendable(ask)
    for parcel in parcels:
        _checked(ask, trade, str(parcel.get("company_code", "")), str(parcel.get("out_sid", "")))
    if kind == 3:
        return _resupply(ask, trade, parcels)
    planned, complete = _planned(ask, trade, parcels, kind)
    consign(ask.market, trade, planned, ask.market.stamp(), complete)
    return {"result": {"success": True}}


def _resupply(ask: Ask, trade: Trade, parcels: list[Doc]) -> Doc:
    """Further parcels of a trade that was sent: no status changes."""
    if trade.doc["status"] not in SENT:
        raise _late("CD19")
    for parcel in parcels:
        told = {"out_sid": parcel["out_sid"], "company_code": parcel["company_code"], "goods": {}}
        ask.market.books.use(str(parcel["out_sid"]))
        trade.parcels.append({**told, "at": ask.market.stamp(), "resupply": True})
    ask.market.touch(trade)
    return {"result": {"success": True}}


def _planned(ask: Ask, trade: Trade, parcels: list[Doc], kind: int) -> tuple[list[Doc], frozenset[int]]:
    """What goes into each parcel and which lines count as complete; all checked before anything changes."""
    named = ask.text("sub_tid")
    if trade.split and not named and not any(parcel.get("goods") for parcel in parcels):
        raise _no("B06")
    lines = _lines(trade, named) if named else list(trade.doc["orders"])
    if named and any(line["status"] != "WAIT_SELLER_SEND_GOODS" for line in lines):
        raise _no("B04")
    left = {line["oid"]: _left(trade, line) for line in _open(lines)}
    rest = dict(left)
    planned: list[Doc] = [
        {
            "out_sid": str(parcel["out_sid"]),
            "company_code": str(parcel["company_code"]),
            "goods": _goods(trade, parcel["goods"], rest, left, kind) if parcel.get("goods") else _all(rest, left),
        }
        for parcel in parcels
    ]
    trade.split = trade.split or bool(named) or bool(rest)
    goods: frozenset[int] = frozenset(oid for parcel in planned for oid in parcel["goods"])
    return planned, goods if kind == 2 else goods & _declared(ask)


def _all(rest: dict[int, int], left: dict[int, int]) -> dict[int, int]:
    """A parcel without list holds all that is left; a further one of the same call the same lines again."""
    goods = dict(rest) or dict.fromkeys(left, 0)
    rest.clear()
    return goods


def _declared(ask: Ask) -> frozenset[int]:
    """Lines that consign_status declares complete although units are missing."""
    rows = [row for row in ask.rows("consign_status") if str(row.get("is_part_consign")) in ("False", "0")]
    return frozenset(int(row["sub_tid"]) for row in rows)


def _goods(trade: Trade, rows: list[Doc], rest: dict[int, int], left: dict[int, int], kind: int) -> dict[int, int]:
    goods: dict[int, int] = {}
    for row in rows:
        line = trade.line(int(row["sub_tid"])) if str(row.get("sub_tid", "")).isdigit() else None
        if line is None:
            raise _no("P38")
        oid = line["oid"]
        if oid not in rest and (oid not in left or row.get("num")):
            raise _no("B04")
        units = int(row.get("num") or rest.get(oid, 0))
        if row.get("num") and not 0 < units <= rest[oid]:
            raise _no("P38")
        if 0 < units < left[oid] and (kind == 0 or _undivided(trade)):
            raise _no("P38")
        goods[oid] = goods.get(oid, 0) + units
        if rest.pop(oid, 0) > units:
            rest[oid] = left[oid] - units
    return goods


def _undivided(trade: Trade) -> bool:
    """Whether the platform forbids to send a line in parts (§3.7)."""
    return bool(trade.doc.get("logistics_agreement", {}).get("no_detail_part_consign") == "1")


def _resendable(ask: Ask) -> Trade:
    trade = _found(ask, _late("P02"))
    if not trade.parcels or trade.doc["status"] not in SENT:
        raise _late("CD19" if trade.doc["status"] not in CLOSED_STATUS else "B04")
    if ask.market.now() - instant(trade.parcels[0]["at"]) > timedelta(days=RESEND_DAYS):
        raise _late("B02")
    return trade


def _renumber(ask: Ask, trade: Trade, oids: set[int], company: str, number: str) -> None:
    ask.market.books.use(number)
    for line in trade.doc["orders"]:
        if line["oid"] in oids:
            line["invoice_no"], line["logistics_company"] = number, COMPANY_NAMES[company]
    ask.market.touch(trade)


def resend(ask: Ask) -> Doc:
    """taobao.logistics.consign.resend: another waybill for the trade, or for named lines of a split one."""
    trade = _resendable(ask)
    split, sub_tid = ask.text("is_split") == "1", ask.text("sub_tid")
    if split != bool(sub_tid):
        raise _late("P25")
    if trade.split and not split:
        raise _late("B06")
    company, number = ask.text("company_code"), ask.text("out_sid")
    _checked(ask, trade, company, number)
    oids = {line["oid"] for line in (_lines(trade, sub_tid) if split else trade.doc["orders"])} & trade.sent.keys()
    if not oids:
        raise _late("CD19")
    hit = [parcel for parcel in trade.parcels if parcel["goods"].keys() & oids]
    if all((parcel["out_sid"], parcel["company_code"]) == (number, company) for parcel in hit):
        raise _late("P07")
    for parcel in hit:
        parcel["out_sid"], parcel["company_code"] = number, company
    _renumber(ask, trade, oids, company, number)
    return {"shipping": {"is_success": True}}


def resend_parcels(ask: Ask) -> Doc:
    """alibaba.ascp.logistics.consign.resend: the parcels given replace all that were sent."""
    trade = _resendable(ask)
    parcels = ask.rows("consign_pkgs")
    if not parcels:
        raise Refusal(40, "", "consign_pkgs")
    sent = {oid: units for oid, units in trade.sent.items() if units}
    fresh = []
    for parcel in parcels:
        _checked(ask, trade, str(parcel.get("company_code", "")), str(parcel.get("out_sid", "")))
        goods = {
            int(row["sub_tid"]): int(row.get("num") or sent.get(int(row["sub_tid"]), 0))
            for row in parcel.get("goods", [])
        }
        told = {"out_sid": str(parcel["out_sid"]), "company_code": str(parcel["company_code"])}
        fresh.append({**told, "goods": goods or dict(sent), "at": trade.parcels[0]["at"]})
    if set().union(*(parcel["goods"] for parcel in fresh)) != sent.keys():
        raise _late("P38")
    if _numbers(fresh) == _numbers(trade.parcels):
        raise _late("P07")
    trade.parcels[:] = fresh
    for parcel in reversed(fresh):
        _renumber(ask, trade, set(parcel["goods"]), str(parcel["company_code"]), str(parcel["out_sid"]))
    return {"result": {"success": True}}


def _numbers(parcels: list[Doc]) -> set[tuple[Any, Any]]:
    return {(parcel["out_sid"], parcel["company_code"]) for parcel in parcels}


def modify(ask: Ask) -> Doc:
    """alibaba.ascp.logistics.consign.modify: one parcel gets another number."""
    trade = _resendable(ask)
    company, number = ask.text("new_company_code"), ask.text("new_out_sid")
    _checked(ask, trade, company, number)
    old = (ask.text("old_out_sid"), ask.text("old_company_code"))
    if old == (number, company):
        raise _late("P07")
    parcel = next((one for one in trade.parcels if (one["out_sid"], one["company_code"]) == old), None)
    if parcel is None:
        raise _late("P38")
    parcel["out_sid"], parcel["company_code"] = number, company
    _renumber(ask, trade, set(parcel["goods"]), company, number)
    return {"result": {"success": True}}
