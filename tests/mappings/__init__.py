"""Tests of money, VAT facts, items and links."""
