"""What a hub does to find out whether everything agrees. Imports `fulfil`."""

from __future__ import annotations

from collections.abc import Sequence

from orderhub.flow.steps import Operation, ask
from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.reconciling import Reconciled, reconcile_orders
from orderhub.hub.command import command
from orderhub.hub.rehearsing import rehearse
from orderhub.ports import Event

__all__ = ["ReconcilingCommands", "ReconcilingOperations"]


class ReconcilingOperations:
    """Comparing orders, reservations, shipments and platforms."""

    def current_plan(self) -> Operation[FulfilPlan]:
        """The plan with the SKU rules that were stored since."""
        raise NotImplementedError

    def reconcile(
        self, keys: Sequence[str] | None = None, *, heal: bool = False, platforms: bool = True, dry_run: bool = False
    ) -> Operation[Reconciled]:
        """Compare orders, their records, stock reservations and platforms with each other; list what differs.

        Args:
            keys: Only these orders; all open ones, those of the last week, and those that hold stock when left out.
            heal: Set right what is certain; the rest is for people.
            platforms: Ask the platforms too, one call an order.
            dry_run: With `heal`: tell what would be set right, change nothing.
        Returns:
            Differences by kind, see `orderhub.fulfil.reconciling.DIFFERENCES`.
        """
        if dry_run:
            return (yield from rehearse(self.reconcile(keys, heal=heal, platforms=platforms)))
        plan = yield from self.current_plan()
        found = yield from reconcile_orders(plan, keys, heal=heal, platforms=platforms)
        healed = [one for one in found.differences if one.healed]
        if healed:
            events = [Event(one.key, "healed", detail={"difference": one.kind, "detail": one.detail}) for one in healed]
            yield from ask("marks", "put_events", events)
        return found


class ReconcilingCommands:
    """The same for hubs."""

    reconcile = command(ReconcilingOperations.reconcile)
