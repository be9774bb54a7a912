"""How an order looks on the wire: fields asked for, receiver hidden. Source: docs/platforms/jd.md §3A, §5."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from orderhub.sandbox.platforms.jd.ask import Ask
from orderhub.sandbox.platforms.jd.spec import ORDER_FIELDS
from orderhub.sandbox.platforms.jd.state import Doc, Order
from orderhub.sandbox.platforms.jd.tde import cipher_text
from orderhub.sandbox.platforms.jd.wire import china, encode, fen, instant

__all__ = ["merge_key", "oaid_of", "project", "receiver", "spoil", "veiled"]

NEW_STATE = "ORDER_STATE_OF_TOMORROW"
_SECRET = ("fullname", "telephone", "mobile", "fullAddress")
_OLD_PRICES = frozenset({"orderTotalPrice", "sellerDiscount", "orderSellerPrice", "orderPayment"})
_NEW_PRICES = frozenset({"totalOriginalPrice", "totalSellerDiscount", "totalSellerReceivable"})


@dataclass(frozen=True, slots=True)
class _Plan:
    plain: tuple[str, ...]
    receivers: tuple[str, ...]
    items: bool
    ext: bool


@lru_cache(maxsize=256)
def _plan(fields: str) -> _Plan:
    asked = dict.fromkeys(name.strip() for name in fields.split(","))
    names = [name for name in asked if name in ORDER_FIELDS]
    receivers = tuple(name for name in names if name in ("consigneeInfo", "originalConsigneeInfo"))
    plain = tuple(name for name in names if name not in receivers and name != "itemInfoList")
    return _Plan(plain, receivers, "itemInfoList" in names, "itemExt" in asked)


def merge_key(who: Doc) -> str:
    """Equal for equal receivers in the clear."""
    return "\x1f".join(str(who.get(name, "")) for name in (*_SECRET, "province", "city", "county", "town"))


def oaid_of(order: Order, who: Doc) -> str:
    """The address token: per receiver and shop."""
    digest = hashlib.sha256(f"{order.shop_id}:{merge_key(who)}".encode()).digest()
    return "oaid" + base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _stars(text: str, head: int, tail: int) -> str:
    return text[:head] + "*" * 4 + text[len(text) - tail :] if text else ""


def receiver(order: Order, name: str, manner: str) -> Doc:
    """A receiver `masked` or as `tde` ciphertext, with the token and the desensitised numbers beside it."""
    key = f"{name}:{manner}"
    if key not in order.look:
        who = order.doc[name]
        told = {**who, "oaid": oaid_of(order, who)}
        told["desenMobile"], told["desenTelephone"] = _stars(who["mobile"], 3, 4), _stars(who["telephone"], 4, 2)
        if manner == "masked":
            told |= {"fullname": veiled(who["fullname"]), "mobile": told["desenMobile"]}
            told |= {"telephone": told["desenTelephone"], "fullAddress": _head(who) + "***"}
        else:
            told |= {one: cipher_text(who[one], f"{order.order_id}:{one}") for one in _SECRET}
        order.look[key] = told
    return order.look[key]


def veiled(name: str) -> str:
    """A person's name with all but its first character hidden."""
    return name[:1] + "**" if name else ""


def _head(who: Doc) -> str:
    head = "".join(who[name] for name in ("province", "city", "county", "town"))
    return head if who["fullAddress"].startswith(head) else ""


def _items(ask: Ask, order: Order, ext: bool) -> list[Doc]:
    how = str(ask.switch("item_ext")) if ext else "bare"
    if how not in order.look:
        rows = order.doc["itemInfoList"]
        if how == "bare":
            told = [{name: value for name, value in row.items() if name != "itemExt"} for row in rows]
        elif how == "text":
            told = [{**row, "itemExt": encode(row["itemExt"])} for row in rows]
        else:
            told = [dict(row) for row in rows]
        order.look[how] = {"rows": told}
    rows_told: list[Doc] = order.look[how]["rows"]
    return rows_told


def project(ask: Ask, order: Order, fields: str, sealed: bool) -> Doc:
    """The fields asked for and no other; `sealed` is an en* call. What an order lacks is an empty text."""
    plan, doc, switch = _plan(fields), order.doc, ask.switch("receiver")
    told: Doc = {name: doc.get(name, "") for name in plan.plain}
    hidden = switch == "tde_all" or (sealed and (switch == "tde" or order.cipher))
    for name in plan.receivers:
        told[name] = receiver(order, name, "tde" if hidden else "masked") if name in doc else ""
    if plan.items:
        told["itemInfoList"] = _items(ask, order, plan.ext)
    if ask.switch("old_prices") == "empty":
        told |= dict.fromkeys(_OLD_PRICES & told.keys(), "")
    if ask.switch("price_lag_s") and _fresh(ask, order):
        told |= dict.fromkeys(_NEW_PRICES & told.keys(), "")
    return told


def _fresh(ask: Ask, order: Order) -> bool:
    """Whether the price service has not seen the order yet."""
    since = order.doc["paymentConfirmTime"] if order.is_paid else order.doc["orderStartTime"]
    return china(instant(since) + timedelta(seconds=ask.switch("price_lag_s"))) > ask.market.stamp()


def spoil(ask: Ask, rows: list[Doc]) -> list[Doc]:
    """The faults that touch content: an unknown state on one row, drifted fields on all."""
    if ask.fault("unknown_status") and rows:
        rows[0]["orderState" if "orderState" in rows[0] else "orderStatus"] = NEW_STATE
    if ask.fault("drifted_field"):
        for row in rows:
            row["fulfilTraitCode"] = "A1"
            if isinstance(row.get("freightPrice"), str):
                row["freightPrice"] = fen(row["freightPrice"]) / 100  # a JSON number where a text is documented
    return rows
