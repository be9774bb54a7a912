"""Perform the steps: transport, clock, limits, tokens, the sync and the async world. May import `ports` and below."""
