"""Lazada's verbs against a scripted platform: what is asked, in which order, and what becomes of lost replies."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

import orderhub
from orderhub import errors
from orderhub.flow.message import Reply, Request
from orderhub.models import Dispatch, ListingStock

NOW = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)


def unit(name: str, status: str = "pending", **more: str) -> dict[str, Any]:
    return {"order_item_id": name, "order_id": "77", "sku": "A-1", "sku_id": "5", "product_id": "6", "name": "Cup",
            "item_price": "10.00", "paid_price": "9.00", "voucher_amount": "1.00", "currency": "SGD", "is_fbl": "0",
            "status": status, **more}  # fmt: skip


def order(name: str = "77", at: str = "2026-03-01 09:00:00 +0800", **more: Any) -> dict[str, Any]:
    return {"order_id": name, "price": "20.00", "voucher": "2.00", "shipping_fee": "1.50", "statuses": ["pending"],
            "created_at": at, "updated_at": at, **more}  # fmt: skip


def fine(**inside: Any) -> dict[str, Any]:
    return {"code": "0", "request_id": "r1", **inside}


def refusal(code: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "type": "ISV", "message": "text", "request_id": "r9", **more}


def packed(*names: str, code: str = "0", **more: str) -> dict[str, Any]:
    rows = [
        {"order_item_id": name, "package_id": "FP1", "item_err_code": code, "msg": "told", **more} for name in names
    ]
    data = {"pack_order_list": [{"order_id": "77", "order_item_list": rows}]}
    return fine(result={"success": "true", "data": data})


PROVIDERS = fine(result={"success": True, "data": {"shipment_providers": [
    {"provider_code": "SFX", "provider_name": "SF Express"}, {"provider_code": "LEX", "provider_name": "LEX SG"},
], "shipping_allocate_type": "NTFS"}})  # fmt: skip
READY = fine(result={"success": True, "data": {"packages": [{"package_id": "FP1", "item_err_code": "0"}]}})


class Platform:
    """Answers by path; a value may be a document, an error, a list of these in order, or a function."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers, self.asked = answers, list[tuple[str, dict[str, str]]]()

    def send(self, request: Request) -> Reply:
        parts = urlsplit(request.url)
        path = parts.path.removeprefix("/rest")
        parameters = dict(parse_qsl(parts.query or request.body.decode(), keep_blank_values=True))
        assert len(parameters["sign"]) == 64 and parameters["sign"] == parameters["sign"].upper()
        assert parameters["timestamp"] == "1772330400000"
        self.asked.append((path, parameters))
        found = self.answers[path]
        found = found.pop(0) if isinstance(found, list) else found
        found = found(parameters) if callable(found) else found
        if isinstance(found, Exception):
            raise found
        return Reply(200, {"content-type": "application/json"}, json.dumps(found).encode())

    def close(self) -> None:
        """Nothing is open."""

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


class AsyncPlatform:
    def __init__(self, inner: Platform) -> None:
        self.inner = inner

    async def send(self, request: Request) -> Reply:
        return self.inner.send(request)

    async def close(self) -> None:
        """Nothing is open."""


class Still:
    """A clock that stands."""

    def now(self) -> datetime:
        return NOW

    def sleep(self, seconds: float) -> None:
        pass

    async def sleep_async(self, seconds: float) -> None:
        pass


ENTRY = {"app_key": "key", "app_secret": "secret", "access_token": "tok", "shop_id": "s",
         "base_url": "http://127.0.0.1:1"}  # fmt: skip


def connect(answers: dict[str, Any], **given: Any) -> tuple[Any, Platform]:
    platform = Platform(answers)
    return orderhub.connect("lazada", **{**ENTRY, **given}, transport=platform, clock=Still()), platform


def listing(rows: list[dict[str, Any]]) -> Any:
    """A list that counts and cuts as the platform does."""
    known = {row["order_id"]: moment(row) for row in rows}

    def answer(asked: dict[str, str]) -> dict[str, Any]:
        after, before = (datetime.fromisoformat(asked[f"update_{end}"]) for end in ("after", "before"))
        assert asked["sort_by"] == "updated_at" and asked["sort_direction"] == "ASC" and int(asked["offset"]) <= 4500
        fit = [row for row in rows if after <= known[row["order_id"]] <= before]
        cut = fit[int(asked["offset"]) :][: int(asked["limit"])]
        return fine(data={"count": str(len(cut)), "countTotal": str(len(fit)), "orders": cut})

    return answer


def moment(row: dict[str, Any]) -> datetime:
    return datetime.strptime(row["updated_at"], "%Y-%m-%d %H:%M:%S %z")


def items(asked: dict[str, str]) -> dict[str, Any]:
    names = json.loads(asked["order_ids"])
    return fine(data=[{"order_id": name, "order_items": [unit(f"{name}1"), unit(f"{name}2")]} for name in names])


def at(second: int) -> str:
    return (NOW - timedelta(hours=2) + timedelta(seconds=second)).strftime("%Y-%m-%d %H:%M:%S +0000")


# Reading


def test_every_order_once_with_its_units_in_one_call_a_page() -> None:
    rows = [order(str(1000 + n), at(n)) for n in range(25)]
    shop, platform = connect({"/orders/get": listing(rows), "/orders/items/get": items}, page_size=10)
    found = list(shop.orders(updated_since=NOW - timedelta(hours=3)))
    assert sorted(one.order_id for one in found) == [row["order_id"] for row in rows]
    assert platform.paths().count("/orders/items/get") == 3
    (line,) = found[0].lines
    assert (line.quantity, line.subtotal, line.discount, line.total) == (2, 20, 2, 18)
    assert line.extra["order_item_ids"] == [f"{found[0].order_id}1", f"{found[0].order_id}2"]


def test_a_window_with_more_rows_than_offsets_reach_is_halved() -> None:
    rows = [order(str(10_000 + n), at(n % 3600)) for n in range(4900)]
    rows.sort(key=lambda row: row["updated_at"])
    shop, platform = connect({"/orders/get": listing(rows), "/orders/items/get": items}, items_batch=100)
    found = [one.order_id for one in shop.orders(updated_since=NOW - timedelta(hours=3))]
    assert len(found) == len(set(found)) == 4900
    assert max(int(asked["offset"]) for path, asked in platform.asked if path == "/orders/get") <= 4500


def test_one_second_with_too_many_rows_is_told() -> None:
    rows = [order(str(10_000 + n), at(5)) for n in range(4700)]
    shop, _ = connect({"/orders/get": listing(rows), "/orders/items/get": items}, items_batch=100)
    stream = shop.orders(updated_since=NOW - timedelta(hours=3), updated_until=NOW)
    assert len(list(stream)) == 4600
    assert "beyond_offset" in {finding.code for finding in stream.findings}


def test_bounds_are_those_asked_for() -> None:
    rows = [order("1", at(0)), order("2", at(10)), order("3", at(11))]
    shop, _ = connect({"/orders/get": listing(rows), "/orders/items/get": items})
    start = NOW - timedelta(hours=2)
    found = shop.orders(updated_since=start, updated_until=start + timedelta(seconds=10))
    assert [one.order_id for one in found] == ["1", "2"]


def test_one_order_bare_units_and_a_count() -> None:
    shop, platform = connect({
        "/order/get": fine(data=order()), "/order/items/get": fine(data=[unit("1"), unit("2")]),
        "/orders/get": fine(data={"countTotal": 7, "orders": []}),
    })  # fmt: skip
    assert shop.get_order("77").total == 19.5
    assert platform.paths() == ["/order/get", "/order/items/get"]
    window = orderhub.models.Window(NOW - timedelta(days=1), NOW)
    assert shop.count_orders(window) == 7


def test_sync_and_async_are_equal() -> None:
    rows = [order(str(1000 + n), at(n)) for n in range(12)]

    async def play() -> list[Any]:
        inner = Platform({"/orders/get": listing(rows), "/orders/items/get": items})
        shop = orderhub.connect_async("lazada", **ENTRY, transport=AsyncPlatform(inner), clock=Still())
        return [one async for one in shop.orders(updated_since=NOW - timedelta(hours=3))]

    shop, _ = connect({"/orders/get": listing(rows), "/orders/items/get": items})
    assert asyncio.run(play()) == list(shop.orders(updated_since=NOW - timedelta(hours=3)))


# Errors


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("InvalidCode", errors.AuthError), ("IncompleteSignature", errors.SignatureRejected),
        ("InvalidTimestamp", errors.ClockSkewed), ("ApiCallLimit", errors.RateLimited),
        ("InvalidParameter", errors.InvalidParameter), ("16", errors.NotFound), ("E-NEW", errors.RequestRejected),
    ],
)  # fmt: skip
def test_codes_become_errors(code: str, kind: type[errors.OrderHubError]) -> None:
    shop, _ = connect({"/order/get": lambda asked: refusal(code)})
    with pytest.raises(kind) as caught:
        shop.get_order("77")
    assert (caught.value.code, caught.value.request_id, caught.value.operation) == (code, "r9", "/order/get")


def test_a_token_that_lapsed_and_cannot_be_refreshed() -> None:
    shop, _ = connect({"/order/get": lambda asked: refusal("IllegalAccessToken")})
    with pytest.raises(errors.TokenExpired):
        shop.get_order("77")


def test_codes_are_a_setting() -> None:
    shop, _ = connect({"/order/get": lambda asked: refusal("901")}, error_codes={"901": "not_found"})
    with pytest.raises(errors.NotFound):
        shop.get_order("77")


def test_a_result_that_failed_is_an_error() -> None:
    told = fine(result={"success": "false", "error_code": "700009", "error_msg": "not a seller-delivered order"})
    shop, _ = connect({"/reverse/getreverseordersforseller": lambda asked: told})
    with pytest.raises(errors.Conflict):
        shop.get_refund("1")


@pytest.mark.parametrize("body", [[], {"data": {}}, {"code": "0"}, {"code": "0", "data": []}])
def test_a_reply_without_an_order_is_no_order(body: Any) -> None:
    shop, _ = connect({"/order/get": lambda asked: body, "/order/items/get": fine(data=[unit("1")])})
    with pytest.raises(errors.DecodeError):
        shop.get_order("77")


# Shipping


def ship(answers: dict[str, Any], *parcels: Dispatch, **given: Any) -> tuple[list[Any], Platform]:
    shop, platform = connect(answers, **given)
    return shop.ship(list(parcels)), platform


def dispatch(number: str = "MINE1", **more: Any) -> Dispatch:
    return Dispatch(order_id="77", carrier="sf", waybill_no=number, **more)


GONE = {"package_id": "FP1", "tracking_code": "LZ1"}
WHOLE = {
    "/order/items/get": [
        fine(data=[unit("1"), unit("2")]), fine(data=[unit("1", "packed", **GONE), unit("2", "packed", **GONE)]),
    ],
    "/order/shipment/providers/get": PROVIDERS, "/order/fulfill/pack": packed("1", "2"), "/order/package/rts": READY,
}  # fmt: skip


def fresh(**changes: Any) -> dict[str, Any]:
    return {name: list(found) if isinstance(found, list) else found for name, found in WHOLE.items()} | changes


def test_pack_then_say_ready_and_tell_the_number_that_stands() -> None:
    (outcome,), platform = ship(fresh(), dispatch())
    assert (outcome.ok, outcome.reason, outcome.value) == (True, "number_by_platform", "LZ1")
    assert platform.paths() == [
        "/order/items/get", "/order/shipment/providers/get", "/order/fulfill/pack", "/order/items/get",
        "/order/package/rts",
    ]  # fmt: skip
    sent = json.loads(platform.asked[2][1]["packReq"])
    assert sent == {
        "pack_order_list": [{"order_id": 77, "order_item_list": [1, 2]}], "delivery_type": "dropship",
        "shipment_provider_code": "SFX", "shipping_allocate_type": "NTFS",
    }  # fmt: skip
    assert json.loads(platform.asked[4][1]["readyToShipReq"]) == {"packages": [{"package_id": "FP1"}]}


def test_the_parameter_that_no_source_names_is_a_setting() -> None:
    _, platform = ship(fresh(), dispatch(), rts_parameter="rtsReq", provider_codes={"sf": "SF9"})
    assert "rtsReq" in platform.asked[-1][1] and '"SF9"' in platform.asked[2][1]["packReq"]


def test_the_platforms_own_number_means_its_package() -> None:
    units = [unit("1", "packed", **GONE), unit("2", "packed", package_id="FP2", tracking_code="LZ2")]
    (outcome,), platform = ship(fresh(**{"/order/items/get": [fine(data=units)]}), dispatch("LZ2"))
    assert (outcome.ok, outcome.reason, outcome.value) == (True, None, "LZ2")
    assert json.loads(platform.asked[-1][1]["readyToShipReq"]) == {"packages": [{"package_id": "FP2"}]}


def test_what_is_ready_already_is_said() -> None:
    units = [unit("1", "shipped", **GONE), unit("2", "canceled")]
    (outcome,), platform = ship(fresh(**{"/order/items/get": [fine(data=units)]}), dispatch())
    assert (outcome.ok, outcome.reason, outcome.value) == (True, "already_done", "LZ1")
    assert platform.paths() == ["/order/items/get"]


def test_lost_replies_are_settled_by_reading() -> None:
    half = fine(data=[unit("1", "packed", **GONE), unit("2", "packed", **GONE)])
    done = fine(data=[unit("1", "ready_to_ship", **GONE), unit("2", "ready_to_ship", **GONE)])
    lost = errors.TimedOut("no reply")
    answers = fresh(**{
        "/order/items/get": [fine(data=[unit("1"), unit("2")]), half, done], "/order/fulfill/pack": [lost],
        "/order/package/rts": [lost],
    })  # fmt: skip
    (outcome,), platform = ship(answers, dispatch())
    assert outcome.ok and outcome.value == "LZ1"
    assert platform.paths().count("/order/fulfill/pack") == platform.paths().count("/order/package/rts") == 1


def test_what_cannot_be_read_stays_unknown() -> None:
    lost = errors.TimedOut("no reply")
    broken = refusal("E-NEW")
    answers = fresh(**{"/order/items/get": [fine(data=[unit("1")]), broken], "/order/fulfill/pack": [lost]})
    (outcome,), _ = ship(answers, dispatch())
    assert not outcome.ok and isinstance(outcome.error, errors.OutcomeUnknown)


def test_success_with_a_row_that_failed_is_a_failure() -> None:
    answers = fresh(**{"/order/fulfill/pack": packed("1", "2", code="700009", retry="false")})
    (outcome,), platform = ship(answers, dispatch())
    assert not outcome.ok and isinstance(outcome.error, errors.Conflict) and outcome.error.code == "700009"
    assert "/order/package/rts" not in platform.paths()


@pytest.mark.parametrize(
    "change",
    [
        {"is_fbl": "1"},
        {"status": "unpaid"},
        {"status": "lost"},
        {"status": "A_NEW_WORD"},
        {"is_cancel_pending": "true"},
    ],
    ids=str,
)
def test_what_must_not_go_is_not_sent(change: dict[str, str]) -> None:
    (outcome,), platform = ship(fresh(**{"/order/items/get": [fine(data=[unit("1") | change])]}), dispatch())
    assert not outcome.ok and isinstance(outcome.error, errors.Conflict)
    assert platform.paths() == ["/order/items/get"]


def test_parcels_of_one_order_share_its_units() -> None:
    loose = [unit("1"), unit("2"), unit("3", sku_id="9")]
    first = [unit("1", "packed", **GONE), unit("2"), unit("3", sku_id="9")]
    second = [unit("1", "shipped", **GONE), unit("2"), unit("3", sku_id="9")]
    third = [
        unit("1", "shipped", **GONE),
        *(unit(name, "packed", package_id="FP2", tracking_code="LZ2") for name in "23"),
    ]
    answers = fresh(**{"/order/items/get": [fine(data=rows) for rows in (loose, first, second, third)]})
    outcomes, platform = ship(answers, dispatch("A", lines=(("1", 1),)), dispatch("B", lines=(("2", 1), ("3", 1))))
    assert [outcome.value for outcome in outcomes] == ["LZ1", "LZ2"]
    packs = [json.loads(asked["packReq"]) for path, asked in platform.asked if path == "/order/fulfill/pack"]
    assert [pack["pack_order_list"][0]["order_item_list"] for pack in packs] == [[1], [2, 3]]


@pytest.mark.parametrize(
    ("parcels", "kind"),
    [
        ((dispatch("A"), dispatch("B")), errors.UnsupportedOperation),
        ((dispatch(replaces="LZ0"),), errors.UnsupportedOperation),
        ((dispatch(serial_numbers=(("1", "S"),)),), errors.UnsupportedOperation),
        ((dispatch(lines=(("1", 3),)),), errors.InvalidParameter),
        ((dispatch(lines=(("9", 1),)),), errors.InvalidParameter),
    ],
    ids=str,
)  # fmt: skip
def test_what_the_platform_cannot_say_is_refused(parcels: tuple[Dispatch, ...], kind: type[Exception]) -> None:
    outcomes, platform = ship(fresh(), *parcels)
    assert all(isinstance(outcome.error, kind) for outcome in outcomes)
    assert platform.paths() == ["/order/items/get"]


def test_a_carrier_that_is_not_offered_is_named() -> None:
    (outcome,), _ = ship(fresh(), Dispatch(order_id="77", carrier="yto", waybill_no="1"))
    assert isinstance(outcome.error, errors.InvalidParameter) and "provider_codes" in str(outcome.error)


def test_closing_needs_a_reason_and_cancels_each_unit() -> None:
    shop, platform = connect({"/order/items/get": fine(data=[unit("1"), unit("2", "canceled"), unit("3")]),
                              "/order/cancel": fine(data={})}, cancel_reason_id="15")  # fmt: skip
    assert shop.close_order("77", "sold out").ok
    sent = [asked for path, asked in platform.asked if path == "/order/cancel"]
    assert [(one["order_item_id"], one["reason_id"], one["reason_detail"]) for one in sent] == [
        ("1", "15", "sold out"), ("3", "15", "sold out"),
    ]  # fmt: skip
    with pytest.raises(errors.ConfigurationError):
        connect({})[0].close_order("77", "sold out")


# Stock, cases, tokens


def test_stock_is_a_document_a_sku() -> None:
    shop, platform = connect({"/product/price_quantity/update": [fine(data={}), refusal("501")]})
    levels = [ListingStock(listing_id="6", platform_sku_id="5&", quantity=9, version=2),
              ListingStock(listing_id="6", platform_sku_id="5&", quantity=4, version=1),
              ListingStock(listing_id="7", platform_sku_id="8", quantity=0, version=1)]  # fmt: skip
    outcomes = shop.push_stock(levels)
    assert [(one.ok, one.reason) for one in outcomes] == [
        (True, None),
        (True, "superseded"),
        (False, "request_rejected"),
    ]
    assert platform.asked[0][1]["payload"] == (
        "<Request><Product><Skus><Sku><ItemId>6</ItemId><SkuId>5&amp;</SkuId><Quantity>9</Quantity></Sku></Skus>"
        "</Product></Request>"
    )


def case(**more: Any) -> dict[str, Any]:
    line = {"trade_order_line_id": "1", "reverse_status": "REQUEST_INITIATE", "refund_amount": "1250",
            "reason_text": "late", "tracking_number": "R1"}  # fmt: skip
    return {"reverse_order_id": "9", "trade_order_id": "77", "request_type": "RETURN", "reverse_order_lines": [line],
            **more}  # fmt: skip


def cases(*rows: dict[str, Any]) -> dict[str, Any]:
    return fine(result={"success": True, "total": str(len(rows)), "items": list(rows)})


@pytest.mark.parametrize(("currency", "amount"), [("SGD", "12.50"), ("IDR", "12.50"), ("VND", "1250.00")])
def test_cases_are_in_the_currency_of_their_order(currency: str, amount: str) -> None:
    units = fine(data=[{"order_id": "77", "order_items": [unit("1", currency=currency)]}])
    shop, _ = connect({"/reverse/getreverseordersforseller": cases(case()), "/orders/items/get": units})
    refund = shop.get_refund("9")
    assert (str(refund.amount), refund.currency, str(refund.status)) == (amount, currency, "requested")
    assert (str(refund.kind), refund.reason, refund.return_waybill_no) == ("return_and_refund", "late", "R1")
    assert [(name, units) for name, units, _ in refund.lines] == [("1", 1)]


def test_other_words_of_cases_are_unknown_and_told() -> None:
    line = {"reverse_status": "REFUND_DONE", "refund_amount": "100"}
    shop, platform = connect(
        {"/reverse/getreverseordersforseller": cases(case(reverse_order_lines=[line], request_type="SWAP"))},
        currency="MYR",
    )
    stream = shop.refunds(updated_since=NOW - timedelta(days=1))
    (refund,) = stream
    assert (str(refund.status), refund.raw_status, str(refund.kind), refund.currency) == (
        "unknown", "REFUND_DONE", "unknown", "MYR",
    )  # fmt: skip
    assert {finding.value for finding in stream.findings} == {"REFUND_DONE", "SWAP"}
    assert int(platform.asked[0][1]["ReverseOrderLineModifiedTimeRangeEnd"]) == int(NOW.timestamp() * 1000)


def test_a_case_that_is_not_there() -> None:
    shop, _ = connect({"/reverse/getreverseordersforseller": cases()})
    with pytest.raises(errors.NotFound):
        shop.get_refund("9")


def test_tokens_are_asked_for_without_the_old_one() -> None:
    told = fine(access_token="new", refresh_token="r2", expires_in="604800", country="sg")
    shop, platform = connect({"/auth/token/create": told})
    assert shop.exchange_code("c1") == NOW + timedelta(days=7)
    assert platform.asked[0][1]["code"] == "c1" and "access_token" not in platform.asked[0][1]
    assert shop.authorize_url("https://me.example", "s1") == (
        "https://auth.lazada.com/oauth/authorize?response_type=code&force_auth=true&client_id=key"
        "&redirect_uri=https%3A%2F%2Fme.example&state=s1"
    )
    bare, _ = connect({"/auth/token/create": fine()})
    with pytest.raises(errors.DecodeError):
        bare.exchange_code("c1")
