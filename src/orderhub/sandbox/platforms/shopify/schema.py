"""The part of the Admin schema that this sandbox speaks, as text. Source: docs/platforms/shopify.md, tables of objects.

One type a block, one field a line: `name: Type`, or `name(argument …): Type`. `*` after a type is a connection of it,
`[T]` a plain list. Scalars and enumerations carry no selection. Whether a field is a list or a connection follows the
generated schema types that the page cites. Imports nothing of ours.
"""

from __future__ import annotations

__all__ = ["SCALARS", "SCHEMA"]

SCALARS = frozenset(
    {"ID", "String", "Int", "Boolean", "Float", "DateTime", "Decimal", "Money", "Word", "URL", "Number"}
)
"""`Word` stands for every enumeration."""

_PAGE = "first last after before reverse"

SCHEMA = f"""
Query
  order(id): Order
  orders({_PAGE} query sortKey): Order*
  fulfillment(id): Fulfillment
  fulfillmentOrder(id): FulfillmentOrder
  refund(id): Refund
  return(id): Return
  product(id): Product
  products({_PAGE} query sortKey): Product*
  productVariant(id): ProductVariant
  productVariants({_PAGE} query sortKey): ProductVariant*
  inventoryItem(id): InventoryItem
  inventoryItems({_PAGE} query): InventoryItem*
  location(id): Location
  locations({_PAGE} query sortKey includeInactive includeLegacy): Location*
  shop: Shop
  node(id): Node
Mutation
  fulfillmentCreate(fulfillment message): FulfillmentCreatePayload
  fulfillmentTrackingInfoUpdate(fulfillmentId trackingInfoInput notifyCustomer): FulfillmentCreatePayload
  fulfillmentCancel(id): FulfillmentCreatePayload
  fulfillmentOrderMove(id newLocationId fulfillmentOrderLineItems): FulfillmentOrderMovePayload
  fulfillmentOrderHold(id fulfillmentHold): FulfillmentOrderPayload
  fulfillmentOrderReleaseHold(id holdIds externalId): FulfillmentOrderPayload
  orderUpdate(input): OrderUpdatePayload
  inventorySetQuantities(input): InventoryPayload
  inventoryAdjustQuantities(input): InventoryPayload
  refundCreate(input): RefundCreatePayload
  returnApproveRequest(input): ReturnPayload
  returnDeclineRequest(input): ReturnPayload
  returnClose(id): ReturnPayload
FulfillmentCreatePayload
  fulfillment: Fulfillment
  userErrors: [UserError]
FulfillmentOrderMovePayload
  movedFulfillmentOrder: FulfillmentOrder
  originalFulfillmentOrder: FulfillmentOrder
  remainingFulfillmentOrder: FulfillmentOrder
  userErrors: [UserError]
FulfillmentOrderPayload
  fulfillmentOrder: FulfillmentOrder
  userErrors: [UserError]
OrderUpdatePayload
  order: Order
  userErrors: [UserError]
InventoryPayload
  inventoryAdjustmentGroup: InventoryAdjustmentGroup
  userErrors: [UserError]
InventoryAdjustmentGroup
  id: ID
  createdAt: DateTime
  reason: String
  referenceDocumentUri: String
  changes: [InventoryChange]
InventoryChange
  name: String
  delta: Int
  quantityAfterChange: Int
  item: InventoryItem
  location: Location
RefundCreatePayload
  refund: Refund
  order: Order
  userErrors: [UserError]
ReturnPayload
  return: Return
  userErrors: [UserError]
UserError
  field: [String]
  message: String
  code: Word
PageInfo
  hasNextPage: Boolean
  hasPreviousPage: Boolean
  startCursor: String
  endCursor: String
MoneyBag
  shopMoney: MoneyV2
  presentmentMoney: MoneyV2
MoneyV2
  amount: Decimal
  currencyCode: Word
Attribute
  key: String
  value: String
Shop
  id: ID
  name: String
  email: String
  myshopifyDomain: String
  currencyCode: Word
  ianaTimezone: String
  taxesIncluded: Boolean
Order
  id: ID
  legacyResourceId: Number
  name: String
  number: Int
  createdAt: DateTime
  processedAt: DateTime
  updatedAt: DateTime
  cancelledAt: DateTime
  cancelReason: Word
  closed: Boolean
  closedAt: DateTime
  confirmed: Boolean
  test: Boolean
  email: String
  phone: String
  note: String
  tags: [String]
  customAttributes: [Attribute]
  currencyCode: Word
  presentmentCurrencyCode: Word
  displayFinancialStatus: Word
  displayFulfillmentStatus: Word
  returnStatus: Word
  fullyPaid: Boolean
  edited: Boolean
  paymentGatewayNames: [String]
  subtotalPriceSet: MoneyBag
  totalPriceSet: MoneyBag
  totalDiscountsSet: MoneyBag
  totalShippingPriceSet: MoneyBag
  totalTaxSet: MoneyBag
  totalRefundedSet: MoneyBag
  currentSubtotalPriceSet: MoneyBag
  currentTotalPriceSet: MoneyBag
  currentTotalDiscountsSet: MoneyBag
  currentTotalTaxSet: MoneyBag
  netPaymentSet: MoneyBag
  taxesIncluded: Boolean
  discountCodes: [String]
  shippingAddress: MailingAddress
  billingAddress: MailingAddress
  shippingLine: ShippingLine
  customer: Customer
  lineItems({_PAGE}): LineItem*
  fulfillmentOrders({_PAGE} displayable query): FulfillmentOrder*
  fulfillments(first query): [Fulfillment]
  refunds(first): [Refund]
  returns({_PAGE} query): Return*
  transactions(first capturable manuallyResolvable): [OrderTransaction]
LineItem
  id: ID
  name: String
  title: String
  variantTitle: String
  sku: String
  quantity: Int
  currentQuantity: Int
  unfulfilledQuantity: Int
  refundableQuantity: Int
  fulfillableQuantity: Int
  requiresShipping: Boolean
  isGiftCard: Boolean
  originalUnitPriceSet: MoneyBag
  originalTotalSet: MoneyBag
  discountedUnitPriceSet: MoneyBag
  discountedTotalSet: MoneyBag
  totalDiscountSet: MoneyBag
  discountAllocations: [DiscountAllocation]
  taxLines: [TaxLine]
  product: Product
  variant: ProductVariant
  lineItemGroup: LineItemGroup
  customAttributes: [Attribute]
LineItemGroup
  id: ID
  title: String
  quantity: Int
DiscountAllocation
  allocatedAmountSet: MoneyBag
  discountApplication: DiscountApplication
DiscountApplication
  index: Int
  allocationMethod: Word
  targetSelection: Word
  targetType: Word
  code: String
  title: String
TaxLine
  title: String
  rate: Float
  ratePercentage: Float
  priceSet: MoneyBag
MailingAddress
  id: ID
  name: String
  firstName: String
  lastName: String
  company: String
  address1: String
  address2: String
  city: String
  province: String
  provinceCode: String
  zip: String
  country: String
  countryCodeV2: Word
  phone: String
ShippingLine
  id: ID
  title: String
  code: String
  originalPriceSet: MoneyBag
  discountedPriceSet: MoneyBag
Customer
  id: ID
  legacyResourceId: Number
  displayName: String
  firstName: String
  lastName: String
  email: String
  phone: String
OrderTransaction
  id: ID
  kind: Word
  status: Word
  gateway: String
  amountSet: MoneyBag
  processedAt: DateTime
  createdAt: DateTime
  parentTransaction: OrderTransaction
FulfillmentOrder
  id: ID
  orderId: ID
  status: Word
  requestStatus: Word
  assignedLocation: FulfillmentOrderAssignedLocation
  supportedActions: [FulfillmentOrderSupportedAction]
  fulfillmentHolds: [FulfillmentHold]
  fulfillAt: DateTime
  fulfillBy: DateTime
  deliveryMethod: DeliveryMethod
  lineItems({_PAGE}): FulfillmentOrderLineItem*
  fulfillments({_PAGE}): Fulfillment*
  order: Order
  createdAt: DateTime
  updatedAt: DateTime
FulfillmentOrderAssignedLocation
  location: Location
  name: String
FulfillmentOrderSupportedAction
  action: Word
  externalUrl: URL
FulfillmentHold
  id: ID
  reason: Word
  reasonNotes: String
DeliveryMethod
  id: ID
  methodType: Word
FulfillmentOrderLineItem
  id: ID
  totalQuantity: Int
  remainingQuantity: Int
  lineItem: LineItem
Fulfillment
  id: ID
  legacyResourceId: Number
  name: String
  status: Word
  displayStatus: Word
  createdAt: DateTime
  updatedAt: DateTime
  deliveredAt: DateTime
  inTransitAt: DateTime
  totalQuantity: Int
  requiresShipping: Boolean
  trackingInfo(first): [FulfillmentTrackingInfo]
  fulfillmentLineItems({_PAGE}): FulfillmentLineItem*
  fulfillmentOrders({_PAGE}): FulfillmentOrder*
  location: Location
  order: Order
FulfillmentTrackingInfo
  company: String
  number: String
  url: URL
FulfillmentLineItem
  id: ID
  quantity: Int
  lineItem: LineItem
Refund
  id: ID
  legacyResourceId: Number
  createdAt: DateTime
  updatedAt: DateTime
  note: String
  totalRefundedSet: MoneyBag
  refundLineItems({_PAGE}): RefundLineItem*
  transactions({_PAGE}): OrderTransaction*
  return: Return
  order: Order
RefundLineItem
  id: ID
  quantity: Int
  restockType: Word
  restocked: Boolean
  subtotalSet: MoneyBag
  totalTaxSet: MoneyBag
  location: Location
  lineItem: LineItem
Return
  id: ID
  name: String
  status: Word
  createdAt: DateTime
  closedAt: DateTime
  requestApprovedAt: DateTime
  totalQuantity: Int
  returnLineItems({_PAGE}): ReturnLineItem*
  refunds({_PAGE}): Refund*
  order: Order
ReturnLineItem
  id: ID
  quantity: Int
  refundedQuantity: Int
  returnReason: Word
  customerNote: String
  fulfillmentLineItem: FulfillmentLineItem
Location
  id: ID
  legacyResourceId: Number
  name: String
  isActive: Boolean
  fulfillsOnlineOrders: Boolean
Product
  id: ID
  legacyResourceId: Number
  title: String
  handle: String
  status: Word
  vendor: String
  onlineStoreUrl: URL
  createdAt: DateTime
  updatedAt: DateTime
  variants({_PAGE}): ProductVariant*
ProductVariant
  id: ID
  legacyResourceId: Number
  title: String
  displayName: String
  sku: String
  barcode: String
  price: Money
  inventoryQuantity: Int
  inventoryItem: InventoryItem
  selectedOptions: [SelectedOption]
  product: Product
SelectedOption
  name: String
  value: String
InventoryItem
  id: ID
  legacyResourceId: Number
  sku: String
  tracked: Boolean
  requiresShipping: Boolean
  variant: ProductVariant
  inventoryLevel(locationId): InventoryLevel
  inventoryLevels({_PAGE} query): InventoryLevel*
InventoryLevel
  id: ID
  location: Location
  item: InventoryItem
  quantities(names): [InventoryQuantity]
  updatedAt: DateTime
InventoryQuantity
  id: ID
  name: String
  quantity: Int
"""
"""Everything that can be selected."""
