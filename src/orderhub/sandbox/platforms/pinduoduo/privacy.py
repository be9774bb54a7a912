"""Decryption and what belongs to it. Source: docs/platforms/pinduoduo.md §5. Codes of single rows are our choice."""

from __future__ import annotations

from orderhub.sandbox.platforms.pinduoduo import cipher
from orderhub.sandbox.platforms.pinduoduo.ask import Ask, bad
from orderhub.sandbox.platforms.pinduoduo.state import Doc
from orderhub.sandbox.platforms.pinduoduo.wire import Refusal

__all__ = ["decrypt", "masked", "report"]

WAYBILL_TYPES = (0, 1, 2, 99)
FOREIGN, BROKEN, SPENT, UNREPORTED = (50001, "订单不存在"), (21001, "密文不正确"), (70031, "解密额度已用完"), (
    50001, "请先上报面单类型",
)  # fmt: skip


def _told(ask: Ask, row: Doc, as_mask: bool) -> Doc:
    tag, sealed = str(row.get("data_tag", "")), str(row.get("encrypted_data", ""))
    told: Doc = {
        "data_tag": tag, "encrypted_data": sealed, "decrypted_data": "", "data_type": 0, "error_code": 0,
        "error_msg": "", "virtual_number_type": 0, "virtual_identify_number": "",
    }  # fmt: skip
    opened = cipher.unseal(tag, sealed)
    problem = _problem(ask, tag, opened is not None, as_mask)
    if problem or opened is None:
        code, why = problem or BROKEN
        return {**told, "error_code": code, "error_msg": why}
    kind, text = opened
    told |= {"data_type": kind, "decrypted_data": cipher.mask(kind, text) if as_mask else text}
    if kind == cipher.PHONE and not as_mask and ask.switch("virtual_numbers"):
        told |= _virtual(tag)
    return told


def _problem(ask: Ask, tag: str, opens: bool, as_mask: bool) -> tuple[int, str] | None:
    """Why the row cannot be answered; a row that can be uses up the day's quota."""
    if ask.market.find(ask.shop_id, tag) is None:
        return FOREIGN
    if not opens:
        return BROKEN
    if as_mask:
        return None
    if ask.switch("report_first") and tag not in ask.market.reported:
        return UNREPORTED
    day, most = (ask.shop_id, ask.market.stamp()[:10]), ask.switch("decrypt_daily")
    if most and ask.market.decrypted[day] >= most:
        return SPENT
    ask.market.decrypted[day] += 1
    return None


def _virtual(order_sn: str) -> Doc:
    """A virtual number with its four digits, as the API writes it."""
    digits = order_sn[-8:]
    told = {"virtual_number_type": 1, "virtual_identify_number": digits[-4:]}
    return {"decrypted_data": f"$184{digits}$#{digits[-4:]}#", **told}


def decrypt(ask: Ask) -> Doc:
    """pdd.open.decrypt.batch: at most 100 rows, each with its own verdict; only inside the vendor cloud."""
    rows = ask.rows("data_list")
    if not ask.switch("vendor_cloud"):
        raise Refusal(20031, "请在多多云内调用")
    return {"data_decrypt_list": [_told(ask, row, False) for row in rows]}


def masked(ask: Ask) -> Doc:
    """pdd.open.decrypt.mask.batch: the same, masked."""
    return {"data_decrypt_list": [_told(ask, row, True) for row in ask.rows("data_list")]}


def report(ask: Ask) -> Doc:
    """pdd.open.waybill.type.report: which kind of waybill the orders will get."""
    ask.one_of("waybill_type", WAYBILL_TYPES)
    names = ask.listed("order_sn_list")
    for name in names:
        if ask.market.find(ask.shop_id, name) is None:
            raise bad("order_sn_list", "订单不存在")
    ask.market.reported.update(names)
    return {"is_success": True}
