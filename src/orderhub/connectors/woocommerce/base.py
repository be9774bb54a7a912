"""The one authorised call that every verb of this platform makes. Imports `kit`, `flow`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import count
from typing import Any

from orderhub.connectors.woocommerce import wire
from orderhub.connectors.woocommerce.spec import PAGE_SIZE_MAX
from orderhub.errors import DecodeError, NotFound
from orderhub.flow.message import Reply, Request
from orderhub.flow.steps import Operation, random
from orderhub.kit.operations import ChannelOperations
from orderhub.kit.spec import ShopConfig
from orderhub.models.channel import Credentials

__all__ = ["WooCommerceBase", "checked_id", "listed"]

Query = Mapping[str, Any]


class WooCommerceBase(ChannelOperations):
    """Authorises, sends, opens."""

    def __init__(self, config: ShopConfig) -> None:
        super().__init__(config)
        self._numbers = count(1)

    def _send(self, name: str, asked: wire.Asked, *, keyed: bool) -> Operation[wire.Answer]:
        """Over http a refusal while the clocks are far apart is taken for the clock: signatures last a quarter hour."""
        signed_at: list[datetime] = []
        salt = (yield from random()) if wire.way_of(self.config) == "oauth" else 0.0

        def build(credentials: Credentials, at: datetime) -> Request:
            signed_at[:] = [at]
            return wire.request(self.config, asked, credentials, at, f"{salt}|{next(self._numbers)}")

        def opened(reply: Reply) -> wire.Answer:
            if reply.status == 401 and wire.way_of(self.config) == "oauth":
                wire.check_clock(reply, signed_at[0])
            return wire.open_reply(reply)

        answer: wire.Answer = yield from self.exchange(name, build, opened, write=asked.method != "GET", keyed=keyed)
        return answer

    def get(self, name: str, path: str, query: Query | None = None) -> Operation[wire.Answer]:
        """Read; `name` is the operation for limits and errors."""
        return (yield from self._send(f"GET {name}", wire.Asked("GET", path, query or {}), keyed=True))

    def put(self, name: str, path: str, body: Mapping[str, Any]) -> Operation[Any]:
        """Set values: sending it again changes nothing, so a lost reply is asked for again."""
        answer = yield from self._send(f"PUT {name}", wire.Asked("PUT", path, {}, body), keyed=True)
        return answer.value

    def post(self, name: str, path: str, body: Mapping[str, Any]) -> Operation[Any]:
        """Make something: a lost reply is `OutcomeUnknown`."""
        answer = yield from self._send(f"POST {name}", wire.Asked("POST", path, {}, body), keyed=False)
        return answer.value

    def rows(self, name: str, path: str, query: Query | None = None) -> Operation[list[Any]]:
        """Every row of a short list, page by page, by id."""
        found: list[Any] = []
        for page in range(1, 1_001):
            asked = {"per_page": PAGE_SIZE_MAX, "page": page, "orderby": "id", "order": "asc", **(query or {})}
            part = listed((yield from self.get(name, path, asked)))
            found += part
            if len(part) < PAGE_SIZE_MAX:
                break
        return found

    @property
    def page_size(self) -> int:
        """Rows a page, within what the platform takes."""
        return max(1, min(int(self.config.settings["page_size"]), PAGE_SIZE_MAX))

    def document_of(self, order_id: str) -> Operation[dict[str, Any]]:
        """One native order; raises `NotFound`."""
        answer = yield from self.get("orders/{id}", f"orders/{checked_id(order_id)}")
        if not isinstance(answer.value, dict):
            raise DecodeError("the reply is no order", platform="woocommerce", operation="GET orders/{id}")
        return answer.value


def listed(answer: wire.Answer) -> list[Any]:
    """The rows of a list; raises `DecodeError` when it is none."""
    if not isinstance(answer.value, list):
        raise DecodeError(
            "expected a list of rows", platform="woocommerce", value=type(answer.value).__name__, retryable=False
        )
    return answer.value


def checked_id(value: str) -> str:
    """An id as part of a path: digits and nothing else.

    Raises:
        NotFound: No document of this platform has such an id.
    """
    if not (value.isascii() and value.isdigit()):
        raise NotFound("ids of WooCommerce are numbers", platform="woocommerce", code="id")
    return value
