"""Every marketplace, one order model."""
