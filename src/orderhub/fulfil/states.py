"""The states of a job, of its parcels, of holds and of assignments: tables that decide. Imports `orders.moves`.

`planned` parcels are written down and their reservation is asked for; `reserved` ones are reserved for certain;
`labelled` ones have waybills; `shipping` means that the platform is being told; then `shipped`, `committed`, `done`.
`dropping`, `cancelling`, `changing` are under way and go on when they are asked again; `dropped` may start afresh. A
`split` or `merged` order is carried by its parts or by its group; `intercepted` parcels came back before they left.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from orderhub.models import Outcome
from orderhub.orders.moves import Machine

__all__ = [
    "ASSIGNMENT", "COMMANDS", "GUARDS", "HOLD", "MACHINES", "OPEN", "ORDER", "SENT", "SHIPMENT", "STATES",
    "WITHDRAWABLE", "allowed_in", "refusal",
]  # fmt: skip

_STATES = {
    "new": "nothing was begun",
    "planned": "parcels are written down, their stock is asked for",
    "reserved": "stock is reserved",
    "labelled": "every parcel has a waybill",
    "shipping": "the platform may have been told",
    "shipped": "the platform knows",
    "committed": "the stock is gone",
    "done": "everybody was told",
    "dropping": "waybills are made void, stock is freed",
    "dropped": "nothing is held any more",
    "cancelling": "the same, for good",
    "cancelled": "never to be shipped",
    "changing": "a new address is under way",
    "intercepted": "the parcels were stopped, their units are back",
    "split": "parts carry the order",
    "merged": "a group carries the order",
}

_COMMANDS = {
    "fulfil": "take it as far as it can go",
    "cancel": "never ship it",
    "intercept": "stop parcels that no courier has taken",
    "change_address": "send it to somebody or somewhere else",
    "split": "send it in parts",
    "merge": "send it together with others",
    "rejoin": "take a split or a merge back",
    "reopen": "take a cancellation back",
}

_CANCEL, _CHANGE = ("cancelling",), ("changing",)
_FREE = {
    "fulfil": ("planned",), "cancel": _CANCEL, "change_address": _CHANGE, "split": ("split",), "merge": ("merged",),
}  # fmt: skip
_MOVES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "new": _FREE,
    "dropped": _FREE,
    "planned": {"fulfil": ("labelled", "new", "dropping"), "cancel": _CANCEL, "change_address": _CHANGE},
    "reserved": {"fulfil": ("labelled", "dropping"), "cancel": _CANCEL, "change_address": _CHANGE},
    "labelled": {"fulfil": ("shipping", "dropping"), "cancel": _CANCEL, "change_address": _CHANGE},
    "shipping": {"fulfil": ("shipped", "dropping")},
    "shipped": {"fulfil": ("committed",)},
    "committed": {"fulfil": ("done",), "intercept": ("intercepted",)},
    "done": {"fulfil": ("done",), "intercept": ("intercepted",)},
    "dropping": {"fulfil": ("dropped",), "cancel": _CANCEL},
    "cancelling": {"fulfil": ("cancelled", "split", "merged"), "cancel": ("cancelled", "split", "merged")},
    "cancelled": {"cancel": ("cancelled",), "reopen": ("dropped",)},
    "changing": {
        "change_address": ("reserved", "dropped", "planned", "labelled", "split", "merged"), "cancel": _CANCEL,
    },
    "intercepted": {"intercept": ("intercepted",)},
    "split": {
        "fulfil": ("split",), "cancel": ("cancelling", "split"), "change_address": _CHANGE, "intercept": ("split",),
        "rejoin": ("dropped",), "reopen": ("split",),
    },
    "merged": {
        "fulfil": ("merged",), "cancel": ("cancelling", "merged", "dropped"),
        "change_address": ("changing", "merged", "dropped"), "intercept": ("merged",), "merge": ("merged",),
        "rejoin": ("dropped",),
    },
}  # fmt: skip

_WHY = {
    "new": "not_started", "dropped": "not_started", "planned": "stock_reserved", "reserved": "stock_reserved",
    "labelled": "waybill_made", "shipping": "confirmation_under_way", "shipped": "already_shipped",
    "committed": "already_shipped", "done": "already_shipped", "dropping": "withdrawal_under_way",
    "cancelling": "cancel_under_way", "cancelled": "cancelled", "changing": "address_change_under_way",
    "intercepted": "intercepted", "split": "is_split", "merged": "is_merged",
}  # fmt: skip

ORDER = Machine("order", _STATES, _COMMANDS, _MOVES, _WHY)
"""An order, a part of one, or a group: what its record says."""

SHIPMENT = Machine(
    "shipment",
    {
        "planned": "its goods are chosen, no carrier was asked",
        "asked": "a carrier was asked and may have made a waybill",
        "labelled": "it has a waybill",
        "telling": "the platform may have been told",
        "sent": "the platform knows its number",
        "withdrawing": "its order is taken back or goes elsewhere",
        "void": "there is no waybill any more; its id is never used again",
        "stopped": "it was stopped before a courier took it, its units are back",
    },
    {
        "label": "ask a carrier for a waybill",
        "confirm": "tell the platform",
        "void": "have the carrier cancel the waybill",
        "stop": "the same for one that was sent, and put its units back",
        "follow": "ask the carrier where it is",
    },
    {
        "planned": {"label": ("labelled", "asked")},
        "asked": {"label": ("labelled", "asked", "planned"), "void": ("void",)},
        "labelled": {"confirm": ("telling",), "void": ("void",)},
        "telling": {"confirm": ("sent",), "follow": ("telling",)},
        "sent": {"stop": ("stopped",), "follow": ("sent",)},
        "withdrawing": {"label": ("withdrawing",), "void": ("void",)},
        "void": {},
        "stopped": {"stop": ("stopped",)},
    },
    {
        "planned": "not_labelled", "asked": "waybill_unknown", "labelled": "waybill_made",
        "telling": "confirmation_under_way", "sent": "already_shipped", "withdrawing": "withdrawal_under_way",
        "void": "waybill_void", "stopped": "intercepted",
    },
)  # fmt: skip
"""One parcel. A carrier that cannot be searched is asked for the waybill again before it is made void."""

HOLD = Machine(
    "hold",
    {"free": "nobody keeps it back", "held": "somebody keeps it back, perhaps for a time"},
    {"hold": "keep it back", "release": "lift the hold"},
    {"free": {"hold": ("held",)}, "held": {"hold": ("held",), "release": ("free",)}},
    {"free": "not_held", "held": "held"},
)
"""The host's own hold of an order."""

ASSIGNMENT = Machine(
    "assignment",
    {
        "unassigned": "nobody was told",
        "told": "a warehouse or a team was told and has not answered",
        "escalated": "those above were told too",
        "acknowledged": "somebody has it",
    },
    {
        "assign": "give it to whom the rules name",
        "acknowledge": "say that somebody has it",
        "escalate": "tell those above",
    },
    {
        "unassigned": {"assign": ("told",)},
        "told": {"assign": ("told",), "acknowledge": ("acknowledged",), "escalate": ("escalated",)},
        "escalated": {"assign": ("told",), "acknowledge": ("acknowledged",), "escalate": ("escalated",)},
        "acknowledged": {"assign": ("told",), "acknowledge": ("acknowledged",)},
    },
    {
        "unassigned": "not_assigned", "told": "not_answered", "escalated": "not_answered",
        "acknowledged": "acknowledged",
    },
)  # fmt: skip
"""Who takes an order."""

MACHINES: Mapping[str, Machine] = MappingProxyType({m.name: m for m in (ORDER, SHIPMENT, HOLD, ASSIGNMENT)})
"""By name; after-sale cases have a table of their own, kind by kind: `orders.aftersales_table`."""

STATES = tuple(ORDER.states)
"""Every word that a record's state may be."""

COMMANDS = tuple(ORDER.commands)
"""Every command of people and programs on a job."""

OPEN = frozenset({"planned", "reserved", "labelled"})
"""Stock or waybills are held, and the platform was not told."""

SENT = frozenset({"committed", "done"})
"""The platform knows, the stock is gone."""

WITHDRAWABLE = OPEN | {"new", "dropped", "dropping", "cancelling", "cancelled", "changing"}
"""Nothing was told to the platform: it can be taken back."""

GUARDS = ORDER.guards
"""(state, command) -> why it is refused, None where it is allowed."""


def allowed_in(state: str) -> tuple[str, ...]:
    """Commands that are allowed in a state."""
    return ORDER.allowed_in(state)


def refusal(key: str, state: str, command: str, because: str | None = None) -> Outcome[Any]:
    """A refused command on a job; see `Machine.refusal`."""
    return ORDER.refusal(key, state, command, because)
