"""The one signed call that every verb of this platform makes. Imports `kit`, `flow`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.connectors.taobao import wire
from orderhub.flow.steps import Operation
from orderhub.kit.operations import ChannelOperations

__all__ = ["TaobaoBase"]


class TaobaoBase(ChannelOperations):
    """Signs, sends, opens the envelope."""

    def call(
        self, api: str, business: Mapping[str, Any], *, write: bool = False, keyed: bool = False
    ) -> Operation[dict[str, Any]]:
        """Call `api`; answers the inside of its envelope. See `kit.exchange.exchange` for `write` and `keyed`."""
        return (  # type: ignore[no-any-return]
            yield from self.exchange(
                api,
                lambda credentials, at: wire.request(self.config, api, business, credentials, at),
                lambda reply: wire.open_envelope(api, reply),
                write=write,
                keyed=keyed,
            )
        )
