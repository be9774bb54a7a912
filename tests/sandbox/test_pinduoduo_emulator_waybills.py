"""Pinduoduo's e-waybills, docs/platforms/pinduoduo.md §6, rule by rule."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from test_pinduoduo_emulator_tools import Pdd, control, still

NEW, CHANGE = "param_waybill_cloud_print_apply_new_request", "param_waybill_cloud_print_update_request"
FORMATS = {
    "SF": r"SF\d{13}", "YTO": r"YT\d{13}", "STO": r"77\d{13}", "ZTO": r"\d{14}", "YUNDA": r"\d{13}", "EMS": r"\d{13}",
    "JD": r"JD\d{13}", "YZXB": r"\d{13}", "JTSD": r"JT\d{13}",
}  # fmt: skip
IDS = {"SF": 44, "YTO": 85, "STO": 1, "ZTO": 115, "YUNDA": 121, "EMS": 118, "JD": 120, "YZXB": 132, "JTSD": 384}
ROW = "trade_order_info_dtos."


@pytest.fixture
def pdd() -> Pdd:
    return Pdd(still())


def branch(pdd: Pdd, company: str = "YTO") -> dict[str, Any]:
    [row] = pdd.call("pdd.waybill.search", wp_code=company)["waybill_apply_subscription_cols"]
    assert row["wp_code"] == company
    return dict(row["branch_account_cols"][0])


def template(pdd: Pdd, company: str = "YTO") -> str:
    [row] = pdd.call("pdd.cloudprint.stdtemplates.get", wp_code=company, access_token=None)["result"]["datas"]
    return str(row["standard_templates"][0]["standard_template_url"])


def info(pdd: Pdd, sn: str) -> dict[str, Any]:
    return dict(pdd.call("pdd.order.information.get", order_sn=sn)["order_info"])


def recipient(pdd: Pdd, sn: str) -> dict[str, Any]:
    """The receiver in ciphertext, as an order carries it."""
    doc = info(pdd, sn)
    address = {"province": doc["province"], "city": doc["city"], "district": doc["town"],
               "detail": doc["receiver_address"]}  # fmt: skip
    return {"name": doc["receiver_name"], "mobile": doc["receiver_phone"], "address": address}


def parcel(pdd: Pdd, *sns: str, object_id: str = "p1", company: str = "YTO", **more: Any) -> dict[str, Any]:
    return {
        "object_id": object_id, "user_id": 600_000_001, "template_url": template(pdd, company),
        "order_info": {"order_channels_type": "PDD", "trade_order_list": list(sns)},
        "package_info": {"items": [{"name": "毛巾", "count": 2}], "weight": 300},
        "recipient": recipient(pdd, sns[0]), **more,
    }  # fmt: skip


def asked(pdd: Pdd, *parcels: dict[str, Any], company: str = "YTO", **more: Any) -> dict[str, Any]:
    sender = {"name": "云杉户外", "mobile": "13800000000", "address": branch(pdd, company)["shipp_address_cols"][0]}
    return {"wp_code": company, "sender": sender, "trade_order_info_dtos": list(parcels), **more}


def take(pdd: Pdd, *parcels: dict[str, Any], company: str = "YTO", **more: Any) -> list[dict[str, Any]]:
    told = pdd.call("pdd.waybill.get", **{NEW: asked(pdd, *parcels, company=company, **more)})
    return list(told["modules"])


def code_of(pdd: Pdd, request: Any) -> int:
    return int(pdd.refusal("pdd.waybill.get", **{NEW: request}).code)


def at(document: Any, path: str, value: Any) -> Any:
    """The document with one value replaced (or taken out by None)."""
    head, _, tail = path.partition(".")
    if isinstance(document, list):
        return [at(one, path, value) for one in document]
    told = dict(document)
    if tail:
        told[head] = at(told[head], tail, value)
    elif value is None:
        told.pop(head, None)
    else:
        told[head] = value
    return told


def test_accounts(pdd: Pdd) -> None:
    rows = pdd.call("pdd.waybill.search")["waybill_apply_subscription_cols"]
    assert {row["wp_code"] for row in rows} == FORMATS.keys() and {row["wp_type"] for row in rows} == {1, 2}
    account = branch(pdd)
    assert (account["quantity"], account["allocated_quantity"], account["cancel_quantity"]) == (5000, 0, 0)
    assert account["shipp_address_cols"][0]["country"] == "中国"


@pytest.mark.parametrize("company", FORMATS)
def test_numbers_have_the_form_of_their_company_and_can_be_sent_with(pdd: Pdd, company: str) -> None:
    sn = pdd.new()
    [told] = take(pdd, parcel(pdd, sn, company=company), company=company)
    assert re.fullmatch(FORMATS[company], told["waybill_code"])
    assert told["object_id"] == "p1" and told["parent_waybill_code"] == ""
    pdd.send(sn, told["waybill_code"], IDS[company])
    doc = info(pdd, sn)
    assert (doc["order_status"], doc["tracking_number"]) == (2, told["waybill_code"])


def test_print_data_are_sealed(pdd: Pdd) -> None:
    sn = pdd.new()
    [told] = take(pdd, parcel(pdd, sn), need_encrypt=False)
    printed = json.loads(told["print_data"])
    assert printed["encryptedData"] and printed["signature"] and printed["templateUrl"] == template(pdd)
    truth = pdd.truth(sn)
    assert truth["receiver_name"] not in told["print_data"] and truth["receiver_phone"] not in told["print_data"]


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("wp_code", None, 21002), ("wp_code", "NOBODY", 50001), ("sender", None, 21002),
        ("sender.name", None, 21002), ("sender.mobile", None, 21002), ("sender.address.detail", "仓储路2号", 10000),
        ("trade_order_info_dtos", None, 21002), ("trade_order_info_dtos", [], 10000),
        (f"{ROW}object_id", None, 21002), (f"{ROW}template_url", None, 21002), (f"{ROW}template_url", "x", 10000),
        (f"{ROW}user_id", None, 21002), (f"{ROW}order_info", None, 21002),
        (f"{ROW}order_info.order_channels_type", None, 21002), (f"{ROW}order_info.trade_order_list", [], 10000),
        (f"{ROW}order_info.trade_order_list", ["x"] * 101, 10000),
        (f"{ROW}order_info.trade_order_list", ["nobody"], 50001),
        (f"{ROW}package_info", None, 21002), (f"{ROW}package_info.items", None, 21002),
        (f"{ROW}package_info.items", [{"name": "a", "count": 1}] * 101, 10000),
        (f"{ROW}recipient.name", None, 21002), (f"{ROW}recipient.mobile", None, 21002),
        (f"{ROW}recipient.name", "王**", 10000), (f"{ROW}order_info.order_channels_type", "TB", 50001),
    ],
)  # fmt: skip
def test_what_a_request_must_have(pdd: Pdd, path: str, value: Any, code: int) -> None:
    request = asked(pdd, parcel(pdd, pdd.new()))
    assert code_of(pdd, at(request, path, value)) == code
    assert branch(pdd)["allocated_quantity"] == 0


def test_ciphertext_must_be_of_an_order_of_the_parcel_and_of_its_field(pdd: Pdd) -> None:
    sn, other = pdd.new(), pdd.new()
    request = asked(pdd, parcel(pdd, sn, recipient=recipient(pdd, other)))
    assert pdd.refusal("pdd.waybill.get", **{NEW: request}).sub_msg == "收件人密文与订单不匹配"
    swapped = {**recipient(pdd, sn), "name": info(pdd, sn)["receiver_address"]}
    assert code_of(pdd, asked(pdd, parcel(pdd, sn, recipient=swapped))) == 50001
    assert take(pdd, parcel(pdd, sn, other, recipient=recipient(pdd, other))), "a merged parcel: any of its orders"
    full = recipient(pdd, sn)
    full["address"]["detail"] = info(pdd, sn)["address"]
    assert take(pdd, parcel(pdd, sn, object_id="full", recipient=full))
    without = parcel(pdd, sn, object_id="none")
    del without["recipient"]
    assert take(pdd, without), "the platform knows the receiver of its own order"


def test_the_same_parcel_again_has_the_same_number(pdd: Pdd) -> None:
    sn = pdd.new()
    [first], [again] = take(pdd, parcel(pdd, sn)), take(pdd, parcel(pdd, sn))
    assert first == again and branch(pdd)["allocated_quantity"] == 1
    [other] = take(pdd, parcel(pdd, sn, object_id="p2"))
    assert other["waybill_code"] != first["waybill_code"]
    pdd.switch(waybill_again="fresh")
    assert take(pdd, parcel(pdd, sn))[0]["waybill_code"] != first["waybill_code"]
    rows = [parcel(pdd, sn, object_id=f"q{n}") for n in range(11)]
    assert code_of(pdd, asked(pdd, *rows)) == 10000 and len(take(pdd, *rows[:10])) == 10
    assert code_of(pdd, asked(pdd, rows[0], rows[0])) == 10000


def test_quota_falls_comes_back_and_ends(pdd: Pdd) -> None:
    pdd.switch(waybill_quota=1)
    sn = pdd.new()
    [told] = take(pdd, parcel(pdd, sn))
    assert branch(pdd)["quantity"] == 0 and take(pdd, parcel(pdd, sn)) == [told], "asking again takes none"
    request = asked(pdd, parcel(pdd, sn, object_id="p2"))
    assert pdd.refusal("pdd.waybill.get", **{NEW: request}).sub_msg == "电子面单余额不足"
    cancel = {"wp_code": "YTO", "waybill_code": told["waybill_code"]}
    assert pdd.call("pdd.waybill.cancel", **cancel) == {"cancel_result": True}
    account = branch(pdd)
    assert (account["quantity"], account["allocated_quantity"], account["cancel_quantity"]) == (1, 1, 1)
    assert pdd.refusal("pdd.waybill.cancel", **cancel).code == 50001
    [new] = take(pdd, parcel(pdd, sn))
    assert new["waybill_code"] != told["waybill_code"], "a cancelled number never comes back"


def test_parcels_of_one_shipment_have_a_parent(pdd: Pdd) -> None:
    sn = pdd.new()
    rows = [parcel(pdd, sn, object_id=f"p{n}") for n in range(3)]
    for row in rows:
        row["package_info"]["total_packages_count"] = 3
    told = take(pdd, *rows)
    assert {one["parent_waybill_code"] for one in told} == {told[0]["waybill_code"]}
    assert len({one["waybill_code"] for one in told}) == 3


def test_looking_up_updating_cancelling(pdd: Pdd) -> None:
    sn = pdd.new()
    [told] = take(pdd, parcel(pdd, sn))
    query, row = "pdd.waybill.query.by.waybillcode", {"object_id": "q", "wp_code": "YTO"}
    rows = [{**row, "waybill_code": told["waybill_code"]}, {**row, "waybill_code": "none"}]
    [hit] = pdd.call(query, param_list=rows)["modules"]
    found = hit["waybill_cloud_print_response"]
    assert (found["waybill_code"], found["object_id"]) == (told["waybill_code"], "q")
    assert pdd.refusal(query, param_list=[row] * 21).code == 10000 and pdd.refusal(query).code == 21002
    pdd.patch(sn, action="change_address", receiver_name="新收件人")
    change = {"wp_code": "YTO", "waybill_code": told["waybill_code"], "recipient": recipient(pdd, sn)}
    new = pdd.call("pdd.waybill.update", **{CHANGE: change})
    assert new["waybill_code"] == told["waybill_code"] and new["print_data"] != told["print_data"]
    other = pdd.new()
    foreign = {**change, "recipient": recipient(pdd, other)}
    assert pdd.refusal("pdd.waybill.update", **{CHANGE: foreign}).sub_msg == "收件人密文与订单不匹配"
    pdd.send(sn, told["waybill_code"], 85)
    assert pdd.refusal("pdd.waybill.update", **{CHANGE: change}).code == 50001
    cancel = {"wp_code": "YTO", "waybill_code": told["waybill_code"]}
    assert pdd.refusal("pdd.waybill.cancel", **cancel).code == 50001, "an order left with it"
    assert pdd.refusal("pdd.waybill.cancel", wp_code="YTO").code == 21002
    assert [row["used"] for row in pdd.truth(sn)["_sandbox"]["waybills"]] == [True]


def test_a_cancelled_foreign_or_other_companys_number_cannot_be_sent_with(pdd: Pdd) -> None:
    sn = pdd.new()
    void, other = take(pdd, parcel(pdd, sn), parcel(pdd, sn, object_id="p2"))
    pdd.call("pdd.waybill.cancel", wp_code="YTO", waybill_code=void["waybill_code"])
    send = {"order_sn": sn, "logistics_id": 85, "tracking_number": void["waybill_code"]}
    assert pdd.refusal("pdd.logistics.online.send", **send).code == 50001
    send |= {"tracking_number": other["waybill_code"], "logistics_id": 115}
    assert pdd.refusal("pdd.logistics.online.send", **send).code == 50001
    neighbour = Pdd(pdd.world, 1)
    send |= {"logistics_id": 85, "order_sn": neighbour.new()}
    assert neighbour.refusal("pdd.logistics.online.send", **send).code == 50001
    assert neighbour.refusal("pdd.waybill.cancel", wp_code="YTO", waybill_code=other["waybill_code"]).code == 50001


def test_further_parcels_use_their_numbers_too(pdd: Pdd) -> None:
    sn = pdd.new()
    first, second = take(pdd, parcel(pdd, sn), parcel(pdd, sn, object_id="p2"))
    pdd.send(sn, first["waybill_code"], 85)
    rows = [{"shipping_id": 85, "tracking_number": second["waybill_code"]}]
    assert pdd.call("pdd.order.upload.extra.logistics", order_sn=sn, extra_track_list=rows) == {"success": True}
    assert pdd.refusal("pdd.waybill.cancel", wp_code="YTO", waybill_code=second["waybill_code"]).code == 50001


def test_the_carrier_knows_the_parcel_and_fetches_it() -> None:
    pdd = Pdd(still(carriers=["sf"]))
    sn = pdd.new()
    [told] = take(pdd, parcel(pdd, sn, company="SF"), company="SF")
    [row] = control(pdd.world, "GET", "/_sandbox/sf/orders")
    assert row["order_id"] == told["waybill_code"]
    pdd.world.advance(6 * 3600)
    assert pdd.refusal("pdd.waybill.cancel", wp_code="SF", waybill_code=told["waybill_code"]).code == 50001
    assert control(pdd.world, "GET", f"/_sandbox/sf/orders/{told['waybill_code']}")["routes"]
