"""Where a parcel is at an instant: journeys as data, routes computed from the sandbox clock. Pure.

Source: docs/platforms/carriers.md#sf-express-opcode. First status names are on the sheet for two codes only; the others
stay empty rather than invented.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Final

__all__ = ["JOURNEYS", "Stop", "happened", "routes"]

CHINA: Final = timezone(timedelta(hours=8))
_STATUS: Final[Mapping[str, tuple[str, str, str, str]]] = {"50": ("1", "已揽收", "101", "已揽收")}


@dataclass(frozen=True, slots=True)
class Stop:
    """One event: minutes after the start, code, whether at the receiver's end, text with `{place}`."""

    minutes: int
    code: str
    at_receiver: bool
    text: str


_HOUR: Final = 60
_FIRST: Final = (
    Stop(2 * _HOUR, "50", False, "顺丰速运 已收取快件"),
    Stop(3 * _HOUR, "30", False, "快件在【{place}营业点】完成分拣，准备发往下一站"),
    Stop(6 * _HOUR, "31", False, "快件到达【{place}转运中心】"),
    Stop(8 * _HOUR, "36", False, "快件已发车"),
    Stop(22 * _HOUR, "31", True, "快件到达【{place}转运中心】"),
    Stop(26 * _HOUR, "31", True, "快件到达【{place}营业点】"),
)
_OUT: Final = Stop(28 * _HOUR, "44", True, "快件交给快递员，正在派送途中")
_SIGNED: Final = Stop(31 * _HOUR, "80", True, "已签收，感谢使用顺丰")

JOURNEYS: Final[Mapping[str, tuple[Stop, ...]]] = {
    "delivered": (*_FIRST, _OUT, _SIGNED),
    "locker": (
        *_FIRST, _OUT, Stop(30 * _HOUR, "125", True, "快件已放入丰巢智能快递柜"),
        Stop(40 * _HOUR, "128", True, "客户已从丰巢取出快件"), Stop(40 * _HOUR + 1, "80", True, "已签收"),
    ),
    "failed_once": (
        *_FIRST, _OUT, Stop(30 * _HOUR, "70", True, "快件派送不成功，因联系不到收件人"),
        Stop(52 * _HOUR, "44", True, "快件正在再次派送途中"), Stop(55 * _HOUR, "80", True, "已签收"),
    ),
    "refused": (
        *_FIRST, _OUT, Stop(30 * _HOUR, "70", True, "快件派送不成功，因收件人拒收"),
        Stop(32 * _HOUR, "648", True, "快件已退回，新单号为 {return_no}"),
    ),
    "exception": (*_FIRST, Stop(30 * _HOUR, "66", True, "快件滞留，正在处理")),
    "lost": _FIRST[:4],
    "silent": (_FIRST[0], Stop(60 * _HOUR, "31", True, "快件到达【{place}转运中心】"),
               Stop(64 * _HOUR, "44", True, "快件正在派送途中"), Stop(66 * _HOUR, "80", True, "已签收")),
}  # fmt: skip
"""Minutes are those of a journey between provinces; `silent` says nothing for two days after the pick-up."""


def happened(name: str, start: datetime, now: datetime, percent: float) -> list[tuple[datetime, Stop]]:
    """The stops of a journey that lie behind, with their instants, UTC; `percent` scales every distance."""
    dated = [(start + timedelta(minutes=stop.minutes * percent / 100), stop) for stop in JOURNEYS[name]]
    return [(at, stop) for at, stop in dated if at <= now]


def routes(stops: list[tuple[datetime, Stop]], *, places: tuple[str, str], return_no: str = "") -> list[dict[str, Any]]:
    """The wire form of stops, oldest first, China time."""
    return [_route(at, stop, places[stop.at_receiver], return_no) for at, stop in stops]


def _route(at: datetime, stop: Stop, place: str, return_no: str) -> dict[str, Any]:
    first, first_name, second, second_name = _STATUS.get(stop.code, ("", "", "", ""))
    return {
        "acceptTime": f"{at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}",
        "acceptAddress": place,
        "remark": stop.text.format(place=place, return_no=return_no),
        "opCode": stop.code,
        "firstStatusCode": first,
        "firstStatusName": first_name,
        "secondaryStatusCode": second,
        "secondaryStatusName": second_name,
    }
