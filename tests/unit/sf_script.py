"""Drives SF operations without a network: replies go in, requests come out."""

import json
from collections import deque
from datetime import UTC, datetime
from urllib.parse import parse_qs

from orderhub.flow.message import Reply
from orderhub.flow.steps import Ask, Call, Now, Pause, Random, Secret, Take
from orderhub.kit.spec import ShopConfig
from orderhub.logistics.carriers.sf import CARRIER
from orderhub.models import Address, Credentials, Parcel, Privacy, Recipient
from orderhub.models.status import PrivacyKind

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SECRETS = Credentials("partner-1", "check-word-1")
HERE = Address(province="上海市", city="上海市", district="浦东新区", street="张江路 1 号")
THERE = Address(province="四川省", city="成都市", district="武侯区", town="桂溪街道", street="天府三街 1 号")
CLEAR = Privacy(kind=PrivacyKind.CLEAR)
SENDER = Recipient(name="仓库", phone="02159815121", address=HERE, privacy=CLEAR)
RECEIVER = Recipient(name="张三", phone="13800138000", address=THERE, privacy=CLEAR)
PARCEL = Parcel(
    parcel_id="p-1", order_key="taobao:s:1", warehouse="sh", recipient=RECEIVER, lines=(("1", 2), ("2", 1)),
    weight_g=1250,
)  # fmt: skip


def sf(**settings):
    settings.setdefault("monthly_card", "7551234567")
    return CARRIER.operations(ShopConfig.of(CARRIER.spec, "sf-1", app=SECRETS, settings=settings))


def yes(data, outer="A1000", as_text=True):
    """A success of both levels."""
    inner = {"success": True, "errorCode": "S0000", "errorMsg": None, "msgData": data}
    return reply({"apiResultCode": outer, "apiErrorMsg": "", "apiResponseID": "r-1",
                  "apiResultData": json.dumps(inner, ensure_ascii=False) if as_text else inner})  # fmt: skip


def no(code, text="refused"):
    """A refusal by the gateway (A...) or by the operation."""
    if code.startswith("A"):
        return reply({"apiResultCode": code, "apiErrorMsg": text, "apiResponseID": "r-1", "apiResultData": None})
    inner = {"success": False, "errorCode": code, "errorMsg": text, "msgData": None}
    return reply({"apiResultCode": "A1000", "apiResponseID": "r-1", "apiResultData": json.dumps(inner)})


def reply(document, status=200):
    return Reply(status, {"content-type": "application/json"}, json.dumps(document, ensure_ascii=False).encode())


class Script:
    """Answers steps; `calls` holds (service, message, form) of every request that was sent."""

    def __init__(self, *replies, patient=True):
        self.replies, self.patient = deque(replies), patient
        self.calls, self.forms, self.requests, self.paused = [], [], [], 0.0

    def run(self, operation):
        answer, error = None, None
        try:
            while True:
                try:
                    step = operation.throw(error) if error else operation.send(answer)
                except StopIteration as end:
                    assert not self.replies, "not every reply was asked for"
                    return end.value
                answer, error = None, None
                try:
                    answer = self.answer(step)
                except Exception as failure:
                    error = failure
        finally:
            operation.close()

    def answer(self, step):
        match step:
            case Now():
                return AT
            case Random():
                return 0.5
            case Secret():
                return SECRETS
            case Take():
                return None
            case Pause(seconds):
                self.paused += seconds
                return None
            case Ask("skew", "offset_s"):
                return 0.0
            case Ask("retry", "decide", (error, attempt, *_)):
                return 1.0 if self.patient and error.retryable and attempt < 3 else None
            case Ask():
                return None
            case Call(request):
                return self.send(request)
        raise AssertionError(f"unexpected step {step!r}")

    def send(self, request):
        form = {name: values[0] for name, values in parse_qs(request.body.decode(), strict_parsing=True).items()}
        self.requests.append(request)
        self.forms.append(form)
        self.calls.append((form["serviceCode"], json.loads(form["msgData"])))
        assert self.replies, f"no reply left for {form['serviceCode']}"
        found = self.replies.popleft()
        if isinstance(found, Exception):
            raise found
        return found

    @property
    def services(self):
        """Service codes in the order of the calls, without their common prefix."""
        return [service.removeprefix("EXP_RECE_") for service, _ in self.calls]
