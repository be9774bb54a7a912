"""A queue of messages in Amazon SQS, as a source for a listener. Needs `boto3`; blocking, so run it in a thread."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from orderhub.errors import ConfigurationError, PlatformUnavailable

__all__ = ["SqsSource"]

BATCH = 10
"""The most that SQS hands out or deletes in one call."""


class SqsSource:
    """Messages of one queue.

    Args:
        queue_url: As the AWS console shows it.
        wait_s: How long an empty queue is waited at, at most 20 s.
        client: A boto3 client of your own; else one is made from `options` (region_name, endpoint_url, keys …), which
            finds credentials where boto3 finds them.
    """

    def __init__(self, queue_url: str, *, wait_s: int = 20, client: Any = None, **options: Any) -> None:
        self._url, self._wait_s = queue_url, wait_s
        self._client = client or _client(options)

    def receive(self) -> list[tuple[str, bytes]]:
        """(receipt, body) of some messages; unless deleted, they come again.

        Raises:
            PlatformUnavailable: The queue could not be reached or refused; try again.
        """
        answer = self._call("receive_message", MaxNumberOfMessages=BATCH, WaitTimeSeconds=self._wait_s)
        return [(row["ReceiptHandle"], row["Body"].encode()) for row in answer.get("Messages", ())]

    def delete(self, receipts: Sequence[str]) -> None:
        """End messages."""
        for start in range(0, len(receipts), BATCH):
            entries = [{"Id": str(number), "ReceiptHandle": receipt}
                       for number, receipt in enumerate(receipts[start : start + BATCH])]  # fmt: skip
            self._call("delete_message_batch", Entries=entries)

    def _call(self, verb: str, **given: Any) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return getattr(self._client, verb)(QueueUrl=self._url, **given)
        except (BotoCoreError, ClientError) as error:
            raise PlatformUnavailable(f"the queue did not answer ({type(error).__name__})", operation=verb) from None


def _client(options: dict[str, Any]) -> Any:
    try:
        import boto3
    except ImportError:
        raise ConfigurationError('queues in SQS need pip install "orderhub[push]"', field="extra") from None
    _hush()
    return boto3.client("sqs", **options)


def _hush() -> None:
    """At DEBUG botocore writes whole messages and the key's id; what is set low for everybody does not mean that."""
    talkative = logging.getLogger("botocore")
    if talkative.level == logging.NOTSET:
        talkative.setLevel(logging.INFO)
