"""Stock as a rehearsal sees it: a ledger in memory that starts where the real one stands. Imports `inventory`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from orderhub.flow.steps import Operation, ask
from orderhub.inventory import open_ledger
from orderhub.models import Receive, Reserve, StockCommand, StockLine, StockOutcome
from orderhub.models.stock import Level, Movement, Reservation, StockSnapshot

__all__ = ["RehearsedStock"]

BATCH = 500


class RehearsedStock:
    """Methods are `stock_method`; until the first command the real ledger is read."""

    def __init__(self) -> None:
        self._ledger: Any = None

    def stock_apply(self, commands: Sequence[StockCommand]) -> Operation[list[StockOutcome]]:
        """Decided by the same reducer. What resolves a reservation that is resolved already has been done before."""
        if self._ledger is None:
            yield from self._open()
        named = {key for one in commands if (key := getattr(one, "reservation", None) or one.key)}
        known: list[Reservation] = yield from ask("stock", "reservations", False, keys=sorted(named))
        over = {one.key for one in known if one.status not in ("open", "waiting")}
        outcomes = []
        for one in commands:
            resolved = (getattr(one, "reservation", None) or one.key) in over
            outcomes.append(StockOutcome(True, one.key) if resolved else self._ledger.apply([one])[0])
        return outcomes

    def stock_snapshot(self, skus: Iterable[str] | None = None) -> Operation[StockSnapshot]:
        """Levels now; the version is never older than the real ledger's."""
        real: StockSnapshot = yield from ask("stock", "snapshot", None if skus is None else list(skus))
        if self._ledger is None:
            return real
        own: StockSnapshot = self._ledger.snapshot(None if skus is None else list(skus))
        return StockSnapshot(max(own.version, real.version), own.levels)

    def stock_levels(self, skus: Iterable[str] | None = None) -> Operation[list[Level]]:
        """As the ledger's."""
        return list((yield from self.stock_snapshot(skus)).levels)

    def stock_level(self, sku: str, warehouse: str) -> Operation[Level]:
        """As the ledger's."""
        if self._ledger is None:
            return (yield from ask("stock", "level", sku, warehouse))  # type: ignore[no-any-return]
        return self._ledger.level(sku, warehouse)  # type: ignore[no-any-return]

    def stock_movements(self, sku: str, warehouse: str) -> Operation[list[Movement]]:
        """Those that happened; a rehearsal adds none."""
        return (yield from ask("stock", "movements", sku, warehouse))  # type: ignore[no-any-return]

    def stock_reservations(self, open: bool = True, **wanted: Any) -> Operation[list[Reservation]]:
        """As the ledger's; what was resolved before is told by the real one."""
        real: list[Reservation] = yield from ask("stock", "reservations", open, **wanted)
        if self._ledger is None:
            return real
        own: list[Reservation] = self._ledger.reservations(open, **wanted)
        there = {one.key for one in own} | {one.key for one in self._ledger.reservations(False)}
        return [*own, *(one for one in real if one.key not in there)]

    def _open(self) -> Operation[None]:
        snapshot: StockSnapshot = yield from ask("stock", "snapshot", None)
        held: list[Reservation] = yield from ask("stock", "reservations")
        self._ledger = open_ledger("memory:")
        rows = [StockLine(one.sku, one.warehouse, one.on_hand) for one in snapshot.levels if one.on_hand > 0]
        commands: list[StockCommand] = [
            Receive(f"rehearsal:{at}", tuple(rows[at : at + BATCH])) for at in range(0, len(rows), BATCH)
        ]
        commands += [Reserve(one.key, one.lines) for one in held]
        self._ledger.apply(commands)
