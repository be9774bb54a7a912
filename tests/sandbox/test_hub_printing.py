"""Hubs printing: one file for many orders, one outcome each, the same from both hubs, parcels that travel together once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import pypdfium2
import zxingcpp
from fulfil_world import WAREHOUSES, Scene

from orderhub import AsyncHub, Hub
from orderhub.fulfil.record import ParcelRecord, Record, save_record
from orderhub.models import (
    Address,
    LineItem,
    Order,
    OrderStatus,
    PaymentStatus,
    Privacy,
    PrivacyKind,
    Recipient,
)
from orderhub.ports import Cursor
from orderhub.sandbox.clock import VirtualClock

START = datetime(2026, 11, 11, tzinfo=UTC)


def order(number: str, *, kind: PrivacyKind = PrivacyKind.CLEAR, units: int = 2) -> Order:
    person = Recipient(name=f"李{number}明", phone="13900001234", privacy=Privacy(kind=kind),
                       address=Address(province="广东省", city="广州市", district="天河区", street="体育西路9号"))  # fmt: skip
    lines = (LineItem(line_id="1", sku="A", title="T恤", variant="白", quantity=units, status=OrderStatus.AWAITING_SHIPMENT),
             LineItem(line_id="2", sku="B", title="袜子", quantity=1, status=OrderStatus.AWAITING_SHIPMENT))  # fmt: skip
    return Order(platform="taobao", shop_id="s", order_id=number, currency="CNY", total=Decimal(59), recipient=person, lines=lines,
                 status=OrderStatus.AWAITING_SHIPMENT, payment_status=PaymentStatus.PAID, created_at=START, updated_at=START)  # fmt: skip


def parcel(
    number: str, waybill: str | None, warehouse: str = "sh", issuer: str | None = None, **goods: int
) -> ParcelRecord:
    lines = tuple((line, goods[sku]) for line, sku in (("1", "A"), ("2", "B")) if sku in goods)
    more = {"issuer": issuer} if issuer else {}
    return ParcelRecord(
        f"p-{number}", warehouse, lines, tuple(goods.items()), "sf" if waybill else None, None, waybill, **more
    )  # type: ignore[arg-type]


def records() -> list[tuple[str, str, tuple[ParcelRecord, ...], dict[str, Any]]]:
    """Order, state, parcels, more."""
    return [
        ("1", "done", (parcel("1", "SF1000000000001", A=1), parcel("1b", "SF1000000000002", "gz", A=1, B=1)), {}),
        ("2", "reserved", (parcel("2", None, A=2, B=1),), {}),
        ("4", "done", (parcel("4", "SF1000000000004", A=2, B=1),), {}),
        ("5", "done", (parcel("5", "771000000000011", issuer="shop:taobao:s", A=2, B=1),), {}),
        ("6", "cancelled", (parcel("6", "SF1000000000006", A=2),), {}),
    ]


ORDERS = [order("1"), order("2"), order("3"), order("4", kind=PrivacyKind.MASKED), order("5"), order("6")]
KEYS = [f"taobao:s:{number}" for number in (4, 2, 1, 1, 3, 5, 6, 9)]


def arguments() -> dict[str, Any]:
    return {
        "warehouses": WAREHOUSES,
        "clock": VirtualClock(START, lambda: 0.0),
        "printing": {"shops": {"taobao:s": "示例店"}},
    }


async def story(hub: Any, wait: Any) -> list[Any]:
    hub.stores.put_orders(ORDERS)
    for number, state, parcels, more in records():
        key = f"taobao:s:{number}"
        await wait(hub.world.run(save_record(Record(key, cursor=Cursor(f"fulfil:{key}"), **more), state, parcels)))
    seen: list[Any] = []
    jobs = []
    for kind in ("html", "zpl", "pdf"):
        jobs += [await wait(hub.print_labels(KEYS, format=kind, on_page=lambda *at: seen.append(at))),
                 await wait(hub.print_slips(KEYS, format=kind)),
                 await wait(hub.print_picks(KEYS, format=kind, locations={"sh:A": "R-10", "B": "R-2"})),
                 await wait(hub.print_picks(KEYS, format=kind, warehouse="gz"))]  # fmt: skip
    return [jobs, seen]


@lru_cache
def both() -> tuple[Any, Any]:
    async def now(value: Any) -> Any:
        return value

    async def awaited(value: Any) -> Any:
        return await value

    with Hub(**arguments()) as hub:
        ours = asyncio.run(story(hub, now))

    async def theirs() -> list[Any]:
        async with AsyncHub(**arguments()) as hub:
            return await story(hub, awaited)

    return ours, asyncio.run(theirs())


def test_both_hubs_print_the_same_and_say_what_became_of_each_order() -> None:
    ours, theirs = both()
    assert [(job.content, repr(job)) for job in ours[0]] == [(job.content, repr(job)) for job in theirs[0]]
    assert sorted(ours[1]) == sorted(theirs[1]) and (2, 2) in ours[1]
    labels, slips, picks, gz = ours[0][8:]
    number = lambda job: [(one.key[-1], one.reason or one.value) for one in job.outcomes]  # noqa: E731
    both_parcels = ("SF1000000000001", "SF1000000000002")
    assert number(labels) == [("4", "receiver_hidden"), ("2", "no_waybill"), ("1", both_parcels), ("1", both_parcels),
                              ("3", "no_waybill"), ("5", "platform_print"), ("6", "no_waybill"), ("9", "not_found")]  # fmt: skip
    assert labels.pages == 2, "an order that is named twice has its labels once"
    assert number(slips)[0] == ("4", ("p-4",)) and number(slips)[-1] == ("9", "not_found") and slips.pages == 7
    assert number(picks) == [("4", ("sh",)), ("2", ("sh",)), ("1", ("sh", "gz")), ("1", ("sh", "gz")), ("3", "not_planned"),
                             ("5", ("sh",)), ("6", "not_planned"), ("9", "not_found")]  # fmt: skip
    assert picks.pages == 2 and gz.pages == 1 and ("4", "other_warehouse") in number(gz)
    assert labels.payload is not None and labels.payload.kind == "pdf" and "李" not in repr(labels)


def test_the_papers_say_what_they_should() -> None:
    (jobs, _), _ = both()
    document = pypdfium2.PdfDocument(jobs[8].content)
    codes = [{code.text for code in zxingcpp.read_barcodes(page.render(scale=3).to_pil())} for page in document]
    text = "".join(page.get_textpage().get_text_bounded() for page in document)
    document.close()
    assert codes == [{"SF1000000000001"}, {"SF1000000000002"}]
    assert "李1明" in text and "体育西路9号" in text and "sh仓" in text and "gz仓" in text and "1 / 2" in text
    slips, picks = (jobs[at].content.decode() for at in (1, 2))
    assert "示例店" in slips and "李*" in slips and "体育西路" not in slips and "13900001234" not in slips
    assert picks.index(">R-2<") < picks.index(">R-10<") and "李" not in picks


def test_nothing_to_print_is_an_empty_file_without_a_payload() -> None:
    with Hub(**arguments()) as hub:
        job = hub.print_labels(["taobao:s:9"])
        assert (job.pages, job.payload, [one.reason for one in job.outcomes]) == (0, None, ["not_found"])
        assert hub.print_picks([]).pages == 0


def test_a_label_shows_what_its_carrier_gave_for_sorting(tmp_path: Any) -> None:
    """The whole way: shipped by the hub with a carrier's emulator, kept sealed beside the order, printed large."""
    scene = Scene("amazon", tmp_path)
    [found] = scene.orders(1)
    with scene.hub as hub:
        [outcome] = hub.fulfil([found.key])
        assert outcome.ok, outcome
        kept = hub.stores.papers_of(found.key)
        job = hub.print_labels([found.key], format="html")
        [text] = [text for name, text in kept.items() if name.startswith("marks:")]
        marks = hub.carriers[outcome.value.parcels[0].carrier].label_marks(text)
        assert job.outcomes[0].ok, job.outcomes
        assert marks["sort_code"] in text and f">{marks['sort_code']}<" in job.content.decode()
        hub.stores.redact_orders([found.key], what="erased")
        assert hub.stores.papers_of(found.key) == {}
