"""Money, VAT facts, ERP items and the links between marketplace keys and items.

Pure: no network, no database, no clock.
"""
