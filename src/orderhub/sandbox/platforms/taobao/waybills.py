"""Cainiao's e-waybills: numbers, print data, looking up. Source: docs/platforms/taobao.md §6.5.

Which codes these calls refuse with is not documented: a part that is missing is 40, a wrong one 41, and what Cainiao
itself refuses is 15 with a sub code of our own that begins with `isv.waybill`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from orderhub.sandbox.cloudprint import Unfit, check_parcels, check_person, check_sender, hidden, part, trades_of
from orderhub.sandbox.platforms.taobao.ask import Ask, invalid
from orderhub.sandbox.platforms.taobao.oaid import oaid_of
from orderhub.sandbox.platforms.taobao.state import Doc, Trade
from orderhub.sandbox.platforms.taobao.waybill_accounts import DIRECT, PRODUCTS, company_of, no, template_urls
from orderhub.sandbox.platforms.taobao.wire import Refusal
from orderhub.sandbox.waybills import EWaybill, sealed

__all__ = ["by_trade", "by_waybill", "cancel", "get", "update"]

TRADES_MAX, CODES_MAX = 10, 20
OURS = frozenset({"TB", "TM"})
"""Channels of orders that this platform can look up."""
_NEW, _UPDATE = "param_waybill_cloud_print_apply_new_request", "param_waybill_cloud_print_update_request"


def _refused(unfit: Unfit) -> Refusal:
    return Refusal(40, "", unfit.path) if unfit.missing else invalid(unfit.path, unfit.why)


def _object(ask: Ask, name: str) -> Doc:
    try:
        value = json.loads(ask.text(name))
    except ValueError:
        raise invalid(name, f"{name} is not JSON") from None
    if not isinstance(value, dict):
        raise invalid(name, f"{name} is not an object")
    return value


def get(ask: Ask) -> Doc:
    """cainiao.waybill.ii.get: a number for each of at most ten parcels, all of them or none."""
    asked = _object(ask, _NEW)
    company = company_of(asked.get("cp_code"))
    try:
        check_sender(part(asked, "sender"))
        rows = check_parcels(asked.get("trade_order_info_dtos"), template_urls(company))
        for row in rows:
            _checked(ask, company, row)
    except Unfit as unfit:
        raise _refused(unfit) from None
    _account(asked, company)
    again = [_kept(ask, company, row) for row in rows]
    if ask.market.books.left(ask.shop_id, company) < again.count(None):
        raise no("quantity-insufficient", "电子面单余额不足")
    told = [kept or _issued(ask, asked, row) for kept, row in zip(again, rows, strict=True)]
    return {"modules": [_module(ask, kept) for kept in told]}


def _account(asked: Mapping[str, Any], company: str) -> None:
    """What only one company takes: its products, its monthly accounts, numbers brought along."""
    code = asked.get("product_code")
    if code and code not in dict(PRODUCTS.get(company, ())):
        raise invalid("product_code", "该快递公司不支持此产品类型")
    if asked.get("customer_code") and (company != DIRECT or asked["customer_code"] != f"{company}-M-01"):
        raise no("customer-code-invalid", "月结卡号不正确")
    if asked.get("shipping_branch_code") not in (None, "", f"{company}-0001"):
        raise no("branch-invalid", "网点不正确")


def _checked(ask: Ask, company: str, row: Mapping[str, Any]) -> None:
    if company == DIRECT and not row["package_info"].get("goods_description"):
        raise Unfit("package_info.goods_description", missing=True)
    if row.get("waybill_code") and company != DIRECT:
        raise Unfit("trade_order_info_dtos.waybill_code", "该快递公司不支持自带单号")
    who = part(row, "recipient", "trade_order_info_dtos.")
    check_person(who, "recipient.")
    _receiver(ask, row["order_info"]["order_channels_type"], trades_of(row), who)


def _receiver(ask: Ask, channel: str, trades: list[str], who: Mapping[str, Any]) -> None:
    """Orders of ours come with masked data, oaid and tid of one of them; others may not be masked without caid."""
    if channel not in OURS:
        if hidden(who) and not who.get("caid"):
            raise Unfit("recipient.caid", missing=True)
        return
    if any(ask.market.trade_of(ask.shop_id, tid) is None for tid in trades):
        raise no("trade-not-exist", "订单不存在或不属于该商家")
    if not who.get("oaid"):
        if hidden(who) or ask.market.setup.switches["waybill_oaid_required"]:
            raise Unfit("recipient.oaid", missing=True)
        return
    tid = str(who.get("tid") or "")
    trade = ask.market.trade_of(ask.shop_id, tid)
    if trade is None or tid not in trades:
        raise Unfit("recipient.tid", "tid不在订单列表中", missing=not tid)
    if oaid_of(trade, ask.app_key) != who["oaid"]:
        raise no("oaid-not-matched", "oaid与订单不匹配")


def _kept(ask: Ask, company: str, row: Mapping[str, Any]) -> EWaybill | None:
    """The number that the same parcel has already, where the switch says that asking again changes nothing."""
    if ask.market.setup.switches["waybill_again"] == "fresh":
        return None
    trades = tuple(trades_of(row))
    for kept in ask.market.books.live(ask.shop_id, trades[0]):
        if (kept.company, kept.trades, kept.object_id) == (company, trades, str(row["object_id"])):
            return kept
    return None


def _issued(ask: Ask, asked: Mapping[str, Any], row: Mapping[str, Any]) -> EWaybill:
    books, trades, company = ask.market.books, trades_of(row), str(asked["cp_code"])
    own = str(row.get("waybill_code") or "")
    if own and own in books.by_number:
        raise no("code-used", "运单号已被使用")
    parent = ""
    together = bool(asked.get("multi_packages_shipment")) and int(row["package_info"].get("total_packages_count") or 1)
    if together and together > 1:
        mates = [one for one in books.live(ask.shop_id, trades[0]) if one.trades == tuple(trades) and one.parent]
        parent = next((one.parent for one in mates if one.company == company), "self")
    trade = ask.market.trade_of(ask.shop_id, trades[0])
    who = trade.doc if trade is not None else {}
    document = {
        "sender": asked["sender"], **row, "need_encrypt": asked.get("need_encrypt") is not False,
        "resource_code": asked.get("resource_code"),
    }  # fmt: skip
    cities = (asked["sender"]["address"].get("city") or "", who.get("receiver_city") or _city(row))
    phones = (
        _phone(asked["sender"]),
        who.get("receiver_mobile") or who.get("receiver_phone") or _phone(row["recipient"]),
    )
    kept = books.issue(
        ask.shop_id, company, trades, str(row["object_id"]), document, cities=cities, phones=phones, own=own,
        parent="" if parent == "self" else parent,
    )  # fmt: skip
    kept.parent = kept.number if parent == "self" else kept.parent
    return kept


def _phone(who: Mapping[str, Any]) -> str:
    return str(who.get("mobile") or who.get("phone") or "")


def _city(row: Mapping[str, Any]) -> str:
    address = row["recipient"]["address"]
    return str(address.get("city") or address["province"])


def _module(ask: Ask, kept: EWaybill) -> Doc:
    told = {
        "object_id": kept.object_id, "waybill_code": kept.number, "print_data": _print_data(ask, kept),
        "cp_code": kept.company, "real_cp_code": kept.company,
    }  # fmt: skip
    return {**told, "parent_waybill_code": kept.parent} if kept.parent else told


def _print_data(ask: Ask, kept: EWaybill) -> str:
    """What the print client gets: sealed, with the receiver in the clear inside; open only if no order of ours."""
    document = kept.document
    who = {**document["recipient"], **_clear(ask.market.trade_of(ask.shop_id, kept.trades[0]))}
    content = {
        "cpCode": kept.company, "waybillCode": kept.number, "recipient": who, "sender": document["sender"],
        "routingInfo": {"sortation": {"name": "D-01"}},
    }  # fmt: skip
    text, signature = sealed(content, f"cainiao:{kept.number}")
    told: Doc = {"templateURL": document["template_url"], "ver": "waybill_print_secret_version_1"}
    if document["need_encrypt"] or document["recipient"].get("oaid"):
        return json.dumps({**told, "encryptedData": text, "signature": signature}, ensure_ascii=False)
    return json.dumps({**told, "data": content, "signature": signature}, ensure_ascii=False)


def _clear(trade: Trade | None) -> Doc:
    if trade is None:
        return {}
    names = ("name", "mobile", "phone")
    return {name: trade.doc[f"receiver_{name}"] for name in names if trade.doc.get(f"receiver_{name}")}


def update(ask: Ask) -> Doc:
    """cainiao.waybill.ii.update: another receiver or content on the same number, until it is used."""
    asked = _object(ask, _UPDATE)
    company, code = company_of(asked.get("cp_code")), asked.get("waybill_code")
    if not code:
        raise Refusal(40, "", "waybill_code")
    kept = _own(ask, company, str(code))
    if kept.cancelled or kept.used:
        raise no("status-error", "面单已取消或已使用，不能更新")
    document = {**kept.document, **{name: asked[name] for name in _CHANGED if asked.get(name)}}
    try:
        check_person(part(document, "recipient"), "recipient.")
        _receiver(ask, document["order_info"]["order_channels_type"], list(kept.trades), document["recipient"])
    except Unfit as unfit:
        raise _refused(unfit) from None
    if document["template_url"] not in template_urls(company):
        raise invalid("template_url", "模板不存在")
    kept.document = document
    return {"waybill_code": kept.number, "print_data": _print_data(ask, kept)}


_CHANGED = ("recipient", "sender", "package_info", "template_url", "logistics_services")


def _own(ask: Ask, company: str, code: str) -> EWaybill:
    kept = ask.market.books.of(ask.shop_id, code)
    if kept is None or kept.company != company:
        raise no("not-exist", "面单不存在")
    return kept


def cancel(ask: Ask) -> Doc:
    """cainiao.waybill.ii.cancel: false when an order was sent with it or the parcel was fetched."""
    kept = _own(ask, company_of(ask.text("cp_code")), ask.text("waybill_code"))
    if kept.cancelled:
        raise no("already-cancelled", "面单已取消")
    return {"cancel_result": ask.market.books.cancel(kept)}


# looking up


def by_trade(ask: Ask) -> Doc:
    """cainiao.waybill.ii.query.by.tradecode: every number that an order still has, one module each."""
    told: list[Doc] = []
    for row in _asked(ask, TRADES_MAX):
        found = ask.market.books.live(ask.shop_id, str(row.get("biz_sub_code") or ""))
        told += [_found(ask, row, kept) for kept in found] or [_missing(row)]
    return {"modules": told}


def by_waybill(ask: Ask) -> Doc:
    """cainiao.waybill.ii.query.by.waybillcode: what a number prints."""
    told = []
    for row in _asked(ask, CODES_MAX):
        kept = ask.market.books.of(ask.shop_id, str(row.get("waybill_code") or ""))
        live = kept is not None and not kept.cancelled and row.get("cp_code") in (None, "", kept.company)
        told.append(_found(ask, row, kept) if live and kept is not None else _missing(row))
    return {"modules": told}


def _asked(ask: Ask, most: int) -> list[Doc]:
    rows = ask.rows("param_list", most)
    if not rows:
        raise Refusal(40, "", "param_list")
    return rows


def _found(ask: Ask, row: Mapping[str, Any], kept: EWaybill) -> Doc:
    told = {"object_id": row["object_id"]} if row.get("object_id") else {}
    return {**told, "success": True, "waybill_cloud_print_response": _module(ask, kept)}


def _missing(row: Mapping[str, Any]) -> Doc:
    told = {"object_id": row["object_id"]} if row.get("object_id") else {}
    return {**told, "success": False, "error_code": "WAYBILL_NOT_EXIST", "error_message": "面单不存在"}
