"""Quantities read and written, one product a call. Source: docs/platforms/suning.md §7.

Writes set the target; what invType means no source tells, so it is taken and ignored. Reply fields of the reads are
not documented: the words of the requests stand for them, the quantity's by switch.
"""

from __future__ import annotations

from orderhub.sandbox.platforms.suning.ask import SUCCESS, Ask, Told, done, no_result
from orderhub.sandbox.platforms.suning.state import Doc, Good
from orderhub.sandbox.platforms.suning.wire import Refusal

__all__ = ["get", "get_new", "get_parallel", "get_single", "modify", "modify_parallel", "sync"]

PREFIX = "biz.custom.inventory"
CODE_MAX, QUANTITY_MAX = 18, 10


def _no(reason: str, text: str) -> Refusal:
    return Refusal(f"{PREFIX}.{reason}", text)


def _good(ask: Ask) -> Good:
    """The product by productCode, which wins, or by itemCode; a master code is refused."""
    code, item = ask.text("productCode"), ask.text("itemCode")
    if not code:
        if not item:
            raise ask.missing("productCode")
        good = ask.market.by_item.get((ask.shop_id, item))
        if good is None:
            raise _no("invalid-biz:itemCode", "商家商品编码不存在")
        return good
    if len(code) > CODE_MAX:
        raise _no("productCode-length:overlong", "商品编码过长")
    if not (code.isascii() and code.isdigit()):
        raise _no("productCode-format:error", "商品编码格式错误")
    if (ask.shop_id, code) in ask.market.masters:
        raise _no("invalid-biz:productcode cannot be master productcode", "不能传通码")
    found = ask.market.goods.get((ask.shop_id, code))
    if found is None:
        raise _no("invalid-biz:productCode", "商品编码不存在")
    return found


def _place(ask: Ask, good: Good, name: str) -> str:
    """The warehouse asked for, else the default one."""
    place = ask.text(name) or next(iter(good.stock))
    if place not in good.stock:
        raise _no("invAddrid-value:inexistence", "仓库不存在")
    return place


def _quantity(ask: Ask, name: str) -> int:
    text = ask.text(name)
    if not text:
        raise Refusal(f"biz.inventory.missing-parameter:{name}", f"{name}不能为空")
    if not (text.isascii() and text.isdigit()):
        raise Refusal(f"biz.inventory.{name}-format:error", f"{name}格式错误")
    if len(text) > QUANTITY_MAX:
        raise Refusal(f"biz.inventory.{name}-length:overlong", f"{name}过长")
    return int(text)


def _write(ask: Ask, place_name: str, quantity_name: str) -> Told:
    good, quantity = _good(ask), _quantity(ask, quantity_name)
    place, refusal = _place(ask, good, place_name), ask.switch("inventory_refusal")
    if refusal:
        raise _no(f"invalid-biz:{refusal}", "库存修改失败")
    if ask.switch("lock_blocks") and quantity < good.locked:
        raise _no("invalid-biz:modify failed", "库存修改失败")
    good.stock[place] = quantity
    return done()


def modify(ask: Ask) -> Told:
    """suning.custom.inventory.modify."""
    return _write(ask, "invAddrId", "destInvNum")


def modify_parallel(ask: Ask) -> Told:
    """suning.custom.parallelinventory.modify: the warehouse is required."""
    ask.needed("invCode")
    return _write(ask, "invCode", "destInvNum")


def sync(ask: Ask) -> Told:
    """suning.custom.syncinventory.modify: warehouse, quantity and type are required."""
    for name in ("invCode", "invQty", "invType"):
        ask.needed(name)
    return _write(ask, "invCode", "invQty")


def _read(ask: Ask, place_name: str, *, by_item: bool = True) -> Told:
    if not by_item:
        ask.needed("productCode")
    try:
        good = _good(ask)
    except Refusal as refusal:
        unknown = refusal.code.endswith(("invalid-biz:productCode", "invalid-biz:itemCode"))
        raise (no_result() if unknown else refusal) from None
    place = _place(ask, good, place_name)
    told: Doc = {"productCode": good.code, "itemCode": good.item_code, place_name: place}
    told[ask.switch("quantity_field")] = str(good.stock[place])
    if ask.text("isNeedLockQty") in ("1", "Y", "true"):
        told["lockQty"] = str(good.locked if place == next(iter(good.stock)) else 0)
    return Told(told, dict(SUCCESS))


def get(ask: Ask) -> Told:
    """suning.custom.inventory.get."""
    return _read(ask, "invAddrId")


def get_new(ask: Ask) -> Told:
    """suning.custom.newinventory.get: by productCode alone."""
    return _read(ask, "invAddrId", by_item=False)


def get_parallel(ask: Ask) -> Told:
    """suning.custom.parallelinventory.get."""
    ask.needed("invCode")
    return _read(ask, "invCode")


def get_single(ask: Ask) -> Told:
    """suning.custom.singleinventory.get."""
    ask.needed("invCode")
    return _read(ask, "invCode", by_item=False)
