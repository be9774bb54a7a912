"""A shop as a hub's operations ask it: its verbs, and its own world for whole operations. Imports `kit`, `flow`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.flow.steps import Emit
from orderhub.kit.json import loads
from orderhub.kit.verbs import CHANNEL_VERBS

__all__ = ["ShopPort"]


class ShopPort:
    """A shop as the hub's operations see it: its verbs, and its own world for whole operations."""

    def __init__(self, face: Any, ports: Mapping[str, Any]) -> None:
        face.world.services.ports.update(ports)
        self._face = face

    def run(self, make: Any) -> Any:
        """Run `make(operations)` in the shop's own world; a value, or an awaitable in the async one."""
        return self._face.world.run(make(self._face.ops))

    def has(self, verb: str) -> bool:
        """Whether the platform offers `verb`."""
        needs = CHANNEL_VERBS[verb].needs or verb
        return getattr(self._face.ops, needs, None) is not None

    def decoder(self) -> Any:
        """Kept bytes to a page as today's tables read them, without any call; None where the connector cannot."""
        decode = self._face.connector.decode
        return None if decode is None else lambda raw: decode(loads(raw), self._face.ops.config)

    def expires_at(self) -> Any:
        """When the access token lapses."""
        return self._face.credentials_expire_at

    def app(self) -> tuple[str, str]:
        """What a message channel belongs to: the platform and the app's key."""
        return self._face.platform, self._face.ops.config.app.app_key

    def names(self) -> frozenset[str]:
        """What the shop may be called in messages: its id, what the token tells of the account, its settings."""
        config, token = self._face.ops.config, self._face.world.services.box.current.token
        told = (*(token.account.values() if token else ()), *config.settings.values())
        return frozenset({config.shop_id, *(value for value in told if isinstance(value, str) and value)})

    def rows(self, verb: str) -> Any:
        """Every item of a streaming verb as a list."""
        return self._face.world.run(_drained(getattr(self._face.ops, verb)()))

    def __getattr__(self, verb: str) -> Any:
        return getattr(self._face, verb)


def _drained(operation: Any) -> Any:
    """Run a streaming operation, keeping what it emits instead of handing it out."""
    found: list[Any] = []
    answer: Any = None
    failure: BaseException | None = None
    try:
        while True:
            try:
                step = operation.throw(failure) if failure else operation.send(answer)
            except StopIteration:
                return found
            answer, failure = None, None
            if isinstance(step, Emit):
                found += [item for page in step.batch for item in page.items]
                continue
            try:
                answer = yield step
            except Exception as error:  # goes back into the operation, which decides
                failure = error
    finally:
        operation.close()
