"""Every classic call this connector makes: how its business JSON is nested, and what a yes looks like.

JD has no common success rule: each call answers its own key, letter case and value, so each has its own row here.
Source: docs/platforms/jd.md#replies. Pure; imports nothing of the library.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

__all__ = ["APIS", "Api"]

_CODES = ("errorCode", "error_code", "resultCode", "result_code", "numberCode", "subCode", "errCode", "code")
_WORDS = ("chineseErrCode", "chinese_err_code", "resultDescribe", "result_describe", "message", "msg", "errorMsg",
          "errorMessage", "status_message", "subMsg", "zh_desc", "englishErrCode", "english_err_code",
          "en_desc")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Api:
    """One call.

    Attributes:
        family: Which rows of the error table its business codes mean.
        nested: The business JSON keeps its objects; otherwise every leaf stands at the top and lists are joined.
        at: Where the verdict stands inside the envelope, dotted; empty: wherever the key of `flag` is.
        flag: The key that says yes or no; None where no source names one: then only a plain no counts.
        yes: Values of `flag` that mean yes, as lower-case text.
        parts: Below `at`: rows with a verdict of their own, which stand for the whole.
        codes, words: Where code and text of a refusal may stand.
    """

    family: str = "order"
    nested: bool = False
    at: str = ""
    flag: str | None = None
    yes: frozenset[str] = frozenset({"true"})
    parts: str | None = None
    codes: tuple[str, ...] = _CODES
    words: tuple[str, ...] = _WORDS


_200 = frozenset({"200"})
_ZERO = frozenset({"0"})
_LIST = Api(at="searchorderinfo_result.apiResult", flag="success")
_DETAIL = Api(at="orderDetailInfo.apiResult", flag="success")
_SERVICE = Api(family="service")
_WAYBILL = Api("waybill", flag="statusCode", yes=frozenset({"1000"}), codes=("statusCode", *_CODES),
               words=("statusMessage", *_WORDS))  # fmt: skip

APIS: Mapping[str, Api] = {
    "jingdong.pop.order.search": _LIST,
    "jingdong.pop.order.enSearch": _LIST,
    "jingdong.pop.order.get": _DETAIL,
    "jingdong.pop.order.enGet": _DETAIL,
    "jingdong.pop.order.notPayOrderInfo": Api(),
    "jingdong.pop.order.notPayOrderById": Api(),
    "jingdong.pop.order.shipment": Api("ship", at="sopjosshipment_result", flag="success"),
    "jingdong.pop.order.sop.logistics.update": Api("ship", True, "returnType", "success"),
    "jingdong.pop.order.partialship.judge": Api("ship", True),
    "jingdong.pop.order.partial.outship": Api("ship", True, "response", "code", _200),
    "jingdong.pop.order.waybill.update": Api("ship", True),
    "jingdong.pop.order.serialCode.upload": Api("ship", True, "", "status", frozenset({"1"})),
    "jingdong.pop.order.modifyVenderRemark": Api(at="modifyvenderremark_result", flag="success"),
    "jingdong.pop.order.modifyOrderAddr": Api(flag="success"),
    "jingdong.order.orderDelete.apply": Api(at="result", flag="success"),
    "jingdong.ware.stock.sku.set": Api("stock", True, "returnType", "success", parts="obj.updateStockResult"),
    "jingdong.stock.read.findSkuStock": Api("stock"),
    "jingdong.vender.shop.query": Api("shop"),
    "360buy.delivery.logistics.get": Api("shop"),
    "jingdong.pop.afs.soa.refundapply.queryPageList": Api("refund"),
    "jingdong.pop.afs.soa.refundapply.queryById": Api("refund"),
    "jingdong.pop.afs.soa.refundapply.replyRefund": Api("refund"),
    "jingdong.pop.cinvoice.apply.order": Api("invoice", at="response", flag="success"),
    "jingdong.asc.query.view": _SERVICE,
    "jingdong.asc.audit.send": Api("service", at="result", flag="success"),
    "jingdong.asc.audit.refuse": Api("service", at="result", flag="success"),
    "jingdong.asc.audit.reason.list": _SERVICE,
    "jingdong.asc.sync.list": _SERVICE,
    "jingdong.asc.query.list": _SERVICE,
    "jingdong.b2c.shop.aftersales.refund.get": Api("service", at="result", flag="success"),
    "jingdong.jos.order.oaid.merge": Api("privacy", True, "response", "code", _200),
    "jingdong.pop.order.getmobilelist": Api("number", flag="data", yes=frozenset()),
    "jingdong.logistics.ewaybill.contract.query": _WAYBILL,
    "jingdong.logistics.ewaybill.waybill.create": replace(_WAYBILL, nested=True),
    "jingdong.logistics.ewaybill.waybill.cancel": _WAYBILL,
    "jingdong.pop.order.print.data.get": Api("waybill"),
    "jingdong.jos.voucher.info.get": Api("privacy", at="response", flag="errorCode", yes=_ZERO),
    "jingdong.jos.master.key.get": Api("privacy", at="response", flag="status_code", yes=_ZERO),
}
"""method -> its row; `flag="data"` without values means that the answer is there at all."""
