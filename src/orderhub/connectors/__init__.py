"""One folder a platform; each imports only `kit`, `ports`, `flow`, `models`, `errors`, and never another platform."""
