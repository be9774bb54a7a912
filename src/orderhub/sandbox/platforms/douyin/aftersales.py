"""After-sales read and answered. Source: docs/platforms/douyin.md §8.

Of the types of afterSale.operate only 101, 301 and 311 have a source; the others are switches, unknown at first.
"""

from __future__ import annotations

from orderhub.sandbox.platforms.douyin.ask import Ask, failed, illegal
from orderhub.sandbox.platforms.douyin.moves import Illegal, move_case
from orderhub.sandbox.platforms.douyin.orders import cut
from orderhub.sandbox.platforms.douyin.spec import REASONS
from orderhub.sandbox.platforms.douyin.state import Aftersale, Doc
from orderhub.sandbox.platforms.douyin.wire import Refusal

__all__ = ["detail", "listed", "operate", "reasons"]

SIZE_MAX, DEPTH_MAX = 100, 50_000
NEW_STATUS = 66
STATUSES = frozenset({"6", "7", "8", "11", "12", "13", "14", "27", "28", "29"})
_BY_SWITCH = {
    "type_agree_refund": "agree", "type_refuse_refund": "refuse", "type_refuse_return": "refuse",
    "type_agree_received": "agree", "type_refuse_received": "refuse",
}  # fmt: skip


def listed(ask: Ask) -> Doc:
    """afterSale.List: pages count from 0; a window of updates must be sorted by them."""
    page, size = ask.whole("page", 0), ask.whole("size", 1, SIZE_MAX)
    if page * size > DEPTH_MAX:
        raise illegal("page", f"page*size不能超过{DEPTH_MAX}")
    applied = ask.window("start_time", "end_time")
    moved = ask.window("update_start_time", "update_end_time")
    ways = ask.listed("order_by")
    if (moved and not ways) or any(way not in ("update_time asc", "update_time desc") for way in ways):
        raise illegal("order_by")
    axis, window = ("moved", moved) if moved or ways else ("apply", applied)
    found = ask.market.window(ask.shop_id, axis, *(window or (0, 1 << 40)))
    found = [one for one in found if _fits(ask, ask.market.aftersales[one], applied if axis == "moved" else None)]
    if ways != ["update_time asc"]:
        found.reverse()
    rows = cut(ask, found, page, size)
    told = {"has_more": (page + 1) * size < len(found), "total": len(found), "page": page, "size": len(rows)}
    return {**told, "items": [_spoilt(ask, ask.market.aftersales[one].doc) for one in rows]}


def _fits(ask: Ask, case: Aftersale, applied: tuple[int, int] | None) -> bool:
    info, statuses = case.info, ask.listed("standard_aftersale_status")
    if any(one not in STATUSES for one in statuses):
        raise illegal("standard_aftersale_status")
    checks = (
        applied is None or applied[0] <= info["apply_time"] <= applied[1],
        not statuses or str(info["aftersale_status"]) in statuses,
        ask.text("aftersale_type") in ("", str(info["aftersale_type"])),
        ask.text("order_id") in ("", case.order_id, case.child_id),
        ask.text("aftersale_id") in ("", case.case_id),
        not ask.listed("arbitrate_status") or str(info["arbitrate_status"]) in ask.listed("arbitrate_status"),
    )
    return all(checks)


def _spoilt(ask: Ask, doc: Doc) -> Doc:
    if ask.fault("unknown_status"):
        return {**doc, "aftersale_info": {**doc["aftersale_info"], "aftersale_status": NEW_STATUS}}
    if ask.fault("drifted_field"):
        info = doc["aftersale_info"]
        return {**doc, "aftersale_info": {**info, "refund_amount": str(info["refund_amount"]), "trait": "A1"}}
    return doc


def _case(ask: Ask, case_id: str) -> Aftersale:
    case = ask.market.aftersales.get(case_id)
    if case is None or case.shop_id != ask.shop_id:
        raise failed("售后单不存在")
    return case


def detail(ask: Ask) -> Doc:
    """afterSale.Detail: here alone stands what really went back (its name is our reading)."""
    case = _case(ask, ask.needed("after_sale_id"))
    info = {**case.info, "after_sale_id": case.case_id, "real_refund_amount": case.paid}
    return {"process_info": {"after_sale_info": info}, "order_info": case.doc["order_info"]}


def operate(ask: Ask) -> Doc:
    """afterSale.operate: one answer a case."""
    kind = ask.whole("type", 1)
    told = [_operated(ask, kind, row) for row in ask.rows("items", 50)]
    return {"items": told}


def _operated(ask: Ask, kind: int, row: Doc) -> Doc:
    case_id = ask.needed("aftersale_id", row)
    try:
        case = _case(ask, case_id)
        seen = ask.text("update_time", row)
        if seen not in ("", "0", str(case.info["update_time"])):
            raise failed("售后单已更新，请重新查询")
        step, told = _step(ask, kind, case, row)
        move_case(ask.market, ask.market.orders[case.order_id], case, step, **told)
    except Illegal:
        return {"aftersale_id": case_id, "status_code": 50002, "status_msg": "当前状态不允许该操作"}
    except Refusal as refusal:
        return {"aftersale_id": case_id, "status_code": refusal.code, "status_msg": refusal.text}
    return {"aftersale_id": case_id, "status_code": 0, "status_msg": ""}


def _step(ask: Ask, kind: int, case: Aftersale, row: Doc) -> tuple[str, Doc]:
    given = row.get("logistics")
    logistics: Doc = given if isinstance(given, dict) else {}
    if kind == 101:
        return "agree_return", {}
    if kind == 301:
        if not (logistics.get("receiver_address_id") or logistics.get("after_sale_address_detail")):
            raise failed("缺少退货地址")
        return "agree_exchange", {}
    if kind == 311:
        company, number = ask.needed("company_code", logistics), ask.needed("logistics_code", logistics)
        if not ask.market.company(company):
            raise illegal("company_code")
        return "deliver", {"exchange_logistics_company_name": ask.market.company(company), "remark": number}
    for name, step in _BY_SWITCH.items():
        if kind == ask.market.switch(name):
            return step, {}
    raise illegal("type", "不支持")


def reasons(ask: Ask) -> Doc:
    """afterSale.rejectReasonCodeList."""
    rows = [{"reject_reason_code": code, "reason": text, "evidence_need": need} for code, text, need in REASONS]
    return {"items": rows}
