"""Proofs for us and for hosts: laws of stores, and the conformance kit that proves a connector.

May import everything but `cli`. Nothing here imports pytest but `orderhub.testing.plugin`.
"""
