"""Callbacks of the platform: proof, envelope, what they name. Pure; imports `kit`, `flow`.

The signature stands in the address, over token, time and nonce; the body is not part of it. A message means "read this
again", so that a forged body costs a read and nothing more. Source: docs/platforms/wechat.md#push.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from orderhub.connectors.wechat.base import WechatBase
from orderhub.connectors.wechat.spec import EVENTS
from orderhub.connectors.wechat.wire import check_callback, push_tokens
from orderhub.errors import DecodeError
from orderhub.flow.steps import Operation
from orderhub.kit.convert import epoch_s, masked
from orderhub.kit.json import loads
from orderhub.models.channel import PushMessage

__all__ = ["PushVerbs", "echo"]

QUERY = "x-query-string"
_SIGNED = ("signature", "timestamp", "nonce")


class PushVerbs(WechatBase):
    """Push messages."""

    def check_address(self, query: str) -> str:
        """What the ready-made ASGI app answers when the platform tries the address; raises `SecurityError`."""
        return echo(push_tokens(self.config), _query(query))

    def decode_message(self, headers: Mapping[str, str], body: bytes) -> Operation[list[PushMessage]]:
        """One callback. `headers` carries the address's query under `x-query-string`, or its three values by name.

        Raises:
            SecurityError: Not signed with `push_token`.
            DecodeError: Not a JSON event; encrypted ones (safe mode) are not read.
        """
        yield from ()
        told = _told(headers)
        check_callback(push_tokens(self.config), told)
        document = loads(body)
        if not isinstance(document, Mapping) or document.get("Encrypt"):
            raise DecodeError("not a plain JSON event: switch the callback to plain mode", platform="wechat")
        if document.get("MsgType") != "event":
            raise DecodeError("not an event", platform="wechat", path="MsgType", value=masked(document.get("MsgType")))
        return [_message(document, _second(told.get("timestamp")))]


def _query(text: str) -> dict[str, str]:
    return dict(parse_qsl(text, keep_blank_values=True))


def echo(push_token: str | Sequence[str], query: Mapping[str, str]) -> str:
    """What a host answers to the check of its address (GET): the `echostr`, once the signature is good.

    Args:
        push_token: The token, or all that may have signed while it is being changed.
    Raises:
        SecurityError: Not signed with `push_token`.
    """
    check_callback((push_token,) if isinstance(push_token, str) else push_token, query)
    return query.get("echostr", "")


def _told(headers: Mapping[str, str]) -> dict[str, str]:
    lower = {name.lower(): value for name, value in headers.items()}
    return {**{name: lower[name] for name in _SIGNED if name in lower}, **_query(lower.get(QUERY, ""))}


def _second(value: str | None) -> datetime | None:
    try:
        return epoch_s(value)
    except ValueError:
        return None


def _message(document: Mapping[str, Any], signed_at: datetime | None) -> PushMessage:
    """An event that no document lists names nothing, and is passed on with its word.

    Its time is the signed one of the address: what the body tells might be anybody's.
    """
    event = str(document.get("Event") or "")
    place, about = EVENTS.get(event, ("", ""))
    inside = document.get(place)
    named: Mapping[str, Any] = inside if isinstance(inside, Mapping) else {}
    order, case = _id(named, "order_id"), _id(named, "after_sale_order_id") if about == "aftersale" else None
    if place and not (order or case):
        raise DecodeError(f"the event names no {about}", platform="wechat", path=place)
    at = document.get("CreateTime")
    return PushMessage(
        message_id=":".join(str(part) for part in (event, case or order or "-", at)), topic=event,
        shop_hint=_id(document, "ToUserName"), order_ids=(order,) if order else (),
        refund_ids=(case,) if case else (), sent_at=signed_at or (epoch_s(at) if at not in (None, "") else None),
    )  # fmt: skip


def _id(document: Mapping[str, Any], name: str) -> str | None:
    value = document.get(name)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) and value != "" else None
