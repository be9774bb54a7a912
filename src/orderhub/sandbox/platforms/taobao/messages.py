"""TMC: what is queued for the app, and its delivery over HTTP. Source: docs/platforms/taobao.md §9."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from orderhub.sandbox.platforms.taobao.ask import Ask
from orderhub.sandbox.platforms.taobao.state import Doc, Market, Trade
from orderhub.sandbox.platforms.taobao.wire import china, instant

__all__ = ["confirm", "consume", "due", "end", "permit", "tell", "tell_refund", "tell_stock"]

_TRADE_FIELDS = ("tid", "buyer_nick", "buyer_open_uid", "seller_nick", "payment", "type", "status")
_REFUND_FIELDS = ("tid", "oid", "refund_id", "refund_fee", "refund_phase", "modified", *_TRADE_FIELDS[1:4])


def tell(market: Market, trade: Trade, topic: str, without: tuple[str, ...] = (), **more: Any) -> None:
    """A trade message with the base fields, less `without`, plus `more`."""
    if trade.shop_id not in market.topics:
        return
    doc = trade.doc
    base = {
        name: doc[name] for name in ("tid", "buyer_nick", "buyer_open_uid", "seller_nick", "payment", "type", "status")
    }
    content = {"oid": doc["orders"][0]["oid"], **base, **more}
    _put(market, trade.shop_id, topic, {name: value for name, value in content.items() if name not in without})


def tell_refund(market: Market, trade: Trade, refund: Doc, topic: str) -> None:
    """A refund message."""
    bill = "return_bill" if refund["has_good_return"] else "refund_bill"
    _put(market, trade.shop_id, topic, {**{name: refund[name] for name in _REFUND_FIELDS}, "bill_type": bill})


def tell_stock(market: Market, shop_id: str, num_iid: int, num: int, sku: Doc | None, change: int) -> None:
    """A quantity changed; our own writes are echoed by switch."""
    told: Doc = {"num_iid": num_iid, "num": num, "increment": change, "changed_fields": "num"}
    if sku is not None:
        told |= {"sku_id": sku["sku_id"], "sku_num": sku["quantity"], "changed_fields": "sku"}
    _put(market, shop_id, "taobao_item_ItemStockChanged", told)


def _put(market: Market, shop_id: str, topic: str, content: Doc) -> None:
    topics = market.topics.get(shop_id, frozenset())
    if topics is not None and topic not in topics:
        return
    seller = market.shops[shop_id]
    market.messages.append({
        "id": 6_000_000_000_000_000_000 + market.serial(), "topic": topic,
        "content": json.dumps(content, ensure_ascii=False), "pub_time": market.stamp(),
        "pub_app_key": "12497914", "user_id": 2_200_000_000_000 + seller.number, "user_nick": seller.nick,
        "_again": "", "_sent": 0,
    })  # fmt: skip


def permit(ask: Ask) -> Doc:
    """taobao.tmc.user.permit: topics replace those permitted before; none given means all of the app."""
    topics = ask.text("topics")
    ask.market.topics[ask.shop_id] = frozenset(topics.split(",")) if topics else None
    return {"is_success": True}


def due(market: Market, most: int) -> list[Doc]:
    """What was never delivered, or was not confirmed in time; it counts as delivered from now on."""
    switches, stamp = market.setup.switches, market.stamp()
    found = [message for message in market.messages if message["_again"] <= stamp][:most]
    again = china(instant(stamp) + timedelta(seconds=switches["tmc_redelivery_s"]))
    for message in found:
        message["_again"] = again
        message["_sent"] += 1
    if switches["tmc_shuffle"]:
        market.setup.rng.shuffle(found)
    return [message for message in found for _ in range(2)] if switches["tmc_duplicates"] else found


def end(market: Market, ids: Collection[Any]) -> None:
    """These are done; unknown ones are passed over."""
    market.messages[:] = [message for message in market.messages if message["id"] not in ids]


def consume(ask: Ask) -> Doc:
    """taobao.tmc.messages.consume: what is due, without what is our own about it."""
    found = due(ask.market, ask.whole("quantity", 100, 10, 200))
    return {"messages": [{name: value for name, value in one.items() if name[0] != "_"} for one in found]}


def confirm(ask: Ask) -> Doc:
    """taobao.tmc.messages.confirm: at most 200 ids; unknown ones are passed over."""
    end(ask.market, {int(one) for one in ask.listed("s_message_ids", 200) if one.isdigit()})
    return {"is_success": True}
