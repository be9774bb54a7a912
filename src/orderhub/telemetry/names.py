"""Every span, metric and attribute by name, as tables; the documentation is written from them. Imports nothing.

Attributes hold words of this library and names of platforms, shops and hooks: never an address, a text of a reply, an
order, or anything that a person or a platform wrote.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

__all__ = ["ATTRIBUTES", "METRICS", "SPANS", "TRACED", "Metric"]


class Metric(NamedTuple):
    """One instrument; `attributes` are names of `ATTRIBUTES`."""

    kind: str
    unit: str
    attributes: tuple[str, ...]
    means: str


ATTRIBUTES: Final[Mapping[str, str]] = {
    "orderhub.scope": "`hub`, `shop` or `carrier`: whose verb it is",
    "orderhub.verb": "the verb that the host called, such as `sync` or `get_order`",
    "orderhub.platform": "the platform's or carrier's name",
    "orderhub.shop": "the shop's key, `platform:shop_id`",
    "orderhub.operation": "the platform's own operation, as in the tables of rates",
    "orderhub.outcome": "`ok`, or the name of the error's type",
    "orderhub.reason": "why an outcome of a batch is not ok; `ok` where it is",
    "orderhub.command": "the kind of a stock command",
    "orderhub.resource": "`orders`, `refunds`, `refetch`",
    "orderhub.word": "what became of a document: inserted, updated, quarantined and the other counts of a run",
    "orderhub.hook": "the name under which the host subscribed",
    "orderhub.count": "how many commands, documents or messages a batch had",
    "http.response.status_code": "of a call that was answered",
    "server.address": "the host that was called, without port, path and query",
    "error.type": "the name of the error's type, where there is one",
}  # fmt: skip

SPANS: Final[Mapping[str, str]] = {
    "orderhub.{scope}.{verb}": "one verb of a hub, shop or carrier, from its start to its end",
    "orderhub.call": "one HTTP exchange with a platform, kind `client`; its outcome is what the reply said",
    "orderhub.ledger.apply": "one batch of stock commands",
    "orderhub.store.put_orders": "one page of orders stored with its cursor",
    "orderhub.store.put_refunds": "one page of after-sale cases stored with its cursor",
    "orderhub.notify.send": "one batch of messages to people",
    "orderhub.hook": "one event given to one hook",
}

TRACED: Final[Mapping[tuple[str, str], str]] = {
    ("stock", "apply"): "orderhub.ledger.apply",
    ("orders", "put_orders"): "orderhub.store.put_orders",
    ("orders", "put_refunds"): "orderhub.store.put_refunds",
    ("notifier", "send"): "orderhub.notify.send",
    ("hooks", "call"): "orderhub.hook",
}
"""(port, method) that have a span of their own."""

_CALL: Final = ("orderhub.platform", "orderhub.shop", "orderhub.operation")
METRICS: Final[Mapping[str, Metric]] = {
    "orderhub.verb.duration": Metric(
        "histogram", "s", ("orderhub.scope", "orderhub.verb", "orderhub.platform", "orderhub.outcome"),
        "how long verbs take, waits included"),
    "orderhub.outcomes": Metric(
        "counter", "{outcome}", ("orderhub.scope", "orderhub.verb", "orderhub.platform", "orderhub.reason"),
        "outcomes of batch verbs"),
    "orderhub.call.duration": Metric(
        "histogram", "s", (*_CALL, "orderhub.outcome"), "how long platforms take to answer, and what they say"),
    "orderhub.call.retries": Metric(
        "counter", "{retry}", (*_CALL, "error.type"), "calls that were sent again"),
    "orderhub.limiter.wait": Metric(
        "histogram", "s", _CALL, "how long calls waited for the platform's rate"),
    "orderhub.ledger.commands": Metric(
        "counter", "{command}", ("orderhub.command", "orderhub.reason"), "stock commands and what became of them"),
    "orderhub.ledger.duration": Metric(
        "histogram", "s", (), "how long batches of stock commands take"),
    "orderhub.sync.documents": Metric(
        "counter", "{document}", ("orderhub.shop", "orderhub.resource", "orderhub.word"), "what runs did"),
    "orderhub.sync.lag": Metric(
        "gauge", "s", ("orderhub.shop",), "seconds since the watermark that this process saw last; grows in any case"),
    "orderhub.quarantine.size": Metric(
        "gauge", "{document}", ("orderhub.shop",), "documents in quarantine when a run or `health` last looked"),
    "orderhub.events": Metric(
        "counter", "{event}", ("orderhub.hook", "orderhub.outcome"), "events given to hooks"),
}  # fmt: skip
