"""One generator per verb: orders, stock, tokens, messages. Shipping and refunds stand beside it.

Imports `kit`, `flow`, `models`, `errors`. Source: docs/platforms/youzan.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from orderhub.connectors.youzan import wire
from orderhub.connectors.youzan.decode import decode_orders, find_documents
from orderhub.connectors.youzan.reading import Place, china, read_place
from orderhub.connectors.youzan.refunds import RefundVerbs
from orderhub.connectors.youzan.sheet import SPEC
from orderhub.connectors.youzan.shipping import ShippingVerbs
from orderhub.errors import ConfigurationError, DecodeError
from orderhub.flow.steps import Operation, now
from orderhub.kit.convert import quantity
from orderhub.kit.json import loads
from orderhub.kit.reading import Paged
from orderhub.kit.stock import push_each
from orderhub.models.channel import Page, PushMessage, Token, Window
from orderhub.models.listing import ListingStock
from orderhub.models.order import Order
from orderhub.models.outcome import Outcome

__all__ = ["YouzanOperations"]


class YouzanOperations(ShippingVerbs, RefundVerbs):
    """Every verb of Youzan."""

    spec = SPEC

    def list_orders(self, window: Window, position: Place | None = None) -> Operation[Page[Order]]:
        """One page of whole orders with their parcels, read from the last page to the first."""
        rows, following, total = yield from read_place(self._orders, position or Place((window,)))
        documents = []
        for row in rows:
            documents.append((yield from self.whole(row)))
        return replace(decode_orders(documents, self.config), next=following, total=total)

    def _orders(self, window: Window) -> Paged:
        def read(page: int, counted: bool) -> Operation[dict[str, Any]]:
            return (yield from self._listed(window, page, self.page_size))

        return Paged(read, find_documents_of, _total, _tid, self.page_size)

    def _listed(self, window: Window, page: int, size: int) -> Operation[dict[str, Any]]:
        name = "update" if window.axis == "updated" else "created"
        asked = {f"start_{name}": china(window.start), f"end_{name}": china(window.end), "page_no": page,
                 "page_size": size}  # fmt: skip
        data = yield from self.call("youzan.trades.sold.get", "4.0.4", asked)
        return dict(data) if isinstance(data, Mapping) else {}

    def count_orders(self, window: Window) -> Operation[int]:
        """How many orders the platform counts in `window`, for gap audits."""
        return _total((yield from self._listed(window, 1, 1)))

    def fetch_order(self, order_id: str) -> Operation[Page[Order]]:
        """One order with its parcels."""
        return decode_orders([(yield from self.document_of(order_id))], self.config)

    def push_stock(self, levels: Sequence[ListingStock]) -> Operation[list[Outcome[None]]]:
        """Set quantities in full, one SKU a call; of several figures for one SKU the newest is sent.

        `listing_id` is item_id, `platform_sku_id` sku_id, as orders show them.
        """
        return (yield from push_each(levels, self._quantity))

    def _quantity(self, level: ListingStock) -> Operation[None]:
        sent = {"item_id": _number(level.listing_id), "sku_id": _number(level.platform_sku_id),
                "quantity": level.quantity, "type": self.config.settings["quantity_type"]}  # fmt: skip
        yield from self.call("youzan.item.quantity.update", "3.0.0", sent, write=True, keyed=True)

    def refresh_token(self, refresh_token: str) -> Operation[Token]:
        """A new access token by key, secret and the setting `grant_id`; the given token is kept beside it.

        Raises:
            ConfigurationError: The shop was connected without `grant_id`.
        """
        if not self.config.settings["grant_id"]:
            raise ConfigurationError("say which shop: grant_id (kdt_id)", platform="youzan", field="grant_id")
        reply = yield from self.exchange(
            "auth/token", lambda credentials, at: wire.token_request(self.config, credentials), wire.open_reply,
            write=True, keyed=True, app=self.config.app,
        )  # fmt: skip
        if not isinstance(reply, Mapping) or not reply.get("access_token"):
            raise DecodeError("the token call told no access_token", platform="youzan", path="data.access_token")
        lives = timedelta(seconds=int(self.config.settings["token_lives_s"]))
        kept = str(reply.get("refresh_token") or refresh_token)
        return Token(str(reply["access_token"]), kept, (yield from now()) + lives)

    def decode_message(self, headers: Mapping[str, str], body: bytes) -> Operation[list[PushMessage]]:
        """Verify and read one message.

        Raises:
            SecurityError: Forged, altered or not signed.
            DecodeError: Signed, and yet no document.
        """
        yield from ()
        told = {name.lower(): value for name, value in headers.items()}
        wire.check_push(self.config, told.get("event-sign"), body)
        document = loads(body)
        if not isinstance(document, Mapping) or not document.get("type"):
            raise DecodeError("a message needs its type", platform="youzan", path="type")
        topic, ident = str(document["type"]), str(document.get("id") or "")
        if document.get("test") is True:
            return []
        ids = (ident,) if ident and topic.lower().startswith("trade") else ()
        name = f"{topic}:{ident}:{document.get('version', '')}:{document.get('status', '')}"
        return [PushMessage(name, topic, str(document["kdt_id"]) if document.get("kdt_id") else None, order_ids=ids)]


def find_documents_of(data: dict[str, Any]) -> list[Any]:
    """The orders of one list reply."""
    return find_documents({"data": data}) if data else []


def _total(data: Mapping[str, Any]) -> int:
    if "total_results" not in data:
        raise DecodeError("the reply does not count its rows", platform="youzan", path="data.total_results")
    return quantity(data["total_results"])


def _tid(row: Any) -> str:
    info = row.get("order_info") if isinstance(row, Mapping) else None
    return str(info.get("tid")) if isinstance(info, Mapping) else repr(row)


def _number(value: str | None) -> int | str | None:
    return int(value) if value is not None and value.isdigit() else value
