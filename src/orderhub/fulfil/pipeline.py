"""From an audited order to parcels under way: allocate, reserve, waybill, ship, commit, tell. Imports this room.

Each step is idempotent by a key that follows from the order, and the record says which step is next: a run that was
killed anywhere goes on where it stood. A shortage at reserving re-allocates, at most three times; what cannot ship
gives its reservation back; what may have happened is kept and settled by the next run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType

from orderhub.errors import OrderHubError, OutcomeUnknown, StaleVersion
from orderhub.flow.steps import Operation, ask, gather
from orderhub.fulfil.cancelling import cancel_order
from orderhub.fulfil.confirming import confirm
from orderhub.fulfil.entering import Entered, Fulfilled, Result, Serials, enter_all
from orderhub.fulfil.jobs import Job
from orderhub.fulfil.labelling import get_numbers, labelling_of
from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.platform_waybills import Labelling, as_they_are
from orderhub.fulfil.printing import keep_prints
from orderhub.fulfil.receivers import lend_receivers
from orderhub.fulfil.record import ParcelRecord, Record, load_record, save_record
from orderhub.fulfil.reserving import reserve_all
from orderhub.fulfil.spares import clear_spares, may_have_spares
from orderhub.fulfil.splitting import is_torn, jobs_of, load_all
from orderhub.fulfil.states import ORDER, refusal
from orderhub.fulfil.undoing import undo
from orderhub.fulfil.waybills import is_sendable
from orderhub.inventory.bundles import expand
from orderhub.inventory.demand import DemandLine
from orderhub.models import Commit, Order, Outcome, Recipient, StockLine
from orderhub.orders.gifts import with_gifts
from orderhub.orders.merge import SEAM
from orderhub.ports import Message, OrderQuery

__all__ = ["Fulfilled", "fulfil_orders"]

CONCURRENCY = 8
BATCH = 100
"""Jobs whose receivers are asked for together, and live together."""
_UNLABELLED = ("planned", "reserved")


def fulfil_orders(
    plan: FulfilPlan, orders: Sequence[Order], serials: Serials = MappingProxyType({})
) -> Operation[list[Result]]:
    """Take every order as far as it can go; one outcome per order, in order."""
    records = yield from load_all(order.key for order in orders)
    stored = yield from _stored(orders, records)
    jobs: dict[str, list[Job]] = {}
    results: dict[str, Result] = {}
    for order in orders:
        jobs[order.key] = _jobs(plan, stored[order.key], records, stored)
        if (
            result := (yield from _elsewhere(plan, stored[order.key], records[order.key], jobs[order.key]))
        ) is not None:
            results[order.key], jobs[order.key] = result, []
    todo = {job.key: job for row in jobs.values() for job in row}
    done = yield from _run(plan, [(job, records[key]) for key, job in todo.items()], serials)
    outcomes = []
    for order in orders:
        found = results.get(order.key) or _result(records[order.key], [done[job.key] for job in jobs[order.key]])
        outcomes.append((yield from _explained(found)))
    return outcomes


def _explained(outcome: Result) -> Operation[Result]:
    """Whatever does not go on says in which state the order is and what may be done instead."""
    if outcome.ok or outcome.error is not None:
        return outcome
    state = (yield from load_record(outcome.key)).state
    return replace(outcome, error=ORDER.objection(outcome.key, state, "fulfil", outcome.reason or "refused"))


def _jobs(plan: FulfilPlan, order: Order, records: Mapping[str, Record], stored: Mapping[str, Order]) -> list[Job]:
    """What is run for an order; nothing while its group is not whole."""
    record = records[order.key]
    if record.state not in ("split", "merged"):
        return [Job(order.key, with_gifts(plan.mapped(order), plan.gifts), (order,))]
    return [] if is_torn(record, records) else jobs_of(plan, order, record, stored)


def _elsewhere(plan: FulfilPlan, order: Order, record: Record, jobs: Sequence[Job]) -> Operation[Result | None]:
    """What becomes of an order that no job carries now: a withdrawal of parts goes on, a torn group waits."""
    if record.state == "cancelling" and (record.parts or record.group):
        told = yield from cancel_order(plan, order)
        return Outcome(False, order.key, "cancelled" if told.ok else told.reason, told.error)
    if not jobs:
        return refusal(order.key, record.state, "fulfil", "merge_unfinished")
    return None


def _stored(orders: Sequence[Order], records: Mapping[str, Record]) -> Operation[dict[str, Order]]:
    """The orders as they are stored after their records were read: whatever changes them later moves the record too."""
    wanted = {order.key: order for order in orders}
    members = [key for record in records.values() for key in record.group]
    keys = tuple(dict.fromkeys([*wanted, *members]))
    found: list[Order] = (yield from ask("orders", "find_orders", OrderQuery(keys=keys))) if keys else []
    return wanted | {order.key: order for order in found}


def _result(record: Record, outcomes: Sequence[Result]) -> Result:
    """One outcome for an order: that of its job, or of its parts together, the first that is not through.

    Parts that were cancelled while others left do not count.
    """
    key = record.order_key
    live = [outcome for outcome in outcomes if outcome.reason != "cancelled"] if record.parts else outcomes
    bad = next((outcome for outcome in live or outcomes if not outcome.ok), None)
    parcels = tuple(parcel for outcome in outcomes if outcome.value for parcel in outcome.value.parcels)
    value = Fulfilled(key, parcels) if parcels else None
    if bad is not None:
        return Outcome(False, key, bad.reason, bad.error, value)
    again = all(outcome.reason == "already_done" for outcome in live)
    return Outcome(True, key, "already_done" if again else None, value=value)


def _run(plan: FulfilPlan, jobs: Sequence[tuple[Job, Record]], serials: Serials) -> Operation[dict[str, Result]]:
    """Job key -> outcome."""
    entered: Entered = yield from enter_all(plan, jobs, serials)
    results = entered.results
    ready = entered.ready + (yield from reserve_all(plan, entered.fresh, results))
    labelling = yield from labelling_of(plan, [pair for pair in ready if pair[1].state in _UNLABELLED], jobs)
    for batch in _batches(ready):
        waiting = [(job, record) for job, record in batch if record.state in _UNLABELLED]
        hidden = [job for job, record in waiting if is_sendable(plan, job, record) and not labelling.covers(plan, job)]
        clear = yield from lend_receivers(plan, [job.members[0] for job in hidden])
        todo = [partial(_finish, plan, job, record, clear.get(job.members[0].key), labelling) for job, record in batch]
        done = yield from gather(todo, CONCURRENCY)
        for (job, _), outcome in zip(batch, done, strict=True):
            results[job.key] = _failed(job.key, outcome) if isinstance(outcome, Exception) else outcome
    return results


def _batches(ready: Sequence[tuple[Job, Record]]) -> Iterator[Sequence[tuple[Job, Record]]]:
    for start in range(0, len(ready), BATCH):
        yield ready[start : start + BATCH]


def _failed(key: str, error: Exception) -> Result:
    if isinstance(error, OrderHubError):
        return Outcome.failed(key, error)
    raise error


def _finish(
    plan: FulfilPlan, job: Job, record: Record, clear: Recipient | None, labelling: Labelling
) -> Operation[Result]:
    """Every step after the reservation; each state is written once its step is done."""
    if record.state in _UNLABELLED:
        try:
            record = yield from get_numbers(plan, job, record, clear, labelling)
        except (OutcomeUnknown, StaleVersion):
            raise
        except OrderHubError as error:
            return (yield from _drop(plan, job, error))
        record = yield from save_record(record, "labelled")
    if record.state == "labelled":
        record = yield from keep_prints(job, record, labelling.made)
    if record.state in ("labelled", "shipping"):
        record, failure = yield from confirm(plan, job, record)
        if failure is not None:
            return failure
    if record.state == "shipped":
        (stocked,) = yield from ask("stock", "apply", [_commit(plan, job, record)])
        if not stocked.ok:  # shipped all the same: told, never hidden
            return Outcome(False, job.key, f"stock:{stocked.reason}", value=Fulfilled(job.key, record.parcels))
        record = yield from save_record(record, "committed")
    yield from ask("notifier", "send", list(_messages(job, record)))
    if may_have_spares(record):
        record, _ = yield from clear_spares(
            plan, job, record, (yield from as_they_are(labelling.siblings.get(job.key, ())))
        )
    record = yield from save_record(record, "done")
    return Outcome(True, job.key, value=Fulfilled(job.key, record.parcels))


def _drop(plan: FulfilPlan, job: Job, error: OrderHubError) -> Operation[Result]:
    """A refusal before anything left: the stock goes back, and a later run starts afresh under a new key."""
    if not error.retryable:
        record = yield from load_record(job.key)  # what was noted of its parcels meanwhile
        record, kept = yield from undo(plan, job, record, "dropped")
        if kept is not None:
            return Outcome(False, job.key, kept.reason, kept.error or error, Fulfilled(job.key, record.parcels))
    return Outcome.failed(job.key, error)


def _commit(plan: FulfilPlan, job: Job, record: Record) -> Commit:
    """What has left; the units of orders that their platform refused go back."""
    key = f"commit:{record.reservation}"
    if not record.refused:
        return Commit(key, record.reservation)
    units: Counter[tuple[str, str]] = Counter()
    for parcel in record.parcels:
        units.update({(sku, place): count for sku, place, count in parcel.held})
    for sku, count in _goods_of(plan, job, record).items():
        for place in [place for place in units if place[0] == sku]:
            taken = min(count, units[place])
            units[place] -= taken
            count -= taken
    return Commit(key, record.reservation, tuple(StockLine(*place, count) for place, count in units.items() if count))


def _goods_of(plan: FulfilPlan, job: Job, record: Record) -> Counter[str]:
    """Units by SKU of the orders that were refused, bundles opened."""
    packed = [pair for parcel in record.parcels for pair in parcel.lines]
    refused = {order.key for order in job.members} & set(record.refused)
    skus = {line.line_id: line.sku or "" for line in job.order.lines}
    lines = [
        DemandLine(line_id, skus[line_id], units)
        for line_id, units in packed
        if line_id in skus and line_id.partition(SEAM)[0] in refused
    ]
    units: Counter[str] = Counter()
    for part in expand(lines, plan.bundles):
        units[part.sku] += part.quantity
    return units


def _messages(job: Job, record: Record) -> Iterator[Message]:
    for order in job.members:
        if order.key not in record.refused:
            yield from (_message(order, parcel) for parcel in record.parcels)


def _message(order: Order, parcel: ParcelRecord) -> Message:
    return Message(
        f"order_shipped:{order.key}:{parcel.waybill_no}", "local", order.key, "order_shipped",
        {"order": order.order_id, "carrier": parcel.carrier or "", "waybill_no": parcel.waybill_no or ""},
    )  # fmt: skip
