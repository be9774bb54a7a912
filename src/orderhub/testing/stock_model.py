"""What a stock ledger must answer, in a second reading: obvious rather than fast. Imports `models`.

It shares nothing with the reducer, not even the names of places: it keeps no running sums, and writes names itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, TypeAlias

from orderhub.models.stock import (
    Adjust,
    BackOrder,
    Commit,
    Expire,
    FillBackOrder,
    Move,
    Receive,
    Release,
    Reserve,
    Restock,
    StockCommand,
    StockLine,
    StockTake,
    TransferCancel,
    TransferReceive,
    TransferShip,
    TransferWriteOff,
)

__all__ = ["StockModel", "is_malformed"]

Place: TypeAlias = tuple[str, str]
WITHOUT_LINES = (Commit, Release, Expire, TransferReceive, TransferWriteOff, TransferCancel, FillBackOrder)


@dataclass
class _Promise:
    """One reservation, back-order or transfer of the model; a transfer's units are named by where they go."""

    units: Counter[Place]
    until: datetime | None = None
    state: str = "open"
    origin: str = ""


@dataclass
class StockModel:
    """What a ledger must answer. `verdict` is (ok, reason)."""

    diary: dict[str, tuple[StockCommand, tuple[bool, str | None]]] = field(default_factory=dict)
    promises: dict[str, _Promise] = field(default_factory=dict)
    shelf: Counter[Place] = field(default_factory=Counter)

    def verdict(self, command: StockCommand, now: datetime) -> tuple[bool, str | None]:
        """Carry out `command` at `now`."""
        self.pass_time(now)
        if is_malformed(command):
            return False, "invalid"
        if command.key in self.diary:
            first, told = self.diary[command.key]
            return told if _meaning(first) == _meaning(command) else (False, "key_conflict")
        reason = self._reason_against(command, now)
        self.diary[command.key] = command, (reason is None, reason)
        if reason is None:
            self._carry_out(command)
        return reason is None, reason

    def pass_time(self, now: datetime) -> None:
        """Expire what is due."""
        for promise in self.promises.values():
            if promise.state == "open" and promise.until is not None and promise.until <= now:
                promise.state = "expired"

    def reserved(self, place: Place, besides: str | None = None) -> int:
        """Units that open reservations hold, one of them left out on wish."""
        held = (promise for key, promise in self.promises.items() if promise.state == "open" and key != besides)
        return sum(promise.units[place] for promise in held)

    def unsold(self) -> dict[Place, int]:
        """Units on hand that nobody may sell, by the names of their places: on their way, and defective."""
        found = Counter({place: units for place, units in self.shelf.items() if place[1].startswith("@defective:")})
        for promise in self.promises.values():
            if promise.state == "in_transit":
                for (sku, target), units in promise.units.items():
                    found[sku, f"@transit:{promise.origin}:{target}"] += units
        return dict(+found)

    def _reason_against(self, command: StockCommand, now: datetime) -> str | None:
        match command:
            case Commit(reservation=name, lines=lines):
                return self._unlike(name, "open") or self._beyond(name, lines)
            case Release(reservation=name):
                promise = self.promises.get(name)
                return None if promise and promise.state == "waiting" else self._unlike(name, "open")
            case Move(reservation=name, lines=lines):
                return self._unlike(name, "open") or self._lack(_units(lines), name)
            case Reserve(lines=lines, expires_at=until):
                return "expired" if until is not None and until <= now else self._lack(_units(lines))
            case Adjust(lines=lines):
                return self._lack(-_units(lines))
            case StockTake():
                return self._lack(-self._change(command))
            case TransferShip(lines=lines, reservation=None):
                return self._lack(_units(lines))
            case TransferShip(lines=lines, reservation=str(name)):
                return self._unlike(name, "open") or self._beyond(name, lines)
            case TransferReceive(transfer=name, lines=lines) | TransferWriteOff(transfer=name, lines=lines):
                return self._unlike(name, "in_transit") or self._beyond(name, lines)
            case TransferCancel(transfer=name):
                return self._unlike(name, "in_transit")
            case FillBackOrder(back_order=name, expires_at=until):
                if unlike := self._unlike(name, "waiting"):
                    return unlike
                return "expired" if until is not None and until <= now else self._lack(self.promises[name].units)
        return None

    def _unlike(self, name: str, wanted: str) -> str | None:
        promise = self.promises.get(name)
        if promise is None:
            return "unknown_reservation"
        if promise.state == wanted:
            return None
        if promise.state in ("open", "waiting", "in_transit"):
            return "invalid"
        return "expired" if promise.state == "expired" else "already_resolved"

    def _beyond(self, name: str, lines: Sequence[StockLine] | None) -> str | None:
        return "invalid" if lines and _units(lines) - self.promises[name].units else None

    def _lack(self, wanted: Counter[Place], besides: str | None = None) -> str | None:
        short = any(units > self.shelf[place] - self.reserved(place, besides) for place, units in (+wanted).items())
        return "insufficient_stock" if short else None

    def _change(self, take: StockTake) -> Counter[Place]:
        counted, change = _units(take.lines), Counter[Place]()
        book = self.shelf if take.book is None else _units(take.book)
        for place, units in counted.items():
            change[place] = units - book[place]
        return change

    def _carry_out(self, command: StockCommand) -> None:
        match command:
            case Restock(sellable=False):
                for (sku, warehouse), units in _units(command.lines).items():
                    self.shelf[sku, f"@defective:{warehouse}"] += units
            case Receive() | Restock() | Adjust():
                self.shelf.update(_units(command.lines))
            case StockTake():
                self.shelf.update(self._change(command))
            case Reserve():
                self.promises[command.key] = _Promise(_units(command.lines), command.expires_at)
            case Commit():
                promise = self.promises[command.reservation]
                promise.state = "committed"
                self.shelf.subtract(promise.units if command.lines is None else _units(command.lines))
            case Release():
                self.promises[command.reservation].state = "released"
            case Move():
                self.promises[command.reservation].units = _units(command.lines)
            case TransferShip():
                self._ship(command)
            case TransferReceive(transfer=name, lines=lines) | TransferWriteOff(transfer=name, lines=lines):
                came = Counter(self.promises[name].units if lines is None else _units(lines))
                self._arrive(name, came, "received")
                if isinstance(command, TransferReceive):
                    self.shelf.update(came)
            case TransferCancel(transfer=name):
                back = self.promises[name]
                for (sku, _), units in back.units.items():
                    self.shelf[sku, back.origin] += units
                self._arrive(name, Counter(back.units), "cancelled")
            case BackOrder():
                self.promises[command.key] = _Promise(_units(command.lines), state="waiting")
            case FillBackOrder():
                wish = self.promises[command.back_order]
                wish.state = "filled"
                self.promises[command.key] = _Promise(Counter(wish.units), command.expires_at)
            case _:
                pass

    def _ship(self, command: TransferShip) -> None:
        gone = _units(command.lines)
        self.shelf.subtract(gone)
        if command.reservation is not None:
            self.promises[command.reservation].state = "committed"
        coming = Counter({(sku, command.target): units for (sku, _), units in gone.items()})
        self.promises[command.key] = _Promise(coming, state="in_transit", origin=command.lines[0].warehouse)

    def _arrive(self, name: str, came: Counter[Place], end: str) -> None:
        promise = self.promises[name]
        promise.units = promise.units - came
        if not promise.units:
            promise.state = end


def _units(lines: Sequence[StockLine]) -> Counter[Place]:
    units: Counter[Place] = Counter()
    for line in lines:
        units[line.sku, line.warehouse] += line.quantity
    return units


def _meaning(command: StockCommand) -> tuple[Any, ...]:
    """Equal for two commands that ask for the same."""
    values = {name.name: getattr(command, name.name) for name in fields(command)}
    if isinstance(command, StockTake) and command.book is not None:
        counted, book = _units(command.lines), _units(command.book)
        values["lines"], values["book"] = {place: counted[place] - book[place] for place in counted}, "told"
    elif values.get("lines"):
        values["lines"] = sorted(_units(values["lines"]).items())
    return type(command), values


def is_malformed(command: StockCommand) -> bool:
    """Whether a ledger refuses it before it looks at its key."""
    lines = getattr(command, "lines", None)
    if lines is None:
        lines = () if isinstance(command, WITHOUT_LINES) else None
    elif not lines:
        lines = None
    if not command.key or lines is None:
        return True
    if isinstance(command, StockTake):
        listed = (*lines, *(command.book or ()))
        other = command.book is not None and _units(command.book).keys() != _units(lines).keys()
        return other or any(line.quantity < 0 for line in listed)
    if isinstance(command, TransferShip):
        origins = {line.warehouse for line in lines}
        if len(origins) > 1 or command.target in origins:
            return True
    floor = -(2**31) if isinstance(command, Adjust) else 0
    return any(line.quantity <= floor or not line.quantity for line in lines)
