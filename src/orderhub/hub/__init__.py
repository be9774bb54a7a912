"""Composition: connectors, stores and rules put together. May import everything but `cli` and `testing`."""
