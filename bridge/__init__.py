"""Komitent: everything that touches network, database, clock or event loop.

The pure core is in ``mappings`` and ``reports``.
"""

VERSION = "0.1.0"
