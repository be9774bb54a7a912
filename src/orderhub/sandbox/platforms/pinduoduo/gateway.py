"""The emulator: common parameters, the table of calls, the doors. Source: docs/platforms/pinduoduo.md §1, §2, §10."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from orderhub.flow.message import Reply
from orderhub.sandbox.emulator import Call, ParsedRequest, Setup, Target
from orderhub.sandbox.platforms.pinduoduo import (
    edits,
    goods,
    messages,
    orders,
    privacy,
    refunds,
    ship,
    tokens,
    waybills,
)
from orderhub.sandbox.platforms.pinduoduo.ask import Ask
from orderhub.sandbox.platforms.pinduoduo.limits import Limiter
from orderhub.sandbox.platforms.pinduoduo.spec import SWITCHES
from orderhub.sandbox.platforms.pinduoduo.state import Doc, Market
from orderhub.sandbox.platforms.pinduoduo.tester import Tester
from orderhub.sandbox.platforms.pinduoduo.wire import Refusal, base_string, error_reply, sign, success_reply

__all__ = ["Pinduoduo"]

ROUTER = "/api/router"
CLOCK_TOLERANCE = timedelta(minutes=10)
BODY_MAX_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Api:
    """One call: what does it, the key of its reply, whether it needs a token, what it cannot be without.

    Attributes:
        key: Empty means no wrapper, None that no source names it (switch `unnamed_envelope`).
        required: Parameters whose absence is 21002.
    """

    handler: Callable[[Ask], Doc]
    key: str | None = None
    token: bool = True
    required: tuple[str, ...] = ()


_SN = ("order_sn",)
_WINDOW = ("order_status", "refund_status", "page")
_LIST = ("start_confirm_at", "end_confirm_at", *_WINDOW, "page_size")
_EXTRA = Api(ship.extra, "upload_extra_logistics_response", required=("order_sn", "extra_track_list"))

APIS: dict[str, Api] = {
    "pdd.order.list.get": Api(orders.by_confirmed, "order_list_get_response", required=_LIST),
    "pdd.order.basic.list.get": Api(orders.basic, "order_basic_list_get_response", required=_LIST),
    "pdd.order.number.list.increment.get": Api(
        orders.by_updated,
        "order_sn_increment_get_response",
        required=("start_updated_at", "end_updated_at", "is_lucky_flag", *_WINDOW),
    ),
    "pdd.order.information.get": Api(orders.information, "order_info_get_response", required=_SN),
    "pdd.order.status.get": Api(orders.states, "order_status_get_response", required=("order_sns",)),
    "pdd.time.get": Api(ship.server_time, "time_get_response", token=False),
    "pdd.refund.list.increment.get": Api(
        refunds.received,
        "refund_increment_get_response",
        required=("start_updated_at", "end_updated_at", "after_sales_type", "after_sales_status", "page"),
    ),
    "pdd.refund.information.get": Api(refunds.get, "", required=_SN),
    "pdd.refund.status.check": Api(refunds.refunding, required=("order_sns",)),
    "pdd.refund.agree": Api(refunds.agree, "response", required=("request",)),
    "pdd.refund.returngoods.agree": Api(refunds.agree_return, "response", required=("request",)),
    "pdd.refund.exchange.shipping": Api(refunds.exchange, "response", required=("request",)),
    "pdd.rdc.pddgenius.sendgoods.cancel": Api(refunds.fast, "response", required=("param",)),
    "pdd.nextone.logistics.warehouse.update": Api(refunds.stored, "response", required=("request",)),
    "pdd.refund.address.list.get": Api(ship.return_addresses),
    "pdd.logistics.online.send": Api(
        ship.send, "logistics_online_send_response", required=("order_sn", "logistics_id", "tracking_number")
    ),
    "pdd.order.upload.extra.logistics": _EXTRA,
    "pdd.order.upload.relation.logistics": _EXTRA,
    "pdd.open.logistics.pre.check": Api(ship.check, "logistics_pre_check_response", required=_SN),
    "pdd.logistics.companies.get": Api(ship.companies, "logistics_companies_get_response", token=False),
    "pdd.logistics.available.company.recommend": Api(ship.recommend, "response", required=("city_id",)),
    "pdd.logistics.address.get": Api(ship.addresses, token=False),
    "pdd.logistics.ordertrace.get": Api(
        ship.trace, "logistics_ordertrace_get_resposne", required=("company_code", "mail_no")
    ),
    "pdd.logistics.isv.trace.notify.sub": Api(ship.subscribe, "logistics_isv_trace_notify_sub"),
    "pdd.waybill.search": Api(waybills.search, "pdd_waybill_search_response"),
    "pdd.waybill.get": Api(waybills.get, "pdd_waybill_get_response"),
    "pdd.waybill.update": Api(waybills.update, "pdd_waybill_update_response"),
    "pdd.waybill.cancel": Api(waybills.cancel, "pdd_waybill_cancel_response"),
    "pdd.waybill.query.by.waybillcode": Api(
        waybills.by_waybill, "pdd_waybill_query_by_waybillcode_response", required=("param_list",)
    ),
    "pdd.cloudprint.stdtemplates.get": Api(waybills.templates, "pdd_cloudprint_stdtemplates_get_response", token=False),
    "pdd.order.note.update": Api(edits.note, "response", required=_SN),
    "pdd.order.update.address": Api(edits.address, "response", required=_SN),
    "pdd.erp.order.sync": Api(edits.printed, required=("order_sn", "order_state")),
    "pdd.goods.list.get": Api(goods.listed, "goods_list_get_response"),
    "pdd.goods.quantity.update": Api(
        goods.quantity, "goods_quantity_update_response", required=("goods_id", "quantity")
    ),
    "pdd.goods.skus.get": Api(goods.sku, "goods_sku_get_response", required=("goods_id", "sku_id")),
    "pdd.goods.sale.status.set": Api(goods.on_sale, required=("goods_id", "is_onsale")),
    "pdd.goods.sku.price.update": Api(goods.prices, required=("goods_id", "sku_price_list")),
    "pdd.open.decrypt.batch": Api(privacy.decrypt, "open_decrypt_batch_response", required=("data_list",)),
    "pdd.open.decrypt.mask.batch": Api(privacy.masked, "open_decrypt_mask_batch_response", required=("data_list",)),
    "pdd.open.waybill.type.report": Api(privacy.report, required=("order_sn_list", "waybill_type")),
    "pdd.pmc.user.permit": Api(messages.permit),
    "pdd.pmc.user.cancel": Api(messages.cancel),
}


class Pinduoduo(Tester):
    """The router, the old token address, the authorisation pages, the message socket: one app, some shops."""

    name = "pinduoduo"
    faults = frozenset({
        "call_limited", "token_expired", "repeated_page", "shifting_pages", "unknown_status", "drifted_field",
        "late_order",
    })  # fmt: skip
    switches = SWITCHES

    def __init__(self, setup: Setup, market: Market, session: tokens.Tokens) -> None:
        super().__init__(setup, market)
        self._tokens, self._requests, self._limiter = session, 0, Limiter()
        auth = {
            "pdd.pop.auth.token.create": Api(
                partial(tokens.create, tokens=session), "pop_auth_token_create_response", False, ("code",)
            ),
            "pdd.pop.auth.token.refresh": Api(
                partial(tokens.refresh, tokens=session), "pop_auth_token_refresh_response", False, ("refresh_token",)
            ),
        }
        self._apis = APIS | auth
        session.scope = self._scope

    def _scope(self) -> list[str]:
        """Calls that shops have granted: all that need a token, less those of the switch."""
        missing = self._missing()
        return [name for name, api in self._apis.items() if api.token and name not in missing]

    def _missing(self) -> frozenset[str]:
        return frozenset(str(self._setup.switches["missing_scopes"]).split(","))

    def claims(self, request: ParsedRequest) -> bool:
        """The router and the message socket always; the OAuth doors unless another sandbox app knocks."""
        if request.path == ROUTER or request.path.startswith("/message/"):
            return True
        if request.path != tokens.TOKEN_PATH and request.path not in tokens.AUTHORIZE_PATHS:
            return False
        client = _merged(request).get("client_id", "")
        return client == tokens.APP_KEY or "sandbox-" not in client

    def target(self, request: ParsedRequest) -> Target:
        """By token and type; the OAuth doors are the operations `token` and `authorize`."""
        params = _merged(request)
        if request.path == tokens.TOKEN_PATH:
            return Target(self._tokens.shop_of(params.get("refresh_token", "")), "token")
        if request.path != ROUTER:
            return Target(None, "authorize")
        token = params.get("access_token") or params.get("refresh_token", "")
        return Target(self._tokens.shop_of(token), params.get("type"))

    def accounts(self) -> list[dict[str, Any]]:
        """One object a shop; tokens are the newest issued."""
        base = self._setup.base_url()
        return [
            {
                "platform": "pinduoduo", "shop_id": shop_id, "base_url": base, "app_key": tokens.APP_KEY,
                "app_secret": tokens.APP_SECRET, "access_token": access, "refresh_token": refresh,
                "token_url": f"{base}{tokens.TOKEN_PATH}", "message_url": f"ws{base.removeprefix('http')}",
            }
            for shop_id, (access, refresh) in self._tokens.current.items()
        ]  # fmt: skip

    def connect(self, request: ParsedRequest, now: datetime) -> messages.Connection | None:
        """The message socket `/message/{client_id}/{ms}/{digest}`; None when one of them is wrong."""
        parts = request.path.split("/", 4)[2:]
        if len(parts) != 3 or parts[0] != tokens.APP_KEY or not _timely(parts[1], now, 1000):
            return None
        fine = parts[2] == messages.digest(parts[0], parts[1], tokens.APP_SECRET)
        return messages.Connection(self._market) if fine else None

    def handle(self, call: Call) -> Reply:
        """One request through every check of the router."""
        params = _merged(call.request)
        if call.request.path == tokens.TOKEN_PATH:
            return tokens.token_endpoint(call, params, self._tokens, self._setup.switches["legacy_wrapped"])
        if call.request.path in tokens.AUTHORIZE_PATHS:
            return tokens.authorize_endpoint(call, self._tokens)
        self._requests += 1
        request_id = f"15440{self._requests:012d}"
        try:
            api, told = self._answered(call, params)
        except Refusal as refusal:
            call.verdict = " ".join(str(one) for one in (refusal.code, refusal.about, refusal.sub_msg) if one)
            return error_reply(refusal, request_id)
        if self._setup.switches["success_request_id"]:
            told["request_id"] = request_id
        return success_reply(self._key(params["type"], api), told)

    def _key(self, name: str, api: Api) -> str:
        if api.key is not None:
            return api.key
        derived = self._setup.switches["unnamed_envelope"] == "derived"
        return name.removeprefix("pdd.").replace(".", "_") + "_response" if derived else "response"

    def _answered(self, call: Call, params: Mapping[str, str]) -> tuple[Api, Doc]:
        if call.request.method != "POST" or call.request.path != ROUTER:
            raise Refusal(10000, "请使用POST")
        if len(call.request.body) > BODY_MAX_BYTES:
            raise Refusal(52004)
        api = self._system(call, params)
        if call.fault is not None and call.fault.name == "call_limited":
            raise Refusal(self._setup.switches["limit_code"])
        shop_id = self._session(call, params) if api.token else ""
        if self._setup.limits and self._setup.switches["call_limits"]:
            self._limiter.take(params["type"], shop_id, self._setup.now())
        for name in api.required:
            if not params.get(name):
                raise Refusal(21002, "", name)
        return api, api.handler(Ask(self._market, call, params, shop_id))

    def _system(self, call: Call, params: Mapping[str, str]) -> Api:
        """What is asked, by whom, when, signed how."""
        for name in ("type", "client_id", "timestamp", "sign"):
            if not params.get(name):
                raise Refusal(10001, "", name)
        if params["client_id"] != tokens.APP_KEY:
            raise Refusal(10016)
        if params.get("data_type", "JSON").upper() not in ("JSON", "XML"):
            raise Refusal(10001, "", "data_type")
        if params.get("version", "V1").upper() != "V1":
            raise Refusal(10001, "", "version")
        if not _timely(params["timestamp"], call.now):
            raise Refusal(self._setup.switches["skew_code"], "时间戳与服务器相差超过10分钟", "timestamp")
        text = base_string(params)
        rule = "upper-case hex of MD5 over client secret + text + client secret"
        if not call.signed(rule, text, sign(tokens.APP_SECRET, text), params["sign"]):
            call.hint = f"sign this between two secrets with MD5: {text}"
            raise Refusal(20004)
        api = self._apis.get(params["type"])
        if api is None:
            raise Refusal(10017)
        return api

    def _session(self, call: Call, params: Mapping[str, str]) -> str:
        token = params.get("access_token", "")
        if not token:
            raise Refusal(10001, "", "access_token")
        if call.fault is not None and call.fault.name == "token_expired":
            self._tokens.expire(token)
        shop_id = self._tokens.use(token)
        if params["type"] in self._missing():
            raise Refusal(20031)
        return shop_id


def _timely(text: str, now: datetime, units: int = 1) -> bool:
    """Epoch seconds (or thousandths) within ten minutes."""
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        return False
    try:
        at = datetime.fromtimestamp(int(text) / units, UTC)
    except (ValueError, OverflowError, OSError):
        return False
    return abs(at - now) <= CLOCK_TOLERANCE


def _merged(request: ParsedRequest) -> Mapping[str, str]:
    """Query, form and JSON body as one; the body wins. JSON scalars become the text that was signed."""
    body = request.body.lstrip() if not request.form else b""
    if not body.startswith(b"{"):
        return request.params
    try:
        told = json.loads(body, parse_int=str, parse_float=str)
    except ValueError:
        return request.params
    return {**request.params, **{name: _scalar(value) for name, value in told.items() if value is not None}}


def _scalar(value: Any) -> str:
    """The string form of a JSON value; an object that was not sent as text signs as nothing anybody can sign."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else "\0"
