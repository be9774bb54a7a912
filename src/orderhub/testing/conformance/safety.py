"""Secrets and personal data stay inside: not in logs, reprs, errors or tracebacks. Imports `conformance.bench`."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from orderhub.errors import OrderHubError
from orderhub.testing.conformance.bench import Bench
from orderhub.testing.conformance.trouble import BROKEN

__all__ = ["error_texts", "listening"]

SHORTEST = 6
SECRETS = ("app_secret", "access_token", "refresh_token")


class _Listener(logging.Handler):
    """Keeps everything that is logged, with its extra fields."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.told.append(f"{record.getMessage()} {record.__dict__!r}")


@contextmanager
def listening() -> Iterator[list[str]]:
    """Everything that is logged meanwhile, with its extra fields."""
    listener, root = _Listener(), logging.getLogger()
    level = root.level
    root.addHandler(listener)
    root.setLevel(logging.DEBUG)
    try:
        yield listener.told
    finally:
        root.removeHandler(listener)
        root.setLevel(level)


def nothing_leaks(bench: Bench) -> None:
    """Reads, writes and every kind of broken reply, listened to: no secret, no name, no number, no street."""
    world = bench.world(orders=12)
    entry = world.shops()[0]
    with listening() as told:
        shop = bench.shop(world)
        orders = bench.orders(shop, world)
        told += [repr(shop), repr(shop.ops), repr(shop.world.services.box), *map(repr, orders), *map(str, orders)]
        told += [repr(order.recipient) + repr(order.buyer) for order in orders]
        some = orders[0].order_id
        for fault in BROKEN:
            bench.arm(world, fault, times=60)
            told += error_texts(lambda: shop.get_order(some))
            bench.disarm(world)
        told += error_texts(lambda: bench.shop(world, app_secret=f"{entry['app_secret']}x").get_order(some))
    forbidden = {f"secret {name}": str(entry[name]) for name in SECRETS if entry.get(name)}
    forbidden |= {f"personal data of {order.order_id}": value for order in orders for value in _personal(order)}
    for what, value in forbidden.items():
        if len(value) >= SHORTEST:
            leaks = [text for text in told if value in text]
            assert not leaks, f"{what} stands in: {leaks[0].replace(value, '…')[:200]}"


def error_texts(act: Callable[[], Any]) -> list[str]:
    """Text, repr and traceback of the error, if there is one."""
    try:
        act()
    except OrderHubError as error:
        return [str(error), repr(error), repr(error.context()), "".join(traceback.format_exception(error))]
    return []


def _personal(order: Any) -> list[str]:
    """What of an order is about a person; masked values stand for nobody."""
    recipient, buyer = order.recipient, order.buyer
    found = [recipient.phone, recipient.address.street, recipient.privacy.token, buyer.email, order.buyer_note]
    return [value for value in found if value and "*" not in value]
