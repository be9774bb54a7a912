"""Who is told, by rules: a notifier before the notifier. Imports `orders`, `rules`, `ports`.

Every message of the hub passes here. A rule may silence it, or send it elsewhere, in other words, as often as it names
receivers; messages that no rule is about go out as they came. Rules in shadow are noted in the order's timeline.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from orderhub.models import Order, Outcome
from orderhub.orders.facts import NOTIFICATION, facts_of_order
from orderhub.ports import Clock, Event, Message, Notifier, OrderQuery
from orderhub.rules import Decision, RuleSet, decide, facts_of

__all__ = ["BUYER", "SILENCED", "RuledNotifier", "decide_notice", "notices"]

BUYER = "buyer"
"""The receiver `buyer` of a rule is whomever the message was for."""
SILENCED = "silenced"


def decide_notice(rules: RuleSet, order: Order | None, event: str, code: str | None, at: Any) -> Decision:
    """What the rules say about one event.

    Args:
        order: None for events that belong to no order; rules that ask for its facts then do not apply.
        event: Name of the message's template.
        code: Of alerts.
    """
    own: Mapping[str, Any] = {"event": event, "code": code}
    facts = facts_of(own) if order is None else facts_of_order(order, at, own)
    return decide(rules, facts, NOTIFICATION)


def notices(decision: Decision, message: Message) -> list[Message]:
    """What is sent in place of a message; silence is stronger than any other effect."""
    if any(one.effect.action == "silence" for one in decision.acts):
        return []
    told = [one.effect.arguments for one in decision.acts if one.effect.action == "tell"]
    return [_other(message, given) for given in told] or [message]


def _other(message: Message, given: Mapping[str, Any]) -> Message:
    to = message.to if given["to"] == BUYER else str(given["to"])
    other = replace(message, to=to, template=str(given["template"]), channel=str(given.get("channel", message.channel)))
    same = (other.to, other.template, other.channel) == (message.to, message.template, message.channel)
    return other if same else replace(other, key=f"{message.key}:{other.channel}:{given['to']}:{other.template}")


class RuledNotifier:
    """`Notifier` that asks the rules first.

    Args:
        inner: What sends.
        stores: Orders and timelines.
    """

    blocks = True
    """It reads the store: an event loop runs it in a thread."""

    def __init__(self, inner: Notifier, rules: RuleSet, stores: Any, clock: Clock) -> None:
        self._inner, self._rules, self._stores, self._clock = inner, rules, stores, clock

    def send(self, messages: Sequence[Message]) -> list[Outcome[None]]:
        """One outcome per message given: `silenced`, or that of the messages in its place, the first that failed."""
        instead = [self._notices(message) for message in messages]
        sent = self._inner.send([one for some in instead for one in some])
        outcomes, at = [], 0
        for message, some in zip(messages, instead, strict=True):
            outcomes.append(_folded(message.key, sent[at : at + len(some)]))
            at += len(some)
        return outcomes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def _notices(self, message: Message) -> list[Message]:
        order = self._order(message)
        code = message.values.get("code")
        decision = decide_notice(self._rules, order, message.template, code, self._clock.now())
        if decision.shadowed and order is not None:
            detail = {"event": message.template, **decision.record()}
            self._stores.put_events([Event(order.key, "would", detail=detail)])
        return notices(decision, message)

    def _order(self, message: Message) -> Order | None:
        keys = tuple(dict.fromkeys(key for key in (message.values.get("order", ""), message.to) if key.count(":") >= 2))
        found: list[Order] = self._stores.find_orders(OrderQuery(keys=keys)) if keys else []
        return found[0] if found else None


def _folded(key: str, outcomes: Sequence[Outcome[None]]) -> Outcome[None]:
    if not outcomes:
        return Outcome(True, key, SILENCED)
    bad = next((outcome for outcome in outcomes if not outcome.ok), None)
    return replace(bad or outcomes[0], key=key)
