"""Transfer orders: from a plan to goods that arrive, with what is on its way always counted. Pure.

Imports `models`, `errors`, this room. Each step answers the new order and the stock commands that go with it, keyed by
the order and the step: applying them again changes nothing. Units leave one warehouse at `ship` and arrive at the
other at `receive`; in between the ledger has them in transit, and what never arrives is written off with a reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from orderhub.errors import ConfigurationError, InventoryError
from orderhub.inventory.transfers import TransferPlan
from orderhub.models.base import Word
from orderhub.models.stock import (
    Release,
    Reserve,
    StockCommand,
    StockLine,
    TransferCancel,
    TransferReceive,
    TransferShip,
    TransferWriteOff,
)

__all__ = ["Inbound", "TransferLine", "TransferOrder", "TransferStatus", "inbound_of", "transfer_orders"]


class TransferStatus(Word):
    """How far a transfer has come."""

    DRAFT = "draft"
    READY = "ready"
    IN_TRANSIT = "in_transit"
    PARTIAL = "partial"
    RECEIVED = "received"
    CANCELLED = "cancelled"


_STEPS: Mapping[str, frozenset[TransferStatus]] = {
    "release": frozenset({TransferStatus.DRAFT}),
    "ship": frozenset({TransferStatus.READY}),
    "receive": frozenset({TransferStatus.IN_TRANSIT, TransferStatus.PARTIAL}),
    "write_off": frozenset({TransferStatus.IN_TRANSIT, TransferStatus.PARTIAL}),
    "cancel": frozenset({TransferStatus.DRAFT, TransferStatus.READY}),
    "turn_back": frozenset({TransferStatus.IN_TRANSIT, TransferStatus.PARTIAL}),
}
"""Step -> the states in which it may be taken."""


@dataclass(frozen=True, slots=True)
class TransferLine:
    """Units of one SKU: asked for, gone, come, turned back, and given up with the reasons why."""

    sku: str
    units: int
    shipped: int = 0
    received: int = 0
    lost: int = 0
    reasons: tuple[str, ...] = ()
    returned: int = 0

    @property
    def in_transit(self) -> int:
        """Gone, and neither come nor given up nor turned back."""
        return self.shipped - self.received - self.lost - self.returned


@dataclass(frozen=True, slots=True)
class TransferOrder:
    """Goods on their way from `origin` to `target`.

    Attributes:
        key: Unique; the keys of its stock commands begin with it.
        lead_days: From leaving until they may be sold there.
        shipped_at: When they left, UTC.
        receipts: How often something arrived.
        losses: How often something was written off.
    """

    key: str
    origin: str
    target: str
    lines: tuple[TransferLine, ...]
    lead_days: int = 0
    status: TransferStatus = TransferStatus.DRAFT
    shipped_at: datetime | None = None
    receipts: int = 0
    losses: int = 0

    def __post_init__(self) -> None:
        skus = {line.sku for line in self.lines}
        if not self.lines or len(skus) < len(self.lines) or any(line.units < 1 for line in self.lines):
            raise ConfigurationError("A transfer needs lines of one unit or more, one a SKU", field="lines")
        if self.origin == self.target:
            raise ConfigurationError("A transfer leads from one warehouse to another one", field="target")

    @property
    def in_transit(self) -> dict[str, int]:
        """SKU -> units on their way."""
        return {line.sku: line.in_transit for line in self.lines if line.in_transit}

    def release(self) -> Step:
        """Hold the units at the origin; ready once the reservation is accepted, which the caller checks.

        Raises:
            InventoryError: Not in a state for it; says which steps are allowed.
        """
        self._check("release")
        lines = tuple(StockLine(line.sku, self.origin, line.units) for line in self.lines)
        return replace(self, status=TransferStatus.READY), (Reserve(self._hold, lines),)

    def ship(self, at: datetime, units: Mapping[str, int] | None = None) -> Step:
        """They leave: on hand at the origin falls, and they are in transit.

        Args:
            at: When, UTC.
            units: SKU -> units that really left, where they are fewer; what stays is free again.
        Raises:
            InventoryError: Not ready.
            ConfigurationError: More than asked for, an unknown SKU, nothing at all.
        """
        self._check("ship")
        sent = self._units(units, {line.sku: line.units for line in self.lines})
        lines = tuple(replace(line, shipped=sent.get(line.sku, 0)) for line in self.lines)
        stock = tuple(StockLine(sku, self.origin, count) for sku, count in sent.items())
        gone = replace(self, lines=lines, status=TransferStatus.IN_TRANSIT, shipped_at=at)
        return gone, (TransferShip(self._way, stock, self.target, self._hold),)

    def receive(self, units: Mapping[str, int] | None = None) -> Step:
        """They arrive, all that is left or some of it: on hand at the target grows.

        Raises:
            InventoryError: Nothing is on its way.
            ConfigurationError: More than is on its way, an unknown SKU, nothing at all.
        """
        self._check("receive")
        came = self._units(units, self.in_transit)
        lines = tuple(replace(line, received=line.received + came.get(line.sku, 0)) for line in self.lines)
        stock = tuple(StockLine(sku, self.target, count) for sku, count in came.items())
        command = TransferReceive(f"{self.key}:receive:{self.receipts + 1}", self._way, stock, f"transfer {self.key}")
        return replace(self, lines=lines, receipts=self.receipts + 1)._moved(), (command,)

    def write_off(self, reason: str, units: Mapping[str, int] | None = None) -> Step:
        """What does not arrive, all that is left or some of it, is given up with a reason: it is in transit no more.

        Raises:
            InventoryError: Nothing is on its way.
            ConfigurationError: No reason, more than is on its way, an unknown SKU.
        """
        self._check("write_off")
        if not reason.strip():
            raise ConfigurationError("A discrepancy needs a reason", field="reason")
        gone = self._units(units, self.in_transit)
        lines = tuple(
            replace(line, lost=line.lost + gone[line.sku], reasons=(*line.reasons, f"{gone[line.sku]}: {reason}"))
            if line.sku in gone
            else line
            for line in self.lines
        )
        stock = tuple(StockLine(sku, self.target, count) for sku, count in gone.items())
        command = TransferWriteOff(f"{self.key}:write_off:{self.losses + 1}", self._way, reason, stock)
        return replace(self, lines=lines, losses=self.losses + 1)._moved(), (command,)

    def turn_back(self, reason: str | None = None) -> Step:
        """After it left: what is still on its way goes back to the origin, and is on hand there again.

        Raises:
            InventoryError: Nothing is on its way.
        """
        self._check("turn_back")
        lines = tuple(replace(line, returned=line.returned + line.in_transit) for line in self.lines)
        command = TransferCancel(f"{self.key}:turn_back", self._way, reason)
        return replace(self, lines=lines, status=TransferStatus.CANCELLED), (command,)

    def cancel(self) -> Step:
        """Before anything left: what is held is free again.

        Raises:
            InventoryError: It has left, or is over.
        """
        self._check("cancel")
        held = self.status is TransferStatus.READY
        commands = (Release(f"{self.key}:cancel", self._hold),) if held else ()
        return replace(self, status=TransferStatus.CANCELLED), commands

    @property
    def _hold(self) -> str:
        return f"{self.key}:hold"

    @property
    def _way(self) -> str:
        return f"{self.key}:ship"

    def _check(self, step: str) -> None:
        if self.status not in _STEPS[step]:
            allowed = ", ".join(name for name, states in _STEPS.items() if self.status in states) or "nothing more"
            raise InventoryError(f"Transfer {self.key} is {self.status}: {step} is not possible, {allowed} is")

    def _units(self, units: Mapping[str, int] | None, most: Mapping[str, int]) -> dict[str, int]:
        """What was said, within what is possible; all of it if nothing was said."""
        asked = dict(most) if units is None else {sku: count for sku, count in units.items() if count}
        for sku, count in asked.items():
            if not 0 < count <= most.get(sku, 0):
                raise ConfigurationError(
                    f"Transfer {self.key}: {count} of {sku} is not possible, at most {most.get(sku, 0)}", field="units"
                )
        if not asked:
            raise ConfigurationError(f"Transfer {self.key}: no units are named", field="units")
        return dict(sorted(asked.items()))

    def _moved(self) -> TransferOrder:
        left = any(line.in_transit for line in self.lines)
        return replace(self, status=TransferStatus.PARTIAL if left else TransferStatus.RECEIVED)


Step: TypeAlias = tuple[TransferOrder, tuple[StockCommand, ...]]
"""The order after a step, and the stock commands to apply with it."""


@dataclass(frozen=True, slots=True)
class Inbound:
    """Units that may be sold in `warehouse` from `at` on, UTC; None as long as they have not left."""

    sku: str
    warehouse: str
    units: int
    at: datetime | None


def transfer_orders(plan: TransferPlan, key: str) -> list[TransferOrder]:
    """One draft a lane, keyed `key:origin:target`: the same plan under the same key gives the same orders."""
    lanes: dict[tuple[str, str], list[TransferLine]] = {}
    days: dict[tuple[str, str], int] = {}
    for shift in plan.shifts:
        lane = (shift.origin, shift.target)
        lanes.setdefault(lane, []).append(TransferLine(shift.sku, shift.units))
        days[lane] = shift.lead_days
    return [
        TransferOrder(f"{key}:{origin}:{target}", origin, target, tuple(lines), days[origin, target])
        for (origin, target), lines in sorted(lanes.items())
    ]


def inbound_of(orders: Iterable[TransferOrder]) -> list[Inbound]:
    """What is on its way and what is held for leaving, for availability to promise and for the next plan's cover."""
    found = []
    for order in orders:
        at = None if order.shipped_at is None else order.shipped_at + timedelta(days=order.lead_days)
        is_held = order.status is TransferStatus.READY
        for line in order.lines:
            if units := line.units if is_held else line.in_transit:
                found.append(Inbound(line.sku, order.target, units, at))
    return found
