"""The queue behind notifications, as an SQS client of any language speaks to one: JSON, told apart by X-Amz-Target.

ReceiveMessage, DeleteMessage, DeleteMessageBatch and GetQueueAttributes over the messages that `notify` holds. A queue
is the destination whose ARN ends as the queue's address does: account and name. Requests must carry a signature of
somebody; whose is not checked. Imports this folder's notify, wire.
"""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from orderhub.flow.message import Reply
from orderhub.sandbox.emulator import Call
from orderhub.sandbox.platforms.amazon.notify import Message, Notifications
from orderhub.sandbox.platforms.amazon.wire import Doc

__all__ = ["TARGET", "serve"]

TARGET = "AmazonSQS."
_MOST = 10


class _Wrong(Exception):
    """A request that is refused, by SQS's own word."""

    def __init__(self, word: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.word, self.message, self.status = word, message, status


def serve(call: Call, box: Notifications, visible_s: float) -> Reply:
    """One call of a client; `visible_s` is how long a message stays hidden unless the call says so."""
    try:
        told = _done(call, box, visible_s)
    except _Wrong as wrong:
        call.verdict = wrong.word
        return _reply({"__type": f"com.amazonaws.sqs#{wrong.word}", "message": wrong.message}, wrong.status)
    return _reply(told, 200)


def _reply(told: Doc, status: int) -> Reply:
    return Reply(status, {"content-type": "application/x-amz-json-1.0"}, json.dumps(told).encode())


def _done(call: Call, box: Notifications, visible_s: float) -> Doc:
    headers, verb = call.request.headers, call.request.headers["x-amz-target"].removeprefix(TARGET)
    if not headers.get("authorization", "").startswith("AWS4-HMAC-SHA256 "):
        raise _Wrong("AccessDeniedException", "the request is not signed", 403)
    try:
        body = json.loads(call.request.body)
    except ValueError:
        raise _Wrong("InvalidParameterValueException", "the body is not JSON") from None
    where = _destination(box, str(body.get("QueueUrl", "")))
    if verb == "ReceiveMessage":
        return _received(call, box, where, body, visible_s)
    if verb == "DeleteMessage":
        _delete(box, where, {str(body.get("ReceiptHandle"))})
        return {}
    if verb == "DeleteMessageBatch":
        rows = body.get("Entries") or []
        _delete(box, where, {str(row.get("ReceiptHandle")) for row in rows})
        return {"Successful": [{"Id": row.get("Id")} for row in rows], "Failed": []}
    if verb == "GetQueueAttributes":
        count = sum(one.destination_id == where for one in box.messages)
        return {"Attributes": {"ApproximateNumberOfMessages": str(count)}}
    raise _Wrong("UnsupportedOperation", f"this queue does not do {verb}")


def _destination(box: Notifications, url: str) -> str:
    """The destination whose queue has this address: .../<account>/<name> for arn:aws:sqs:<region>:<account>:<name>."""
    tail = urlsplit(url).path.strip("/").replace("/", ":")
    for key, row in box.destinations.items():
        arn = row["resource"].get("sqs", {}).get("arn", "")
        if tail and arn.endswith(f":{tail}"):
            return key
    raise _Wrong("QueueDoesNotExist", "no destination has this queue")


def _received(call: Call, box: Notifications, where: str, body: Doc, visible_s: float) -> Doc:
    most = body.get("MaxNumberOfMessages", 1)
    if not isinstance(most, int) or not 1 <= most <= _MOST:
        raise _Wrong("InvalidParameterValueException", "MaxNumberOfMessages is 1 to 10")
    due = [one for one in box.messages if one.destination_id == where and one.again <= call.now][:most]
    hidden = timedelta(seconds=float(body.get("VisibilityTimeout", visible_s)))
    for one in due:
        one.again = call.now + hidden
    return {"Messages": [_told(one) for one in due]} if due else {}


def _told(one: Message) -> Doc:
    text = json.dumps(one.body)
    digest = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    return {"MessageId": one.receipt, "ReceiptHandle": one.receipt, "Body": text, "MD5OfBody": digest}


def _delete(box: Notifications, where: str, receipts: set[Any]) -> None:
    box.messages = [one for one in box.messages if one.destination_id != where or one.receipt not in receipts]
