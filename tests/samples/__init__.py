"""Sample reports with an expected file beside each, and the generator that writes them."""
