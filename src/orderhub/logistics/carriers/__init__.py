"""One folder per carrier, each a wire protocol as data and generators.

May import `kit` and below, and `common`, `provinces`, `tracking` of logistics; carriers do not know each other.
"""
