"""Everything a connector is built from; public, so that third parties build theirs the same way.

May import `ports`, `flow`, `models`, `errors`. Does no I/O.
"""
