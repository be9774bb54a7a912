"""Pinduoduo's e-waybills: accounts, templates, numbers, print data. Source: docs/platforms/pinduoduo.md §6.

Refusals of the waybill service itself are 50001, as of every business service. Receivers may stay ciphertext: it must
be that of an order of the parcel; an order of this platform needs no receiver at all, the platform knows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.sandbox.cloudprint import Unfit, check_parcels, check_person, check_sender, hidden, part, trades_of
from orderhub.sandbox.platforms.pinduoduo import cipher
from orderhub.sandbox.platforms.pinduoduo.ask import Ask, bad, no
from orderhub.sandbox.platforms.pinduoduo.spec import COMPANIES, WP_CARRIERS, WP_TYPES
from orderhub.sandbox.platforms.pinduoduo.state import Doc
from orderhub.sandbox.platforms.pinduoduo.wire import Refusal, encode
from orderhub.sandbox.waybills import SENDERS, EWaybill, sealed

__all__ = ["by_waybill", "cancel", "get", "search", "templates", "update"]

_NAMES = {code: name for _, code, name, _ in COMPANIES}
_NEW, _UPDATE = "param_waybill_cloud_print_apply_new_request", "param_waybill_cloud_print_update_request"
OURS = "PDD"
CODES_MAX = 20
_SEALED = (("name", cipher.NAME), ("mobile", cipher.PHONE), ("phone", cipher.PHONE))


def _refused(unfit: Unfit) -> Refusal:
    return Refusal(21002, "", unfit.path) if unfit.missing else bad(unfit.path, unfit.why)


def _company(code: Any) -> str:
    if not code:
        raise Refusal(21002, "", "wp_code")
    if code not in WP_CARRIERS:
        raise no("快递公司不支持电子面单")
    return str(code)


# accounts and templates


def search(ask: Ask) -> Doc:
    """pdd.waybill.search: what the shop has subscribed, of one company or of all."""
    wanted = ask.text("wp_code")
    rows = [
        {"wp_code": code, "wp_type": WP_TYPES.get(code, 2), "branch_account_cols": [_branch(ask, code)]}
        for code in WP_CARRIERS
        if wanted in ("", code)
    ]
    return {"waybill_apply_subscription_cols": rows}


def _branch(ask: Ask, code: str) -> Doc:
    books, account = ask.market.books, (ask.shop_id, code)
    names = ("province", "city", "district", "detail")
    return {
        "branch_code": f"{code}-0001", "branch_name": f"{_NAMES[code]}一号网点", "quantity": books.left(*account),
        "allocated_quantity": books.issued[account], "cancel_quantity": books.returned[account],
        "recycled_quantity": 0, "service_info_cols": [],
        "shipp_address_cols": [{**{name: row[name] for name in names}, "country": "中国"} for row in SENDERS],
    }  # fmt: skip


def _template(code: str) -> Doc:
    place = 301 + list(WP_CARRIERS).index(code)
    return {
        "standard_template_id": place, "standard_template_name": f"{_NAMES[code]}标准模板", "standard_waybill_type": 1,
        "standard_template_url": f"https://file-link.sandbox.test/pinduoduo/{place}",
    }  # fmt: skip


def templates(ask: Ask) -> Doc:
    """pdd.cloudprint.stdtemplates.get: where the labels of the companies lie."""
    wanted = ask.text("wp_code")
    rows = [{"wp_code": code, "standard_templates": [_template(code)]} for code in WP_CARRIERS if wanted in ("", code)]
    return {"result": {"datas": rows}}


# numbers


def get(ask: Ask) -> Doc:
    """pdd.waybill.get: a number for each of at most ten parcels, all of them or none."""
    asked = ask.inner(_NEW)
    company = _company(asked.get("wp_code"))
    try:
        check_sender(part(asked, "sender"))
        rows = check_parcels(asked.get("trade_order_info_dtos"), {_template(company)["standard_template_url"]})
        for row in rows:
            _receiver(ask, row)
    except Unfit as unfit:
        raise _refused(unfit) from None
    again = [_kept(ask, company, row) for row in rows]
    if ask.market.books.left(ask.shop_id, company) < again.count(None):
        raise no("电子面单余额不足")
    told = [kept or _issued(ask, asked, company, row) for kept, row in zip(again, rows, strict=True)]
    return {"modules": [_module(ask, kept) for kept in told]}


def _receiver(ask: Ask, row: Mapping[str, Any]) -> None:
    trades, ours = trades_of(row), row["order_info"]["order_channels_type"] == OURS
    if ours and any(ask.market.find(ask.shop_id, one) is None for one in trades):
        raise no("订单不存在")
    if row.get("recipient") is None and ours:
        return
    who = part(row, "recipient", "trade_order_info_dtos.")
    check_person(who, "recipient.")
    if hidden(who):
        raise bad("recipient", "收件人不能使用脱敏信息，请使用密文")
    given = [(who.get(name), kind) for name, kind in _SEALED]
    for value, kind in (*given, (who["address"]["detail"], cipher.STREET)):
        _opens(trades if ours else [], str(value or ""), kind)


def _opens(trades: list[str], value: str, kind: int) -> None:
    """Ciphertext must be that field of an order of the parcel; plain text may be anything."""
    mark = value[:1]
    if mark not in ("~", "$") or not value.endswith(mark) or len(value) < 10:
        return
    kinds = {kind, cipher.FULL_ADDRESS} if kind == cipher.STREET else {kind}
    opened = [cipher.unseal(one, value) for one in trades]
    if not any(one is not None and one[0] in kinds for one in opened):
        raise no("收件人密文与订单不匹配")


def _kept(ask: Ask, company: str, row: Mapping[str, Any]) -> EWaybill | None:
    """The number that the same parcel has already, where the switch says that asking again changes nothing."""
    if ask.switch("waybill_again") == "fresh":
        return None
    trades = tuple(trades_of(row))
    for kept in ask.market.books.live(ask.shop_id, trades[0]):
        if (kept.company, kept.trades, kept.object_id) == (company, trades, str(row["object_id"])):
            return kept
    return None


def _issued(ask: Ask, asked: Mapping[str, Any], company: str, row: Mapping[str, Any]) -> EWaybill:
    books, trades = ask.market.books, trades_of(row)
    parent, several = "", int(row["package_info"].get("total_packages_count") or 1) > 1
    if several:
        mates = [one for one in books.live(ask.shop_id, trades[0]) if one.trades == tuple(trades) and one.parent]
        parent = next((one.parent for one in mates if one.company == company), "")
    who, sender = _clear(ask, trades, row), asked["sender"]
    document = {"sender": sender, **row, "need_encrypt": asked.get("need_encrypt") is not False}
    kept = books.issue(
        ask.shop_id, company, trades, str(row["object_id"]), document, parent=parent,
        cities=(str(sender["address"].get("city") or ""), who["city"]),
        phones=(str(sender.get("mobile") or sender.get("phone")), who["phone"]),
    )  # fmt: skip
    if several and not kept.parent:
        kept.parent = kept.number
    return kept


def _clear(ask: Ask, trades: list[str], row: Mapping[str, Any]) -> Doc:
    """The receiver as the platform knows it; as told where the order is none of ours."""
    order = ask.market.find(ask.shop_id, trades[0])
    if order is not None:
        return dict(order.receiver)
    who = row["recipient"]
    place = who["address"]
    return {
        "name": who["name"], "phone": str(who.get("mobile") or who.get("phone")), "province": place["province"],
        "city": str(place.get("city") or ""), "town": str(place.get("district") or ""), "address": place["detail"],
    }  # fmt: skip


def _module(ask: Ask, kept: EWaybill) -> Doc:
    return {
        "object_id": kept.object_id, "waybill_code": kept.number, "parent_waybill_code": kept.parent,
        "print_data": _print_data(ask, kept),
    }  # fmt: skip


def _print_data(ask: Ask, kept: EWaybill) -> str:
    """What the print client gets. Keys are those of the family; only this sandbox can read the inside."""
    content = {
        "wpCode": kept.company, "waybillCode": kept.number, "sender": kept.document["sender"],
        "recipient": _clear(ask, list(kept.trades), kept.document),
    }  # fmt: skip
    text, signature = sealed(content, f"pinduoduo:{kept.number}")
    told: Doc = {"templateUrl": kept.document["template_url"], "signature": signature, "ver": "1"}
    ours = kept.document["order_info"]["order_channels_type"] == OURS
    if ours or kept.document["need_encrypt"]:
        return encode({**told, "encryptedData": text})
    return encode({**told, "data": content})


def update(ask: Ask) -> Doc:
    """pdd.waybill.update: another receiver or content on the same number, until it is used."""
    asked = ask.inner(_UPDATE, "wp_code", "waybill_code")
    kept = _own(ask, _company(asked["wp_code"]), str(asked["waybill_code"]))
    if kept is None or kept.cancelled or kept.used:
        raise no("面单不存在或已使用")
    names = ("recipient", "sender", "package_info", "template_url")
    document = {**kept.document, **{name: asked[name] for name in names if asked.get(name)}}
    try:
        _receiver(ask, document)
    except Unfit as unfit:
        raise _refused(unfit) from None
    kept.document = document
    return {"waybill_code": kept.number, "print_data": _print_data(ask, kept)}


def _own(ask: Ask, company: str, code: str) -> EWaybill | None:
    kept = ask.market.books.of(ask.shop_id, code)
    return kept if kept is not None and kept.company == company else None


def cancel(ask: Ask) -> Doc:
    """pdd.waybill.cancel: a number that was given, not used and not fetched."""
    for name in ("waybill_code", "wp_code"):
        if not ask.given(name):
            raise Refusal(21002, "", name)
    kept = _own(ask, _company(ask.text("wp_code")), ask.text("waybill_code"))
    if kept is None or not ask.market.books.cancel(kept):
        raise no("面单不存在或已使用")
    return {"cancel_result": True}


def by_waybill(ask: Ask) -> Doc:
    """pdd.waybill.query.by.waybillcode: what numbers print; those that are not the shop's are not answered."""
    told = []
    for row in ask.rows("param_list", CODES_MAX):
        kept = _own(ask, _company(row.get("wp_code")), str(row.get("waybill_code") or ""))
        if kept is not None and not kept.cancelled:
            told.append({"waybill_cloud_print_response": {**_module(ask, kept), "object_id": row.get("object_id", "")}})
    return {"modules": told}
