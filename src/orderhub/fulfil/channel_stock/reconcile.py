"""What the platforms show against what the ledger lets them show. Imports `flow`, `models`, this package."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from orderhub.errors import OrderHubError
from orderhub.flow.steps import Operation, ask, gather
from orderhub.fulfil.channel_stock.offers import Offer, Offers, find_offers
from orderhub.fulfil.channel_stock.pushing import tell_all
from orderhub.fulfil.channel_stock.queue import enqueue
from orderhub.fulfil.channel_stock.shown import look_up, observe
from orderhub.fulfil.channel_stock.state import ShopState, load_state
from orderhub.fulfil.channel_stock.telling import ShopRun
from orderhub.fulfil.plan import FulfilPlan
from orderhub.inventory.channels import ChannelView
from orderhub.models import Outcome

__all__ = ["Drift", "Reconciliation", "reconcile_stock"]

HEALABLE = frozenset({"shows_more", "shows_less", "not_told"})


@dataclass(frozen=True, slots=True)
class Drift:
    """One listing that does not show what it should.

    Attributes:
        kind: shows_more (may oversell), shows_less, not_told (the platform lists no quantity, and the last figure told
            is another), availability_unknown, sku_unmapped.
        seen: Units the platform shows; None when it does not tell.
        expected: Units it should show; None when nobody knows.
        told, told_at: The last figure that was told, and when (UTC).
        reason: Why the last try failed, if it did.
        healed: What became of telling it again, when that was asked for.
    """

    shop: str
    key: str
    sku: str | None
    kind: str
    seen: int | None
    expected: int | None
    told: int | None = None
    told_at: datetime | None = None
    reason: str | None = None
    healed: Outcome[int] | None = None


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What was compared.

    Attributes:
        version: The ledger's version that was compared with.
        drifts: Listings that differ, those that show too much first.
        agreeing: Listings that show what they should, by shop.
        unseen: Listings whose platform tells no quantity and that were told the right figure, by shop.
        errors: Shops whose listings could not be read.
    """

    version: int
    drifts: tuple[Drift, ...] = ()
    agreeing: Counter[str] = field(default_factory=Counter)
    unseen: Counter[str] = field(default_factory=Counter)
    errors: tuple[Outcome[int], ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every shop was read, and everything agrees or was healed."""
        return not self.errors and all(drift.healed is not None and drift.healed.ok for drift in self.drifts)


def reconcile_stock(
    plan: FulfilPlan, shops: Sequence[str], skus: Sequence[str] | None = None, *, heal: bool = False
) -> Operation[Reconciliation]:
    """Read every listing and compare; pull orders first, so that sales the ledger has not seen are no drift.

    Args:
        shops: Keys of all shops of the hub.
        skus: Only listings of these.
        heal: Tell the right figure again where it differs.
    """
    view = yield from observe(plan, shops, skus)
    only = None if skus is None else frozenset(skus)
    found = yield from gather([partial(_compare, plan, shop, view, only) for shop in shops])
    drifts: list[tuple[Offer, Drift]] = []
    told = Reconciliation(view.version)
    errors: list[Outcome[int]] = []
    for shop, item in zip(shops, found, strict=True):
        if isinstance(item, OrderHubError):
            errors.append(Outcome.failed(shop, item))
        elif isinstance(item, Exception):
            raise item
        else:
            drifts += item.drifts
            told.agreeing[shop] += item.agreeing
            told.unseen[shop] += item.unseen
    healed = (yield from _heal(plan, shops, drifts, view.version)) if heal else {}
    rows = [replace(drift, healed=healed.get((drift.shop, drift.key))) for _, drift in drifts]
    rows.sort(key=lambda drift: (drift.kind != "shows_more", drift.shop, drift.key))
    return replace(told, drifts=tuple(rows), errors=tuple(errors))


@dataclass(slots=True)
class _Compared:
    drifts: list[tuple[Offer, Drift]] = field(default_factory=list)
    agreeing: int = 0
    unseen: int = 0


def _compare(
    plan: FulfilPlan, shop: str, view: ChannelView, only: Collection[str] | None
) -> Operation[_Compared]:  # fmt: skip
    found = _Compared()
    if not (yield from ask(f"shop:{shop}", "has", "push_stock")):
        return found
    offers: Offers = yield from find_offers(plan, shop, refresh=True)
    if offers.error is not None:
        raise offers.error
    state = yield from load_state(shop)
    for offer in offers.rows:
        if only is None or offer.sku in only:
            _judge(found, shop, view, state, offer)
    return found


def _judge(found: _Compared, shop: str, view: ChannelView, state: ShopState, offer: Offer) -> None:
    """Add one listing to what was found."""
    shown, told = look_up(view, shop, offer), state.told(offer.key)
    kind = _kind(offer.quantity, shown.quantity, told.quantity, shown.reason)
    if kind in ("agrees", "unseen"):
        found.agreeing += kind == "agrees"
        found.unseen += kind == "unseen"
    elif kind in HEALABLE or kind in ("availability_unknown", "sku_unmapped"):
        drift = Drift(shop, offer.key, offer.sku, kind, offer.quantity, shown.quantity, told.quantity, told.at,
                      told.reason)  # fmt: skip
        found.drifts.append((offer, drift))


def _kind(seen: int | None, expected: int | None, told: int | None, reason: str | None) -> str:
    if expected is None:
        return reason or ""
    if seen is None:
        return "unseen" if told == expected else "not_told"
    return "agrees" if seen == expected else "shows_more" if seen > expected else "shows_less"


def _heal(
    plan: FulfilPlan, shops: Sequence[str], drifts: Sequence[tuple[Offer, Drift]], version: int
) -> Operation[dict[tuple[str, str], Outcome[int]]]:
    """Tell the right figures again, sold out ones first; they are read from the ledger as they are sent."""
    runs = []
    for shop in dict.fromkeys(drift.shop for _, drift in drifts):
        rows = [(offer, drift.expected, True) for offer, drift in drifts
                if drift.shop == shop and drift.kind in HEALABLE and drift.expected is not None]  # fmt: skip
        yield from enqueue(shop, rows, version)
        run = ShopRun(plan, tuple(shops), shop)
        run.outcomes |= {offer.key: Outcome(False, f"{shop}:{offer.key}", "under_way", value=q) for offer, q, _ in rows}
        runs.append(run)
    yield from tell_all(runs)
    return {(run.shop, key): outcome for run in runs for key, outcome in run.outcomes.items()}
