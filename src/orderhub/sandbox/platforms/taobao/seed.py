"""Invented shops, listings and orders that obey every money identity of the sheet. Imports the catalogue and people.

Money is counted in fen and written as yuan texts; every order satisfies docs/platforms/taobao.md §3.3 to the cent.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from random import Random

from orderhub.sandbox.catalogue import Good, items
from orderhub.sandbox.people import NOTES, Person, person
from orderhub.sandbox.platforms.taobao.moves import consign, receive
from orderhub.sandbox.platforms.taobao.state import Doc, Item, Market, Seller, Trade
from orderhub.sandbox.platforms.taobao.wire import china, yuan

__all__ = ["make_trade", "receiver_fields", "recount", "seed_listings", "seed_trades", "sellers"]

_NAMES = ("云杉户外旗舰店", "小满生活馆", "北屿数码专营店", "拾光家居企业店")

# share of orders, youngest and oldest age in hours
_MIX: tuple[tuple[str, float, float, float], ...] = (
    ("WAIT_SELLER_SEND_GOODS", 0.78, 0.2, 70),
    ("WAIT_BUYER_CONFIRM_GOODS", 0.10, 26, 110),
    ("WAIT_BUYER_PAY", 0.05, 0.1, 20),
    ("TRADE_FINISHED", 0.05, 100, 160),
    ("TRADE_CLOSED_BY_TAOBAO", 0.02, 30, 120),
)

_LINE_COUNTS = (1,) * 31 + (2,) * 12 + (3,) * 5 + (4,) * 2
_UNITS = (1,) * 16 + (2,) * 3 + (3,)


def sellers(count: int) -> list[Seller]:
    """Shops by turns Tmall and Taobao."""
    return [
        Seller(f"tb-{n}", n, _NAMES[(n - 1) % len(_NAMES)] + (str(n) if n > len(_NAMES) else ""), "BC"[(n - 1) % 2])
        for n in range(1, count + 1)
    ]


def seed_listings(market: Market, seller: Seller, rng: Random) -> None:
    """Every product of the catalogue, each variant a sku; the last product has no skus."""
    created = china(market.now() - timedelta(days=200))
    for code, goods in items().items():
        num_iid = 700_000_000_000 + seller.number * 1_000_000 + int(code[-2:])
        skus = [_sku(num_iid, good, rng, created) for good in goods if good.options]
        doc = _listing(seller, num_iid, goods[0], created)
        doc["num"] = sum(sku["quantity"] for sku in skus) if skus else rng.randrange(80, 400)
        doc["outer_id"] = goods[0].item if skus else goods[0].sku
        market.items[num_iid] = Item(seller.shop_id, doc, skus)


def _sku(num_iid: int, good: Good, rng: Random, created: str) -> Doc:
    return {
        "sku_id": 5_100_000_000_000 + (num_iid % 100_000_000) * 100 + int(good.sku[-4:]), "num_iid": num_iid,
        "quantity": rng.randrange(80, 400), "with_hold_quantity": 0, "outer_id": good.sku,
        "price": yuan(good.price_fen), "status": "normal", "created": created, "modified": created,
        "properties_name": ";".join(f"{name}:{value}" for name, value in good.options),
    }  # fmt: skip


def _listing(seller: Seller, num_iid: int, good: Good, created: str) -> Doc:
    return {
        "num_iid": num_iid, "title": good.title, "nick": seller.nick, "type": "fixed",
        "cid": 50_000_000 + num_iid % 997,
        "price": yuan(good.price_fen), "num": 0, "with_hold_quantity": 0, "outer_id": "", "approve_status": "onsale",
        "created": created, "modified": created, "list_time": created, "sub_stock": 2 if seller.kind == "B" else 1,
        "detail_url": f"http://item.taobao.com/item.htm?id={num_iid}",
        "pic_url": f"https://img.alicdn.com/sandbox/{good.item}.jpg",
    }  # fmt: skip


def seed_trades(market: Market, seller: Seller, rng: Random, count: int) -> None:
    """`count` orders of the last days, most of them waiting to be sent."""
    now, shares = market.now(), [share for _, share, _, _ in _MIX]
    for _ in range(count):
        status, _, low, high = rng.choices(_MIX, shares)[0]
        created = now - timedelta(hours=low + (high - low) * rng.random())
        trade = make_trade(market, seller, rng, created, unpaid=status in ("WAIT_BUYER_PAY", "TRADE_CLOSED_BY_TAOBAO"))
        market.add(trade)
        _age(market, trade, status, created, rng)


def _age(market: Market, trade: Trade, status: str, created: datetime, rng: Random) -> None:
    """Bring a fresh trade to `status`, with the times that belong to it."""
    doc = trade.doc
    last = doc.get("pay_time", doc["created"])
    if status == "TRADE_CLOSED_BY_TAOBAO":
        last = doc["end_time"] = china(created + timedelta(hours=24))
        doc["status"] = status
        for line in doc["orders"]:
            line["status"], line["end_time"] = status, last
    if status in ("WAIT_BUYER_CONFIRM_GOODS", "TRADE_FINISHED"):
        last = china(created + timedelta(hours=3 + 20 * rng.random()))
        goods = {line["oid"]: line["num"] for line in doc["orders"]}
        parcel = {"out_sid": f"SF1{rng.randrange(10**12):012d}", "company_code": "SF", "goods": goods}
        consign(market, trade, [parcel], last, frozenset())
        doc["timeout_action_time"] = china(created + timedelta(days=11))
    if status == "TRADE_FINISHED":
        last = china(created + timedelta(hours=60 + 30 * rng.random()))
        receive(market, trade, last)
    doc["modified"] = doc["async_modified"] = last
    market.changed(trade.shop_id)


def make_trade(
    market: Market, seller: Seller, rng: Random, created: datetime, *, unpaid: bool = False, lines: int = 0,
    who: Person | None = None,
) -> Trade:  # fmt: skip
    """One order, not yet in the market: 1 to 4 lines (or `lines`), paid unless `unpaid`."""
    serial, buyer = market.serial(), rng.randrange(10_000)
    tid = int(f"392{seller.number % 100:02d}{serial:09d}{rng.randrange(10)}{buyer:04d}")
    status = "WAIT_BUYER_PAY" if unpaid else "WAIT_SELLER_SEND_GOODS"
    wanted = lines or rng.choice(_LINE_COUNTS)
    orders = [_line(seller, rng, offer, status) for offer in _offers(market, seller, rng, wanted)]
    for line in orders:
        line["oid"] = tid if wanted == 1 else int(f"392{seller.number % 100:02d}{market.serial():09d}0{buyer:04d}")
        line["oid_str"] = str(line["oid"])
    at = china(created)
    doc: Doc = {
        "tid": tid, "tid_str": str(tid), "status": status, "type": "fixed", "title": seller.nick,
        "seller_nick": seller.nick, "buyer_nick": f"t**{buyer % 10}", "buyer_open_uid": _open_uid(seller, buyer),
        "created": at, "modified": at, "async_modified": at, "received_payment": "0.00", "commission_fee": "0.00",
        "point_fee": 0, "real_point_fee": 0, "shipping_type": "express", "is_part_consign": False,
        "trade_from": rng.choice(("WAP,WAP", "TAOBAO,TAOBAO", "WAP,WAP,JHS")), "seller_flag": 0,
        "has_buyer_message": False, "payment_method": rng.choice(("alipay", "alipay", "wx")), "seller_rate": False,
        "buyer_rate": False, **receiver_fields(who or person(rng)), "orders": orders, "promotion_details": [],
    }  # fmt: skip
    if not unpaid:
        paid = china(min(created + timedelta(seconds=rng.randrange(5, 600)), market.now()))
        doc["pay_time"] = doc["modified"] = doc["async_modified"] = paid
        doc["alipay_no"] = f"{at[:10].replace('-', '')}22001{serial:015d}"
    if rng.random() < 0.18:
        doc["buyer_message"], doc["has_buyer_message"] = rng.choice(NOTES), True
    _price(doc, rng)
    return Trade(seller.shop_id, doc)


def _open_uid(seller: Seller, buyer: int) -> str:
    return "AAE" + hashlib.sha256(f"{seller.shop_id}:{buyer}".encode()).hexdigest()[:21]


def receiver_fields(who: Person) -> Doc:
    """Receiver in the clear; no landline and no city mean absent keys."""
    fields = {
        "receiver_name": who.name, "receiver_mobile": who.mobile, "receiver_phone": who.phone,
        "receiver_country": "中国", "receiver_state": who.place.province, "receiver_city": who.place.city,
        "receiver_district": who.place.district, "receiver_town": who.town, "receiver_address": who.detail,
        "receiver_zip": who.place.zip,
    }  # fmt: skip
    return {name: value for name, value in fields.items() if value}


def _offers(market: Market, seller: Seller, rng: Random, wanted: int) -> list[tuple[Doc, Doc | None]]:
    """Distinct offers on sale; those in stock first choice."""
    every: list[tuple[Doc, Doc | None]] = [
        (item.doc, sku)
        for item in market.items.values()
        if item.shop_id == seller.shop_id and item.doc["approve_status"] == "onsale"
        for sku in (item.skus or (None,))
    ]
    stocked = [offer for offer in every if (offer[1]["quantity"] if offer[1] else offer[0]["num"]) > 3]
    return rng.sample(stocked if len(stocked) >= wanted else every, wanted)


def _line(seller: Seller, rng: Random, offer: tuple[Doc, Doc | None], status: str) -> Doc:
    item, sku = offer
    line: Doc = {
        "oid": 0, "oid_str": "", "status": status, "refund_status": "NO_REFUND", "title": item["title"],
        "num_iid": item["num_iid"], "outer_iid": item["outer_id"], "price": (sku or item)["price"],
        "num": rng.choice(_UNITS), "discount_fee": "0.00", "adjust_fee": "0.00",
        "seller_type": seller.kind, "cid": item["cid"], "pic_path": item["pic_url"], "is_oversold": False,
        "buyer_rate": False, "seller_rate": False, "order_from": "WAP,WAP", "shipping_type": "express",
    }  # fmt: skip
    if sku:
        line |= {"sku_id": str(sku["sku_id"]), "outer_sku_id": sku["outer_id"]}
        line["sku_properties_name"] = sku["properties_name"]
    return line


def _price(doc: Doc, rng: Random) -> None:
    """Choose discounts and postage, then count."""
    orders = doc["orders"]
    for line in orders:
        gross = _fen(line["price"]) * line["num"]
        if rng.random() < 0.3:
            off = gross * rng.choice((5, 8, 10, 12)) // 100
            line["discount_fee"] = yuan(off)
            _promotion(doc, line["oid"], "限时直降", "直降", off, "xszj-1000002_2000002")
    after = [_fen(line["price"]) * line["num"] - _fen(line["discount_fee"]) for line in orders]
    goods = sum(after)
    doc["post_fee"] = yuan(rng.choice((0, 0, 600, 800, 1000)) if goods < 20000 else 0)
    if len(orders) > 1 and goods > 15000:
        off = goods // 10000 * 1000 if rng.random() < 0.5 else goods * 3 // 100
        _promotion(doc, doc["tid"], "店铺满减", "满减", off, "mjs-1000001_2000001")
        _apportion(orders, after, off)
    recount(doc)


def _promotion(doc: Doc, target: int, name: str, desc: str, off: int, code: str) -> None:
    if off:
        doc["promotion_details"].append(
            {
                "id": target,
                "promotion_name": name,
                "discount_fee": yuan(off),
                "promotion_desc": desc,
                "promotion_id": code,
            }
        )


def _apportion(orders: list[Doc], after: list[int], off: int) -> None:
    """The order's discount shared by amount, the last line takes the rest."""
    left, total = off, sum(after)
    for line, amount in zip(orders[:-1], after[:-1], strict=True):
        part = off * amount // total
        line["part_mjz_discount"] = yuan(part)
        left -= part
    orders[-1]["part_mjz_discount"] = yuan(left)


def _fen(text: str) -> int:
    return int(text.replace(".", ""))


def recount(doc: Doc) -> None:
    """All sums from prices, numbers, discounts, postage and COD fee: §3.3 holds afterwards."""
    orders, single = doc["orders"], len(doc["orders"]) == 1
    post, cod, shared = _fen(doc["post_fee"]), _fen(doc.get("cod_fee", "0.00")), 0
    paid = 0
    for line in orders:
        net = _fen(line["price"]) * line["num"] + _fen(line["adjust_fee"]) - _fen(line["discount_fee"])
        line["total_fee"] = yuan(net)
        net += post if single else 0
        line["payment"] = yuan(net)
        part = _fen(line.get("part_mjz_discount", "0.00"))
        line["divide_order_fee"] = yuan(net - part)
        paid, shared = paid + net, shared + part
    doc["total_fee"] = yuan(sum(_fen(line["price"]) * line["num"] for line in orders))
    doc["payment"] = yuan(paid + cod - shared + (0 if single else post))
    doc["discount_fee"] = yuan(shared)
    doc["adjust_fee"] = orders[0]["adjust_fee"] if single else "0.00"
    doc["num"] = orders[0]["num"] if single else 0
    doc["available_confirm_fee"] = doc["payment"]
    _single(doc, orders[0] if single else None)


def _single(doc: Doc, line: Doc | None) -> None:
    for name in ("num_iid", "price", "pic_path"):
        doc.pop(name, None)
        if line is not None:
            doc[name] = line[name]
