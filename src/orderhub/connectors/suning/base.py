"""The one signed call that every verb of this platform makes. Imports `kit`, `flow`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.connectors.suning import wire
from orderhub.connectors.suning.reading import LISTS, Part
from orderhub.connectors.suning.spec import NO_RESULT, PAGE_SIZE_MAX, PAGE_SIZE_MIN
from orderhub.errors import DecodeError, NotFound
from orderhub.flow.steps import Operation
from orderhub.kit.operations import ChannelOperations

__all__ = ["SuningBase"]

NOTHING = wire.Answer({}, {})


class SuningBase(ChannelOperations):
    """Signs, sends, opens the envelope."""

    def call(
        self, api: str, business: str, parameters: Mapping[str, Any], *, write: bool = False, keyed: bool = False
    ) -> Operation[wire.Answer]:
        """Call `api` (without `suning.`); answers the inside of its envelope.

        Args:
            business: The name that the parameters stand under.
            write: See `kit.exchange.exchange`; so is `keyed`. The answer's `result` must not say no.
        """
        method = f"suning.{api}"
        answer: wire.Answer = yield from self.exchange(
            method,
            lambda credentials, at: wire.request(self.config, method, business, parameters, credentials, at),
            lambda reply: wire.open_envelope(reply, self.config),
            write=write,
            keyed=keyed,
        )
        return wire.confirmed(answer, business) if write else answer

    def query(self, api: str, business: str, parameters: Mapping[str, Any]) -> Operation[wire.Answer]:
        """`call` for lists: "no result" is an empty answer, not an error."""
        try:
            return (yield from self.call(api, business, parameters))
        except NotFound as error:
            if error.code == NO_RESULT:
                return NOTHING
            raise

    @property
    def page_size(self) -> int:
        """Rows a page, within what the platform takes."""
        return max(PAGE_SIZE_MIN, min(int(self.config.settings["page_size"]), PAGE_SIZE_MAX))

    def read_part(self, part: Part, page: int, size: int | None = None) -> Operation[wire.Answer]:
        """One page of one list."""
        sent = {"startTime": part.start, "endTime": part.end, "orderLineStatus": part.code, "pageNo": page,
                "pageSize": size or self.page_size}  # fmt: skip
        return (yield from self.query(f"custom.{part.name}", LISTS[part.name].business, sent))

    def document_of(self, order_id: str) -> Operation[Mapping[str, Any]]:
        """One native order; raises `NotFound`."""
        answer = yield from self.call("custom.order.get", "orderGet", {"orderCode": order_id})
        rows = answer.rows("orderGet")
        if len(rows) != 1 or not isinstance(rows[0], Mapping):
            raise DecodeError(
                f"expected one order, got {len(rows)} rows", platform="suning", operation="suning.custom.order.get",
                path="orderGet",
            )  # fmt: skip
        return rows[0]
