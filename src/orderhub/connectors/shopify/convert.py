"""Values of this platform: connections, ids, money bags, addresses of a shop. Pure; imports `kit`, `errors`."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from orderhub.errors import ConfigurationError, DecodeError
from orderhub.kit.convert import decimal_text, ident, masked
from orderhub.kit.spec import ShopConfig

__all__ = ["LONGER", "amount", "bag", "gid", "nodes", "number", "server_of", "short_of", "unfinished"]

_CENT = Decimal("0.01")


def nodes(value: Any) -> list[Any]:
    """Rows of a list, of a connection with `nodes`, of one with `edges`; nothing is none."""
    if value is None or value == "":
        return []
    if isinstance(value, Mapping):
        if "nodes" in value:
            return nodes(value["nodes"])
        if "edges" in value:
            return [row.get("node") if isinstance(row, Mapping) else row for row in nodes(value["edges"])]
        return [value] if "id" in value else []
    if not isinstance(value, list):
        raise ValueError("expected a list or a connection")
    return value


def unfinished(value: Any) -> bool:
    """Whether a connection has more rows than it shows."""
    page = value.get("pageInfo") if isinstance(value, Mapping) else None
    return isinstance(page, Mapping) and page.get("hasNextPage") is True


LONGER = (100, 250)
"""Longer pages, one after the other, for what a first page does not hold."""
_INNER = {"fulfillments": "fulfillmentLineItems", "refunds": "refundLineItems"}


def short_of(document: Mapping[str, Any], name: str) -> bool:
    """Whether a part of an order, or a list inside it, has more rows than it shows."""
    rows = [row for row in nodes(document.get(name)) if isinstance(row, Mapping)]
    return unfinished(document.get(name)) or any(unfinished(row.get(_INNER.get(name, ""))) for row in rows)


def number(value: Any) -> str:
    """The number of `gid://shopify/Order/123`; a bare number is itself."""
    found = ident(value).rpartition("/")[2].partition("?")[0]
    if not found:
        raise ValueError("an id without a number")
    return found


def gid(kind: str, value: str) -> str:
    """The global id of a number; a global id is itself."""
    return value if value.startswith("gid://") else f"gid://shopify/{kind}/{value}"


def amount(value: Any) -> Decimal:
    """A decimal number as text, at least two decimals kept; currencies with more keep them."""
    found = decimal_text(value)
    whole = found.quantize(_CENT)
    return whole if whole == found else found


def bag(document: Mapping[str, Any], name: str, currency: str | None = None) -> Decimal | None:
    """The shop's own money of one MoneyBag, None when it is not told.

    Raises:
        DecodeError: No amount, or not in `currency`.
    """
    path = f"{name}.shopMoney"
    money = document.get(name)
    if money is None:
        return None
    shop = money.get("shopMoney") if isinstance(money, Mapping) else None
    if not isinstance(shop, Mapping):
        raise DecodeError("expected a bag with shopMoney", path=path, value=masked(money))
    told = shop.get("currencyCode")
    if currency is not None and told not in (None, currency):
        raise DecodeError("an order in two currencies", path=f"{path}.currencyCode", value=masked(told))
    try:
        return None if shop.get("amount") is None else amount(shop["amount"])
    except (ValueError, ArithmeticError):
        raise DecodeError("not an amount", path=f"{path}.amount", value=masked(shop["amount"])) from None


def server_of(config: ShopConfig) -> str:
    """Scheme and host of the shop.

    Raises:
        ConfigurationError: No base_url was given: every shop has an address of its own.
    """
    parts = urlsplit(config.base_url)
    if (parts.hostname or "").startswith("{"):
        raise ConfigurationError(
            "base_url is needed: the shop's own address, https://some-shop.myshopify.com", platform="shopify",
            field="base_url",
        )  # fmt: skip
    return f"{parts.scheme}://{parts.netloc}"
