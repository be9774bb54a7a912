"""Personal data: restricted tokens of v0, roles of 2026-01-01, and what to do without. Imports `kit`, `flow`.

A refusal never stops the orders: they are read without people, a finding says so, and it is tried again after an hour.
Source: docs/platforms/amazon.md#personal-data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from orderhub.connectors.amazon.base import AmazonBase
from orderhub.connectors.amazon.endpoints import ENDPOINTS, RESTRICTED
from orderhub.connectors.amazon.wire import Answer
from orderhub.errors import InvalidParameter, PermissionDenied, TokenExpired
from orderhub.flow.steps import Operation, now
from orderhub.kit.spec import ShopConfig
from orderhub.models.channel import Credentials, Token
from orderhub.models.outcome import Finding
from orderhub.models.status import Severity

__all__ = ["PERSONAL", "PersonalData"]

PERSONAL = ("BUYER", "RECIPIENT")
"""Values of includedData that are personal data."""
_RENEW_AHEAD = timedelta(minutes=5)
_TRY_AGAIN = timedelta(hours=1)


class PersonalData(AmazonBase):
    """Calls that show people where the app may see them."""

    def __init__(self, config: ShopConfig) -> None:
        super().__init__(config)
        self._restricted: Credentials | None = None
        self._without_until: datetime | None = None

    def _wanted(self, at: datetime) -> bool:
        return bool(self.config.settings["personal_data"]) and (
            self._without_until is None or at >= self._without_until
        )

    def included(self, *, people: bool = True) -> Operation[list[str]]:
        """includedData of the next 2026-01-01 call; FULFILLMENT always, since the status stands there."""
        people = self._wanted((yield from now())) and people
        chosen = [str(name) for name in self.config.settings["included_data"]]
        chosen += [] if "FULFILLMENT" in chosen else ["FULFILLMENT"]
        return [name for name in chosen if people or name not in PERSONAL]

    def read_2026(
        self, name: str, query: Mapping[str, Any], path: Mapping[str, str] | None = None
    ) -> Operation[tuple[Answer, Mapping[str, Any], tuple[Finding, ...]]]:
        """A read with people; refused for lack of a role it is done once more without. Tells the query that worked."""
        try:
            return (yield from self.call(name, path=path, query=query)), query, ()
        except PermissionDenied as refused:
            asked: Sequence[str] = query.get("includedData", ())
            rest = [part for part in asked if part not in PERSONAL]
            if len(rest) == len(asked):
                raise
            plain = {**query, "includedData": rest}
            answer = yield from self.call(name, path=path, query=plain)
            self._without_until = (yield from now()) + _TRY_AGAIN
            return answer, plain, (_downgraded(refused),)

    def read_v0(
        self, name: str, *, path: Mapping[str, str] | None = None, query: Mapping[str, Any] | None = None,
        people: bool = True,
    ) -> Operation[tuple[Answer, tuple[Finding, ...]]]:  # fmt: skip
        """A read with a restricted token, or with the plain one where people are not wanted or not allowed."""
        if not people or not self._wanted((yield from now())):
            return (yield from self.call(name, path=path, query=query)), ()
        try:
            return (yield from self._with_restricted(name, path, query)), ()
        except (PermissionDenied, InvalidParameter) as refused:
            if isinstance(refused, InvalidParameter) and refused.operation != _TOKENS:
                raise
            answer = yield from self.call(name, path=path, query=query)
            self._without_until = (yield from now()) + _TRY_AGAIN
            return answer, (_downgraded(refused),)

    def _with_restricted(
        self, name: str, path: Mapping[str, str] | None, query: Mapping[str, Any] | None
    ) -> Operation[Answer]:
        """One call; a restricted token that lapsed is replaced once."""
        token = yield from self._token(None)
        try:
            return (yield from self.call(name, path=path, query=query, app=token))
        except TokenExpired:
            fresh = yield from self._token(token)
            return (yield from self.call(name, path=path, query=query, app=fresh))

    def _token(self, stale: Credentials | None) -> Operation[Credentials]:
        """The restricted token for all reads of orders; generic paths cover every order id."""
        at, kept = (yield from now()), self._restricted
        until = kept.token.expires_at if kept and kept.token else None
        if kept is not None and kept is not stale and until is not None and at < until - _RENEW_AHEAD:
            return kept
        resources = [{"method": "GET", "path": ENDPOINTS[name].path, "dataElements": list(elements)}
                     for name, elements in RESTRICTED.items()]  # fmt: skip
        answer = yield from self.call(_TOKENS, body={"restrictedResources": resources})
        inside = answer.document.get("payload", answer.document)  # an older guide shows an envelope
        until = at + timedelta(seconds=int(inside.get("expiresIn") or 3600))
        app = self.config.app
        self._restricted = Credentials(
            app.app_key, app.app_secret, Token(str(inside["restrictedDataToken"]), None, until)
        )
        return self._restricted


_TOKENS = "tokens.createRestrictedDataToken"


def _downgraded(refused: PermissionDenied | InvalidParameter) -> Finding:
    return Finding(
        code="personal_data_refused", severity=Severity.WARNING, platform="amazon", request_id=refused.request_id,
        message="Amazon refused names and addresses (the app's role is missing or the seller must authorise again); "
        "orders are read without them and cannot be shipped",
    )  # fmt: skip
