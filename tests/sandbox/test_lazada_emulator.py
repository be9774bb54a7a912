"""The Lazada emulator, driven by a small client of its own that was written from docs/platforms/lazada.md."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from orderhub.flow.message import Request
from orderhub.sandbox import World
from orderhub.sandbox.emulator import ControlError
from orderhub.sandbox.platforms.lazada.wire import push_sign, sign, signed_text

START = datetime(2026, 11, 11, 4, 0, tzinfo=UTC)


class Seller:
    """Signs and sends for one shop."""

    def __init__(self, world: World, number: int = 0) -> None:
        self.world, self.entry = world, world.shops()[number]
        self.transport = world.transport()

    def send(self, path: str, method: str = "GET", token: str | None = None, **params: Any) -> dict[str, Any]:
        told = {name: value if isinstance(value, str) else json.dumps(value) for name, value in params.items()}
        told |= {"app_key": self.entry["app_key"], "sign_method": "sha256",
                 "timestamp": told.pop("at", str(int(self.world.now().timestamp() * 1000))),
                 "access_token": token or self.entry["access_token"]}  # fmt: skip
        text = path + "".join(f"{name}{told[name]}" for name in sorted(told))
        secret = self.entry["app_secret"].encode()
        told["sign"] = hmac.new(secret, text.encode(), hashlib.sha256).hexdigest().upper()
        return self.raw(path, method, told)

    def raw(self, path: str, method: str, told: dict[str, str]) -> dict[str, Any]:
        url, body = f"{self.entry['base_url']}/rest{path}", urlencode(told)
        if method == "GET":
            reply = self.transport.send(Request("GET", f"{url}?{body}"))
        else:
            kind = {"content-type": "application/x-www-form-urlencoded"}
            reply = self.transport.send(Request("POST", url, kind, body.encode()))
        found: dict[str, Any] = json.loads(reply.body)
        return found

    def orders(self, **params: str) -> list[dict[str, Any]]:
        given = params or {"update_after": "2026-01-01T00:00:00+00:00"}
        rows: list[dict[str, Any]] = self.send("/orders/get", **given)["data"]["orders"]
        return rows

    def items(self, order_id: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.send("/order/items/get", order_id=order_id)["data"]
        return rows

    def pack(self, order_id: str, items: list[str], code: str = "LEX") -> list[dict[str, Any]]:
        ask = {"pack_order_list": [{"order_id": order_id, "order_item_list": items}], "delivery_type": "dropship",
               "shipment_provider_code": code, "shipping_allocate_type": "TFS"}  # fmt: skip
        told = self.send("/order/fulfill/pack", "POST", packReq=ask)["result"]["data"]
        rows: list[dict[str, Any]] = told["pack_order_list"][0]["order_item_list"]
        return rows

    def ready(self, package: str) -> dict[str, Any]:
        told = self.send("/order/package/rts", "POST", readyToShipReq={"packages": [{"package_id": package}]})
        row: dict[str, Any] = told["result"]["data"]["packages"][0]
        return row


def world_of(**options: Any) -> World:
    return World(**{"platforms": ["lazada"], "carriers": [], "start": START, "tick": lambda: 0.0, "seed": 7, "orders": 30,
                    **options})  # fmt: skip


@pytest.fixture
def world() -> World:
    return world_of()


@pytest.fixture
def seller(world: World) -> Seller:
    return Seller(world)


def waiting(seller: Seller) -> tuple[str, list[str]]:
    order = next(row for row in seller.orders() if row["statuses"] == ["pending"])
    return order["order_id"], [unit["order_item_id"] for unit in seller.items(order["order_id"])]


def test_the_published_vectors_hold() -> None:
    params = {"access_token": "lzd-tok", "app_key": "123456", "order_id": "1234", "sign_method": "sha256",
              "timestamp": "1700000000000"}  # fmt: skip
    assert sign("helloworld", signed_text("/order/get", params)) == (
        "FD2AD0B91BF17C8C44D862C5957A3249D078348CA1263009653962918A38BE4E"
    )
    body = (
        b'{"seller_id":"9999","message_type":0,"data":{"order_status":"unpaid","trade_order_id":"260422900198363",'
        b'"trade_order_line_id":"260422900298363","status_update_time":1603698638},"timestamp":1603766859530,'
        b'"site":"lazada_vn"}'
    )
    assert push_sign("123456", "helloworld", body) == "687b6e2c36887538e214c37df0f40f959ca674b89e7c9c11b82fd567663ca900"


@pytest.mark.parametrize("spoil", ["lower", "path", "missing"])
def test_the_signature_is_upper_case_and_covers_the_path(seller: Seller, spoil: str) -> None:
    params = {"app_key": seller.entry["app_key"], "sign_method": "sha256", "access_token": seller.entry["access_token"],
              "timestamp": str(int(START.timestamp() * 1000)), "order_id": "1"}  # fmt: skip
    text = signed_text("/order/get" if spoil != "path" else "", params)
    made = sign(seller.entry["app_secret"], text)
    told = params if spoil == "missing" else params | {"sign": made.lower() if spoil == "lower" else made}
    assert seller.raw("/order/get", "GET", told)["code"] == (
        "MissingParameter" if spoil == "missing" else "IncompleteSignature"
    )
    if spoil != "missing":
        assert "/order/get" in str(seller.world.control("GET", "/_sandbox/log")[1][-1])


def test_a_time_far_off_and_a_foreign_or_lapsed_token_are_refused(world: World, seller: Seller) -> None:
    late = str(int((START - timedelta(hours=3)).timestamp() * 1000))
    assert seller.send("/order/get", order_id="1", at=late)["code"] == "InvalidTimestamp"
    other = Seller(world, 1).entry["access_token"]
    assert seller.send("/order/get", order_id="1", token=other)["code"] == "IllegalAccessToken"
    world.advance(8 * 86400)
    assert seller.send("/orders/get", update_after="2026-01-01T00:00:00Z")["code"] == "IllegalAccessToken"


def test_tokens_come_from_codes_once_and_refresh_rotates(world: World, seller: Seller) -> None:
    query = urlencode(
        {"response_type": "code", "client_id": seller.entry["app_key"], "redirect_uri": "https://h.example/cb"}
    )
    reply = seller.transport.send(Request("GET", f"{seller.entry['base_url']}/oauth/authorize?{query}"))
    code = parse_qs(urlsplit(reply.headers["location"]).query)["code"][0]
    told = seller.send("/auth/token/create", "POST", code=code)
    assert told["code"] == "0" and told["expires_in"] == "604800"
    assert seller.send("/auth/token/create", "POST", code=code)["code"] == "InvalidCode"
    again = seller.send("/auth/token/refresh", "POST", refresh_token=told["refresh_token"])
    assert again["access_token"] != told["access_token"]
    assert (
        seller.send("/auth/token/refresh", "POST", refresh_token=told["refresh_token"])["code"] == "IllegalRefreshToken"
    )
    assert seller.send("/orders/get", token=again["access_token"], update_after="2026-01-01T00:00:00Z")["code"] == "0"


def test_one_lower_bound_is_a_must_and_offset_and_limit_end(seller: Seller) -> None:
    assert seller.send("/orders/get")["code"] == "MissingParameter"
    assert seller.send("/orders/get", created_after="2026-01-01 00:00:00")["code"] == "InvalidParameter"
    for wrong in ({"offset": "4501"}, {"limit": "101"}, {"limit": "0"}, {"status": "gone"}, {"sort_by": "price"}):
        assert seller.send("/orders/get", update_after="2026-01-01T00:00:00Z", **wrong)["code"] == "InvalidParameter"


def test_pages_cover_a_window_once_on_both_axes(world: World, seller: Seller) -> None:
    want = {row["order_id"] for row in world.control("GET", "/_sandbox/lazada/orders", {"shop_id": "lzd-1"})[1]}
    for bound, by in (("update_after", "updated_at"), ("created_after", "created_at")):
        seen: list[str] = []
        for offset in range(0, 100, 7):
            rows = seller.orders(**{bound: "2026-01-01T00:00:00+08:00", "sort_by": by, "sort_direction": "ASC",
                                    "offset": str(offset), "limit": "7"})  # fmt: skip
            seen += [row["order_id"] for row in rows]
        assert len(seen) == len(set(seen)) and set(seen) == want


def test_values_are_text_and_amounts_add_up_over_unit_rows(seller: Seller) -> None:
    for order in seller.orders():
        rows = seller.items(order["order_id"])
        assert order["items_count"] == str(len(rows)) and len({row["order_item_id"] for row in rows}) == len(rows)
        assert sum(Decimal(row["item_price"]) for row in rows) == Decimal(order["price"])
        assert sum(Decimal(row["voucher_amount"]) for row in rows) == Decimal(order["voucher"])
        assert sum(Decimal(row["shipping_amount"]) for row in rows) == Decimal(order["shipping_fee"])
        for row in rows:
            assert all(isinstance(value, str) for value in row.values())
            assert Decimal(row["paid_price"]) == Decimal(row["item_price"]) - Decimal(row["voucher_amount"])


def test_units_of_many_orders_come_in_one_call(seller: Seller) -> None:
    numbers = [row["order_id"] for row in seller.orders()][:5]
    told = seller.send("/orders/items/get", order_ids=numbers)["data"]
    assert [row["order_id"] for row in told] == numbers
    assert told[0]["order_items"] == seller.items(numbers[0])


def test_pack_gives_the_platforms_own_number_and_rts_needs_it(seller: Seller) -> None:
    order, items = waiting(seller)
    assert seller.ready("FP0")["item_err_code"] != "0"
    rows = seller.pack(order, items)
    assert {row["item_err_code"] for row in rows} == {"0"} and len({row["tracking_number"] for row in rows}) == 1
    assert {unit["status"] for unit in seller.items(order)} == {"packed"}
    assert seller.pack(order, items) == rows
    assert seller.ready(rows[0]["package_id"])["item_err_code"] == "0"
    assert {unit["status"] for unit in seller.items(order)} == {"shipped"}
    assert seller.ready(rows[0]["package_id"])["item_err_code"] == "0"


def test_the_first_scan_may_be_the_testers(world: World, seller: Seller) -> None:
    world.control("PUT", "/_sandbox/switches", {}, {"lazada": {"scanned": "by_tester"}})
    order, items = waiting(seller)
    seller.ready(seller.pack(order, items)[0]["package_id"])
    assert {unit["status"] for unit in seller.items(order)} == {"ready_to_ship"}
    world.control("PATCH", f"/_sandbox/lazada/orders/{order}", {}, {"action": "ship"})
    assert {unit["status"] for unit in seller.items(order)} == {"shipped"}


def test_rows_may_fail_although_the_call_succeeds(world: World) -> None:
    seller = Seller(world_of(awkward=True))
    foreign = next(
        row for row in seller.orders() if any(unit["is_fbl"] == "1" for unit in seller.items(row["order_id"]))
    )
    units = [unit["order_item_id"] for unit in seller.items(foreign["order_id"])]
    assert {row["item_err_code"] for row in seller.pack(foreign["order_id"], units)} == {"700009"}
    order, items = waiting(seller)
    seller.send("/order/cancel", "POST", order_item_id=items[0], reason_id="15", reason_detail="out of stock")
    assert seller.items(order)[0]["status"] == "canceled"
    assert seller.pack(order, items[:1])[0]["item_err_code"] != "0"


def test_repack_frees_the_units_and_own_fleet_alone_delivers(seller: Seller) -> None:
    order, items = waiting(seller)
    package = seller.pack(order, items)[0]["package_id"]
    seller.send("/order/package/repack", "POST", repackReq={"packages": [{"package_id": package}]})
    assert {unit["status"] for unit in seller.items(order)} == {"pending"}
    lex = seller.pack(order, items)[0]["package_id"]
    told = seller.send("/order/package/sof/delivered", "POST", dbsDeliveryReq={"packages": [{"package_id": lex}]})
    assert told["result"]["data"]["packages"][0]["item_err_code"] != "0"
    seller.send("/order/package/repack", "POST", repackReq={"packages": [{"package_id": lex}]})
    own = seller.pack(order, items, "SOF")[0]["package_id"]
    seller.send("/order/package/sof/delivered", "POST", dbsDeliveryReq={"packages": [{"package_id": own}]})
    assert {unit["status"] for unit in seller.items(order)} == {"delivered"}
    label = seller.send("/order/package/document/get", getDocumentReq={"packages": [{"package_id": own}]})
    assert label["result"]["data"]["file"]


def test_quantities_are_full_values_all_or_none(world: World, seller: Seller) -> None:
    first = world.control("GET", "/_sandbox/lazada/stock", {"shop_id": "lzd-1"})[1][0]

    def push(*rows: tuple[str, str]) -> dict[str, Any]:
        skus = "".join(f"<Sku><SkuId>{sku}</SkuId><Quantity>{units}</Quantity></Sku>" for sku, units in rows)
        payload = f"<Request><Product><Skus>{skus}</Skus></Product></Request>"
        return seller.send("/product/price_quantity/update", "POST", payload=payload)

    assert push((first["sku_id"], "7"))["code"] == "0"
    assert world.control("GET", "/_sandbox/lazada/stock", {"shop_id": "lzd-1"})[1][0]["quantity"] == 7
    told = push((first["sku_id"], "8"), ("404", "1"))
    assert told["code"] == "501" and told["detail"][0]["sku_id"] == "404"
    assert world.control("GET", "/_sandbox/lazada/stock", {"shop_id": "lzd-1"})[1][0]["quantity"] == 7
    assert push(*[(first["sku_id"], "1")] * 51)["code"] == "InvalidParameter"
    listed = seller.send("/products/get", filter="all", limit="50", offset="0", options="1")["data"]
    assert {sku["SellerSku"] for row in listed["products"] for sku in row["skus"]} >= {"SKU-0001", "SKU-0040"}


def test_cases_are_listed_by_change_and_settled_by_the_tester(world: World, seller: Seller) -> None:
    order, _ = waiting(seller)
    world.control("PATCH", f"/_sandbox/lazada/orders/{order}", {}, {"action": "refund"})
    told = seller.send("/reverse/getreverseordersforseller", page_no="1", page_size="10", trade_order_id=order)[
        "result"
    ]
    case = told["items"][0]
    assert case["request_type"] == "CANCEL" and case["reverse_order_lines"][0]["reverse_status"] == "REQUEST_INITIATE"
    assert seller.items(order)[0]["is_cancel_pending"] == "true"
    after = str(int((START + timedelta(hours=1)).timestamp() * 1000))
    late = seller.send("/reverse/getreverseordersforseller", ReverseOrderLineModifiedTimeRangeStart=after)["result"]
    assert case["reverse_order_id"] not in {row["reverse_order_id"] for row in late["items"]}
    world.control("PATCH", f"/_sandbox/lazada/orders/{order}", {}, {
        "action": "refund", "reverse_order_id": case["reverse_order_id"], "status": "REFUND_SUCCESS"})  # fmt: skip
    assert seller.items(order)[0]["status"] == "canceled"


@pytest.mark.parametrize(
    ("action", "body"), [("receive", {}), ("ship", {"shipment_provider_code": "NOBODY"}), ("fly", {})]
)
def test_what_the_state_forbids_is_said(world: World, seller: Seller, action: str, body: dict[str, Any]) -> None:
    order, _ = waiting(seller)
    with pytest.raises(ControlError):
        world.emulators["lazada"].change(order, {"action": action, **body})


def test_faults_and_late_orders(world: World, seller: Seller) -> None:
    def arm(fault: str, **more: Any) -> None:
        world.control("POST", "/_sandbox/faults", {}, {"platform": "lazada", "fault": fault, **more})

    arm("call_limited")
    assert seller.send("/orders/get", update_after="2026-01-01T00:00:00Z")["code"] == "ApiCallLimit"
    arm("unknown_status")
    assert "repacked_by_robot" in str(seller.orders())
    arm("late_order", delay_s=60)
    (made,) = world.control("POST", "/_sandbox/lazada/orders", {}, {"count": 1, "shop_id": "lzd-1"})[1]
    assert made["order_id"] not in {row["order_id"] for row in seller.orders()}
    world.advance(61)
    assert made["order_id"] in {row["order_id"] for row in seller.orders()}
    arm("token_expired")
    assert seller.send("/order/get", order_id=made["order_id"])["code"] == "IllegalAccessToken"


def test_the_same_seed_makes_the_same_market() -> None:
    one, two = (world_of(awkward=True).control("GET", "/_sandbox/lazada/orders")[1] for _ in range(2))
    assert one == two and len({row["order_id"] for row in one}) == len(one)
