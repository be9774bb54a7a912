"""One folder per carrier, each a wire protocol as data and generators. May import `kit` and below, and `tracking`."""
