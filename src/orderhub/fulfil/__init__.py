"""The pipeline from an order to a parcel under way, as operations over ports; composes orders, inventory, logistics.

Imports `orders`, `inventory`, `logistics`, `normalise`, `ports`, `flow`, `models`; side effects go through ports.
"""
