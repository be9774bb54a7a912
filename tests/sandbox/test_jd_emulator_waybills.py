"""JD's e-waybills, docs/platforms/jd.md §6, rule by rule."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from test_jd_emulator_tools import Jd, control, still, yes

BASE = "jingdong.logistics.ewaybill."
FORMATS = {
    "SF": r"SF\d{13}",
    "JD": r"JD\d{13}",
    "YTO": r"YT\d{13}",
    "STO": r"77\d{13}",
    "ZTO": r"\d{14}",
    "YUNDA": r"\d{13}",
}
IDS = {"SF": "467", "JD": "2087", "YTO": "463", "STO": "470", "ZTO": "1499", "YUNDA": "1327"}


@pytest.fixture
def jd() -> Jd:
    return Jd(still())


def contract(jd: Jd, code: str = "YTO") -> dict[str, Any]:
    rows = jd.call(f"{BASE}contract.query")["data"]
    return next(dict(row) for row in rows if row["providerCode"] == code)


def to_address(jd: Jd, order_id: str) -> dict[str, Any]:
    who = jd.get(order_id)["consigneeInfo"]
    return {"provinceName": who["province"], "cityName": who["city"], "countryName": who["county"],
            "address": who["fullAddress"], "contact": who["fullname"], "mobile": who["mobile"], "oaid": who["oaid"]}  # fmt: skip


def request(jd: Jd, order_id: str, code: str = "YTO", **more: Any) -> dict[str, Any]:
    row = contract(jd, code)
    sender = {**row["address"], "contact": "云杉户外", "mobile": "13800000000"}
    return {
        "providerCode": code, "vendorCode": jd.vender_id, "vendorOrderCode": f"{order_id}-1", "platformOrderNo": order_id,
        "salePlatform": "0010001", "waybillCount": 1, "branchCode": row["branchCode"],
        "settlementCode": row["settlementCode"], "toAddress": to_address(jd, order_id), "fromAddress": sender, **more,
    }  # fmt: skip


def create(jd: Jd, order_id: str, code: str = "YTO", **more: Any) -> dict[str, Any]:
    return jd.call(f"{BASE}waybill.create", {"request": request(jd, order_id, code, **more)})


def codes(told: dict[str, Any]) -> list[str]:
    assert told["statusCode"] == 1000, told
    return [row["waybillCode"] for row in told["data"]["waybillCodeInfoList"]]


def cancel(jd: Jd, code: str, **more: Any) -> int:
    return int(
        jd.call(f"{BASE}waybill.cancel", {"waybillCode": code, "cancelReason": "x", "source": "JOS", **more})[
            "statusCode"
        ]
    )


def ship(jd: Jd, order_id: str, carrier: str, number: str) -> dict[str, Any]:
    business = {"orderId": order_id, "logiCoprId": carrier, "logiNo": number}
    return dict(jd.call("jingdong.pop.order.shipment", business)["sopjosshipment_result"])


@pytest.mark.parametrize("code", FORMATS)
def test_numbers_have_the_form_of_their_carrier_and_ship(jd: Jd, code: str) -> None:
    order_id = jd.new()
    [number] = codes(create(jd, order_id, code))
    assert re.fullmatch(FORMATS[code], number)
    assert yes(ship(jd, order_id, IDS[code], number)["success"])
    assert jd.get(order_id)["waybill"] == number


def test_the_balance_falls_comes_back_and_ends(jd: Jd) -> None:
    jd.switch(waybill_quota=2)
    order_id = jd.new()
    first, _ = codes(create(jd, order_id, waybillCount=2))
    assert contract(jd)["amount"] == 0 and contract(jd, "ZTO")["amount"] == 2
    assert codes(create(jd, order_id, waybillCount=2))[0] == first, "a bound order asks nothing new"
    other = jd.new()
    refused = create(jd, other)
    assert (refused["statusCode"], refused["statusMessage"]) == (2001, "电子面单余额不足")
    append = jd.call(f"{BASE}waybill.append", {"parentWaybillCode": first})
    assert append["statusCode"] == 2001
    assert cancel(jd, first) == 1000 and contract(jd)["amount"] == 1
    assert cancel(jd, first) == 2001, "only once"
    assert codes(create(jd, other)) and contract(jd)["amount"] == 0


def test_an_order_is_bound_by_provider_order_vender_and_own_code(jd: Jd) -> None:
    order_id = jd.new()
    [first] = codes(create(jd, order_id))
    assert codes(create(jd, order_id, weight=2.5, waybillCount=3)) == [first], (
        "1000 with what is bound, whatever is asked"
    )
    assert codes(create(jd, order_id, "ZTO")) != [first]
    assert codes(create(jd, order_id, vendorOrderCode="second")) != [first]


def test_mother_children_and_packages(jd: Jd) -> None:
    order_id = jd.new()
    family = create(jd, order_id, waybillCount=3, childMotherOrder=True)
    assert len(set(codes(family))) == 3
    rows = jd.truth(order_id)["_sandbox"]["waybills"]
    assert {row["parent"] for row in rows} == {codes(family)[0]}
    boxes = create(jd, jd.new(), waybillCount=3, multiPackageMode=True)
    [code] = codes(boxes)
    [row] = boxes["data"]["waybillCodeInfoList"]
    assert row["waybillPackageNoList"] == [f"{code}-{n}-3-" for n in (1, 2, 3)]


@pytest.mark.parametrize(
    "change",
    [
        {"branchCode": "other"},
        {"payType": 2},
        {"orderType": 2},
        {"waybillCount": 0},
        {"waybillCount": "x"},
        {"fromAddress": None},
    ],
)
def test_wrong_parameters(jd: Jd, change: dict[str, Any]) -> None:
    assert create(jd, jd.new(), **change)["statusCode"] == 2000
    assert contract(jd)["amount"] == 100_000


def test_the_sender_is_the_contracts_where_that_is_asked(jd: Jd) -> None:
    jd.switch(ewaybill_sender=True)
    order_id = jd.new()
    assert create(jd, order_id, fromAddress={"provinceName": "浙江"})["statusCode"] == 2000
    assert codes(create(jd, order_id))


def test_hidden_receivers_are_the_orders_own(jd: Jd) -> None:
    order_id, other = jd.new(), jd.new()
    foreign = {**to_address(jd, order_id), "oaid": to_address(jd, other)["oaid"]}
    assert create(jd, order_id, toAddress=foreign)["statusCode"] == 2001
    masked = to_address(jd, order_id)
    del masked["oaid"]
    assert create(jd, order_id, toAddress=masked)["statusCode"] == 2001
    assert create(jd, order_id, salePlatform="0030001")["statusCode"] == 2001
    plain = {"provinceName": "浙江", "address": "文三路1号", "contact": "王小明", "mobile": "13812345678"}
    assert codes(create(jd, order_id, toAddress=plain, salePlatform="0030001", platformOrderNo="SHOP-1"))


def test_tde_ciphertext_passes_only_for_its_own_order(jd: Jd) -> None:
    jd.switch(receiver="tde_all")
    order_id, other = jd.new(), jd.new()
    sealed = to_address(jd, other)
    del sealed["oaid"]
    assert create(jd, order_id, toAddress=sealed)["statusCode"] == 2001
    assert codes(create(jd, other, toAddress=sealed))


def test_a_void_or_foreign_number_does_not_ship(jd: Jd) -> None:
    order_id = jd.new()
    void, [live] = codes(create(jd, order_id))[0], codes(create(jd, order_id, vendorOrderCode="b"))
    assert cancel(jd, void, vendorCode="1") == 2001 and cancel(jd, void, providerCode="ZTO") == 2001
    assert cancel(jd, void, vendorCode=jd.vender_id, providerCode="YTO") == 1000
    assert ship(jd, order_id, "463", void)["errorCode"] == "10100012"
    assert ship(jd, order_id, "1499", live)["errorCode"] == "10200005"
    neighbour = Jd(jd.world, 1)
    assert ship(neighbour, neighbour.new(), "463", live)["errorCode"] == "10100012"
    assert cancel(neighbour, live) == 2001
    assert yes(ship(jd, order_id, "463", live)["success"])
    assert cancel(jd, live) == 2001, "an order left with it"


def test_where_jd_demands_its_own_e_waybills(jd: Jd) -> None:
    jd.switch(ewaybill_required=True)
    order_id = jd.new()
    assert ship(jd, order_id, "467", "SF1234567890123")["errorCode"] == "101000022"
    [number] = codes(create(jd, order_id, "SF"))
    assert yes(ship(jd, order_id, "467", number)["success"])
    jd.switch(ewaybill_required=False, jd_waybill_bound=True)
    second = jd.new()
    assert ship(jd, second, "2087", "JD1234567890123")["errorCode"] == "10300009"
    [own] = codes(create(jd, second, "JD"))
    assert yes(ship(jd, second, "2087", own)["success"])


def test_the_older_call_takes_one_text_and_answers_zero(jd: Jd) -> None:
    order_id = jd.new()
    content = json.dumps(request(jd, order_id), ensure_ascii=False)
    told = jd.call("jingdong.ldop.alpha.waybill.receive", {"content": content})
    assert told["statusCode"] == 0 and told["data"]["waybillCodeList"] == codes(create(jd, order_id))
    bad = json.dumps({**request(jd, order_id), "vendorCode": "1"}, ensure_ascii=False)
    assert jd.call("jingdong.ldop.alpha.waybill.receive", {"content": bad})["statusCode"] == 2000
    jd.switch(alpha_key="resultInfo")
    assert jd.call("jingdong.ldop.alpha.waybill.receive", {"content": content})["resultInfo"]["statusCode"] == 0


def test_the_carrier_knows_the_parcel_and_fetches_it() -> None:
    jd = Jd(still(carriers=["jdl"]))
    order_id = jd.new()
    [number] = codes(create(jd, order_id, "JD"))
    [row] = control(jd.world, "GET", "/_sandbox/jdl/orders")
    assert row["order_id"] == number and row["carrier"] == "jd"
    jd.world.advance(3 * 3600)
    assert cancel(jd, number) == 2001
