"""What each listing of a shop was last told, and whose turn it is to tell: one cursor a shop. Imports `flow`, `ports`.

The cursor's version is the fence: of two that push to one shop, only one can write down what it did, and the other
learns that its figures may have crossed. Holds ids, numbers and error words, never personal data.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from orderhub.flow.steps import Operation, ask
from orderhub.ports import Cursor

__all__ = ["DOUBT", "TURN", "ShopState", "Told", "announce", "load_state", "take_turn", "write_state"]

TURN = timedelta(minutes=2)
"""After so long without a sign of life somebody else may go on; a slow one that comes back finds its fence moved."""
DOUBT = timedelta(minutes=2)
"""How long a request whose reply was lost may still arrive; then the figure is sent once more."""


@dataclass(frozen=True, slots=True)
class Told:
    """What one listing was last told.

    Attributes:
        version: The ledger's version of the figure.
        quantity: Units; None when nobody knows whether the last figure arrived.
        at: When it was told; UTC, None before the first success.
        attempts, reason: Failures since then, and the last one's word.
        doubt_until: A request may still be under way until then.
        is_delisted: Whether the delister was told that it is sold out.
    """

    version: int = 0
    quantity: int | None = None
    at: datetime | None = None
    attempts: int = 0
    reason: str | None = None
    doubt_until: datetime | None = None
    is_delisted: bool = False

    def is_due(self, now: datetime) -> bool:
        """Whether a request that was in doubt can arrive no more, so that the figure is to be sent once again."""
        return self.doubt_until is not None and now >= self.doubt_until


_FRESH = Told()


@dataclass(frozen=True, slots=True)
class ShopState:
    """One shop: what was told, and who tells now.

    Attributes:
        rows: What was told, by listing key, as it is kept; only what is asked for is read.
        turn_at: Last sign of life of the one that pushes; None when nobody does.
        sending: Listing keys that it is sending.
    """

    cursor: Cursor
    rows: Mapping[str, list[Any]] = field(default_factory=dict)
    turn_at: datetime | None = None
    sending: tuple[str, ...] = ()

    def told(self, key: str) -> Told:
        """What one listing was last told; nothing at all for one that never was."""
        row = self.rows.get(key)
        return _FRESH if row is None else _told(row)

    def noting(self, told: Mapping[str, Told], turn_at: datetime | None) -> ShopState:
        """With these listings told, and nothing under way."""
        rows = {**self.rows, **{key: _row(each) for key, each in told.items()}}
        return replace(self, rows=rows, turn_at=turn_at, sending=())

    def doubting(self, keys: Iterable[str], now: datetime) -> ShopState:
        """With these listings in doubt: another request for them may still arrive."""
        lost = {key: _row(replace(self.told(key), quantity=None, doubt_until=now + DOUBT)) for key in keys}
        return replace(self, rows={**self.rows, **lost})

    @property
    def newest(self) -> int:
        """The highest version that was told."""
        return max((row[0] for row in self.rows.values()), default=0)


def load_state(shop: str) -> Operation[ShopState]:
    """The state of one shop, empty when nothing was ever pushed there."""
    cursor: Cursor = yield from ask("orders", "get_cursor", f"stock:{shop}")
    if cursor.position is None:
        return ShopState(cursor)
    found = json.loads(cursor.position)
    return ShopState(cursor, found["told"], _instant(found["turn"]), tuple(found["sending"]))


def write_state(state: ShopState) -> Operation[ShopState]:
    """Write it down; raises `StaleVersion` when somebody else took the turn meanwhile."""
    body = {"turn": _text(state.turn_at), "sending": state.sending, "told": state.rows}
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return replace(state, cursor=(yield from ask("orders", "put_cursor", state.cursor, text)))


def take_turn(shop: str, now: datetime) -> Operation[ShopState | None]:
    """The state with the turn taken; None when somebody else has it and is alive.

    What one that fell silent was sending may still arrive, so these listings are told again later. Not written down
    yet: the announcement does that, and finds out if somebody was faster.
    """
    state = yield from load_state(shop)
    if state.turn_at is not None and now < state.turn_at + TURN:
        return None
    return replace(state.doubting(state.sending, now), turn_at=now, sending=())


def announce(state: ShopState, keys: Iterable[str], now: datetime) -> Operation[ShopState]:
    """Say what is going to be sent, before the ledger is read for it; raises `StaleVersion`."""
    return (yield from write_state(replace(state, turn_at=now, sending=tuple(keys))))


def _row(told: Told) -> list[Any]:
    return [told.version, told.quantity, _text(told.at), told.attempts, told.reason, _text(told.doubt_until),
            told.is_delisted]  # fmt: skip


def _told(row: list[Any]) -> Told:
    version, quantity, at, attempts, reason, doubt, delisted = row
    return Told(version, quantity, _instant(at), attempts, reason, _instant(doubt), delisted)


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
