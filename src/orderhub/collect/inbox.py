"""Push messages: verified, written down as "read this again", then read. Operations over ports; imports `kit`, `ports`.

A message is never the truth itself. It becomes a row of a durable to-do list, keyed by order, so that ten messages
about one order cost one call; only then is it acknowledged. Reading takes rows from the list, and a row leaves it
when its order is stored. The poll beside it stays the safety net: both store under the same version law.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from orderhub.errors import ConfigurationError, SecurityError, UnsupportedOperation
from orderhub.flow.steps import Operation, ask, now
from orderhub.models import PushMessage

__all__ = [
    "WINDOW", "PushPlan", "PushReport", "Route", "check_window", "drain_messages", "enqueue", "receive_push",
    "topic_of",
]  # fmt: skip

WINDOW = timedelta(seconds=300)
"""How far a message's own time may be from ours before it counts as replayed."""
WINDOW_MAX = timedelta(days=7)
PULL_MAX = 200
ROUNDS_MAX = 500

Route = Callable[[PushMessage], Sequence[tuple[str, bool]]]
"""message -> shops it may be for, each with whether that is certain."""


@dataclass(frozen=True, slots=True)
class PushPlan:
    """How to take messages of one shop.

    Attributes:
        window: See `WINDOW`; None for a channel that is authenticated as a whole and repeats old messages rightly.
        route: Where one app's channel carries several shops; this shop when left out.
        is_trusted: Whether nobody else could have written what came, though the platform signs nothing.
    """

    shop_key: str
    window: timedelta | None = WINDOW
    route: Route | None = None
    is_trusted: bool = False


@dataclass
class PushReport:
    """What became of one delivery.

    Attributes:
        accepted: Messages written down; they may be acknowledged, as may the others.
        duplicates: Messages seen before.
        refused: Messages whose own time is outside the window.
        shops: Shops with something to read now.
        revoked: Shops whose seller took the authorisation back.
    """

    accepted: int = 0
    duplicates: int = 0
    refused: int = 0
    shops: set[str] = field(default_factory=set)
    revoked: set[str] = field(default_factory=set)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "accepted": self.accepted, "duplicates": self.duplicates, "refused": self.refused,
            "shops": sorted(self.shops), "revoked": sorted(self.revoked),
        }  # fmt: skip


def check_window(window: timedelta) -> timedelta:
    """A tolerance as it was given; raises `ConfigurationError` where it would refuse all, or let any replay pass."""
    if not timedelta(seconds=1) <= window <= WINDOW_MAX:
        raise ConfigurationError("the window of messages is a second to a week", field="message_window_s")
    return window


def topic_of(shop_key: str) -> str:
    """The to-do list of one shop in the outbox."""
    return f"refetch:{shop_key}"


def receive_push(
    channel: Any, plan: PushPlan, headers: Mapping[str, str], body: bytes
) -> Operation[PushReport]:  # fmt: skip
    """Verify a delivery on its raw bytes and write down what it names.

    Raises:
        SecurityError: Forged, or every message in it is outside the replay window; nothing was written.
        DecodeError: Not a message of this platform.
        UnsupportedOperation: The platform signs nothing, so anybody could have written this.
    """
    if not plan.is_trusted and not getattr(channel, "are_messages_signed", True):
        raise UnsupportedOperation(
            "this platform signs no messages, so anybody could have written this one: read them from its own channel, "
            "or say trusted=True for what came by a way that only the platform can write to"
        )
    messages: list[PushMessage] = yield from channel.decode_message(headers, body)
    report = yield from enqueue(plan, messages)
    if messages and report.refused == len(messages):
        raise SecurityError("the message is too old or from the future: taken for a replay")
    return report


def enqueue(plan: PushPlan, messages: Sequence[PushMessage]) -> Operation[PushReport]:
    """Write down what the messages name; messages seen before change nothing."""
    report, at = PushReport(), (yield from now())
    timely = [message for message in messages if _is_timely(message, plan, at)]
    report.refused = len(messages) - len(timely)
    fresh = yield from _fresh(plan.shop_key, timely)
    rows: dict[str, dict[str, str]] = {}
    for message in fresh:
        for shop_key, is_sure in _shops(plan, message):
            rows.setdefault(shop_key, {}).update(_rows(message, is_sure, at))
            (report.revoked if message.is_revocation else report.shops).add(shop_key)
    for shop_key, named in rows.items():
        if named:
            yield from ask("outbox", "put_outbox", topic_of(shop_key), named)
    ids = [message.message_id for message in fresh if message.message_id]
    if ids:
        yield from ask("seen", "first_seen", _scope(plan.shop_key), ids, at)
    report.accepted, report.duplicates = len(fresh), len(timely) - len(fresh)
    return report


def _is_timely(message: PushMessage, plan: PushPlan, at: datetime) -> bool:
    """A message without a time of its own is judged by its id alone."""
    return plan.window is None or message.sent_at is None or abs(at - message.sent_at) <= plan.window


def _fresh(shop_key: str, messages: Sequence[PushMessage]) -> Operation[list[PushMessage]]:
    """Messages not written down before; an id is recorded only once its row is safe."""
    nameless = [message for message in messages if not message.message_id]
    named = list({message.message_id: message for message in messages if message.message_id}.values())
    if not named:
        return nameless
    seen = yield from ask("seen", "is_seen", _scope(shop_key), [message.message_id for message in named])
    return nameless + [message for message, is_known in zip(named, seen, strict=True) if not is_known]


def _scope(shop_key: str) -> str:
    return f"push:{shop_key}"


def _shops(plan: PushPlan, message: PushMessage) -> Sequence[tuple[str, bool]]:
    return plan.route(message) if plan.route else [(plan.shop_key, True)]


def _rows(message: PushMessage, is_sure: bool, at: datetime) -> dict[str, str]:
    """Rows of the to-do list; the instant makes a later message a newer row of the same key."""
    told = {"at": at.isoformat(), "due": at.isoformat(), "tries": 0, "sure": is_sure}
    orders = {f"order:{order_id}": json.dumps({**told, "id": order_id}) for order_id in message.order_ids}
    refunds = {f"refund:{refund_id}": json.dumps({**told, "id": refund_id}) for refund_id in message.refund_ids}
    return orders | refunds


def drain_messages(channel: Any, plan: PushPlan) -> Operation[PushReport]:
    """Fetch what waits on the platform's own channel until it is empty; each batch is confirmed once it is safe."""
    total = PushReport()
    for _ in range(ROUNDS_MAX):
        messages: list[PushMessage] = yield from channel.pull_messages(PULL_MAX)
        if not messages:
            break
        report = yield from enqueue(plan, messages)
        yield from channel.confirm_messages(list(dict.fromkeys(one.message_id for one in messages)))
        total.accepted += report.accepted
        total.duplicates += report.duplicates
        total.refused += report.refused
        total.shops |= report.shops
        total.revoked |= report.revoked
    return total
