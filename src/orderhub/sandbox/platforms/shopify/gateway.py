"""The emulator: token, version, document, bucket, scopes, answer. Source: docs/platforms/shopify.md."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

from orderhub.flow.message import Reply
from orderhub.sandbox.emulator import Call, ParsedRequest, Setup, Target
from orderhub.sandbox.platforms.shopify.aftersale import AFTERSALES
from orderhub.sandbox.platforms.shopify.ask import Ask
from orderhub.sandbox.platforms.shopify.execute import Plan, QueryError, plan, run
from orderhub.sandbox.platforms.shopify.graphql import Document, Syntax, parse
from orderhub.sandbox.platforms.shopify.reads import INNER, READS
from orderhub.sandbox.platforms.shopify.ship import SHIPS
from orderhub.sandbox.platforms.shopify.spec import SCOPE_OF, SWITCHES, is_version
from orderhub.sandbox.platforms.shopify.state import Doc, Market
from orderhub.sandbox.platforms.shopify.stock import STOCKS
from orderhub.sandbox.platforms.shopify.tester import Tester
from orderhub.sandbox.platforms.shopify.tokens import AUTHORIZE, KEY_PREFIX, OWN_APP, TOKEN, Tokens

__all__ = ["Shopify"]

_GRAPHQL = re.compile(r"/admin/api/([^/]+)/graphql\.json")
_ROOT = re.compile(r"\{\s*(?:\w+\s*:\s*)?(\w+)")
ROOTS = {**READS, **SHIPS, **STOCKS, **AFTERSALES}
DOCUMENTS_KEPT = 200


class Shopify(Tester):
    """`/admin/api/{version}/graphql.json` and `/admin/oauth/*`: stores and one state."""

    name = "shopify"
    faults = frozenset({
        "call_limited", "token_expired", "repeated_page", "shifting_pages", "unknown_status", "drifted_field",
        "late_order",
    })  # fmt: skip
    switches = SWITCHES

    def __init__(self, setup: Setup, market: Market, tokens: Tokens) -> None:
        super().__init__(setup, market)
        self._tokens = tokens
        self._documents: dict[str, Document] = {}
        self._buckets: dict[str, tuple[float, datetime]] = {}

    def claims(self, request: ParsedRequest) -> bool:
        """By path; the OAuth doors unless another sandbox app knocks."""
        if _GRAPHQL.fullmatch(request.path):
            return True
        client = request.params.get("client_id", "")
        return request.path in (TOKEN, AUTHORIZE) and (client.startswith(KEY_PREFIX) or "sandbox-" not in client)

    def target(self, request: ParsedRequest) -> Target:
        """By token and the first root field; the OAuth doors are `token` and `authorize`."""
        if request.path in (TOKEN, AUTHORIZE):
            operation = "token" if request.path == TOKEN else "authorize"
            return Target(self._tokens.shop_of(request.params.get("client_id", "")), operation)
        shop_id = self._tokens.owner(request.headers.get("x-shopify-access-token", ""))
        query = str(_body(request).get("query") or "")
        found = _ROOT.search(query if query.lstrip().startswith("{") else query[query.find("{") :])
        return Target(shop_id, found.group(1) if found else None)

    def accounts(self) -> list[dict[str, Any]]:
        """One object a store; the refresh token stands for client_credentials: Shopify has none."""
        base = self._setup.base_url()
        return [
            {
                "platform": "shopify", "shop_id": shop_id, "base_url": base, "app_key": KEY_PREFIX + shop_id,
                "app_secret": self._tokens.secret(shop_id), "access_token": token, "refresh_token": OWN_APP,
                "token_url": f"{base}{TOKEN}",
            }
            for shop_id, token in self._tokens.current.items()
        ]  # fmt: skip

    def handle(self, call: Call) -> Reply:
        """One request through every check."""
        if call.request.path == TOKEN:
            return self._tokens.token(call)
        if call.request.path == AUTHORIZE:
            return self._tokens.authorize(call)
        token = call.request.headers.get("x-shopify-access-token", "")
        if call.fault is not None and call.fault.name == "token_expired":
            self._tokens.expire(token)
        shop_id = self._tokens.holder(token)
        if shop_id is None:
            call.verdict = "invalid token"
            return _reply(self._setup.switches["token_status"], {"errors": "Invalid API key or access token"})
        found = _GRAPHQL.fullmatch(call.request.path)
        version = found.group(1) if found else ""
        if call.request.method != "POST" or not is_version(version):
            call.verdict = "no such version" if call.request.method == "POST" else "POST only"
            return _reply(404 if call.request.method == "POST" else 405, {"errors": "Not Found"})
        return self._answered(call, Ask(self._market, call, self._market.shops[shop_id], version))

    def _answered(self, call: Call, ask: Ask) -> Reply:
        """Errors are HTTP 200 too."""
        cost: Doc = {}
        try:
            planned = self._planned(call.request)
            cost = self._charged(ask, planned)
            self._permitted(planned)
            data, spent = run(planned, ask, ROOTS, INNER)
        except QueryError as error:
            call.verdict = error.code
            told: Doc = {"errors": [{"message": error.message, "extensions": {"code": error.code, **error.more}}]}
            cost = error.more.pop("cost", None) or cost
            return _reply(200, {**told, **({"extensions": {"cost": cost}} if cost else {})})
        cost["actualQueryCost"] = min(spent, planned.cost)
        if ask.fault("drifted_field"):
            data = _drifted(data)
        call.verdict = _verdict(data)
        return _reply(200, {"data": data, "extensions": {"cost": cost}})

    def _planned(self, request: ParsedRequest) -> Plan:
        body = _body(request)
        text, given = body.get("query"), body.get("variables") or {}
        if not isinstance(text, str) or not isinstance(given, dict):
            raise QueryError("the body holds no query", "BAD_REQUEST")
        if text not in self._documents:
            if len(self._documents) > DOCUMENTS_KEPT:
                self._documents.clear()
            try:
                self._documents[text] = parse(text)
            except Syntax as error:
                raise QueryError(f"syntax error, {error}", "BAD_REQUEST") from None
        switches = self._setup.switches
        return plan(
            self._documents[text], body.get("operationName"), given, first_max=switches["first_max"],
            mutation_cost=switches["mutation_cost"],
        )  # fmt: skip

    def _charged(self, ask: Ask, planned: Plan) -> Doc:
        """The bucket of app and store; a refusal tells when to come again."""
        switches, key = self._setup.switches, ask.shop_id
        most, rate = float(switches["bucket_size"]), float(switches["restore_rate"])
        if switches["query_cost_max"] and planned.cost > switches["query_cost_max"]:
            text = f"Query cost is {planned.cost}, which exceeds the single query max cost limit"
            raise QueryError(text, "MAX_COST_EXCEEDED")
        left, since = self._buckets.get(key, (most, self._setup.now()))
        left = min(most, left + max(0.0, (self._setup.now() - since).total_seconds()) * rate)
        fault = ask.call.fault if ask.fault("call_limited") else None
        if fault is not None:
            raise _throttled(planned.cost, most, planned.cost - fault.delay_s * rate, rate)
        if not (switches["throttle"] and self._setup.limits):
            return _cost(planned.cost, most, most, rate)
        if planned.cost > left:
            self._buckets[key] = (left, self._setup.now())
            raise _throttled(planned.cost, most, left, rate)
        self._buckets[key] = (left - planned.cost, self._setup.now())
        return _cost(planned.cost, most, left - planned.cost, rate)

    def _permitted(self, planned: Plan) -> None:
        scopes = set(self._setup.switches["scopes"].split(","))
        for step in planned.steps:
            wanted = SCOPE_OF.get(step.name)
            if wanted and wanted not in scopes and wanted.replace("read_", "write_") not in scopes:
                text = f"Access denied for {step.name} field. Required access: `{wanted}` access scope."
                raise QueryError(text, "ACCESS_DENIED")


def _cost(requested: int, most: float, left: float, rate: float) -> Doc:
    status = {"maximumAvailable": most, "currentlyAvailable": int(left), "restoreRate": rate}
    return {"requestedQueryCost": requested, "actualQueryCost": None, "throttleStatus": status}


def _throttled(requested: int, most: float, left: float, rate: float) -> QueryError:
    return QueryError("Throttled", "THROTTLED", cost=_cost(requested, most, left, rate))


def _body(request: ParsedRequest) -> Doc:
    try:
        told = json.loads(request.body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _verdict(data: Doc) -> str:
    """`ok`, or the first userError."""
    for value in data.values():
        rows = value.get("userErrors") if isinstance(value, dict) else None
        if rows:
            return str(rows[0].get("code") or rows[0].get("message") or "userErrors")
    return "ok"


def _drifted(value: Any) -> Any:
    """Amounts as numbers where decimal texts are documented, and a field that nobody selected on every order."""
    if isinstance(value, list):
        return [_drifted(one) for one in value]
    if not isinstance(value, dict):
        return value
    told = {key: _drifted(one) for key, one in value.items()}
    if "currencyCode" in told and isinstance(told.get("amount"), str):
        told["amount"] = float(told["amount"])
    if "displayFulfillmentStatus" in told:
        told["channelHint"] = "web"
    return told


def _reply(status: int, told: Doc) -> Reply:
    headers = {"content-type": "application/json; charset=utf-8"}
    return Reply(status, headers, json.dumps(told, ensure_ascii=False).encode())
