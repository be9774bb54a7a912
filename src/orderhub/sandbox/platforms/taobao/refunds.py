"""Refunds read and answered. Source: docs/platforms/taobao.md §8. The code for a stale version is not documented."""

from __future__ import annotations

from typing import Any

from orderhub.sandbox.platforms.taobao.ask import Ask, invalid
from orderhub.sandbox.platforms.taobao.moves import Illegal, move_refund
from orderhub.sandbox.platforms.taobao.state import Doc
from orderhub.sandbox.platforms.taobao.trades import page
from orderhub.sandbox.platforms.taobao.wire import Refusal, china, fen

__all__ = [
    "REASONS",
    "agree",
    "agree_return",
    "find",
    "get",
    "move",
    "proof",
    "received",
    "refuse",
    "tmall",
    "tmall_only",
]

_DEFAULT_TYPES = frozenset({"fixed", "auction", "auto_delivery"})
PAGE_MAX = 100
PROOF_MAX = 130_000
LIMITS: dict[str, tuple[int, int]] = {"C": (20, 600_000), "B": (30, 1_000_000)}
"""Kind of seller to most refunds a call and most fen a refund; that the sum is of one refund is our reading."""
REASONS: dict[int, str] = {1: "已发货，请收到后再申请退货", 2: "商品影响二次销售", 3: "与买家协商一致"}
"""The sandbox's own."""
STALE = "isv.refund-version-mismatch"


def _project(refund: Doc, fields: str) -> Doc:
    asked = [name.strip() for name in fields.split(",")]
    return {name: refund[name] for name in asked if name in refund and name[0] != "_"}


def received(ask: Ask) -> Doc:
    """taobao.refunds.receive.get: newest change first; by default of plain trades only."""
    start, end = ask.moment("start_modified"), ask.moment("end_modified")
    low, high = china(start) if start else "", china(end) if end else "9999"
    kinds = frozenset(ask.text("type").split(",")) if ask.given("type") else _DEFAULT_TYPES
    kinds |= {"fixed", "auction"} if "guarantee_trade" in kinds else frozenset()
    rows = [
        refund
        for refund in ask.market.refunds.values()
        if (trade := ask.market.orders[refund["tid"]]).shop_id == ask.shop_id
        and low <= refund["modified"] <= high
        and trade.doc["type"] in kinds
        and ask.text("status") in ("", refund["status"])
        and ask.text("buyer_open_uid") in ("", refund["buyer_open_uid"])
    ]
    rows.sort(key=lambda refund: (refund["modified"], refund["refund_id"]), reverse=True)
    first, last, more = page(ask, len(rows), 40, PAGE_MAX)
    told: Doc = {"refunds": [_project(refund, ask.text("fields")) for refund in rows[first:last]]}
    return told | ({"has_next": more} if ask.yes("use_has_next") else {"total_results": len(rows)})


def find(ask: Ask, refund_id: str) -> Doc:
    """The refund, if it is of this seller."""
    refund = ask.market.refunds.get(refund_id)
    if refund is None or ask.market.orders[refund["tid"]].shop_id != ask.shop_id:
        raise Refusal(15, "isv.refund-not-exist", "退款单不存在")
    return refund


def get(ask: Ask) -> Doc:
    """taobao.refund.get."""
    return {"refund": _project(find(ask, ask.text("refund_id")), ask.text("fields"))}


def move(ask: Ask, refund: Doc, what: str, version: str, **told: Any) -> None:
    """The next step under the optimistic lock (an empty version does not ask for it)."""
    if version and version != str(refund["refund_version"]):
        raise Refusal(15, STALE, "退款信息已更新，请刷新后重试")
    try:
        move_refund(ask.market, ask.market.orders[refund["tid"]], refund, what, **told)
    except Illegal as illegal:
        raise Refusal(15, "isv.refund-status-error", "退款状态不允许此操作") from illegal


def tmall(ask: Ask) -> bool:
    """Whether the seller is at Tmall; Taobao's own rules are laxer."""
    return ask.market.shops[ask.shop_id].kind == "B"


def tmall_only(ask: Ask, refund: Doc) -> Doc:
    """The refund; refuses where the call is not for Taobao sellers."""
    if not tmall(ask):
        raise Refusal(15, "isv.tmall-only", "仅支持天猫")
    return refund


def proof(ask: Ask, required: bool) -> None:
    """A picture, at most so many bytes."""
    picture = ask.call.request.files.get("refuse_proof")
    if picture is None and required:
        raise Refusal(40, "", "refuse_proof")
    if picture is not None and len(picture) > PROOF_MAX:
        raise invalid("refuse_proof", f"at most {PROOF_MAX} bytes")


def agree(ask: Ask) -> Doc:
    """taobao.rp.refunds.agree: `refund_id|amount_fen|version|phase`, comma separated; each answers by itself."""
    most, sum_max = LIMITS[ask.market.shops[ask.shop_id].kind]
    rows = [text.split("|") for text in ask.listed("refund_infos", most)]
    if any(len(parts) != 4 for parts in rows):
        raise invalid("refund_infos", "write refund_id|amount_fen|version|phase")
    if ask.market.setup.switches["agree_sms"] and not _sms(ask):
        return {"succ": False, "msg_code": "SMS_REQUIRED", "message": "请输入短信验证码"}
    told = [_agreed(ask, sum_max, *parts) for parts in rows]
    good = sum(row["succ"] for row in told)
    code = "OP_SUCC" if good == len(told) else "SOME_OP_SUCC" if good else "OP_FAILURE_UE"
    return {"succ": good == len(told), "msg_code": code, "results": told}


def _sms(ask: Ask) -> bool:
    """Whether `code` is the one that was sent last; sends one where it is not."""
    if ask.given("code") and ask.market.sms.pop(ask.shop_id, "") == ask.text("code"):
        return True
    ask.market.sms[ask.shop_id] = f"{ask.market.serial() * 7919 % 1_000_000:06d}"
    return False


def _agreed(ask: Ask, sum_max: int, refund_id: str, amount_fen: str, version: str, phase: str) -> Doc:
    try:
        refund = find(ask, refund_id)
        if amount_fen != str(fen(refund["refund_fee"])) or phase != refund["refund_phase"]:
            raise Refusal(15, "isv.invalid-parameter:refund_infos", "金额或阶段不一致")
        if int(amount_fen) > sum_max:
            raise Refusal(15, "isv.refund-fee-overlimit", "退款金额超过限额")
        if ask.market.setup.switches["review_first"] and tmall(ask) and not refund.get("_reviewed"):
            raise Refusal(15, "isv.refund-not-reviewed", "退款未审核")
        move(ask, refund, "agree", version or "-")
    except Refusal as refusal:
        return {"refund_id": refund_id, "succ": False, "msg_code": refusal.sub_code, "message": refusal.sub_msg}
    return {"refund_id": refund_id, "succ": True, "msg_code": "OP_SUCC", "message": ""}


def refuse(ask: Ask) -> Doc:
    """taobao.refund.refuse: not before sending; Tmall needs the version, and proof."""
    refund = find(ask, ask.text("refund_id"))
    if not 2 <= len(ask.text("refuse_message")) <= 200:
        raise invalid("refuse_message", "2 to 200 characters")
    if ask.given("refuse_reason_id") and ask.whole("refuse_reason_id", None, 1) not in REASONS:
        raise invalid("refuse_reason_id", "拒绝原因不存在")
    if refund["operation_contraint"] == "cannot_refuse":
        raise Refusal(15, "isv.refund-status-error", "未发货的退款不能拒绝")
    proof(ask, tmall(ask) and bool(ask.market.setup.switches["refuse_proof_required"]))
    move(ask, refund, "refuse", ask.text("refund_version", "-" if tmall(ask) else ""))
    return {"is_success": True, "refund": {name: refund[name] for name in ("refund_id", "status", "modified")}}


def agree_return(ask: Ask) -> Doc:
    """taobao.rp.returngoods.agree: the buyer may send the goods back, to an address of the shop."""
    refund = find(ask, ask.text("refund_id"))
    if not refund["has_good_return"]:
        raise Refusal(15, "isv.refund-status-error", "仅退款的单不需要退货")
    if ask.text("post_fee_bear_role", "0") not in ("0", "1"):
        raise invalid("post_fee_bear_role", "0为卖家承担，1为买家承担")
    own = "" if tmall(ask) else " ".join(ask.text(one) for one in ("name", "address", "mobile", "tel")).strip()
    address = ask.market.return_address(ask.text("seller_address_id")) if ask.given("seller_address_id") else own
    version = ask.text("refund_version", "-" if tmall(ask) else "")
    move(ask, refund, "agree_return", version, address=address or ask.market.return_address(""))
    return {"is_success": True}
