"""Which order is served next: classes, latest ship times, and a bound on waiting. Pure. Imports `models`, `errors`.

An order rises by one class for every `promote_after_h` hours it waits, without end. So of an order of class c and one
that came more than (c + 1) times `promote_after_h` later, the first is always served first, whatever the second is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import Field, ValidationError

from orderhub.errors import ConfigurationError
from orderhub.models.base import Model
from orderhub.models.order import Order

__all__ = ["CLASSES", "Place", "QueuePolicy", "queue_order", "read_queue_policy"]

CLASSES = ("urgent", "rush", "expedite", "vip", "plain")
"""Classes, the first served first: released as urgent; close to its latest ship time or past it; speed was asked for;
a customer of note; all others."""

Hours = Annotated[int, Field(ge=1)]


class QueuePolicy(Model):
    """How orders are queued.

    Attributes:
        promote_after_h: Hours of waiting that are worth one class.
        rush_h: An order is in a hurry so many hours before its latest ship time.
        ship_within_h: Hours from the payment to the latest ship time, by platform or `platform:shop_id`, for orders
            whose platform names no time; what stands nowhere has no latest ship time.
        expedite, vip: Tags of the host and labels of the platform that make an order one.
    """

    promote_after_h: Hours = 24
    rush_h: Hours = 6
    ship_within_h: dict[str, Hours] = {}
    expedite: frozenset[str] = frozenset({"expedite"})
    vip: frozenset[str] = frozenset({"vip"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where an order stands.

    Attributes:
        level: What counts: the class's number less what waiting is worth; smaller is served first.
        latest, since: Latest ship time, and since when it waits; UTC, None where nobody says.
    """

    order_key: str
    name: str
    level: int
    latest: datetime | None
    since: datetime | None

    def explain(self) -> str:
        """Why it stands there, in words."""
        worth = CLASSES.index(self.name) - self.level
        waited = f", {worth} up for waiting" if worth else ""
        return f"{self.name}{waited}; ships by {self.latest.isoformat() if self.latest else 'no set time'}"


_LAST = datetime.max.replace(tzinfo=UTC)


def read_queue_policy(given: Mapping[str, Any] | QueuePolicy) -> QueuePolicy:
    """A policy out of a configuration.

    Raises:
        ConfigurationError: A field is unknown or out of range; the message names it.
    """
    try:
        return given if isinstance(given, QueuePolicy) else QueuePolicy.model_validate(dict(given))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(f"queue: {where}: {first['msg']}", field=f"queue.{where}") from None


def queue_order(
    orders: Iterable[Order], now: datetime, policy: QueuePolicy | None = None, *, urgent: Collection[str] = (),
    tags: Mapping[str, Collection[str]] | None = None,
) -> list[Place]:  # fmt: skip
    """Orders in the order in which they should be served; the same whatever order they are given in.

    Args:
        now: Aware.
        urgent: Keys of orders that were released as urgent.
        tags: Order key -> the host's own marks.
    """
    rules = policy or QueuePolicy()
    places = [_place(order, now, rules, order.key in urgent, (tags or {}).get(order.key, ())) for order in orders]
    return sorted(places, key=_turn)


def _turn(place: Place) -> tuple[int, datetime, datetime, str]:
    latest, since = (at or _LAST for at in (place.latest, place.since))
    return place.level, latest, since, place.order_key


def _place(order: Order, now: datetime, policy: QueuePolicy, is_urgent: bool, tags: Collection[str]) -> Place:
    since, latest = order.paid_at or order.created_at, _latest(order, policy)
    marks = {*order.labels, *tags}
    if is_urgent:
        name = "urgent"
    elif latest is not None and latest - now <= timedelta(hours=policy.rush_h):
        name = "rush"
    else:
        name = "expedite" if marks & policy.expedite else "vip" if marks & policy.vip else "plain"
    waited = max(timedelta(0), now - since) if since else timedelta(0)
    worth = waited // timedelta(hours=policy.promote_after_h)
    return Place(order.key, name, CLASSES.index(name) - worth, latest, since)


def _latest(order: Order, policy: QueuePolicy) -> datetime | None:
    if order.ship_by is not None:
        return order.ship_by
    hours = policy.ship_within_h.get(f"{order.platform}:{order.shop_id}", policy.ship_within_h.get(order.platform))
    paid = order.paid_at or (order.created_at if order.is_cod else None)
    return None if hours is None or paid is None else paid + timedelta(hours=hours)
