"""Drives carrier operations without a network: replies go in, requests come out; facts as the pages have them."""

from __future__ import annotations

import json
import tomllib
from collections import deque
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from orderhub.flow.message import Reply, Request
from orderhub.flow.steps import Ask, Call, Gather, Now, Pause, Random, Secret, Take
from orderhub.kit.spec import Connector, ShopConfig
from orderhub.models import Address, Credentials, Parcel, Privacy, Recipient, Token, TrackingStatus
from orderhub.models.status import PrivacyKind

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SECRETS = Credentials("key-1", "secret-1", Token("token-1", None, None))
CLEAR = Privacy(kind=PrivacyKind.CLEAR)
HERE = Address(province="上海市", city="上海市", district="浦东新区", street="张江路 1 号")
THERE = Address(province="四川省", city="成都市", district="武侯区", town="桂溪街道", street="天府三街 1 号")
SENDER = Recipient(name="仓库", phone="021-59815121", address=HERE, privacy=CLEAR)
RECEIVER = Recipient(name="张三", phone="13800138000", address=THERE, privacy=CLEAR)
PARCEL = Parcel(
    parcel_id="parcel-1", order_key="taobao:s:1", warehouse="sh", recipient=RECEIVER, lines=(("1", 2), ("2", 1)),
    weight_g=1250,
)  # fmt: skip
WORDS = {
    "attempt_failed": TrackingStatus.DELIVERY_FAILED, "customs": TrackingStatus.IN_TRANSIT,
    "arrived": TrackingStatus.AT_HUB, "unsettled": TrackingStatus.UNKNOWN,
}  # fmt: skip
"""Words of the pages that our vocabulary says otherwise."""


def facts(name: str) -> dict[str, Any]:
    """What was typed from the carrier's page."""
    path = Path(__file__).parents[1] / "facts" / f"{name}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def meanings(table: dict[str, list[str]]) -> dict[str, TrackingStatus]:
    """Code -> canonical status, as the page says."""
    return {code: WORDS.get(word) or TrackingStatus(word) for word, codes in table.items() for code in codes}


def settled(table: dict[str, list[str]]) -> dict[str, TrackingStatus]:
    """The same without what the page calls unsettled."""
    return {code: status for code, status in meanings(table).items() if status is not TrackingStatus.UNKNOWN}


def made(carrier: Connector, **settings: Any) -> Any:
    """Its operations for one account."""
    return carrier.operations(ShopConfig.of(carrier.spec, "c-1", app=SECRETS, settings=settings))


def changed(**changes: Any) -> Parcel:
    return PARCEL.model_copy(update=changes)


def to(**changes: Any) -> Parcel:
    return changed(recipient=RECEIVER.model_copy(update=changes))


def reply(document: Any, status: int = 200, kind: str = "application/json") -> Reply:
    body = document if isinstance(document, str) else json.dumps(document, ensure_ascii=False)
    return Reply(status, {"content-type": kind}, body.encode())


class Script:
    """Answers steps; `requests` holds everything that was sent."""

    def __init__(self, *replies: Any, patient: bool = True) -> None:
        self.replies, self.patient = deque(replies), patient
        self.requests: list[Request] = []

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
                return SECRETS
            case Take() | Pause():
                return None
            case Ask("skew", "offset_s"):
                return 0.0
            case Ask("retry", "decide", (error, attempt, *_)):
                return 1.0 if self.patient and error.retryable and attempt < 3 else None
            case Ask():
                return None
            case Gather(operations):
                return [self.kept(make) for make in operations]
            case Call(request):
                return self.send(request)
        raise AssertionError(f"unexpected step {step!r}")

    def kept(self, make: Any) -> Any:
        try:
            return self.run(make())
        except Exception as error:
            return error

    def send(self, request: Request) -> Reply:
        self.requests.append(request)
        assert self.replies, f"no reply left for {request!r}"
        found = self.replies.popleft()
        if isinstance(found, Exception):
            raise found
        return found

    @property
    def sent(self) -> Any:
        """The last body as JSON."""
        return json.loads(self.requests[-1].body)

    @property
    def form(self) -> dict[str, str]:
        """The last body as a form."""
        return dict(parse_qsl(self.requests[-1].body.decode(), keep_blank_values=True))

    @property
    def query(self) -> dict[str, str]:
        """The last query."""
        return dict(parse_qsl(urlsplit(self.requests[-1].url).query))
