"""How each platform signs what it pushes, written once more apart from its connector, and what it sends."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from orderhub.hub.connect import connect
from orderhub.plugins import find

KEY, SECRET, OTHER, URL = "app-key", "the right secret", "another secret", "https://shop.example/push"
AT = datetime(2025, 6, 18, 4, 0, tzinfo=UTC)
Headers = dict[str, str]
Signer = Callable[..., Headers]


def _hex(secret: str, text: bytes) -> str:
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


def _base64(secret: str, text: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), text, hashlib.sha256).digest()).decode()


def _md5(key: str, secret: str, text: bytes) -> str:
    return hashlib.md5(key.encode() + text + secret.encode(), usedforsecurity=False).hexdigest()


def _shopify(secret: str, text: bytes, at: datetime = AT, key: str = KEY, url: str = URL) -> Headers:
    return {"X-Shopify-Hmac-Sha256": _base64(secret, text), "X-Shopify-Topic": "orders/updated",
            "X-Shopify-Triggered-At": at.isoformat(), "X-Shopify-Event-Id": hashlib.sha1(text).hexdigest()}  # fmt: skip


def _woocommerce(secret: str, text: bytes, at: datetime = AT, key: str = KEY, url: str = URL) -> Headers:
    return {"X-WC-Webhook-Signature": _base64(secret, text), "X-WC-Webhook-Topic": "order.updated",
            "X-WC-Webhook-Delivery-ID": hashlib.sha1(text).hexdigest()}  # fmt: skip


def _wechat(secret: str, text: bytes, at: datetime = AT, key: str = KEY, url: str = URL) -> Headers:
    stamp, nonce = str(int(at.timestamp())), "n0nce"
    told = hashlib.sha1("".join(sorted((secret, stamp, nonce))).encode(), usedforsecurity=False).hexdigest()
    return {"x-query-string": f"signature={told}&timestamp={stamp}&nonce={nonce}"}


SIGNED: dict[str, Signer] = {
    "shopify": _shopify,
    "woocommerce": _woocommerce,
    "lazada": lambda secret, body, at=AT, key=KEY, url=URL: {"Authorization": _hex(secret, key.encode() + body)},
    "shopee": lambda secret, body, at=AT, key=KEY, url=URL: {"Authorization": _hex(secret, f"{url}|".encode() + body)},
    "douyin": lambda secret, body, at=AT, key=KEY, url=URL: {"event-sign": _md5(key, secret, body), "app-id": key},
    "youzan": lambda secret, body, at=AT, key=KEY, url=URL: {"event-sign": _md5(key, secret, body)},
    "wechat": _wechat,
}
CHANNEL = {"taobao", "pinduoduo", "suning", "kuaishou", "amazon"}
"""Not signed by the platform: read from a socket or a queue that the app opened, or opened up by the host."""
BODY_APART = {"wechat"}
"""Platforms whose signature does not cover the body."""
TIMELESS = {"woocommerce", "youzan"}
"""Platforms whose messages tell no time: their name alone makes a replay known."""
SETTINGS = {"shopee": {"callback_url": URL}, "wechat": {"push_token": SECRET}}


def _s(at: datetime) -> int:
    return int(at.timestamp())


def _ms(at: datetime) -> int:
    return _s(at) * 1000


BODIES: dict[str, Callable[[str, datetime], Any]] = {
    "shopify": lambda order, at: {"id": int(order), "updated_at": at.isoformat()},
    "woocommerce": lambda order, at: {"id": int(order)},
    "lazada": lambda order, at: {"message_type": 0, "data": {"trade_order_id": order}, "seller_id": "1",
                                 "timestamp": _ms(at)},
    "shopee": lambda order, at: {"code": 3, "shop_id": 7, "timestamp": _s(at),
                                 "data": {"ordersn": order, "status": "SHIPPED"}},
    "douyin": lambda order, at: [{"tag": "101", "msg_id": f"m{order}", "data": {"p_id": int(order), "update_time": _s(at)}}],
    "youzan": lambda order, at: {"type": "trade_TradePaid", "id": order, "msg": "x", "kdt_id": 1, "version": 1,
                                 "status": "PAID"},
    "wechat": lambda order, at: {"MsgType": "event", "Event": "channels_ec_order_pay",
                                 "order_info": {"order_id": order}, "CreateTime": _s(at)},
    "taobao": lambda order, at: {"id": f"m{order}", "topic": "taobao_trade_TradeBuyerPay", "pub_time": _ms(at),
                                 "content": json.dumps({"tid": order})},
    "pinduoduo": lambda order, at: {
        "id": int(order[-9:]), "commandType": "Common", "time": _ms(at), "sendTime": _ms(at), "message": {
            "type": "pdd_trade_TradeConfirmed", "mallID": 1, "content": json.dumps({"mall_id": 1, "tid": order})}},
    "suning": lambda order, at: {"messageId": f"m{order}", "topic": "order", "appKey": "", "createTime": _ms(at),
                                 "msg": json.dumps({"orderCode": order}), "messageType": "FROM"},
    "kuaishou": lambda order, at: {"eventId": f"m{order}", "appKey": KEY, "event": "kwaishop_order_paySuccess",
                                   "updateTime": _ms(at), "info": json.dumps({"oid": int(order)}), "test": False},
    "amazon": lambda order, at: {
        "NotificationType": "ORDER_CHANGE", "EventTime": at.isoformat(),
        "Payload": {"OrderChangeNotification": {"SellerId": "S", "AmazonOrderId": order}},
        "NotificationMetadata": {"NotificationId": f"m{order}"}},
}  # fmt: skip


def body_of(platform: str, order: str = "7", at: datetime = AT) -> bytes:
    """One message that names an order."""
    return json.dumps(BODIES[platform](order, at)).encode()


def shop(platform: str, secret: str = SECRET, **more: Any) -> Any:
    """A shop of the platform that nobody answers."""
    given = {**find(platform).spec.samples(), **SETTINGS.get(platform, {}), **more}
    if platform == "wechat":
        given["push_token"] = secret
    return connect(platform, **{
        "app_key": KEY, "app_secret": secret, "access_token": "t", "base_url": "http://127.0.0.1:9", **given})  # fmt: skip
