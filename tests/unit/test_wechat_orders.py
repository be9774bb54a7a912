"""What WeChat orders mean: money to the cent, words, holds, parcels, people; and how they are found in payloads."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from wechat_script import CASE, LINE, ORDER, order

import orderhub
from orderhub.models import Order


def read(document: Any) -> Order:
    result = orderhub.normalize("wechat", document)
    assert not [finding for finding in result.findings if finding.code == "undecodable"], result.findings
    (found,) = result.orders
    return found


def test_an_order_in_full() -> None:
    found = read({"errcode": 0, "errmsg": "ok", "order": ORDER})
    (line,) = found.lines
    assert (found.order_id, found.raw_status, str(found.status)) == ("3700000000000000001", "20", "awaiting_shipment")
    assert found.is_shippable
    assert (found.items_total, found.discount_total, found.shipping_fee, found.total, found.residual) == (
        Decimal("100.00"), Decimal("10.00"), Decimal("8.00"), Decimal("98.00"), Decimal("0.00"),
    )  # fmt: skip
    assert (found.paid, found.refunded, str(found.payment_status)) == (Decimal("98.00"), Decimal("0.00"), "paid")
    assert (line.line_id, line.sku, line.variant, line.unit_price, line.total) == (
        "111-222", "SKU-0001", "颜色:白", Decimal("50.00"), Decimal("90.00"),
    )  # fmt: skip
    assert [(row.kind, row.amount, str(row.funded_by)) for row in found.discounts] == [
        ("merchant", Decimal("10.00"), "seller")
    ]
    assert found.recipient.address.street == "文三路1号2室"
    assert found.recipient.privacy.merge_key == "h-1"
    assert found.buyer_note == "快点🎁"
    assert found.ship_by is not None


@pytest.mark.parametrize(
    ("status", "word", "holds"),
    [
        (10, "pending_payment", set()), (12, "awaiting_shipment", {"gift_pending"}),
        (13, "awaiting_shipment", {"group_not_formed"}), (17, "unknown", {"other"}), (30, "shipped", set()),
        (100, "completed", set()), (190, "cancelled", set()), (200, "cancelled", set()), (250, "cancelled", set()),
        (66, "unknown", {"unknown_value"}), ("20", "awaiting_shipment", set()),
    ],
)  # fmt: skip
def test_statuses(status: int, word: str, holds: set[str]) -> None:
    result = orderhub.normalize("wechat", order(status=status))
    (found,) = result.orders
    assert (str(found.status), {str(hold) for hold in found.holds}) == (word, holds)
    assert found.is_shippable is (str(status) == "20")
    assert [finding.code for finding in result.findings] == (["unknown_value"] if status == 66 else [])


def test_refunded_after_parcels_left_keeps_its_parcels_word() -> None:
    parcel = {"delivery_id": "SF", "waybill_id": "SF1", "delivery_time": 1_781_750_000,
              "product_infos": [{"product_id": "111", "sku_id": 222, "product_cnt": 2}]}  # fmt: skip
    found = read(order(status=200, order_detail__delivery_info__delivery_product_info=[parcel]))
    assert (str(found.status), str(found.payment_status), found.refunded) == ("shipped", "refunded", found.total)
    assert found.shipments[0].lines == (("111-222", 2),)
    assert (found.shipments[0].carrier, found.lines[0].shipped_quantity) == ("sf", 2)


def test_an_oversold_order_that_was_never_paid() -> None:
    found = read(order(status=190, order_detail__pay_info={}))
    assert (str(found.payment_status), found.paid) == ("unpaid", Decimal("0.00"))


def test_an_open_case_holds_what_is_not_sent() -> None:
    cases = {"aftersale_order_list": [{"aftersale_order_id": 1, "status": 2}], "on_aftersale_order_cnt": 1}
    found = read(order(line__on_aftersale_sku_cnt=1, aftersale_detail=cases))
    assert (str(found.aftersale_status), {str(hold) for hold in found.holds}) == ("requested", {"refund_open"})
    assert not found.is_shippable


def test_a_part_that_came_back_leaves_the_rest_to_ship() -> None:
    cases = {"aftersale_order_list": [{"aftersale_order_id": 1, "status": 13}], "on_aftersale_order_cnt": 0}
    found = read(order(line__finish_aftersale_sku_cnt=1, aftersale_detail=cases))
    assert found.is_shippable
    assert (str(found.aftersale_status), str(found.payment_status), found.refunded) == (
        "partially_refunded", "partially_refunded", None,
    )  # fmt: skip
    assert found.lines[0].refunded_quantity == 1


def test_unknown_numbers_of_cases_are_never_shippable() -> None:
    cases = {"aftersale_order_list": [{"aftersale_order_id": 1, "status": 99}], "on_aftersale_order_cnt": 0}
    result = orderhub.normalize("wechat", order(aftersale_detail=cases))
    assert not result.orders[0].is_shippable
    assert result.findings[0].path == "aftersale_detail.aftersale_order_list[0].status"


@pytest.mark.parametrize(
    ("change", "hold"),
    [
        ({"line__change_sku_info": {"preshipment_change_sku_state": 3}}, "under_review"),
        ({"line__dropship_info": {"ds_order_id": "9"}}, "other"),
        ({"order_detail__delivery_info__address_under_review": {"user_name": "x"}}, "under_review"),
    ],
)
def test_what_waits_for_an_answer_is_held(change: dict[str, Any], hold: str) -> None:
    assert {str(one) for one in read(order(**change)).holds} == {hold}
    assert not read(order(**change)).is_shippable


def test_lines_of_one_sku_share_its_parcels() -> None:
    gift = {**LINE, "sku_cnt": 1, "is_free_gift": True, "sale_price": 0, "estimate_price": 0, "real_price": 0,
            "merchant_discounted_price": 0}  # fmt: skip
    parcel = {"delivery_id": "YD", "waybill_id": "Y1", "product_infos": [
        {"product_id": 111, "sku_id": "222", "product_cnt": 3}]}  # fmt: skip
    found = read(order(
        status=21, order_detail__product_infos=[LINE, gift], order_detail__delivery_info__delivery_product_info=[parcel]
    ))  # fmt: skip
    assert [(line.line_id, line.shipped_quantity, line.is_gift) for line in found.lines] == [
        ("111-222", 2, False), ("111-222-2", 1, True),
    ]  # fmt: skip
    assert found.shipments[0].lines == (("111-222", 2), ("111-222-2", 1))


def test_whichever_amount_of_the_lines_adds_up_is_taken() -> None:
    found = read(order(line__estimate_price=9500, line__real_price=9000))
    assert found.lines[0].total == Decimal("90.00")
    found = read(order(line__estimate_price=None, line__real_price=None))
    assert found.lines[0].total == Decimal("90.00")


def test_reductions_that_no_line_explains_are_shared_out_and_said() -> None:
    second = {**LINE, "sku_id": "223", "estimate_price": 9999, "real_price": 9999, "merchant_discounted_price": 1}
    prices = {"freight": 800, "discounted_price": 1000, "order_price": 19_800, "deduction_price": 0}
    result = orderhub.normalize("wechat", order(
        order_detail__product_infos=[{**LINE, "estimate_price": 1, "real_price": 2}, second],
        order_detail__price_info=prices,
    ))  # fmt: skip
    (found,) = result.orders
    assert [line.discount for line in found.lines] == [Decimal("5.00"), Decimal("5.00")]
    assert [finding.code for finding in result.findings] == ["discount_apportioned"]
    assert found.discrepancy == 0 and found.residual == 0


def test_a_total_that_nothing_explains_leaves_a_residual() -> None:
    found = read(order(order_detail__price_info={**ORDER["order_detail"]["price_info"], "order_price": 9700}))
    assert found.discrepancy == 0
    assert found.total == Decimal("97.00")


def test_missing_amounts_stay_unknown() -> None:
    found = read(order(order_detail__price_info={}))
    assert (found.total, found.shipping_fee, found.paid, found.residual) == (None, None, None, None)


def test_masked_receivers_and_virtual_numbers() -> None:
    hidden = {"user_name": "王*明", "tel_number": "138****1111", "detail_info": "文三路**", "hash_code": "h", "tel_number_ext_info": {
        "virtual_tel_number": "17000000001", "virtual_tel_expire_time": 1_781_900_000}}  # fmt: skip
    found = read(order(order_detail__delivery_info__address_info=hidden)).recipient
    assert (str(found.privacy.kind), found.phone) == ("masked", "17000000001")
    assert found.privacy.expires_at is not None
    assert str(read(order(order_detail__delivery_info__address_info={})).recipient.privacy.kind) == "absent"


@pytest.mark.parametrize("payload", [[], {"errcode": 0, "order_id_list": [], "has_more": False}])
def test_empty_pages_are_no_orders_and_no_finding(payload: Any) -> None:
    result = orderhub.normalize("wechat", payload)
    assert (list(result.orders), list(result.findings)) == ([], [])


def test_lists_of_replies_and_orders_and_bad_ones() -> None:
    bad = order(order_detail__product_infos=[])
    refused = {"errcode": 40001, "errmsg": "no"}
    result = orderhub.normalize("wechat", [{"errcode": 0, "order": ORDER}, ORDER, bad, refused, 7])
    assert len(result.orders) == 2
    assert [finding.code for finding in result.findings] == ["undecodable"] * 3
    assert result.findings[0].order_id == str(ORDER["order_id"])


def test_cases_are_kept_with_what_no_row_maps() -> None:
    from orderhub.connectors.wechat import CONNECTOR
    from orderhub.connectors.wechat.decode import decode_refunds
    from orderhub.kit.spec import ShopConfig

    page = decode_refunds(
        [{**CASE, "new_field": 1}, {**CASE, "status": "LOST"}, {}], ShopConfig.of(CONNECTOR.spec, "s")
    )
    assert [str(case.status) for case in page.items] == ["requested", "unknown"]
    assert page.items[0].lines == (("111-222", 1, Decimal("45.00")),)
    assert dict(page.items[0].extra) == {"new_field": 1}
    assert sorted(finding.code for finding in page.findings) == ["undecodable", "unknown_value"]
