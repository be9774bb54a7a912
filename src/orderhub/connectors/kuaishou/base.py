"""The one signed call that every verb of this platform makes. Imports `kit`, `flow`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from orderhub.connectors.kuaishou import wire
from orderhub.errors import RequestRejected, TokenExpired
from orderhub.flow.message import Reply, Request
from orderhub.flow.steps import Operation
from orderhub.kit.operations import ChannelOperations
from orderhub.models.channel import Credentials

__all__ = ["KuaishouBase", "number"]


class KuaishouBase(ChannelOperations):
    """Signs, sends, opens the envelope."""

    def call(
        self, api: str, business: Mapping[str, Any], *, write: bool = False, keyed: bool = False
    ) -> Operation[tuple[Any, str | None]]:
        """Call `api`; answers (its `data`, request id). See `kit.exchange.exchange` for `write` and `keyed`.

        A call without a token, of a shop that never had one, is refused in words that no document tells: a token is
        fetched then.
        """
        sent_at: list[datetime] = []
        bare = [False]

        def build(credentials: Credentials, at: datetime) -> Request:
            sent_at[:], bare[:] = [at], [not credentials.access_token]
            return wire.request(self.config, api, business, credentials, at)

        def opened(reply: Reply) -> tuple[Any, str | None]:
            try:
                return wire.open_envelope(api, reply, *sent_at)
            except RequestRejected as error:
                if not bare[0]:
                    raise
                raise TokenExpired(error.message, platform="kuaishou", code=error.code) from None

        return (yield from self.exchange(api, build, opened, write=write, keyed=keyed))  # type: ignore[no-any-return]


def number(ident: str) -> int | str:
    """An id as the wire has it: int64 where it is digits."""
    return int(ident) if ident.isascii() and ident.isdecimal() else ident
