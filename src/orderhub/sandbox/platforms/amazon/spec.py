"""Amazon's tables: operations, limits, marketplaces, statuses, moves, switches. Source: docs/platforms/amazon.md.

Imports `emulator` only. Whatever no source settles is a switch here, or a choice that says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from orderhub.sandbox.emulator import Switch

__all__ = [
    "ELEMENTS", "FEED_TYPES", "GRANTLESS_SCOPE", "MARKETPLACES", "OPERATIONS", "PREFIXES", "REPORT_TYPES",
    "ROTATION_SCOPE", "SHOPS", "STATUS_2026", "STATUS_MOVES", "SWITCHES", "UPPER", "WITH_ADDRESS", "Marketplace",
    "Operation",
]  # fmt: skip


@dataclass(frozen=True)
class Operation:
    """One call.

    Attributes:
        name: operationId of the model.
        rate, burst: Token bucket, calls a second; None where none is documented.
        grantless: Takes a token of the client credentials flow, and only that.
        restricted: Needs a restricted data token.
        elements: Takes data elements in a restricted data token; without one the personal data is left out.
    """

    api: str
    name: str
    method: str
    path: str
    rate: float | None
    burst: int
    grantless: bool = False
    restricted: bool = False
    elements: bool = False

    @property
    def key(self) -> str:
        """Unique over all APIs: two of them have a getOrder."""
        return f"{self.api}.{self.name}"

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The path; the last parameter may hold slashes, since SKUs do."""
        first = re.sub(r"\{(\w+)\}(?=/)", r"(?P<\1>[^/]+)", self.path)
        last = "(?P<\\1>.+)" if self.path.endswith(("{sku}", "{sellerSku}")) else "(?P<\\1>[^/]+)"
        return re.compile(re.sub(r"\{(\w+)\}", last, first))


_V0, _V26, _LIST, _FBA = (
    "/orders/v0/orders",
    "/orders/2026-01-01/orders",
    "/listings/2021-08-01/items",
    "/fba/inventory/v1",
)
_SUBS, _DEST = "/notifications/v1/subscriptions", "/notifications/v1/destinations"
_FEED, _REP = "/feeds/2021-06-30", "/reports/2021-06-30"

OPERATIONS: tuple[Operation, ...] = (
    Operation("orders_v0", "getOrders", "GET", _V0, 0.0167, 20, elements=True),
    Operation("orders_v0", "getOrder", "GET", _V0 + "/{orderId}", 0.5, 30, elements=True),
    Operation("orders_v0", "getOrderBuyerInfo", "GET", _V0 + "/{orderId}/buyerInfo", 0.5, 30, restricted=True),
    Operation("orders_v0", "getOrderAddress", "GET", _V0 + "/{orderId}/address", 0.5, 30, restricted=True),
    Operation("orders_v0", "getOrderItems", "GET", _V0 + "/{orderId}/orderItems", 0.5, 30, elements=True),
    Operation(
        "orders_v0", "getOrderItemsBuyerInfo", "GET", _V0 + "/{orderId}/orderItems/buyerInfo", 0.5, 30, restricted=True
    ),
    Operation("orders_v0", "updateShipmentStatus", "POST", _V0 + "/{orderId}/shipment", 5.0, 15),
    Operation("orders_v0", "getOrderRegulatedInfo", "GET", _V0 + "/{orderId}/regulatedInfo", 0.5, 30, restricted=True),
    Operation("orders_v0", "updateVerificationStatus", "PATCH", _V0 + "/{orderId}/regulatedInfo", 0.5, 30),
    Operation("orders_v0", "confirmShipment", "POST", _V0 + "/{orderId}/shipmentConfirmation", 2.0, 10),
    Operation("orders_2026", "searchOrders", "GET", _V26, 0.0056, 20),
    Operation("orders_2026", "getOrder", "GET", _V26 + "/{orderId}", 0.5, 30),
    Operation("tokens", "createRestrictedDataToken", "POST", "/tokens/2021-03-01/restrictedDataToken", 1.0, 10),
    Operation("listings", "searchListingsItems", "GET", _LIST + "/{sellerId}", 5.0, 5),
    Operation("listings", "getListingsItem", "GET", _LIST + "/{sellerId}/{sku}", 5.0, 10),
    Operation("listings", "patchListingsItem", "PATCH", _LIST + "/{sellerId}/{sku}", 5.0, 5),
    Operation("listings", "putListingsItem", "PUT", _LIST + "/{sellerId}/{sku}", 5.0, 10),
    Operation("listings", "deleteListingsItem", "DELETE", _LIST + "/{sellerId}/{sku}", 5.0, 5),
    Operation("fba", "getInventorySummaries", "GET", _FBA + "/summaries", 2.0, 2),
    Operation("fba", "createInventoryItem", "POST", _FBA + "/items", None, 0),
    Operation("fba", "addInventory", "POST", _FBA + "/items/inventory", None, 0),
    Operation("fba", "deleteInventoryItem", "DELETE", _FBA + "/items/{sellerSku}", None, 0),
    Operation("notifications", "getSubscriptions", "GET", _SUBS, 1.0, 5),
    Operation("notifications", "getSubscription", "GET", _SUBS + "/{notificationType}", 1.0, 5),
    Operation("notifications", "createSubscription", "POST", _SUBS + "/{notificationType}", 1.0, 5),
    Operation(
        "notifications", "getSubscriptionById", "GET", _SUBS + "/{notificationType}/{subscriptionId}", 1.0, 5, True
    ),
    Operation(
        "notifications",
        "deleteSubscriptionById",
        "DELETE",
        _SUBS + "/{notificationType}/{subscriptionId}",
        1.0,
        5,
        True,
    ),
    Operation("notifications", "getDestinations", "GET", _DEST, 1.0, 5, True),
    Operation("notifications", "createDestination", "POST", _DEST, 1.0, 5, True),
    Operation("notifications", "getDestination", "GET", _DEST + "/{destinationId}", 1.0, 5, True),
    Operation("notifications", "deleteDestination", "DELETE", _DEST + "/{destinationId}", 1.0, 5, True),
    Operation("feeds", "getFeeds", "GET", _FEED + "/feeds", 0.0222, 10),
    Operation("feeds", "createFeed", "POST", _FEED + "/feeds", 0.0083, 15),
    Operation("feeds", "cancelFeed", "DELETE", _FEED + "/feeds/{feedId}", 2.0, 15),
    Operation("feeds", "getFeed", "GET", _FEED + "/feeds/{feedId}", 2.0, 15),
    Operation("feeds", "createFeedDocument", "POST", _FEED + "/documents", 0.5, 15),
    Operation("feeds", "getFeedDocument", "GET", _FEED + "/documents/{feedDocumentId}", 0.0222, 10),
    Operation("reports", "getReports", "GET", _REP + "/reports", 0.0222, 10),
    Operation("reports", "createReport", "POST", _REP + "/reports", 0.0167, 15),
    Operation("reports", "cancelReport", "DELETE", _REP + "/reports/{reportId}", 0.0222, 10),
    Operation("reports", "getReport", "GET", _REP + "/reports/{reportId}", 2.0, 15),
    Operation("reports", "getReportDocument", "GET", _REP + "/documents/{reportDocumentId}", 0.0167, 15),
)
"""§10.1. Report schedules, Merchant Fulfillment and Multi-Channel Fulfillment are answered in replay mode only."""

PREFIXES = (
    "/orders/v0/", "/orders/2026-01-01/", "/tokens/2021-03-01/", "/listings/2021-08-01/", "/fba/inventory/v1/",
    "/notifications/v1/", "/feeds/2021-06-30/", "/reports/2021-06-30/", "/mfn/v0/", "/fba/outbound/2020-07-01/",
)  # fmt: skip
"""Paths that are Amazon's, whatever follows."""

GRANTLESS_SCOPE = "sellingpartnerapi::notifications"
ROTATION_SCOPE = "sellingpartnerapi::client_credential:rotation"
ELEMENTS = ("buyerInfo", "shippingAddress", "buyerTaxInformation")


@dataclass(frozen=True, slots=True)
class Marketplace:
    """One country's shop front. `digits`: decimals of its currency; `share`: its price level in hundredths of CNY."""

    code: str
    id: str
    region: str
    name: str
    currency: str
    digits: int
    share: int
    prefix: str


MARKETPLACES: dict[str, Marketplace] = {
    row.code: row
    for row in (
        Marketplace("US", "ATVPDKIKX0DER", "NA", "Amazon.com", "USD", 2, 14, "113"),
        Marketplace("CA", "A2EUQ1WTGCTBG2", "NA", "Amazon.ca", "CAD", 2, 19, "701"),
        Marketplace("DE", "A1PA6795UKMFR9", "EU", "Amazon.de", "EUR", 2, 13, "302"),
        Marketplace("GB", "A1F83G8C2ARO7P", "EU", "Amazon.co.uk", "GBP", 2, 11, "202"),
        Marketplace("JP", "A1VC38T7YXB528", "FE", "Amazon.co.jp", "JPY", 0, 2000, "250"),
    )
}
"""§1.2, as far as shops are made for them; price levels are this sandbox's own."""

SHOPS: tuple[tuple[str, ...], ...] = (("US",), ("DE", "GB"), ("JP",), ("CA", "US"))
"""Marketplaces of the first, second… shop, over and over; an authorisation covers one region."""

STATUS_2026: dict[str, str] = {
    "PendingAvailability": "PENDING_AVAILABILITY", "Pending": "PENDING", "Unshipped": "UNSHIPPED",
    "PartiallyShipped": "PARTIALLY_SHIPPED", "Shipped": "SHIPPED", "InvoiceUnconfirmed": "SHIPPED",
    "Canceled": "CANCELLED", "Unfulfillable": "UNFULFILLABLE",
}  # fmt: skip
"""§4. InvoiceUnconfirmed (all shipped, invoice not confirmed) has no equivalent; shipped is what is left of it."""

STATUS_MOVES: dict[tuple[str, str], str] = {
    ("PendingAvailability", "release"): "Pending",
    ("PendingAvailability", "pay"): "Unshipped",
    ("Pending", "pay"): "Unshipped",
    ("PendingAvailability", "cancel"): "Canceled",
    ("Pending", "cancel"): "Canceled",
    ("Unshipped", "cancel"): "Canceled",
    ("Unshipped", "ship_part"): "PartiallyShipped",
    ("PartiallyShipped", "ship_part"): "PartiallyShipped",
    ("Unshipped", "ship_rest"): "Shipped",
    ("PartiallyShipped", "ship_rest"): "Shipped",
    ("PartiallyShipped", "cancel_rest"): "Shipped",
    ("InvoiceUnconfirmed", "confirm_invoice"): "Shipped",
}
"""§4: (status, what happens) to status; a shipped order never goes back. Anything else is refused."""

WITH_ADDRESS = frozenset({"Unshipped", "PartiallyShipped", "Shipped", "InvoiceUnconfirmed"})
"""Statuses in which an order shows where it goes."""

UPPER: dict[str, str] = {
    "Expedited": "EXPEDITED", "FreeEconomy": "FREE_ECONOMY", "NextDay": "NEXT_DAY", "Priority": "PRIORITY",
    "SameDay": "SAME_DAY", "SecondDay": "SECOND_DAY", "Scheduled": "SCHEDULED", "Standard": "STANDARD",
    "Residential": "RESIDENTIAL", "Commercial": "COMMERCIAL", "New": "NEW", "Used": "USED", "Preorder": "PREORDER",
    "Collectible": "COLLECTIBLE", "Refurbished": "REFURBISHED", "Club": "CLUB", "BusinessPrice": "BUSINESS_PRICE",
    "MarketplaceFacilitator": "MARKETPLACE_FACILITATOR", "Premium": "PREMIUM",
}  # fmt: skip
"""Words of v0 as 2026-01-01 writes them."""

FEED_TYPES: dict[str, str] = {
    "JSON_LISTINGS_FEED": "json", "POST_ORDER_FULFILLMENT_DATA": "xml", "POST_ORDER_ACKNOWLEDGEMENT_DATA": "xml",
    "POST_PAYMENT_ADJUSTMENT_DATA": "xml",
}  # fmt: skip
"""§6.2, §7.2, §8, those whose format is known. The removed listing and inventory feeds are refused like any other."""

REPORT_TYPES: frozenset[str] = frozenset({
    "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL", "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL",
    "GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE", "GET_XML_RETURNS_DATA_BY_RETURN_DATE",
    "GET_CSV_MFN_PRIME_RETURNS_REPORT", "GET_XML_MFN_PRIME_RETURNS_REPORT", "GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA",
})  # fmt: skip
"""§8. Those without a known format never have data here, so they end CANCELLED."""

SWITCHES: dict[str, Switch] = {
    "access_token_s": Switch(3600, "§1.3: seconds that an access token and a restricted data token live"),
    "code_s": Switch(300, "§1.3: seconds that an authorisation code lives"),
    "lwa_statuses": Switch({}, "HTTP status by LWA error code, over those assumed (no source gives them)"),
    "missing_token": Switch("403", "§10.2: status when the token header is absent (2021 guide: 400)", ("403", "400")),
    "limits_profile": Switch("production", "§10.1: its buckets, or 5/s burst 15 for all", ("production", "sandbox")),
    "fresh_orders": Switch(
        "shown", "without an upper bound, the last two minutes are shown or held back; the bound told is the same",
        ("shown", "held"),
    ),
    "page_token_s": Switch(86_400, "§3.1: seconds that a page token lives"),
    "items_per_page": Switch(100, "items in one page of getOrderItems (not documented)"),
    "pending_total": Switch(False, "OrderTotal while Pending"),
    "pending_prices_2026": Switch(False, "Orders 2026-01-01 tells prices while PENDING"),
    "cancelled_quantity": Switch("zero", "QuantityOrdered of a cancelled line in v0", ("zero", "kept")),
    "discount_sign": Switch("negative", "sign of DISCOUNT in proceeds", ("negative", "positive")),
    "v0_plain_address": Switch("region", "ShippingAddress without RDT: its region, or none", ("region", "none")),
    "v0_plain_buyer": Switch("none", "BuyerInfo without an RDT: the anonymised e-mail, or none", ("none", "email")),
    "rdt_elements": Switch(list(ELEMENTS), "data elements that the application may ask for"),
    "roles_2026": Switch(["BUYER", "RECIPIENT"], "§5.2: personal data sets that the application has roles for"),
    "missing_role": Switch("fields", "§5.2: a missing role costs its fields, or the call", ("fields", "403")),
    "gating_2026": Switch("by_data_set", "fields come with their data set, or always", ("by_data_set", "all")),
    "carrier_codes": Switch([], "§6.1: carrier codes taken besides Other; empty: any (the list is not public)"),
    "transparency_codes": Switch(True, "§2.5: confirmShipment needs one code for each unit of a Transparency item"),
    "listing_delay_s": Switch(0.0, "§7.1: seconds until an accepted submission takes effect"),
    "fba_quantity_settable": Switch(False, "§7.1: a patch may set the quantity of an AMAZON_* channel"),
    "fba_page_size": Switch(50, "rows in one page of getInventorySummaries (not documented)"),
    "fba_token_s": Switch(30, "§7.3: seconds that its nextToken lives"),
    "feed_queue_s": Switch(1.0, "seconds that a feed or report stays IN_QUEUE"),
    "feed_work_s": Switch(1.0, "seconds that it stays IN_PROGRESS"),
    "document_s": Switch(300, "§6.3: seconds that the address of a document lives"),
    "result_gzip": Switch(True, "§6.3: results are told as GZIP"),
    "returns_names": Switch({}, "other headings for the returns report, by the one assumed (public clients disagree)"),
    "unknown_key": Switch(False, "§12 (11): replies carry a key that no model knows"),
    "html_503": Switch(False, "§12 (17): every call ends in an HTML page with status 503"),
    "static_cases": Switch([], "§10.3: the official static sandbox cases; if given, only they answer"),
    "messages_twice": Switch(False, "§12 (20): every message is delivered twice"),
    "messages_shuffled": Switch(False, "§12 (20): messages come out of order"),
    "message_again_s": Switch(30, "seconds until a message that was not deleted comes again"),
}  # fmt: skip
