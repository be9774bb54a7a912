"""The one signed call that every verb of this platform makes, and its lists. Imports `kit`, `flow`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from orderhub.connectors.douyin import wire
from orderhub.connectors.douyin.spec import PAGE_SIZE_MAX
from orderhub.errors import DecodeError, NotFound
from orderhub.flow.steps import Operation
from orderhub.kit.convert import ident, quantity, rows_of
from orderhub.kit.operations import ChannelOperations
from orderhub.kit.reading import Paged
from orderhub.models.channel import Credentials

__all__ = ["DouyinBase", "ceiling"]


def ceiling(instant: datetime) -> datetime:
    """The next whole second, unless it is one."""
    return instant if not instant.microsecond else instant.replace(microsecond=0) + timedelta(seconds=1)


class DouyinBase(ChannelOperations):
    """Signs, sends, opens the envelope."""

    def call(
        self, path: str, parameters: Mapping[str, Any], *, write: bool = False, keyed: bool = False,
        app: Credentials | None = None, base_url: str | None = None,
    ) -> Operation[Any]:  # fmt: skip
        """Call `path`; answers `data`.

        Args:
            write, keyed, app: See `kit.exchange.exchange`.
            base_url: Another server than the shop's.
        """
        address = base_url or self.config.base_url
        return (
            yield from self.exchange(
                path.replace("/", "."),
                lambda credentials, at: wire.request(address, path, parameters, credentials, at),
                wire.open_envelope,
                write=write,
                keyed=keyed,
                app=app,
            )
        )

    def mapping(self, path: str, parameters: Mapping[str, Any], **options: Any) -> Operation[Mapping[str, Any]]:
        """`call` for answers that are an object."""
        data = yield from self.call(path, parameters, **options)
        if not isinstance(data, Mapping):
            raise DecodeError("data is not an object", platform="douyin", operation=path.replace("/", "."), path="data")
        return data

    @property
    def page_size(self) -> int:
        """Rows a page, within what the platform takes."""
        return max(1, min(int(self.config.settings["page_size"]), PAGE_SIZE_MAX))

    @property
    def token_server(self) -> str:
        """Where tokens come from: the server of token_url, on which the platform has two paths."""
        parts = urlsplit(self.config.token_url or self.config.base_url)
        return f"{parts.scheme}://{parts.netloc}"

    def paged(self, path: str, query: Mapping[str, Any], rows: str, name: tuple[str, ...], size: int = 0) -> Paged:
        """A list with pages from 0, newest first, to be read from its end."""
        many = size or self.page_size
        return Paged(
            lambda page, counted: self._page(path, {**query, "page": page - 1, "size": many}),
            lambda reply: rows_of(reply.get(rows)), counted_total, lambda row: _name(row, name), many,
        )  # fmt: skip

    def _page(self, path: str, query: Mapping[str, Any]) -> Operation[dict[str, Any]]:
        return dict((yield from self.mapping(path, query)))

    def document_of(self, order_id: str) -> Operation[Mapping[str, Any]]:
        """One native order; raises `NotFound`."""
        data = yield from self.mapping("order/orderDetail", {"shop_order_id": order_id})
        document = data.get("shop_order_detail")
        if not isinstance(document, Mapping) or not document:
            raise NotFound("the platform shows no such order", platform="douyin", operation="order.orderDetail")
        return document


def counted_total(reply: Mapping[str, Any]) -> int:
    """How many rows a list has in all."""
    try:
        return quantity(reply.get("total"))
    except ValueError as error:
        raise DecodeError(f"total: {error}", platform="douyin", path="data.total") from None


def _name(row: Any, path: tuple[str, ...]) -> str:
    """The id of a row, however deep; a row without one is told by all that it holds."""
    value = row
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    try:
        return ident(value)
    except ValueError:
        return repr(row)
