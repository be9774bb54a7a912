"""Douyin's verbs against a scripted platform: what is asked, in which order, and what becomes of lost replies."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

import orderhub
from orderhub import errors
from orderhub.connectors.douyin.wire import event_sign
from orderhub.flow.message import Reply, Request
from orderhub.models import Address, Dispatch, ListingStock, Recipient, Refund, ReturnAddress, Window

NOW = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
STAMP = int(NOW.timestamp())


def child(number: str, units: int = 1, status: int = 2, **more: Any) -> dict[str, Any]:
    return {"order_id": number, "product_id": 7, "sku_id": 8, "code": "A", "item_num": units, "origin_amount": 1000,
            "sum_amount": 1000 * units, "promotion_amount": 0, "order_status": status, "trade_type": 0,
            "after_sale_info": {"after_sale_status": 0, "after_sale_type": 0, "refund_status": 0}, **more}  # fmt: skip


def order(*children: dict[str, Any], number: str = "5001", status: int = 2, **more: Any) -> dict[str, Any]:
    lines = list(children) or [child("5001"), child("5002", 2)]
    total = sum(row["sum_amount"] for row in lines)
    return {"order_id": number, "order_status": status, "order_type": 0, "pay_type": 1, "create_time": STAMP - 600,
            "pay_time": STAMP - 500, "update_time": STAMP - 500, "pay_amount": total, "post_amount": 0,
            "sku_order_list": lines, "logistics_info": [], **more}  # fmt: skip


def parcel(waybill: str, *units: tuple[str, int], pack: str = "9") -> dict[str, Any]:
    goods = [{"sku_order_id": name, "product_count": count} for name, count in units]
    return {"tracking_no": waybill, "company": "shunfeng", "company_name": "顺丰速运", "ship_time": STAMP,
            "delivery_id": pack, "product_info": goods}  # fmt: skip


def ok(data: Any) -> dict[str, Any]:
    return {"code": 10000, "msg": "success", "sub_code": "", "sub_msg": "", "log_id": "L", "data": data}


def no(code: int = 50002, sub_code: str = "") -> dict[str, Any]:
    return {"code": code, "msg": "no", "sub_code": sub_code, "sub_msg": "no", "log_id": "L", "data": None}


def rows(name: str, *found: Any, total: int | None = None) -> dict[str, Any]:
    return ok({"page": 0, "total": len(found) if total is None else total, "size": 100, name: list(found)})


COMPANIES = ok([{"id": 1, "name": "顺丰速运", "code": "shunfeng"}, {"id": 2, "name": "中通快递", "code": "zhongtong"}])
NOTHING = rows("shop_order_list")
LOST = errors.TimedOut("lost")


class Platform:
    """Answers by path; a value may be a document, an error, a list of these, or a function of the parameters."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers, self.asked = (
            {"order/logisticsCompanyList": COMPANIES, **answers},
            list[tuple[str, dict[str, Any]]](),
        )

    def send(self, request: Request) -> Reply:
        path, parameters = urlsplit(request.url).path.lstrip("/"), json.loads(request.body)
        self.asked.append((path, parameters))
        found = self.answers[path]
        found = (found.pop(0) if len(found) > 1 else found[0]) if isinstance(found, list) else found
        found = found(parameters) if callable(found) else found
        if isinstance(found, Exception):
            raise found
        return Reply(200, {"content-type": "application/json"}, json.dumps(found).encode())

    def close(self) -> None:
        """Nothing is open."""

    def of(self, path: str) -> list[dict[str, Any]]:
        return [parameters for asked, parameters in self.asked if asked == path]


class Still:
    """A clock that stands, and moves by what is waited."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)

    async def sleep_async(self, seconds: float) -> None:
        self.sleep(seconds)


def shop(answers: dict[str, Any], **given: Any) -> tuple[Any, Platform]:
    platform = Platform(answers)
    made = orderhub.connect(
        "douyin", shop_id="70", app_key="key", app_secret="secret", access_token="access", transport=platform,
        clock=Still(), **given,
    )  # fmt: skip
    return made, platform


def lists(under_review: dict[str, Any] = NOTHING, **pages: Any) -> Callable[[dict[str, Any]], Any]:
    """Answers of searchList: by page number, and those of the list of reviews."""
    return lambda asked: under_review if "abnormal_order" in asked else pages[f"p{asked['page']}"]


# reading


def test_a_window_is_asked_newest_first_and_read_from_its_last_page() -> None:
    first, second = order(number="5101"), order(number="5102")
    answers = lists(p0=rows("shop_order_list", first, total=2), p1=rows("shop_order_list", second, total=2))
    made, platform = shop({"order/searchList": answers}, page_size=1)
    found = list(made.orders(updated_since=NOW - timedelta(minutes=5), updated_until=NOW))
    assert [one.order_id for one in found] == ["5102", "5101"]
    review, *pages = platform.of("order/searchList")
    assert (review["abnormal_order"], review["size"]) == (2, 100)
    assert [one["page"] for one in pages] == [0, 1, 0, 0]  # counted, read from the end, counted again
    assert pages[0] == {"page": 0, "size": 1, "order_by": "update_time", "order_asc": False,
                        "update_time_start": STAMP - 300, "update_time_end": STAMP}  # fmt: skip


def test_by_creation_time_and_in_spans_of_a_day() -> None:
    made, platform = shop({"order/searchList": NOTHING}, risk_review=False)
    assert list(made.orders(created_since=NOW - timedelta(days=2, hours=1), created_until=NOW)) == []
    asked = platform.of("order/searchList")
    assert {one["order_by"] for one in asked} == {"create_time"}
    spans = [one["create_time_end"] - one["create_time_start"] for one in asked]
    assert len(spans) == 3
    assert max(spans) <= 86_401


def test_what_lists_do_not_reach_is_said() -> None:
    made, platform = shop({"order/searchList": NOTHING}, risk_review=False)
    stream = made.orders(
        updated_since=NOW - timedelta(days=91, hours=2), updated_until=NOW - timedelta(days=89, hours=23)
    )
    assert list(stream) == []
    assert {finding.code for finding in stream.findings} == {"beyond_history"}
    assert all(one["update_time_start"] >= STAMP - 90 * 86_400 for one in platform.of("order/searchList"))


def test_orders_under_review_are_held_in_lists_and_alone() -> None:
    one = order()
    answers = {"order/searchList": lists(rows("shop_order_list", one), p0=rows("shop_order_list", one)),
               "order/orderDetail": ok({"shop_order_detail": one})}  # fmt: skip
    made, platform = shop(answers)
    (found,) = made.orders(updated_since=NOW - timedelta(hours=1), updated_until=NOW)
    assert "risk_control" in found.holds
    assert not found.is_shippable
    assert "risk_control" in made.get_order("5001").holds
    asked = platform.of("order/searchList")[-1]
    assert (asked["create_time_start"], asked["create_time_end"]) == (STAMP - 600, STAMP - 600)
    trusting, quiet = shop(answers, risk_review=False)
    assert trusting.get_order("5001").is_shippable
    assert quiet.of("order/searchList") == []


def test_an_order_that_is_not_there() -> None:
    for answer in (ok({"shop_order_detail": {}}), ok({})):
        with pytest.raises(errors.NotFound):
            shop({"order/orderDetail": answer})[0].get_order("1")
    with pytest.raises(errors.RequestRejected):
        shop({"order/orderDetail": no()})[0].get_order("1")
    with pytest.raises(errors.DecodeError, match="not an object"):
        shop({"order/orderDetail": ok([])})[0].get_order("1")


def test_counting_asks_for_one_row_and_no_second_twice() -> None:
    made, platform = shop({"order/searchList": rows("shop_order_list", total=4)})
    assert made.count_orders(Window(NOW - timedelta(days=1, hours=2), NOW)) == 8
    first, second = platform.of("order/searchList")
    assert first["size"] == second["size"] == 1
    assert second["update_time_start"] == first["update_time_end"] + 1
    with pytest.raises(errors.DecodeError, match="total"):
        shop({"order/searchList": ok({"shop_order_list": []})})[0].count_orders(Window(NOW, NOW))


def test_throttling_waits_and_asks_again() -> None:
    made, platform = shop({"order/orderDetail": [no(60000), ok({"shop_order_detail": order()})],
                           "order/searchList": NOTHING})  # fmt: skip
    assert made.get_order("5001").order_id == "5001"
    assert len(platform.of("order/orderDetail")) == 2


# shipping

SF = Dispatch(order_id="5001", carrier="sf", waybill_no="SF1")


def detail(*found: dict[str, Any]) -> list[Any]:
    return [ok({"shop_order_detail": one}) for one in found]


def test_a_whole_order_goes_by_the_plain_call() -> None:
    made, platform = shop({"order/orderDetail": detail(order()), "order/logisticsAdd": ok({})})
    (outcome,) = made.ship([SF])
    assert (outcome.ok, outcome.reason) == (True, None)
    assert platform.of("order/logisticsAdd") == [
        {"order_id": "5001", "logistics_code": "SF1", "company_code": "shunfeng"}
    ]


def test_serial_numbers_go_with_it() -> None:
    made, platform = shop({"order/orderDetail": detail(order()), "order/logisticsAdd": ok({})}, serial_key="IMEI")
    told = SF.model_copy(update={"serial_numbers": (("5002", "1"), ("5002", "2"))})
    assert made.ship([told])[0].ok
    assert platform.of("order/logisticsAdd")[0]["product_orders"] == [
        {"product_order_id": "5002", "serial_no_list": [{"key": "IMEI", "value": ["1", "2"]}]}
    ]
    part = told.model_copy(update={"lines": (("5002", 1),)})
    (outcome,) = shop({"order/orderDetail": detail(order())})[0].ship([part])
    assert outcome.reason == "unsupported_operation"


def test_parts_and_several_parcels_are_packs_of_one_call_with_a_number_made_of_them() -> None:
    two = [SF.model_copy(update={"lines": (("5001", 1), ("5002", 1))}),
           Dispatch(order_id="5001", carrier="zto", waybill_no="Z2", lines=(("5002", 1),))]  # fmt: skip
    sent = []
    for _ in range(2):
        made, platform = shop(
            {"order/orderDetail": detail(order()), "order/logisticsAddMultiPack": ok({"pack_list": []})}
        )
        assert [outcome.ok for outcome in made.ship(two)] == [True, True]
        sent += platform.of("order/logisticsAddMultiPack")
    first, again = sent
    assert first == again
    assert [pack["company_code"] for pack in first["pack_list"]] == ["shunfeng", "zhongtong"]
    assert first["pack_list"][1]["shipped_order_info"] == [{"shipped_order_id": "5002", "shipped_num": 1}]
    assert len(first["request_id"]) == 32


def test_the_rest_of_an_order_is_what_has_not_left() -> None:
    begun = order(status=101, logistics_info=[parcel("SF0", ("5001", 1), ("5002", 1))])
    made, platform = shop({"order/orderDetail": detail(begun), "order/logisticsAddMultiPack": ok({})})
    assert made.ship([SF])[0].ok
    (pack,) = platform.of("order/logisticsAddMultiPack")[0]["pack_list"]
    assert pack["shipped_order_info"] == [{"shipped_order_id": "5002", "shipped_num": 1}]


def test_a_number_that_stands_there_is_not_sent_again() -> None:
    done = order(status=3, logistics_info=[parcel("SF1", ("5001", 1), ("5002", 2))])
    made, platform = shop({"order/orderDetail": detail(done)})
    (outcome,) = made.ship([SF])
    assert (outcome.ok, outcome.reason) == (True, "already_done")
    assert [path for path, _ in platform.asked] == ["order/orderDetail"]


@pytest.mark.parametrize(("change", "reason"), [
    ({"lines": (("5009", 1),)}, "not_found"), ({"lines": (("5002", 3),)}, "invalid_parameter"),
    ({"carrier": "yunda"}, "invalid_parameter"),
])  # fmt: skip
def test_what_cannot_be_sent_is_refused_before_anything_is(change: dict[str, Any], reason: str) -> None:
    made, platform = shop({"order/orderDetail": detail(order())})
    (outcome,) = made.ship([SF.model_copy(update=change)])
    assert (outcome.ok, outcome.reason) == (False, reason)
    assert not any(path.startswith("order/logisticsAdd") for path, _ in platform.asked)


def test_wrong_states_and_open_refunds_are_refused() -> None:
    asked = {"after_sale_status": 6, "after_sale_type": 2, "refund_status": 1}
    held = order(child("5001", after_sale_info=asked))
    for document in (order(status=4), order(status=1), order(status=105), order(status=77), held):
        made, _ = shop({"order/orderDetail": detail(*[document] * 3)})
        (outcome,) = made.ship([SF])
        assert (outcome.ok, outcome.reason) == (False, "conflict")
    made, platform = shop({"order/orderDetail": detail(held), "order/logisticsAdd": ok({})}, ship_refund_open=True)
    assert made.ship([SF])[0].ok
    assert platform.of("order/logisticsAdd")[0]["is_reject_refund"] is True


def test_two_parcels_must_name_their_lines() -> None:
    made, _ = shop({"order/orderDetail": detail(order())})
    outcomes = made.ship([SF, SF.model_copy(update={"waybill_no": "SF2"})])
    assert {outcome.reason for outcome in outcomes} == {"unsupported_operation"}


def test_a_lost_reply_is_settled_by_reading() -> None:
    done = order(status=3, logistics_info=[parcel("SF1", ("5001", 1), ("5002", 2))])
    made, platform = shop({"order/orderDetail": detail(order(), done), "order/logisticsAdd": LOST})
    (outcome,) = made.ship([SF])
    assert (outcome.ok, outcome.reason) == (True, "already_done")
    made, platform = shop(
        {"order/orderDetail": detail(order(), order(), order()), "order/logisticsAdd": [LOST, ok({})]}
    )
    assert made.ship([SF])[0].ok
    assert len(platform.of("order/logisticsAdd")) == 2
    made, _ = shop({"order/orderDetail": [*detail(order()), *[no(20000)] * 9], "order/logisticsAdd": LOST})
    (outcome,) = made.ship([SF])
    assert isinstance(outcome.error, errors.OutcomeUnknown)


def test_a_number_is_corrected_by_its_pack() -> None:
    sent = order(status=3, logistics_info=[parcel("SF0", ("5001", 1)), parcel("SF9", ("5002", 2), pack="10")])
    fix = SF.model_copy(update={"replaces": "SF9"})
    made, platform = shop({"order/orderDetail": detail(sent), "order/logisticsEditByPack": ok({})})
    assert made.ship([fix])[0].ok
    assert platform.of("order/logisticsEditByPack") == [
        {"order_id": "5001", "pack_id": "10", "logistics_code": "SF1", "company_code": "shunfeng"}
    ]
    alone = order(status=3, logistics_info=[parcel("SF9", pack="0")])
    made, platform = shop({"order/orderDetail": detail(alone), "order/logisticsEdit": ok({})})
    assert made.ship([fix])[0].ok
    assert "pack_id" not in platform.of("order/logisticsEdit")[0]
    many = order(status=3, logistics_info=[parcel("SF9", pack="0"), parcel("SF0", pack="0")])
    assert shop({"order/orderDetail": detail(many)})[0].ship([fix])[0].reason == "unsupported_operation"
    assert shop({"order/orderDetail": detail(order())})[0].ship([fix])[0].reason == "not_found"


def test_companies_with_our_codes() -> None:
    made, _ = shop({})
    assert [(row.code, row.carrier) for row in made.carriers()] == [("shunfeng", "sf"), ("zhongtong", "zto")]
    with pytest.raises(errors.DecodeError, match="without a code"):
        shop({"order/logisticsCompanyList": ok([{"name": "x"}])})[0].carriers()


# stock, notes, addresses


def test_stock_is_pushed_one_by_one_and_the_newest_figure_wins() -> None:
    made, platform = shop({"sku/syncStock": lambda asked: no() if asked["sku_id"] == 9 else ok({})}, warehouse_id="w1")
    levels = [ListingStock(listing_id="7", platform_sku_id="8", quantity=3, version=2),
              ListingStock(listing_id="7", platform_sku_id="9", quantity=1, version=1),
              ListingStock(listing_id="7", platform_sku_id="8", quantity=5, version=1),
              ListingStock(listing_id="7", quantity=5, version=1)]  # fmt: skip
    outcomes = made.push_stock(levels)
    assert [(one.ok, one.reason) for one in outcomes] == [
        (True, None), (False, "request_rejected"), (True, "superseded"), (False, "invalid_parameter")]  # fmt: skip
    assert platform.of("sku/syncStock")[0] == {
        "product_id": 7, "sku_id": 8, "stock_num": 3, "incremental": False, "out_warehouse_id": "w1"}  # fmt: skip


def test_a_change_of_stock_carries_a_number_that_a_repeat_keeps() -> None:
    made, platform = shop({"sku/syncStock": [LOST, ok({}), ok({})]})
    assert made.change_stock("7", -2, platform_sku_id="8", key="once").ok
    first, again = platform.of("sku/syncStock")
    assert (
        first == again == {"product_id": 7, "sku_id": 8, "stock_num": -2, "incremental": True, "idempotent_id": "once"}
    )
    assert made.change_stock("7", 1, platform_sku_id="8").ok
    assert len(platform.of("sku/syncStock")[-1]["idempotent_id"]) == 32


def test_notes_and_stars() -> None:
    made, platform = shop({"order/addOrderRemark": [ok(None), ok(None), no()]})
    assert made.set_memo("5001", "好").ok
    assert made.set_memo("5001", "好", 0).ok
    assert made.set_memo("5001", "好", 5).reason == "request_rejected"
    assert platform.of("order/addOrderRemark")[:2] == [
        {"order_id": "5001", "remark": "好"}, {"order_id": "5001", "remark": "好", "is_add_star": "true", "star": "0"}]  # fmt: skip
    for memo, flag in (("x" * 61, None), ("x", 6)):
        with pytest.raises(errors.InvalidParameter):
            made.set_memo("5001", memo, flag)


PLACE = Address(country="CN", province="浙江省", city="杭州市", district="余杭区", town="五常街道", street="文三路1号",
                division_code="douyin:33/330100/330110/330110005")  # fmt: skip


def test_an_address_needs_the_platforms_regions_in_the_clear() -> None:
    made, platform = shop({"order/addressModify": ok(None)})
    person = Recipient(name="王五", phone="13900000000", address=PLACE)
    assert made.change_address("5001", person).ok
    sent = platform.of("order/addressModify")[0]
    assert sent["post_addr"]["town"] == {"id": "330110", "name": "余杭区"}
    assert (sent["post_addr"]["address_detail"], sent["post_receiver"]) == ("文三路1号", "王五")
    for change in ({"division_code": "330110"}, {"division_code": "douyin:33//1/2"}, {"street": "***"}, {"town": None}):
        with pytest.raises(errors.InvalidParameter) as caught:
            made.change_address("5001", person.model_copy(update={"address": PLACE.model_copy(update=change)}))
        assert "王五" not in str(caught.value)


# cases


def case(status: int = 6, kind: int = 0, **more: Any) -> dict[str, Any]:
    info = {"aftersale_id": "71", "aftersale_type": kind, "aftersale_status": status, "apply_time": STAMP - 60,
            "update_time": STAMP - 30, "refund_amount": 1000, "return_logistics_code": "SF7",
            "return_logistics_company_name": "顺丰速运", **more}  # fmt: skip
    related = [{"sku_order_id": "5001", "aftersale_item_num": 1, "aftersale_pay_amount": 1000}]
    return {"aftersale_info": info, "order_info": {"shop_order_id": "5001", "related_order_info": related},
            "text_part": {"reason_text": "不想要了"}}  # fmt: skip


def test_cases_are_read_by_change_and_alone() -> None:
    made, platform = shop({"afterSale/List": rows("items", case(), case(77, aftersale_id="72"))})
    stream = made.refunds(updated_since=NOW - timedelta(hours=1), updated_until=NOW)
    first, second = stream
    assert (first.status, first.kind, str(first.amount), first.lines[0][0]) == (
        "requested", "return_and_refund", "10.00", "5001")  # fmt: skip
    assert (first.return_carrier, first.return_waybill_no, first.reason) == ("sf", "SF7", "不想要了")
    assert second.status == "unknown"
    assert [finding.code for finding in stream.findings] == ["unknown_value"]
    assert platform.of("afterSale/List")[0]["order_by"] == ["update_time desc"]
    assert made.get_refund("71").refund_id == "71"
    assert platform.of("afterSale/List")[-1] == {"aftersale_id": "71", "page": 0, "size": 1}
    with pytest.raises(errors.NotFound):
        made.get_refund("99")
    with pytest.raises(errors.DecodeError):
        shop({"afterSale/List": rows("items", {"aftersale_info": {}})})[0].get_refund("71")


def refund(made: Any) -> Refund:
    found: Refund = made.get_refund("71")
    return found


def test_a_return_is_agreed_with_an_address_of_the_shop() -> None:
    answers = {"afterSale/List": rows("items", case()),
               "afterSale/operate": ok({"items": [{"aftersale_id": "71", "status_code": 0}]})}  # fmt: skip
    made, platform = shop(answers)
    assert made.agree_return(refund(made), ReturnAddress(address_id="6010")).ok
    assert platform.of("afterSale/operate") == [{"type": 101, "items": [
        {"aftersale_id": "71", "logistics": {"receiver_address_id": 6010}, "update_time": STAMP - 30}]}]  # fmt: skip
    assert made.agree_return(refund(made)).reason == "invalid_parameter"
    answers["afterSale/operate"] = ok({"items": [{"aftersale_id": "71", "status_code": 7, "status_msg": "no"}]})
    made, _ = shop(answers)
    assert made.agree_return(refund(made), ReturnAddress(address_id="6010")).reason == "request_rejected"
    made, platform = shop({"afterSale/List": rows("items", case(kind=2))})
    assert made.agree_return(refund(made), ReturnAddress(address_id="6010")).reason == "wrong_state"
    made, platform = shop({"afterSale/List": rows("items", case(status=7))})
    assert made.agree_return(refund(made), ReturnAddress(address_id="6010")).reason == "already_done"


def test_return_addresses() -> None:
    row = {"address_id": 6010, "reciever_name": "仓库", "receiver_provinc": "浙江省", "is_default": True}
    (found,) = shop({"address/list": ok({"address_list": [row]})})[0].return_addresses()
    assert (found.address_id, found.is_default, found.contact.address.province) == ("6010", True, "浙江省")
    with pytest.raises(errors.DecodeError, match="cannot be read"):
        shop({"address/list": ok({"address_list": [{"reciever_name": "仓库"}]})})[0].return_addresses()


# access

TOKEN = {"access_token": "a2", "expires_in": 604_800, "refresh_token": "r2", "scope": "SCOPE", "shop_id": 70}


def test_tokens_by_code_by_refresh_and_of_a_self_made_app() -> None:
    made, platform = shop({"token/create": ok(TOKEN)}, service_id="s1")
    assert made.authorize_url("https://hub", "x") == "https://fuwu.jinritemai.com/authorize?service_id=s1&state=x"
    assert made.exchange_code("c1") == NOW + timedelta(days=7)
    token = made.world.run(made.ops.exchange_code("c1"))
    assert (token.access_token, token.refresh_token, token.account["shop_id"]) == ("a2", "r2", "70")
    assert token.refresh_expires_at == NOW + timedelta(days=14)
    assert platform.of("token/create")[0] == {"grant_type": "authorization_code", "code": "c1"}
    own, platform = shop({"token/create": ok(TOKEN)}, app_kind="self", test_shop=True)
    own.exchange_code("")
    assert platform.of("token/create") == [
        {"grant_type": "authorization_self", "code": "", "shop_id": "70", "test_shop": "1"}
    ]
    for answer in (no(50002, "dop.token-generate-failed:code-expired"), no(50002, "")):
        with pytest.raises(errors.AuthError):
            shop({"token/create": answer})[0].exchange_code("c1")
    with pytest.raises(errors.DecodeError, match="access_token"):
        shop({"token/create": ok({"expires_in": 1})})[0].exchange_code("c1")


def test_a_lapsed_token_is_refreshed_once() -> None:
    answers = {"order/orderDetail": [no(40003, "isv.access-token-expired"), ok({"shop_order_detail": order(status=3)})],
               "token/refresh": ok(TOKEN)}  # fmt: skip
    made, platform = shop(answers, refresh_token="r1")
    assert made.get_order("5001").order_id == "5001"
    assert platform.of("token/refresh") == [{"grant_type": "refresh_token", "refresh_token": "r1"}]


def pushed(*messages: dict[str, Any]) -> tuple[dict[str, str], bytes]:
    body = json.dumps(list(messages)).encode()
    return {"App-Id": "key", "Event-Sign": event_sign("key", "secret", body)}, body


def test_pushes_are_proved_and_name_what_to_read() -> None:
    made, _ = shop({})
    inside = {"p_id": 6951234567890123456, "shop_id": 70, "aftersale_id": 7151234567890123456, "update_time": STAMP}
    headers, body = pushed({"tag": "101", "msg_id": "m1", "data": json.dumps(inside)}, {"tag": "400", "msg_id": "m2",
                           "data": {"product_id": 7}})  # fmt: skip
    first, second = made.decode_message(headers, body)
    assert (first.topic, first.message_id, first.order_ids, first.refund_ids, first.shop_hint, first.sent_at) == (
        "101", "m1", ("6951234567890123456",), ("7151234567890123456",), "70", NOW)  # fmt: skip
    assert second.listing_ids == ("7",)
    for bad in ({"event-sign": "0" * 32}, {}, {**headers, "app-id": "other"}, {**headers, "App-Id": "é"}):
        with pytest.raises(errors.SecurityError):
            made.decode_message(bad if "Event-Sign" not in bad or bad.get("App-Id") == "é" else {
                "event-sign": bad["Event-Sign"], "app-id": bad["app-id"]}, body)  # fmt: skip
    with pytest.raises(errors.SecurityError):
        made.decode_message(headers, body + b" ")
    signed = {"event-sign": event_sign("key", "secret", b"{}")}
    with pytest.raises(errors.DecodeError, match="list"):
        made.decode_message(signed, b"{}")
    headers, body = pushed({"msg_id": "m"})
    with pytest.raises(errors.DecodeError, match="tag"):
        made.decode_message(headers, body)


def test_receivers_are_opened_in_batches() -> None:
    def opened(asked: dict[str, Any]) -> dict[str, Any]:
        plain = {"#n": "王五", "$t": "18400000000-1234", "#a": "文三路1号"}
        return ok({"decrypt_infos": [
            {**row, "decrypt_text": plain.get(row["cipher_text"], ""), "err_no": 0 if row["cipher_text"] in plain else 1}
            for row in asked["cipher_infos"]]})  # fmt: skip

    made, platform = shop({"order/batchDecrypt": opened}, account_id="a1")
    good = json.dumps({"name": "#n", "phone": "$t", "address": "#a"})
    found = made.decrypt([("5001", good), ("5002", json.dumps({"name": "#x"})), *[(str(n), good) for n in range(30)]])
    person = found[0].recipient
    assert (person.name, person.phone, person.phone_extension, person.address.street) == (
        "王五", "18400000000", "1234", "文三路1号")  # fmt: skip
    assert [one.matched for one in found[:3]] == [True, False, True]
    assert [len(one["cipher_infos"]) for one in platform.of("order/batchDecrypt")] == [50, 44]
    assert platform.of("order/batchDecrypt")[0]["account_id"] == "a1"
    with pytest.raises(errors.DecodeError) as caught:
        made.decrypt([("5001", "[secret]")])
    assert "secret" not in str(caught.value)


def test_sync_and_async_give_the_same() -> None:
    answers = {"order/orderDetail": ok({"shop_order_detail": order()}), "order/searchList": NOTHING}

    class Later(Platform):
        async def send(self, request: Request) -> Reply:  # type: ignore[override]
            return super().send(request)

        async def close(self) -> None:  # type: ignore[override]
            """Nothing is open."""

    async def play() -> Any:
        made = orderhub.connect_async("douyin", shop_id="70", app_key="key", app_secret="secret", access_token="access",
                                      transport=Later(answers))  # fmt: skip
        return await made.get_order("5001")

    assert asyncio.run(play()) == shop(answers)[0].get_order("5001")
