"""Measurements of the figures the design promises. Run by hand, on a quiet machine; docs/performance.md tells how."""
