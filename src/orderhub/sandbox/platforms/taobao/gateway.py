"""The emulator: common parameters, the table of calls, the doors. Source: docs/platforms/taobao.md §1, §10, §11."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from orderhub.flow.message import Reply
from orderhub.sandbox.emulator import Call, ParsedRequest, Setup, Target
from orderhub.sandbox.platforms.taobao import (
    aftersales,
    channel,
    edits,
    exchanges,
    extras,
    goods,
    invoices,
    messages,
    oaid,
    refunds,
    ship,
    tokens,
    trades,
    waybill_accounts,
    waybills,
)
from orderhub.sandbox.platforms.taobao.ask import Ask
from orderhub.sandbox.platforms.taobao.spec import SWITCHES
from orderhub.sandbox.platforms.taobao.state import Doc, Market
from orderhub.sandbox.platforms.taobao.tester import Tester
from orderhub.sandbox.platforms.taobao.wire import Refusal, candidates, error_reply, instant, sign, success_reply

__all__ = ["Taobao"]

SIGNING = {
    "md5": "MD5 over app secret + text + app secret", "hmac": "HMAC-MD5 with the app secret over text",
    "hmac-sha256": "HMAC-SHA256 with the app secret over text",
}  # fmt: skip

CLOCK_TOLERANCE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Api:
    """One call: what does it, whether it needs a session, which parameters it cannot be without (else code 40)."""

    handler: Callable[[Ask], Doc]
    session: bool = True
    required: tuple[str, ...] = ()


_FIELDS, _TID, _REFUND = ("fields",), ("tid",), ("refund_id",)

APIS: dict[str, Api] = {
    "taobao.trades.sold.get": Api(trades.by_created, required=_FIELDS),
    "taobao.trades.sold.increment.get": Api(trades.by_modified, required=_FIELDS),
    "taobao.trades.sold.incrementv.get": Api(trades.by_stored, required=_FIELDS),
    "taobao.trades.simple.sold.increment.get": Api(trades.simple_by_modified, required=_FIELDS),
    "taobao.trade.fullinfo.get": Api(trades.full, required=_FIELDS + _TID),
    "taobao.trade.get": Api(trades.light, required=_FIELDS + _TID),
    "taobao.time.get": Api(extras.server_time, session=False),
    "taobao.refunds.receive.get": Api(refunds.received, required=_FIELDS),
    "taobao.refund.get": Api(refunds.get, required=("fields", "refund_id")),
    "taobao.rp.refunds.agree": Api(refunds.agree, required=("refund_infos",)),
    "taobao.refund.refuse": Api(refunds.refuse, required=("refund_id", "refuse_message")),
    "taobao.rp.returngoods.agree": Api(refunds.agree_return, required=("refund_id",)),
    "taobao.refund.detail.get": Api(aftersales.detail, required=_REFUND),
    "taobao.refund.refusereason.get": Api(aftersales.refuse_reasons, required=("fields", "refund_id")),
    "taobao.rp.refund.review": Api(
        aftersales.review, required=("refund_id", "operator", "refund_phase", "refund_version", "result", "message")
    ),
    "taobao.rp.returngoods.refuse": Api(
        aftersales.refuse_return, required=("refund_id", "refund_phase", "refund_version", "refuse_reason_id")
    ),
    "taobao.rp.returngoods.refill": Api(
        aftersales.refill, required=("refund_id", "logistics_company_code", "logistics_waybill_no")
    ),
    "taobao.refund.negotiatereturn": Api(
        aftersales.negotiate, required=("refund_id", "refund_version", "refund_fee", "address_id")
    ),
    "taobao.rp.refund.intercept": Api(aftersales.intercept, required=("refund_id", "refund_version")),
    "taobao.rdc.aligenius.sendgoods.cancel": Api(aftersales.cancel_goods, required=("param",)),
    "taobao.refund.messages.get": Api(aftersales.messages, required=("fields", "refund_id")),
    "taobao.refund.message.add": Api(aftersales.add_message, required=("refund_id", "content")),
    "tmall.exchange.receive.get": Api(exchanges.received, required=_FIELDS),
    "tmall.exchange.get": Api(exchanges.get, required=("fields", "dispute_id")),
    "tmall.exchange.agree": Api(exchanges.agree, required=("dispute_id", "address_id")),
    "tmall.exchange.refuse": Api(exchanges.refuse, required=("dispute_id", "seller_refuse_reason_id")),
    "tmall.exchange.returngoods.agree": Api(exchanges.return_agree, required=("dispute_id",)),
    "tmall.exchange.returngoods.refuse": Api(
        exchanges.return_refuse, required=("dispute_id", "seller_refuse_reason_id")
    ),
    "tmall.exchange.consigngoods": Api(
        exchanges.consign, required=("dispute_id", "logistics_no", "logistics_type", "logistics_company_name")
    ),
    "alibaba.einvoice.apply.get": Api(invoices.applied, required=("platform_tid",)),
    "taobao.logistics.address.search": Api(extras.addresses),
    "alibaba.ascp.logistics.offline.send": Api(ship.send_parcels, required=_TID),
    "taobao.logistics.offline.send": Api(ship.send, required=_TID),
    "taobao.logistics.dummy.send": Api(ship.dummy, required=_TID),
    "taobao.logistics.consign.resend": Api(ship.resend, required=_TID),
    "alibaba.ascp.logistics.consign.resend": Api(ship.resend_parcels, required=_TID),
    "alibaba.ascp.logistics.consign.modify": Api(
        ship.modify, required=("tid", "old_out_sid", "new_out_sid", "old_company_code", "new_company_code")
    ),
    "taobao.logistics.companies.get": Api(extras.companies, session=False, required=_FIELDS),
    "taobao.logistics.trace.get.new": Api(extras.traces, required=_TID),
    "taobao.trade.shippingaddress.update": Api(edits.address, required=_TID),
    "taobao.trade.memo.add": Api(edits.memo_add, required=("tid", "memo")),
    "taobao.trade.memo.update": Api(edits.memo_update, required=_TID),
    "taobao.trade.close": Api(edits.close, required=("tid", "close_reason")),
    "taobao.item.quantity.update": Api(goods.item_quantity, required=("num_iid", "quantity")),
    "taobao.skus.quantity.update": Api(goods.skus_quantity, required=("num_iid",)),
    "tmall.item.quantity.update": Api(goods.tmall_quantity, required=("item_id",)),
    "taobao.items.onsale.get": Api(goods.on_sale, required=_FIELDS),
    "taobao.items.inventory.get": Api(goods.inventory, required=_FIELDS),
    "taobao.items.seller.list.get": Api(goods.seller_list, required=("fields", "num_iids")),
    "taobao.item.skus.get": Api(goods.skus, required=("fields", "num_iids")),
    "taobao.item.sku.get": Api(goods.sku, required=("fields", "num_iid", "sku_id")),
    "taobao.top.oaid.decrypt": Api(oaid.decrypt, required=("query_list",)),
    "taobao.top.oaid.merge": Api(oaid.merge, required=("merge_list",)),
    "cainiao.waybill.ii.search": Api(waybill_accounts.search),
    "cainiao.waybill.ii.get": Api(waybills.get, required=("param_waybill_cloud_print_apply_new_request",)),
    "cainiao.waybill.ii.update": Api(waybills.update, required=("param_waybill_cloud_print_update_request",)),
    "cainiao.waybill.ii.cancel": Api(waybills.cancel, required=("cp_code", "waybill_code")),
    "cainiao.waybill.ii.query.by.tradecode": Api(waybills.by_trade, required=("param_list",)),
    "cainiao.waybill.ii.query.by.waybillcode": Api(waybills.by_waybill, required=("param_list",)),
    "cainiao.waybill.ii.product": Api(waybill_accounts.products, required=("cp_code",)),
    "cainiao.cloudprint.stdtemplates.get": Api(waybill_accounts.templates),
    "cainiao.cloudprint.mystdtemplates.get": Api(waybill_accounts.my_templates),
    "taobao.tmc.user.permit": Api(messages.permit),
    "taobao.tmc.messages.consume": Api(messages.consume, session=False),
    "taobao.tmc.messages.confirm": Api(messages.confirm, session=False, required=("s_message_ids",)),
}


class Taobao(Tester):
    """Taobao and Tmall at `/router/rest`, `/token`, `/authorize`: one app, some sellers, one state."""

    name = "taobao"
    faults = frozenset({
        "call_limited", "token_expired", "repeated_page", "shifting_pages", "unknown_status", "drifted_field",
        "late_order",
    })  # fmt: skip
    switches = SWITCHES

    def __init__(self, setup: Setup, market: Market, session: tokens.Tokens) -> None:
        super().__init__(setup, market)
        self._tokens, self._requests, self._calls = session, 0, ("", 0)
        if setup.awkward:
            self.switches = SWITCHES | {"page_overlap": replace(SWITCHES["page_overlap"], default=1)}
        auth = {
            "taobao.top.auth.token.create": Api(partial(tokens.create, tokens=session), False, ("code",)),
            "taobao.top.auth.token.refresh": Api(partial(tokens.refresh, tokens=session), False, ("refresh_token",)),
        }
        self._apis = APIS | auth

    def claims(self, request: ParsedRequest) -> bool:
        """`/router/rest` and the message channel always; the OAuth doors unless another sandbox app knocks."""
        if request.path in ("/router/rest", channel.PATH):
            return True
        client = request.params.get("client_id", "")
        return request.path in ("/token", "/authorize") and (client == tokens.APP_KEY or "sandbox-" not in client)

    def target(self, request: ParsedRequest) -> Target:
        """By session and method; the OAuth doors are the operations `token` and `authorize`."""
        params = request.params
        if request.path != "/router/rest":
            grant = self._tokens.refresh.get(params.get("refresh_token", ""))
            return Target(grant[0] if grant else None, request.path[1:])
        return Target(self._tokens.shop_of(params.get("session", "")), params.get("method"))

    def accounts(self) -> list[dict[str, Any]]:
        """One object a shop; tokens are the newest issued."""
        base = self._setup.base_url()
        return [
            {
                "platform": "taobao", "shop_id": shop_id, "base_url": base, "app_key": tokens.APP_KEY,
                "app_secret": tokens.APP_SECRET, "access_token": access, "refresh_token": refresh,
                "token_url": f"{base}/token", "message_url": f"ws{base.removeprefix('http')}{channel.PATH}",
            }
            for shop_id, (access, refresh) in self._tokens.current.items()
        ]  # fmt: skip

    def connect(self, request: ParsedRequest, now: datetime) -> channel.Connection | None:
        """The message channel; who connects is judged by the first frame, not by the address."""
        return channel.Connection(self._market) if request.path == channel.PATH else None

    def handle(self, call: Call) -> Reply:
        """One request through every check of the gateway."""
        if call.request.path == "/token":
            return tokens.token_endpoint(call, self._tokens)
        if call.request.path == "/authorize":
            return tokens.authorize_endpoint(call, self._tokens)
        params = call.request.params
        self._requests += 1
        request_id = f"sandbox{self._requests:09d}"
        try:
            told = self._answered(call, params)
        except Refusal as refusal:
            call.verdict = f"{refusal.code} {refusal.sub_code}".strip()
            return error_reply(params, refusal, request_id)
        return success_reply(params, told, request_id, self._setup.switches["list_shape"])

    def _answered(self, call: Call, params: Mapping[str, str]) -> Doc:
        if call.request.method not in ("GET", "POST"):
            raise Refusal(9)
        api = self._system(call, params)
        if call.fault is not None and call.fault.name == "call_limited":
            raise _banned(call.fault.delay_s)
        self._limit(call)
        shop_id = self._session(call, params) if api.session else ""
        for name in api.required:
            if not params.get(name) and name not in call.request.files:
                raise Refusal(40, "", name)
        return api.handler(Ask(self._market, call, params["method"], shop_id, params["app_key"]))

    def _system(self, call: Call, params: Mapping[str, str]) -> Api:
        """Codes 21 to 34, in the order of a gateway: what is asked, by whom, when, signed how."""
        if not params.get("method"):
            raise Refusal(21)
        if params.get("format", "xml") not in ("json", "xml"):
            raise Refusal(23)
        if not params.get("app_key"):
            raise Refusal(28)
        if params["app_key"] != tokens.APP_KEY:
            raise Refusal(29, "isv.appkey-not-exists")
        _timely(params.get("timestamp", ""), call.now)
        if not params.get("v"):
            raise Refusal(32)
        if params["v"] != "2.0":
            raise Refusal(33)
        _signed(call, params)
        api = self._apis.get(params["method"])
        if api is None:
            raise Refusal(22, "isv.invalid-method", params["method"])
        return api

    def _session(self, call: Call, params: Mapping[str, str]) -> str:
        token = params.get("session", "")
        if not token:
            raise Refusal(26)
        if call.fault is not None and call.fault.name == "token_expired":
            self._tokens.expire(token)
        return self._tokens.use(token)

    def _limit(self, call: Call) -> None:
        """The switch calls_per_second, per app and second of the sandbox clock."""
        most = self._setup.switches["calls_per_second"]
        if not most or not self._setup.limits:
            return
        second, count = str(self._setup.now())[:19], 0
        if self._calls[0] == second:
            count = self._calls[1]
        self._calls = (second, count + 1)
        if count >= most:
            raise _banned(1)


def _banned(seconds: float) -> Refusal:
    text = f"This ban will last for {max(1, int(seconds))} more seconds"
    return Refusal(7, "accesscontrol.limited-by-api-access-count", text)


def _timely(text: str, now: datetime) -> None:
    """Beijing time, or epoch milliseconds, within ten minutes."""
    if not text:
        raise Refusal(30)
    try:
        at = datetime.fromtimestamp(int(text) / 1000, UTC) if text.isascii() and text.isdigit() else instant(text)
    except (ValueError, OverflowError, OSError):
        raise Refusal(31) from None
    if abs(at - now) > CLOCK_TOLERANCE:
        raise Refusal(31, "isv.invalid-timestamp", "时间戳与服务器相差超过10分钟")


def _signed(call: Call, params: Mapping[str, str]) -> None:
    """The signature over query and form together; the log gets the string that should have been signed."""
    given = params.get("sign", "")
    if not given:
        raise Refusal(24)
    texts = candidates(params)
    method = params.get("sign_method", "")
    rule = f"upper-case hex of {SIGNING.get(method, 'an unknown sign_method')}"
    made = ((text, sign(method, tokens.APP_SECRET, text)) for text in reversed(texts))
    if not any(call.signed(rule, text, expected, given) for text, expected in made):
        call.hint = f"sign these with {method or 'sign_method (missing)'}: {texts[0]}"
        raise Refusal(25)
