"""Refusals of Fengqiao: gateway codes (outer) and business codes (inner), and the switches of what no source settles.

Source: docs/platforms/sf.md#errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from orderhub.sandbox.carriers.sf.sign import ALGORITHMS
from orderhub.sandbox.emulator import Switch

__all__ = ["SWITCHES", "TEXTS", "Refused"]

TEXTS: Final[Mapping[str, str]] = {
    "A1001": "必传参数不可为空",
    "A1003": "IP无效",
    "A1004": "无对应服务权限",
    "A1005": "流量受控",
    "A1006": "数字签名无效",
    "A1007": "重复请求",
    "A1011": "OAuth2认证失败",
    "S0001": "非法的JSON格式",
    "S0002": "必填参数为空",
    "1010": "寄件地址不能为空",
    "1011": "寄件联系人不能为空",
    "1012": "寄件电话不能为空",
    "1014": "到件地址不能为空",
    "1015": "到件联系人不能为空",
    "1016": "到件电话不能为空",
    "1023": "托寄物品名不能为空",
    "1028": "托寄物数量无效",
    "6126": "月结卡号不合法",
    "8119": "月结卡号不存在",
    "6133": "查询方法类型不正确",
    "6138": "代收货款金额应为数字",
    "6139": "代收货款金额应大于零",
    "8003": "查询单号超过最大数量",
    "8013": "未传入查询单号",
    "8016": "重复下单",
    "8051": "定时派送时间不符",
    "20012": "超出定时派送重量",
    "8057": "快件产品类别无效",
    "8117": "包裹数量超限",
    "8177": "高峰管控",
    "8196": "电话号码不合法",
    "8247": "运单号不合法",
    "20035": "托寄物为禁寄品",
}
"""Our words for each code: the meaning is the sheet's, the spelling of the real texts is not on it."""

SWITCHES: Final[Mapping[str, Switch]] = {
    "signature_algorithm": Switch("standard_md5", "fixed for an application when it is created", tuple(ALGORITHMS)),
    "repeated_order_id": Switch(
        "first_result", "documents say both: the first result again, or error 8016", ("first_result", "8016")
    ),
    "result_form": Switch("string", "apiResultData is a JSON string, of some services an object", ("string", "object")),
    "call_limits": Switch(False, "30 a second and 3000 a day per service, as in the debugging environment"),
    "ip_allowed": Switch(True, "False: every call is answered A1003"),
    "timestamp_tolerance_s": Switch(0, "UNVERIFIED whether timestamps are judged; 0 takes any"),
    "refuse_repeated_request_id": Switch(False, "UNVERIFIED what A1007 takes for a repeated request"),
    "unified_by_default": Switch(True, "UNVERIFIED: number format when isUnifiedWaybillNo is left out"),
    "unknown_order_code": Switch("8018", "UNVERIFIED: code for an orderId that was never created"),
    "cancelled_code": Switch("8037", "UNVERIFIED: code for touching a cancelled order"),
    "too_late_code": Switch("8252", "UNVERIFIED: code for cancelling what was picked up"),
    "peak_control": Switch(False, "True: orders are refused with 8177"),
    "unserviceable": Switch("三沙市", "receivers whose address has one of these words get filterResult 3; by comma"),
    "prohibited": Switch("烟花爆竹,管制刀具", "goods with one of these words get 20035; by comma"),
    "scenario": Switch(
        "delivered", "what becomes of new parcels",
        ("delivered", "locker", "refused", "exception", "lost", "silent", "failed_once"),
    ),
    "pace_percent": Switch(100, "how long journeys take; 50 is twice as fast"),
}  # fmt: skip


class Refused(Exception):
    """A call that is answered with a code; gateway codes start with A."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.text = TEXTS.get(code, "业务异常") + (f": {detail}" if detail else "")
