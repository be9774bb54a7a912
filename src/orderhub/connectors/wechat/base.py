"""The one call that every verb of this platform makes. Imports `kit`, `flow`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from orderhub.connectors.wechat import wire
from orderhub.connectors.wechat.spec import PAGE_SIZE_MAX
from orderhub.errors import DecodeError, PlatformError
from orderhub.flow.steps import Operation, now
from orderhub.kit.convert import quantity
from orderhub.kit.operations import ChannelOperations
from orderhub.models.channel import Token

__all__ = ["WechatBase"]


class WechatBase(ChannelOperations):
    """Sends, opens the envelope, fetches tokens."""

    def call(
        self, api: str, document: Mapping[str, Any], *, write: bool = False, keyed: bool = False
    ) -> Operation[dict[str, Any]]:
        """Call `api` (the path below `/channels/ec/`); answers the document beside errcode.

        Args:
            write: See `kit.exchange.exchange`; so is `keyed`.
        """
        found: dict[str, Any] = yield from self.exchange(
            api, lambda credentials, at: wire.request(self.config, api, document, credentials),
            lambda reply: wire.open_envelope(reply, self.config), write=write, keyed=keyed,
        )  # fmt: skip
        return found

    @property
    def page_size(self) -> int:
        """Ids a page, within what the platform takes."""
        return max(1, min(int(self.config.settings["page_size"]), PAGE_SIZE_MAX))

    def inside(self, api: str, document: Mapping[str, Any], name: str, what: str) -> Operation[dict[str, Any]]:
        """The object `name` of a detail call; raises `NotFound`, `DecodeError`."""
        try:
            reply = yield from self.call(api, document)
        except PlatformError as error:
            raise wire.missing(error, self.config, what) from None
        found = reply.get(name)
        if not isinstance(found, dict):
            raise DecodeError(f"the reply has no {name}", platform="wechat", operation=api, path=name)
        return found

    def document_of(self, order_id: str) -> Operation[dict[str, Any]]:
        """One native order; raises `NotFound`."""
        told = {"order_id": order_id, "encode_sensitive_info": self.config.settings["sensitive"]}
        return (yield from self.inside("order/get", told, "order", f"order {order_id}"))

    def refresh_token(self, refresh_token: str) -> Operation[Token]:
        """A new access token for the app's own id and secret; there are no refresh tokens.

        Raises:
            AuthError: Id or secret are wrong.
        """
        reply: dict[str, Any] = yield from self.exchange(
            "token", lambda credentials, at: wire.token_request(self.config), wire.open_token, app=self.config.app,
        )  # fmt: skip
        life = reply.get("expires_in")
        until = (yield from now()) + timedelta(seconds=quantity(life)) if life not in (None, "") else None
        return Token(str(reply["access_token"]), refresh_token, until)
