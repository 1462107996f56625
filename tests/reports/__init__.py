"""Tests of the pure core that reads reports."""
