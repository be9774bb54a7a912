"""Messages of every platform: what it did not sign, or signed for something else, is refused before it is read.

How each platform signs is written here once more, apart from its connector. Platforms that sign nothing bring messages
over a channel that the app opened itself; theirs are hints to read again, whatever they say.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.errors import OrderHubError, SecurityError
from orderhub.hub.connect import connect
from orderhub.plugins import find, names

KEY, SECRET, OTHER, URL = "app-key", "the right secret", "another secret", "https://shop.example/push"
TOKEN_TIME = ("1750219200", "n0nce")
Headers = dict[str, str]


def _hex(secret: str, text: bytes) -> str:
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


def _base64(secret: str, text: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), text, hashlib.sha256).digest()).decode()


def _md5(secret: str, text: bytes) -> str:
    return hashlib.md5(KEY.encode() + text + secret.encode(), usedforsecurity=False).hexdigest()


def _wechat(secret: str, text: bytes) -> Headers:
    told = hashlib.sha1("".join(sorted((secret, *TOKEN_TIME))).encode(), usedforsecurity=False).hexdigest()
    return {"x-query-string": f"signature={told}&timestamp={TOKEN_TIME[0]}&nonce={TOKEN_TIME[1]}"}


SIGNED: dict[str, Callable[[str, bytes], Headers]] = {
    "shopify": lambda secret, body: {
        "X-Shopify-Hmac-Sha256": _base64(secret, body),
        "X-Shopify-Topic": "orders/updated",
    },
    "woocommerce": lambda secret, body: {
        "X-WC-Webhook-Signature": _base64(secret, body),
        "X-WC-Webhook-Topic": "order.updated",
    },
    "lazada": lambda secret, body: {"Authorization": _hex(secret, KEY.encode() + body)},
    "shopee": lambda secret, body: {"Authorization": _hex(secret, f"{URL}|".encode() + body)},
    "douyin": lambda secret, body: {"event-sign": _md5(secret, body), "app-id": KEY},
    "youzan": lambda secret, body: {"event-sign": _md5(secret, body)},
    "wechat": _wechat,
}
CHANNEL = {"taobao", "pinduoduo", "suning", "kuaishou", "amazon"}
"""Not signed by the platform: read from a socket or a queue that the app opened, or opened up by the host."""
BODY_APART = {"wechat"}
"""Platforms whose signature does not cover the body."""
SETTINGS = {"shopee": {"callback_url": URL}, "wechat": {"push_token": SECRET}, "shopify": {"former_secrets": (OTHER,)}}
BODIES = {
    "shopify": {"id": 7, "updated_at": "2025-06-18T12:00:00+08:00"}, "woocommerce": {"id": 7},
    "lazada": {"message_type": 0, "data": {"trade_order_id": "7"}, "seller_id": "1", "timestamp": 1750219200},
    "shopee": {"code": 3, "shop_id": 7, "timestamp": 1750219200, "data": {"ordersn": "25061800000007", "status": "SHIPPED"}},
    "douyin": [{"tag": "101", "msg_id": "m1", "data": {"p_id": 7, "update_time": 1750219200}}],
    "youzan": {"type": "trade_TradePaid", "id": "E7", "msg": "x", "kdt_id": 1, "version": 1, "status": "PAID"},
    "wechat": {"MsgType": "event", "Event": "channels_ec_order_pay", "order_info": {"order_id": 7}, "CreateTime": 1750219200},
}  # fmt: skip


def shop(platform: str, secret: str = SECRET) -> Any:
    given = {**find(platform).spec.samples(), **SETTINGS.get(platform, {})}
    return connect(platform, app_key=KEY, app_secret=secret, access_token="t", base_url="http://127.0.0.1:9", **given)


SHOPS = {platform: shop(platform) for platform in (*SIGNED, *sorted(CHANNEL))}


def text_of(platform: str) -> bytes:
    return json.dumps(BODIES[platform]).encode()


def test_every_connector_that_reads_messages_says_how_they_are_proved() -> None:
    reads = {name for name in names() if hasattr(find(name).operations, "decode_message")}
    assert reads == set(SIGNED) | CHANNEL


@pytest.mark.fault(39)
@pytest.mark.parametrize("platform", SIGNED)
def test_what_is_signed_passes_and_all_else_is_refused_before_it_is_read(platform: str) -> None:
    body, sign, read = text_of(platform), SIGNED[platform], SHOPS[platform].decode_message
    [message] = read(sign(SECRET, body), body)
    assert message.topic
    assert read({name.upper(): value for name, value in sign(SECRET, body).items()}, body) == [message]
    good = sign(SECRET, body)
    [(name, value), *_] = good.items()
    forged = [{}, sign("no secret of ours", body), {**good, name: ""}, {**good, name: "é" * 20}, {**good, name: value[:-2]},
              {**good, name: value + "00"}, {**good, name: value[::-1]}, {"x-signature": value}]  # fmt: skip
    for headers in forged:
        for text in (body, b"not JSON at all {"):
            with pytest.raises(SecurityError):
                read(headers, text)
    if platform not in BODY_APART:
        cut = [body[:end] for end in range(1, len(body), 3)]
        flipped = [body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :] for at in range(0, len(body), 3)]
        for text in (
            *cut,
            *flipped,
            body + b" ",
            json.dumps(BODIES[platform], indent=1).encode(),
            b"\xef\xbb\xbf" + body,
        ):
            with pytest.raises(SecurityError):
                read(good, text)


@pytest.mark.fault(26, 39)
@pytest.mark.parametrize("platform", SIGNED)
def test_a_changed_key_refuses_the_old_one_unless_the_shop_keeps_it(platform: str) -> None:
    body, sign = text_of(platform), SIGNED[platform]
    if platform == "shopify":
        assert SHOPS[platform].decode_message(sign(OTHER, body), body), "former_secrets are accepted meanwhile"
    else:
        with pytest.raises(SecurityError):
            SHOPS[platform].decode_message(sign(OTHER, body), body)


@pytest.mark.fault(39)
@pytest.mark.parametrize("platform", sorted({*SIGNED, *CHANNEL}))
@given(headers=st.dictionaries(st.text(max_size=20), st.text(max_size=40), max_size=3), body=st.binary(max_size=60)
       | st.recursive(st.none() | st.text(max_size=9) | st.integers() | st.booleans(),
                      lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3))
       .map(lambda value: json.dumps(value).encode()))  # fmt: skip
def test_what_strangers_send_is_an_error_of_the_library_or_names_nothing_new(
    platform: str, headers: Headers, body: bytes
) -> None:
    try:
        found = SHOPS[platform].decode_message(headers, body)
    except OrderHubError:
        return
    assert platform in CHANNEL or found == []
