"""How a hub tells people: milestones that are due, what waited for the morning, receivers' wishes. Imports `notify`.

The channels are those of the `Courier` that the hub was given; see docs/how-to/notifications.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from orderhub.errors import UnsupportedOperation
from orderhub.flow.steps import Operation, ask, now
from orderhub.fulfil.tracking import known_parcels
from orderhub.hub.command import command
from orderhub.hub.rehearsing import rehearse
from orderhub.logistics.incidents import TrackingPolicy
from orderhub.models import Order, Outcome, Refund
from orderhub.notify.ledger import Entry
from orderhub.notify.milestones import milestones
from orderhub.notify.policy import NotifyPolicy
from orderhub.ports import Message, OrderQuery

__all__ = ["NoCourier", "NotifyingCommands", "NotifyingOperations"]

CHUNK = 200


class NoCourier:
    """Stands where a hub has no courier: says so."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise UnsupportedOperation(
            "this hub tells people by a sink without channels; give it notifier=Courier(…)", operation=name
        )


class NotifyingOperations:
    """Commands over messages."""

    tracking_policy: TrackingPolicy
    notify_policy: NotifyPolicy = NotifyPolicy()

    def notify(self, keys: Sequence[str] | None = None, *, dry_run: bool = False) -> Operation[list[Outcome[None]]]:
        """Tell buyers of the milestones of their orders, each once per channel.

        Args:
            keys: Orders; those that changed in the last month when left out; only milestones of the last
                `fresh_hours` of the policy are told.
            dry_run: Tell what would be said, send nothing.
        Returns:
            One outcome per milestone, by the message's key; reasons are those of `notify.Courier.send`.
        """
        if dry_run:
            return (yield from rehearse(self.notify(keys)))
        at = yield from now()
        since = at - timedelta(hours=self.notify_policy.fresh_hours)
        query = OrderQuery(keys=tuple(keys)) if keys is not None else OrderQuery(updated_from=_before(since))
        orders: list[Order] = (yield from ask("orders", "find_orders", query)) if keys is None or keys else []
        outcomes: list[Outcome[None]] = []
        for start in range(0, len(orders), CHUNK):
            messages = yield from self._messages(orders[start : start + CHUNK], since)
            if messages:
                outcomes += yield from ask("notifier", "send", messages)
        return outcomes

    def _messages(self, orders: Sequence[Order], since: Any) -> Operation[list[Message]]:
        parcels = yield from known_parcels(self.tracking_policy, orders)
        keys = [order.key for order in orders]
        cases: list[Refund] = yield from ask("orders", "find_refunds", order_keys=keys)
        found: list[Message] = []
        for order in orders:
            mine = [case for case in cases if f"{case.platform}:{case.shop_id}:{case.order_id}" == order.key]
            found += milestones(order, [one for one in parcels if one.order_key == order.key], mine, since)
        return found

    def deliver_notices(self, *, dry_run: bool = False) -> Operation[list[Outcome[None]]]:
        """Send what waited for the morning; call it every few minutes.

        Args:
            dry_run: Tell which messages are due, send nothing.
        Raises:
            UnsupportedOperation: The hub has no courier; so with the commands below.
        """
        if dry_run:
            return (yield from rehearse(self.deliver_notices()))
        return (yield from ask("courier", "deliver_due"))  # type: ignore[no-any-return]

    def notices(self, message_key: str) -> Operation[dict[str, Entry]]:
        """What became of a message, by channel."""
        return (yield from ask("courier", "entries", message_key))  # type: ignore[no-any-return]

    def settle_notice(
        self, message_key: str, channel: str, *, sent: bool, dry_run: bool = False
    ) -> Operation[Outcome[None]]:
        """Say what became of a message in doubt; reason `not_in_doubt` where it is none."""
        if dry_run:
            return (yield from rehearse(self.settle_notice(message_key, channel, sent=sent)))
        return (yield from ask("courier", "settle", message_key, channel, sent=sent))  # type: ignore[no-any-return]

    def opt_out(
        self, contact: str, channels: Sequence[str] = ("*",), *, dry_run: bool = False
    ) -> Operation[Outcome[None]]:
        """A number or address wants nothing more, from all channels or some. Only its hash is kept."""
        if dry_run:
            return (yield from rehearse(self.opt_out(contact, channels)))
        return (yield from ask("courier", "opt_out", contact, channels))  # type: ignore[no-any-return]

    def opt_in(self, contact: str, *, dry_run: bool = False) -> Operation[Outcome[None]]:
        """It wants messages again."""
        if dry_run:
            return (yield from rehearse(self.opt_in(contact)))
        return (yield from ask("courier", "opt_in", contact))  # type: ignore[no-any-return]

    def consent(
        self, contact: str, purpose: str = "marketing", *, given: bool = True, dry_run: bool = False
    ) -> Operation[Outcome[None]]:
        """It agreed to messages of a purpose, or takes that back."""
        if dry_run:
            return (yield from rehearse(self.consent(contact, purpose, given=given)))
        return (yield from ask("courier", "consent", contact, purpose, given=given))  # type: ignore[no-any-return]


def _before(since: Any) -> Any:
    """Parcels move while their order stays unchanged on the platform: orders of the last weeks are looked at."""
    return since - timedelta(days=30)


class NotifyingCommands:
    """The same for hubs."""

    notify = command(NotifyingOperations.notify)
    deliver_notices = command(NotifyingOperations.deliver_notices)
    notices = command(NotifyingOperations.notices)
    settle_notice = command(NotifyingOperations.settle_notice)
    opt_out = command(NotifyingOperations.opt_out)
    opt_in = command(NotifyingOperations.opt_in)
    consent = command(NotifyingOperations.consent)
