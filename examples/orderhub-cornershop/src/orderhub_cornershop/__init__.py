"""Cornershop: JSON over HTTP, signed with HMAC-SHA256, amounts in whole cents, instants in milliseconds."""

import hashlib
import hmac
import json
from datetime import timedelta
from decimal import Decimal
from urllib.parse import urlencode

from orderhub import errors, models
from orderhub.flow.message import Request
from orderhub.flow.steps import now
from orderhub.kit.carriers import carrier_of
from orderhub.kit.convert import cny_fen, epoch_ms, ident, quantity, text
from orderhub.kit.decode import decode_orders
from orderhub.kit.exchange import check_http
from orderhub.kit.json import loads
from orderhub.kit.operations import ChannelOperations
from orderhub.kit.spec import Connector, Setting, SignatureVector, Spec
from orderhub.kit.status import ErrorTable, WordTable
from orderhub.kit.stock import push_each
from orderhub.kit.table import Absent, Computed, Row, Table, each
from orderhub.models import OrderStatus, Outcome, Page

DOCS = "README.md"
STATUS = WordTable(OrderStatus.UNKNOWN, {"new": OrderStatus.PENDING_PAYMENT, "paid": OrderStatus.AWAITING_SHIPMENT,
    "sent": OrderStatus.SHIPPED, "done": OrderStatus.COMPLETED, "void": OrderStatus.CANCELLED}, DOCS)  # fmt: skip
AXES = {"new": ("unpaid", "unfulfilled"), "paid": ("paid", "unfulfilled"), "sent": ("paid", "shipped"),
        "done": ("paid", "delivered"), "void": ("unpaid", "cancelled")}  # fmt: skip
ERRORS = ErrorTable("cornershop", DOCS, exact={
    "token_expired": errors.TokenExpired, "bad_token": errors.AuthError, "bad_signature": errors.SignatureRejected,
    "bad_clock": errors.ClockSkewed, "too_many": errors.RateLimited, "not_found": errors.NotFound,
    "wrong_state": errors.Conflict, "bad_field": errors.InvalidParameter,
})  # fmt: skip


def gross(document, found):
    """No discounts here: a line costs price times count."""
    amount = found["unit_price"] * found["quantity"]
    return {"subtotal": amount, "discount": Decimal(0), "total": amount}


def meaning(document, found):
    """What follows from several fields: the axes, the sums, the receiver, the parcels."""
    goods = sum((line["subtotal"] for line in found["lines"]), Decimal(0))
    payment, fulfilment = AXES.get(found["raw_status"], ("unknown", "unknown"))
    address = {name: document["receiver"].get(name) for name in ("province", "city", "district", "street")}
    person = {"name": document["receiver"].get("name"), "phone": document["receiver"].get("phone"), "address": address}
    status = STATUS(found["raw_status"])
    lines = tuple(line | {"status": status} for line in found["lines"])
    return {"status": status, "lines": lines, "payment_status": payment, "fulfilment_status": fulfilment,
            "fulfilled_by": "merchant", "currency": "CNY", "items_total": goods, "discount_total": Decimal(0),
            "residual": found["total"] - goods - found["shipping_fee"], "recipient": person,
            "shipments": [{"carrier": carrier_of(parcel["carrier"]), "carrier_name": parcel["carrier"],
                           "waybill_no": parcel["number"]} for parcel in document.get("parcels", ())]}  # fmt: skip


LINE = Table(models.LineItem, DOCS, (
    Row("line_id", "id", ident, required=True), Row("sku", "code", text), Row("title", "title", text),
    Row("quantity", "count", quantity, required=True), Row("unit_price", "price_cents", cny_fen, required=True),
    Computed(("subtotal", "discount", "total"), gross, ()),
))  # fmt: skip
ORDER = Table(models.Order, DOCS, (
    Absent("platform", "the connection knows it"), Absent("shop_id", "the connection knows it"),
    Row("order_id", "no", ident, required=True), Row("raw_status", "state", text, required=True),
    Row("created_at", "made_ms", epoch_ms), Row("updated_at", "changed_ms", epoch_ms), Row("buyer_note", "note", text),
    Row("total", "total_cents", cny_fen, required=True), Row("shipping_fee", "freight_cents", cny_fen, required=True),
    Row("lines", "items", each(LINE, least=1), required=True),
    Computed(("status", "lines", "payment_status", "fulfilment_status", "fulfilled_by", "currency", "items_total",
              "discount_total", "residual", "shipments", "recipient"), meaning, ("receiver", "parcels")),
))  # fmt: skip
SPEC = Spec("cornershop", "Cornershop", "https://api.cornershop.example/v1", DOCS, words={"status": STATUS},
    tables={"order": ORDER, "line": LINE}, token_url="https://api.cornershop.example/token", errors=ERRORS,
    settings=(Setting("page_size", "rows a page, at most 50", 50),),
    limits={"list_orders": models.Limits(page_size_max=50, history=timedelta(days=90), overlap=timedelta(minutes=5))},
)  # fmt: skip


def decode(payload, config):
    """Orders of a reply, of one order or of a list of orders; a bad one becomes a finding."""
    found = payload.get("orders", [payload] if "no" in payload else []) if isinstance(payload, dict) else payload
    return decode_orders(found, config, ident="no", words={"state": STATUS})


def signature(secret, method, path, stamp, body):
    """HMAC-SHA256 over method, path with query, milliseconds and the exact body, in hex."""
    return hmac.new(secret.encode(), f"{method}\n{path}\n{stamp}\n".encode() + body, hashlib.sha256).hexdigest()


def opened(reply):
    """The document of a success; a refusal as the error that its code means."""
    check_http(reply, platform="cornershop")
    document = loads(reply.body)
    if reply.status >= 400:
        raise ERRORS.error(str(document.get("error")), None, str(document.get("message", "no text")))
    return document


class Cornershop(ChannelOperations):
    """One generator per verb; what is not here is absent and says so."""

    spec = SPEC

    def call(self, name, method, path, sent=None):
        """One signed call. Every write sets a value under a key, so repeating it changes nothing."""
        body = b"" if sent is None else json.dumps(sent, separators=(",", ":")).encode()

        def build(credentials, at):
            stamp = str(int(at.timestamp() * 1000))
            signed = signature(credentials.app_secret, method, f"/v1{path}", stamp, body)
            headers = {"x-key": credentials.app_key, "x-stamp": stamp, "x-sign": signed,
                       "authorization": f"Bearer {credentials.access_token}"}  # fmt: skip
            return Request(method, self.config.base_url + path, headers, body)

        return (yield from self.exchange(name, build, opened, write=sent is not None, keyed=True))

    def list_orders(self, window, position=None):
        """One page, oldest first; the next starts after the last row seen, so nothing shifts out of sight."""
        start, end = (int(instant.timestamp() * 1000) for instant in (window.start, window.end))
        query = {"axis": window.axis, "from": start, "to": end, "after": position or "",
                 "size": self.config.settings["page_size"]}  # fmt: skip
        reply = yield from self.call("list", "GET", f"/orders?{urlencode(query)}")
        page = decode(reply, self.config)
        return Page(page.items, findings=page.findings, next=reply.get("next"), quarantined=page.quarantined)

    def fetch_order(self, order_id):
        """One order."""
        return decode((yield from self.call("get", "GET", f"/orders/{order_id}")), self.config)

    def ship(self, dispatches):
        """Put each parcel on its order under its own number; the same number again changes nothing."""
        outcomes = []
        for parcel in dispatches:
            path = f"/orders/{parcel.order_id}/parcels/{parcel.waybill_no}"
            sent = {"carrier": parcel.carrier, "replaces": parcel.replaces}
            try:
                reply = yield from self.call("ship", "PUT", path, sent)
                outcomes.append(Outcome(True, parcel.key, None if reply["new"] else "already_done"))
            except errors.OrderHubError as error:
                outcomes.append(Outcome.failed(parcel.key, error))
        return outcomes

    def push_stock(self, levels):
        """Set quantities, one listing a call."""
        send = lambda level: self.call("stock", "PUT", f"/stock/{level.listing_id}", {"count": level.quantity})
        return (yield from push_each(levels, send))

    def list_listings(self, position=None):
        """Everything on sale, in one page."""
        rows = (yield from self.call("listings", "GET", "/stock"))["listings"]
        return Page(tuple(
            models.Listing(listing_id=row["id"], sku=row["code"], title=row["title"], quantity=row["count"],
                           price=cny_fen(row["price_cents"]), currency="CNY") for row in rows
        ))  # fmt: skip

    def refresh_token(self, refresh_token):
        """A new access token; the refresh token stays."""
        app = self.config.app
        form = urlencode({"key": app.app_key, "secret": app.app_secret, "refresh": refresh_token}).encode()
        headers = {"content-type": "application/x-www-form-urlencoded"}
        request = Request("POST", self.config.token_url, headers, form)
        reply = yield from self.exchange("token", lambda credentials, at: request, opened, app=app)
        until = (yield from now()) + timedelta(seconds=reply["seconds"])
        return models.Token(reply["access_token"], refresh_token, until)


VECTOR = SignatureVector("V1", lambda: signature("secret", "GET", "/v1/orders", "1700000000000", b""),
    "5c9c2c1050e9072a0c06c9ebbe2eafd6e5365b1d70c84240e5978238cf562864", DOCS)  # fmt: skip
CONNECTOR = Connector(SPEC, Cornershop, decode, vectors=(VECTOR,))
