"""The one call that every verb of this platform makes. Imports `kit`, `flow`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from orderhub.connectors.shopify import wire
from orderhub.connectors.shopify.convert import gid
from orderhub.connectors.shopify.spec import PAGE_MAX
from orderhub.errors import DecodeError, NotFound
from orderhub.flow.steps import Operation, now, pause
from orderhub.kit.operations import ChannelOperations
from orderhub.kit.spec import ShopConfig
from orderhub.models.channel import Window

__all__ = ["ShopifyBase", "span_text"]


AFFORD_MAX_S = 60.0
"""The longest wait for a bucket that refills in seconds: a reply that tells of a slower one is not believed."""


class ShopifyBase(ChannelOperations):
    """Sends, opens the envelope, keeps an eye on the bucket of points."""

    def __init__(self, config: ShopConfig) -> None:
        super().__init__(config)
        self._prices: dict[str, float] = {}
        self._bucket: tuple[float, float, datetime] | None = None

    def query(
        self, name: str, document: str, variables: Mapping[str, Any], *, write: bool = False, keyed: bool = False
    ) -> Operation[dict[str, Any]]:
        """Send one GraphQL document; answers its `data`.

        Args:
            name: The root field, for limits and errors.
            write: See `kit.exchange.exchange`; so is `keyed`.
        """
        yield from self._afford(name)
        answer: wire.Answer = yield from self.exchange(
            name, lambda credentials, at: wire.request(self.config, document, variables, credentials),
            wire.open_reply, write=write, keyed=keyed,
        )  # fmt: skip
        if answer.cost is not None:
            self._prices[name] = answer.cost
            self._bucket = (answer.available, answer.per_s, (yield from now()))
        return answer.data

    def _afford(self, name: str) -> Operation[None]:
        """Wait until the bucket, as the last reply told it, holds what this query cost the last time."""
        price, bucket = self._prices.get(name), self._bucket
        if price is None or bucket is None:
            return
        available, per_s, at = bucket
        missing = price - available - per_s * ((yield from now()) - at).total_seconds()
        if missing > 0:
            yield from pause(min(missing / per_s, AFFORD_MAX_S) if per_s > 0 else AFFORD_MAX_S)

    def mutate(
        self, name: str, document: str, variables: Mapping[str, Any], *, keyed: bool = False
    ) -> Operation[list[Mapping[str, Any]]]:
        """Send one mutation; answers its userErrors, none when it was done."""
        data = yield from self.query(name, document, variables, write=True, keyed=keyed)
        return wire.user_errors(data, name)

    def one_order(self, document: str, order_id: str, **variables: Any) -> Operation[dict[str, Any]]:
        """The `order` of a query by id; raises `NotFound`."""
        data = yield from self.query("order", document, {"id": gid("Order", order_id), **variables})
        found = data.get("order")
        if found is None:
            raise NotFound("no such order in this shop", platform="shopify", operation="order")
        if not isinstance(found, dict):
            raise DecodeError("expected an order", platform="shopify", operation="order", path="data.order")
        return found

    @property
    def page_size(self) -> int:
        """Rows of a list, within what the platform takes."""
        return max(1, min(int(self.config.settings["page_size"]), PAGE_MAX))

    @property
    def detail_size(self) -> int:
        """Rows of what an order holds, within what the platform takes."""
        return max(1, min(int(self.config.settings["detail_size"]), PAGE_MAX))


def span_text(window: Window, start: datetime) -> str:
    """The filter of a window from `start` on, both ends included, in whole seconds."""
    field = "created_at" if window.axis == "created" else "updated_at"
    return f"{field}:>='{_second(start)}' {field}:<='{_second(window.end)}' status:any"


def _second(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
