"""The one signed call that every verb of this platform makes. Imports `kit`, `flow`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orderhub.connectors.pinduoduo import wire
from orderhub.connectors.pinduoduo.spec import TOKENLESS
from orderhub.errors import DecodeError
from orderhub.flow.steps import Operation
from orderhub.kit.convert import quantity, rows_of
from orderhub.kit.operations import ChannelOperations
from orderhub.kit.reading import Paged

__all__ = ["PinduoduoBase", "counted"]


class PinduoduoBase(ChannelOperations):
    """Signs, sends, opens the envelope."""

    def call(
        self, api: str, business: Mapping[str, Any], *, write: bool = False, keyed: bool = False
    ) -> Operation[dict[str, Any]]:
        """Call `api`; answers the inside of its envelope. See `kit.exchange.exchange` for `write` and `keyed`."""
        return (  # type: ignore[no-any-return]
            yield from self.exchange(
                api,
                lambda credentials, at: wire.request(self.config, api, business, credentials, at),
                lambda reply: wire.open_envelope(self.config, api, reply),
                write=write,
                keyed=keyed,
                app=self.config.app if api in TOKENLESS else None,
            )
        )

    @property
    def page_size(self) -> int:
        """Rows a page of lists."""
        return int(self.config.settings["page_size"])

    def paged(self, api: str, query: Mapping[str, Any], rows: str, ident: str, *, has_next: bool = True) -> Paged:
        """A list that is read backwards; with `has_next` the total is only told where it is asked for.

        Args:
            api: The list.
            query: Its parameters, paging left out.
            rows, ident: Names of the list in the reply and of the id in a row.
            has_next: Whether the list knows `use_has_next`.
        """

        def read(page: int, counting: bool) -> Operation[dict[str, Any]]:
            paging: dict[str, Any] = {"page": page, "page_size": self.page_size}
            if has_next:
                paging["use_has_next"] = not counting
            return (yield from self.call(api, {**query, **paging}))

        def name(row: Any) -> str:
            return str(row.get(ident)) if isinstance(row, Mapping) else repr(row)

        return Paged(read, _list_of(rows), counted(rows), name, self.page_size)


def _list_of(name: str) -> Callable[[Mapping[str, Any]], list[Any]]:
    return lambda reply: rows_of(reply.get(name))


def counted(rows: str) -> Callable[[Mapping[str, Any]], int]:
    """Reads `total_count`; a reply that has rows and no count is no reply to build on.

    Raises:
        DecodeError: The count is missing or is no number.
    """

    def total(reply: Mapping[str, Any]) -> int:
        value = reply.get("total_count")
        if value in (None, "") and not rows_of(reply.get(rows)):
            return 0
        try:
            return quantity(value)
        except ValueError as error:
            raise DecodeError(f"total_count: {error}", platform="pinduoduo", path="total_count") from None

    return total
