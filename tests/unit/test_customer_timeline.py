"""What a customer sees: in order, once, in two languages, and nothing that names a person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from orderhub.logistics.timeline import MILESTONES, ORDER_WORDS, STATUS_WORDS, customer_view, hidden
from orderhub.logistics.tracking import ParcelTrack
from orderhub.models import (
    Address,
    Order,
    OrderStatus,
    Privacy,
    Recipient,
    Shipment,
    TrackingEvent,
    TrackingStatus,
)

START = datetime(2026, 11, 11, tzinfo=UTC)
PERSON = Recipient(name="李小明", phone="13900001234", privacy=Privacy(), address=Address(
    province="广东省", city="广州市", district="天河区", street="体育西路9号3栋"))  # fmt: skip
ORDER = Order(platform="taobao", shop_id="s", order_id="8001", status=OrderStatus.SHIPPED, currency="CNY",
              created_at=START, paid_at=START + timedelta(minutes=5), shipped_at=START + timedelta(hours=1),
              recipient=PERSON, shipments=(Shipment(carrier="sf", waybill_no="SF1011603494291"),))  # fmt: skip


def event(hour: int, status: TrackingStatus, text: str = "", place: str | None = None) -> TrackingEvent:
    return TrackingEvent(
        waybill_no="SF1011603494291", status=status, at=START + timedelta(hours=hour), text=text, place=place
    )


EVENTS = [
    event(30, TrackingStatus.DELIVERED, "已签收，签收人：李小明，电话13900001234"),
    event(20, TrackingStatus.OUT_FOR_DELIVERY, "快递员【王师傅】正在派件，联系电话：0755-8888 9999", "广州市"),
    event(2, TrackingStatus.PICKED_UP, "顺丰速运 已收取快件", "上海市"),
    event(10, TrackingStatus.IN_TRANSIT, "运输中", "上海市"),
    event(11, TrackingStatus.IN_TRANSIT, "运输中", "上海市"),
    event(12, TrackingStatus.UNKNOWN, "???"),
]
TRACK = ParcelTrack.of("sf", "SF1011603494291", EVENTS)


def test_every_word_is_said_in_both_languages() -> None:
    assert set(STATUS_WORDS) == set(TrackingStatus) and set(ORDER_WORDS) == set(OrderStatus)
    for words in (STATUS_WORDS, ORDER_WORDS, MILESTONES):
        assert all(zh and en and zh != en and en.isascii() for zh, en in words.values())


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_the_story_is_told_in_order_and_once(locale: str) -> None:
    view = customer_view(ORDER, [TRACK], locale=locale)
    assert [step.status for step in view.steps] == [
        "placed", "paid", "shipped", "picked_up", "in_transit", "out_for_delivery", "delivered"]  # fmt: skip
    assert (view.status, view.parcels[0].status) == ("delivered", "delivered")
    assert view.title == ("已签收" if locale == "zh" else "Delivered")
    assert view.parcels[0].carrier == ("顺丰速运" if locale == "zh" else "SF Express")
    assert (
        customer_view(ORDER, [ParcelTrack.of("sf", TRACK.waybill_no, reversed(EVENTS), EVENTS)], locale=locale) == view
    )
    if locale == "en":
        assert all(step.detail is None and step.title.isascii() for step in view.steps)


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_nobody_is_named(locale: str) -> None:
    told = customer_view(ORDER, [TRACK], locale=locale).model_dump_json()
    for secret in ("李小明", "小明", "13900001234", "1234", "体育西路", "天河", "王师傅", "88889999", "8888 9999"):
        assert secret not in told, secret
    assert "李**" in told and "广州市" in told and "SF1011603494291" in told and "8001" in told
    assert "李" not in repr(customer_view(ORDER, [TRACK]))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("已签收,签收人:张三丰", "已签收,签收人:***"),
        ("签收人是【前台】", "签收人是【***】"),
        ("快递员正在派件", "快递员正在派件"),
        ("凭取件码 8-2-3021 到菜鸟驿站取件", "凭取件码 *** 到菜鸟驿站取件"),
        ("联系电话：021-5555 0100，或 400-811-1111", "联系电话：***，或 ***"),
        ("快件SF1011603494291已发出", "快件SF1011603494291已发出"),
        ("写信给 a.b@example.com", "写信给 ***"),
        ("2026年第3站", "2026年第3站"),
    ],
)
def test_texts_of_carriers_lose_people_and_codes(text: str, told: str) -> None:
    assert hidden(text, PERSON, "SF1011603494291") == told


def test_an_order_that_nobody_tracks_has_what_its_platform_says() -> None:
    parcel = Shipment(carrier_name="某快递", waybill_no="1", delivered_at=START + timedelta(days=2))
    view = customer_view(ORDER.model_copy(update={"shipments": (parcel,), "status": OrderStatus.SHIPPED}))
    assert [step.status for step in view.steps] == ["placed", "paid", "shipped", "delivered"]
    assert view.parcels[0].carrier == "某快递" and view.status == "delivered"
