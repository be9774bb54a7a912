"""What Shopee's emulator does with writes: shipping, splits, cancellations, stock, returns, pushes."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest
from shopee_client import DAY, Refused, Shopee, still

SHIP, PARAMETERS, NUMBER = "logistics/ship_order", "logistics/get_shipping_parameter", "logistics/get_tracking_number"
OWN = {"non_integrated": {"tracking_number": "SF1000000000001"}}


@pytest.fixture
def sp() -> Shopee:
    return Shopee(still(30, awkward=True))


def refused(sp: Shopee, path: str, **body: Any) -> str:
    with pytest.raises(Refused) as caught:
        sp.post(path, **body)
    return caught.value.error


def by_channel(sp: Shopee, name: str, status: str = "READY_TO_SHIP") -> dict[str, Any]:
    for row in sp.listed():
        found = sp.detail(row["order_sn"])
        if found["order_status"] == status and found["package_list"][0]["shipping_carrier"] == name:
            return found
    raise AssertionError(name)


# shipping


def test_a_parcel_of_the_shops_own_leaves_with_its_number_at_once(sp: Shopee) -> None:
    sn = sp.some()["order_sn"]
    assert sp.get(PARAMETERS, order_sn=sn) == {"info_needed": {"non_integrated": ["tracking_number"]}}
    sp.post(SHIP, order_sn=sn, **OWN)
    assert sp.detail(sn)["order_status"] == "SHIPPED"
    assert sp.get(NUMBER, order_sn=sn)["tracking_number"] == "SF1000000000001"
    events = sp.get("logistics/get_tracking_info", order_sn=sn)["tracking_info"]
    assert [row["logistics_status"] for row in events] == ["LOGISTICS_PICKUP_DONE", "LOGISTICS_REQUEST_CREATED"]
    assert refused(sp, SHIP, order_sn=sn, **OWN) == "error_param", "nothing is arranged twice"


def test_a_courier_of_shopee_is_told_where_and_when_and_its_number_comes_late(sp: Shopee) -> None:
    sn = by_channel(sp, "Standard Delivery")["order_sn"]
    told = sp.get(PARAMETERS, order_sn=sn)
    assert told["info_needed"] == {"pickup": ["address_id", "pickup_time_id"], "dropoff": []}
    place = told["pickup"]["address_list"][0]
    slot = place["time_slot_list"][0]["pickup_time_id"]
    sp.post(SHIP, order_sn=sn, pickup={"address_id": place["address_id"], "pickup_time_id": slot})
    assert sp.detail(sn)["order_status"] == "PROCESSED"
    assert sp.get(NUMBER, order_sn=sn) == {"tracking_number": "", "hint": "not ready, ask again later"}
    sp.world.advance(31)
    assert sp.get(NUMBER, order_sn=sn)["tracking_number"].startswith("SPXSG")
    assert refused(sp, SHIP, order_sn=sn, dropoff={}) == "error_param", "PROCESSED is not arranged again"
    sp.act(sn, "pick_up")
    assert sp.detail(sn)["order_status"] == "SHIPPED"
    sp.act(sn, "deliver")
    sp.act(sn, "receive")
    assert sp.detail(sn)["order_status"] == "COMPLETED"


@pytest.mark.parametrize(
    "way",
    [
        {},
        {"pickup": {}, "dropoff": {}},
        {"pickup": {"address_id": 701}},
        {"pickup": {"address_id": 1, "pickup_time_id": "x"}},
        {"dropoff": {"branch_id": 31}},
        {"non_integrated": {"tracking_number": "SF1000000000001"}},
        {"dropoff": []},
    ],
    ids=str,
)
def test_exactly_one_way_with_exactly_its_keys(sp: Shopee, way: dict[str, Any]) -> None:
    assert refused(sp, SHIP, order_sn=by_channel(sp, "Standard Delivery")["order_sn"], **way) == "error_param"


def test_points_and_lockers_want_keys_of_their_own(sp: Shopee) -> None:
    point, locker = (by_channel(sp, name)["order_sn"] for name in ("Drop-off Point", "Locker Express"))
    assert refused(sp, SHIP, order_sn=point, dropoff={}) == "error_param"
    sp.post(SHIP, order_sn=point, dropoff={"branch_id": 31, "sender_real_name": "Tan"})
    assert refused(sp, SHIP, order_sn=locker, dropoff={"tracking_number": "?"}) == "error_param"
    sp.post(SHIP, order_sn=locker, dropoff={"tracking_number": "LK0001"})
    assert sp.get(NUMBER, order_sn=locker)["tracking_number"] == "LK0001"


@pytest.mark.parametrize("status", ["UNPAID", "PENDING", "IN_CANCEL", "CANCELLED", "COMPLETED", "SHIPPED"])
def test_other_states_refuse_a_shipment(status: str) -> None:
    sp = Shopee(still(60, awkward=True))
    mine = sp.control("GET", "shopee/orders")
    sn = next(row["order_id"] for row in mine if sp.record(row["order_id"])["order_status"] == status)
    assert refused(sp, SHIP, order_sn=sn, **OWN) == "error_param"
    with pytest.raises(Refused):
        sp.get(PARAMETERS, order_sn=sn)


def test_a_batch_answers_row_by_row(sp: Shopee) -> None:
    sn = sp.some()["order_sn"]
    told = sp.post("logistics/batch_ship_order", order_list=[{"order_sn": "250101AAA00001"}, {"order_sn": sn}], **OWN)
    assert [row["fail_error"] for row in told["result_list"]] == ["error_not_found", ""]
    assert sp.detail(sn)["order_status"] == "SHIPPED"


def test_an_order_is_split_sent_by_packages_and_put_together_again() -> None:
    sp = Shopee(still(60))
    found = next(one for row in sp.listed() if row["order_status"] == "READY_TO_SHIP"
                 if len((one := sp.detail(row["order_sn"]))["item_list"]) > 1)  # fmt: skip
    sn, rows = found["order_sn"], found["package_list"][0]["item_list"]
    path = "order/split_order"
    assert refused(sp, path, order_sn=sn, package_list=[{"item_list": rows}]) == "error_param"
    assert refused(sp, path, order_sn=sn, package_list=[{"item_list": rows[:1]}, {"item_list": rows[:1]}])
    made = sp.post(path, order_sn=sn, package_list=[{"item_list": rows[:1]}, {"item_list": rows[1:]}])["package_list"]
    assert sp.detail(sn)["split_up"] is True
    sp.post("order/unsplit_order", order_sn=sn)
    assert len(sp.detail(sn)["package_list"]) == 1
    made = sp.post(path, order_sn=sn, package_list=[{"item_list": rows[:1]}, {"item_list": rows[1:]}])["package_list"]
    first, second = (row["package_number"] for row in made)
    assert refused(sp, SHIP, order_sn=sn, **OWN) == "error_param", "which package?"
    sp.post(SHIP, order_sn=sn, package_number=first, **OWN)
    half = sp.detail(sn)
    assert half["order_status"] == "READY_TO_SHIP"
    states = [row["logistics_status"] for row in half["package_list"]]
    assert states == ["LOGISTICS_PICKUP_DONE", "LOGISTICS_READY"]
    assert refused(sp, "order/unsplit_order", order_sn=sn) == "error_param"
    sp.post(SHIP, order_sn=sn, package_number=second, non_integrated={"tracking_number": "SF1000000000002"})
    assert sp.detail(sn)["order_status"] == "SHIPPED"


def test_packages_are_searched_by_what_is_left_to_do(sp: Shopee) -> None:
    path = "order/search_package_list"

    def found(status: int) -> set[str]:
        rows: set[str] = set()
        cursor = ""
        while True:
            page = sp.post(path, filter={"package_status": status}, pagination={"page_size": 5, "cursor": cursor})
            rows |= {row["package_number"] for row in page["packages_list"]}
            if not page["pagination"]["more"]:
                return rows
            cursor = page["pagination"]["next_cursor"]

    waiting = {one["package_number"] for row in sp.control("GET", "shopee/orders")
               if (doc := sp.record(row["order_id"]))["order_status"] == "READY_TO_SHIP"
               for one in doc["package_list"] if one["logistics_status"] == "LOGISTICS_READY"}  # fmt: skip
    assert found(2) == waiting
    assert found(1) and found(3) and found(0) >= found(1) | found(2) | found(3)
    assert refused(sp, path, pagination={"page_size": 101}) == "error_param"


# cancellations and notes


def test_a_shop_cancels_with_one_of_four_reasons(sp: Shopee) -> None:
    path, order = "order/cancel_order", sp.some(cod=False)
    sn = order["order_sn"]
    line = {name: order["item_list"][0][name] for name in ("item_id", "model_id")}
    assert refused(sp, path, order_sn=sn, cancel_reason="NO_MOOD") == "error_param"
    assert refused(sp, path, order_sn=sn, cancel_reason="OUT_OF_STOCK") == "error_param", "of what?"
    assert refused(sp, path, order_sn=sn, cancel_reason="COD_NOT_SUPPORTED") == "error_param"
    sp.post(path, order_sn=sn, cancel_reason="OUT_OF_STOCK", item_list=[line])
    found = sp.detail(sn, "cancel_by,cancel_reason,item_list")
    assert (found["order_status"], found["cancel_by"], found["cancel_reason"]) == (
        "CANCELLED",
        "seller",
        "OUT_OF_STOCK",
    )
    assert refused(sp, path, order_sn=sn, cancel_reason="CUSTOMER_REQUEST") == "error_param"


def test_units_are_cancelled_one_by_one(sp: Shopee) -> None:
    sp.control("POST", "shopee/orders", {"shop_id": sp.shop["shop_id"], "documents": [{
        "order_sn": "260318TEST002", "item_list": [{"model_quantity_purchased": 3, "active_qty": 3}]}]})  # fmt: skip
    line = sp.detail("260318TEST002")["item_list"][0]
    row = {"item_id": line["item_id"], "model_id": line["model_id"], "model_quantity": 2}
    sp.post("order/cancel_order", order_sn="260318TEST002", cancel_reason="OUT_OF_STOCK",
            partial_cancel_item_list=[row])  # fmt: skip
    left = sp.detail("260318TEST002")
    assert (left["item_list"][0]["active_qty"], left["item_list"][0]["cancelled_qty"]) == (1, 2)
    assert left["order_status"] == "READY_TO_SHIP"
    assert [one["model_quantity"] for one in left["package_list"][0]["item_list"]] == [1], (
        "what is cancelled is not sent"
    )


@pytest.mark.parametrize(("operation", "status"), [("ACCEPT", "CANCELLED"), ("REJECT", "READY_TO_SHIP")])
def test_a_buyers_wish_to_cancel_is_answered(sp: Shopee, operation: str, status: str) -> None:
    sn = sp.some("IN_CANCEL")["order_sn"]
    path = "order/handle_buyer_cancellation"
    assert refused(sp, path, order_sn=sn, operation="MAYBE") == "error_param"
    sp.post(path, order_sn=sn, operation=operation)
    assert sp.detail(sn)["order_status"] == status
    assert refused(sp, path, order_sn=sn, operation=operation) == "error_param"


def test_notes_are_replaced_whole(sp: Shopee) -> None:
    sn = sp.some()["order_sn"]
    for note in ("first", "second", ""):
        sp.post("order/set_note", order_sn=sn, note=note)
        assert sp.detail(sn)["note"] == note
    assert refused(sp, "order/set_note", order_sn=sn, note="x" * 501) == "error_param"


# stock


def test_stock_is_a_full_figure_per_variant_never_below_what_is_reserved(sp: Shopee) -> None:
    rows = [row for row in sp.control("GET", "shopee/stock") if row["shop_id"] == sp.shop["shop_id"]]
    kept = next(row for row in rows if row["reserved"])
    free = next(row for row in rows if not row["reserved"] and row["item_id"] == kept["item_id"])
    levels = [(free["model_id"], 0), (kept["model_id"], 4), (99, 1), (kept["model_id"], -1)]
    told = sp.post("product/update_stock", item_id=kept["item_id"], stock_list=[
        {"model_id": model, "seller_stock": [{"stock": count}]} for model, count in levels
    ])  # fmt: skip
    assert [row["model_id"] for row in told["success_list"]] == [free["model_id"]]
    assert [row["model_id"] for row in told["failure_list"]] == [kept["model_id"], 99, kept["model_id"]]
    models = sp.get("product/get_model_list", item_id=kept["item_id"])["model"]
    shown = {row["model_id"]: row["stock_info_v2"]["summary_info"] for row in models}
    assert shown[free["model_id"]]["total_available_stock"] == 0
    assert shown[kept["model_id"]] == {"total_reserved_stock": 5, "total_available_stock": kept["quantity"]}
    many = [{"model_id": 1, "seller_stock": [{"stock": 1}]}] * 51
    assert refused(sp, "product/update_stock", item_id=kept["item_id"], stock_list=many) == "error_param"
    assert refused(sp, "product/update_stock", item_id=5, stock_list=many[:1]) == "error_not_found"


def test_an_item_without_variants_has_the_variant_zero(sp: Shopee) -> None:
    alone = next(row for row in sp.control("GET", "shopee/stock") if row["model_id"] == 0)
    told = sp.post("product/update_stock", item_id=alone["item_id"],
                   stock_list=[{"model_id": 0, "seller_stock": [{"stock": 9}]}])  # fmt: skip
    assert told["failure_list"] == []
    assert sp.get("product/get_model_list", item_id=alone["item_id"])["model"] == []
    [shown] = sp.get("product/get_item_base_info", item_id_list=str(alone["item_id"]))["item_list"]
    assert shown["has_model"] is False and shown["stock_info_v2"]["seller_stock"][0]["stock"] == 9


def test_orders_take_from_stock_and_cancelled_ones_give_back() -> None:
    sp = Shopee(still(0))
    before = {(row["item_id"], row["model_id"]): row["quantity"] for row in sp.control("GET", "shopee/stock")}
    [made] = sp.control("POST", "shopee/orders", {"count": 1})
    taken = {(one["item_id"], one["model_id"]): one["model_quantity_purchased"]
             for one in sp.record(made["order_id"])["item_list"]}  # fmt: skip
    now = {(row["item_id"], row["model_id"]): row["quantity"] for row in sp.control("GET", "shopee/stock")}
    assert {key: before[key] - now[key] for key in before if before[key] != now[key]} == taken
    sp.act(made["order_id"], "cancel")
    assert {(row["item_id"], row["model_id"]): row["quantity"] for row in sp.control("GET", "shopee/stock")} == before


def test_items_come_page_by_page(sp: Shopee) -> None:
    seen: list[int] = []
    page: dict[str, Any] = {"next_offset": 0, "has_next_page": True}
    while page["has_next_page"]:
        page = sp.get("product/get_item_list", offset=page["next_offset"], page_size=8, item_status="NORMAL")
        seen += [row["item_id"] for row in page["item"]]
    assert len(seen) == len(set(seen)) == page["total_count"] == 19


# returns


def cases(sp: Shopee, **more: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for number in range(100):
        page = sp.get("returns/get_return_list", page_no=number, **more)
        rows += page["return"]
        if not page["more"]:
            break
    return rows


def test_pages_of_returns_count_from_zero(sp: Shopee) -> None:
    every = cases(sp)
    assert [row["return_sn"] for row in cases(sp, page_size=2)] == [row["return_sn"] for row in every]
    window = {"update_time_from": sp.now(-15 * DAY), "update_time_to": sp.now()}
    assert {row["return_sn"] for row in cases(sp, **window)} <= {row["return_sn"] for row in every}
    assert {row["status"] for row in cases(sp, status="JUDGING")} == {"JUDGING"}
    for bad in ({**window, "update_time_from": sp.now(-15 * DAY - 1)}, {"page_size": 101}, {"status": "LOST"},
                {**window, "create_time_from": 1}):  # fmt: skip
        with pytest.raises(Refused):
            sp.get("returns/get_return_list", page_no=0, **bad)


def test_a_case_is_confirmed_once_and_shows_in_its_order(sp: Shopee) -> None:
    case = cases(sp, status="REQUESTED")[0]
    assert sp.get("returns/get_return_detail", return_sn=case["return_sn"]) == case
    sp.post("returns/confirm", return_sn=case["return_sn"])
    assert refused(sp, "returns/confirm", return_sn=case["return_sn"]) == "error_param"
    sp.act(case["order_sn"], "refund", return_sn=case["return_sn"], move="pay")
    assert sp.get("returns/get_return_detail", return_sn=case["return_sn"])["status"] == "REFUND_PAID"
    assert sp.record(case["order_sn"])["item_list"][0]["returned_qty"] == case["item"][0]["amount"]


@pytest.mark.parametrize("status", ["REQUESTED", "PROCESSING", "ACCEPTED"])
def test_three_states_may_be_disputed(sp: Shopee, status: str) -> None:
    case = cases(sp, status=status)[0]
    told = {"return_sn": case["return_sn"], "email": "shop@erp.example", "dispute_reason_id": 3}
    assert refused(sp, "returns/dispute", **told) == "error_param", "a text is wanted"
    sp.post("returns/dispute", **told, dispute_text_reason="not as told", image_list=[])
    found = sp.get("returns/get_return_detail", return_sn=case["return_sn"])
    assert (found["status"], found["dispute_text_reason"]) == ("JUDGING", ["not as told"])
    assert refused(sp, "returns/dispute", **told, dispute_text_reason="again") == "error_param"


def test_closed_cases_take_no_answer(sp: Shopee) -> None:
    for case in cases(sp):
        if case["status"] in ("CANCELLED", "REFUND_PAID", "JUDGING"):
            for path in ("returns/confirm", "returns/accept_offer"):
                assert refused(sp, path, return_sn=case["return_sn"]) == "error_param"


# pushes


def test_pushes_are_signed_kept_three_days_and_confirmed(sp: Shopee) -> None:
    url = "https://erp.example/shopee"
    sp.post("push/set_app_push_config", callback_url=url, set_push_config_on=[3, 4], set_push_config_off=[5])
    told = sp.get("push/get_app_push_config")
    assert (told["callback_url"], told["live_push_status"], told["push_config_on_list"]) == (url, "Normal", [3, 4])
    sn = sp.some()["order_sn"]
    sp.post(SHIP, order_sn=sn, **OWN)
    [status, number] = sp.record(sn)["_sandbox"]["pushes"]
    signed = hmac.new(sp.shop["app_secret"].encode(), f"{url}|{status['body']}".encode(), hashlib.sha256).hexdigest()
    assert status["authorization"] == signed
    body = json.loads(status["body"])
    assert (body["code"], body["shop_id"], body["data"]["ordersn"], body["data"]["status"]) == (
        3, int(sp.shop["shop_id"]), sn, "SHIPPED")  # fmt: skip
    assert json.loads(number["body"])["data"]["tracking_no"] == "SF1000000000001"
    lost = sp.get("push/get_lost_push_message")
    assert [row["code"] for row in lost["push_message_list"]] == [3, 4]
    sp.post("push/confirm_consumed_lost_push_message", last_message_id=lost["last_message_id"])
    assert sp.get("push/get_lost_push_message")["push_message_list"] == []
    sp.post("order/cancel_order", order_sn=sp.some(cod=False)["order_sn"], cancel_reason="CUSTOMER_REQUEST")
    sp.world.advance(3 * DAY + 1)
    assert sp.get("push/get_lost_push_message")["push_message_list"] == []


def test_shops_may_be_left_out_and_codes_must_be_known(sp: Shopee) -> None:
    sp.post(
        "push/set_app_push_config", callback_url="https://x.example", blocked_shop_id_list=[int(sp.shop["shop_id"])]
    )
    sp.post(SHIP, order_sn=sp.some()["order_sn"], **OWN)
    assert sp.get("push/get_lost_push_message")["push_message_list"] == []
    assert refused(sp, "push/set_app_push_config", set_push_config_on=[99]) == "error_param"
    assert refused(sp, "push/set_app_push_config", blocked_shop_id_list=[1] * 501) == "error_param"


def test_calls_about_pushes_may_be_signed_as_calls_of_a_shop(sp: Shopee) -> None:
    path = "push/get_app_push_config"
    query = sp.query("order/set_note") | sp.query(path)
    base = f"{query['partner_id']}/api/v2/{path}{query['timestamp']}{query['access_token']}{query['shop_id']}"
    signed = hmac.new(sp.shop["app_secret"].encode(), base.encode(), hashlib.sha256).hexdigest()
    assert sp.told(path, query | {"sign": signed})["response"]["live_push_status"] == "Normal"
