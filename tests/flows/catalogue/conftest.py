"""A database with a small catalogue in it, and a check that nothing was changed."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import func, select

from bridge.db.session import Database
from bridge.db.tables import events
from bridge.flows import catalogue
from bridge.flows.catalogue import AccountInput
from bridge.settings import Settings
from tests.flows.catalogue.shop import COMPANY, MUG, SHIRT, WHO, counted


@pytest.fixture
def shop(database: Database, settings: Settings) -> Database:
    """A database with one organization, one account and two items."""
    catalogue.put_organization(database, "romashka", COMPANY, WHO)
    catalogue.put_account(database, settings, "shop", AccountInput(organization="romashka", channel="generic"), WHO)
    catalogue.put_items(database, [SHIRT, MUG], WHO)
    return database


@pytest.fixture
def unchanged(database: Database) -> Iterator[Callable[[], None]]:
    """A check that nothing was counted and no event written since it was last asked."""

    def state() -> tuple[int, int]:
        with database.read() as connection:
            return counted(database), int(connection.execute(select(func.count()).select_from(events)).scalar_one())

    last = state()

    def check() -> None:
        assert state() == last

    yield check
