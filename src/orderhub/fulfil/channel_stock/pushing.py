"""One run over all shops: find what has to be told, let it wait, tell it. Imports `flow`, `models`, this package."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import partial

from orderhub.errors import OrderHubError
from orderhub.flow.steps import Operation, ask, gather, now
from orderhub.fulfil.channel_stock.alerting import raise_alerts
from orderhub.fulfil.channel_stock.offers import Offer, Offers, find_offers
from orderhub.fulfil.channel_stock.queue import ALL, FIRST, enqueue
from orderhub.fulfil.channel_stock.shown import look_up, observe
from orderhub.fulfil.channel_stock.state import ShopState, Told, load_state
from orderhub.fulfil.channel_stock.telling import LEDGER_BEHIND, UNDER_WAY, ShopRun, tell_shop
from orderhub.fulfil.plan import FulfilPlan
from orderhub.inventory.channels import ChannelView, Shown
from orderhub.models import Outcome

__all__ = ["push_stock", "tell_all"]


def push_stock(
    plan: FulfilPlan, shops: Sequence[str], skus: Sequence[str] | None = None, *, refresh: bool = True
) -> Operation[list[Outcome[int]]]:
    """Show every listing what is available now: all shops' sold out ones first, then the rest.

    Args:
        shops: Keys of all shops of the hub.
        skus: Only listings of these.
        refresh: Ask the platforms what they offer and show; otherwise go by what was told last, without such calls.
    Returns:
        One outcome per listing that was told or could not be; `value` is the quantity. A shop whose list cannot be
        read has an outcome of its own, and its remembered listings are told all the same.
    """
    able = yield from _able(shops)
    only = None if skus is None else frozenset(skus)
    runs = [ShopRun(plan, tuple(shops), shop) for shop in able]
    view = yield from observe(plan, shops, skus)
    yield from _each(runs, lambda run: _queue(run, view, only, refresh))
    yield from tell_all(runs)
    if unknown := [condition for run in runs for condition in run.unknown]:
        yield from raise_alerts(unknown)
    return [outcome for run in runs for outcome in run.outcomes.values()]


def tell_all(runs: Sequence[ShopRun]) -> Operation[None]:
    """Tell every shop what waits there: what is sold out in all of them before anything else in any."""
    for lanes in (FIRST, ALL):
        yield from _each(runs, partial(tell_shop, lanes=lanes))


def _able(shops: Sequence[str]) -> Operation[list[str]]:
    found = []
    for shop in shops:
        if (yield from ask(f"shop:{shop}", "has", "push_stock")):
            found.append(shop)
    return found


def _each(runs: Sequence[ShopRun], act: Callable[[ShopRun], Operation[None]]) -> Operation[None]:
    """Act at every shop, several at once; one that fails says so and hinders no other."""
    done = yield from gather([partial(act, run) for run in runs])
    for run, failure in zip(runs, done, strict=True):
        if isinstance(failure, OrderHubError):
            run.outcomes[""] = Outcome.failed(run.shop, failure)
        elif isinstance(failure, Exception):
            raise failure


def _queue(run: ShopRun, view: ChannelView, only: Collection[str] | None, refresh: bool) -> Operation[None]:
    """Let wait what differs; what is unknown is not told, and says why."""
    offers = yield from find_offers(run.plan, run.shop, refresh=refresh)
    if offers.error is not None:
        run.outcomes[""] = Outcome.failed(run.shop, offers.error)
    state = yield from load_state(run.shop)
    if state.newest > view.version:  # somebody told more since we looked
        view = yield from observe(run.plan, run.shops, only)
        state = yield from load_state(run.shop)
    at = yield from now()
    rows = []
    for offer in offers.rows:
        if only is None or offer.sku in only:
            rows += _row(run, state, offers, offer, look_up(view, run.shop, offer), at)
    yield from enqueue(run.shop, rows, view.version)


def _row(
    run: ShopRun, state: ShopState, offers: Offers, offer: Offer, shown: Shown, at: datetime
) -> list[tuple[Offer, int, bool]]:  # fmt: skip
    """The row of one listing, or none when nothing has to be told."""
    key, told = f"{run.shop}:{offer.key}", state.told(offer.key)
    if shown.quantity is None:
        run.suppress(offer, shown.reason)
        return []
    if told.version > shown.version:
        run.outcomes[offer.key] = Outcome(False, key, LEDGER_BEHIND, value=told.quantity)
        return []
    seen = offers.is_fresh and offer.quantity != shown.quantity
    force = seen or (state.turn_at is not None and offer.key in state.sending) or told.is_due(at)
    if not force and not _has_changed(run.plan, told, offers, offer, shown.quantity):
        return []
    run.outcomes[offer.key] = Outcome(False, key, UNDER_WAY, value=shown.quantity)
    return [(offer, shown.quantity, force)]


def _has_changed(plan: FulfilPlan, told: Told, offers: Offers, offer: Offer, quantity: int) -> bool:
    """Whether another figure was told last, or none, or the last try failed, or the hook was not told yet."""
    if told.attempts or (plan.delister is not None and (quantity == 0) != told.is_delisted):
        return True
    return told.quantity != quantity and not (offers.is_fresh and offer.quantity == quantity)
