"""Cainiao's e-waybills, docs/platforms/taobao.md §6.5, rule by rule."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from test_taobao_emulator_tools import Refused, Tb, control, still

GET, UPDATE, CANCEL = "cainiao.waybill.ii.get", "cainiao.waybill.ii.update", "cainiao.waybill.ii.cancel"
BY_TRADE, BY_CODE = "cainiao.waybill.ii.query.by.tradecode", "cainiao.waybill.ii.query.by.waybillcode"
NEW, CHANGE = "param_waybill_cloud_print_apply_new_request", "param_waybill_cloud_print_update_request"
FORMATS = {
    "SF": r"SF\d{13}", "YTO": r"YT\d{13}", "STO": r"77\d{13}", "ZTO": r"\d{14}", "YUNDA": r"\d{13}", "EMS": r"\d{13}",
    "POSTB": r"\d{13}",
}  # fmt: skip


@pytest.fixture
def tb() -> Tb:
    return Tb(still())


def branch(tb: Tb, company: str = "YTO") -> dict[str, Any]:
    """The one account of a company."""
    told = tb.call("cainiao.waybill.ii.search", cp_code=company)
    [row] = told["waybill_apply_subscription_cols"]["waybill_apply_subscription_info"]
    [account] = row["branch_account_cols"]["waybill_branch_account"]
    return dict(account)


def template(tb: Tb, company: str = "YTO") -> str:
    rows = tb.call("cainiao.cloudprint.stdtemplates.get")["result"]["datas"]["standard_template_result"]
    [row] = [one for one in rows if one["cp_code"] == company]
    return str(row["standard_templates"]["standard_template_do"][0]["standard_template_url"])


def recipient(tb: Tb, tid: int) -> dict[str, Any]:
    doc = tb.full(tid)
    address = {"province": doc["receiver_state"], "city": doc.get("receiver_city", ""),
               "district": doc["receiver_district"], "detail": doc["receiver_address"]}  # fmt: skip
    return {"name": doc["receiver_name"], "mobile": doc["receiver_mobile"], "oaid": doc["oaid"], "tid": str(tid),
            "address": address}  # fmt: skip


def parcel(tb: Tb, *tids: int, object_id: str = "p1", company: str = "YTO", **more: Any) -> dict[str, Any]:
    package = {"items": [{"name": "T恤", "count": 1}], "weight": 500, "goods_description": "服装", "id": object_id}
    return {
        "object_id": object_id, "template_url": template(tb, company), "user_id": 2_200_000_000_001,
        "order_info": {"order_channels_type": "TB", "trade_order_list": [str(tid) for tid in tids]},
        "package_info": package, "recipient": recipient(tb, tids[0]), **more,
    }  # fmt: skip


def asked(tb: Tb, *parcels: dict[str, Any], company: str = "YTO", **more: Any) -> dict[str, Any]:
    address = dict(branch(tb, company)["shipp_address_cols"]["address_dto"][0])
    del address["waybill_address_id"]
    sender = {"name": "云杉户外", "mobile": "13800000000", "address": address}
    return {"cp_code": company, "sender": sender, "trade_order_info_dtos": list(parcels), **more}


def take(tb: Tb, *parcels: dict[str, Any], company: str = "YTO", **more: Any) -> list[dict[str, Any]]:
    told = tb.call(GET, **{NEW: json.dumps(asked(tb, *parcels, company=company, **more))})
    return list(told["modules"]["waybill_cloud_print_response"])


def refused(tb: Tb, request: dict[str, Any]) -> Refused:
    return tb.refusal(GET, **{NEW: json.dumps(request)})


def found(tb: Tb, tid: int) -> list[dict[str, Any]]:
    told = tb.call(BY_TRADE, param_list=json.dumps([{"biz_sub_code": str(tid), "object_id": "q"}]))
    return list(told["modules"]["waybill_cloud_print_with_result_desc_response"])


def test_accounts_tell_branch_addresses_and_what_is_left(tb: Tb) -> None:
    told = tb.call("cainiao.waybill.ii.search")["waybill_apply_subscription_cols"]["waybill_apply_subscription_info"]
    kinds = {row["cp_code"]: row["cp_type"] for row in told}
    assert kinds.keys() == FORMATS.keys() and kinds["SF"] == 1 and kinds["YTO"] == 2
    account = branch(tb)
    assert account["quantity"] == 5000 and account["allocated_quantity"] == account["cancel_quantity"] == 0
    assert len(account["shipp_address_cols"]["address_dto"]) == 2
    monthly = branch(tb, "SF")
    assert monthly["customer_code_list"] == {"string": ["SF-M-01"]}
    assert set(json.loads(monthly["customer_code_map"]).values()) == {"SF-M-01"}
    assert "waybill_apply_subscription_cols" not in tb.call("cainiao.waybill.ii.search", cp_code="NOBODY")


@pytest.mark.parametrize("company", FORMATS)
def test_numbers_have_the_form_of_their_company(tb: Tb, company: str) -> None:
    tid = tb.new()
    [told] = take(tb, parcel(tb, tid, company=company), company=company)
    assert re.fullmatch(FORMATS[company], told["waybill_code"])
    assert told["object_id"] == "p1" and told["cp_code"] == company and "parent_waybill_code" not in told
    tb.ship(tid, told["waybill_code"], company)
    assert tb.full(tid)["status"] == "WAIT_BUYER_CONFIRM_GOODS"


def test_print_data_are_sealed_and_name_the_template(tb: Tb) -> None:
    tid = tb.new()
    [told] = take(tb, parcel(tb, tid), need_encrypt=False)
    printed = json.loads(told["print_data"])
    assert printed.keys() == {"encryptedData", "signature", "templateURL", "ver"}
    assert printed["templateURL"] == template(tb)
    doc = tb.truth(tid)
    assert doc["receiver_name"] not in told["print_data"] and doc["receiver_mobile"] not in told["print_data"]


def test_orders_from_elsewhere_print_openly_if_asked(tb: Tb) -> None:
    who = {"name": "王小明", "mobile": "13812345678", "address": {"province": "浙江省", "detail": "文三路1号"}}
    other = parcel(
        tb, tb.new(), recipient=who, order_info={"order_channels_type": "OTHERS", "trade_order_list": ["A-1"]}
    )
    [told] = take(tb, other, need_encrypt=False)
    assert json.loads(told["print_data"])["data"]["recipient"] == who
    masked = {**other, "recipient": {**who, "name": "王**"}}
    assert refused(tb, asked(tb, masked)).code == 40
    [_] = take(tb, {**masked, "recipient": {**masked["recipient"], "caid": "c1"}})


def test_quota_falls_comes_back_and_ends(tb: Tb) -> None:
    tb.switch(waybill_quota=2)
    tid = tb.new()
    first, _ = take(tb, parcel(tb, tid), parcel(tb, tid, object_id="p2"))
    account = branch(tb)
    assert (account["quantity"], account["allocated_quantity"]) == (0, 2)
    assert refused(tb, asked(tb, parcel(tb, tid, object_id="p3"))).sub_code == "isv.waybill-quantity-insufficient"
    assert tb.call(CANCEL, cp_code="YTO", waybill_code=first["waybill_code"])["cancel_result"] is True
    account = branch(tb)
    assert (account["quantity"], account["allocated_quantity"], account["cancel_quantity"]) == (1, 2, 1)
    request = asked(tb, parcel(tb, tid, object_id="p3"), parcel(tb, tid, object_id="p4"))
    assert refused(tb, request).sub_code == "isv.waybill-quantity-insufficient"
    assert branch(tb)["quantity"] == 1, "all of a call or none"
    assert branch(tb, "ZTO")["quantity"] == 2


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


ROW = "trade_order_info_dtos."


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("cp_code", None, 40), ("cp_code", "X" * 20, 41), ("cp_code", "JD", 15), ("sender", None, 40),
        ("sender.name", None, 40), ("sender.name", "名" * 40, 41), ("sender.mobile", None, 40),
        ("sender.address.province", None, 40), ("sender.address.detail", "仓储路2号", 41),
        ("sender.address.city", "苏州市", 41), ("trade_order_info_dtos", None, 40), ("trade_order_info_dtos", [], 41),
        (f"{ROW}object_id", None, 40), (f"{ROW}template_url", None, 40), (f"{ROW}template_url", "http://x", 41),
        (f"{ROW}user_id", None, 40), (f"{ROW}order_info", None, 40), (f"{ROW}order_info.order_channels_type", None, 40),
        (f"{ROW}order_info.trade_order_list", [], 41), (f"{ROW}order_info.trade_order_list", ["a b"], 41),
        (f"{ROW}order_info.trade_order_list", ["1"] * 101, 41), (f"{ROW}order_info.trade_order_list", ["1"], 15),
        (f"{ROW}package_info", None, 40), (f"{ROW}package_info.items", None, 40),
        (f"{ROW}package_info.items", [{"name": "a", "count": 1}] * 101, 41),
        (f"{ROW}package_info.items", [{"name": "a", "count": 0}], 41),
        (f"{ROW}package_info.total_packages_count", "x", 41), (f"{ROW}waybill_code", "YT1", 41),
        (f"{ROW}recipient", None, 40), (f"{ROW}recipient.name", None, 40), (f"{ROW}recipient.mobile", None, 40),
        (f"{ROW}recipient.address.detail", None, 40), (f"{ROW}recipient.oaid", None, 40),
        (f"{ROW}recipient.oaid", "other", 15), (f"{ROW}recipient.tid", None, 40), (f"{ROW}recipient.tid", "1", 41),
        ("product_code", "1", 41), ("customer_code", "SF-M-01", 15), ("shipping_branch_code", "other", 15),
    ],
)  # fmt: skip
def test_what_a_request_must_have(tb: Tb, path: str, value: Any, code: int) -> None:
    request = asked(tb, parcel(tb, tb.new()))
    assert refused(tb, at(request, path, value)).code == code
    assert branch(tb)["allocated_quantity"] == 0


def test_sf_wants_a_description_and_takes_products_accounts_and_own_numbers(tb: Tb) -> None:
    tid = tb.new()
    row = parcel(tb, tid, company="SF")
    request = asked(tb, row, company="SF")
    assert refused(tb, at(request, f"{ROW}package_info.goods_description", None)).code == 40
    types = tb.call("cainiao.waybill.ii.product", cp_code="SF")["product_types"]["waybill_product_type"]
    more = {"product_code": types[0]["code"], "customer_code": "SF-M-01"}
    [told] = take(tb, {**row, "waybill_code": "SF1999999999999"}, company="SF", **more)
    assert told["waybill_code"] == "SF1999999999999"
    assert refused(tb, {**request, "product_code": "77"}).code == 41
    again = at(request, f"{ROW}waybill_code", "SF1999999999999")
    assert refused(tb, again).sub_code == "isv.waybill-code-used"


def test_ten_parcels_a_call_named_apart(tb: Tb) -> None:
    tid = tb.new()
    rows = [parcel(tb, tid, object_id=f"p{n}") for n in range(11)]
    assert refused(tb, asked(tb, *rows)).code == 41
    assert len(take(tb, *rows[:10])) == 10
    assert refused(tb, asked(tb, rows[0], rows[0])).code == 41
    upper = parcel(tb, tid, object_id="P1")
    assert refused(tb, asked(tb, rows[1], upper)).code == 41, "package ids differ in more than case"


def test_asking_again_gives_another_number_unless_switched(tb: Tb) -> None:
    tid = tb.new()
    row = parcel(tb, tid)
    [first], [second] = take(tb, row), take(tb, row)
    assert first["waybill_code"] != second["waybill_code"]
    assert [one["waybill_cloud_print_response"]["waybill_code"] for one in found(tb, tid)] == [
        first["waybill_code"], second["waybill_code"],
    ]  # fmt: skip
    tb.switch(waybill_again="same")
    [third] = take(tb, row)
    assert third == first and branch(tb)["allocated_quantity"] == 2
    [fourth] = take(tb, parcel(tb, tid, object_id="p2"))
    assert fourth["waybill_code"] not in (first["waybill_code"], second["waybill_code"])


def test_parcels_of_one_shipment_have_a_parent(tb: Tb) -> None:
    tid = tb.new()
    rows = [parcel(tb, tid, object_id=f"p{n}") for n in range(3)]
    for row in rows:
        row["package_info"]["total_packages_count"] = 3
    told = take(tb, *rows[:2], multi_packages_shipment=True) + take(tb, rows[2], multi_packages_shipment=True)
    assert {one["parent_waybill_code"] for one in told} == {told[0]["waybill_code"]}
    assert len({one["waybill_code"] for one in told}) == 3
    tb.ship(tid, told[0]["parent_waybill_code"], "YTO")
    single = take(tb, parcel(tb, tb.new()), multi_packages_shipment=True)
    assert "parent_waybill_code" not in single[0]


def test_looking_up_by_order_and_by_number(tb: Tb) -> None:
    tid = tb.new()
    [missing] = found(tb, tid)
    assert missing["success"] is False and missing["error_code"] and missing["error_message"]
    [told] = take(tb, parcel(tb, tid))
    [hit] = found(tb, tid)
    assert hit["success"] is True and hit["waybill_cloud_print_response"] == told and hit["object_id"] == "q"
    rows = json.dumps(
        [{"cp_code": "YTO", "waybill_code": told["waybill_code"]}, {"cp_code": "YTO", "waybill_code": "x"}]
    )
    both = tb.call(BY_CODE, param_list=rows)["modules"]["waybill_cloud_print_with_result_desc_response"]
    assert [one["success"] for one in both] == [True, False]
    assert tb.refusal(BY_TRADE, param_list=json.dumps([{"biz_sub_code": "1"}] * 11)).code == 41
    assert tb.refusal(BY_CODE, param_list=json.dumps([{"waybill_code": "1"}] * 21)).code == 41
    other = Tb(tb.world, 1)
    assert found(other, tid)[0]["success"] is False, "another seller's order"


def test_updates_change_the_label_until_it_is_used(tb: Tb) -> None:
    tid = tb.new()
    [told] = take(tb, parcel(tb, tid))
    change = {"cp_code": "YTO", "waybill_code": told["waybill_code"]}
    tb.patch(tid, action="change_address", receiver_address="学院路9号", receiver_name="新收件人")
    stale = tb.refusal(UPDATE, **{CHANGE: json.dumps(change)})
    assert stale.sub_code == "isv.waybill-oaid-not-matched", "the receiver moved: the old token is dead"
    fresh = {**change, "recipient": recipient(tb, tid)}
    new = tb.call(UPDATE, **{CHANGE: json.dumps(fresh)})
    assert new["waybill_code"] == told["waybill_code"] and new["print_data"] != told["print_data"]
    assert tb.refusal(UPDATE, **{CHANGE: json.dumps({**change, "waybill_code": "x"})}).code == 15
    assert tb.refusal(UPDATE, **{CHANGE: json.dumps({"cp_code": "YTO"})}).code == 40
    tb.ship(tid, told["waybill_code"], "YTO")
    assert tb.refusal(UPDATE, **{CHANGE: json.dumps(fresh)}).sub_code == "isv.waybill-status-error"


def test_cancelling_is_over_once_an_order_left_with_it(tb: Tb) -> None:
    tid = tb.new()
    [told] = take(tb, parcel(tb, tid))
    cancel = {"cp_code": "YTO", "waybill_code": told["waybill_code"]}
    tb.ship(tid, told["waybill_code"], "YTO")
    assert tb.call(CANCEL, **cancel)["cancel_result"] is False
    assert tb.refusal(CANCEL, **{**cancel, "waybill_code": "x"}).sub_code == "isv.waybill-not-exist"
    assert tb.refusal(CANCEL, **{**cancel, "cp_code": "ZTO"}).sub_code == "isv.waybill-not-exist"


def test_a_cancelled_or_foreign_number_cannot_be_sent_with(tb: Tb) -> None:
    tid = tb.new()
    [void], [other] = take(tb, parcel(tb, tid)), take(tb, parcel(tb, tid, object_id="p2"))
    assert tb.call(CANCEL, cp_code="YTO", waybill_code=void["waybill_code"])["cancel_result"]
    assert (
        tb.refusal(CANCEL, cp_code="YTO", waybill_code=void["waybill_code"]).sub_code == "isv.waybill-already-cancelled"
    )
    for number, company in ((void["waybill_code"], "YTO"), (other["waybill_code"], "ZTO")):
        with pytest.raises(Refused, match="logistics-offline-service-error:F"):
            tb.ship(tid, number, company)
    neighbour = Tb(tb.world, 1)
    with pytest.raises(Refused, match="logistics-offline-service-error:F"):
        neighbour.ship(neighbour.new(), other["waybill_code"], "YTO")
    assert [row["cancelled"] for row in tb.truth(tid)["_sandbox"]["waybills"]] == [True, False]


def test_the_carrier_knows_the_parcel_and_fetches_it() -> None:
    tb = Tb(still(carriers=["yto", "sf", "kuaidi100"]))
    tid, late = tb.new(), tb.new()
    [told], [gone] = take(tb, parcel(tb, tid)), take(tb, parcel(tb, late))
    rows = {row["order_id"]: row for row in control(tb.world, "GET", "/_sandbox/yto/orders")}
    assert rows.keys() == {told["waybill_code"], gone["waybill_code"]}
    assert control(tb.world, "GET", "/_sandbox/kuaidi100/orders") == [], "an aggregator lists its own orders only"
    assert tb.call(CANCEL, cp_code="YTO", waybill_code=gone["waybill_code"])["cancel_result"] is True
    tb.world.advance(3 * 3600)
    assert tb.call(CANCEL, cp_code="YTO", waybill_code=told["waybill_code"])["cancel_result"] is False
    found_at_yto = control(tb.world, "GET", f"/_sandbox/yto/orders/{told['waybill_code']}")
    assert [event["code"] for event in found_at_yto["events"]] and not found_at_yto["cancelled"]
    assert control(tb.world, "GET", f"/_sandbox/yto/orders/{gone['waybill_code']}")["cancelled"]


def test_only_the_carrier_itself_says_that_it_fetched_a_parcel() -> None:
    tb = Tb(still(carriers=["kuaidi100", "yto"]))
    control(tb.world, "PUT", "/_sandbox/switches", {"kuaidi100": {"pace_percent": 1}})
    tid = tb.new()
    [told] = take(tb, parcel(tb, tid))
    tb.world.advance(3600)
    at_yto = f"/_sandbox/yto/orders/{told['waybill_code']}"
    assert not control(tb.world, "GET", at_yto)["cancelled"]
    assert tb.call(CANCEL, cp_code="YTO", waybill_code=told["waybill_code"])["cancel_result"] is True
    assert control(tb.world, "GET", at_yto)["cancelled"]
    assert control(tb.world, "GET", f"/_sandbox/kuaidi100/orders/{told['waybill_code']}")["cancelled"]


def test_templates_of_the_shop_itself_will_do(tb: Tb) -> None:
    rows = tb.call("cainiao.cloudprint.mystdtemplates.get")["result"]["datas"]["user_template_result"]
    [mine] = [row["user_std_templates"]["user_template_do"][0] for row in rows if row["cp_code"] == "YTO"]
    [told] = take(tb, parcel(tb, tb.new(), template_url=mine["user_std_template_url"]))
    assert json.loads(told["print_data"])["templateURL"] == mine["user_std_template_url"]
    assert refused(tb, asked(tb, parcel(tb, tb.new(), template_url=template(tb, "ZTO")))).code == 41
