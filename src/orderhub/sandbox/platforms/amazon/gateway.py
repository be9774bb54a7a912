"""The emulator: doors, headers, tokens, buckets, the table of calls. Source: docs/platforms/amazon.md §1, §10, §12."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from orderhub.flow.message import Reply
from orderhub.sandbox.emulator import Call, ParsedRequest, Setup, Target
from orderhub.sandbox.platforms.amazon import (
    documents,
    fba,
    listings,
    notify,
    orders_2026,
    orders_v0,
    queue,
    ship,
    tokens,
)
from orderhub.sandbox.platforms.amazon.ask import Ask
from orderhub.sandbox.platforms.amazon.buckets import LIFTED, Buckets, limits
from orderhub.sandbox.platforms.amazon.feeds import Feeds
from orderhub.sandbox.platforms.amazon.replay import replayed
from orderhub.sandbox.platforms.amazon.reports import Reports
from orderhub.sandbox.platforms.amazon.spec import GRANTLESS_SCOPE, OPERATIONS, PREFIXES, SWITCHES, Operation
from orderhub.sandbox.platforms.amazon.state import Market
from orderhub.sandbox.platforms.amazon.tester import Tester
from orderhub.sandbox.platforms.amazon.wire import Doc, Refusal, answer, bad, denied, refused

__all__ = ["Amazon"]

LWA, CONSENT = "/auth/o2/token", "/sandbox/amazon/authorize"
AGENT_MAX = 500
_PAGE = b"<html><head><title>503 Service Temporarily Unavailable</title></head><body><h1>503</h1></body></html>"
_TOLD = frozenset({400, 404})

Handler = Callable[[Ask], Doc | None]


class Amazon(Tester):
    """Selling Partner API, one application, some sellers, one state."""

    name = "amazon"
    faults = frozenset({
        "call_limited", "token_expired", "repeated_page", "shifting_pages", "unknown_status", "drifted_field",
        "late_order",
    })  # fmt: skip
    switches = SWITCHES

    def __init__(self, setup: Setup, market: Market, session: tokens.Tokens) -> None:
        super().__init__(setup, market)
        self._tokens, self._requests, self._buckets = session, 0, Buckets()
        if setup.awkward:
            self.switches = SWITCHES | {"items_per_page": replace(SWITCHES["items_per_page"], default=10)}
        self._documents = documents.Documents(market)
        self._messages = notify.Notifications(market)
        self._handlers = _handlers(self._documents, self._messages, market, session)

    def claims(self, request: ParsedRequest) -> bool:
        """By path; nobody else has these."""
        path = request.path
        if request.headers.get("x-amz-target", "").startswith(queue.TARGET):
            return True
        return path.startswith(PREFIXES) or path == LWA or path.startswith("/sandbox/amazon/")

    def target(self, request: ParsedRequest) -> Target:
        """By token and path; the other doors are operations named after their paths."""
        shop_id = self._tokens.shop_of(request.headers.get("x-amz-access-token", ""))
        if "x-amz-target" in request.headers:
            return Target(None, request.headers["x-amz-target"])
        if not request.path.startswith(PREFIXES):
            shop_id = self._tokens.refresh.get(request.params.get("refresh_token", ""))
            return Target(shop_id, "token" if request.path == LWA else request.path.split("/")[3])
        found = _route(request)
        return Target(shop_id, found[0].name if found else None)

    def accounts(self) -> list[dict[str, Any]]:
        """One object a shop; tokens are the newest issued."""
        base = self._setup.base_url()
        return [
            {
                "platform": "amazon", "shop_id": shop_id, "base_url": base, "app_key": tokens.CLIENT_ID,
                "app_secret": tokens.CLIENT_SECRET, "access_token": access, "refresh_token": refresh,
                "token_url": f"{base}{LWA}", "seller_id": self._market.shops[shop_id].seller_id,
                "marketplace_ids": [place.id for place in self._market.shops[shop_id].marketplaces],
            }
            for shop_id, (access, refresh) in self._tokens.current.items()
        ]  # fmt: skip

    def handle(self, call: Call) -> Reply:
        """One request through every check; each reply gets its id."""
        self._requests += 1
        self._market.settle()
        reply = self._answered(call)
        request_id = str(uuid5(NAMESPACE_URL, f"{self._setup.name}:{self._requests}"))
        return replace(reply, headers={"x-amzn-requestid": request_id, **reply.headers})

    def _answered(self, call: Call) -> Reply:
        path = call.request.path
        if self._market.switch("html_503"):
            call.verdict = "503"
            return Reply(503, {"content-type": "text/html"}, _PAGE)
        if "x-amz-target" in call.request.headers:
            return queue.serve(call, self._messages, self._market.switch("message_again_s"))
        if path == LWA:
            return tokens.token_endpoint(call, self._tokens, self._market.switch("lwa_statuses"))
        if path == CONSENT:
            return tokens.authorize_endpoint(call, self._tokens)
        if path.startswith(documents.PATH):
            return self._documents.serve(call)
        if path == notify.PATH:
            return self._messages.serve(call)
        return self._called(call)

    def _called(self, call: Call) -> Reply:
        found = _route(call.request)
        try:
            _well_formed(call.request)
            reply = self._operated(call, found)
        except Refusal as refusal:
            call.verdict = f"{refusal.status} {refusal.code}"
            reply = refused(refusal)
        if found is None or not (reply.status < 300 or reply.status in _TOLD):
            return reply
        rate, _ = limits(found[0], self._market.switch("limits_profile"))
        told = {} if rate is None else {"x-amzn-ratelimit-limit": str(rate) if self._setup.limits else LIFTED}
        return replace(reply, headers={**reply.headers, **told})

    def _operated(self, call: Call, found: tuple[Operation, dict[str, str]] | None) -> Reply:
        grant = self._granted(call)
        cases = self._market.switch("static_cases")
        if cases:
            return answer(*replayed(call.request, cases))
        if found is None:
            raise Refusal(404, "NotFound", "The requested resource does not exist")
        operation, path = found
        elements = _permitted(grant, operation, call.request.path)
        seller = grant.shop_id or ""
        if call.fault is not None and call.fault.name == "call_limited":
            raise _quota()
        kind = "JSON" if b"JSON_LISTINGS_FEED" in call.request.body and operation.name == "createFeed" else ""
        profile = self._market.switch("limits_profile")
        if self._setup.limits and not self._buckets.take(seller, operation, profile, self._setup.now(), kind):
            raise _quota()
        query: dict[str, list[str]] = {}
        for name, value in call.request.query:
            query.setdefault(name, []).append(value)
        handler, status = self._handlers[operation.key]
        return answer(handler(Ask(self._market, call, operation, seller, path, elements, query)), status)

    def _granted(self, call: Call) -> tokens.Grant:
        token = call.request.headers.get("x-amz-access-token", "")
        if call.fault is not None and call.fault.name == "token_expired":
            self._tokens.expire(token)
        return self._tokens.use(token)


def _quota() -> Refusal:
    return Refusal(429, "QuotaExceeded", "You exceeded your quota for the requested resource.")


def _well_formed(request: ParsedRequest) -> None:
    """What the front door turns away."""
    if len(request.headers.get("user-agent", "")) > AGENT_MAX:
        raise bad(f"User-Agent is longer than {AGENT_MAX} characters")
    if request.method == "GET" and (request.body or "content-length" in request.headers):
        raise bad("A GET request must not have a body")


def _route(request: ParsedRequest) -> tuple[Operation, dict[str, str]] | None:
    """The operation and the parameters in its path."""
    for operation in OPERATIONS:
        if operation.method == request.method and (found := operation.pattern.fullmatch(request.path)):
            return operation, found.groupdict()
    return None


def _permitted(grant: tokens.Grant, operation: Operation, path: str) -> frozenset[str] | None:
    """Data elements of a restricted token, None for an ordinary one; refuses the wrong kind of token."""
    if (grant.shop_id is None) != operation.grantless or (operation.grantless and grant.scope != GRANTLESS_SCOPE):
        raise denied("The token is of the wrong kind for this operation")
    if grant.resources is None:
        if operation.restricted:
            raise denied("The operation needs a restricted data token")
        return None
    for allowed, only, elements in grant.resources:
        if allowed is operation and only in (None, path):
            return elements
    raise denied("The restricted data token is not for this resource")


def _handlers(
    store: documents.Documents, messages: notify.Notifications, market: Market, session: tokens.Tokens
) -> dict[str, tuple[Handler, int]]:
    """What does each call, and its status when it works."""
    feeds, reports = Feeds(market, store), Reports(market, store)
    return {
        "orders_v0.getOrders": (orders_v0.listed, 200), "orders_v0.getOrder": (orders_v0.one, 200),
        "orders_v0.getOrderBuyerInfo": (orders_v0.buyer, 200), "orders_v0.getOrderAddress": (orders_v0.address, 200),
        "orders_v0.getOrderItems": (orders_v0.items, 200),
        "orders_v0.getOrderItemsBuyerInfo": (orders_v0.items_buyer, 200),
        "orders_v0.updateShipmentStatus": (ship.shipment_status, 204),
        "orders_v0.getOrderRegulatedInfo": (ship.regulated, 200),
        "orders_v0.updateVerificationStatus": (ship.verify, 204),
        "orders_v0.confirmShipment": (ship.confirm_shipment, 204),
        "orders_2026.searchOrders": (orders_2026.searched, 200), "orders_2026.getOrder": (orders_2026.one, 200),
        "tokens.createRestrictedDataToken": (partial(tokens.restricted, tokens=session), 200),
        "listings.searchListingsItems": (listings.search, 200), "listings.getListingsItem": (listings.get, 200),
        "listings.patchListingsItem": (listings.patch, 200), "listings.putListingsItem": (listings.put, 200),
        "listings.deleteListingsItem": (listings.delete, 200),
        "fba.getInventorySummaries": (fba.summaries, 200), "fba.createInventoryItem": (fba.create, 200),
        "fba.addInventory": (fba.add, 200), "fba.deleteInventoryItem": (fba.delete, 200),
        "notifications.getSubscriptions": (messages.list_subscriptions, 200),
        "notifications.getSubscription": (messages.subscription, 200),
        "notifications.createSubscription": (messages.subscribe, 200),
        "notifications.getSubscriptionById": (messages.subscription_by_id, 200),
        "notifications.deleteSubscriptionById": (messages.unsubscribe, 200),
        "notifications.getDestinations": (messages.list_destinations, 200),
        "notifications.createDestination": (messages.create_destination, 200),
        "notifications.getDestination": (messages.destination, 200),
        "notifications.deleteDestination": (messages.delete_destination, 200),
        "feeds.getFeeds": (feeds.listed, 200), "feeds.createFeed": (feeds.create, 202),
        "feeds.cancelFeed": (feeds.cancel, 200), "feeds.getFeed": (feeds.get, 200),
        "feeds.createFeedDocument": (feeds.document, 201), "feeds.getFeedDocument": (feeds.result, 200),
        "reports.getReports": (reports.listed, 200), "reports.createReport": (reports.create, 202),
        "reports.cancelReport": (reports.cancel, 200), "reports.getReport": (reports.get, 200),
        "reports.getReportDocument": (reports.document, 200),
    }  # fmt: skip
