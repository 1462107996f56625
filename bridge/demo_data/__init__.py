"""A generated month of an invented shop: ``python -m tests.samples.generate --demo bridge/demo_data``."""
