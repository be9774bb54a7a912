"""Drives JD operations without a network: replies go in by method, requests come out."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from orderhub.connectors.jd import CONNECTOR
from orderhub.flow.message import Reply, Request
from orderhub.flow.steps import Ask, Call, Gather, Now, Pause, Random, Secret, Take
from orderhub.kit.spec import ShopConfig
from orderhub.models import Credentials, Token

AT = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
WHO = Credentials("app-1", "secret-1", Token("access-1", "refresh-1"))
Answer = Any


def jd(**settings: Any) -> Any:
    """Operations of one shop."""
    return CONNECTOR.operations(ShopConfig.of(CONNECTOR.spec, "jd-1", app=WHO, settings=settings))


def inside(method: str, **document: Any) -> dict[str, Any]:
    """A success envelope of the classic gateway."""
    return {f"{method.replace('.', '_')}_responce": {"code": "0", **document}}


def reply(document: Any, status: int = 200, **headers: str) -> Reply:
    return Reply(status, {"content-type": "application/json", **headers}, json.dumps(document).encode())


def item(sku: str = "100012345678", uuid: str | None = None, **given: Any) -> dict[str, Any]:
    """One order line of the classic gateway."""
    row = {"skuId": sku, "outerSkuId": f"OUT-{sku[-3:]}", "skuName": "示例T恤", "jdPrice": "129.50", "itemTotal": "2",
           "wareId": "100011112222"}  # fmt: skip
    return row | ({"itemExt": {"skuUuid": uuid}} if uuid else {}) | given


def order(order_id: str = "290000000001", **given: Any) -> dict[str, Any]:
    """One order of the classic gateway that waits to be shipped."""
    document = {
        "orderId": order_id, "orderType": "22", "payType": "4-在线支付", "orderTotalPrice": "259.00",
        "shouldPay": "234.00", "actualPay": "234.00", "freightPrice": "0.00", "sellerDiscount": "20.00",
        "balanceUsed": "0.00", "orderState": "WAIT_SELLER_STOCK_OUT", "orderStartTime": "2026-02-28 09:12:30",
        "paymentConfirmTime": "2026-02-28 09:13:02", "modified": "2026-02-28 09:13:05", "storeOrder": "",
        "returnOrder": "0", "waybill": "", "logisticsId": "", "open_id_buyer": "oXy1",
        "consigneeInfo": {
            "fullname": "王**", "mobile": "138****0001", "fullAddress": "浙江杭州市西湖区三墩镇***", "province": "浙江",
            "city": "杭州市", "county": "西湖区", "town": "三墩镇", "provinceId": "15", "cityId": "1213",
            "countyId": "3411", "townId": "50027", "oaid": "demo-oaid-1",
        },
        "itemInfoList": [item()],
        "couponDetailList": [
            {"orderId": order_id, "skuId": "", "couponType": "100-店铺优惠", "couponPrice": "20.00"},
            {"orderId": order_id, "skuId": "", "couponType": "41-京东券优惠", "couponPrice": "5.00"},
        ],
    }  # fmt: skip
    return document | given


def detail(document: dict[str, Any] | None, method: str = "jingdong.pop.order.enGet") -> dict[str, Any]:
    """The reply of a detail call."""
    return inside(method, orderDetailInfo={"apiResult": {"success": True, "numberCode": 0}, "orderInfo": document})


def page(rows: list[Any], total: int | None = None, method: str = "jingdong.pop.order.enSearch") -> dict[str, Any]:
    """The reply of a list call."""
    told = {"orderTotal": len(rows) if total is None else total, "orderInfoList": rows}
    return inside(method, searchorderinfo_result={"apiResult": {"success": "true", "numberCode": "0"}, **told})


COMPANIES = inside("360buy.delivery.logistics.get", logisticsList=[
    {"logisticsId": 467, "logisticsName": "顺丰快递"}, {"logisticsId": 463, "logisticsName": "圆通快递"},
    {"logisticsId": 2087, "logisticsName": "京东快递"}, {"logisticsId": 1274, "logisticsName": "厂家自送"},
])  # fmt: skip


class Script:
    """Answers steps; replies are given per method, in order, the last one again and again when `again` is set.

    An answer is a document, a `Reply`, an exception, or a function of the business JSON that makes one of these.
    """

    def __init__(self, answers: dict[str, list[Answer]], *, again: bool = False, patient: bool = True) -> None:
        self.answers = {name: deque(rows) for name, rows in answers.items()}
        self.again, self.patient = again, patient
        self.calls: list[tuple[str, Any]] = []
        self.requests: list[Request] = []
        self.paused, self.learned = 0.0, dict[str, float]()

    def run(self, operation: Any) -> Any:
        answer, error = None, None
        try:
            while True:
                try:
                    step = operation.throw(error) if error else operation.send(answer)
                except StopIteration as end:
                    return end.value
                answer, error = None, None
                try:
                    answer = self.answer(step)
                except Exception as failure:
                    error = failure
        finally:
            operation.close()

    def answer(self, step: Any) -> Any:
        match step:
            case Now():
                return AT
            case Random():
                return 0.5
            case Secret():
                return WHO
            case Take():
                return None
            case Pause(seconds):
                self.paused += seconds
                return None
            case Ask("skew", "offset_s"):
                return 0.0
            case Ask("limits", "learned", (name, rate, _)):
                self.learned[name] = rate
                return None
            case Ask("retry", "decide", (error, attempt, *_)):
                return 1.0 if self.patient and error.retryable and attempt < 3 else None
            case Ask():
                return None
            case Gather(operations, _):
                return [self._tried(make) for make in operations]
            case Call(request):
                return self.send(request)
        raise AssertionError(f"unexpected step {step!r}")

    def _tried(self, make: Callable[[], Any]) -> Any:
        try:
            return self.run(make())
        except Exception as error:
            return error

    def send(self, request: Request) -> Reply:
        self.requests.append(request)
        name, business = _read(request)
        self.calls.append((name, business))
        rows = self.answers.get(name)
        assert rows, f"no reply left for {name} {business}"
        found = rows[0] if self.again and len(rows) == 1 else rows.popleft()
        found = found(business) if callable(found) else found
        if isinstance(found, Exception):
            raise found
        return found if isinstance(found, Reply) else reply(found)

    def said(self, name: str) -> Any:
        """The business JSON of the only call of `name`."""
        (found,) = [business for method, business in self.calls if method == name]
        return found

    @property
    def names(self) -> list[str]:
        """Methods in the order of the calls, without their common prefix."""
        return [name.removeprefix("jingdong.") for name, _ in self.calls]


def _read(request: Request) -> tuple[str, Any]:
    """Name and business parameters of a request of either gateway, or of the token endpoint."""
    parts = urlsplit(request.url)
    form = {name: rows[0] for name, rows in parse_qs(request.body.decode(), keep_blank_values=True).items()} if (
        request.headers.get("content-type", "").startswith("application/x-www-form")) else {}  # fmt: skip
    if "method" in form:
        return form["method"], json.loads(form["360buy_param_json"])
    if "grant_type" in form:
        return f"token {parts.path}", form
    return f"{request.method} {parts.path}", json.loads(request.body) if request.body else dict(parse_qsl(parts.query))
