"""Connectors to marketplaces, one module each; they do not know each other, and only ``bridge.app`` names them."""
