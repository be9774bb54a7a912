"""The tester's hand on one platform: making orders, changing them, setting stock, in the same words everywhere.

Imports `emulator` and `making`. A platform adds what its documents look like: how one is found, made, filled in, shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from orderhub.sandbox.emulator import ControlError, Setup
from orderhub.sandbox.making import made

__all__ = ["Owned", "Workbench"]


class Owned(Protocol):
    """An order of one shop."""

    shop_id: str


class Market(Protocol):
    """Where a platform keeps its orders."""

    @property
    def shops(self) -> Iterable[str]:
        """Ids of the shops."""
        ...

    @property
    def orders(self) -> Mapping[Any, Any]:
        """By the platform's number."""
        ...

    def of(self, shop_id: str) -> Iterable[Any]:
        """The orders of a shop."""
        ...

    def add(self, order: Any) -> None:
        """Take in a new one."""
        ...


R = TypeVar("R", bound=Owned)
M = TypeVar("M", bound=Market)


class Workbench(Generic[M, R]):
    """The control half of an emulator that has orders.

    Attributes:
        name: The platform, as registered.
        id_field: Where a native document keeps its number.
        illegal: What an action raises when the state forbids it.
        create_keys: Keys that `create` takes beyond the common ones.
        stock_keys: What rows of stock are chosen by; the second is the merchant's code.
    """

    name: str = ""
    id_field: ClassVar[str]
    illegal: ClassVar[type[Exception]]
    create_keys: ClassVar[frozenset[str]] = frozenset()
    stock_keys: ClassVar[tuple[str, ...]]

    def __init__(self, setup: Setup, market: M) -> None:
        self._setup, self._market = setup, market

    # --- what a platform adds ----------------------------------------------------------------------------------------

    def _actions(self) -> Mapping[str, Callable[[M, R, Mapping[str, Any]], None]]:
        """What a tester may make happen, by name."""
        raise NotImplementedError

    def _row(self, order: R) -> dict[str, Any]:
        """How `records` tells it; `modified` as the wire writes times, `total` in text."""
        raise NotImplementedError

    def _fresh(self, shop_id: str, body: Mapping[str, Any]) -> R:
        """A new order dated now, taken in by `_take_in`."""
        raise NotImplementedError

    def _document(self, shop_id: str, given: dict[str, Any], old: R | None) -> R:
        """A native document, with what an order cannot be without; `old` is the one that it replaces."""
        raise NotImplementedError

    def _late(self, order: R, at: datetime) -> None:
        """No call shows it before `at`, aware, UTC."""
        raise NotImplementedError

    def _set(self, order: R, fields: Mapping[str, Any]) -> None:
        """Native fields as given; its time of change moves unless it is among them."""
        raise NotImplementedError

    def record(self, record_id: str) -> dict[str, Any]:
        """The whole native truth of one order."""
        raise NotImplementedError

    def stock(self, shop_id: str | None) -> list[dict[str, Any]]:
        """What the shops offer."""
        raise NotImplementedError

    def _find(self, record_id: str) -> R | None:
        """The order of any shop."""
        found: R | None = self._market.orders.get(record_id)
        return found

    def _id_of(self, given: Mapping[str, Any]) -> str:
        """The number in a native document; empty when it has none."""
        return str(given.get(self.id_field, ""))

    # --- what is the same everywhere ---------------------------------------------------------------------------------

    @property
    def actions(self) -> tuple[str, ...]:
        """What `change` takes as `action`."""
        return tuple(self._actions())

    def records(self, shop_id: str | None) -> list[dict[str, Any]]:
        """Every order of a shop, or of all, whatever its age."""
        shops = list(self._market.shops) if shop_id is None else [self._shop(shop_id)]
        return [self._row(order) for shop in shops for order in self._market.of(shop)]

    def create(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """`{"count": N}` new orders dated now in every shop (or `shop_id`), or documents as given."""
        shops = [self._shop(body["shop_id"])] if "shop_id" in body else list(self._market.shops)
        found = made(
            body, shops, lambda shop: self._fresh(shop, body), lambda given: self._given(body, given), self.create_keys
        )
        return [self._row(order) for order in found]

    def _given(self, body: Mapping[str, Any], given: Any) -> R:
        if "shop_id" not in body or not isinstance(given, dict):
            raise ControlError("documents need a shop", 'send {"shop_id": …, "documents": [{native order}, …]}')
        shop_id, number = self._shop(body["shop_id"]), self._id_of(given)
        old = self._find(number)
        if old is not None and old.shop_id != shop_id:
            raise ControlError(f"{number} belongs to {old.shop_id}", f"use another {self.id_field}")
        return self._document(shop_id, given, old)

    def _take_in(self, order: R) -> None:
        """Into the market; the fault `late_order` hides it for a while."""
        late = self._setup.take_fault("late_order", order.shop_id, "create")
        if late is not None:
            self._late(order, self._setup.now() + timedelta(seconds=late.delay_s))
        self._market.add(order)

    def change(self, record_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """One of `actions`, or `{"fields": {native…}}` as given; answers the order afterwards."""
        order = self._order(record_id)
        if isinstance(body.get("fields"), dict) and set(body) == {"fields"}:
            self._set(order, body["fields"])
            return self.record(record_id)
        action = self._actions().get(str(body.get("action")))
        if action is None:
            known = ", ".join(self._actions())
            raise ControlError(f"unknown action {body.get('action')!r}", f"use one of {known}, or send fields")
        try:
            action(self._market, order, body)
        except self.illegal as illegal:
            raise ControlError(str(illegal), "see the status with GET", 409) from illegal
        return self.record(record_id)

    def _matching(self, body: Mapping[str, Any]) -> tuple[int, list[dict[str, Any]]]:
        """(quantity, rows of stock) of a `set_stock`."""
        quantity = body.get("quantity")
        chosen = {name: str(body[name]) for name in self.stock_keys if name in body}
        if isinstance(quantity, bool) or not isinstance(quantity, int) or quantity < 0 or not chosen:
            sample = f'{{"{self.stock_keys[1]}": "SKU-0001", "quantity": 5}}'
            raise ControlError("which quantity?", f"send {sample}, shop_id if you like")
        rows = [row for row in self.stock(None) if all(str(row[name]) == value for name, value in chosen.items())]
        if not rows:
            raise ControlError(f"nothing matches {chosen}", "see GET stock", 404)
        return quantity, rows

    def _shop(self, shop_id: Any) -> str:
        known = list(self._market.shops)
        if shop_id not in known:
            raise ControlError(f"no shop {shop_id!r}", "use one of " + ", ".join(known), 404)
        return str(shop_id)

    def _order(self, record_id: str) -> R:
        order = self._find(record_id)
        if order is None:
            raise ControlError(f"no order {record_id}", f"see GET /_sandbox/{self.name}/orders", 404)
        return order
