"""Parcels and quantities of Pinduoduo over prepared answers, lost replies included."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal
from typing import Any

import pytest
from pinduoduo_script import NO_REFUND, SENT, Desk, found, order, refusal, shipped

from orderhub import errors
from orderhub.models import Dispatch, ListingStock

SN = "251112-123456789012345"
YES = {SENT: {"is_success": True}}
MORE_YES = {"upload_extra_logistics_response": {"success": True}}
SEND, MORE, READ = "logistics.online.send", "order.upload.extra.logistics", "order.information.get"
GONE = refusal(50001, "业务服务错误", "订单已发货")
LOST = errors.TimedOut("no reply")


def parcel(number: str = "SF1", **more: Any) -> Dispatch:
    return Dispatch(**{"order_id": SN, "carrier": "sf", "waybill_no": number} | more)


def desk(**answers: Any) -> Desk:
    given = {"logistics_online_send": YES, "order_upload_extra_logistics": MORE_YES}
    return Desk(**(given | answers))


def writes(made: Desk) -> list[str]:
    return [api for api in made.apis() if api in (SEND, MORE, READ)]


def test_a_whole_order_in_one_parcel() -> None:
    made = desk()
    (outcome,) = made.shop().ship([parcel()])
    assert (outcome.ok, outcome.reason, outcome.key) == (True, None, f"{SN}:SF1")
    given = made.last("pdd.logistics.online.send")
    assert {name: given[name] for name in ("order_sn", "logistics_id", "tracking_number", "redelivery_type")} == {
        "order_sn": SN, "logistics_id": "44", "tracking_number": "SF1", "redelivery_type": "1",
    }  # fmt: skip
    assert "feature" not in given
    assert made.apis() == ["refund.status.check", "logistics.companies.get", SEND]


def test_several_parcels_of_one_order_are_the_main_one_and_further_ones() -> None:
    made = desk()
    outcomes = made.shop().ship([parcel("SF1", lines=(("1", 1),)), parcel("ZT2", carrier="zto", lines=(("2", 1),)),
                                 parcel("YD3", carrier="yunda", lines=(("3", 1),))])  # fmt: skip
    assert [(o.ok, o.key) for o in outcomes] == [(True, f"{SN}:SF1"), (True, f"{SN}:ZT2"), (True, f"{SN}:YD3")]
    assert writes(made) == [SEND, MORE]
    given = made.last("pdd.order.upload.extra.logistics")
    assert given["extra_track_type"] == "1"
    assert json.loads(given["extra_track_list"]) == [
        {"shipping_id": 115, "tracking_number": "ZT2"}, {"shipping_id": 121, "tracking_number": "YD3"},
    ]  # fmt: skip


def test_orders_are_shipped_each_by_itself_and_answered_in_order() -> None:
    def send(given: dict[str, str]) -> dict[str, Any]:
        return refusal(50001, "x", "订单不存在") if given["order_sn"] == "251112-2" else YES

    made = desk(logistics_online_send=send, order_information_get=refusal(50001, "x", "订单不存在"))
    parcels = [parcel(f"SF{n}", order_id=f"251112-{n}") for n in (1, 2, 3)]
    outcomes = made.shop().ship([parcels[1], parcels[0], parcels[2], parcel("SF9", order_id="251112-1")])
    assert [(o.ok, o.key) for o in outcomes] == [
        (False, "251112-2:SF2"), (True, "251112-1:SF1"), (True, "251112-3:SF3"), (True, "251112-1:SF9"),
    ]  # fmt: skip
    assert isinstance(outcomes[0].error, errors.NotFound)
    assert made.apis().count("refund.status.check") == 1
    assert made.last("pdd.refund.status.check")["order_sns"] == "251112-2,251112-1,251112-3"


def test_serial_numbers_travel_with_the_parcel() -> None:
    made = desk()
    numbers = (("1", "860000000000001"), ("1", "860000000000002"))
    made.shop(serial_feature="imei").ship([parcel(serial_numbers=numbers)])
    assert made.last("pdd.logistics.online.send")["feature"] == "imei=860000000000001,860000000000002;"
    made.shop().ship([parcel(serial_numbers=numbers[:1])])
    assert made.last("pdd.logistics.online.send")["feature"] == "deviceSn=860000000000001;"


@pytest.mark.parametrize("carrier", ["SF", "sf", "44"])
def test_a_carrier_may_be_named_by_our_code_or_the_platforms(carrier: str) -> None:
    made = desk()
    assert made.shop().ship([parcel(carrier=carrier)])[0].ok
    assert made.last("pdd.logistics.online.send")["logistics_id"] == "44"


@pytest.mark.parametrize("carrier", ["best", "ups", "7"])
def test_a_carrier_that_is_not_available_is_refused_before_anything_is_sent(carrier: str) -> None:
    made = desk()
    (outcome,) = made.shop().ship([parcel(carrier=carrier)])
    assert (outcome.ok, outcome.reason) == (False, "invalid_parameter")
    assert "sf, yunda, zto" in str(outcome.error)
    assert SEND not in made.apis()
    assert "best" not in {row.carrier for row in made.shop().carriers()}


def test_a_lost_reply_is_settled_by_reading() -> None:
    made = desk(logistics_online_send=LOST, order_information_get=found(shipped("SF1")))
    (outcome,) = made.shop().ship([parcel()])
    assert (outcome.ok, outcome.reason) == (True, "already_done")
    assert writes(made) == [SEND, READ]


def test_a_lost_request_is_sent_again_once_reading_shows_that_it_never_arrived() -> None:
    made = desk(order_information_get=found(order())).put("pdd.logistics.online.send", LOST, YES)
    (outcome,) = made.shop().ship([parcel()])
    assert outcome.ok
    assert writes(made) == [SEND, READ, SEND]


def test_what_stays_unknown_is_said_and_never_sent_a_third_time() -> None:
    made = desk(logistics_online_send=LOST, order_information_get=found(order()))
    (outcome,) = made.shop().ship([parcel()])
    assert (outcome.ok, outcome.reason) == (False, "outcome_unknown")
    assert writes(made) == [SEND, READ, SEND, READ]
    blind = desk(logistics_online_send=LOST, order_information_get=errors.TimedOut("x"))
    (outcome,) = blind.shop().ship([parcel()])
    assert (outcome.ok, outcome.reason) == (False, "outcome_unknown")
    assert writes(blind).count(SEND) == 1


@pytest.mark.parametrize("answer", [GONE, {SENT: {"is_success": False}}])
def test_a_refusal_is_judged_by_what_stands_there(answer: dict[str, Any]) -> None:
    same = desk(logistics_online_send=answer, order_information_get=found(shipped("SF1")))
    (outcome,) = same.shop().ship([parcel()])
    assert (outcome.ok, outcome.reason) == (True, "already_done")
    other = desk(logistics_online_send=answer, order_information_get=found(shipped("SF0")))
    (outcome,) = other.shop().ship([parcel()])
    assert (outcome.ok, outcome.reason) == (False, "request_rejected")
    assert writes(other) == [SEND, READ]


def test_a_part_of_a_shipped_order_becomes_a_further_parcel() -> None:
    made = desk(logistics_online_send=GONE, order_information_get=found(shipped("SF0")))
    (outcome,) = made.shop().ship([parcel("SF1", lines=(("1512345678901", 1),))])
    assert outcome.ok
    assert writes(made) == [SEND, READ, MORE]


def test_further_parcels_that_stand_there_are_not_told_twice() -> None:
    there = shipped("SF1", extra_delivery_list=[{"logistics_id": 115, "tracking_number": "ZT2"}])
    made = desk(logistics_online_send=GONE, order_information_get=found(there))
    outcomes = made.shop().ship([parcel("SF1"), parcel("ZT2", carrier="zto"), parcel("ZT3", carrier="zto")])
    assert [(o.ok, o.reason) for o in outcomes] == [(True, "already_done"), (True, "already_done"), (True, None)]
    assert json.loads(made.last("pdd.order.upload.extra.logistics")["extra_track_list"]) == [
        {"shipping_id": 115, "tracking_number": "ZT3"}
    ]


def test_a_lost_reply_of_further_parcels_is_settled_too() -> None:
    there = shipped("SF1", extra_delivery_list=[{"logistics_id": 115, "tracking_number": "ZT2"}])
    made = desk(order_upload_extra_logistics=LOST, order_information_get=found(there))
    outcomes = made.shop().ship([parcel("SF1"), parcel("ZT2", carrier="zto")])
    assert [o.ok for o in outcomes] == [True, True]
    assert writes(made) == [SEND, MORE, READ]


def test_further_parcels_wait_for_the_main_one() -> None:
    made = desk(logistics_online_send=GONE, order_information_get=found(order()))
    outcomes = made.shop().ship([parcel("SF1"), parcel("ZT2", carrier="zto")])
    assert [(o.ok, o.key) for o in outcomes] == [(False, f"{SN}:SF1"), (False, f"{SN}:ZT2")]
    assert MORE not in made.apis()


def test_a_number_is_corrected() -> None:
    made = desk(order_information_get=found(shipped("SF0")))
    (outcome,) = made.shop().ship([parcel("SF1", replaces="SF0")])
    assert outcome.ok
    given = made.last("pdd.logistics.online.send")
    assert (given["tracking_number"], given["redelivery_type"]) == ("SF1", "2")
    assert "refund.status.check" not in made.apis()


@pytest.mark.parametrize(
    ("replaces", "number", "reason", "ok"),
    [("SF9", "SF1", "not_found", False), ("ZT2", "SF1", "unsupported_operation", False),
     ("SF9", "SF0", "already_done", True)],
)  # fmt: skip
def test_a_number_that_cannot_be_corrected(replaces: str, number: str, reason: str, ok: bool) -> None:
    there = shipped("SF0", extra_delivery_list=[{"logistics_id": 115, "tracking_number": "ZT2"}])
    made = desk(order_information_get=found(there))
    (outcome,) = made.shop().ship([parcel(number, replaces=replaces)])
    assert (outcome.ok, outcome.reason) == (ok, reason)
    assert SEND not in made.apis()


def test_a_correction_whose_reply_was_lost_is_settled() -> None:
    made = desk(logistics_online_send=LOST)
    made.put("pdd.order.information.get", found(shipped("SF0")), found(shipped("SF1")))
    (outcome,) = made.shop().ship([parcel("SF1", replaces="SF0")])
    assert (outcome.ok, outcome.reason) == (True, "already_done")


def marked(*order_ids: str) -> dict[str, Any]:
    return {"x_response": {"order_sns_exists_refund": [{"order_sn": order_id} for order_id in order_ids]}}


def test_an_order_with_an_open_refund_is_not_shipped() -> None:
    made = desk(
        refund_status_check=marked(SN), order_information_get=found(order(refund_status=2, after_sales_status=2))
    )
    blocked, free = made.shop().ship([parcel(), parcel("SF2", order_id="251112-2")])
    assert (blocked.ok, blocked.reason) == (False, "refund_open")
    assert isinstance(blocked.error, errors.Conflict)
    assert free.ok
    assert [given["order_sn"] for api, given in made.calls if api.endswith("online.send")] == ["251112-2"]


def test_a_case_that_was_closed_holds_nothing_and_a_parcel_that_is_there_is_done() -> None:
    closed = desk(refund_status_check=marked(SN), order_information_get=found(order(after_sales_status=11)))
    assert closed.shop().ship([parcel()])[0].ok
    there = desk(refund_status_check=marked(SN), order_information_get=found(shipped("SF1", refund_status=2)))
    (outcome,) = there.shop().ship([parcel()])
    assert (outcome.ok, outcome.reason) == (True, "already_done")


def test_where_the_question_fails_nothing_is_sent_and_it_can_be_left_out() -> None:
    made = desk(refund_status_check=refusal(20031))
    (outcome,) = made.shop().ship([parcel()])
    assert (outcome.ok, outcome.reason) == (False, "permission_denied")
    assert SEND not in made.apis()
    assert made.shop(refund_check=False).ship([parcel()])[0].ok


def test_many_orders_are_asked_about_in_batches() -> None:
    made = desk(refund_status_check=NO_REFUND)
    made.shop(orders_per_check=2).ship([parcel(order_id=f"251112-{n}") for n in range(5)])
    asked = [given["order_sns"].count(",") + 1 for api, given in made.calls if api.endswith("status.check")]
    assert asked == [2, 2, 1]


# --- stock --------------------------------------------------------------------------------------------------------

SET = {"goods_quantity_update_response": {"is_success": True}}


def level(quantity: int, version: int, sku: str | None = "11") -> ListingStock:
    return ListingStock(listing_id="1", platform_sku_id=sku, quantity=quantity, version=version)


def test_quantities_are_set_and_the_newest_figure_wins() -> None:
    made = Desk(goods_quantity_update=SET)
    outcomes = made.shop().push_stock([level(5, 1), level(7, 3), level(6, 2), level(0, 1, "12")])
    assert [(o.ok, o.key, o.reason) for o in outcomes] == [
        (True, "1:11", "superseded"), (True, "1:11", None), (True, "1:11", "superseded"), (True, "1:12", None),
    ]  # fmt: skip
    sent = [
        {name: given[name] for name in ("goods_id", "sku_id", "quantity", "update_type")} for _, given in made.calls
    ]
    assert sent == [
        {"goods_id": "1", "sku_id": "11", "quantity": "7", "update_type": "1"},
        {"goods_id": "1", "sku_id": "12", "quantity": "0", "update_type": "1"},
    ]


def test_one_bad_listing_sinks_nothing() -> None:
    def update(given: dict[str, str]) -> dict[str, Any]:
        return refusal(50001, "活动商品") if given["sku_id"] == "11" else SET

    outcomes = Desk(goods_quantity_update=update).shop().push_stock([level(5, 1), level(5, 1, None), level(5, 1, "12")])
    assert [(o.ok, o.reason) for o in outcomes] == [
        (False, "request_rejected"), (False, "invalid_parameter"), (True, None),
    ]  # fmt: skip


def test_an_absolute_figure_whose_reply_was_lost_is_sent_again() -> None:
    made = Desk().put("pdd.goods.quantity.update", LOST, SET)
    assert made.shop().push_stock([level(5, 1)])[0].ok
    assert len(made.calls) == 2


def test_a_change_whose_reply_was_lost_is_not_repeated() -> None:
    made = Desk(goods_quantity_update=LOST)
    with pytest.raises(errors.OutcomeUnknown):
        made.shop().change_stock("1", -2, platform_sku_id="11")
    assert len(made.calls) == 1
    done = Desk(goods_quantity_update=SET)
    assert done.shop().change_stock("1", -2, platform_sku_id="11").key == "1:11"
    given = done.last("pdd.goods.quantity.update")
    assert (given["quantity"], given["update_type"]) == ("-2", "2")
    with pytest.raises(errors.UnsupportedOperation):
        done.shop().change_stock("1", -2, platform_sku_id="11", key="ab")


def item(number: int, **more: Any) -> dict[str, Any]:
    return {
        "goods_id": number, "goods_name": f"毛巾{number}", "goods_quantity": 9, "is_onsale": 1, "is_more_sku": 1,
        "sku_list": [{"sku_id": number * 10, "spec": "蓝色", "sku_quantity": 4, "outer_id": f"T-{number}",
                      "is_sku_onsale": 1, "reserve_quantity": 1}],
    } | more  # fmt: skip


def test_listings_are_read_page_by_page_one_row_a_variant() -> None:
    shelf = [
        item(1),
        item(2, sku_list=[]),
        item(3, is_onsale=0),
        item(4, sku_list=[{"sku_id": 1, "is_sku_onsale": 0}, {"sku_id": 2, "is_sku_onsale": 1}]),
    ]

    def page(given: dict[str, str]) -> dict[str, Any]:
        number, size = int(given["page"]), int(given["page_size"])
        return {"goods_list_get_response": {"goods_list": shelf[(number - 1) * size : number * size], "total_count": 4}}

    made = Desk(goods_list_get=page)
    rows = list(made.shop(page_size=2).listings())
    assert [(r.listing_id, r.platform_sku_id, r.sku, r.quantity, str(r.status)) for r in rows] == [
        ("1", "10", "T-1", 4, "active"), ("2", None, None, 9, "active"), ("3", "30", "T-3", 4, "inactive"),
        ("4", "1", None, 9, "inactive"), ("4", "2", None, 9, "active"),
    ]  # fmt: skip
    assert rows[0].title == "毛巾1" and rows[0].variant == "蓝色" and rows[0].price is None
    assert rows[0].extra["reserve_quantity"] == 1
    assert len(made.calls) == 2


def test_a_bad_listing_is_a_finding_and_unknown_shelves_are_told() -> None:
    shelf = [item(1), item(0, goods_id=None), item(3, is_onsale=7)]
    made = Desk(goods_list_get={"goods_list_get_response": {"goods_list": shelf, "total_count": 3}})
    stream = made.shop().listings()
    assert [(row.listing_id, str(row.status)) for row in stream] == [("1", "active"), ("3", "unknown")]
    assert [(f.code, f.path) for f in stream.findings] == [("undecodable", "goods_id"), ("unknown_value", "is_onsale")]


def test_prices_of_goods_are_fen() -> None:
    made = Desk(goods_list_get={"goods_list_get_response": {"goods_list": [item(1)], "total_count": 1}},
                goods_skus_get={"goods_sku_get_response": {"multi_price": 4590, "single_price": 4990}})  # fmt: skip
    (row,) = made.shop(listing_prices=True).listings()
    assert (row.price, row.currency) == (Decimal("45.90"), "CNY")
    assert (made.last("pdd.goods.skus.get")["sku_id"]) == "10"


def test_both_drivers_write_the_same() -> None:
    def made() -> Desk:
        return desk(goods_quantity_update=SET, order_information_get=found(shipped("SF1"))).put(
            "pdd.logistics.online.send", LOST, YES
        )

    left, right = made(), made()
    parcels = [parcel(), parcel("ZT2", carrier="zto"), parcel("SF3", order_id="251112-3")]
    shop = left.shop()
    ours = [shop.ship(parcels), shop.push_stock([level(5, 1), level(6, 2)])]

    async def play() -> list[Any]:
        other = right.async_shop()
        return [await other.ship(parcels), await other.push_stock([level(5, 1), level(6, 2)])]

    assert ours == asyncio.run(play())
    assert left.calls == right.calls
