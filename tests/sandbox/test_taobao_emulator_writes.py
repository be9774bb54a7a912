"""What docs/platforms/taobao.md §11 says an emulator must enforce, row by row; writing side."""

from __future__ import annotations

import contextlib
import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_taobao_emulator_tools import Refused, Tb, control, still

from orderhub.flow.message import Reply, Request
from orderhub.sandbox.platforms.taobao.spec import REFUND_MOVES, TRADE_MOVES

SEND = "alibaba.ascp.logistics.offline.send"
OLD_SEND = "taobao.logistics.offline.send"
RESEND = "taobao.logistics.consign.resend"
PARCELS_RESEND = "alibaba.ascp.logistics.consign.resend"
MODIFY = "alibaba.ascp.logistics.consign.modify"
OFFLINE, UPDATE = "isv.logistics-offline-service-error:", "isv.update-company-or-mailno-error:"


@pytest.fixture
def tb() -> Tb:
    return Tb(still())


def order(tb: Tb, lines: int = 1, num: int = 1, **fields: object) -> int:
    """A fresh paid order of so many lines of `num` units."""
    tid = 10**18 + len(tb.tids()) * 10
    rows = [
        {"oid": tid if lines == 1 else tid + n, "num": num, "price": "10.00", "payment": "10.00", "title": f"t{n}"}
        for n in range(1, lines + 1)
    ]
    return tb.post(**{"tid": tid, "orders": rows, "pay_time": "2026-03-18 10:00:00", **fields})


def lines(tb: Tb, tid: int) -> list[dict[str, Any]]:
    return list(tb.truth(tid)["orders"])


def pkgs(*parcels: dict[str, Any]) -> str:
    return json.dumps([{"company_code": "SF", **parcel} for parcel in parcels])


# (13) shipping


def test_13_sending_moves_the_order_and_names_the_carrier(tb: Tb) -> None:
    tid = order(tb, 2)
    tb.world.advance(5)
    assert tb.ship(tid) == {"result": {"success": True}, "request_id": tb.world.log(1) and "sandbox000000002"}
    told = tb.full(tid)
    assert told["status"] == "WAIT_BUYER_CONFIRM_GOODS"
    assert told["consign_time"] == told["modified"]
    for line in told["orders"]["order"]:
        assert (line["invoice_no"], line["logistics_company"]) == ("SF1000000000001", "顺丰速运")
        assert line["status"] == "WAIT_BUYER_CONFIRM_GOODS"


@pytest.mark.parametrize("api", [SEND, OLD_SEND])
def test_13_a_second_send_is_b04(tb: Tb, api: str) -> None:
    tid = order(tb)
    more: dict[str, object] = {"out_sid": "SF1", "company_code": "SF", "consign_pkgs": pkgs({"out_sid": "SF10001"})}
    more["out_sid"] = "SF10001"
    tb.call(api, tid=tid, **more)
    assert tb.refusal(api, tid=tid, **more).sub_code == OFFLINE + "B04"


def test_13_closed_orders_are_b04_unpaid_and_forbidden_ones_b02(tb: Tb) -> None:
    closed, unpaid, forbidden, held = order(tb), tb.new(unpaid=True), order(tb), order(tb, top_hold=1)
    tb.patch(closed, action="cancel")
    tb.patch(forbidden, fields={"status": "PAID_FORBID_CONSIGN"})
    told = []
    for tid in (closed, unpaid, forbidden, held):
        with pytest.raises(Refused) as caught:
            tb.ship(tid)
        told.append(caught.value.sub_code)
    assert told == [OFFLINE + suffix for suffix in ("B04", "B02", "B02", "B02")]


@pytest.mark.parametrize(
    ("parcel", "suffix"),
    [
        ({"out_sid": "SF10001", "company_code": "NOPE"}, "B56"), ({"out_sid": ""}, "B59"), ({"out_sid": "运单"}, "B60"),
        ({"out_sid": "SF10001", "goods": [{"sub_tid": "5"}]}, "P38"),
    ],
)  # fmt: skip
def test_13_bad_parcels_have_their_codes_and_change_nothing(tb: Tb, parcel: dict[str, Any], suffix: str) -> None:
    tid = order(tb)
    before = tb.truth(tid)
    assert tb.refusal(SEND, tid=tid, consign_pkgs=pkgs(parcel)).sub_code == OFFLINE + suffix
    assert tb.truth(tid) == before


def test_13_an_unknown_order_is_p02(tb: Tb) -> None:
    assert tb.refusal(SEND, tid=1, consign_pkgs=pkgs({"out_sid": "SF10001"})).sub_code == OFFLINE + "P02"


def test_13_old_send_wants_both_split_flags_or_none(tb: Tb) -> None:
    tid = order(tb, 2)
    oid = lines(tb, tid)[0]["oid"]
    base = {"tid": tid, "out_sid": "SF10001", "company_code": "SF"}
    assert tb.refusal(OLD_SEND, **base, is_split=1).sub_code == OFFLINE + "P25"
    assert tb.refusal(OLD_SEND, **base, sub_tid=oid).sub_code == OFFLINE + "P25"
    assert tb.refusal(OLD_SEND, **base, is_split=1, sub_tid=7).sub_code == OFFLINE + "P38"
    assert tb.call(OLD_SEND, **base, is_split=1, sub_tid=oid)["shipping"]["is_success"] is True
    assert tb.truth(tid)["status"] == "SELLER_CONSIGNED_PART"


def test_13_once_split_always_split(tb: Tb) -> None:
    tid = order(tb, 2)
    first, second = (line["oid"] for line in lines(tb, tid))
    base = {"tid": tid, "out_sid": "SF10001", "company_code": "SF"}
    tb.call(OLD_SEND, **base, is_split=1, sub_tid=first)
    assert tb.refusal(OLD_SEND, **base).sub_code == OFFLINE + "B06"
    assert tb.refusal(OLD_SEND, **base, is_split=1, sub_tid=first).sub_code == OFFLINE + "B04"
    assert tb.refusal(RESEND, **{**base, "out_sid": "SF10002"}).sub_code == UPDATE + "B06"
    tb.call(OLD_SEND, **base, is_split=1, sub_tid=second)
    told = tb.full(tid)
    assert (told["status"], told["is_part_consign"]) == ("WAIT_BUYER_CONFIRM_GOODS", True)


def test_13_cash_on_delivery_is_not_for_the_old_call(tb: Tb) -> None:
    tid = order(tb, type="cod")
    assert tb.refusal(OLD_SEND, tid=tid, out_sid="SF10001", company_code="SF").sub_code == OFFLINE + "B98"
    tb.ship(tid)
    assert tb.patch(tid, action="receive")["status"] == "TRADE_BUYER_SIGNED"
    assert tb.patch(tid, action="receive")["status"] == "TRADE_FINISHED"


def test_13_bound_lines_travel_together(tb: Tb) -> None:
    tid = order(tb, 2)
    first, second = lines(tb, tid)
    first["bind_oid"], second["bind_oid"] = second["oid"], first["oid"]
    tb.patch(tid, fields={"orders": [first, second]})
    base = {"tid": tid, "out_sid": "SF10001", "company_code": "SF", "is_split": 1}
    assert tb.refusal(OLD_SEND, **base, sub_tid=first["oid"]).sub_code == OFFLINE + "P38"
    assert tb.call(OLD_SEND, **base, sub_tid=f"{first['oid']},{second['oid']}")


def test_13_units_in_part_need_the_new_flow(tb: Tb) -> None:
    tid = order(tb, 1, num=3)
    oid = lines(tb, tid)[0]["oid"]
    parcel = pkgs({"out_sid": "SF10001", "goods": [{"sub_tid": oid, "num": 2}]})
    assert tb.refusal(SEND, tid=tid, consign_type=0, consign_pkgs=parcel).sub_code == OFFLINE + "P38"
    tb.call(SEND, tid=tid, consign_type=1, consign_pkgs=parcel)
    assert tb.truth(tid)["status"] == "SELLER_CONSIGNED_PART"
    assert tb.refusal(SEND, tid=tid, consign_type=1, consign_pkgs=parcel).sub_code == OFFLINE + "P38"
    rest = pkgs({"out_sid": "SF10002", "goods": [{"sub_tid": oid, "num": 1}]})
    tb.call(SEND, tid=tid, consign_type=1, consign_pkgs=rest)
    assert tb.truth(tid)["status"] == "WAIT_BUYER_CONFIRM_GOODS"


def test_13_type_2_completes_a_line_sent_in_part(tb: Tb) -> None:
    tid = order(tb, 1, num=3)
    oid = lines(tb, tid)[0]["oid"]
    parcel = pkgs({"out_sid": "SF10001", "goods": [{"sub_tid": oid, "num": 1}]})
    tb.call(SEND, tid=tid, consign_type=2, consign_pkgs=parcel)
    assert tb.truth(tid)["status"] == "WAIT_BUYER_CONFIRM_GOODS"


def test_13_lines_that_may_not_be_divided(tb: Tb) -> None:
    tid = order(tb, 1, num=2, logistics_agreement={"no_detail_part_consign": "1"})
    parcel = pkgs({"out_sid": "SF10001", "goods": [{"sub_tid": tid, "num": 1}]})
    assert tb.refusal(SEND, tid=tid, consign_type=1, consign_pkgs=parcel).sub_code == OFFLINE + "P38"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 3), min_size=1, max_size=3), st.data())
def test_13_parcels_never_hold_more_than_was_ordered(nums: list[int], data: st.DataObject) -> None:
    tb = Tb(still())
    tid = 10**18
    rows = [{"oid": tid + n, "num": num, "price": "1.00"} for n, num in enumerate(nums)]
    tb.post(tid=tid, orders=rows)
    for number in range(8):
        chosen = data.draw(st.dictionaries(st.integers(0, len(nums) - 1), st.integers(1, 3), min_size=1, max_size=3))
        goods = [{"sub_tid": str(tid + n), "num": units} for n, units in chosen.items()]
        with contextlib.suppress(Refused):
            tb.call(SEND, tid=tid, consign_type=1, consign_pkgs=pkgs({"out_sid": f"SF1000{number}", "goods": goods}))
    truth = tb.truth(tid)
    sent = {row["oid"]: 0 for row in rows}
    for parcel in truth["_sandbox"]["parcels"]:
        for oid, units in parcel["goods"].items():
            sent[int(oid)] += units
    assert all(sent[row["oid"]] <= row["num"] for row in rows)
    done = all(sent[row["oid"]] == row["num"] for row in rows)
    assert done == (truth["status"] == "WAIT_BUYER_CONFIRM_GOODS")
    assert (truth["status"] == "WAIT_SELLER_SEND_GOODS") == (not any(sent.values()))


def test_13_several_parcels_in_one_call(tb: Tb) -> None:
    tid = order(tb, 2)
    first, second = (str(line["oid"]) for line in lines(tb, tid))
    parcels = pkgs(
        {"out_sid": "SF10001", "goods": [{"sub_tid": first, "num": 1}]},
        {"out_sid": "SF10002", "goods": [{"sub_tid": second, "num": 1}]},
    )
    tb.call(SEND, tid=tid, consign_type=1, consign_pkgs=parcels)
    told = tb.full(tid)
    assert [line["invoice_no"] for line in told["orders"]["order"]] == ["SF10001", "SF10002"]
    traces = tb.call("taobao.logistics.trace.get.new", tid=tid)["result"]["result"]
    assert {row["out_sid"]: row["sub_trade_list"]["number"] for row in traces} == {
        "SF10001": [int(first)], "SF10002": [int(second)],
    }  # fmt: skip


def test_13_resupply_only_after_sending(tb: Tb) -> None:
    tid = order(tb)
    parcel = pkgs({"out_sid": "SF10009"})
    assert tb.refusal(SEND, tid=tid, consign_type=3, consign_pkgs=parcel).sub_code == UPDATE + "CD19"
    tb.ship(tid)
    tb.call(SEND, tid=tid, consign_type=3, consign_pkgs=parcel)
    assert len(tb.truth(tid)["_sandbox"]["parcels"]) == 2


def test_13_dummy_send_needs_no_waybill(tb: Tb) -> None:
    tid = order(tb)
    tb.call("taobao.logistics.dummy.send", tid=tid)
    assert tb.truth(tid)["status"] == "WAIT_BUYER_CONFIRM_GOODS"
    assert tb.refusal("taobao.logistics.dummy.send", tid=tid).sub_code == OFFLINE + "B04"


def test_13_resend_only_after_send_within_50_days_and_with_a_change(tb: Tb) -> None:
    tid = order(tb)
    base = {"tid": tid, "out_sid": "SF10002", "company_code": "SF"}
    assert tb.refusal(RESEND, **base).sub_code == UPDATE + "CD19"
    tb.ship(tid, "SF10001")
    assert tb.refusal(RESEND, **{**base, "out_sid": "SF10001"}).sub_code == UPDATE + "P07"
    tb.call(RESEND, **base)
    assert lines(tb, tid)[0]["invoice_no"] == "SF10002"
    tb.switch(access_token_s=10**8)
    tb.world.advance(timedelta(days=51).total_seconds())
    assert tb.refusal(RESEND, **{**base, "out_sid": "SF10003"}).sub_code == UPDATE + "B02"


def test_13_parcels_resend_must_list_everything_sent(tb: Tb) -> None:
    tid = order(tb, 2)
    first, second = (str(line["oid"]) for line in lines(tb, tid))
    tb.ship(tid, "SF10001")
    short = pkgs({"out_sid": "YT10001", "company_code": "YTO", "goods": [{"sub_tid": first}]})
    assert tb.refusal(PARCELS_RESEND, tid=tid, consign_pkgs=short).sub_code == UPDATE + "P38"
    whole = pkgs({"out_sid": "YT10001", "company_code": "YTO", "goods": [{"sub_tid": first}, {"sub_tid": second}]})
    tb.call(PARCELS_RESEND, tid=tid, consign_pkgs=whole)
    assert {line["logistics_company"] for line in lines(tb, tid)} == {"圆通速递"}
    assert tb.refusal(PARCELS_RESEND, tid=tid, consign_pkgs=whole).sub_code == UPDATE + "P07"


def test_13_modify_changes_one_parcel(tb: Tb) -> None:
    tid = order(tb, 2)
    first, second = (str(line["oid"]) for line in lines(tb, tid))
    for oid, number in ((first, "SF10001"), (second, "SF10002")):
        tb.call(SEND, tid=tid, sub_tid=oid, consign_pkgs=pkgs({"out_sid": number}))
    ask = {"tid": tid, "old_out_sid": "SF10002", "old_company_code": "SF", "new_company_code": "ZTO"}
    tb.call(MODIFY, **ask, new_out_sid="75300000000001")
    assert [line["invoice_no"] for line in lines(tb, tid)] == ["SF10001", "75300000000001"]
    assert tb.refusal(MODIFY, **ask, new_out_sid="75300000000002").sub_code == UPDATE + "P38"


def test_13_advice_of_the_platform_binds() -> None:
    tb = Tb(still(awkward=True))
    [tid] = [tid for tid in tb.tids() if "logistics_infos" in tb.truth(tid)]
    with pytest.raises(Refused) as caught:
        tb.ship(tid, "YT10001", "YTO")
    assert caught.value.sub_code == OFFLINE + "B57"
    tb.ship(tid, "SF10001", "SF")


def test_13_every_seeded_order_that_waits_can_be_sent_with_sf() -> None:
    tb = Tb(still(orders=30, awkward=True))
    tb.switch(page_overlap=0)
    for tid in tb.tids(status="WAIT_SELLER_SEND_GOODS"):
        if tb.truth(tid).get("top_hold") != 1:
            tb.ship(tid)
            assert tb.truth(tid)["status"] == "WAIT_BUYER_CONFIRM_GOODS"


def test_carriers_and_traces(tb: Tb) -> None:
    told = tb.call("taobao.logistics.companies.get", session=None, fields="id,code,name,reg_mail_no")
    rows = {row["code"]: row for row in told["logistics_companies"]["logistics_company"]}
    assert rows["SF"]["name"] == "顺丰速运"
    assert len(rows) == 16
    tid = order(tb)
    tb.ship(tid)
    for hours, action in ((0, "CREATE"), (4, "GOT"), (60, "SIGNED")):
        tb.world.advance(hours * 3600)
        [row] = tb.call("taobao.logistics.trace.get.new", tid=tid)["result"]["result"]
        assert row["trace_list"]["transit_step_info"][-1]["action"] == action


# other writes


def test_address_only_before_sending_in_gbk_bytes_minus_one_deletes(tb: Tb) -> None:
    api, tid = "taobao.trade.shippingaddress.update", order(tb, receiver_phone="0571-1234567")
    assert tb.refusal(api, tid=tid, receiver_name="张" * 26).code == 41
    tb.call(api, tid=tid, receiver_name="张" * 25, receiver_phone="-1", receiver_town="蒋村街道")
    truth = tb.truth(tid)
    assert (truth["receiver_name"], truth["lm"]) == ("张" * 25, "1")
    assert "receiver_phone" not in truth
    tb.ship(tid)
    assert tb.refusal(api, tid=tid, receiver_name="李四").code == 15


def test_memo_add_works_once_update_always(tb: Tb) -> None:
    tid = order(tb)
    tb.call("taobao.trade.memo.add", tid=tid, memo="先发", flag=1)
    assert tb.refusal("taobao.trade.memo.add", tid=tid, memo="x").code == 15
    tb.call("taobao.trade.memo.update", tid=tid, memo="加急", flag=10, reset="false")
    tb.call("taobao.trade.memo.update", tid=tid)
    assert (tb.truth(tid)["seller_memo"], tb.truth(tid)["seller_flag"]) == ("加急", 10)
    tb.call("taobao.trade.memo.update", tid=tid, memo="whatever", reset="true")
    assert tb.truth(tid)["seller_memo"] == ""
    assert tb.refusal("taobao.trade.memo.update", tid=tid, memo="长" * 334).code == 41
    assert tb.refusal("taobao.trade.memo.update", tid=tid, flag=11).code == 41


def test_close_wants_a_listed_reason_and_ten_seconds(tb: Tb) -> None:
    api, tid = "taobao.trade.close", tb.new(unpaid=True)
    assert tb.refusal(api, tid=tid, close_reason="不卖了").sub_code == "isv.invalid-parameter:closereason_wrong"
    assert tb.refusal(api, tid=tid, close_reason="缺货").sub_code == "CLOSE_TRADE_TOO_FAST"
    tb.world.advance(10)
    tb.call(api, tid=tid, close_reason="恶意买家/同行捣乱")
    assert tb.truth(tid)["status"] == "TRADE_CLOSED_BY_TAOBAO"
    assert tb.refusal(api, tid=order(tb, created="2026-03-18 09:00:00"), close_reason="缺货").code == 15


# (14) stock


def offer(tb: Tb, sku: str = "SKU-0001") -> dict[str, Any]:
    rows = tb.world.control("GET", "/_sandbox/taobao/stock", {"shop_id": tb.shop_id})[1]
    [row] = [row for row in rows if row["outer_id"] == sku]
    return dict(row)


def test_14_one_item_refuses_below_zero_many_skus_clamp(tb: Tb) -> None:
    control(tb.world, "PUT", "/_sandbox/taobao/stock", {"outer_id": "SKU-0001", "quantity": 3})
    row = offer(tb)
    ids = {"num_iid": row["num_iid"], "sku_id": row["sku_id"]}
    assert tb.refusal("taobao.item.quantity.update", **ids, quantity=-4, type=2).code == 15
    assert offer(tb)["quantity"] == 3
    many = {"num_iid": row["num_iid"], "skuid_quantities": f"{row['sku_id']}:-4"}
    assert tb.refusal("taobao.skus.quantity.update", **many, type=1).code == 15
    tb.call("taobao.skus.quantity.update", **many, type=2)
    assert offer(tb)["quantity"] == 0


def test_14_absolute_quantities_and_their_answer(tb: Tb) -> None:
    row = offer(tb)
    told = tb.call("taobao.item.quantity.update", num_iid=row["num_iid"], sku_id=row["sku_id"], quantity=7)["item"]
    assert told["skus"]["sku"][0]["quantity"] == 7
    listed = tb.call("taobao.item.skus.get", num_iids=row["num_iid"], fields="sku_id,quantity")["skus"]["sku"]
    assert told["num"] == sum(sku["quantity"] for sku in listed)
    assert (
        tb.refusal("taobao.item.quantity.update", num_iid=row["num_iid"], sku_id=row["sku_id"], quantity=-1).code == 15
    )


def test_14_batches_are_limited_by_switch_and_sku_ids_win(tb: Tb) -> None:
    row = offer(tb)
    ask = {"num_iid": row["num_iid"], "skuid_quantities": ";".join([f"{row['sku_id']}:5"] * 11)}
    tb.call("taobao.skus.quantity.update", **ask, outerid_quantities="SKU-0002:9")
    assert offer(tb, "SKU-0002")["quantity"] != 9
    tb.switch(sku_batch_max=10)
    assert tb.refusal("taobao.skus.quantity.update", **ask).code == 41


def test_14_an_outer_id_on_several_skus_changes_all(tb: Tb) -> None:
    row, other = offer(tb), offer(tb, "SKU-0002")
    market_rows = tb.call("taobao.item.skus.get", num_iids=row["num_iid"], fields="sku_id,outer_id")["skus"]["sku"]
    assert {sku["outer_id"] for sku in market_rows} >= {"SKU-0001", "SKU-0002"}
    tb.call("taobao.skus.quantity.update", num_iid=row["num_iid"], outerid_quantities="SKU-0001:4;SKU-0002:5")
    assert (offer(tb)["quantity"], offer(tb, "SKU-0002")["quantity"]) == (4, 5)
    assert other["num_iid"] == row["num_iid"]


def test_14_a_listing_without_skus_takes_the_quantity_itself(tb: Tb) -> None:
    row = offer(tb, "SKU-0040")
    assert row["sku_id"] is None
    tb.call("taobao.item.quantity.update", num_iid=row["num_iid"], quantity=3)
    assert offer(tb, "SKU-0040")["quantity"] == 3
    assert tb.refusal("taobao.item.quantity.update", num_iid=offer(tb)["num_iid"], quantity=3).code == 15


def test_14_tmall_increments_happen_once_per_key(tb: Tb) -> None:
    row = offer(tb)
    ask = {
        "item_id": row["num_iid"], "sku_quantities": json.dumps([{"sku_id": row["sku_id"], "quantity": 2}]),
        "options": json.dumps({"type": 2, "outer_biz_key": "0a1f"}),
    }  # fmt: skip
    for _ in range(2):
        told = tb.call("tmall.item.quantity.update", **ask)
    assert told["quantity_update_result"] == str(row["num_iid"])
    assert offer(tb)["quantity"] == row["quantity"] + 2
    mixed = json.dumps([{"sku_id": row["sku_id"], "quantity": 2}, {"outer_id": "SKU-0002", "quantity": 2}])
    assert tb.refusal("tmall.item.quantity.update", **{**ask, "sku_quantities": mixed}).code == 41
    bad = json.dumps({"type": 2, "outer_biz_key": "xyz"})
    assert tb.refusal("tmall.item.quantity.update", **{**ask, "options": bad}).code == 41


def test_14_foreign_listings_do_not_exist() -> None:
    world = still()
    row = offer(Tb(world, 1))
    refused = Tb(world, 0).refusal(
        "taobao.item.quantity.update", num_iid=row["num_iid"], sku_id=row["sku_id"], quantity=1
    )
    assert refused.code == 15


def test_14_new_orders_take_stock_when_placed_or_when_paid() -> None:
    world = still()
    for number, later in ((0, True), (1, False)):
        tb = Tb(world, number)
        tid = tb.new(unpaid=True)
        line = lines(tb, tid)[0]
        sku = line.get("outer_sku_id", line["outer_iid"])
        control(world, "PUT", "/_sandbox/taobao/stock", {"shop_id": tb.shop_id, "outer_id": sku, "quantity": 50})
        tb.patch(tid, action="pay")
        assert offer(tb, sku)["quantity"] == (50 - line["num"] if later else 50)


def test_listings_can_be_read_in_every_way(tb: Tb) -> None:
    told = tb.call("taobao.items.onsale.get", fields="num_iid,title,num,outer_id", page_size=200)
    ids = [row["num_iid"] for row in told["items"]["item"]]
    assert told["total_results"] == len(ids) == 19
    detail = tb.call("taobao.items.seller.list.get", num_iids=ids[0], fields="num_iid,skus")["items"]["item"][0]
    sku = detail["skus"]["sku"][0]
    told = tb.call("taobao.item.sku.get", num_iid=ids[0], sku_id=sku["sku_id"], fields="quantity,outer_id,status")
    assert told["sku"] == {name: sku[name] for name in ("quantity", "outer_id", "status")}
    assert "items" not in tb.call("taobao.items.inventory.get", fields="num_iid")
    assert tb.refusal("taobao.items.inventory.get", fields="num_iid", page_no=102).code == 41
    assert tb.refusal("taobao.items.onsale.get", fields="num_iid", page_no=101, page_size=200).code == 41
    too_many = ",".join(str(n) for n in range(21))
    assert tb.refusal("taobao.items.seller.list.get", num_iids=too_many, fields="num_iid").code == 41


def test_stock_writes_echo_as_messages_by_switch(tb: Tb) -> None:
    tb.call("taobao.tmc.user.permit")
    row = offer(tb)
    ask = {"num_iid": row["num_iid"], "sku_id": row["sku_id"]}
    tb.call("taobao.item.quantity.update", **ask, quantity=row["quantity"] - 5)
    tb.switch(stock_echo=False)
    tb.call("taobao.item.quantity.update", **ask, quantity=1)
    [message] = tb.call("taobao.tmc.messages.consume")["messages"]["tmc_message"]
    assert json.loads(message["content"])["increment"] == -5


# (15) refunds


def refund(tb: Tb, tid: int, **ask: object) -> dict[str, Any]:
    tb.patch(tid, action="refund", **ask)
    [*_, newest] = tb.truth(tid)["_sandbox"]["refunds"]
    return dict(newest)


def test_15_a_stale_refund_version_is_refused(tb: Tb) -> None:
    tid = tb.new()
    told = refund(tb, tid)
    amount = told["refund_fee"].replace(".", "").lstrip("0")
    info = "|".join([told["refund_id"], amount, "{}", told["refund_phase"]])
    stale = tb.call("taobao.rp.refunds.agree", refund_infos=info.format(told["refund_version"] - 1))
    assert (stale["succ"], stale["msg_code"]) == (False, "OP_FAILURE_UE")
    assert stale["results"]["result"][0]["msg_code"] == "isv.refund-version-mismatch"
    assert tb.truth(tid)["status"] == "WAIT_SELLER_SEND_GOODS"
    assert tb.call("taobao.rp.refunds.agree", refund_infos=info.format(told["refund_version"]))["succ"] is True
    assert tb.truth(tid)["orders"][0]["refund_status"] == "SUCCESS"


def test_15_refusing_needs_goods_sent_a_version_and_a_message(tb: Tb) -> None:
    tid = order(tb)
    told = refund(tb, tid)
    ask = {"refund_id": told["refund_id"], "refuse_message": "已发货", "refund_version": told["refund_version"]}
    assert tb.refusal("taobao.refund.refuse", **ask).sub_code == "isv.refund-status-error"
    tid = order(tb)
    tb.ship(tid)
    told = refund(tb, tid)
    ask = {"refund_id": told["refund_id"], "refuse_message": "已发货", "refund_version": told["refund_version"]}
    assert tb.refusal("taobao.refund.refuse", **ask).code == 40, "Tmall wants a picture"
    tb.switch(refuse_proof_required=False)
    assert tb.refusal("taobao.refund.refuse", **{**ask, "refund_version": None}).code == 15
    assert tb.refusal("taobao.refund.refuse", **{**ask, "refuse_message": "不"}).code == 41
    assert tb.call("taobao.refund.refuse", **ask)["refund"]["status"] == "SELLER_REFUSE_BUYER"


def test_15_a_return_goes_through_its_states(tb: Tb) -> None:
    tid = order(tb)
    tb.ship(tid)
    told = refund(tb, tid, has_good_return=True)
    tb.call("taobao.rp.returngoods.agree", refund_id=told["refund_id"], refund_version=told["refund_version"])
    tb.patch(tid, action="refund", refund_id=told["refund_id"], move="return")
    seen = tb.call("taobao.refund.get", refund_id=told["refund_id"], fields="status,good_status,refund_version")[
        "refund"
    ]
    assert (seen["status"], seen["good_status"]) == ("WAIT_SELLER_CONFIRM_GOODS", "BUYER_RETURNED_GOODS")
    assert seen["refund_version"] == told["refund_version"] + 2
    tb.patch(tid, action="refund", refund_id=told["refund_id"], move="agree")
    assert tb.truth(tid)["status"] == "TRADE_CLOSED"


def test_15_partial_refunds_keep_the_order_open(tb: Tb) -> None:
    tid = tb.new()
    paid = tb.truth(tid)["payment"]
    refund(tb, tid, refund_fee="1.00", done=True)
    truth = tb.truth(tid)
    assert (truth["status"], truth["payment"]) == ("WAIT_SELLER_SEND_GOODS", paid)
    assert truth["orders"][0]["refund_status"] == "SUCCESS"


def test_15_refunds_never_exceed_what_was_paid(tb: Tb) -> None:
    tid = order(tb)
    path = f"/_sandbox/taobao/orders/{tid}"
    for fee, status in (("6.00", 200), ("6.00", 409), ("4.01", 409), ("4.00", 200), ("0.01", 409)):
        body = {"action": "refund", "refund_fee": fee, "done": True}
        assert tb.world.control("PATCH", path, {}, body)[0] == status
    assert tb.truth(tid)["status"] == "TRADE_CLOSED"
    assert [row["refund_fee"] for row in tb.truth(tid)["_sandbox"]["refunds"]] == ["6.00", "4.00"]


def test_refund_list_filters_and_newest_first(tb: Tb) -> None:
    tids = [order(tb), order(tb, type="tmall_i18n"), order(tb)]
    for tid in tids:
        refund(tb, tid)
        tb.world.advance(2)
    api = "taobao.refunds.receive.get"
    rows = tb.call(api, fields="tid,modified,refund_id")["refunds"]["refund"]
    assert [row["tid"] for row in rows] == [tids[2], tids[0]]
    rows = tb.call(api, fields="tid", type="tmall_i18n,guarantee_trade", use_has_next="true", page_size=2)
    assert [row["tid"] for row in rows["refunds"]["refund"]] == [tids[2], tids[1]]
    assert rows["has_next"] is True
    assert "refunds" not in tb.call(api, fields="tid", status="SUCCESS")
    late = tb.window(3)
    assert [row["tid"] for row in tb.call(api, fields="tid", **late)["refunds"]["refund"]] == [tids[2]]
    foreign = Tb(tb.world, 1)
    assert "refunds" not in foreign.call(api, fields="tid")
    assert foreign.refusal("taobao.refund.get", refund_id="240000000000000001", fields="status").code == 15


def test_state_tables_name_only_known_states() -> None:
    trade = {status for status, _ in TRADE_MOVES} | set(TRADE_MOVES.values())
    assert trade <= {
        "TRADE_NO_CREATE_PAY", "WAIT_BUYER_PAY", "PAY_PENDING", "WAIT_PRE_AUTH_CONFIRM", "PAID_FORBID_CONSIGN",
        "WAIT_SELLER_SEND_GOODS", "SELLER_CONSIGNED_PART", "WAIT_BUYER_CONFIRM_GOODS", "TRADE_BUYER_SIGNED",
        "TRADE_FINISHED", "TRADE_CLOSED", "TRADE_CLOSED_BY_TAOBAO",
    }  # fmt: skip
    assert {status for status, _ in REFUND_MOVES} | set(REFUND_MOVES.values()) == {
        "WAIT_SELLER_AGREE", "WAIT_BUYER_RETURN_GOODS", "WAIT_SELLER_CONFIRM_GOODS", "SELLER_REFUSE_BUYER", "CLOSED",
        "SUCCESS",
    }  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["pay", "ship", "receive", "refund", "cancel", "change_address"]), max_size=8))
def test_any_sequence_of_actions_keeps_trade_and_lines_in_step(actions: list[str]) -> None:
    tb = Tb(still())
    tid = tb.new(unpaid=True)
    for action in actions:
        body: dict[str, Any] = {"action": action, "done": True, "receiver_town": "x"}
        status, _ = tb.world.control("PATCH", f"/_sandbox/taobao/orders/{tid}", {}, body)
        assert status in (200, 409)
    truth = tb.truth(tid)
    open_lines = {line["status"] for line in truth["orders"] if line["status"] != "TRADE_CLOSED"}
    if truth["status"] in ("WAIT_SELLER_SEND_GOODS", "WAIT_BUYER_CONFIRM_GOODS", "TRADE_FINISHED", "WAIT_BUYER_PAY"):
        assert open_lines == {truth["status"]}
    if truth["status"] == "TRADE_CLOSED":
        assert not open_lines


# OAuth


def token(tb: Tb, **params: object) -> tuple[int, dict[str, Any]]:
    body = {"client_id": tb.shop["app_key"], "client_secret": tb.shop["app_secret"], **params}
    headers = {"content-type": "application/x-www-form-urlencoded"}
    reply = tb.world.handle(Request("POST", tb.shop["token_url"], headers, urlencode(body).encode()))
    return reply.status, json.loads(reply.body)


def refresh(tb: Tb, refresh_token: str) -> tuple[int, dict[str, Any]]:
    return token(tb, grant_type="refresh_token", refresh_token=refresh_token)


def authorize(tb: Tb, **params: str) -> Reply:
    query = {
        "client_id": tb.shop["app_key"],
        "response_type": "code",
        "redirect_uri": "https://app.example/cb",
        **params,
    }
    return tb.world.handle(Request("GET", f"{tb.shop['base_url']}/authorize?{urlencode(query)}"))


def test_oauth_codes_work_once_and_for_a_while(tb: Tb) -> None:
    reply = authorize(tb, state="s1", sandbox_shop_id="tb-2")
    asked = parse_qs(urlsplit(reply.headers["location"]).query)
    assert (reply.status, asked["state"]) == (302, ["s1"])
    ask = {"grant_type": "authorization_code", "code": asked["code"][0]}
    status, told = token(tb, **ask)
    assert (status, told["token_type"]) == (200, "Bearer")
    assert token(tb, **ask)[0] == 400
    tb.session = told["access_token"]
    assert tb.call("taobao.trades.sold.get", fields="tid")["total_results"] == 0
    late = parse_qs(urlsplit(authorize(tb).headers["location"]).query)["code"][0]
    tb.world.advance(600)
    assert token(tb, grant_type="authorization_code", code=late)[0] == 400


def test_oauth_refusals(tb: Tb) -> None:
    refused = parse_qs(urlsplit(authorize(tb, sandbox_refuse="1").headers["location"]).query)
    assert refused["error"] == ["access_denied"]
    assert token(tb, client_secret="wrong")[0] == 401
    assert token(tb, grant_type="password")[0] == 400
    assert refresh(tb, "sandbox-nobody")[0] == 400
    assert authorize(tb, client_id="sandbox-taobao-other").status in (400, 404)


def test_access_tokens_expire_at_the_time_told(tb: Tb) -> None:
    _, told = refresh(tb, tb.shop["refresh_token"])
    tb.session = told["access_token"]
    tb.world.advance(told["expires_in"] - 1)
    assert tb.call("taobao.trades.sold.get", fields="tid")
    tb.world.advance(1)
    refused = tb.refusal("taobao.trades.sold.get", fields="tid")
    assert (refused.code, refused.sub_code) == (27, "session-expired")


def test_a_lost_refresh_reply_can_be_recovered(tb: Tb) -> None:
    old = tb.shop["refresh_token"]
    tb.fault("timeout_after", operation="token")
    with pytest.raises(Exception, match="no reply"):
        refresh(tb, old)
    status, told = refresh(tb, old)
    assert status == 200
    tb.session = told["access_token"]
    assert refresh(tb, old)[0] == 200
    assert tb.call("taobao.trades.sold.get", fields="tid")
    assert refresh(tb, old)[0] == 400
    assert refresh(tb, told["refresh_token"])[0] == 200


def test_refresh_tokens_that_do_not_rotate_by_switch(tb: Tb) -> None:
    tb.switch(refresh_rotates=False, refresh_ends_access=True)
    before = tb.session
    _, told = refresh(tb, tb.shop["refresh_token"])
    assert told["refresh_token"] == tb.shop["refresh_token"]
    assert tb.call("taobao.trades.sold.get", fields="tid")
    tb.session = told["access_token"]
    assert tb.call("taobao.trades.sold.get", fields="tid")
    tb.session = before
    assert tb.refusal("taobao.trades.sold.get", fields="tid").code == 27
    assert refresh(tb, tb.shop["refresh_token"])[0] == 200


def test_fault_token_expired_lasts_until_a_refresh(tb: Tb) -> None:
    tb.fault("token_expired", shop_id="tb-1", operation="taobao.trades.sold.get")
    for _ in range(2):
        assert tb.refusal("taobao.trades.sold.get", fields="tid").sub_code == "session-expired"
    _, told = refresh(tb, tb.shop["refresh_token"])
    tb.session = told["access_token"]
    assert tb.call("taobao.trades.sold.get", fields="tid")
    assert tb.world.shops()[0]["access_token"] == tb.session


def test_gateway_token_calls_answer_a_json_text(tb: Tb) -> None:
    told = tb.call("taobao.top.auth.token.refresh", session=None, refresh_token=tb.shop["refresh_token"])
    assert json.loads(told["token_result"])["access_token"].startswith("sandbox-")
    code = parse_qs(urlsplit(authorize(tb).headers["location"]).query)["code"][0]
    told = tb.call("taobao.top.auth.token.create", session=None, code=code)
    assert json.loads(told["token_result"])["taobao_user_nick"]
    assert tb.refusal("taobao.top.auth.token.create", session=None, code=code).code == 15
