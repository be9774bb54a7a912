"""A desk for the people who send orders: a list, an order, a button; one command for the task queue."""
