"""The difficult orders, one function each, in a table. Source: docs/platforms/taobao.md §3, §4, §11.

Every one is valid by the sheet (but the one with a status that no sheet knows) and satisfies the money identities.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random

from orderhub.sandbox.people import PLACES, person
from orderhub.sandbox.platforms.taobao.moves import cancel, consign, move_refund, open_refund
from orderhub.sandbox.platforms.taobao.seed import make_trade, receiver_fields, recount
from orderhub.sandbox.platforms.taobao.state import Market, Seller, Trade
from orderhub.sandbox.platforms.taobao.wire import china, fen, yuan

__all__ = ["AWKWARD", "seed_awkward"]

UNKNOWN_STATUS = "WAIT_SELLER_PREPARE_STOCK"


class Maker:
    """Makes trades of one shop some hours ago and puts them in the market."""

    def __init__(self, market: Market, seller: Seller, rng: Random) -> None:
        self.market, self.seller, self.rng = market, seller, rng

    def trade(self, lines: int = 1, hours: float = 5, unpaid: bool = False, plain: bool = False) -> Trade:
        """A trade like any other; `plain` without discounts, so that a scenario may set its own."""
        created = self.market.now() - timedelta(hours=hours)
        trade = make_trade(self.market, self.seller, self.rng, created, unpaid=unpaid, lines=lines)
        if plain:
            trade.doc["promotion_details"] = []
            for line in trade.doc["orders"]:
                line["discount_fee"] = "0.00"
                line.pop("part_mjz_discount", None)
            recount(trade.doc)
        self.market.add(trade)
        return trade

    def sent(self, trade: Trade, hours: float, lines: int | None = None) -> None:
        """Consign the first `lines` (None: all) so many hours ago."""
        goods = {line["oid"]: line["num"] for line in trade.doc["orders"][:lines]}
        parcel = {"out_sid": f"SF1{self.rng.randrange(10**12):012d}", "company_code": "SF", "goods": goods}
        consign(self.market, trade, [parcel], china(self.market.now() - timedelta(hours=hours)), frozenset())


def _partial_refund(make: Maker) -> None:
    """Sent, then part of one line's money went back."""
    trade = make.trade(2, 60, plain=True)
    make.sent(trade, 50)
    line = trade.doc["orders"][1]
    ask = {"refund_fee": yuan(fen(line["payment"]) // 3), "reason": "商品有瑕疵"}
    move_refund(make.market, trade, open_refund(make.market, trade, line, ask, make.market.stamp()), "agree")


def _line_refunded(make: Maker) -> None:
    """One of three lines refunded in full before sending; the rest is to be sent."""
    trade = make.trade(3, 8)
    refund = open_refund(make.market, trade, trade.doc["orders"][0], {"reason": "拍错了"}, make.market.stamp())
    move_refund(make.market, trade, refund, "agree")


def _refund_asked(make: Maker) -> None:
    """The buyer asks for the money before anything was sent."""
    trade = make.trade(1, 6)
    open_refund(make.market, trade, trade.doc["orders"][0], {"reason": "不想要了"}, make.market.stamp())


def _return_asked(make: Maker) -> None:
    """Sent and received; the goods are on their way back."""
    trade = make.trade(1, 90)
    make.sent(trade, 80)
    ask = {"has_good_return": True, "reason": "尺码不合适"}
    refund = open_refund(make.market, trade, trade.doc["orders"][0], ask, make.market.stamp())
    move_refund(make.market, trade, refund, "agree_return")
    move_refund(make.market, trade, refund, "return", company_name="圆通速递", sid="YT2800000000001")


def _refunded_whole(make: Maker) -> None:
    """Refunded before sending: TRADE_CLOSED."""
    trade = make.trade(1, 30)
    refund = open_refund(make.market, trade, trade.doc["orders"][0], {"reason": "缺货"}, make.market.stamp())
    move_refund(make.market, trade, refund, "agree")


def _forbidden(make: Maker) -> None:
    """Paid, but the group is not formed: sending is forbidden."""
    trade = make.trade(1, 3)
    trade.doc["status"], trade.doc["team_buy_hold"] = "PAID_FORBID_CONSIGN", 1


def _held(make: Maker) -> None:
    """Held by the platform although the status says it may be sent."""
    make.trade(2, 4).doc["top_hold"] = 1


def _presale(make: Maker) -> None:
    """Deposit paid, the rest not due yet."""
    trade = make.trade(1, 20, unpaid=True, plain=True)
    paid = yuan(fen(trade.doc["payment"]) // 5)
    trade.doc |= {"type": "step", "step_trade_status": "FRONT_PAID_FINAL_NOPAID", "step_paid_fee": paid}
    trade.doc["new_presell"] = True
    trade.doc["send_time"] = china(make.market.now() + timedelta(days=12))


def _gift(make: Maker) -> None:
    """A free line that a promotion added."""
    trade = make.trade(2, 7, plain=True)
    main, gift = trade.doc["orders"]
    gift |= {"price": "0.00", "is_free_gift": True, "num": 1, "gift_mids": str(main["oid"]), "need_return": False}
    main["has_gift"] = True
    recount(trade.doc)
    trade.doc["promotion_details"] = [{
        "id": trade.doc["tid"], "promotion_name": "满赠", "discount_fee": "0.00", "promotion_desc": "赠品",
        "promotion_id": "gift-1000003_2000003", "gift_item_name": gift["title"],
        "gift_item_id": str(gift["num_iid"]), "gift_item_num": "1",
    }]  # fmt: skip


def _bundle(make: Maker) -> None:
    """A bundle sold as one line, with its components."""
    line = make.trade(1, 9).doc["orders"][0]
    line |= {"item_meal_id": 3_300_000_001, "item_meal_name": "套餐：出行两件套"}
    line["combine_item_info"] = [
        {"item_id": line["num_iid"], "item_name": line["title"], "outer_iid": "SKU-0001", "num": line["num"]},
        {"item_id": line["num_iid"] + 1, "item_name": "便携折叠雨伞", "outer_iid": "SKU-0039", "num": line["num"]},
    ]


def _bound(make: Maker) -> None:
    """Two lines that must travel together."""
    first, second = make.trade(2, 9).doc["orders"]
    first["bind_oid"], second["bind_oid"] = second["oid"], first["oid"]


def _unknown(make: Maker) -> None:
    """A status that no document knows."""
    make.trade(1, 2).doc["status"] = UNKNOWN_STATUS


def _county(make: Maker) -> None:
    """A county-level city directly under its province: no receiver_city."""
    place = next(place for place in PLACES if place.city is None)
    trade = make.trade(1, 5)
    for name in [name for name in trade.doc if name.startswith("receiver_")]:
        del trade.doc[name]
    trade.doc |= receiver_fields(person(make.rng, place))
    trade.doc.pop("receiver_phone", None)


def _emoji(make: Maker) -> None:
    """Emoji, a zero-width joiner, right-to-left text, a line break."""
    trade = make.trade(1, 5)
    trade.doc |= {
        "buyer_message": "生日礼物🎂👨\u200d👩\u200d👧 请写“生日快乐”\nشكرا \u200b谢谢",
        "has_buyer_message": True,
    }
    trade.doc["seller_memo"], trade.doc["seller_flag"] = "VIP 加急 😀", 1


def _long_note(make: Maker) -> None:
    """A note of ten thousand characters."""
    make.trade(1, 5).doc |= {"buyer_message": "请小心轻放。" * 1700, "has_buyer_message": True}


def _cod(make: Maker) -> None:
    """Cash on delivery: to be sent, nothing paid."""
    trade = make.trade(1, 5, plain=True)
    del trade.doc["pay_time"], trade.doc["alipay_no"]
    trade.doc |= {"type": "cod", "cod_status": "NEW_CREATED", "cod_fee": "5.00", "buyer_cod_fee": "5.00"}
    trade.doc["seller_cod_fee"] = "0.00"
    recount(trade.doc)


def _cancelled(make: Maker) -> None:
    """Closed before payment."""
    trade = make.trade(1, 10, unpaid=True)
    cancel(make.market, trade, make.market.stamp())


def _other_type(make: Maker) -> None:
    """A type that the default filter of the lists hides."""
    make.trade(1, 5).doc["type"] = "tmall_i18n"


def _twins(make: Maker) -> None:
    """Two orders of one receiver, changed in the same second."""
    first, second = make.trade(1, 6), make.trade(2, 5.5)
    for name in [name for name in second.doc if name.startswith("receiver_")]:
        del second.doc[name]
    second.doc |= {name: value for name, value in first.doc.items() if name.startswith("receiver_")}
    second.doc |= {name: first.doc[name] for name in ("buyer_nick", "buyer_open_uid")}
    make.market.touch(first)
    make.market.touch(second)


def _adjusted(make: Maker) -> None:
    """The seller took five yuan off."""
    trade = make.trade(1, 5, plain=True)
    trade.doc["orders"][0]["adjust_fee"] = "-5.00"
    recount(trade.doc)


def _part_sent(make: Maker) -> None:
    """One of three lines is on its way."""
    make.sent(make.trade(3, 40), 30, 1)


def _advised(make: Maker) -> None:
    """The platform names the carriers that may be used."""
    trade = make.trade(1, 5)
    trade.doc["logistics_infos"] = [{
        "trade_id": trade.doc["tid_str"], "sub_trade_id": trade.doc["orders"][0]["oid_str"],
        "need_consign_num": trade.doc["orders"][0]["num"], "consign_type": "SC", "type": "00",
        "biz_delivery_type": 2, "white_delivery_cps": "SF,EMS",
        "unused_delivery_error_msg": "请使用推荐的物流公司发货",
    }]  # fmt: skip


def _serials(make: Maker) -> None:
    """Serial numbers must be collected at sending (national subsidy)."""
    make.trade(1, 5).doc |= {"use_gov_subsidy": "1", "gov_sn_check": "1_1_1", "gov_subsidy_delivery_check": "1"}


AWKWARD: dict[str, Callable[[Maker], None]] = {
    "partial_refund": _partial_refund, "line_refunded": _line_refunded, "refund_asked": _refund_asked,
    "return_asked": _return_asked, "refunded_whole": _refunded_whole, "forbidden": _forbidden, "held": _held,
    "presale": _presale, "gift": _gift, "bundle": _bundle, "bound": _bound, "unknown_status": _unknown,
    "county": _county, "emoji": _emoji, "long_note": _long_note, "cod": _cod, "cancelled": _cancelled,
    "other_type": _other_type, "twins": _twins, "adjusted": _adjusted, "part_sent": _part_sent, "advised": _advised,
    "serials": _serials,
}  # fmt: skip
"""Name to maker."""


def seed_awkward(market: Market, seller: Seller, rng: Random) -> None:
    """One of each."""
    make = Maker(market, seller, rng)
    for scenario in AWKWARD.values():
        scenario(make)
    for trade in market.of(seller.shop_id):
        trade.doc["async_modified"] = trade.doc["modified"]
    market.changed(seller.shop_id)
