"""The one call that every verb of this platform makes. Imports `kit`, `flow`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.connectors.amazon import wire
from orderhub.connectors.amazon.endpoints import ENDPOINTS
from orderhub.connectors.amazon.marketplaces import marketplace_ids
from orderhub.connectors.amazon.wire import Answer
from orderhub.errors import ConfigurationError
from orderhub.flow.steps import Operation, ask
from orderhub.kit.operations import ChannelOperations
from orderhub.kit.spec import ShopConfig
from orderhub.models.channel import Credentials

__all__ = ["AmazonBase"]


class AmazonBase(ChannelOperations):
    """Builds, sends, opens; learns the rate that replies tell."""

    def __init__(self, config: ShopConfig) -> None:
        super().__init__(config)
        self.marketplaces = marketplace_ids(config.settings["marketplace_ids"])
        wire.base_url(config)  # stores of several regions are refused at once

    def call(
        self, name: str, *, path: Mapping[str, str] | None = None, query: Mapping[str, Any] | None = None,
        body: Any = None, write: bool = False, keyed: bool = False, app: Credentials | None = None,
    ) -> Operation[Answer]:  # fmt: skip
        """Call operation `name`; see `kit.exchange.exchange` for `write`, `keyed` and `app`."""
        answer: Answer = yield from self.exchange(
            name,
            lambda credentials, at: wire.request(
                self.config, name, credentials, at, path=path or {}, query=query or {}, body=body
            ),
            lambda reply: wire.open_reply(name, reply),
            write=write, keyed=keyed, app=app,
        )  # fmt: skip
        if answer.rate_per_s is not None:
            yield from ask("limits", "learned", name, answer.rate_per_s, float(ENDPOINTS[name].burst))
        return answer

    @property
    def seller_id(self) -> str:
        """The merchant token; raises `ConfigurationError` when it was not given."""
        if not (found := self.config.settings["seller_id"]):
            raise ConfigurationError("amazon: seller_id is needed for listings and feeds", platform="amazon")
        return str(found)

    @property
    def stores(self) -> tuple[str, ...]:
        """The marketplaces; raises `ConfigurationError` when none was given."""
        if not self.marketplaces:
            raise ConfigurationError("amazon: marketplace_ids is needed for this", platform="amazon")
        return self.marketplaces
