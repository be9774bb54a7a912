"""Reports: orders and returns as tab-separated text. Source: docs/platforms/amazon.md §8, §12 (15).

Column headings are those that public clients read (no page of Amazon's prints them); `returns_names` renames some.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from orderhub.sandbox.platforms.amazon.ask import Ask
from orderhub.sandbox.platforms.amazon.documents import Documents
from orderhub.sandbox.platforms.amazon.jobs import Job, Jobs, shown
from orderhub.sandbox.platforms.amazon.spec import REPORT_TYPES
from orderhub.sandbox.platforms.amazon.state import Market, Order
from orderhub.sandbox.platforms.amazon.view_v0 import item_v0, order_v0
from orderhub.sandbox.platforms.amazon.wire import Doc, instant, iso

__all__ = ["Reports"]

_NAMES = ("reportId", "reportType", "reportDocumentId")
RETURNS_WINDOW = timedelta(days=60)
_ALL_ORDERS = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_"
_RETURNS = "GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE"
_FBA_RETURNS = "GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA"


class Reports:
    """Reports 2021-06-30, without schedules."""

    def __init__(self, market: Market, documents: Documents) -> None:
        self._market, self._documents = market, documents
        self.jobs = Jobs(market, self._work, 60_000_000)

    def create(self, ask: Ask) -> Doc:
        """createReport."""
        body = ask.body()
        kind, places = body.get("reportType"), body.get("marketplaceIds")
        if kind not in REPORT_TYPES:
            raise ask.bad("Invalid input", "reportType is unknown")
        if not isinstance(places, list) or not 1 <= len(places) <= 25:
            raise ask.bad("Invalid input", "marketplaceIds must name 1 to 25 marketplaces")
        try:
            end = instant(body["dataEndTime"]) if body.get("dataEndTime") else self._market.now()
            start = instant(body["dataStartTime"]) if body.get("dataStartTime") else end - timedelta(days=1)
        except (ValueError, TypeError):
            raise ask.bad("Invalid input", "dataStartTime and dataEndTime must be ISO 8601") from None
        if end < start or ("RETURNS" in kind and end - start > RETURNS_WINDOW):
            raise ask.bad("Invalid input", "the data must run forward, returns over at most 60 days")
        spec = {"marketplaceIds": places, "start": start, "end": end}
        return {"reportId": self.jobs.start(ask.shop_id, kind, spec).job_id}

    def get(self, ask: Ask) -> Doc:
        """getReport."""
        return self._shown(self.jobs.of(ask, ask.path["reportId"]))

    def _shown(self, job: Job) -> Doc:
        return shown(job, _NAMES) | {"dataStartTime": iso(job.spec["start"]), "dataEndTime": iso(job.spec["end"])}

    def cancel(self, ask: Ask) -> Doc:
        """cancelReport."""
        self.jobs.cancel(ask, ask.path["reportId"])
        return {}

    def listed(self, ask: Ask) -> Doc:
        """getReports."""
        rows, token = self.jobs.listed(ask, "reportTypes")
        return {"reports": [self._shown(job) for job in rows]} | ({"nextToken": token} if token else {})

    def document(self, ask: Ask) -> Doc:
        """getReportDocument."""
        found = self._documents.find(ask.shop_id, ask.path["reportDocumentId"])
        if found is None:
            raise ask.bad("Invalid input", "Invalid input")
        return self._documents.shown(found, "reportDocumentId", ask.yes("enableContentEncodingUrlHeader"))

    def _work(self, job: Job) -> None:
        """No data, no document: CANCELLED."""
        rows = list(self._rows(job))
        if not rows:
            job.status = "CANCELLED"
            return
        names = list(dict.fromkeys(name for row in rows for name in row))
        renamed = self._market.switch("returns_names") if job.kind == _RETURNS else {}
        lines = ["\t".join(renamed.get(name, name) for name in names)]
        lines += ["\t".join(str(row.get(name, "")).replace("\t", " ") for name in names) for row in rows]
        charset, body = _encoded("\r\n".join(lines) + "\r\n")
        made = self._documents.make(job.shop_id, f"text/plain; charset={charset}", body, "spdoc")
        job.document_id = made.document_id

    def _rows(self, job: Job) -> Iterator[dict[str, object]]:
        start, end = job.spec["start"], job.spec["end"]
        if job.kind.startswith(_ALL_ORDERS):
            axis = "updated" if "LAST_UPDATE" in job.kind else "created"
            for order in self._market.listed(job.shop_id, axis, (start, ""), end):
                if order.doc.get("MarketplaceId") in job.spec["marketplaceIds"]:
                    yield from self._order_rows(order)
        if job.kind in (_RETURNS, _FBA_RETURNS):
            for order in self._market.of(job.shop_id):
                if order.fba == (job.kind == _FBA_RETURNS):
                    yield from self._return_rows(order, start, end)

    def _order_rows(self, order: Order) -> Iterator[dict[str, object]]:
        doc = order_v0(self._market, order, None)
        place = doc.get("ShippingAddress", {})
        for item in (item_v0(self._market, order, item, None) for item in order.items):
            price = item.get("ItemPrice", {})
            yield {
                "amazon-order-id": order.order_id, "merchant-order-id": doc.get("SellerOrderId", ""),
                "purchase-date": doc["PurchaseDate"], "last-updated-date": doc["LastUpdateDate"],
                "order-status": doc["OrderStatus"], "fulfillment-channel": "Amazon" if order.fba else "Merchant",
                "sales-channel": doc.get("SalesChannel", ""), "ship-service-level": doc.get("ShipServiceLevel", ""),
                "product-name": item.get("Title", ""), "sku": item.get("SellerSKU", ""), "asin": item["ASIN"],
                "item-status": doc["OrderStatus"], "quantity": item["QuantityOrdered"],
                "currency": price.get("CurrencyCode", ""), "item-price": price.get("Amount", ""),
                "item-tax": item.get("ItemTax", {}).get("Amount", ""),
                "shipping-price": item.get("ShippingPrice", {}).get("Amount", ""),
                "ship-city": place.get("City", ""), "ship-state": place.get("StateOrRegion", ""),
                "ship-postal-code": place.get("PostalCode", ""), "ship-country": place.get("CountryCode", ""),
                "is-business-order": str(bool(doc.get("IsBusinessOrder"))).lower(),
                "order-item-id": item["OrderItemId"],
            }  # fmt: skip

    def _return_rows(self, order: Order, start: datetime, end: datetime) -> Iterator[dict[str, object]]:
        for number, row in enumerate(order.refunds, 1):
            item = order.item(row["order_item_id"])
            if item is None or not row["returned"] or not start <= instant(row["at"]) <= end:
                continue
            if order.fba:
                yield {"return-date": row["at"], "order-id": order.order_id, "sku": item.get("SellerSKU", ""),
                       "asin": item["ASIN"], "quantity": row["quantity"], "reason": row["reason"]}  # fmt: skip
                continue
            yield {
                "Order ID": order.order_id, "Order date": f"{instant(order.doc['PurchaseDate']):%d-%b-%Y}",
                "Return request date": f"{instant(row['at']):%d-%b-%Y}", "Return request status": "Approved",
                "Amazon RMA ID": f"D{order.order_id.replace('-', '')[-8:]}RRMA{number}",
                "Label type": "AmazonPrePaidLabel",
                "Currency code": order.doc["OrderTotal"]["CurrencyCode"], "ASIN": item["ASIN"],
                "Merchant SKU": item.get("SellerSKU", ""), "Item Name": item.get("Title", ""),
                "Return quantity": row["quantity"], "Return Reason": row["reason"], "Return type": "C-Returns",
                "Resolution": "StandardRefund", "Order Amount": order.doc["OrderTotal"]["Amount"],
                "Order quantity": sum(one["QuantityOrdered"] for one in order.live()),
                "Refunded Amount": row["amount"], "Order Item ID": item["OrderItemId"],
            }  # fmt: skip


def _encoded(text: str) -> tuple[str, bytes]:
    """Windows-1252 where it can say it all, as such reports often are; else UTF-8. The content type tells."""
    try:
        return "Cp1252", text.encode("cp1252")
    except UnicodeEncodeError:
        return "UTF-8", text.encode()
