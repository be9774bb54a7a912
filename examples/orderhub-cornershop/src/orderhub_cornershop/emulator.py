"""Cornershop as an emulator, read from the documentation a second time: nothing of the connector is imported."""

import hmac
import json
from datetime import timedelta

from orderhub.flow.message import Reply
from orderhub.sandbox.catalogue import CATALOGUE
from orderhub.sandbox.emulator import ControlError, EmulatorBase, Target
from orderhub.sandbox.people import person

KEY, SECRET, REFRESH = "sandbox-cornershop", "sandbox-cornershop-secret", "sandbox-refresh-1"
TOLERANCE = timedelta(minutes=5)
STATUS = {"not_found": 404, "wrong_state": 409, "too_many": 429, "bad_field": 400}


class Refusal(Exception):
    """What the platform says no with."""


def build(setup):
    """One shop with goods and the orders that the set-up asks for."""
    return Cornershop(setup)


class Cornershop(EmulatorBase):
    """`/cornershop/v1/…` and `/cornershop/token`; one app, some shops, one state."""

    name = "cornershop"
    faults = frozenset({"call_limited", "token_expired", "repeated_page", "shifting_pages", "unknown_status",
                        "drifted_field", "late_order"})  # fmt: skip

    def __init__(self, setup):
        self.setup, self.orders, self.issued = setup, {}, 0
        self.shops = [f"shop-{number + 1}" for number in range(setup.shops)]
        self.tokens = {f"sandbox-access-{shop}": shop for shop in self.shops}
        self.units = {(shop, good.sku): 50 for shop in self.shops for good in CATALOGUE}
        self.before = {}
        for shop in self.shops:
            for number in range(setup.orders):
                self._make(shop, ("paid", "paid", "new", "done", "void")[number % 5], 3 * number + 1)

    def _ms(self, hours_ago=0):
        return int((self.setup.now() - timedelta(hours=hours_ago)).timestamp() * 1000)

    def _make(self, shop, state="paid", hours_ago=0):
        rng, no = self.setup.rng, f"C{len(self.orders) + 1:09d}"
        who, goods = person(rng), rng.sample(CATALOGUE, rng.randint(1, 3))
        items = [{"id": f"{no}-{line}", "code": good.sku, "title": good.title, "count": rng.randint(1, 3),
                  "price_cents": good.price_fen} for line, good in enumerate(goods, 1)]  # fmt: skip
        freight = rng.choice((0, 600, 1000))
        total = sum(item["price_cents"] * item["count"] for item in items) + freight
        receiver = {"name": who.name, "phone": who.mobile, "province": who.place.province, "city": who.place.city,
                    "district": who.place.district, "street": who.detail}  # fmt: skip
        late = self.setup.take_fault("late_order", shop, None)
        shown = self._ms() + int(late.delay_s * 1000) if late else 0
        made = self._ms(hours_ago)
        doc = {"no": no, "state": state, "made_ms": made, "changed_ms": made, "items": items,
               "freight_cents": freight, "total_cents": total, "receiver": receiver, "parcels": []}  # fmt: skip
        self.orders[no] = {"shop": shop, "shown": shown, "doc": doc}
        return no

    def claims(self, request):
        """By path; the name keeps other platforms out."""
        return request.path.startswith(("/v1/", "/token")) and (
            request.headers.get("x-key") == KEY or request.params.get("key") == KEY)  # fmt: skip

    def target(self, request):
        """Shop by token, operation by method and first part of the path."""
        parts = request.path.strip("/").split("/")
        kind = "token" if parts[0] == "token" else f"{request.method} {parts[1]}{'/parcels' if len(parts) > 3 else ''}"
        return Target(self.tokens.get(request.headers.get("authorization", "").removeprefix("Bearer ")), kind)

    def handle(self, call):
        """Check, execute, answer."""
        try:
            told, status = self._answer(call), 200
        except Refusal as refusal:
            call.verdict = str(refusal)
            told, status = {"error": str(refusal), "message": "refused"}, STATUS.get(str(refusal), 401)
        headers = {"content-type": "application/json"} | ({"retry-after": "1"} if status == 429 else {})
        return Reply(status, headers, json.dumps(told, ensure_ascii=False).encode())

    def _answer(self, call):
        request, fault = call.request, call.fault.name if call.fault else ""
        if request.path == "/token":
            if (request.params.get("secret"), request.params.get("refresh")) != (SECRET, REFRESH):
                raise Refusal("bad_token")
            return self._token()
        query = f"?{request.raw_query}" if request.raw_query else ""
        stamp, signed = request.headers.get("x-stamp", "0"), f"{request.method}\n{request.path}{query}\n"
        expected = hmac.new(SECRET.encode(), f"{signed}{stamp}\n".encode() + request.body, "sha256").hexdigest()
        text, given = f"{signed}{stamp}\n{request.body.decode('utf-8', 'replace')}", request.headers.get("x-sign", "")
        if not call.signed("lower hex of HMAC-SHA256 with the secret over text", text, expected, given):
            call.hint = f"sign {signed}{stamp} and the body"
            raise Refusal("bad_signature")
        if abs(int(stamp) / 1000 - call.now.timestamp()) > TOLERANCE.total_seconds():
            raise Refusal("bad_clock")
        if fault == "call_limited":
            raise Refusal("too_many")
        if fault == "token_expired":
            self.tokens.pop(request.headers.get("authorization", "").removeprefix("Bearer "), None)
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if (shop := self.tokens.get(token)) is None:
            raise Refusal("token_expired" if token.startswith("sandbox-access") else "bad_token")
        return self._route(shop, request, fault)

    def _token(self):
        self.issued += 1
        self.tokens[token := f"sandbox-access-{self.issued}"] = self.shops[0]
        return {"access_token": token, "seconds": 86400}

    def _route(self, shop, request, fault):
        parts = request.path.removeprefix("/v1/").split("/")
        body = json.loads(request.body) if request.body else {}
        if parts == ["orders"]:
            return self._list(shop, dict(request.query), fault)
        if parts == ["stock"]:
            return {"listings": [{"id": good.sku, "code": good.sku, "title": good.title, "price_cents": good.price_fen,
                                  "count": self.units[shop, good.sku]} for good in CATALOGUE]}  # fmt: skip
        if parts[0] == "stock":
            if (shop, parts[1]) not in self.units:
                raise Refusal("not_found")
            self.units[shop, parts[1]] = int(body["count"])
            return {}
        order = self.orders.get(parts[1])
        if order is None or order["shop"] != shop:
            raise Refusal("not_found")
        return self._parcel(order["doc"], parts[3], body) if len(parts) == 4 else self._shown(order["doc"], fault)

    def _list(self, shop, query, fault):
        axis = {"updated": "changed_ms", "created": "made_ms"}[query["axis"]]
        if fault == "shifting_pages":
            mine = (order["doc"] for order in self.orders.values() if order["shop"] == shop)
            self._touch(max(mine, key=lambda doc: doc[axis]))
        rows = sorted((order["doc"][axis], no) for no, order in self.orders.items()
                      if order["shop"] == shop and order["shown"] <= self._ms()
                      and int(query["from"]) <= order["doc"][axis] <= int(query["to"]))  # fmt: skip
        after, size = query.get("after", ""), min(int(query["size"]), 50)
        if fault == "repeated_page":
            after = self.before.get(shop, "")
        self.before[shop] = after
        rest = [row for row in rows if f"{row[0]}.{row[1]}" > after]
        told = {"orders": [self._shown(self.orders[no]["doc"], fault) for _, no in rest[:size]]}
        return told | ({"next": "{}.{}".format(*rest[size - 1])} if len(rest) > size else {})

    def _shown(self, doc, fault):
        drift = {"colour": "red", "total_cents": str(doc["total_cents"])} if fault == "drifted_field" else {}
        return {**doc, **drift, **({"state": "on_the_moon"} if fault == "unknown_status" else {})}

    def _parcel(self, doc, number, body):
        if any(parcel["number"] == number for parcel in doc["parcels"]):
            return {"new": False}
        if doc["state"] not in ("paid", "sent"):
            raise Refusal("wrong_state")
        doc["parcels"] = [parcel for parcel in doc["parcels"] if parcel["number"] != body.get("replaces")]
        doc["parcels"].append({"number": number, "carrier": body["carrier"]})
        doc["state"] = "sent"
        self._touch(doc)
        return {"new": True}

    def _touch(self, doc):
        doc["changed_ms"] = self._ms()

    def accounts(self):
        """What `orderhub.connect` takes."""
        newest = {shop: token for token, shop in self.tokens.items()}
        base = self.setup.base_url()
        return [{"platform": self.name, "shop_id": shop, "base_url": base, "token_url": f"{base}/token", "app_key": KEY,
                 "app_secret": SECRET, "access_token": newest.get(shop, "sandbox-none"), "refresh_token": REFRESH}
                for shop in self.shops]  # fmt: skip

    def records(self, shop_id):
        """Every order of a shop, as it is."""
        return [{"order_id": no, "shop_id": order["shop"], "modified": order["doc"]["changed_ms"], "currency": "CNY",
                 "total": f"{order['doc']['total_cents'] / 100:.2f}"}
                for no, order in self.orders.items() if shop_id in (None, order["shop"])]  # fmt: skip

    def record(self, record_id):
        """One whole order."""
        if record_id not in self.orders:
            raise ControlError(f"no order {record_id}", "list them with GET", 404)
        return self.orders[record_id]["doc"]

    def create(self, body):
        """`{"count": N}` paid orders dated now in every shop."""
        made = {self._make(shop) for shop in self.shops for _ in range(int(body.get("count", 1)))}
        return [row for row in self.records(None) if row["order_id"] in made]

    def change(self, record_id, body):
        """`{"fields": {…}}` sets native fields."""
        doc = self.record(record_id)
        doc.update(body.get("fields", {}))
        self._touch(doc)
        return doc

    def stock(self, shop_id):
        """Units of every listing."""
        return [{"shop_id": shop, "listing_id": sku, "quantity": units} for (shop, sku), units in self.units.items()]

    def set_stock(self, body):
        """`{"shop_id", "listing_id", "quantity"}`."""
        self.units[body["shop_id"], body["listing_id"]] = int(body["quantity"])
        return [dict(body)]
