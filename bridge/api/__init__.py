"""The JSON API under ``/api/v1``: thin handlers, one list of routes per module, one table of permissions."""
