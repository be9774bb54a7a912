"""WooCommerce's verbs against a scripted shop: what is asked, in which order, and what becomes of lost replies."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

import orderhub
from orderhub import errors
from orderhub.flow.message import Reply, Request
from orderhub.models import Address, Dispatch, ListingStock, Recipient, Window

NOW = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
ROOT = "/wp-json/wc/v3/"


def line(number: int, units: int = 1, price: str = "10.00", **more: Any) -> dict[str, Any]:
    return {"id": number, "name": "Mug", "product_id": 87, "variation_id": 0, "quantity": units, "sku": f"M-{number}",
            "subtotal": price, "subtotal_tax": "0.00", "total": price, "total_tax": "0.00", "price": 1, **more}  # fmt: skip


def order(number: int = 727, status: str = "processing", **more: Any) -> dict[str, Any]:
    return {
        "id": number, "status": status, "currency": "EUR", "date_created_gmt": "2026-02-28T22:00:00",
        "date_modified_gmt": "2026-02-28T23:00:00", "date_paid_gmt": "2026-02-28T22:05:00", "date_completed_gmt": None,
        "prices_include_tax": False, "total": "30.00", "total_tax": "0.00", "shipping_total": "0.00",
        "shipping_tax": "0.00", "customer_id": 0, "payment_method": "bacs", "meta_data": [], "fee_lines": [],
        "coupon_lines": [], "refunds": [], "billing": {"email": "b@example.test", "phone": "555"},
        "shipping": {"first_name": "Ann", "last_name": "Lee", "address_1": "1 Road", "city": "Bonn", "country": "DE"},
        "line_items": [line(11), line(12, 2, "20.00")], **more,
    }  # fmt: skip


REFUSED = {"code": "woocommerce_rest_shop_order_invalid_id", "message": "Invalid ID.", "data": {"status": 404}}


class Site:
    """A shop with documents by path; `lose` names methods whose next reply is lost after it was executed."""

    def __init__(self, *orders: dict[str, Any], **more: Any) -> None:
        self.documents: dict[str, Any] = {f"orders/{one['id']}": one for one in orders} | more
        self.asked = list[tuple[str, str, dict[str, str], Any]]()
        self.lose: list[str] = []

    def answer(self, request: Request) -> Reply:
        parts = urlsplit(request.url)
        path, query = parts.path.removeprefix(ROOT), dict(parse_qsl(parts.query))
        body = json.loads(request.body) if request.body else None
        self.asked.append((request.method, path, query, body))
        found, headers = self.found(request.method, path, query, body)
        if request.method in self.lose:
            self.lose.remove(request.method)
            raise errors.TimedOut("no reply")
        status = 404 if found is REFUSED else 200
        return Reply(status, {"content-type": "application/json", **headers}, json.dumps(found).encode())

    def found(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[Any, dict[str, str]]:
        if path in ("orders", "products"):
            rows = [one for name, one in sorted(self.documents.items()) if name.startswith(f"{path}/")]
            size, page = int(query["per_page"]), int(query["page"])
            return rows[(page - 1) * size : page * size], {"x-wp-total": str(len(rows))}
        if path not in self.documents and method != "POST":
            return REFUSED, {}
        if method == "PUT":
            self.put(self.documents[path], body)
        return (body if method == "POST" else self.documents[path]), {}

    def put(self, document: dict[str, Any], body: dict[str, Any]) -> None:
        """Meta data by key, everything else as given."""
        fresh = {row["key"]: row for row in document.get("meta_data", [])}
        for number, row in enumerate(body.pop("meta_data", []), len(fresh) + 1):
            fresh[row["key"]] = {"id": row.get("id", number), "key": row["key"], "value": row["value"]}
        document.update(body, meta_data=list(fresh.values()))

    def send(self, request: Request) -> Reply:
        return self.answer(request)

    def close(self) -> None:
        """Nothing to release."""

    def writes(self) -> list[tuple[str, str, Any]]:
        return [(method, path, body) for method, path, _, body in self.asked if method != "GET"]


class AsyncSite:
    def __init__(self, site: Site) -> None:
        self.site = site

    async def send(self, request: Request) -> Reply:
        return self.site.answer(request)

    async def close(self) -> None:
        """Nothing to release."""


class Clock:
    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)

    async def sleep_async(self, seconds: float) -> None:
        self.sleep(seconds)


ENTRY = {"shop_id": "w", "base_url": "https://shop.example", "app_key": "ck", "app_secret": "cs"}


def shop(site: Site, **settings: Any) -> Any:
    return orderhub.connect("woocommerce", **ENTRY, **settings, transport=site, clock=Clock())


def parcel(number: str = "SF1", **more: Any) -> Dispatch:
    return Dispatch(order_id="727", carrier="sf", waybill_no=number, **more)


# reading


def test_a_window_is_asked_in_gmt_by_id_and_a_second_wider() -> None:
    site = Site(order())
    window = Window(NOW - timedelta(hours=1), NOW)
    assert shop(site).count_orders(window) == 1
    [(_, path, query, _)] = site.asked
    assert path == "orders"
    assert query == {"modified_after": "2026-03-01T00:59:59", "modified_before": "2026-03-01T02:00:01", "page": "1",
                     "dates_are_gmt": "true", "status": "any", "orderby": "id", "order": "asc", "per_page": "1"}  # fmt: skip
    shop(site, window_bounds="inclusive").count_orders(Window(window.start, window.end, "created"))
    assert (site.asked[-1][2]["after"], site.asked[-1][2]["before"]) == ("2026-03-01T01:00:00", "2026-03-01T02:00:00")


def test_pages_are_read_from_the_last_to_the_first() -> None:
    site = Site(*(order(number) for number in range(700, 725)))
    found = [one.order_id for one in shop(site, page_size=10).orders(updated_since=NOW - timedelta(days=1))]
    assert sorted(found) == [str(number) for number in range(700, 725)]
    pages = [query["page"] for _, path, query, _ in site.asked if path == "orders"]
    assert pages[:4] == ["1", "3", "2", "1"]


def test_a_list_that_does_not_count_is_an_error() -> None:
    site = Site(order())
    site.found = lambda *_: ([order()], {})  # type: ignore[method-assign]
    with pytest.raises(errors.DecodeError, match="count"):
        list(shop(site).orders(updated_since=NOW - timedelta(days=1)))


def refund(number: int, amount: str, items: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {"id": number, "date_created_gmt": "2026-02-28T23:00:00", "amount": amount, "reason": "broken",
            "refunded_by": 1, "line_items": items, **more}  # fmt: skip


def back(item: int | None, units: int, total: str, **more: Any) -> dict[str, Any]:
    meta = [{"id": 1, "key": "_refunded_item_id", "value": str(item)}] if item else []
    return {"id": 900, "quantity": -units, "total": f"-{total}", "total_tax": "0.00", "product_id": 87,
            "variation_id": 0, "meta_data": meta, **more}  # fmt: skip


def part_refunded(**more: Any) -> dict[str, Any]:
    return order(refunds=[{"id": 741, "reason": "broken", "total": "-10.00"}], **more)


def test_refunds_tell_their_lines_and_the_rest_may_be_sent() -> None:
    site = Site(part_refunded(), **{"orders/727/refunds": [refund(741, "10.00", [back(12, 1, "10.00")])]})
    found = shop(site).get_order("727")
    assert (found.refunded, str(found.payment_status), str(found.aftersale_status)) == (
        10, "partially_refunded", "partially_refunded",
    )  # fmt: skip
    assert [(one.refunded, one.refunded_quantity) for one in found.lines] == [(0, 0), (10, 1)]
    assert found.is_shippable
    [case] = shop(site).refunds(updated_since=NOW - timedelta(days=1))
    assert (case.refund_id, case.amount, case.currency, str(case.status)) == ("727-741", 10, "EUR", "refunded")
    assert case.lines == (("12", 1, 10),) and case.reason == "broken"
    assert shop(site).get_refund("727-741") == case
    with pytest.raises(errors.NotFound):
        shop(site).get_refund("727-742")
    with pytest.raises(errors.NotFound):
        shop(site).get_refund("x")


def test_a_refund_whose_lines_are_not_told_holds_the_order() -> None:
    site = Site(part_refunded())
    found = shop(site, refund_lines=False).get_order("727")
    assert found.holds == {"other"} and not found.is_shippable
    assert [one.refunded_quantity for one in found.lines] == [None, None]
    told = orderhub.normalize("woocommerce", part_refunded())
    assert [finding.code for finding in told.findings] == ["refund_lines_unknown"]
    unclear = {**part_refunded(), "refund_details": [refund(741, "10.00", [back(None, 1, "10.00")])]}
    assert orderhub.normalize("woocommerce", unclear).orders[0].holds == {"other"}  # two lines sell that product


def test_a_refund_of_money_alone_belongs_to_no_line() -> None:
    found = orderhub.normalize("woocommerce", {**part_refunded(), "refund_details": [refund(741, "10.00", [])]}).orders[
        0
    ]
    assert found.is_shippable and [one.refunded_quantity for one in found.lines] == [0, 0]
    assert [one.refunded for one in found.lines] == [None, None]


def test_refunds_of_the_window_alone() -> None:
    early = refund(740, "1.00", [], date_created_gmt="2026-02-20T00:00:00")
    site = Site(part_refunded(), **{"orders/727/refunds": [early, refund(741, "10.00", [])]})
    assert [one.refund_id for one in shop(site).refunds(updated_since=NOW - timedelta(days=1))] == ["727-741"]


# shipping


def test_a_whole_order_is_completed_with_its_parcel() -> None:
    site = Site(order())
    [outcome] = shop(site, carrier_names={"sf": "SF Express"}, tracking_number_key="_trk").ship([parcel()])
    assert outcome.ok and outcome.reason is None
    [(method, path, body)] = site.writes()
    assert (method, path, body["status"]) == ("PUT", "orders/727", "completed")
    found = shop(site).get_order("727")
    assert [(one.carrier, one.carrier_name, one.waybill_no) for one in found.shipments] == [("sf", "SF Express", "SF1")]
    assert found.shipments[0].lines == (("11", 1), ("12", 2)) and found.shipped_at == NOW
    assert {row["key"]: row["value"] for row in site.documents["orders/727"]["meta_data"]}["_trk"] == "SF1"
    [again] = shop(site).ship([parcel()])
    assert again.ok and again.reason == "already_done" and len(site.writes()) == 1


def test_parts_leave_one_by_one_and_the_last_completes_the_order() -> None:
    site = Site(order())
    assert shop(site).ship([parcel("A", lines=(("11", 1), ("12", 1)))])[0].ok
    first = shop(site).get_order("727")
    assert (str(first.status), str(first.fulfilment_status), first.raw_status) == (
        "partially_shipped", "partially_shipped", "processing",
    )  # fmt: skip
    assert [one.shipped_quantity for one in first.lines] == [1, 1] and first.is_shippable
    for wrong in ((("11", 1),), (("12", 2),), (("99", 1),), (("12", 0),)):
        [refused] = shop(site).ship([parcel("B", lines=wrong)])
        assert isinstance(refused.error, errors.InvalidParameter)
    assert shop(site).ship([parcel("B")])[0].ok
    last = shop(site).get_order("727")
    assert str(last.status) == "completed" and [one.waybill_no for one in last.shipments] == ["A", "B"]


def test_several_parcels_of_one_call_are_one_write() -> None:
    site = Site(order())
    outcomes = shop(site).ship([parcel("A", lines=(("11", 1),)), parcel("B", lines=(("12", 2),))])
    assert [one.ok for one in outcomes] == [True, True] and len(site.writes()) == 1
    assert site.documents["orders/727"]["status"] == "completed"


def test_statuses_of_plugins_are_written_and_read() -> None:
    site, ours = Site(order()), {"part_shipped_status": "partially-shipped", "shipped_status": "sent"}
    shop(site, **ours).ship([parcel("A", lines=(("11", 1),))])
    assert site.documents["orders/727"]["status"] == "partially-shipped"
    found = shop(site, **ours).get_order("727")
    assert str(found.status) == "partially_shipped" and found.is_shippable
    assert str(shop(site).get_order("727").status) == "unknown"
    shop(site, **ours).ship([parcel("B")])
    assert site.documents["orders/727"]["status"] == "sent"
    assert str(shop(site, **ours).get_order("727").status) == "shipped"


def test_a_number_is_corrected_and_only_where_it_stands() -> None:
    site = Site(order())
    shop(site).ship([parcel("A")])
    assert shop(site).ship([parcel("B", replaces="A")])[0].ok
    assert [one.waybill_no for one in shop(site).get_order("727").shipments] == ["B"]
    [missing] = shop(site).ship([parcel("C", replaces="A")])
    assert isinstance(missing.error, errors.Conflict)


@pytest.mark.parametrize("status", ["pending", "on-hold", "failed", "completed", "cancelled", "trash", "draft-x"])
def test_only_orders_that_wait_for_it_are_sent(status: str) -> None:
    site = Site(order(status=status))
    [outcome] = shop(site).ship([parcel()])
    assert not outcome.ok and isinstance(outcome.error, errors.Conflict) and site.writes() == []


def test_a_lost_reply_is_asked_for_again_and_written_once() -> None:
    site = Site(order())
    site.lose = ["PUT"]
    assert shop(site).ship([parcel()])[0].ok
    assert [one.waybill_no for one in shop(site).get_order("727").shipments] == ["SF1"]
    site = Site(order())
    site.lose = ["PUT"] * 50
    [outcome] = shop(site).ship([parcel()])
    assert not outcome.ok and outcome.error is not None and outcome.error.retryable
    site.lose = []
    assert shop(site).ship([parcel()])[0].reason == "already_done"


@pytest.mark.parametrize(("kind", "customer"), [("private", False), ("customer", True)])
def test_a_note_tells_the_waybill_and_its_failure_undoes_nothing(kind: str, customer: bool) -> None:
    site = Site(order())
    assert shop(site, ship_note=kind).ship([parcel()])[0].reason is None
    assert site.writes()[1] == ("POST", "orders/727/notes", {"note": "sf SF1", "customer_note": customer})
    site = Site(order())
    site.lose = ["POST"]
    [outcome] = shop(site, ship_note=kind).ship([parcel()])
    assert outcome.ok and outcome.reason == "note_failed"


def test_serial_numbers_are_kept_with_the_parcel() -> None:
    site = Site(order())
    shop(site).ship([parcel(serial_numbers=(("11", "SN1"),))])
    [row] = [row for row in site.documents["orders/727"]["meta_data"] if row["key"] == "orderhub_parcels"]
    assert row["value"][0]["serial_numbers"] == [["11", "SN1"]]


# other changes


HOME = Recipient(
    name="Bo", phone="555", address=Address(country="DE", city="Bonn", street="2 Lane", postal_code="53111")
)


def test_a_receiver_is_replaced_while_nothing_left() -> None:
    site = Site(order())
    assert shop(site).change_address("727", HOME).ok
    found = shop(site).get_order("727").recipient
    assert (found.name, found.phone, found.address.street, found.address.city) == ("Bo", "555", "2 Lane", "Bonn")
    done = Site(order(status="completed"))
    assert shop(done).change_address("727", HOME).reason == "wrong_state" and done.writes() == []
    with pytest.raises(errors.InvalidParameter):
        shop(site).change_address("727", Recipient(name="Bo"))


def test_a_memo_is_set_replaced_and_cleared() -> None:
    site = Site(order())
    for memo in ("packed 已打包", "again", ""):
        assert shop(site).set_memo("727", memo, 1).ok
        assert shop(site).get_order("727").seller_note == memo
    assert len(site.documents["orders/727"]["meta_data"]) == 1
    assert not shop(site).set_memo("1", "x").ok


def test_only_unpaid_orders_are_closed() -> None:
    site = Site(order(status="pending", date_paid_gmt=None))
    assert shop(site).close_order("727", "no stock").ok and site.documents["orders/727"]["status"] == "cancelled"
    assert shop(Site(order())).close_order("727", "no stock").reason == "wrong_state"


# stock


def test_figures_are_set_per_product_and_version_and_the_newest_wins() -> None:
    site = Site(**{"products/5": {"id": 5}, "products/6/variations/61": {"id": 61}})
    levels = [ListingStock(listing_id="5", quantity=3, version=2), ListingStock(listing_id="5", quantity=9, version=1),
              ListingStock(listing_id="6", platform_sku_id="61", quantity=0), ListingStock(listing_id="x", quantity=1),
              ListingStock(listing_id="7", quantity=1)]  # fmt: skip
    outcomes = shop(site).push_stock(levels)
    assert [(one.ok, one.reason) for one in outcomes] == [
        (True, None), (True, "superseded"), (True, None), (False, "not_found"), (False, "not_found"),
    ]  # fmt: skip
    body = {"manage_stock": True, "stock_quantity": 3}
    assert site.writes()[:2] == [("PUT", "products/5", body),
                                 ("PUT", "products/6/variations/61", {**body, "stock_quantity": 0})]  # fmt: skip


def test_listings_are_versions_or_products() -> None:
    plain = {"id": 5, "name": "Bag", "sku": "B", "price": "12.50", "stock_quantity": 4, "status": "publish",
             "variations": [], "permalink": "https://shop.example/bag"}  # fmt: skip
    group = {"id": 6, "name": "Mug", "sku": "", "price": "9.00", "stock_quantity": 8, "status": "draft",
             "variations": [61, 62]}  # fmt: skip
    versions = [
        {"id": 61, "sku": "M-R", "price": "9.00", "stock_quantity": 2, "status": "publish", "manage_stock": True,
         "attributes": [{"name": "Colour", "option": "red"}]},
        {"id": 62, "sku": "M-B", "price": "9.50", "stock_quantity": None, "manage_stock": "parent", "attributes": []},
    ]  # fmt: skip
    site = Site(**{"products/5": plain, "products/6": group, "products/6/variations": versions})
    found = list(shop(site, currency="SGD").listings())
    assert [(one.listing_id, one.platform_sku_id, one.sku, one.quantity, str(one.status)) for one in found] == [
        ("5", None, "B", 4, "active"), ("6", "61", "M-R", 2, "active"), ("6", "62", "M-B", 8, "inactive"),
    ]  # fmt: skip
    assert {one.currency for one in found} == {"SGD"} and found[1].variant == "red" and found[1].title == "Mug"


# access


def test_where_the_merchant_agrees() -> None:
    url = urlsplit(shop(Site(), callback_url="https://app.example/keys").authorize_url("https://app.example/back", "7"))
    assert (url.netloc, url.path) == ("shop.example", "/wc-auth/v1/authorize")
    assert dict(parse_qsl(url.query)) == {
        "app_name": "orderhub", "scope": "read_write", "user_id": "7", "return_url": "https://app.example/back",
        "callback_url": "https://app.example/keys",
    }  # fmt: skip


def test_webhooks_are_made_once_and_a_lost_reply_is_not_repeated() -> None:
    site = Site()
    shop(site, webhook_url="https://app.example/h").permit_messages(["order.updated", "action.x"])
    assert [body["topic"] for _, _, body in site.writes()] == ["order.updated", "action.x"]
    assert site.writes()[0][2]["secret"] == "cs"
    site.lose = ["POST"]
    with pytest.raises(errors.OutcomeUnknown):
        shop(site, webhook_url="https://app.example/h").permit_messages()
    with pytest.raises(errors.InvalidParameter):
        shop(site, webhook_url="https://app.example/h").permit_messages(["order.eaten"])
    with pytest.raises(errors.ConfigurationError):
        shop(site).permit_messages()


def signed(body: bytes, secret: str = "cs", **headers: str) -> dict[str, str]:
    digest = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    return {"X-WC-Webhook-Signature": digest, "X-WC-Webhook-Topic": "order.updated", "X-WC-Webhook-Resource": "order",
            "X-WC-Webhook-Delivery-ID": "d1", "X-WC-Webhook-Source": "https://shop.example/", **headers}  # fmt: skip


def test_webhooks_say_what_to_read_again() -> None:
    body = json.dumps(order()).encode()
    [message] = shop(Site()).decode_message(signed(body), body)
    assert (message.message_id, message.topic, message.order_ids) == ("d1", "order.updated", ("727",))
    product = b'{"id": 5}'
    headers = signed(product, **{"X-WC-Webhook-Topic": "product.updated", "X-WC-Webhook-Resource": "product"})
    [other] = shop(Site()).decode_message(headers, product)
    assert (other.order_ids, other.listing_ids) == ((), ("5",))
    [own] = shop(Site(), webhook_secret="wh").decode_message(signed(body, "wh"), body)
    assert own.order_ids == ("727",)


def test_forged_webhooks_are_refused_and_pings_mean_nothing() -> None:
    body = json.dumps(order()).encode()
    for headers in ({}, signed(body, "other"), signed(body + b" "), {**signed(body), "X-WC-Webhook-Signature": "é!"}):
        with pytest.raises(errors.SecurityError):
            shop(Site()).decode_message(headers, body)
    assert shop(Site()).decode_message({}, b"webhook_id=142") == []
    assert shop(Site()).decode_message(signed(b"webhook_id=142"), b"webhook_id=142") == []
    with pytest.raises(errors.SecurityError):
        shop(Site()).decode_message({}, b"webhook_id=142&x=1")
    with pytest.raises(errors.DecodeError):
        shop(Site()).decode_message(signed(b"[1]"), b"[1]")


def test_sync_and_async_are_equal() -> None:
    async def both() -> Any:
        site = AsyncSite(Site(order()))
        ashop = orderhub.connect_async("woocommerce", **ENTRY, transport=site, clock=Clock())
        return await ashop.ship([parcel()]), await ashop.get_order("727"), site.site.asked

    site = Site(order())
    face = shop(site)
    assert asyncio.run(both()) == (face.ship([parcel()]), face.get_order("727"), site.asked)
