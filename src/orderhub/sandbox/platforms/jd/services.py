"""Service orders after the goods arrived, classic gateway. Source: docs/platforms/jd.md §8B."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from orderhub.sandbox.platforms.jd.ask import Ask, invalid
from orderhub.sandbox.platforms.jd.claims import move_service, reissue
from orderhub.sandbox.platforms.jd.moves import Illegal
from orderhub.sandbox.platforms.jd.state import Doc
from orderhub.sandbox.platforms.jd.views import veiled
from orderhub.sandbox.platforms.jd.wire import instant, millis, number

__all__ = ["ACTS", "act", "listed", "money", "queue", "reasons", "synced", "view", "with_refund"]

PAGE_SIZE_MAX, PAGE_SIZE = 50, 10
_LISTED = (
    "serviceId", "applyId", "orderId", "orderType", "orderTypeName", "applyTime", "customerExpect",
    "customerExpectName", "serviceStatus", "serviceStatusName", "customerPin", "customerName", "customerTel",
    "customerGrade", "pickwareType", "pickwareAddress", "skuId", "skuUuid", "skuType", "skuTypeName", "wareName",
    "wareType", "wareTypeName", "serviceCount", "actualPayPrice", "approvePin", "approveName", "approveResult",
    "approveResultName", "approveTime", "updateDate", "platformSrc", "platformSrcName",
)  # fmt: skip
QUEUES: dict[str, frozenset[int]] = {
    "audit": frozenset({10000, 10001}), "receive": frozenset({10005}), "process": frozenset({10006, 10007}),
}  # fmt: skip
REASONS = ((1, "超过售后期"), (2, "商品影响二次销售"), (3, "用户撤销"))
"""The sandbox's own; real ones come from asc.audit.reason.list."""


def _common(ask: Ask) -> None:
    """Parameters that every asc call must have."""
    if ask.need("buId") != ask.market.shops[ask.shop_id].vender_id:
        raise invalid("buId", "buId与授权商家不一致")
    for name in ("operatePin", "operateNick"):
        if len(ask.need(name)) > 50:
            raise invalid(name, f"{name}不能超过50个字符")


def _of(ask: Ask) -> list[Doc]:
    return [doc for doc in ask.market.services.values() if doc["_shop"] == ask.shop_id]


def _shown(doc: Doc, names: tuple[str, ...] = _LISTED) -> Doc:
    told = {name: doc.get(name) for name in names}
    phone = str(doc["customerTel"])
    address = f"{str(doc['pickwareAddress'])[:6]}***"
    return told | {
        "customerName": veiled(str(doc["customerName"])), "customerTel": f"{phone[:3]}****{phone[-4:]}",
        "pickwareAddress": address,
    }  # fmt: skip


def _span(ask: Ask, head: str, tail: tuple[str, str] = ("Begin", "End")) -> tuple[int, int]:
    """A pair of China times in epoch milliseconds; both or none."""
    start, end = (ask.moment(head + one) for one in tail)
    if bool(start) != bool(end):
        raise invalid(head, f"{head}{tail[0]}和{head}{tail[1]}必须同时传")
    if not start:
        return 0, 1 << 62
    return int(instant(start).timestamp()) * 1000, int(instant(end).timestamp()) * 1000 + 999


def _page(ask: Ask, rows: list[Doc]) -> Doc:
    page, size = ask.whole("pageNumber", 1, 1), ask.whole("pageSize", PAGE_SIZE, 1, PAGE_SIZE_MAX)
    return {"pageResult": {"totalCount": len(rows), "data": rows[(page - 1) * size : page * size]}}


def _within(value: object, span: tuple[int, int]) -> bool:
    return span[0] == 0 or (isinstance(value, int) and span[0] <= value <= span[1])


def listed(ask: Ask) -> Doc:
    """jingdong.asc.query.list: by numbers, times of application, approval and end."""
    _common(ask)
    spans = [(name, _span(ask, name)) for name in ("applyTime", "finishTime", "approveTime")]
    rows = [
        _shown(doc)
        for doc in _of(ask)
        if _match(ask, doc, ("serviceId", "orderId", "orderType"))
        and all(_within(doc.get(name), span) for name, span in spans)
        and ask.text("expressCode") in ("", doc.get("_freight", {}).get("expressCode"))
    ]
    return _page(ask, rows)


def _match(ask: Ask, doc: Doc, names: tuple[str, ...]) -> bool:
    return all(not ask.has(name) or str(doc[name]) == ask.text(name) for name in names)


def synced(ask: Ask) -> Doc:
    """jingdong.asc.sync.list: what changed in a pair of times."""
    _common(ask)
    changed, freight = _span(ask, "updateTime"), _span(ask, "freightUpdateDate")
    rows = [
        _shown(doc)
        for doc in sorted(_of(ask), key=lambda one: (one["updateDate"], one["serviceId"]))
        if _match(ask, doc, ("serviceStatus", "orderType"))
        and _within(doc["updateDate"], changed)
        and _within(doc.get("freightUpdateDate"), freight)
    ]
    return _page(ask, rows)


def queue(ask: Ask, name: str) -> Doc:
    """jingdong.asc.audit.list, receive.list, process.list."""
    _common(ask)
    return _page(ask, [_shown(doc) for doc in _of(ask) if doc["serviceStatus"] in QUEUES[name]])


def _one(ask: Ask) -> Doc | None:
    return next((doc for doc in _of(ask) if _match(ask, doc, ("serviceId", "orderId")) and ask.need("serviceId")), None)


def _result(ask: Ask, why: str = "", code: str = "10004", data: object = None) -> Doc:
    told = {"success": ask.flag(not why), "code": code if why else ask.switch("asc_success_code"), "message": why}
    return {"result": {**told, "data": data}}


def view(ask: Ask) -> Doc:
    """jingdong.asc.query.view: one bill with `sysVersion`, the lock of every write."""
    _common(ask)
    doc = _one(ask)
    if doc is None:
        return _result(ask, "服务单不存在", "10002")
    return _result(ask, data=_shown(doc, (*_LISTED, "sysVersion", "questionDesc", "approveNotes", "returnAddress")))


def with_refund(ask: Ask) -> Doc:
    """jingdong.asc.serviceAndRefund.view: by order, by application (7 days) or by approval (10 days)."""
    _common(ask)
    spans = {"applyTime": _span(ask, "applyTime"), "approveTime": _span(ask, "approveTime")}
    if not ask.has("orderId") and all(start == 0 for start, _ in spans.values()):
        raise invalid("orderId", "orderId、申请时间、审核时间至少传一组")
    for name, days in (("applyTime", 7), ("approveTime", 10)):
        if spans[name][0] and spans[name][1] - spans[name][0] > days * 86_400_000 + 999:
            raise invalid(name, f"{name}跨度不能超过{days}天")
    rows = [
        {
            "sameOrderServiceBill": _shown(doc), "afsRefundId": doc["serviceId"] + 5_000_000_000,
            "status": 1 if doc["_back"] else 0, "completeTime": doc.get("finishTime"),
        }
        for doc in _of(ask)
        if _match(ask, doc, ("orderId",)) and all(_within(doc.get(name), span) for name, span in spans.items())
    ]  # fmt: skip
    return _page(ask, rows)


def money(ask: Ask) -> Doc:
    """jingdong.b2c.shop.aftersales.refund.get: what was paid back, or the most that could be; yuan."""
    wanted = ask.need("afsServiceId")
    doc = next((one for one in _of(ask) if str(one["serviceId"]) == wanted), None)
    if doc is None:
        return {"result": {"errorCode": 404, "success": ask.flag(False), "data": None}}
    data: Doc = {"orderId": doc["orderId"]}
    if doc["_back"]:
        data["afsActualRefundDetail"] = {"actualRefundAmount": number(doc["_back"])}
    else:
        data["afsEstimateRefundDetail"] = {"maxRefundAmount": number(doc["_asked"])}
    return {"result": {"errorCode": 200, "success": ask.flag(True), "data": data}}


def reasons(ask: Ask) -> Doc:
    """jingdong.asc.audit.reason.list."""
    _common(ask)
    return _result(ask, data=[{"reasonCid1": cid, "reasonName": name} for cid, name in REASONS])


def act(ask: Ask, what: str, locked: bool, required: tuple[str, ...] = ()) -> Doc:
    """A write: the next status under the optimistic lock; `locked` makes sysVersion compulsory."""
    _common(ask)
    for name in (*required, *(("sysVersion",) if locked else ())):
        ask.need(name)
    doc = _one(ask)
    if doc is None:
        return _result(ask, "服务单不存在", "10002")
    if ask.has("sysVersion") and ask.text("sysVersion") != str(doc["sysVersion"]):
        return _result(ask, "服务单已被修改，请重新查询", "10200")
    try:
        move_service(ask.market, doc, what, ask.text("operateNick"), ask.text("approveNotes"))
    except Illegal:
        return _result(ask, "当前状态不允许该操作", "10003")
    if ask.has("returnDetailAddress"):
        doc["returnAddress"] = ask.text("returnDetailAddress")
    return _result(ask, data=doc["serviceId"])


def refuse(ask: Ask) -> Doc:
    """jingdong.asc.audit.refuse: for a reason of the list."""
    if ask.has("approveReasonCid1") and ask.text("approveReasonCid1") not in {str(cid) for cid, _ in REASONS}:
        return _result(ask, "拒绝原因不存在", "10005")
    return act(ask, "refuse", False, ("orderId", "approveNotes", "approveReasonCid1"))


def compensate(ask: Ask) -> Doc:
    """jingdong.asc.audit.compensate: nothing comes back, the goods go out again as a new order."""
    told = act(ask, "compensate", False, ("orderId",))
    doc = _one(ask)
    if doc is not None and told["result"]["data"] is not None:
        told["result"]["data"] = int(reissue(ask.market, doc).order_id)
    return told


def swap(ask: Ask) -> Doc:
    """jingdong.asc.process.offline.change: other goods were given for what came back, outside the platform."""
    doc = _one(ask)
    if doc is not None and doc["customerExpect"] != 20:
        return _result(ask, "只有换货服务单可以换新", "10005")
    return act(ask, "swap", False, ("orderId",))


def freight(ask: Ask) -> Doc:
    """jingdong.asc.freight.save: the waybill under which the buyer sends back."""
    _common(ask)
    doc = _one(ask)
    if doc is None:
        return _result(ask, "服务单不存在", "10002")
    if doc["serviceStatus"] != 10005:
        return _result(ask, "当前状态不允许该操作", "10003")
    told = {"expressCode": ask.need("expressCode"), "expressCompany": ask.text("expressCompany")}
    now = millis(ask.market.stamp())
    doc |= {"_freight": told, "freightUpdateDate": now, "updateDate": now}
    return _result(ask, data=doc["serviceId"])


def freight_view(ask: Ask) -> Doc:
    """jingdong.asc.freight.view: the form of its answer is not documented; the fields are those of the write."""
    _common(ask)
    doc = _one(ask)
    return _result(ask, "服务单不存在", "10002") if doc is None else _result(ask, data=doc.get("_freight"))


def log(ask: Ask) -> Doc:
    """jingdong.asc.log.list: what happened to one bill, oldest first; the fields are the sandbox's own."""
    _common(ask)
    doc = _one(ask)
    return _result(ask, "服务单不存在", "10002") if doc is None else _result(ask, data=list(doc.get("_log", [])))


_SEND = ("orderId", "approveNotes", "sysVersion", "approveReasonCid1", "returnContactName", "returnContactTel",
         "returnDetailAddress")  # fmt: skip
ACTS: dict[str, Callable[[Ask], Doc]] = {
    "jingdong.asc.audit.send": partial(act, what="approve_return", locked=True, required=_SEND),
    "jingdong.asc.audit.refuse": refuse,
    "jingdong.asc.audit.compensate": compensate,
    "jingdong.asc.process.offline.change": swap,
    "jingdong.asc.freight.save": freight,
    "jingdong.asc.freight.view": freight_view,
    "jingdong.asc.log.list": log,
    "jingdong.asc.receive.register": partial(act, what="receive", locked=False),
    "jingdong.asc.process.back": partial(act, what="process", locked=False),
    "jingdong.asc.process.close": partial(act, what="close", locked=False),
    "jingdong.asc.common.cancel": partial(act, what="cancel", locked=True),
}
"""Which parameters of audit.send are compulsory, and what the other writes must have, is our reading of their lists."""
