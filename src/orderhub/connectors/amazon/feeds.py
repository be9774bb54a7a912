"""Feeds: upload, submit, wait, read the report; cancelling an order goes this way. Imports `kit`, `flow`.

Source: docs/platforms/amazon.md#feeds, #cancel. A feed that is done may still have refused what it was told, so an
order's own state settles a cancellation, and each message's line of the report settles a bulk of quantities.
"""

from __future__ import annotations

import zlib
from xml.sax.saxutils import escape

from orderhub.connectors.amazon import wire
from orderhub.connectors.amazon.reading import ReadingVerbs
from orderhub.connectors.amazon.spec import CANCEL_REASONS, UNVERIFIED_CANCEL_REASONS
from orderhub.errors import (
    Conflict,
    DecodeError,
    InvalidParameter,
    OrderHubError,
    OutcomeUnknown,
    PlatformError,
    PlatformUnavailable,
    RequestRejected,
)
from orderhub.flow.message import Reply, Request
from orderhub.flow.steps import Operation, pause
from orderhub.kit.json import BYTES_MAX
from orderhub.models.channel import Credentials
from orderhub.models.order import Order
from orderhub.models.outcome import Outcome
from orderhub.models.status import FulfilledBy, OrderStatus

__all__ = ["FeedVerbs"]

_XML = "text/xml; charset=UTF-8"
_WAITS = (1, 2, 5, 10, 15, 30)
_NOBODY = Credentials("", "")
"""Documents lie at addresses that carry their own permission; no credentials go there."""


class FeedVerbs(ReadingVerbs):
    """Documents that are processed later."""

    def submit_feed(self, feed_type: str, content_type: str, content: bytes) -> Operation[str]:
        """Upload a document and hand it in; answers the feed's id.

        Raises:
            OutcomeUnknown: The last reply was lost: the feed may or may not be on its way.
        """
        answer = yield from self.call(
            "feeds.createFeedDocument", body={"contentType": content_type}, write=True, keyed=True
        )
        place = answer.document
        yield from self._transfer(wire.transfer("PUT", str(place["url"]), content, content_type))
        answer = yield from self.call("feeds.createFeed", write=True, body={
            "feedType": feed_type, "marketplaceIds": list(self.stores),
            "inputFeedDocumentId": place["feedDocumentId"],
        })  # fmt: skip
        return str(answer.document["feedId"])

    def feed_report(self, feed_id: str) -> Operation[tuple[str, bytes]]:
        """Wait for a feed and answer its last status and its report; IN_PROGRESS when waiting was given up."""
        waited, limit = 0.0, float(self.config.settings["feed_wait_s"])
        for number in range(1_000_000):
            answer = yield from self.call("feeds.getFeed", path={"feedId": feed_id})
            status = str(answer.document.get("processingStatus"))
            if status in ("DONE", "CANCELLED", "FATAL"):
                report = answer.document.get("resultFeedDocumentId")
                return status, (yield from self._document(str(report))) if report else b""
            wait = float(_WAITS[min(number, len(_WAITS) - 1)])
            if waited + wait > limit:
                break
            yield from pause(wait)
            waited += wait
        return "IN_PROGRESS", b""

    def _document(self, document_id: str) -> Operation[bytes]:
        answer = yield from self.call("feeds.getFeedDocument", path={"feedDocumentId": document_id})
        content: bytes = yield from self._transfer(wire.transfer("GET", str(answer.document["url"])))
        return _unzipped(content) if answer.document.get("compressionAlgorithm") == "GZIP" else content

    def _transfer(self, request: Request) -> Operation[bytes]:
        """Send or fetch a document; repeating either changes nothing."""
        name = "feeds.upload" if request.method == "PUT" else "feeds.download"
        content: bytes = yield from self.exchange(
            name, lambda credentials, at: request, _open_transfer, write=True, keyed=True, app=_NOBODY
        )
        return content

    def close_order(self, order_id: str, reason: str) -> Operation[Outcome[None]]:
        """Cancel an order that is not shipped, whole, through a feed; `reason` is one of Amazon's words.

        The order's own state settles it: an outcome with reason `pending` means that the feed is on its way.
        """
        if reason not in (*CANCEL_REASONS, *UNVERIFIED_CANCEL_REASONS):
            raise InvalidParameter(
                f"reason must be one of {', '.join(CANCEL_REASONS)}", platform="amazon", field="reason"
            )
        try:
            order = yield from self._own(order_id)
            if order.status is OrderStatus.CANCELLED:
                return Outcome(True, order_id, "already_done")
            if (refusal := _uncancellable(order)) is not None:
                return Outcome.failed(order_id, refusal)
            message = _acknowledgement(self.seller_id, order, reason)
            feed_id = yield from self.submit_feed("POST_ORDER_ACKNOWLEDGEMENT_DATA", _XML, message.encode())
            status, _ = yield from self.feed_report(feed_id)
        except OutcomeUnknown as error:
            return (yield from self._settled(order_id, error))
        except OrderHubError as error:
            return Outcome.failed(order_id, error)
        return (yield from self._settled(order_id, _unfinished(feed_id, status)))

    def _settled(self, order_id: str, otherwise: OrderHubError) -> Operation[Outcome[None]]:
        try:
            if (yield from self._own(order_id)).status is OrderStatus.CANCELLED:
                return Outcome(True, order_id)
        except OrderHubError:
            pass  # what was known before is still the best answer
        return Outcome.failed(order_id, otherwise, "pending" if otherwise.code == "IN_PROGRESS" else None)

    def _own(self, order_id: str) -> Operation[Order]:
        order: Order = yield from self.get_order(order_id)
        return order


def _uncancellable(order: Order) -> OrderHubError | None:
    if order.fulfilled_by is not FulfilledBy.MERCHANT:
        return Conflict("Amazon ships this order itself; only Amazon or the buyer can cancel it", platform="amazon")
    if order.status in (OrderStatus.AWAITING_SHIPMENT, OrderStatus.PENDING_PAYMENT):
        return None
    return Conflict(f"the order is {order.status.value} and cannot be cancelled", platform="amazon")


def _unfinished(feed_id: str, status: str) -> OrderHubError:
    """What to say when a feed has ended, or not yet, and the order is not cancelled."""
    told = f"feed {feed_id} is {status} and the order is not cancelled"
    if status == "IN_PROGRESS":
        return OutcomeUnknown(f"{told} yet; read the order again later", platform="amazon", code=status)
    return RequestRejected(f"{told}; its report says why", platform="amazon", code=status)


def _acknowledgement(seller_id: str, order: Order, reason: str) -> str:
    """The document that refuses an order, one item a line."""
    items = "".join(
        f"<Item><AmazonOrderItemCode>{escape(line.line_id)}</AmazonOrderItemCode>"
        f"<CancelReason>{escape(reason)}</CancelReason></Item>"
        for line in order.lines
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><AmazonEnvelope><Header><DocumentVersion>1.01</DocumentVersion>'
        f"<MerchantIdentifier>{escape(seller_id)}</MerchantIdentifier></Header>"
        "<MessageType>OrderAcknowledgement</MessageType><Message><MessageID>1</MessageID><OrderAcknowledgement>"
        f"<AmazonOrderID>{escape(order.order_id)}</AmazonOrderID><StatusCode>Failure</StatusCode>{items}"
        "</OrderAcknowledgement></Message></AmazonEnvelope>"
    )


def _open_transfer(reply: Reply) -> bytes:
    if reply.status >= 500:
        raise PlatformUnavailable(f"HTTP {reply.status} for a document", platform="amazon", status=reply.status)
    if reply.status >= 300:
        raise PlatformError(f"HTTP {reply.status} for a document: its address lives five minutes", platform="amazon",
                            status=reply.status)  # fmt: skip
    return reply.body


def _unzipped(content: bytes) -> bytes:
    """The document behind gzip, stopped at the size that any reply may have; what came unpacked already stays."""
    if content[:2] != b"\x1f\x8b":
        return content
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        found = inflater.decompress(content, BYTES_MAX)
    except zlib.error:
        raise DecodeError("a report with damaged compression", platform="amazon", retryable=True) from None
    if inflater.unconsumed_tail:
        raise DecodeError(f"a report larger than {BYTES_MAX} bytes", platform="amazon")
    return found
