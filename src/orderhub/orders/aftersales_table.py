"""Stages of an after-sale case and what may be done in each, kind by kind: one table. Pure; imports `models`.

Stages are the merchant's side of a case: what was decided, where the goods are, what is still owed. The platform's own
word stays in `Refund.status`; `orders.aftersales` reads the stage from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from orderhub.models import RefundKind

__all__ = ["COMMANDS", "GUARDS", "KINDS", "MOVES", "STAGES", "WHY", "WITH_GOODS", "allowed_in"]

STAGES: Mapping[str, str] = MappingProxyType({
    "requested": "the buyer, or a courier, asks; nothing is decided",
    "awaiting_goods": "agreed; the buyer is to send the goods back",
    "returning": "the goods are on their way back",
    "stopping": "the carrier was asked to stop the parcel",
    "received": "the goods are back and were inspected; what the buyer gets is still owed",
    "refunding": "agreed; the money is owed",
    "to_send": "agreed; a parcel is owed",
    "goods_owed": "the buyer has what was due; the goods are still to come",
    "lost": "the goods never came back",
    "done": "nothing is owed by anybody",
    "refused": "the merchant said no",
    "closed": "the buyer took the request back, or time ran out",
    "missed": "the parcel was delivered before it could be stopped",
    "unknown": "the platform's word has no meaning here",
})  # fmt: skip
"""Stage -> what is certain in it."""

COMMANDS: Mapping[str, str] = MappingProxyType({
    "agree": "say yes to the request",
    "refuse": "say no, with a reason; after an inspection with its evidence",
    "withdraw": "the buyer takes the request back",
    "send_back": "the goods have left the buyer: a waybill is known",
    "receive": "goods arrived and were inspected",
    "refund": "the money went to the buyer",
    "send": "the parcel that is owed went to the buyer",
    "lose": "the goods will not come",
    "miss": "the parcel was delivered after all",
    "reopen": "the buyer asks again",
})  # fmt: skip
"""Command -> what happened, or is to be done."""

KINDS = tuple(kind.value for kind in RefundKind)
"""Every kind of case."""

_ASKED = {"refuse": "refused", "withdraw": "closed"}
_AGAIN = {"refused": {"reopen": "requested", "withdraw": "closed"}, "closed": {"reopen": "requested"}}
_LATE = {"receive": "done", "lose": "done"}
_PAID = {"refund": "goods_owed"}
_EITHER = {"refund": "done", "send": "done"}

_RETURN: Mapping[str, Mapping[str, str]] = {
    "requested": {"agree": "awaiting_goods", **_ASKED},
    "awaiting_goods": {"send_back": "returning", "receive": "received", "withdraw": "closed", **_PAID},
    "returning": {"receive": "received", "lose": "lost", **_PAID},
    "received": {"refund": "done", "refuse": "refused"},
    "goods_owed": _LATE,
    "lost": {"receive": "received", "refund": "done", "refuse": "refused"},
    **_AGAIN,
}
_BACK: Mapping[str, str] = {"receive": "received", "lose": "lost", "withdraw": "closed", **_PAID}

MOVES: Mapping[str, Mapping[str, Mapping[str, str]]] = MappingProxyType({
    "refund_only": {
        "requested": {"agree": "refunding", **_ASKED},
        "refunding": {"refund": "done", "withdraw": "closed"},
        **_AGAIN,
    },
    "return_and_refund": _RETURN,
    "exchange": {
        **_RETURN,
        "awaiting_goods": {**_RETURN["awaiting_goods"], "send": "goods_owed"},
        "returning": {**_RETURN["returning"], "send": "goods_owed"},
        "received": {**_EITHER, "refuse": "refused"},
        "lost": {**_RETURN["lost"], "send": "done"},
    },
    "reissue": {
        "requested": {"agree": "to_send", **_ASKED},
        "to_send": {"withdraw": "closed", **_EITHER},
        **_AGAIN,
    },
    "rejected_delivery": {
        "requested": {"agree": "returning", **_ASKED},
        "returning": _BACK,
        "received": _EITHER,
        "goods_owed": _LATE,
        "lost": {"receive": "received", **_EITHER},
        **_AGAIN,
    },
    "intercept": {
        "requested": {"agree": "stopping", "miss": "missed", **_ASKED},
        "stopping": {**_BACK, "miss": "missed"},
        "received": _EITHER,
        "goods_owed": {**_LATE, "miss": "missed"},
        "lost": {"receive": "received", **_EITHER},
        **_AGAIN,
    },
    "unknown": {},
})  # fmt: skip
"""Kind -> stage -> command -> the stage that follows; what is not here is refused."""

WITH_GOODS = frozenset(kind for kind, moves in MOVES.items() if any("receive" in ways for ways in moves.values()))
"""Kinds in which goods come back."""

WHY: Mapping[str, str] = MappingProxyType({
    "requested": "not_decided", "awaiting_goods": "goods_not_sent", "returning": "goods_under_way",
    "stopping": "being_stopped", "received": "goods_are_here", "refunding": "money_owed", "to_send": "parcel_owed",
    "goods_owed": "buyer_has_it", "lost": "goods_lost", "done": "is_done", "refused": "is_refused",
    "closed": "is_closed", "missed": "was_delivered", "unknown": "unknown_status",
})  # fmt: skip
"""Stage -> why a command that is not among its moves is refused in it."""

_ENDS = ("done", "missed", "unknown")
"""Stages that a case of some kind may be in without a move out of them."""


def _why(kind: str, stage: str, command: str) -> str | None:
    moves = MOVES[kind]
    if command in moves.get(stage, {}):
        return None
    if kind == "unknown":
        return "unknown_kind"
    if stage not in moves and stage not in _ENDS:
        return "not_in_this_kind"
    return WHY[stage]


GUARDS: Mapping[tuple[str, str, str], str | None] = MappingProxyType({
    (kind, stage, command): _why(kind, stage, command) for kind in KINDS for stage in STAGES for command in COMMANDS
})  # fmt: skip
"""(kind, stage, command) -> why it is refused, None where it is allowed."""


def allowed_in(kind: str, stage: str) -> tuple[str, ...]:
    """Commands that a case of this kind allows in this stage."""
    return tuple(command for command in COMMANDS if GUARDS[kind, stage, command] is None)
