"""Rates, carrier selection, tracking; `carriers/` holds one folder per carrier. No I/O, no clock, no randomness.

May import `orders`, `inventory` and everything below them. Names are imported from the modules that define them:
`rate_card` (price tables as data), `rates` (quotes), `services` (what a carrier may be used for), `rules` (a
merchant's own rules), `selection` (ranked options with reasons), `choice_table` (the same, compiled).
"""
