"""English and Chinese for the command line: the language in use, and every phrase that is not a library's message.

Imports nothing of the library. Help texts stand in English where the commands are; `words_help.py` has their Chinese.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from types import MappingProxyType
from typing import Literal

__all__ = ["LANGUAGES", "WORDS", "Language", "both", "current", "language_of", "say", "split_language", "use"]

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")
_VARIABLES = ("ORDERHUB_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
_in_use: ContextVar[Language] = ContextVar("orderhub_cli_language", default="en")

WORDS: Mapping[str, str] = MappingProxyType(
    {
        # states and headings
        "nothing": "无",
        "ok": "正常",
        "warning": "警告",
        "bad": "错误",
        "check": "检查项",
        "state": "状态",
        "seen": "结果",
        "do": "处理方法",
        "what to do": "处理方法",
        "where": "位置",
        "exit code": "退出码",
        "shop": "店铺",
        "resource": "资源",
        "watermark": "水位",
        "lag_s": "延迟（秒）",
        "progress": "进度",
        "counts": "计数",
        "findings": "提示",
        "error": "错误信息",
        "orders": "订单数",
        "key": "编号",
        "status": "订单状态",
        "total": "总额",
        "goods": "商品",
        "units": "件数",
        "receiver": "收件人",
        "ship_by": "最晚发货",
        "updated_at": "更新时间",
        "holds": "挂起",
        "code": "代码",
        "severity": "级别",
        "message": "说明",
        "advice": "建议",
        "order": "订单",
        "reason": "原因",
        "parcels": "包裹",
        "carrier": "快递",
        "waybill_no": "运单号",
        "warehouse": "仓库",
        "sku": "SKU",
        "on_hand": "在库",
        "reserved": "预占",
        "available": "可用",
        "kind": "类型",
        "detail": "详情",
        "healed": "已修复",
        "about": "含义",
        "name": "名称",
        "title": "全称",
        "verbs": "支持的操作",
        "absent": "不支持",
        "facts": "资料页",
        "verb": "操作",
        "evidence": "验证程度",
        "platform": "平台",
        "attempts": "次数",
        "order_id": "订单号",
        "first_seen_at": "首次出现",
        "quarantined": "隔离",
        "failures": "连续失败",
        "last_error": "最近错误",
        "quantity": "数量",
        "since": "开始时间",
        "amount": "金额",
        "deadline_at": "截止时间",
        "place": "位置",
        "threshold": "阈值",
        "path": "字段路径",
        "limits": "限制",
        "windows": "窗口数",
        "stored": "已保存",
        "missing": "缺失",
        "quarantine": "隔离区",
        "needs_seller": "需重新授权",
        "because": "原因",
        "incidents": "异常",
        "last_event": "最近轨迹",
        "eta": "预计送达",
        "value": "值",
        "is_new": "新出现",
        "per_day": "日销量",
        "days_of_cover": "可售天数",
        "reorder": "建议补货",
        "is_slow": "滞销",
        "sold": "已售",
        "inbound": "在途",
        "last_ok_at": "最近成功",
        "ok?": "成功",
        "expected": "应为",
        "act": "处理",
        # titles
        "Pulled": "同步结果",
        "Back-filled": "历史回补",
        "Gaps": "缺口审计",
        "Health": "店铺健康",
        "Quarantine": "隔离区",
        "Read again": "重新读取",
        "Orders": "订单",
        "Findings": "审单结果",
        "Fulfilled": "履约结果",
        "Stock pushed": "库存推送",
        "Stock": "库存",
        "Alerts": "库存预警",
        "Outlook": "库存展望",
        "Parcels": "包裹跟踪",
        "Incidents": "包裹异常",
        "Differences": "差异",
        "Cases": "售后单",
        "Connectors": "连接器",
        "Capabilities": "平台能力",
        "Doctor": "环境检查",
        "Lines": "订单明细",
        "Timeline": "时间线",
        "Decided": "处理结果",
        "Simulation": "模拟结果",
        "Listings": "在售商品差异",
        # progress
        "asking the carriers": "正在查询快递",
        "shipping": "正在履约",
        "pushing stock": "正在推送库存",
        "comparing": "正在对账",
        "counting": "正在核对数量",
        "reading again": "正在重新读取",
        "auditing": "正在审单",
        "looking": "正在检查",
        "Customers": "买家",
        "customer": "买家散列",
        "buyer_id": "买家编号",
        "segment": "客群",
        "currency": "币种",
        "last_day": "最近购买",
        "recency_days": "距今天数",
        "frequency": "次数",
        "money": "金额",
        "r": "R 值",
        "f": "F 值",
        "m": "M 值",
        "simulating": "正在模拟",
        "proving": "正在验证",
        # checks of the doctor
        "time zones": "时区",
        "encoding": "编码",
        "plug-ins": "插件",
        "configuration": "配置",
        "configuration file": "配置文件",
        "secrets": "密钥",
        "extras": "软件包",
        "database": "数据库",
        "stock ledger": "库存台账",
        "kept data": "数据保存",
        "encryption": "加密",
        "shops": "店铺",
        "warehouses": "仓库",
        "carriers": "快递公司",
        "rate cards": "运费表",
        "reachability and clock": "连通性与时钟",
        "reachability": "连通性",
        "clock": "时钟",
        "credentials and scope": "凭证与权限",
        "token": "token 有效期",
        "connector evidence": "连接器验证",
        "messages": "推送消息",
        "pulls": "拉取",
        "base_url": "接口地址",
        # sentences
        "only rehearsed: nothing was changed": "仅为演练：没有任何改动",
        "orderhub capabilities NAME tells each verb": "用 orderhub capabilities 名称 查看每个操作",
        "stopped": "已停止",
        "a defect of this program; set ORDERHUB_DEBUG=1 to see where": "程序缺陷；设置 ORDERHUB_DEBUG=1 可查看位置",
        "in all": "共",
        "more to come; go on with --after": "还有更多，请用 --after 继续",
        "written:": "已写入：",
        "next:": "下一步：",
        "healed differences do not count; the rest is for people": "已修复的不计；其余需要人工处理",
    }
)
"""English phrase -> Chinese."""


def language_of(environ: Mapping[str, str]) -> Language:
    """The language that the environment asks for: the first variable that is set decides."""
    told = next((environ[name] for name in _VARIABLES if environ.get(name)), "")
    return "zh" if told.lower().replace("-", "_").split("_")[0] == "zh" else "en"


def split_language(arguments: Sequence[str]) -> tuple[list[str], str | None]:
    """The arguments without `--lang X`, which may stand anywhere before `--`, and X."""
    left, told, wanted = list[str](), None, False
    for place, word in enumerate(arguments):
        if wanted and not word.startswith("-"):
            told, wanted = word, False
        elif word == "--":
            return [*left, *arguments[place:]], told
        elif word == "--lang":
            wanted = True
        elif word.startswith("--lang="):
            told = word.partition("=")[2]
        else:
            left.append(word)
    return left, ("" if wanted else told)


def use(language: Language) -> None:
    """Speak this language from now on in this context."""
    _in_use.set(language)


def current() -> Language:
    """The language in use."""
    return _in_use.get()


def say(phrase: str) -> str:
    """A phrase in the language in use; one without a translation stays English."""
    return WORDS.get(phrase, phrase) if current() == "zh" else phrase


def both(english: str, chinese: str) -> str:
    """One of two sentences, by the language in use."""
    return chinese if current() == "zh" else english
