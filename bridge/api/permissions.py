"""Who may do what: one table. Tokens and users are made on the command line only, by whoever owns the machine."""

from typing import Literal

from bridge.db.access import Role

Right = Literal[
    "read_settings",
    "change_settings",
    "read_items",
    "change_items",
    "read_mappings",
    "change_mappings",
    "read_reports",
    "import_reports",
    "post_reports",
    "choose_sales",
    "close_months",
    "assign_payments",
    "read_documents",
    "answer_documents",
    "read_audit",
    "read_jobs",
    "read_contract",
]

_ALL: frozenset[Role] = frozenset({"admin", "accountant", "mapping_editor", "erp"})
_BOOKS: frozenset[Role] = frozenset({"admin", "accountant"})

PERMISSIONS: dict[Right, frozenset[Role]] = {
    "read_settings": _ALL,
    "change_settings": _BOOKS,
    "read_items": _ALL,
    "change_items": _ALL,
    "read_mappings": _ALL,
    "change_mappings": _BOOKS | {"mapping_editor"},
    "read_reports": _ALL,
    "import_reports": _BOOKS | {"erp"},
    "post_reports": _BOOKS,
    "choose_sales": _BOOKS,
    "close_months": _BOOKS | {"erp"},
    "assign_payments": _BOOKS,
    "read_documents": _BOOKS | {"erp"},
    "answer_documents": _BOOKS | {"erp"},
    "read_audit": _BOOKS,
    "read_jobs": _BOOKS | {"erp"},
    "read_contract": _ALL,
}
