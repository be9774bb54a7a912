"""The states of a job and what may be done in each: a table, and the refusals that follow from it. Imports `models`.

`planned` parcels are written down and their reservation is asked for; `reserved` ones are reserved for certain;
`labelled` ones have waybills; `shipping` means that the platform is being told; then `shipped`, `committed`, `done`.
`dropping`, `cancelling`, `changing` are under way and go on when they are asked again; `dropped` may start afresh. A
`split` or `merged` order is carried by its parts or by its group; `intercepted` parcels came back before they left.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from orderhub.errors import Conflict
from orderhub.models import Outcome

__all__ = ["COMMANDS", "GUARDS", "OPEN", "STATES", "allowed_in", "refusal"]

STATES = (
    "new", "planned", "reserved", "labelled", "shipping", "shipped", "committed", "done", "dropping", "dropped",
    "cancelling", "cancelled", "changing", "intercepted", "split", "merged",
)  # fmt: skip
"""Every word that a record's state may be."""

COMMANDS = ("fulfil", "cancel", "intercept", "change_address", "split", "merge", "rejoin", "reopen")
"""Every command of people and programs on a job."""

OPEN = frozenset({"planned", "reserved", "labelled"})
"""Stock or waybills are held, and the platform was not told."""

_FREE = {"fulfil", "cancel", "change_address", "split", "merge"}
_HELD = {"fulfil", "cancel", "change_address"}
_SENT = {"fulfil", "intercept"}
_TOGETHER = {"fulfil", "rejoin"}

_ALLOWED: Mapping[str, set[str]] = {
    "new": _FREE, "dropped": _FREE, "planned": _HELD, "reserved": _HELD, "labelled": _HELD,
    "shipping": {"fulfil"}, "shipped": {"fulfil"}, "committed": _SENT, "done": _SENT,
    "dropping": {"fulfil", "cancel"}, "cancelling": {"fulfil", "cancel"}, "cancelled": {"cancel", "reopen"},
    "changing": {"change_address", "cancel"}, "intercepted": set(), "split": _TOGETHER, "merged": _TOGETHER,
}  # fmt: skip

_WHY: Mapping[str, str] = {
    "new": "not_started", "dropped": "not_started", "planned": "stock_reserved", "reserved": "stock_reserved",
    "labelled": "waybill_made", "shipping": "confirmation_under_way", "shipped": "already_shipped",
    "committed": "already_shipped", "done": "already_shipped", "dropping": "withdrawal_under_way",
    "cancelling": "cancel_under_way", "cancelled": "cancelled", "changing": "address_change_under_way",
    "intercepted": "intercepted", "split": "is_split", "merged": "is_merged",
}  # fmt: skip

GUARDS: Mapping[tuple[str, str], str | None] = MappingProxyType({
    (state, command): None if command in _ALLOWED[state] else _WHY[state] for state in STATES for command in COMMANDS
})  # fmt: skip
"""(state, command) -> why it is refused, None where it is allowed."""


def allowed_in(state: str) -> tuple[str, ...]:
    """Commands that are allowed in a state."""
    return tuple(command for command in COMMANDS if GUARDS[state, command] is None)


def refusal(key: str, state: str, command: str, because: str | None = None) -> Outcome[Any]:
    """A refused command: its reason, the state and what is allowed instead.

    Args:
        because: A reason beside the table, e.g. what the platform says.
    """
    reason = because or GUARDS[state, command] or "refused"
    instead = ", ".join(name for name in allowed_in(state) if name != command) or "nothing"
    told = f"{command} of {key} is refused: {reason} (state {state}); allowed instead: {instead}"
    return Outcome(False, key, reason, Conflict(told, operation=command, code=reason))
