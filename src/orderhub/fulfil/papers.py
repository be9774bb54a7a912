"""What labels, packing slips and pick lists of orders say, out of their fulfilment records. Operations over ports.

Imports `logistics.labels`, `fulfil`. Receivers that a platform lends live as long as the run and are never stored.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from orderhub.errors import OrderHubError
from orderhub.flow.steps import Operation, ask
from orderhub.fulfil.jobs import Job
from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.printing import marks_of
from orderhub.fulfil.receivers import lend_receivers
from orderhub.fulfil.record import ParcelRecord, Record, load_record
from orderhub.fulfil.splitting import jobs_of
from orderhub.logistics.labels import (
    Content,
    PickList,
    PrintSettings,
    WaybillLabel,
    can_print,
    label_of,
    pick_list_of,
    slip_of,
)
from orderhub.models import Order, Outcome, PrivacyKind, Recipient
from orderhub.ports import OrderQuery

__all__ = ["Papers", "label_papers", "pick_papers", "slip_papers"]

GONE = frozenset({"dropped", "cancelled", "intercepted"})
"""States of a job whose parcels are not to be packed."""


class Papers:
    """Contents in the order of printing, and what became of each order that was asked for."""

    def __init__(self) -> None:
        self.contents: list[Content] = []
        self.outcomes: list[Outcome[tuple[str, ...]]] = []
        self._parcels: set[str] = set()

    def is_new(self, parcel_id: str) -> bool:
        """Whether a parcel was not printed yet; orders that travel together share theirs."""
        known = parcel_id in self._parcels
        self._parcels.add(parcel_id)
        return not known


def _find(keys: Sequence[str]) -> Operation[dict[str, Order]]:
    found: list[Order] = (yield from ask("orders", "find_orders", OrderQuery(keys=tuple(keys)))) if keys else []
    return {order.key: order for order in found}


def _jobs(plan: FulfilPlan, order: Order) -> Operation[list[tuple[Job, Record]]]:
    """The jobs that carry an order, each with its record; none when a member of its group is not stored."""
    record = yield from load_record(order.key)
    stored = {order.key: order}
    if record.group:
        stored |= yield from _find(record.group)
    pairs = []
    for job in jobs_of(plan, order, record, stored):
        pairs.append((job, record if job.key == order.key else (yield from load_record(job.key))))
    return [(job, kept) for job, kept in pairs if kept.state not in GONE]


def label_papers(plan: FulfilPlan, settings: PrintSettings, keys: Sequence[str]) -> Operation[Papers]:
    """A label for each parcel of some orders that has a carrier's own number.

    Outcomes: `value` is the waybill numbers; reasons are not_found, no_waybill, platform_print (the platform's own
    client prints it) and receiver_hidden.
    """
    papers, stored = Papers(), (yield from _find(keys))
    lent = yield from _lent(plan, stored.values())
    for key in keys:
        order = stored.get(key)
        if order is None:
            papers.outcomes.append(Outcome(False, key, "not_found"))
            continue
        jobs = yield from _jobs(plan, order)
        rows = [(job, row, at, len(record.parcels)) for job, record in jobs for at, row in enumerate(record.parcels, 1)
                if row.waybill_no]  # fmt: skip
        papers.outcomes.append((yield from _labels(plan, settings, papers, order, rows, lent)))
    return papers


def _lent(plan: FulfilPlan, orders: Iterable[Order]) -> Operation[dict[str, Recipient]]:
    """Receivers in the clear by order; those that no platform lends are left out."""
    hidden = [order for order in orders if order.recipient.privacy.kind is not PrivacyKind.CLEAR]
    try:
        return (yield from lend_receivers(plan, hidden))
    except OrderHubError:
        return {}


def _labels(
    plan: FulfilPlan, settings: PrintSettings, papers: Papers, order: Order,
    rows: Sequence[tuple[Job, ParcelRecord, int, int]], lent: Mapping[str, Recipient],
) -> Operation[Outcome[tuple[str, ...]]]:  # fmt: skip
    if not rows:
        return Outcome(False, order.key, "no_waybill")
    if any(row.issuer is not None for _, row, _, _ in rows):
        return Outcome(False, order.key, "platform_print")
    receiver = lent.get(order.key, order.recipient)
    if not can_print(receiver):
        return Outcome(False, order.key, "receiver_hidden")
    for job, row, number, total in rows:
        if papers.is_new(row.parcel_id):
            marks = yield from marks_of(job.order.key, row)
            papers.contents.append(_label(plan, settings, job, row, number, total, receiver, marks))
    return Outcome(True, order.key, value=tuple(row.waybill_no or "" for _, row, _, _ in rows))


def _label(
    plan: FulfilPlan, settings: PrintSettings, job: Job, row: ParcelRecord, number: int, total: int,
    receiver: Recipient, marks: Mapping[str, str],
) -> WaybillLabel:  # fmt: skip
    return label_of(
        job.order, receiver, plan.sender(row.warehouse), settings.rules, carrier=row.carrier or "",
        waybill_no=row.waybill_no or "", lines=row.lines, product=row.product, reference=row.parcel_id, number=number,
        total=total, weight_g=plan.weight_g(row.goods), marks=marks,
    )  # fmt: skip


def slip_papers(plan: FulfilPlan, settings: PrintSettings, keys: Sequence[str]) -> Operation[Papers]:
    """A packing slip for each parcel of some orders; one for all lines of an order that is not planned yet.

    Outcomes: `value` is the parcel ids; the reason not_found.
    """
    papers, stored = Papers(), (yield from _find(keys))
    for key in keys:
        order = stored.get(key)
        if order is None:
            papers.outcomes.append(Outcome(False, key, "not_found"))
            continue
        jobs = yield from _jobs(plan, order)
        rows = [(job, row, at, len(record.parcels)) for job, record in jobs for at, row in enumerate(record.parcels, 1)]
        shop = settings.shops.get(f"{order.platform}:{order.shop_id}", order.shop_id)
        for job, row, number, total in rows:
            if papers.is_new(row.parcel_id):
                made = slip_of(job.order, row.lines, settings.rules, shop=shop, number=number, total=total)
                papers.contents.append(made)
        if not rows:
            whole = plan.mapped(order)
            lines = [(line.line_id, line.quantity) for line in whole.lines]
            papers.contents.append(slip_of(whole, lines, settings.rules, shop=shop))
        papers.outcomes.append(Outcome(True, key, value=tuple(row.parcel_id for _, row, _, _ in rows)))
    return papers


def pick_papers(
    plan: FulfilPlan, keys: Sequence[str], warehouse: str | None, locations: Mapping[str, str]
) -> Operation[Papers]:
    """A pick list per warehouse for the planned parcels of some orders, bundles opened.

    Outcomes: `value` is the warehouses; reasons are not_found, not_planned and other_warehouse.
    """
    papers, stored = Papers(), (yield from _find(keys))
    wanted: dict[str, list[tuple[str, Sequence[tuple[str, int]]]]] = defaultdict(list)
    titles: dict[str, tuple[str, str]] = {}
    for key in keys:
        order = stored.get(key)
        if order is None:
            papers.outcomes.append(Outcome(False, key, "not_found"))
            continue
        jobs = yield from _jobs(plan, order)
        rows = [row for _, record in jobs for row in record.parcels]
        here = [row for row in rows if warehouse is None or row.warehouse == warehouse]
        for row in here:
            if papers.is_new(row.parcel_id):
                wanted[row.warehouse].append((order.key, row.goods))
        for job, _ in jobs:
            titles |= {line.sku: (line.title or "", line.variant or "") for line in job.order.lines if line.sku}
        reason = None if here else "other_warehouse" if rows else "not_planned"
        told = tuple(dict.fromkeys(row.warehouse for row in here))
        papers.outcomes.append(Outcome(bool(here), key, reason, value=told or None))
    papers.contents += [_picks(plan, code, parcels, titles, locations) for code, parcels in sorted(wanted.items())]
    return papers


def _picks(
    plan: FulfilPlan, code: str, parcels: Sequence[tuple[str, Sequence[tuple[str, int]]]],
    titles: Mapping[str, tuple[str, str]], locations: Mapping[str, str],
) -> PickList:  # fmt: skip
    name = next((warehouse.name for warehouse in plan.warehouses if warehouse.code == code and warehouse.name), "")
    skus = {sku for _, goods in parcels for sku, _ in goods}
    bins = {sku: found for sku in skus if (found := locations.get(f"{code}:{sku}", locations.get(sku, "")))}
    return pick_list_of(f"{name} {code}".strip(), parcels, titles=titles, locations=bins)
