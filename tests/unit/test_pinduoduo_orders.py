"""Reading and changing orders and cases of Pinduoduo over prepared answers."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from pinduoduo_script import AT, INCREMENT, Desk, found, order, refusal

from orderhub import errors
from orderhub.models import Address, Recipient, Window

HOUR = timedelta(hours=1)


class Shelf:
    """Orders by update time, newest first, shown page by page as the platform does."""

    def __init__(self, count: int) -> None:
        self.ids = [f"251112-{number:015d}" for number in range(count)]
        self.repeat: set[int] = set()
        self.asked: list[dict[str, str]] = []
        self.last: list[str] = []

    def __call__(self, given: dict[str, str]) -> dict[str, Any]:
        self.asked.append(given)
        page, size, counting = int(given["page"]), int(given["page_size"]), given["use_has_next"] == "false"
        shown = self.ids[(page - 1) * size : page * size]
        if len(self.asked) in self.repeat:
            shown = self.last
        self.last = shown
        told: dict[str, Any] = {"order_sn_list": [order(order_sn) for order_sn in shown]}
        told |= {"total_count": len(self.ids)} if counting else {"has_next": page * size < len(self.ids)}
        return {INCREMENT: told}


def test_windows_are_half_an_hour_and_everything_is_asked_for() -> None:
    shelf = Shelf(0)
    desk = Desk(order_number_list_increment_get=shelf)
    assert list(desk.shop().orders(updated_since=AT - 2 * HOUR, updated_until=AT)) == []
    spans = [(int(call["start_updated_at"]), int(call["end_updated_at"])) for call in shelf.asked]
    assert len(spans) == 4
    assert all(end - start <= 1800 for start, end in spans)
    assert (spans[0][0], spans[-1][1]) == (int((AT - 2 * HOUR).timestamp()), int(AT.timestamp()))
    assert all(left[1] == right[0] for left, right in pairwise(spans))
    for call in shelf.asked:
        assert (call["order_status"], call["refund_status"], call["is_lucky_flag"]) == ("5", "5", "0")


def test_pages_are_counted_then_read_from_the_last_to_the_first() -> None:
    shelf = Shelf(5)
    desk = Desk(order_number_list_increment_get=shelf)
    orders = list(desk.shop(page_size=2).orders(updated_since=AT - HOUR / 2, updated_until=AT))
    assert {row.order_id for row in orders} == set(shelf.ids)
    assert [(call["page"], call["use_has_next"]) for call in shelf.asked] == [
        ("1", "false"), ("3", "true"), ("2", "true"), ("1", "true"), ("1", "false"),
    ]  # fmt: skip


def test_a_page_that_comes_twice_is_asked_for_again() -> None:
    shelf = Shelf(6)
    shelf.repeat = {3}
    desk = Desk(order_number_list_increment_get=shelf)
    orders = list(desk.shop(page_size=2).orders(updated_since=AT - HOUR / 2, updated_until=AT))
    assert [row.order_id for row in orders].count(shelf.ids[4]) == 1
    assert {row.order_id for row in orders} == set(shelf.ids)


def test_rows_without_a_count_are_no_reply_to_build_on() -> None:
    desk = Desk(order_number_list_increment_get={INCREMENT: {"order_sn_list": [order()]}})
    with pytest.raises(errors.DecodeError) as caught:
        list(desk.shop().orders(updated_since=AT - HOUR / 2, updated_until=AT))
    assert caught.value.path == "total_count"
    empty = Desk(order_number_list_increment_get={INCREMENT: {"order_sn_list": []}})
    assert list(empty.shop().orders(updated_since=AT - HOUR / 2, updated_until=AT)) == []


def test_one_bad_order_is_a_finding_and_its_page_survives() -> None:
    rows = [order("251112-1"), order("251112-2", item_list=[]), order("251112-3")]
    desk = Desk(order_number_list_increment_get={INCREMENT: {"order_sn_list": rows, "total_count": 3}})
    stream = desk.shop().orders(updated_since=AT - HOUR / 2, updated_until=AT)
    assert [row.order_id for row in stream] == ["251112-1", "251112-3"]
    assert {(finding.code, finding.order_id) for finding in stream.findings} == {("undecodable", "251112-2")}


def test_behind_the_settle_delay_where_the_host_wants_it_so() -> None:
    shelf = Shelf(1)
    desk = Desk(order_number_list_increment_get=shelf)
    shop = desk.shop(window_end="settled")
    assert len(list(shop.orders(updated_since=AT - HOUR / 2, updated_until=AT))) == 1
    assert {call["end_updated_at"] for call in shelf.asked} == {str(int((AT - timedelta(minutes=3)).timestamp()))}
    shelf.asked.clear()
    assert list(shop.orders(updated_since=AT - timedelta(minutes=2), updated_until=AT)) == []
    assert shelf.asked == []


def test_by_confirmation_time_pages_go_forward() -> None:
    def page(given: dict[str, str]) -> dict[str, Any]:
        number = int(given["page"])
        return {"order_list_get_response": {"has_next": number < 3, "order_list": [order(f"251112-{number}")]}}

    desk = Desk(order_list_get=page)
    orders = list(desk.shop().orders(created_since=AT - HOUR / 2, created_until=AT))
    assert [row.order_id for row in orders] == ["251112-1", "251112-2", "251112-3"]
    assert [given["page"] for _, given in desk.calls] == ["1", "2", "3"]
    assert set(desk.calls[0][1]) >= {"start_confirm_at", "end_confirm_at", "order_status", "refund_status"}


def test_counting_cuts_long_windows_and_counts_no_second_twice() -> None:
    desk = Desk(order_number_list_increment_get={INCREMENT: {"order_sn_list": [], "total_count": 3}},
                order_list_get={"order_list_get_response": {"order_list": [], "total_count": "4"}})  # fmt: skip
    shop = desk.shop()
    assert shop.count_orders(Window(AT - HOUR, AT)) == 6
    spans = [(int(given["start_updated_at"]), int(given["end_updated_at"])) for _, given in desk.calls]
    assert spans == [(spans[0][0], spans[0][0] + 1800), (spans[0][0] + 1801, spans[0][0] + 3600)]
    assert shop.count_orders(Window(AT - 20 * HOUR, AT, "created")) == 4


def test_a_reply_without_an_order_is_named() -> None:
    with pytest.raises(errors.DecodeError) as caught:
        Desk(order_information_get={"order_info_get_response": {}}).shop().get_order("251112-1")
    assert caught.value.path == "order_info"


# --- changes ------------------------------------------------------------------------------------------------------

YES = {"response": {"success": True}}


def test_notes_and_their_colours() -> None:
    desk = Desk(order_note_update=YES)
    shop = desk.shop()
    assert shop.set_memo("251112-1", "加急 发顺丰", 1).ok
    given = desk.last("pdd.order.note.update")
    assert (given["note"], given["tag"], given["tag_name"]) == ("加急 发顺丰", "1", "红色")
    assert shop.set_memo("251112-1", "").ok
    given = desk.last("pdd.order.note.update")
    assert given["note"] == "" and "tag" not in given and "tag_name" not in given
    with pytest.raises(errors.InvalidParameter):
        shop.set_memo("251112-1", "x", 6)


def test_a_note_whose_reply_was_lost_is_set_again() -> None:
    desk = Desk().put("pdd.order.note.update", errors.TimedOut("x"), YES)
    assert desk.shop().set_memo("251112-1", "x").ok
    assert len(desk.calls) == 2


REGIONS = {"logistics_address_get_response": {"logistics_address_list": [
    {"id": 17, "parent_id": 1, "region_name": "江西省", "region_type": 1, "is_enabled": 1},
    {"id": 233, "parent_id": 17, "region_name": "南昌市", "region_type": 2, "is_enabled": 1},
    {"id": 1959, "parent_id": 233, "region_name": "西湖区", "region_type": 3, "is_enabled": 1},
    {"id": 9, "parent_id": 99, "region_name": "西湖区", "region_type": 3, "is_enabled": 1},
    {"id": 8, "parent_id": 233, "region_name": "旧区", "region_type": 3, "is_enabled": 0},
]}}  # fmt: skip
PLACE = Address(province="江西省", city="南昌市", district="西湖区", street="新街1号")


def test_an_address_is_sent_with_the_platforms_own_region_numbers() -> None:
    desk = Desk(order_update_address=YES, logistics_address_get=REGIONS)
    shop = desk.shop()
    person = Recipient(name="李四", phone="13900000000", address=PLACE)
    assert shop.change_address("251112-1", person).ok
    given = desk.last("pdd.order.update.address")
    assert {name: given[name] for name in ("province_id", "city_id", "town_id", "town", "address")} == {
        "province_id": "17", "city_id": "233", "town_id": "1959", "town": "西湖区", "address": "新街1号",
    }  # fmt: skip
    assert (given["receiver_name"], given["receiver_phone"]) == ("李四", "13900000000")
    shop.change_address("251112-1", person)
    assert desk.apis().count("logistics.address.get") == 1


@pytest.mark.parametrize(
    "change", [{"district": None}, {"district": "东湖区"}, {"district": "旧区"}, {"city": "西湖区"}]
)
def test_a_region_that_the_platform_does_not_list_is_refused_by_name(change: dict[str, Any]) -> None:
    desk = Desk(order_update_address=YES, logistics_address_get=REGIONS)
    person = Recipient(name="李四", phone="13900000000", address=PLACE.model_copy(update=change))
    with pytest.raises(errors.InvalidParameter) as caught:
        desk.shop().change_address("251112-1", person)
    assert caught.value.field == f"Recipient.{next(iter(change))}"
    assert "李四" not in str(caught.value) and "13900000000" not in str(caught.value)
    assert "order.update.address" not in desk.apis()


def test_an_order_that_may_not_be_changed_is_an_outcome() -> None:
    desk = Desk(order_update_address={"response": {"success": False, "errorCode": 1, "errorMsg": "订单已发货"}},
                logistics_address_get=REGIONS)  # fmt: skip
    outcome = desk.shop().change_address("251112-1", Recipient(name="李四", phone="1", address=PLACE))
    assert (outcome.ok, outcome.reason) == (False, "request_rejected")


# --- after-sales --------------------------------------------------------------------------------------------------


def case(number: int = 1234567890123, **more: Any) -> dict[str, Any]:
    """A case as the list shows it."""
    return {
        "id": number, "order_sn": "251112-123456789012345", "after_sales_type": 2, "after_sales_status": 2,
        "after_sale_reason": "不想要了", "created_time": "2025-11-12 10:00:00", "updated_time": "2025-11-12 10:00:01",
        "confirm_time": "2025-11-12 09:10:09", "order_amount": "51.8", "refund_amount": "51.8", "discount_amount": "8",
        "goods_id": 612345678901, "sku_id": "1512345678901", "goods_name": "纯棉毛巾 两条装", "goods_price": "29.9",
        "goods_number": "2", "good_image": "https://img.example.test/a.jpeg", "outer_id": "TOWEL-BL-2",
        "outer_goods_id": "TOWEL", "tracking_number": "", "shipping_name": "", "speed_refund_flag": 0,
        "speed_refund_status": "0", "user_shipping_status": "0", "dispute_refund_status": 0, "refund_operator_role": 0,
    } | more  # fmt: skip


def cases(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"refund_increment_get_response": {"total_count": len(rows), "refund_list": list(rows)}}


def test_a_case_of_the_list() -> None:
    desk = Desk(refund_list_increment_get=cases(case(), case(2, tracking_number="SF9", shipping_name="顺丰速运",
                                                             after_sales_type="3", after_sales_status="10",
                                                             created_time="1551612204")))  # fmt: skip
    first, second = desk.shop().refunds(updated_since=AT - HOUR / 2, updated_until=AT)
    assert (first.refund_id, first.order_id) == ("1234567890123", "251112-123456789012345")
    assert (first.status, first.raw_status, first.kind, first.reason) == ("requested", "2", "refund_only", "不想要了")
    assert (first.amount, first.currency) == (Decimal("51.80"), "CNY")
    assert first.lines == (("1512345678901", 2, Decimal("51.80")),)
    assert first.created_at == datetime(2025, 11, 12, 2, tzinfo=UTC)
    assert first.updated_at == datetime(2025, 11, 12, 2, 0, 1, tzinfo=UTC)
    assert first.return_waybill_no is None
    assert (second.kind, second.status) == ("return_and_refund", "refunded")
    assert (second.return_waybill_no, second.return_carrier) == ("SF9", "sf")
    assert second.created_at == datetime(2019, 3, 3, 11, 23, 24, tzinfo=UTC)
    given = desk.last("pdd.refund.list.increment.get")
    assert (given["after_sales_type"], given["after_sales_status"], given["page_size"]) == ("1", "1", "100")


def test_each_documented_status_can_be_asked_for_in_turn() -> None:
    def by_status(given: dict[str, str]) -> dict[str, Any]:
        status = int(given["after_sales_status"])
        return cases(case(900 + status, after_sales_status=status)) if status in (2, 10) else cases()

    desk = Desk(refund_list_increment_get=by_status)
    found_cases = list(desk.shop(refund_filter="each").refunds(updated_since=AT - HOUR / 2, updated_until=AT))
    assert [row.refund_id for row in found_cases] == ["902", "910"]
    asked = {given["after_sales_status"] for _, given in desk.calls}
    assert {"0", "2", "10", "33"} <= asked and len(asked) == 26


def test_the_detail_has_no_envelope_counts_in_fen_and_numbers_kinds_its_own_way() -> None:
    detail = {"id": 1234567890123, "order_sn": "251112-123456789012345", "after_sales_type": 2,
              "after_sales_status": 7, "refund_amount": 5180, "updated_time": 1762912801000,
              "recreated_at": 1762912800000, "expire_time": 1763085600000}  # fmt: skip
    desk = Desk(refund_list_increment_get=cases(case()), refund_information_get=detail)
    shop = desk.shop()
    (listed,) = shop.refunds(updated_since=AT - HOUR / 2, updated_until=AT)
    read = shop.get_refund(listed.refund_id)
    given = desk.last("pdd.refund.information.get")
    assert (given["order_sn"], given["after_sales_id"]) == ("251112-123456789012345", "1234567890123")
    assert (read.kind, read.status, read.amount) == ("return_and_refund", "in_progress", Decimal("51.80"))
    assert read.deadline_at == datetime.fromtimestamp(1763085600, UTC)
    assert read.created_at == datetime.fromtimestamp(1762912800, UTC)
    assert desk.shop(refund_detail_unit="yuan").get_refund("251112-1:7").amount == 5180


def test_a_case_without_its_order_is_asked_for_by_both_numbers() -> None:
    desk = Desk(refund_information_get={"after_sales_status": 10, "after_sales_type": 1, "refund_amount": 1})
    with pytest.raises(errors.InvalidParameter, match="order number:case number"):
        desk.shop().get_refund("7")
    read = desk.shop().get_refund("251112-123456789012345:7")
    assert (read.refund_id, read.order_id, read.amount) == ("7", "251112-123456789012345", Decimal("0.01"))


def test_words_of_cases_that_nobody_lists_are_told() -> None:
    desk = Desk(refund_list_increment_get=cases(case(after_sales_status=19), case(2, after_sales_type=9)))
    stream = desk.shop().refunds(updated_since=AT - HOUR / 2, updated_until=AT)
    assert [str(row.status) for row in stream] == ["unknown", "requested"]
    assert [(f.code, f.path, f.value) for f in stream.findings] == [
        ("unknown_value", "after_sales_status", "19"), ("unknown_value", "after_sales_type", "9"),
    ]  # fmt: skip


@pytest.mark.parametrize("bad", [Decimal("51.8"), "abc", True, ["1"]])
def test_a_detail_that_cannot_be_read_names_the_field(bad: Any) -> None:
    desk = Desk(refund_information_get={"id": 7, "after_sales_status": 2, "refund_amount": bad})
    with pytest.raises(errors.DecodeError) as caught:
        desk.shop().get_refund("251112-1:7")
    assert caught.value.path == "refund_amount"


# --- messages and receivers ---------------------------------------------------------------------------------------


def frame(kind: str, content: Any, **more: Any) -> bytes:
    inner = {"type": kind, "mallID": 123, "content": json.dumps(content) if not isinstance(content, str) else content}
    return json.dumps({"id": 9007199254740993, "commandType": "Common", "time": 1762912800000,
                       "sendTime": 1762912801000, "message": inner} | more).encode()  # fmt: skip


def test_a_frame_names_what_to_read_again() -> None:
    shop = Desk().shop()
    (told,) = shop.decode_message({}, frame("pdd_trade_TradeConfirmed", {"mall_id": 123, "tid": "251112-1"}))
    assert (told.message_id, told.topic, told.shop_hint) == ("9007199254740993", "pdd_trade_TradeConfirmed", "123")
    assert (told.order_ids, told.refund_ids, told.listing_ids) == (("251112-1",), (), ())
    assert told.sent_at == datetime.fromtimestamp(1762912801, UTC)
    (told,) = shop.decode_message({}, frame("pdd_goods_GoodsUpdate", {"goods_id": 5}))
    assert told.listing_ids == ("5",)


def test_a_refund_message_makes_its_case_readable_by_number() -> None:
    desk = Desk(refund_information_get={"after_sales_status": 2, "after_sales_type": 1, "refund_amount": 100})
    shop = desk.shop()
    (told,) = shop.decode_message({}, frame("pdd_refund_RefundCreated", {"tid": "251112-1", "refund_id": 77}))
    assert (told.order_ids, told.refund_ids) == (("251112-1",), ("77",))
    assert shop.get_refund("77").order_id == "251112-1"
    other = desk.shop(refund_message_keys=("bill_id",))
    (told,) = other.decode_message({}, frame("pdd_refund_RefundCreated", {"tid": "251112-1", "bill_id": "78"}))
    assert told.refund_ids == ("78",)


@pytest.mark.parametrize("kind", ["HeartBeat", "Ack", "Fail"])
def test_other_frames_hold_no_message(kind: str) -> None:
    assert Desk().shop().decode_message({}, json.dumps({"commandType": kind, "time": 1}).encode()) == []


@pytest.mark.parametrize(
    "body",
    [b"", b"5", b'"x"', b'{"commandType":"Common"}', b'{"commandType":"Common","message":{"content":"{}"}}',
     b'{"commandType":"Talk","message":{"type":"x"}}', frame("pdd_trade_TradeConfirmed", "{broken"),
     frame("x", {"tid": 1.5})],
)  # fmt: skip
def test_what_is_no_frame_is_refused(body: bytes) -> None:
    with pytest.raises(errors.DecodeError):
        Desk().shop().decode_message({}, body)


def test_messages_are_switched_on() -> None:
    desk = Desk(pmc_user_permit={"pmc_user_permit_response": {"is_success": True}})
    desk.shop().permit_messages(["pdd_trade_TradeConfirmed", "pdd_refund_RefundCreated"])
    assert desk.last("pdd.pmc.user.permit")["topics"] == "pdd_trade_TradeConfirmed,pdd_refund_RefundCreated"
    desk.shop().permit_messages()
    assert "topics" not in desk.last("pdd.pmc.user.permit")


def plain(given: dict[str, str]) -> dict[str, Any]:
    """Decrypts by writing down which ciphertext it was."""
    kinds = {"Name": (5, "胡志"), "Phone": (6, "$18412345678$#1234#"), "Addr": (8, "人民东路606号")}
    rows = []
    for row in json.loads(given["data_list"]):
        kind, text = next(told for word, told in kinds.items() if word in row["encrypted_data"])
        rows.append({**row, "decrypted_data": text, "data_type": kind, "error_code": 0, "error_msg": ""})
    return {"open_decrypt_batch_response": {"data_decrypt_list": rows}}


def test_receivers_are_decrypted_by_the_token_of_their_order() -> None:
    desk = Desk(order_information_get=found(order()), open_decrypt_batch=plain)
    shop = desk.shop()
    token = shop.get_order("251112-123456789012345").recipient.privacy.token
    (told,) = shop.decrypt([("251112-123456789012345", token)])
    assert told.matched
    assert (told.recipient.name, told.recipient.phone, told.recipient.phone_extension) == (
        "胡志",
        "18412345678",
        "1234",
    )
    assert told.recipient.address.street == "人民东路606号"
    rows = json.loads(desk.last("pdd.open.decrypt.batch")["data_list"])
    assert [row["data_tag"] for row in rows] == ["251112-123456789012345"] * 3
    assert "胡志" not in repr(told)


def test_batches_hold_a_hundred_ciphertexts_and_a_failed_one_is_told() -> None:
    token = json.dumps({"receiver_name": "~Name~1~", "receiver_phone": "$Phone$1$", "receiver_address": "~Addr~1~"})

    def some(given: dict[str, str]) -> dict[str, Any]:
        reply = plain(given)
        for row in reply["open_decrypt_batch_response"]["data_decrypt_list"]:
            if row["data_tag"] == "251112-7" and row["data_type"] == 6:
                row |= {"error_code": 16, "error_msg": "quota", "decrypted_data": ""}
        return reply

    desk = Desk(open_decrypt_batch=some)
    told = desk.shop().decrypt([(f"251112-{number}", token) for number in range(40)])
    assert [len(json.loads(given["data_list"])) for _, given in desk.calls] == [100, 20]
    assert [row.order_id for row in told if not row.matched] == ["251112-7"]
    assert told[7].recipient.phone is None and told[7].recipient.name == "胡志"


def test_what_the_decryption_is_for_is_reported_first() -> None:
    token = json.dumps({"receiver_name": "~Name~1~"})
    desk = Desk(open_decrypt_mask_batch=plain, open_waybill_type_report={"open_waybill_type_report_response": {}})
    desk.shop(waybill_type=2, decrypt_api="masked").decrypt([("251112-1", token)])
    assert desk.apis() == ["open.waybill.type.report", "open.decrypt.mask.batch"]
    given = desk.last("pdd.open.waybill.type.report")
    assert (given["order_sn_list"], given["waybill_type"]) == ('["251112-1"]', "2")


@pytest.mark.parametrize("token", ["1OAIDxyz==", "[]", '{"a":1}', ""])
def test_a_foreign_token_is_refused_without_telling_it(token: str) -> None:
    with pytest.raises(errors.DecodeError) as caught:
        Desk().shop().decrypt([("251112-1", token)])
    assert not token or token not in str(caught.value)


def test_orders_of_one_receiver_are_found_by_the_merge_id() -> None:
    shop = Desk().shop()
    tokens = [json.dumps({"receiver_name": f"~c{number}~1~", "open_address_id": key} if key else {"receiver_name": "~c~1~"})
              for number, key in enumerate(["A", "B", "A", None, None])]  # fmt: skip
    pairs = [(f"251112-{number}", token) for number, token in enumerate(tokens)] + [("251112-9", "B")]
    assert shop.merge_groups(pairs) == [
        ("251112-0", "251112-2"), ("251112-1", "251112-9"), ("251112-3",), ("251112-4",),
    ]  # fmt: skip


def test_both_drivers_ask_the_same_and_read_the_same() -> None:
    def desk() -> Desk:
        made = Desk(order_number_list_increment_get=Shelf(5), refund_list_increment_get=cases(case()),
                    order_note_update=YES)  # fmt: skip
        return made.put("pdd.order.information.get", refusal(52101), found(order()))

    left, right = desk(), desk()
    shop = left.shop(page_size=2)
    ours = [list(shop.orders(updated_since=AT - HOUR, updated_until=AT)),
            list(shop.refunds(updated_since=AT - HOUR, updated_until=AT)), shop.get_order("251112-123456789012345"),
            shop.set_memo("251112-1", "x", 2)]  # fmt: skip

    async def play() -> list[Any]:
        other = right.async_shop(page_size=2)
        return [[row async for row in other.orders(updated_since=AT - HOUR, updated_until=AT)],
                [row async for row in other.refunds(updated_since=AT - HOUR, updated_until=AT)],
                await other.get_order("251112-123456789012345"), await other.set_memo("251112-1", "x", 2)]  # fmt: skip

    assert ours == asyncio.run(play())
    assert left.calls == right.calls
    assert len(left.calls) > 10
