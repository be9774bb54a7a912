"""Chinese for help texts and for what is wrong with a command line. Imports `cli.words`.

English help stands beside each command and option; here is its Chinese, by command and by sentence. A test keeps both
complete.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import typer

from orderhub.cli.words import Language

__all__ = ["COMMANDS_ZH", "OPTIONS_ZH", "PANELS_ZH", "leaves", "translate", "usage_words"]

COMMANDS_ZH: Mapping[str, str] = MappingProxyType(
    {
        "": "多平台订单，一个模型。",
        "audit": "审单：列出阻止发货的问题；可指定订单，默认全部待发货订单。",
        "backfill": "回补历史订单直到 --since，从新到旧；可随时中断后继续。",
        "cancel": "不再发货：作废运单，释放库存。",
        "capabilities": "各平台和快递支持哪些操作、限制以及验证程度。",
        "cases": "列出等待处理的售后单，最早的在前。",
        "check-connector": "用平台模拟器验证已安装的连接器（一致性测试）。",
        "completion": "输出补全脚本；`orderhub --install-completion` 可直接安装。",
        "connectors": "列出已安装的连接器及其能力。",
        "demo": "在本地沙箱上通过 HTTP 跑完整流程，并与沙箱的真实数据核对。",
        "doctor": "检查安装环境：时钟、密钥、数据库、软件包、店铺；不做任何改动。",
        "fulfil": "履约：审单、分仓、预占、选快递、取运单、确认发货；可指定订单，默认全部待发货订单。",
        "gaps": "逐个窗口对比平台计数与已保存的订单；默认最近七天。",
        "health": "各店铺的延迟、计数、隔离区和最近运行情况，仅读取本地数据。",
        "hold": "挂起订单，直到释放。",
        "incidents": "列出需要处理的包裹，最早的在前；不查询快递。",
        "new-connector": "生成可安装的连接器软件包及其模拟器，生成后即可通过一致性测试。",
        "normalize": "解码已保存的平台原始回复或订单；以 JSON 输出标准订单和提示，不脱敏。",
        "orders": "已保存的订单：列出、查看。姓名、电话和地址均脱敏。",
        "orders list": "分页列出已保存的订单；个人信息脱敏。",
        "orders show": "查看一个订单的明细、包裹、售后和全部经过；个人信息脱敏。",
        "pull": "拉取各店铺自上次以来的变化；也可写作 sync。",
        "push-stock": "向所有在售商品推送当前可用库存，售罄的优先。",
        "quarantine": "无法转换为订单的文档：列出、重新读取。",
        "quarantine list": "列出无法转换为订单的文档及出错字段，最早的在前；不含个人信息。",
        "quarantine replay": "重新读取隔离区的全部文档；可以解码的将成为订单。",
        "reconcile": "核对订单、记录、预占和平台；可指定订单，默认全部未完成订单。",
        "release": "释放在此挂起的订单。",
        "reopen": "撤销取消。",
        "report": "把全部已保存订单的统计写成一个独立的网页、Excel 工作簿或 JSON。",
        "segment": "按最近购买时间和购买次数分群的买家，以散列编号列出。",
        "resolve": "处理某订单的一条审单结果，并立即重新审单。",
        "sandbox": "在本机一个端口上模拟所有平台的接口，并提供控制接口。",
        "schema": "输出标准模型的 JSON Schema。",
        "simulate": "带故障地模拟若干天的业务，检查必须始终成立的规律。",
        "stock": "库存台账，以及在售商品所显示的库存。",
        "stock alerts": "列出当前库存预警；每次越线只通知一次。",
        "stock check": "对比在售商品显示的库存与应有库存；请先 pull，以免把销售当作差异。",
        "stock list": "列出各仓库的在库、预占和可用数量。",
        "stock outlook": "可售天数、建议补货和滞销商品。",
        "track": "向快递查询所有在途包裹；节点通知客户，异常通知员工，各一次。",
        "worker": "运行一个工作进程直到被停止：定时拉取、批量履约、定时任务。",
    }
)
"""Command, as it is typed -> what it does."""

OPTIONS_ZH: Mapping[str, str] = MappingProxyType(
    {
        "One JSON document on standard output, nothing else.": "标准输出只含一个 JSON 文档。",
        "Accepted; the output is JSON in any case.": "可以写；输出总是 JSON。",
        "Configuration file.": "配置文件。",
        "Tell what would come of it, change nothing.": "只演练，不做任何改动。",
        "Shop keys such as taobao:tb-1; all when left out.": "店铺编号，如 taobao:tb-1；默认全部。",
        "Order keys such as taobao:tb-1:123; see the command's help.": "订单编号，如 taobao:tb-1:123；见命令说明。",
        "Order keys such as taobao:tb-1:123.": "订单编号，如 taobao:tb-1:123。",
        "Order key such as taobao:tb-1:123.": "订单编号，如 taobao:tb-1:123。",
        "2026-11-11, 2026-11-11T08:00+08:00, or a span back such as 12h.": "日期、带时区的时间，或时长如 12h。",
        "The same for the end; now when left out.": "结束时间，写法相同；默认现在。",
        "Most rows.": "最多行数。",
        "Order status; several may be given.": "订单状态；可写多个。",
        "en or zh; else ORDERHUB_LANG, LC_ALL, LANG.": "en 或 zh；默认依据 ORDERHUB_LANG、LC_ALL、LANG。",
        "The version, and exit.": "显示版本并退出。",
        "Install completion for the current shell.": "为当前 shell 安装补全。",
        "Show completion for the current shell, to copy it or customize the installation.": "显示当前 shell 的补全。",
        "Show this message and exit.": "显示本帮助并退出。",
        "By which time of the orders.": "按订单的哪个时间。",
        "Pull after-sale cases too.": "同时拉取售后单。",
        "Read again the windows that differ.": "重新读取有差异的窗口。",
        "Person or program that decides; stands in the timeline.": "决定者（人或程序），记入时间线。",
        "Only this platform.": "仅此平台。",
        "Only this shop, e.g. taobao:tb-1.": "仅此店铺，如 taobao:tb-1。",
        "Only orders with this hold, e.g. refund_open.": "仅含此挂起原因的订单，如 refund_open。",
        "Only orders with this tag of ours.": "仅含此自有标签的订单。",
        "Only orders with this SKU.": "仅含此 SKU 的订单。",
        "An order id, waybill number, SKU, buyer or phone's tail.": "订单号、运单号、SKU、买家或手机尾号。",
        "By which time.": "按哪个时间排序。",
        "Newest first.": "最新的在前。",
        "Go on where the last list ended.": "从上次列表结束处继续。",
        "Code of the finding.": "审单结果的代码。",
        "What is decided.": "处理方式。",
        "Why; no personal data.": "原因；请勿填写个人信息。",
        "With adjust: the amount that is corrected.": "adjust 时：要更正的金额字段。",
        "With adjust: the right amount.": "adjust 时：正确的金额。",
        "Told to the platform where an unpaid order is closed there.": "在平台关闭未付款订单时告知平台的原因。",
        "Only these SKUs; all when left out.": "仅这些 SKU；默认全部。",
        "Read what the platforms show, and set right what differs.": "先读取平台显示的数量，再更正差异。",
        "Days that sales are counted over.": "统计销量的天数。",
        "Tell the right figures where they differ.": "有差异时推送正确数量。",
        "Set right what is certain; the rest is for people.": "自动修复确定的差异；其余由人处理。",
        "Ask the platforms too, one call an order.": "同时查询平台，每个订单一次调用。",
        "Carriers instead of marketplaces.": "列出快递而不是平台。",
        "A connector's name, e.g. taobao.": "连接器名称，如 taobao。",
        "A connector or carrier; all when left out.": "连接器或快递；默认全部。",
        "A native reply or order.": "平台原始回复或订单文件。",
        "The shop it came from.": "来源店铺。",
        "Model name, e.g. Order; all when left out.": "模型名称，如 Order；默认全部。",
        "Further names of this machine by which its control API may be called.": "可用来访问控制接口的本机其他名称。",
        "Write a configuration of its shops and carriers here first.": "启动前把店铺与承运商的配置写到此文件。",
        "Which shell.": "哪种 shell。",
        "Platforms, any that the sandbox speaks.": "沙箱支持的平台。",
        "Same seed, same world.": "相同的种子得到相同的数据。",
        "Orders per shop.": "每个店铺的订单数。",
        "Where to write the HTML report.": "HTML 报告的路径。",
        "Port on loopback.": "本机端口。",
        "Address to bind; loopback unless you say otherwise.": "监听地址；默认仅本机。",
        "Seeded orders per shop.": "每个店铺预置的订单数。",
        "Seed the difficult orders too.": "同时预置疑难订单。",
        "Lift documented call limits.": "取消接口调用限制。",
        "Number of this worker, from 0; two processes must not share one.": "工作进程编号，从 0 开始；不可重复。",
        "Configuration files, one a tenant.": "配置文件，每个租户一个。",
        "By the file's ending when left out, else html.": "省略时按文件扩展名，否则为 html。",
        "Where to write it; report.html and so on when left out.": "输出路径；省略时为 report.html 等。",
        "Language of the page or workbook.": "网页或工作簿的语言。",
        "champions, loyal, at_risk …; all when left out.": "champions、loyal、at_risk 等；省略时为全部。",
        "Where to write .csv or .xlsx; shown when left out.": "输出 .csv 或 .xlsx 的路径；省略时直接显示。",
        "Secret of the hashes, as env:VARIABLE or keyring:SERVICE/NAME; a fresh one when left out.": (
            "散列密钥，写作 env:变量名 或 keyring:服务/名称；省略时随机生成。"
        ),
        "Put the platforms' own ids of buyers beside.": "同时列出平台的买家编号。",
        "Histories, one seed after the other.": "模拟次数，种子依次递增。",
        "Steps of each history under faults.": "每次模拟中带故障的步数。",
        "Leave out faults that a failure does not need.": "失败时去掉不必要的故障。",
        "Public address that platforms push to; tried as they would.": "平台推送消息的公网地址；按平台的方式测试。",
        "Ask no platform.": "不访问任何平台。",
        "An installed connector or carrier, e.g. taobao, sf.": "已安装的连接器或快递，如 taobao、sf。",
        "Name of its emulator, when it is another.": "模拟器名称（与连接器不同时）。",
        "The platform's name: lower case letters and digits.": "平台名称：小写字母和数字。",
        "Where to put the package.": "软件包的存放目录。",
    }
)
"""Help of an option or argument, in English -> in Chinese."""

PANELS_ZH: Mapping[str, str] = MappingProxyType(
    {
        "Collect": "采集",
        "Orders": "订单",
        "Stock": "库存",
        "Parcels and agreement": "包裹与对账",
        "Operation": "运行",
        "Models and connectors": "模型与连接器",
        "Trying things out": "试用与验证",
    }
)
"""Heading of a group of commands in the help -> in Chinese."""

_USAGE_ZH: Mapping[str, str] = MappingProxyType(
    {
        "NoSuchOption": "没有选项 {option_name}",
        "MissingParameter": "缺少参数 {hint}",
        "BadParameter": "{hint} 的值无效：{message}",
        "BadOptionUsage": "选项 {option_name} 用法有误",
        "BadArgumentUsage": "参数用法有误：{message}",
        "UsageError": "{message}",
    }
)


def leaves(command: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every group and command below one, itself included, with what is typed for it; the root is empty."""
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from leaves(inner, f"{path} {name}".strip())


def translate(root: Any, language: Language) -> None:
    """Put the help of every command and option into Chinese; English stands there already."""
    if language != "zh":
        return
    for path, command in leaves(root):
        told = COMMANDS_ZH.get("pull" if path == "sync" else path)
        command.help, command.short_help = told or command.help, told or command.short_help
        command.rich_help_panel = PANELS_ZH.get(str(command.rich_help_panel), "命令")
        for param in (*command.params, command.get_help_option(typer.Context(command))):
            param.help = OPTIONS_ZH.get(param.help or "", param.help)
            param.rich_help_panel = "参数" if param.param_type_name == "argument" else "选项"


def usage_words(error: Any, language: Language) -> str:
    """What is wrong with a command line; in Chinese by the kind of error."""
    told: str = error.format_message()
    if language != "zh":
        return told
    if found := re.match(r"No such command '(.*?)'\.", told):
        return f"没有命令 {found[1]}"
    form = next((_USAGE_ZH[kind.__name__] for kind in type(error).__mro__ if kind.__name__ in _USAGE_ZH), "{message}")
    param, context = getattr(error, "param", None), getattr(error, "ctx", None)
    hint = getattr(error, "param_hint", None) or (param.get_error_hint(context) if param and context else "")
    return form.format(
        option_name=getattr(error, "option_name", ""),
        message=error.message or told,
        hint=" ".join(hint) if isinstance(hint, list | tuple) else hint,
    )
