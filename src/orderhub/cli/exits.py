"""Exit codes of every command, as one table, and which error ends in which. Imports `errors`, `stores.base`."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType

from orderhub.errors import (
    AuthError,
    ConfigurationError,
    DecodeError,
    InventoryError,
    LogisticsError,
    OrderHubError,
    OutcomeUnknown,
    PlatformError,
    RequestRejected,
    SecurityError,
    TransportError,
    UnsupportedOperation,
)
from orderhub.stores.base import StoreUnavailable

__all__ = ["EXITS", "HINTS", "ExitCode", "exit_of", "hint_of"]

Said = tuple[str, str]


class ExitCode(IntEnum):
    """What a command ends with."""

    OK = 0
    ATTENTION = 1
    USAGE = 2
    CONFIGURATION = 3
    OUTSIDE = 4
    REFUSED = 5
    UNKNOWN = 6
    INTERNAL = 70
    INTERRUPTED = 130
    PIPE_CLOSED = 141


EXITS: Mapping[ExitCode, Said] = MappingProxyType(
    {
        ExitCode.OK: ("all is well", "一切正常"),
        ExitCode.ATTENTION: (
            "the command did its work, something needs a look: findings, a shop that failed, orders not shipped",
            "命令已完成，但有需要查看的内容：审单结果、失败的店铺、未发货的订单",
        ),
        ExitCode.USAGE: (
            "the command line is wrong: an unknown option, a bad value, a file that is not there",
            "命令行有误：未知选项、无效的值、文件不存在",
        ),
        ExitCode.CONFIGURATION: (
            "the configuration, a secret's reference, an installed package or a security rule stands in the way",
            "配置、密钥引用、缺少的软件包或安全规则导致无法继续",
        ),
        ExitCode.OUTSIDE: (
            "a platform, carrier or database refused the credentials, said no or was not reached",
            "平台、快递公司或数据库拒绝凭证、返回错误或无法连接",
        ),
        ExitCode.REFUSED: (
            "it cannot be done as asked: no such order, its state forbids it, too little stock, an unreadable document",
            "无法按要求执行：订单不存在、状态不允许、库存不足、文档无法读取",
        ),
        ExitCode.UNKNOWN: (
            "a write was sent and its reply was lost: run `orderhub reconcile` before anything is repeated",
            "写操作已发出但没有收到回复：请先运行 `orderhub reconcile` 再重试",
        ),
        ExitCode.INTERNAL: (
            "a defect of this program; set ORDERHUB_DEBUG=1 to see where",
            "程序缺陷；设置 ORDERHUB_DEBUG=1 可查看位置",
        ),
        ExitCode.INTERRUPTED: (
            "stopped by Ctrl-C; what was stored stays stored",
            "被 Ctrl-C 中断；已保存的数据不受影响",
        ),
        ExitCode.PIPE_CLOSED: ("whoever read the output stopped reading", "读取输出的程序已提前结束"),
    }
)
"""Exit code -> what it means, in English and Chinese."""

_OF_ERRORS: tuple[tuple[type[OrderHubError], ExitCode], ...] = (
    (OutcomeUnknown, ExitCode.UNKNOWN),
    (ConfigurationError, ExitCode.CONFIGURATION),
    (SecurityError, ExitCode.CONFIGURATION),
    (AuthError, ExitCode.OUTSIDE),
    (RequestRejected, ExitCode.REFUSED),
    (PlatformError, ExitCode.OUTSIDE),
    (TransportError, ExitCode.OUTSIDE),
    (StoreUnavailable, ExitCode.OUTSIDE),
    (InventoryError, ExitCode.REFUSED),
    (LogisticsError, ExitCode.REFUSED),
    (UnsupportedOperation, ExitCode.REFUSED),
    (DecodeError, ExitCode.REFUSED),
)

HINTS: Mapping[str, Said] = MappingProxyType(
    {
        "ConfigurationError": (
            "correct the file or the reference named above; `orderhub doctor` checks all of it at once",
            "请修正上面指出的文件或引用；`orderhub doctor` 可一次检查全部配置",
        ),
        "SecurityError": (
            "nothing was sent; check base_url, token_url and whose credentials these are",
            "没有发出任何请求；请检查 base_url、token_url 以及凭证的归属",
        ),
        "AuthError": (
            "check app key, app secret and token of this shop; `orderhub doctor` tries each one",
            "请检查该店铺的 app key、app secret 和 token；`orderhub doctor` 会逐一验证",
        ),
        "TokenExpired": ("the seller must authorise the app again", "卖家需要重新授权"),
        "SignatureRejected": (
            "check the app secret; `orderhub doctor` tells what else differs",
            "请检查 app secret；可用 `orderhub doctor` 查看其他差异",
        ),
        "ClockSkewed": (
            "set this machine's clock by NTP; `orderhub doctor` shows the difference",
            "请用 NTP 校准本机时钟；`orderhub doctor` 会显示偏差",
        ),
        "PermissionDenied": (
            "ask the platform's console for the permission package of this operation",
            "请在平台控制台申请该接口的权限包",
        ),
        "RateLimited": (
            "wait, then run the same again; it goes on where it stopped",
            "请稍候再运行同一命令，会从中断处继续",
        ),
        "NotFound": (
            "`orderhub orders list` shows the keys that are stored",
            "`orderhub orders list` 可列出已保存的订单 key",
        ),
        "RequestRejected": (
            "`orderhub orders show KEY` tells the order's state",
            "`orderhub orders show KEY` 可查看订单状态",
        ),
        "PlatformError": (
            "the platform said no; its code and request id are for its support desk",
            "平台返回错误；其错误码和请求编号可提供给平台客服",
        ),
        "TransportError": (
            "check the network and base_url, then run the same again",
            "请检查网络和 base_url，然后重新运行",
        ),
        "StoreUnavailable": (
            "start the database or free it, then run the same again; nothing is lost",
            "请启动或释放数据库后重新运行，数据不会丢失",
        ),
        "OutcomeUnknown": (
            "run `orderhub reconcile`; do not repeat the write before",
            "请先运行 `orderhub reconcile`，不要直接重试",
        ),
        "InventoryError": (
            "`orderhub stock list` shows what is there; is the database reachable?",
            "`orderhub stock list` 可查看库存；请确认数据库可用",
        ),
        "LogisticsError": (
            "check address, weight and the carriers of the configuration",
            "请检查地址、重量以及配置中的快递公司",
        ),
        "UnsupportedOperation": (
            "`orderhub capabilities` tells who can",
            "`orderhub capabilities` 可查看各平台支持的操作",
        ),
        "DecodeError": (
            "compare the document with docs/platforms; `orderhub quarantine list` shows what waits",
            "请对照 docs/platforms 检查文档；`orderhub quarantine list` 可查看待处理的文档",
        ),
        "OrderHubError": ("`orderhub doctor` checks the installation", "`orderhub doctor` 可检查安装环境"),
        "OSError": ("check the path and who may read or write it", "请检查路径和读写权限"),
        "UsageError": ("see --help", "请参阅 --help"),
    }
)
"""Name of an error class -> what to do; the nearest class above an error counts."""


_INSTALL: Said = (
    "install what is named, with the Python that runs orderhub; `orderhub doctor` lists what is missing",
    "请在运行 orderhub 的 Python 环境中安装上面指出的内容；`orderhub doctor` 会列出缺少的软件包",
)


def exit_of(error: BaseException) -> ExitCode:
    """What a command ends with because of this error; an unknown kind is a defect of ours."""
    if isinstance(error, KeyboardInterrupt):
        return ExitCode.INTERRUPTED
    if isinstance(error, BrokenPipeError):
        return ExitCode.PIPE_CLOSED
    if isinstance(error, OrderHubError):
        return next((code for kind, code in _OF_ERRORS if isinstance(error, kind)), ExitCode.OUTSIDE)
    return ExitCode.USAGE if isinstance(error, OSError) else ExitCode.INTERNAL


def hint_of(error: BaseException) -> Said | None:
    """What to do about an error; a package that is missing stands in no file."""
    if isinstance(error, ConfigurationError) and "pip install" in error.message:
        return _INSTALL
    return next((HINTS[kind.__name__] for kind in type(error).__mro__ if kind.__name__ in HINTS), None)
