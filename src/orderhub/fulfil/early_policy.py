"""Which orders have their stock reserved as soon as they are stored, as data. Imports `models`, `errors`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field, ValidationError

from orderhub.errors import ConfigurationError
from orderhub.models import Order, OrderStatus
from orderhub.models.base import Model

__all__ = ["ReservePolicy", "read_reserve_policy"]

_WAITING = frozenset({OrderStatus.AWAITING_SHIPMENT, OrderStatus.PARTIALLY_SHIPPED})
_PAID = frozenset({"paid", "partially_refunded"})


class ReservePolicy(Model):
    """Reservation at arrival. Off unless somebody turns it on: then every paid order that waits for shipment holds its
    units from the moment it is stored, in the order in which buyers paid.

    Attributes:
        on_arrival: Whether `sync`, `refetch` and `replay` reserve for what they stored.
        hours: Units are free again after so many hours; None holds them until the order is shipped or closed.
        shops: Platforms (`taobao`) or shops (`taobao:tb-1`) that it is for; empty is all of them.
        cash_on_delivery: Whether orders to be paid on delivery count as paid.
    """

    on_arrival: bool = False
    hours: int | None = Field(default=None, ge=1)
    shops: frozenset[str] = frozenset()
    cash_on_delivery: bool = True

    def wants(self, order: Order) -> bool:
        """Whether an order's units are to be held: paid, ours to ship, not shipped, closed or unknown.

        Holds do not matter: an order that waits for somebody's word is sold all the same.
        """
        if self.shops and not self.shops & {order.platform, f"{order.platform}:{order.shop_id}"}:
            return False
        is_paid = order.payment_status.value in _PAID or (self.cash_on_delivery and order.is_cod is True)
        return is_paid and order.status in _WAITING and order.fulfilled_by.value == "merchant"


def read_reserve_policy(given: Mapping[str, Any] | ReservePolicy) -> ReservePolicy:
    """A policy out of a configuration.

    Raises:
        ConfigurationError: A field is unknown or out of range; the message names it.
    """
    try:
        return given if isinstance(given, ReservePolicy) else ReservePolicy.model_validate(dict(given))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(f"reserve: {where}: {first['msg']}", field=where) from None
