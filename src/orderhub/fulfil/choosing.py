"""The carrier of one parcel: ranked by what is known now, within its share of quotas and splits.

Imports `logistics`, `flow`, `ports`. A share is taken before the choice is written down, kept before the carrier is
asked, and dropped when it refuses; one that is lost in between comes back by itself. What carriers answer is noted, so
that those which are down go last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from orderhub.errors import OrderHubError, StaleVersion
from orderhub.flow.steps import Operation, ask, now
from orderhub.fulfil.plan import FulfilPlan
from orderhub.logistics.health import Health, after, is_failure, read_health, resting, write_health
from orderhub.logistics.selection import Option, Selection, select
from orderhub.logistics.services import Need
from orderhub.logistics.shares import ask_of, told_of
from orderhub.ports import Cursor, Share

__all__ = ["HEALTH", "Turn", "day_of", "drop_share", "keep_share", "note_answer", "rank_carriers", "take_option"]

HEALTH = "carriers:health"
"""The cursor that holds what is known of carriers that fail."""
_ROUNDS = 5


def day_of(plan: FulfilPlan, at: datetime) -> date:
    """The local day of an instant."""
    return at.astimezone(ZoneInfo(plan.selection.zone)).date()


def rank_carriers(plan: FulfilPlan, need: Need) -> Operation[tuple[Selection, Mapping[str, Health]]]:
    """Every option for a parcel as things are, and the carriers that failed last; takes no share."""
    failing: dict[str, Health] = {}
    if plan.selection.failures:
        cursor: Cursor = yield from ask("orders", "get_cursor", HEALTH)
        failing = read_health(cursor.position)
    down = resting(failing, (yield from now())) if failing else {}
    ranked = select(plan.services, need, rules=plan.rules, strategy=plan.strategy, quality=plan.quality, down=down)
    return ranked, failing


@dataclass(frozen=True, slots=True)
class Turn:
    """Whom to ask next: None when nobody is left. `full` are the quotas that are used up."""

    option: Option | None
    selection: Selection
    has_share: bool = False
    full: tuple[str, ...] = ()


def take_option(plan: FulfilPlan, need: Need, ranked: Selection, refused: Sequence[str] = ()) -> Operation[Turn]:
    """The best option that there is a share for, not of carriers that refused; the share of an earlier one moves."""
    policy, parcel_id = plan.selection, need.parcel.parcel_id
    left = ranked.after(refused)
    wanted = ask_of(parcel_id, ranked, need, policy.quotas, policy.splits, refused=refused, hold_s=policy.hold_s)
    if wanted is None:
        if refused:
            yield from drop_share(plan, parcel_id)
        return Turn(left[0] if left else None, ranked)
    (share,) = yield from ask("shares", "take_shares", [wanted])
    found: Share = share
    if found.name is None:
        return Turn(None, ranked, full=found.full)
    led = ranked.led_by(found.name, told_of(found)) if left[0].name != found.name else ranked
    return Turn(next(option for option in left if option.name == found.name), led, has_share=True)


def keep_share(parcel_id: str) -> Operation[bool]:
    """Say that the carrier is being asked now; False when the share came back and may be somebody else's."""
    (kept,) = yield from ask("shares", "keep_shares", [parcel_id])
    return bool(kept)


def drop_share(plan: FulfilPlan, parcel_id: str) -> Operation[None]:
    """Give a parcel's share back: it goes with nobody now."""
    if plan.selection.quotas or plan.selection.splits:
        yield from ask("shares", "drop_shares", [parcel_id])


def note_answer(plan: FulfilPlan, carrier: str, error: OrderHubError | None) -> Operation[None]:
    """Remember whether a carrier answered; racing notes lose nothing that matters."""
    if not plan.selection.failures:
        return
    for _ in range(_ROUNDS):
        cursor: Cursor = yield from ask("orders", "get_cursor", HEALTH)
        known = read_health(cursor.position)
        if carrier not in known and not is_failure(error):
            return
        policy = plan.selection
        found = after(
            known.pop(carrier, None), error, (yield from now()), failures=policy.failures,
            rest_minutes=policy.rest_minutes,
        )  # fmt: skip
        if found is not None:
            known[carrier] = found
        try:
            yield from ask("orders", "put_cursor", cursor, write_health(known))
            return
        except StaleVersion:
            continue
