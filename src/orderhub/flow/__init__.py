"""Steps, operations, retry and paging as plain generators. Imports `models`, `errors`."""
