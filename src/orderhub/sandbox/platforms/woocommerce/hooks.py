"""Webhooks: kept by the shop, told of every change, disabled after five failures.

Source: docs/platforms/woocommerce.md.

Nothing is sent: deliveries wait in an outbox, where a tester takes them and says how the other side answered.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from orderhub.sandbox.emulator import ControlError
from orderhub.sandbox.platforms.woocommerce.ask import Ask, Told
from orderhub.sandbox.platforms.woocommerce.spec import EVENTS, FAILURES_MAX, RESOURCES, invalid_id
from orderhub.sandbox.platforms.woocommerce.state import Delivery, Doc, Hook, Market, Order
from orderhub.sandbox.platforms.woocommerce.wire import Refusal, stamps, webhook_signature

__all__ = ["answered", "change", "create", "delete", "deliver", "get", "heard", "listed", "message", "tell"]

STATUSES = frozenset({"active", "paused", "disabled"})


def _shown(ask: Ask, hook: Hook) -> Doc:
    """The secret is not told."""
    resource, _, event = hook.topic.partition(".")
    return {
        "id": hook.hook_id, "name": hook.name, "status": hook.status, "topic": hook.topic, "resource": resource,
        "event": event, "hooks": [], "delivery_url": hook.url,
        **stamps("date_created", hook.created, ask.shop.offset_h),
        **stamps("date_modified", hook.created, ask.shop.offset_h),
    }  # fmt: skip


def _hook(ask: Ask) -> Hook:
    hook = ask.market.hooks[ask.shop.shop_id].get(ask.ids[0])
    if hook is None:
        raise Refusal(invalid_id("shop_webhook"), "Invalid ID.", 404)
    return hook


def _topic(ask: Ask, topic: object) -> str:
    """`resource.event`, or `action.` and the name of a hook."""
    resource, _, event = str(topic).partition(".")
    events = EVENTS | ({"restored"} if ask.switch("restored_topics") else set())
    if not (resource == "action" and event) and not (resource in RESOURCES and event in events):
        raise ask.bad("topic", "is invalid")
    return str(topic)


def listed(ask: Ask) -> Told:
    """GET webhooks."""
    hooks = sorted(ask.market.hooks[ask.shop.shop_id].values(), key=lambda hook: -hook.hook_id)
    return ask.page(hooks, lambda hook: _shown(ask, hook))


def get(ask: Ask) -> Told:
    """GET webhooks/{id}."""
    return Told(_shown(ask, _hook(ask)))


def create(ask: Ask) -> Told:
    """POST webhooks: without a secret of its own it signs with the secret of the key that made it."""
    given, market = ask.body, ask.market
    url = given.get("delivery_url")
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        raise ask.bad("delivery_url", "is missing or no address")
    topic, number = _topic(ask, given.get("topic")), market.serial(ask.shop)
    secret = str(given.get("secret") or ask.shop.secret)
    hook = Hook(ask.shop.shop_id, number, str(given.get("name") or topic), topic, url, secret, created=market.now())
    market.hooks[ask.shop.shop_id][number] = hook
    if ask.switch("first_ping"):
        headers = {"content-type": "application/x-www-form-urlencoded"}
        market.outbox.append(Delivery(f"{number}-ping", number, url, headers, f"webhook_id={number}".encode()))
    return Told(_shown(ask, hook), 201)


def change(ask: Ask) -> Told:
    """PUT webhooks/{id}; made active again, it starts anew."""
    hook, given = _hook(ask), ask.body
    status = given.get("status", hook.status)
    if status not in STATUSES:
        raise ask.bad("status", "is invalid")
    hook.topic = _topic(ask, given.get("topic", hook.topic))
    hook.url, hook.name = str(given.get("delivery_url", hook.url)), str(given.get("name", hook.name))
    hook.secret, hook.failures, hook.status = str(given.get("secret", hook.secret)), 0, status
    return Told(_shown(ask, hook))


def delete(ask: Ask) -> Told:
    """DELETE webhooks/{id}."""
    hook = _hook(ask)
    del ask.market.hooks[ask.shop.shop_id][hook.hook_id]
    return Told(_shown(ask, hook))


def message(market: Market, hook: Hook, resource: str, event: str, document: Doc) -> Delivery:
    """What a webhook sends: the resource as the REST API tells it, or its number when it is gone."""
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    number = market.serial(market.shops[hook.shop_id])
    headers = {
        "content-type": "application/json", "x-wc-webhook-source": f"{market.setup.base_url()}/",
        "x-wc-webhook-topic": f"{resource}.{event}", "x-wc-webhook-resource": resource, "x-wc-webhook-event": event,
        "x-wc-webhook-signature": webhook_signature(hook.secret, body), "x-wc-webhook-id": str(hook.hook_id),
        "x-wc-webhook-delivery-id": f"{number:032x}",
    }  # fmt: skip
    return Delivery(headers["x-wc-webhook-delivery-id"], hook.hook_id, hook.url, headers, body)


def tell(market: Market, shop_id: str, resource: str, event: str, document: Callable[[], Doc]) -> None:
    """Every active webhook of the topic gets a delivery."""
    for hook in market.hooks[shop_id].values():
        if hook.status == "active" and hook.topic == f"{resource}.{event}":
            market.outbox.append(message(market, hook, resource, event, document()))


def heard(market: Market, order: Order, event: str) -> None:
    """An order was made, changed or thrown away."""
    tell(market, order.shop_id, "order", event, lambda: _document(market, order, event))


def _document(market: Market, order: Order, event: str) -> Doc:
    return {"id": order.number} if event == "deleted" else order.told(market.shops[order.shop_id])


def deliver(market: Market, order: Order) -> Delivery:
    """A message of the order as it is now: from a webhook of the shop, else from one made for the purpose."""
    hooks = market.hooks[order.shop_id].values()
    hook = next((one for one in hooks if one.topic == "order.updated" and one.status == "active"), None)
    secret = market.shops[order.shop_id].secret
    hook = hook or Hook(order.shop_id, 0, "sandbox", "order.updated", "https://shop.example/hooks", secret)
    return message(market, hook, "order", "updated", _document(market, order, "updated"))


def answered(market: Market, delivery_id: str, status: int) -> None:
    """How the other side answered a delivery; nothing is sent twice. Raises `ControlError` when it is not known."""
    for found in market.outbox:
        if found.delivery_id == delivery_id:
            break
    else:
        raise ControlError(f"no delivery {delivery_id}", "see pushes of the order", 404)
    market.outbox.remove(found)
    hook = next((hooks[found.hook_id] for hooks in market.hooks.values() if found.hook_id in hooks), None)
    if hook is None:
        return
    hook.failures = 0 if 200 <= status < 300 else hook.failures + 1
    hook.status = "disabled" if hook.failures >= FAILURES_MAX else hook.status
