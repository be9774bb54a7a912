"""The one signed call that every verb of this platform makes. Imports `kit`, `flow`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orderhub.connectors.taobao import wire
from orderhub.flow.steps import Operation
from orderhub.kit.operations import ChannelOperations
from orderhub.kit.reading import Paged

__all__ = ["TaobaoBase"]


class TaobaoBase(ChannelOperations):
    """Signs, sends, opens the envelope."""

    def call(
        self, api: str, business: Mapping[str, Any], *, write: bool = False, keyed: bool = False,
        files: Mapping[str, bytes] | None = None,
    ) -> Operation[dict[str, Any]]:  # fmt: skip
        """Call `api`; answers the inside of its envelope. See `kit.exchange.exchange` for `write` and `keyed`.

        Args:
            files: Parameters that are uploaded; they are not signed.
        """
        return (  # type: ignore[no-any-return]
            yield from self.exchange(
                api,
                lambda credentials, at: wire.request(self.config, api, business, credentials, at, files),
                lambda reply: wire.open_envelope(api, reply),
                write=write,
                keyed=keyed,
            )
        )

    @property
    def page_size(self) -> int:
        """Rows a page of lists."""
        return int(self.config.settings["page_size"])

    def paged(
        self, api: str, query: Mapping[str, Any], rows: Callable[[Any], list[Any]], ident: Callable[[Any], str]
    ) -> Paged:
        """A list that is read backwards; the count comes instead of `has_next` where it is asked for."""
        size = self.page_size

        def read(page: int, counting: bool) -> Operation[dict[str, Any]]:
            paging = {"page_no": page, "page_size": size, "use_has_next": not counting}
            return (yield from self.call(api, {**query, **paging}))

        return Paged(read, rows, lambda reply: int(reply.get("total_results") or 0), ident, size)
