"""The GraphQL documents of every call. Plain text; imports nothing.

Fields are those of docs/platforms/shopify.md. Sizes are variables: what a query costs grows with them.
"""

from __future__ import annotations

__all__ = [
    "CASES", "CASES_OF", "ITEMS", "LINES", "LOCATIONS", "ORDER", "ORDERS", "ORDER_UPDATE", "PARTS", "SHIP", "STOCKED",
    "TO_SHIP", "TRACKING", "set_quantities",
]  # fmt: skip

_MONEY = "{ shopMoney { amount currencyCode } }"
_PAGE = "pageInfo { hasNextPage endCursor }"
_LIST = "($first: Int!, $after: String, $query: String)"

ORDERS = (
    "query Orders" + _LIST + " { orders(first: $first, after: $after, query: $query, sortKey: %s)"
    " { nodes { id legacyResourceId updatedAt createdAt } " + _PAGE + " } }"
)
"""A page of orders by `sortKey`, named but not shown."""

_ADDRESS = "name company address1 address2 city province provinceCode zip country countryCodeV2 phone"
_LINE = (
    "id name title variantTitle sku quantity currentQuantity unfulfilledQuantity requiresShipping isGiftCard"
    f" originalUnitPriceSet {_MONEY} originalTotalSet {_MONEY} discountedTotalSet {_MONEY} totalDiscountSet {_MONEY}"
    f" discountAllocations {{ allocatedAmountSet {_MONEY} }} product {{ id }} variant {{ id inventoryItem {{ id }} }}"
    " customAttributes { key value }"
)
_REFUNDS = (
    f"refunds {{ id createdAt note totalRefundedSet {_MONEY} return {{ id }} refundLineItems(first: $size)"
    f" {{ nodes {{ lineItem {{ id }} quantity restockType subtotalSet {_MONEY} }} {_PAGE} }} }}"
)
_RETURNS = f"returns(first: $size) {{ nodes {{ id status }} {_PAGE} }}"
_WAITING = (
    "fulfillmentOrders(first: $size) { nodes { id status requestStatus fulfillmentHolds { reason } fulfillBy }"
    f" {_PAGE} }}"
)
_PARCELS = (
    "fulfillments { id status displayStatus createdAt deliveredAt trackingInfo { company number url }"
    f" fulfillmentLineItems(first: $size) {{ nodes {{ lineItem {{ id }} quantity }} {_PAGE} }} }}"
)

ORDER = (
    "query Order($id: ID!, $size: Int!) { order(id: $id) { id legacyResourceId name number createdAt processedAt"
    " updatedAt cancelledAt cancelReason closed closedAt test edited email phone note tags"
    " customAttributes { key value } currencyCode presentmentCurrencyCode displayFinancialStatus"
    " displayFulfillmentStatus returnStatus paymentGatewayNames taxesIncluded discountCodes"
    + "".join(
        f" {name} {_MONEY}"
        for name in ("subtotalPriceSet", "totalPriceSet", "totalDiscountsSet", "totalShippingPriceSet", "totalTaxSet",
                     "totalRefundedSet", "netPaymentSet")
    )
    + f" shippingAddress {{ {_ADDRESS} }} customer {{ id }}"
    f" lineItems(first: $size) {{ nodes {{ {_LINE} }} {_PAGE} }}"
    f" {_WAITING} {_PARCELS} {_REFUNDS} {_RETURNS} }} }}"
)  # fmt: skip
"""One order with everything that its canonical form is read from."""

LINES = (
    "query Lines($id: ID!, $first: Int!, $after: String) { order(id: $id) { id lineItems(first: $first, after: $after)"
    f" {{ nodes {{ {_LINE} }} {_PAGE} }} }} }}"
)
"""Lines of one order beyond a page."""


def _part(fields: str) -> str:
    return f"query Part($id: ID!, $size: Int!) {{ order(id: $id) {{ id {fields} }} }}"


PARTS = {
    "fulfillmentOrders": _part(_WAITING), "fulfillments": _part(_PARCELS), "refunds": _part(_REFUNDS),
    "returns": _part(_RETURNS),
}  # fmt: skip
"""What stands beside the lines of an order, each by itself: a longer page of one costs less than of all."""

CASES = (
    "query Cases($first: Int!, $after: String, $query: String, $size: Int!) { orders(first: $first, after: $after,"
    " query: $query, sortKey: %s) { nodes { id legacyResourceId currencyCode updatedAt createdAt "
    + f"{_REFUNDS} {_RETURNS} }} {_PAGE} }} }}"
)  # fmt: skip
"""Refunds and returns of a page of orders."""

CASES_OF = (
    "query CasesOf($id: ID!, $size: Int!) { order(id: $id) { id legacyResourceId currencyCode updatedAt createdAt "
    f"{_REFUNDS} {_RETURNS} }} }}"
)

TO_SHIP = (
    "query ToShip($id: ID!, $orders: Int!, $after: String, $size: Int!) { order(id: $id) { id cancelledAt"
    " fulfillmentOrders(first: $orders, after: $after) { nodes { id status requestStatus"
    " assignedLocation { location { id } }"
    f" lineItems(first: $size) {{ nodes {{ id remainingQuantity lineItem {{ id }} }} {_PAGE} }} }} {_PAGE} }}"
    " fulfillments { id status trackingInfo { company number } fulfillmentLineItems(first: $size)"
    f" {{ nodes {{ lineItem {{ id }} quantity }} {_PAGE} }} }} }} }}"
)
"""What of an order can be shipped, and which numbers it carries."""

SHIP = (
    "mutation Ship($fulfillment: FulfillmentInput!) { fulfillmentCreate(fulfillment: $fulfillment)"
    " { fulfillment { id status } userErrors { field message } } }"
)
TRACKING = (
    "mutation Tracking($fulfillmentId: ID!, $trackingInfoInput: FulfillmentTrackingInput!, $notifyCustomer: Boolean)"
    " { fulfillmentTrackingInfoUpdate(fulfillmentId: $fulfillmentId, trackingInfoInput: $trackingInfoInput,"
    " notifyCustomer: $notifyCustomer) { fulfillment { id status } userErrors { field message } } }"
)
ORDER_UPDATE = "mutation Update($input: OrderInput!) { orderUpdate(input: $input) { userErrors { field message } } }"
LOCATIONS = "query Locations($first: Int!) { locations(first: $first) { nodes { id name } } }"
_ITEM = "id sku tracked variant { id title product { id title } }"
ITEMS = (
    "query Items($first: Int!, $after: String) { inventoryItems(first: $first, after: $after)"
    f" {{ nodes {{ {_ITEM} }} {_PAGE} }} }}"
)
STOCKED = (
    "query Stocked($first: Int!, $after: String, $location: ID!) { inventoryItems(first: $first, after: $after)"
    f" {{ nodes {{ {_ITEM} inventoryLevel(locationId: $location)"
    f' {{ quantities(names: ["available"]) {{ name quantity }} }} }} {_PAGE} }} }}'
)
"""Inventory items, with what one location has available."""


def set_quantities(key: str | None) -> str:
    """The mutation that sets quantities; with `key` it happens once however often it is sent."""
    once = f' @idempotent(key: "{key}")' if key else ""
    return (
        "mutation SetQuantities($input: InventorySetQuantitiesInput!) { inventorySetQuantities(input: $input)"
        + once + " { userErrors { code field message } } }"
    )  # fmt: skip
