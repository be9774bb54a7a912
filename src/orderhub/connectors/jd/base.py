"""The signed calls that every verb of this platform makes, on either gateway. Imports `kit`, `flow`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.connectors.jd import sp, wire
from orderhub.flow.steps import Operation, ask
from orderhub.kit.operations import ChannelOperations
from orderhub.kit.spec import ShopConfig

__all__ = ["JdBase"]


class JdBase(ChannelOperations):
    """Signs, sends, opens the envelope; keeps to the rate that is set."""

    def __init__(self, config: ShopConfig) -> None:
        super().__init__(config)
        self._paced: set[str] = set()

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
        yield from self._pace(method)
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
        yield from self._pace(name)
        return (  # type: ignore[no-any-return]
            yield from self.exchange(
                name,
                lambda credentials, at: sp.request(self.config, verb, path, given, credentials, at),
                lambda reply: sp.open_reply(family, reply),
                write=write, keyed=keyed,
            )
        )  # fmt: skip

    def _pace(self, name: str) -> Operation[None]:
        """Tell the limiter once what this call may do a second; JD itself publishes no figure."""
        rate = self.config.settings["calls_per_second"]
        if rate and name not in self._paced:
            self._paced.add(name)
            yield from ask("limits", "learned", name, float(rate), max(float(rate) * 4, 1.0))
