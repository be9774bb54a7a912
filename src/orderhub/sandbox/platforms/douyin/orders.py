"""Orders read, noted and re-addressed; receivers decrypted. Source: docs/platforms/douyin.md §3, §5."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from orderhub.sandbox.platforms.douyin.ask import Ask, failed, illegal, missing
from orderhub.sandbox.platforms.douyin.privacy import ADDRESS, NAME, PHONE, conceal, mask
from orderhub.sandbox.platforms.douyin.spec import SEARCH_AFTERSALE
from orderhub.sandbox.platforms.douyin.state import Doc, Market, Order

__all__ = ["confirm_address", "cut", "decrypt", "detail", "modify_address", "remark", "search", "sensitive"]

SIZE_MAX = 100
REMARK_MAX = 60
LISTS_KEPT = 32
NEW_STATUS = 66
REFUSALS = frozenset({1001, 1002, 1003, 1004, 1005})
_PLAIN_FILTERS = ("order_type", "b_type")
_CHILD_FILTERS = {"trade_type": "trade_type", "presell_type": "pre_sale_type"}


def search(ask: Ask) -> Doc:
    """order.searchList: pages count from 0; update polling must be sorted by update_time."""
    page, size = ask.whole("page", 0), ask.whole("size", 1, SIZE_MAX)
    axis = ask.text("order_by") or "create_time"
    if axis not in ("create_time", "update_time"):
        raise illegal("order_by")
    windows = {name: ask.window(f"{name}_start", f"{name}_end") for name in ("create_time", "update_time")}
    if windows["update_time"] and axis != "update_time":
        raise illegal("order_by", "按更新时间查询须为update_time")
    keeps = _filters(ask)
    found = _listed(ask, axis, windows, keeps)
    if ask.fault("shifting_pages") and found:
        ask.market.touch(ask.market.orders[found[0]])
        found = _listed(ask, axis, windows, keeps)
    rows = cut(ask, found, page, size)
    told = [_spoilt(ask, ask.market.orders[one].doc, place) for place, one in enumerate(rows)]
    return {"page": page, "total": len(found), "size": len(rows), "shop_order_list": told}


def cut(ask: Ask, found: list[str], page: int, size: int) -> list[str]:
    """The ids of a page; the fault `repeated_page` answers those of the page before."""
    rows, key = found[page * size : (page + 1) * size], (ask.shop_id, ask.method)
    if ask.fault("repeated_page") and key in ask.market.served:
        return ask.market.served[key]
    ask.market.served[key] = rows
    return rows


def _listed(ask: Ask, axis: str, windows: dict[str, tuple[int, int] | None], keeps: list[_Keep]) -> list[str]:
    """Ids that pass, in the order asked for; kept until an order changes or a late one appears."""
    market, stamp = ask.market, ask.market.stamp()
    oldest = stamp - market.switch("history_days") * 86_400
    rising = ask.flag("order_asc")
    late = stamp if market.late else 0
    filters = tuple(sorted((name, str(value)) for name, value in ask.params.items() if name not in ("page", "size")))
    key = (ask.shop_id, oldest // 60, late, filters)
    if key not in market.lists:
        if len(market.lists) > LISTS_KEPT:
            market.lists.clear()
        low, high = windows[axis] or (0, 1 << 40)
        other = windows["create_time"] if axis == "update_time" else None
        orders = (market.orders[one] for one in market.window(ask.shop_id, axis, low, high))
        found = [
            order.order_id for order in orders if _seen(order, stamp, oldest, other) and all(k(order) for k in keeps)
        ]
        market.lists[key] = found if rising else found[::-1]
    return market.lists[key]


def _seen(order: Order, stamp: int, oldest: int, created: tuple[int, int] | None) -> bool:
    at = order.doc["create_time"]
    return order.shown_from <= stamp and at >= oldest and (created is None or created[0] <= at <= created[1])


_Keep = Callable[[Order], bool]


def _filters(ask: Ask) -> list[_Keep]:
    """One test for each filter that was given; fulfil_status has no documented values and is passed over."""
    keeps = [_equal(name, ask.whole(name, -1)) for name in _PLAIN_FILTERS if ask.text(name)]
    keeps += [_any_child(field, ask.whole(name, -1)) for name, field in _CHILD_FILTERS.items() if ask.text(name)]
    if ask.params.get("combine_status"):
        keeps.append(_statuses(ask))
    if ask.text("abnormal_order"):
        kind = ask.whole("abnormal_order", 0, 2)
        keeps.append(lambda order: order.abnormal == kind)
    if (word := ask.text("after_sale_status_desc")) and word != "all":
        if word not in SEARCH_AFTERSALE:
            raise illegal("after_sale_status_desc")
        keeps.append(lambda order: any(_after(child) in SEARCH_AFTERSALE[word] for child in order.children))
    if number := ask.text("tracking_no"):
        keeps.append(lambda order: any(one["tracking_no"] == number for one in order.doc["logistics_info"]))
    if product := ask.text("product"):
        keeps.append(lambda order: any(_sells(child, product) for child in order.children))
    return keeps


def _equal(name: str, value: int) -> _Keep:
    return lambda order: bool(order.doc[name] == value)


def _any_child(name: str, value: int) -> _Keep:
    return lambda order: any(child[name] == value for child in order.children)


def _after(child: Doc) -> int:
    return int(child["after_sale_info"]["after_sale_status"])


def _sells(child: Doc, product: str) -> bool:
    return child["product_id_str"] == product or product in child["product_name"]


def _statuses(ask: Ask) -> _Keep:
    rows = ask.rows("combine_status", 1)
    wanted = {one.strip() for one in ask.text("order_status", rows[0]).split(",")} - {""}
    if not all(one.isdecimal() for one in wanted):
        raise illegal("combine_status")
    return lambda order: not wanted or str(order.doc["order_status"]) in wanted


def _spoilt(ask: Ask, doc: Doc, place: int) -> Doc:
    """The faults that touch content: an unknown status on one row, drifted fields on all."""
    if ask.fault("unknown_status") and not place:
        return {**doc, "order_status": NEW_STATUS, "order_status_desc": "中台处理中", "main_status": NEW_STATUS}
    if ask.fault("drifted_field"):
        return {**doc, "pay_amount": str(doc["pay_amount"]), "order_trait_code": "A1"}
    return doc


def detail(ask: Ask) -> Doc:
    """order.orderDetail: the same object with who bears which promotion."""
    order = ask.order(ask.needed("shop_order_id"))
    if order.doc["create_time"] < 0:
        raise failed("订单不存在")
    told = {
        f"{who}_discount_detail": {
            "total_amount": order.doc[f"promotion_{name}_amount"],
            "coupon_amount": order.doc[f"promotion_{name}_amount"], "full_discount_amount": 0, "redpack_amount": 0,
            "coupon_info": [], "full_discount_info": [], "redpack_info": [],
        }
        for who, name in (("shop", "shop"), ("platform", "platform"), ("kol", "talent"))
    }  # fmt: skip
    return {"shop_order_detail": {**_spoilt(ask, order.doc, 0), "promotion_detail": told, "campaign_info": []}}


def remark(ask: Ask) -> Doc:
    """order.addOrderRemark: the note replaces what stood there; a star is set only when asked for."""
    order, text = ask.order(ask.needed("order_id")), ask.needed("remark")
    if len(text) > REMARK_MAX:
        raise illegal("remark", f"最长{REMARK_MAX}字")
    if ask.flag("is_add_star"):
        order.doc["seller_remark_stars"] = ask.whole("star", 0, 5)
    order.doc["seller_words"] = text
    ask.market.touch(order)
    ask.market.heard(ask.shop_id, "memo", _short(order))
    return {}


def _short(order: Order, **more: Any) -> Doc:
    return {
        "p_id": int(order.order_id), "s_ids": [int(one["order_id"]) for one in order.children],
        "shop_id": int(order.shop_id), "order_status": order.doc["order_status"],
        "order_type": order.doc["order_type"], "biz": order.doc["biz"], **more,
    }  # fmt: skip


def _address(ask: Ask) -> Doc:
    """post_addr with every field it must have."""
    given = ask.params.get("post_addr")
    if not isinstance(given, dict):
        raise missing("post_addr")
    told: Doc = {"address_detail": ask.needed("address_detail", given)}
    for name in ("province", "city", "town", "street"):
        part = given.get(name)
        if not isinstance(part, dict) or not str(part.get("name") or ""):
            raise missing(f"post_addr.{name}")
        told[name] = {"name": str(part["name"]), "id": str(part.get("id", ""))}
    return told


def modify_address(ask: Ask) -> Doc:
    """order.addressModify: while nothing has left."""
    order = ask.order(ask.needed("order_id"))
    told = {
        "post_addr": _address(ask),
        "post_receiver": ask.needed("post_receiver"),
        "post_tel": ask.needed("post_tel"),
    }
    if order.doc["order_status"] not in (2, 105):
        raise failed("当前订单状态不允许修改地址")
    readdress(ask.market, order, told)
    return {}


def readdress(market: Market, order: Order, told: Doc) -> None:
    """The receiver is another; `told` as addressModify takes it."""
    region = {name: dict(told["post_addr"][name]) for name in ("province", "city", "town", "street")}
    street, name, phone = told["post_addr"]["address_detail"], told["post_receiver"], told["post_tel"]
    shop, number = order.shop_id, order.order_id
    order.doc |= {
        "encrypt_post_receiver": conceal(market, shop, number, NAME, name),
        "encrypt_post_tel": conceal(market, shop, number, PHONE, phone),
        "post_addr": {**region, "detail": "", "encrypt_detail": conceal(market, shop, number, ADDRESS, street)},
        "mask_post_receiver": mask(NAME, name), "mask_post_tel": mask(PHONE, phone),
        "mask_post_addr": {**region, "detail": mask(ADDRESS, street)},
    }  # fmt: skip
    market.touch(order)
    market.heard(shop, "address", _short(order))


def confirm_address(ask: Ask) -> Doc:
    """order.addressConfirm: what the buyer asked for is done (0) or refused for a reason (1001 to 1005)."""
    order, answer = ask.order(ask.needed("order_id")), ask.whole("is_approved", 0, 1005)
    if answer and answer not in REFUSALS:
        raise illegal("is_approved")
    if order.proposal is None:
        raise failed("没有待处理的改地址申请")
    proposal, order.proposal = order.proposal, None
    if answer == 0:
        readdress(ask.market, order, proposal)
    return {}


def decrypt(ask: Ask) -> Doc:
    """order.batchDecrypt: at most 50 texts, each with its own answer."""
    return {"decrypt_infos": [_decrypted(ask, row) for row in ask.rows("cipher_infos", 50)], "custom_err": {}}


def _decrypted(ask: Ask, row: Doc) -> Doc:
    auth, cipher = ask.text("auth_id", row), ask.text("cipher_text", row)
    order_id, kind, plain = ask.market.ciphers.get(cipher, ("", 0, ""))
    base: Doc = {"auth_id": auth, "cipher_text": cipher, "decrypt_text": "", "err_no": 0, "err_msg": ""}
    order = ask.market.orders.get(order_id)
    if order is None or order_id != auth or order.shop_id != ask.shop_id:
        return {**base, "err_no": 50002, "err_msg": "密文与订单不匹配", "data_type": 0, "is_virtual_tel": False}
    if _spent(ask, auth):
        return {**base, "err_no": 60000, "err_msg": "解密额度不足", "data_type": kind, "is_virtual_tel": False}
    told = {**base, "decrypt_text": plain, "data_type": kind, "is_virtual_tel": False}
    if kind == PHONE and ask.market.switch("virtual_phones"):
        number, extension = f"184{plain[-8:]}", f"{7000 + int(plain[-3:])}"
        return {
            **told, "decrypt_text": f"{number}-{extension}", "is_virtual_tel": True, "phone_no_a": number,
            "phone_no_b": extension, "expire_time": ask.market.stamp() + 30 * 86_400,
        }  # fmt: skip
    return told


def _spent(ask: Ask, auth: str) -> bool:
    """Whether the day's texts are used up; counts this one otherwise."""
    quota, key = ask.market.switch("decrypt_quota"), (ask.shop_id, str(ask.market.now())[:10])
    if quota and ask.market.decrypted[key] >= quota:
        return True
    ask.market.decrypted[key] += 1
    return False


def sensitive(ask: Ask) -> Doc:
    """order.batchSensitive: masks; the reply is shaped as of batchDecrypt, our reading."""
    rows = []
    for row in ask.rows("cipher_infos", 50):
        _, kind, plain = ask.market.ciphers.get(ask.text("cipher_text", row), ("", 0, ""))
        told = {"auth_id": ask.text("auth_id", row), "cipher_text": ask.text("cipher_text", row)}
        error = {"err_no": 0, "err_msg": ""} if kind else {"err_no": 50002, "err_msg": "密文无效"}
        rows.append({**told, "decrypt_text": mask(kind, plain) if kind else "", "data_type": kind, **error})
    return {"decrypt_infos": rows}
