"""The signed calls that every verb of this platform makes, on either gateway. Imports `kit`, `flow`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.connectors.jd import sp, wire
from orderhub.flow.steps import Operation
from orderhub.kit.operations import ChannelOperations
from orderhub.models.channel import Rate

__all__ = ["JdBase"]


class JdBase(ChannelOperations):
    """Signs, sends, opens the envelope; keeps to the rate that is set."""

    def rates(self) -> Mapping[str, tuple[Rate, ...]]:
        """The rate that is set holds for every operation; JD itself publishes none."""
        rate = self.config.settings["calls_per_second"]
        return {"*": (Rate(float(rate)),)} if rate else {}

    @property
    def is_sp(self) -> bool:
        """Whether the newer gateway is spoken."""
        return bool(self.config.settings["wire"] == "sp")

    @property
    def page_size(self) -> int:
        """Rows a page of order lists."""
        return min(max(int(self.config.settings["page_size"]), 1), 100)

    def call(
        self, method: str, business: Mapping[str, Any], *, write: bool = False, keyed: bool = False, **options: Any
    ) -> Operation[dict[str, Any]]:
        """Call `method` of the classic gateway; answers the inside of its envelope.

        See `kit.exchange.exchange` for `write`, `keyed` and further options.
        """
        return (  # type: ignore[no-any-return]
            yield from self.exchange(
                method,
                lambda credentials, at: wire.request(self.config, method, business, credentials, at),
                lambda reply: wire.open_envelope(method, reply),
                write=write, keyed=keyed, **options,
            )
        )  # fmt: skip

    def rest(
        self, verb: str, path: str, given: Mapping[str, Any], *, family: str = "order", write: bool = False,
        keyed: bool = False,
    ) -> Operation[dict[str, Any]]:  # fmt: skip
        """Call the newer gateway; answers the whole document with `data` inside."""
        name = f"{verb} {path}"
        return (  # type: ignore[no-any-return]
            yield from self.exchange(
                name,
                lambda credentials, at: sp.request(self.config, verb, path, given, credentials, at),
                lambda reply: sp.open_reply(family, reply),
                write=write, keyed=keyed,
            )
        )  # fmt: skip
