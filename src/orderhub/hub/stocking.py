"""What a hub does about the quantities its shops show. Imports `fulfil`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from orderhub.flow.steps import Operation, now
from orderhub.fulfil.channel_stock import (
    Reconciliation,
    StockAlert,
    push_stock,
    reconcile_stock,
    stock_alerts,
    stock_outlook,
)
from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.purchasing import expected_goods
from orderhub.hub.rehearsing import rehearse
from orderhub.inventory.velocity import Outlook
from orderhub.models import Outcome

__all__ = ["StockingOperations"]


class StockingOperations:
    """Channel stock, alerts, outlook."""

    shops: tuple[str, ...]

    def current_plan(self) -> Operation[FulfilPlan]:
        """The plan with the SKU rules that were stored since."""
        raise NotImplementedError

    def push_stock(
        self, skus: Sequence[str] | None = None, *, refresh: bool = True, dry_run: bool = False
    ) -> Operation[list[Outcome[int]]]:  # fmt: skip
        """Show every listing what is available now: what is sold out goes first, in every shop.

        Safe to repeat, to interrupt and to run in several processes: no older figure stays after a newer one.

        Args:
            skus: Only listings of these.
            refresh: Read what the platforms show and set right what differs. Without it only what changed since it
                was last told is sent, and nothing is read: for use after every sale.
            dry_run: Tell what would come of it, change nothing.
        Returns:
            One outcome per listing that was told or could not be; `value` is the quantity. Reasons:
            `availability_unknown` and `sku_unmapped` (told no figure, an alert is raised), `under_way` (another
            process is pushing to that shop and takes it over), `ledger_behind` (a figure of a later ledger was told
            before), or the error's name; those are tried again by the next call.
        """
        if dry_run:
            return (yield from rehearse(self.push_stock(skus=skus, refresh=refresh)))
        return (yield from push_stock((yield from self.current_plan()), self.shops, skus, refresh=refresh))

    def reconcile_stock(
        self, *, heal: bool = False, skus: Sequence[str] | None = None, dry_run: bool = False
    ) -> Operation[Reconciliation]:
        """Compare what every listing shows with what it should; `sync` first, so that sales are no drift.

        Args:
            heal: Tell the right figures where they differ.
            skus: Only listings of these.
            dry_run: Tell what would come of it, change nothing.
        """
        if dry_run:
            return (yield from rehearse(self.reconcile_stock(heal=heal, skus=skus)))
        return (yield from reconcile_stock((yield from self.current_plan()), self.shops, skus, heal=heal))

    def stock_alerts(self, *, dry_run: bool = False) -> Operation[list[StockAlert]]:
        """Alerts that are up now, by key; each crossing is told to staff once, through the notifier.

        Args:
            dry_run: Tell what would come of it, change nothing.
        """
        if dry_run:
            return (yield from rehearse(self.stock_alerts()))
        return (yield from stock_alerts((yield from self.current_plan()), self.shops))

    def stock_outlook(
        self, skus: Sequence[str] | None = None, *, days: int = 28, inbound: Mapping[str, int] | None = None
    ) -> Operation[list[Outlook]]:
        """Days of cover, what to buy again and what does not move, from the ledger's movements.

        Args:
            skus: Only these.
            days: Length of the span that sales are counted over.
            inbound: Units ordered and not received yet, by SKU; those of the hub's own purchases when left out.
        """
        if inbound is None:
            inbound = {}
            for row in (yield from expected_goods((yield from now()))):
                inbound[row.sku] = inbound.get(row.sku, 0) + row.units
        return (yield from stock_outlook((yield from self.current_plan()), skus, days=days, inbound=inbound))
