"""Collecting without losing: windows, watermarks, quarantine. Operations over ports; imports `kit`, `ports`, `flow`."""
