"""Tests: they mirror the code and read like sentences."""
