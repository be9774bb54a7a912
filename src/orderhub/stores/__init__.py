"""Where orders, cursors, tokens and the rest are kept: memory and SQL behind one shape. Imports `ports` and below.

Nothing is imported here: `orderhub.stores.open.open_stores` loads only the store that a URL asks for.
"""
