"""Taking a turn at one shop and telling it what waits. Imports `flow`, `models`, this package.

The order of steps is what keeps old figures from staying: announce the listings, read the ledger, send, write down.
Whoever decides that nothing has to be sent reads the ledger first and the announcement after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from orderhub.errors import OrderHubError, OutcomeUnknown, StaleVersion, TransportError
from orderhub.flow.steps import Operation, ask, now
from orderhub.fulfil.channel_stock.delist import tell_delister
from orderhub.fulfil.channel_stock.offers import Offer
from orderhub.fulfil.channel_stock.queue import AGAIN, Waiting, done, enqueue_again, next_waiting
from orderhub.fulfil.channel_stock.shown import look_up, observe, unknown
from orderhub.fulfil.channel_stock.state import DOUBT, ShopState, Told, announce, take_turn, write_state
from orderhub.fulfil.plan import FulfilPlan
from orderhub.inventory.alerts import Condition
from orderhub.inventory.channels import ChannelView
from orderhub.models import ListingStock, Outcome

__all__ = ["ShopRun", "tell_shop"]

LEDGER_BEHIND = "ledger_behind"
UNDER_WAY = "under_way"
CROSSED_MAX = 3
"""How often one run takes the turn again after somebody else took it away."""


@dataclass(slots=True)
class ShopRun:
    """One run at one shop.

    Attributes:
        shops: Keys of all shops of the hub; dedicated units depend on them.
        outcomes: By listing key; `value` is the quantity.
        tried: Rows that failed in this run: they wait for the next one.
        is_held: Somebody else pushes to this shop now and will take what waits.
        unknown: What nobody knows the figure of.
    """

    plan: FulfilPlan
    shops: tuple[str, ...]
    shop: str
    outcomes: dict[str, Outcome[int]] = field(default_factory=dict)
    tried: set[tuple[str, str, str]] = field(default_factory=set)
    is_held: bool = False
    unknown: list[Condition] = field(default_factory=list)

    def suppress(self, offer: Offer, reason: str | None) -> None:
        """A listing that gets no figure; it is an outcome only where somebody should know."""
        condition = unknown(self.shop, offer, reason)
        if condition is not None:
            self.unknown.append(condition)
            self.outcomes[offer.key] = Outcome(False, f"{self.shop}:{offer.key}", reason)

    def note(self, levels: Iterable[ListingStock], outcomes: Mapping[str, Outcome[None]]) -> None:
        """Keep what became of listings that were sent."""
        for level in levels:
            got = outcomes[level.key]
            self.outcomes[level.key] = Outcome(
                got.ok, f"{self.shop}:{level.key}", got.reason, got.error, level.quantity
            )


def tell_shop(run: ShopRun, lanes: Sequence[str]) -> Operation[None]:
    """Tell the shop everything that waits in `lanes`, unless somebody else is at it."""
    for _ in range(CROSSED_MAX):
        while (yield from next_waiting(run.shop, lanes, run.tried)):
            state = yield from take_turn(run.shop, (yield from now()))
            run.is_held = state is None
            if state is None:
                return
            try:
                yield from _tell_all(run, lanes, state)
            except StaleVersion:
                run.is_held = True  # the fence moved: go round and see whose turn it is
                break
        else:
            return


def _tell_all(run: ShopRun, lanes: Sequence[str], state: ShopState) -> Operation[None]:
    """Until nothing waits; then the turn is given back."""
    while rows := (yield from next_waiting(run.shop, lanes, run.tried)):
        state = yield from _tell(run, state, list({row.offer.key: row for row in rows}.values()))
    yield from write_state(replace(state, turn_at=None, sending=()))


def _tell(run: ShopRun, state: ShopState, rows: Sequence[Waiting]) -> Operation[ShopState]:
    """One batch: announce, read the ledger, send, write down, forget what is done."""
    begun = yield from now()
    state = state.doubting([row.offer.key for row in rows if row.lane == AGAIN], begun)
    state = yield from announce(state, [row.offer.key for row in rows], begun)
    try:
        view = yield from observe(run.plan, run.shops, {row.offer.sku for row in rows if row.offer.sku})
    except OrderHubError as error:  # without the ledger nothing is told
        return (yield from _give_up(run, state, rows, error))
    sending, standing = _levels(run, state, rows, view)
    outcomes = (yield from _send(run.shop, sending)) if sending else {}
    at = yield from now()
    told = {each.key: _after(state.told(each.key), each, outcomes[each.key], (begun, at)) for each in sending}
    shown = standing + [each for each in sending if outcomes[each.key].ok]
    told |= yield from _delisted(run, {each.key: told.get(each.key, state.told(each.key)) for each in shown}, shown)
    try:
        state = yield from write_state(state.noting(told, at))
    except StaleVersion:
        yield from enqueue_again(run.shop, [row.offer for row in rows if row.offer.key in told], state.cursor.version)
        raise
    run.note(sending, outcomes)
    kept = [row for row in rows if _waits_on(outcomes.get(row.offer.key))]
    run.tried |= {row.name for row in kept}
    yield from done(run.shop, [row for row in rows if row not in kept])
    return state


def _delisted(run: ShopRun, told: Mapping[str, Told], shown: Sequence[ListingStock]) -> Operation[dict[str, Told]]:
    """The host's hook about listings that crossed zero; answers what changes by it."""
    if run.plan.delister is None:
        return {}
    taken, error = yield from tell_delister(run.shop, told, shown)
    if error is not None:
        key = f"{run.shop}:delister"
        run.outcomes[key] = Outcome.failed(key, error)
    return {key: replace(told[key], is_delisted=gone) for key, gone in taken.items()}


def _give_up(
    run: ShopRun, state: ShopState, rows: Sequence[Waiting], error: OrderHubError
) -> Operation[ShopState]:  # fmt: skip
    """The rows wait on; the run goes no further with them."""
    for row in rows:
        run.outcomes[row.offer.key] = Outcome.failed(f"{run.shop}:{row.offer.key}", error)
        run.tried.add(row.name)
    return (yield from write_state(replace(state, sending=())))


def _levels(
    run: ShopRun, state: ShopState, rows: Sequence[Waiting], view: ChannelView
) -> tuple[list[ListingStock], list[ListingStock]]:  # fmt: skip
    """(what has to be sent, sold out listings first; what stands there already); the rest gets its outcome here."""
    sending: list[ListingStock] = []
    standing: list[ListingStock] = []
    for row in rows:
        offer, told = row.offer, state.told(row.offer.key)
        key = f"{run.shop}:{offer.key}"
        shown = look_up(view, run.shop, offer)
        if shown.quantity is None:
            run.suppress(offer, shown.reason)
            continue
        if told.version > view.version:
            run.outcomes[offer.key] = Outcome(False, key, LEDGER_BEHIND, value=told.quantity)
            continue
        level = ListingStock(listing_id=offer.listing_id, platform_sku_id=offer.platform_sku_id,
                             quantity=shown.quantity, version=view.version)  # fmt: skip
        if told.quantity == shown.quantity and not told.attempts and not row.force:
            run.outcomes.setdefault(offer.key, Outcome(True, key, "already_done", value=shown.quantity))
            standing.append(level)
        else:
            sending.append(level)
    return sorted(sending, key=lambda level: (level.quantity > 0, level.key)), standing


def _send(shop: str, levels: Sequence[ListingStock]) -> Operation[dict[str, Outcome[None]]]:
    try:
        found: list[Outcome[None]] = yield from ask(f"shop:{shop}", "push_stock", levels)
    except OrderHubError as error:
        return {level.key: Outcome.failed(level.key, error) for level in levels}
    return {level.key: outcome for level, outcome in zip(levels, found, strict=True)}


def _after(told: Told, level: ListingStock, outcome: Outcome[None], span: tuple[datetime, datetime]) -> Told:
    """What is known of a listing after one try; a doubt ends only when the whole try came after it."""
    begun, at = span
    if outcome.ok:
        doubt = told.doubt_until if told.doubt_until is not None and begun < told.doubt_until else None
        return replace(told, version=level.version, quantity=level.quantity, at=at, attempts=0, reason=None,
                       doubt_until=doubt)  # fmt: skip
    failed = replace(told, attempts=told.attempts + 1, reason=outcome.reason)
    if _is_doubtful(outcome.error):
        return replace(failed, quantity=None, doubt_until=at + DOUBT, version=max(told.version, level.version))
    return failed


def _is_doubtful(error: OrderHubError | None) -> bool:
    """Whether the figure may have arrived, or may arrive yet."""
    return isinstance(error, OutcomeUnknown) or (isinstance(error, TransportError) and error.sent)


def _waits_on(outcome: Outcome[None] | None) -> bool:
    """Whether the row stays in the queue: the next run may succeed with the same figure."""
    if outcome is None or outcome.ok:
        return False
    return _is_doubtful(outcome.error) or outcome.error is None or outcome.error.retryable
