"""What requests for e-waybills of the cloud print family have in common, checked part by part. Pure.

Imports this package's `waybills` only. Two platforms speak this family with their own names, signatures and refusals;
they turn `Unfit` into theirs.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from orderhub.sandbox.waybills import SENDERS

__all__ = ["PARCELS_MAX", "Unfit", "check_parcels", "check_person", "check_sender", "hidden", "part", "trades_of"]

Doc = dict[str, Any]
PARCELS_MAX, TRADES_MAX, ITEMS_MAX, NAME_MAX = 10, 100, 100, 40
_TRADE = re.compile(r"[A-Za-z0-9_-]+")
_PLACE = ("province", "city", "district", "town", "detail")


class Unfit(Exception):
    """A part of the request is missing or wrong.

    Attributes:
        path: Where, e.g. `sender.address.detail`.
        missing: It is not there at all.
    """

    def __init__(self, path: str, why: str = "", missing: bool = False) -> None:
        super().__init__(path)
        self.path, self.why, self.missing = path, why or f"{path}不能为空", missing


def part(of: Mapping[str, Any], name: str, where: str = "") -> Doc:
    """An object inside another one."""
    value = of.get(name)
    if not isinstance(value, dict):
        raise Unfit(f"{where}{name}", missing=value is None)
    return value


def _filled(of: Mapping[str, Any], names: Collection[str], where: str) -> None:
    for name in names:
        if of.get(name) in (None, ""):
            raise Unfit(f"{where}{name}", missing=True)


def check_person(who: Mapping[str, Any], where: str) -> None:
    """Name, a telephone, province and detail."""
    _filled(who, ("name",), where)
    if not who.get("mobile") and not who.get("phone"):
        raise Unfit(f"{where}mobile", missing=True)
    _filled(part(who, "address", where), ("province", "detail"), f"{where}address.")


def check_sender(who: Mapping[str, Any]) -> None:
    """A person whose address is one that the shop subscribed."""
    check_person(who, "sender.")
    if len(str(who["name"])) >= NAME_MAX:
        raise Unfit("sender.name", f"sender.name应少于{NAME_MAX}个字符")
    given = [str(who["address"].get(name) or "") for name in _PLACE]
    if given not in [[sender[name] for name in _PLACE] for sender in SENDERS]:
        raise Unfit("sender.address", "发货地址与订购的发货地址不一致")


def check_parcels(rows: Any, templates: Collection[str]) -> list[Doc]:
    """The parcels of one request: 1 to 10, each with a name of its own, orders, contents and a known template."""
    if (
        not isinstance(rows, list)
        or not 1 <= len(rows) <= PARCELS_MAX
        or not all(isinstance(row, dict) for row in rows)
    ):
        raise Unfit("trade_order_info_dtos", f"trade_order_info_dtos应为1到{PARCELS_MAX}个", missing=rows is None)
    for row in rows:
        _filled(row, ("object_id", "template_url", "user_id"), "trade_order_info_dtos.")
        if row["template_url"] not in templates:
            raise Unfit("trade_order_info_dtos.template_url", "模板不存在")
        trades_of(row)
        _contents(part(row, "package_info", "trade_order_info_dtos."))
    if len({str(row["object_id"]) for row in rows}) < len(rows):
        raise Unfit("trade_order_info_dtos.object_id", "object_id重复")
    ids = [str(row["package_info"]["id"]).lower() for row in rows if row["package_info"].get("id")]
    if len(set(ids)) < len(ids):
        raise Unfit("package_info.id", "包裹id重复")
    return rows


def trades_of(row: Mapping[str, Any]) -> list[str]:
    """Order numbers of a parcel."""
    told = part(row, "order_info", "trade_order_info_dtos.")
    _filled(told, ("order_channels_type",), "order_info.")
    trades = told.get("trade_order_list")
    if not isinstance(trades, list) or not 1 <= len(trades) <= TRADES_MAX:
        raise Unfit("order_info.trade_order_list", f"订单应为1到{TRADES_MAX}个", missing=trades is None)
    names = [str(one) for one in trades]
    if not all(_TRADE.fullmatch(one) for one in names):
        raise Unfit("order_info.trade_order_list", "订单号只能包含字母、数字、下划线和横线")
    return names


def _contents(package: Mapping[str, Any]) -> None:
    items = package.get("items")
    if not isinstance(items, list) or not 1 <= len(items) <= ITEMS_MAX:
        raise Unfit("package_info.items", f"商品应为1到{ITEMS_MAX}个", missing=not items)
    for item in items:
        if not isinstance(item, dict) or not item.get("name") or not _is_count(item.get("count")):
            raise Unfit("package_info.items", "商品名称和数量不能为空")

    if package.get("total_packages_count") is not None and not _is_count(package["total_packages_count"]):
        raise Unfit("package_info.total_packages_count", "包裹总数应为正整数")


def _is_count(value: object) -> bool:
    text = str(value)
    return not isinstance(value, bool) and text.isascii() and text.isdigit() and int(text) > 0


def hidden(who: Mapping[str, Any]) -> bool:
    """Whether the receiver is masked in any part."""
    parts = [str(who.get(name) or "") for name in ("name", "mobile", "phone")]
    address = who.get("address")
    return "*" in "".join([*parts, str(address.get("detail") if isinstance(address, dict) else "")])
