"""The one canonical form of a stock command, and its refusal when malformed. Imports `models`, `places`.

Two commands are the same payload when their canonical forms are equal: same kind, same units per (sku, warehouse)
however they were spread over lines, same reservation, expiry and reason.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from json.encoder import encode_basestring_ascii as _quoted
from typing import Any, TypeAlias

from orderhub.inventory.places import parse_place, transit_place
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
    StockOutcome,
    StockTake,
    TransferCancel,
    TransferReceive,
    TransferShip,
    TransferWriteOff,
)

__all__ = [
    "Lines",
    "Payload",
    "Place",
    "check",
    "check_all",
    "decode_lines",
    "digest",
    "encode_lines",
    "from_us",
    "to_us",
]

Place: TypeAlias = tuple[str, str]
"""(sku, warehouse)."""
Lines: TypeAlias = tuple[tuple[Place, int], ...]
"""Units per place, one entry a place, sorted by place."""
Payload: TypeAlias = tuple[str, Lines, str, "int | None", "str | None"]
"""(kind, lines, reservation, expiry in microseconds since 1970 UTC, reason); what a command lacks is (), "" or None."""
QUANTITY_MAX = 2**31 - 1
NAME_LENGTH_MAX = 255
REASON_LENGTH_MAX = 2000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class _MalformedError(Exception):
    """Carries the message of an `invalid` outcome; never leaves this module."""


def check(command: StockCommand) -> Payload | StockOutcome:
    """The canonical payload, or the `invalid` outcome of a malformed command; anything else than a command is one."""
    try:
        _name("key", command.key)
        return _CANONICAL[type(command)](command)
    except _MalformedError as error:
        return _refused(command, str(error))
    except (AttributeError, KeyError):
        return _refused(command, f"{type(command).__name__} is not a stock command")


def check_all(commands: Sequence[StockCommand]) -> list[Payload | StockOutcome]:
    """`check` of each; what is nearly every command, and well formed, is told without a call of its own."""
    found: list[Payload | StockOutcome] = []
    for command in commands:
        kind, payload = type(command), None
        if kind is Commit or kind is Reserve:
            key = command.key
            if type(key) is str and 0 < len(key) <= NAME_LENGTH_MAX and key.isprintable():
                payload = _plain_commit(command) if kind is Commit else _plain_reserve(command)
        found.append(check(command) if payload is None else payload)
    return found


def _plain_commit(command: Any) -> Payload | None:
    """Of all that is held, by a name that needs no second look."""
    name = command.reservation
    if command.lines is None and type(name) is str and 0 < len(name) <= NAME_LENGTH_MAX and name.isprintable():
        return "commit", (), name, None, None
    return None


def _plain_reserve(command: Any) -> Payload | None:
    """Of one line, without expiry."""
    lines = command.lines
    if command.expires_at is None and type(lines) is tuple and len(lines) == 1 and type(lines[0]) is StockLine:
        (line,) = lines
        try:
            return _one_reserve(line.sku, line.warehouse, line.quantity)
        except (TypeError, _MalformedError):  # something without a hash, or out of bounds; `check` says so
            return None
    return None


def _refused(command: object, message: str) -> StockOutcome:
    key = getattr(command, "key", "")
    return StockOutcome(False, key if isinstance(key, str) else "", "invalid", (), message)


def _name(field: str, text: object) -> str:
    if isinstance(text, str) and 0 < len(text) <= NAME_LENGTH_MAX and (text.isprintable() or _is_storable(text)):
        return text
    raise _MalformedError(f"{field} must be text of 1 to {NAME_LENGTH_MAX} characters without NUL, got {_shown(text)}")


def _is_storable(text: str) -> bool:
    """Lone surrogates and NUL cannot be written to every database."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _shown(value: object) -> str:
    text = ascii(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _units(line: StockLine, is_signed: bool) -> tuple[Place, int]:
    quantity = line.quantity
    if type(quantity) is not int or quantity == 0 or not -QUANTITY_MAX <= quantity <= QUANTITY_MAX:
        raise _MalformedError(f"quantity must be a whole number of 1 to {QUANTITY_MAX}, got {_shown(quantity)}")
    if quantity < 0 and not is_signed:
        raise _MalformedError(f"quantity must be positive, got {quantity}; Adjust takes negative ones")
    return (_name("sku", line.sku), _warehouse(line.warehouse, is_signed)), quantity


def _warehouse(text: object, may_be_defective: bool = False) -> str:
    """A warehouse, or a lot or single unit in one; corrections may name its defective units, too."""
    name = _name("warehouse", text)
    try:
        kind = parse_place(name).kind
    except ValueError as error:
        raise _MalformedError(str(error)) from None
    if kind == "transit" or (kind == "defective" and not may_be_defective):
        raise _MalformedError(f"warehouse must not be a place of {kind} units, got {_shown(name)}")
    return name


@lru_cache(maxsize=1 << 16, typed=True)
def _one_line(sku: str, warehouse: str, quantity: int, is_signed: bool) -> Lines:
    """Most commands have one line, and few lines differ; typed, since True equals 1."""
    return (_units(StockLine(sku, warehouse, quantity), is_signed),)


def _lines(lines: tuple[StockLine, ...], is_signed: bool = False) -> Lines:
    if not isinstance(lines, (tuple, list)) or not lines:
        raise _MalformedError(f"lines must be a tuple of at least one StockLine, got {_shown(lines)}")
    for line in lines:
        if type(line) is not StockLine:
            raise _MalformedError(f"lines must be StockLine(sku, warehouse, quantity), got {_shown(line)}")
    try:
        if len(lines) == 1:
            return _one_line(line.sku, line.warehouse, line.quantity, is_signed)
        units: dict[Place, int] = {}
        for each in lines:
            ((place, quantity),) = _one_line(each.sku, each.warehouse, each.quantity, is_signed)
            units[place] = units.get(place, 0) + quantity
    except TypeError:
        raise _MalformedError(f"sku and warehouse must be text, quantity a whole number, got {_shown(lines)}") from None
    return tuple(sorted(units.items()))


def _reason(text: str | None) -> str | None:
    if text is None:
        return None
    if isinstance(text, str) and len(text) <= REASON_LENGTH_MAX and _is_storable(text):
        return text
    raise _MalformedError(f"reason must be text of at most {REASON_LENGTH_MAX} characters, got {_shown(text)}")


def _instant(value: datetime | None) -> int | None:
    if value is None:
        return None
    if isinstance(value, datetime) and value.utcoffset() is not None:
        return to_us(value)
    raise _MalformedError(f"expires_at must be an aware datetime or None, got {_shown(value)}")


def to_us(instant: datetime) -> int:
    """Whole microseconds since 1970 UTC of an aware instant."""
    return (instant - EPOCH) // MICROSECOND


def from_us(microseconds: int) -> datetime:
    """The aware UTC instant of `to_us`."""
    return EPOCH + timedelta(microseconds=microseconds)


def _receive(command: Receive) -> Payload:
    return "receive", _lines(command.lines), "", None, _reason(command.reason)


def _restock(command: Restock) -> Payload:
    if not isinstance(command.sellable, bool):
        raise _MalformedError(f"sellable must be True or False, got {_shown(command.sellable)}")
    kind = "restock" if command.sellable else "restock_defective"
    return kind, _lines(command.lines), "", None, _reason(command.reason)


def _adjust(command: Adjust) -> Payload:
    if not command.reason:
        raise _MalformedError("reason is required: an adjustment says why")
    return "adjust", _lines(command.lines, is_signed=True), "", None, _reason(command.reason)


def _reserve(command: Reserve) -> Payload:
    return "reserve", _lines(command.lines), "", _instant(command.expires_at), None


@lru_cache(maxsize=1 << 16, typed=True)
def _one_reserve(sku: str, warehouse: str, quantity: int) -> Payload:
    """Most orders have one line and no expiry: they share the form of their line."""
    return "reserve", _one_line(sku, warehouse, quantity, False), "", None, None


def _commit(command: Commit) -> Payload:
    lines = () if command.lines is None else _lines(command.lines)
    return "commit", lines, _name("reservation", command.reservation), None, None


def _release(command: Release) -> Payload:
    return "release", (), _name("reservation", command.reservation), None, None


def _move(command: Move) -> Payload:
    return "move", _lines(command.lines), _name("reservation", command.reservation), None, None


def _expire(command: Expire) -> Payload:
    return "expire", (), "", None, None


def _stock_take(command: StockTake) -> Payload:
    counted, reason = _counted(command.lines), _reason(command.reason)
    if command.book is None:
        return "stock_take", tuple(sorted(counted.items())), "", None, reason
    book = _counted(command.book)
    if book.keys() != counted.keys():
        raise _MalformedError("book must tell the same places as lines")
    change = tuple(sorted((place, units - book[place]) for place, units in counted.items()))
    return "stock_take_change", change, "", None, reason


def _counted(lines: tuple[StockLine, ...]) -> dict[Place, int]:
    """Units found by place, zero too."""
    if not isinstance(lines, (tuple, list)) or not lines:
        raise _MalformedError(f"lines must be a tuple of at least one StockLine, got {_shown(lines)}")
    units: dict[Place, int] = {}
    for line in lines:
        if type(line) is not StockLine or type(line.quantity) is not int or not 0 <= line.quantity <= QUANTITY_MAX:
            raise _MalformedError(f"counted units must be 0 to {QUANTITY_MAX} in a StockLine, got {_shown(line)}")
        place = _name("sku", line.sku), _warehouse(line.warehouse, may_be_defective=True)
        units[place] = units.get(place, 0) + line.quantity
    return units


def _ship(command: TransferShip) -> Payload:
    lines, target = _lines(command.lines), _name("target", command.target)
    ways = {parse_place(place[1]).warehouse for place, _ in lines}
    if len(ways) > 1 or target in ways or parse_place(_warehouse(target)).kind != "storage":
        raise _MalformedError("a transfer leads from one warehouse to another one: one origin, a different target")
    reservation = "" if command.reservation is None else _name("reservation", command.reservation)
    on_the_way = sorted((_on_the_way(place, target), units) for place, units in lines)
    return "transfer_ship", tuple(on_the_way), reservation, None, None


def _on_the_way(place: Place, target: str) -> Place:
    return place[0], transit_place(place[1], parse_place(place[1]).at(target))


def _transfer_receive(command: TransferReceive) -> Payload:
    lines = () if command.lines is None else _lines(command.lines)
    return "transfer_receive", lines, _name("transfer", command.transfer), None, _reason(command.reason)


def _write_off(command: TransferWriteOff) -> Payload:
    if not isinstance(command.reason, str) or not command.reason.strip():
        raise _MalformedError("reason is required: what never comes is written off with one")
    lines = () if command.lines is None else _lines(command.lines)
    return "transfer_write_off", lines, _name("transfer", command.transfer), None, _reason(command.reason)


def _transfer_cancel(command: TransferCancel) -> Payload:
    return "transfer_cancel", (), _name("transfer", command.transfer), None, _reason(command.reason)


def _back_order(command: BackOrder) -> Payload:
    return "back_order", _lines(command.lines), "", None, None


def _fill(command: FillBackOrder) -> Payload:
    return "fill_back_order", (), _name("back_order", command.back_order), _instant(command.expires_at), None


_CANONICAL: dict[type, Callable[..., Payload]] = {
    Receive: _receive,
    Restock: _restock,
    Adjust: _adjust,
    Reserve: _reserve,
    Commit: _commit,
    Release: _release,
    Move: _move,
    Expire: _expire,
    StockTake: _stock_take,
    TransferShip: _ship,
    TransferReceive: _transfer_receive,
    TransferWriteOff: _write_off,
    TransferCancel: _transfer_cancel,
    BackOrder: _back_order,
    FillBackOrder: _fill,
}


@lru_cache(maxsize=1 << 14)
def encode_lines(lines: Lines) -> str:
    """Lines as stable, flat JSON text, `["sku","warehouse",units,...]`."""
    told = (f"{_quoted(sku)},{_quoted(warehouse)},{units}" for (sku, warehouse), units in lines)
    return f"[{','.join(told)}]"


def decode_lines(texts: Sequence[str]) -> list[Lines]:
    """The inverse of `encode_lines`, for many texts in one pass."""
    different = dict.fromkeys(texts)
    parsed = json.loads(f"[{','.join(different)}]")
    found = {text: _lines_of(iter(flat)) for text, flat in zip(different, parsed, strict=True)}
    return [found[text] for text in texts]


def _lines_of(flat: Iterator[Any]) -> Lines:
    return tuple(((sku, warehouse), units) for sku, warehouse, units in zip(flat, flat, flat, strict=True))


def digest(payload: Payload) -> bytes:
    """A 16-byte BLAKE2b of the payload. Names hold no NUL, the reason comes last: no two payloads share a text."""
    kind, lines, reservation, expires_us, reason = payload
    told = "" if reason is None else f"+{reason}"
    text = f"{kind}\0{encode_lines(lines) if lines else ''}\0{reservation}\0{expires_us}\0{told}"
    return blake2b(text.encode(), digest_size=16).digest()
