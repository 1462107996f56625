"""What a connection for reading sees, and what becomes of connections in use when the database is closed."""

import pytest
from sqlalchemy import func, select

from bridge.db.session import Database
from bridge.db.tables import basis


def test_a_reading_connection_sees_one_moment(database: Database) -> None:
    with database.read() as reading:
        before = reading.execute(select(func.sum(basis.c.count))).scalar_one()
        with database.write() as writing:
            writing.execute(basis.update().values(count=basis.c.count + 1))
        assert reading.execute(select(func.sum(basis.c.count))).scalar_one() == before
    with database.read() as reading:
        assert reading.execute(select(func.sum(basis.c.count))).scalar_one() == before + 1


def test_a_connection_in_use_when_the_database_closes_is_closed_when_it_comes_back(database: Database) -> None:
    with database.read() as reading:
        raw = reading.connection.driver_connection
        database.close()
        assert reading.execute(select(func.count()).select_from(basis)).scalar_one() > 0
    assert raw is not None
    with pytest.raises(Exception, match="closed"):
        raw.execute("SELECT 1")


def test_a_closed_database_opens_again_when_it_is_asked(database: Database) -> None:
    database.close()
    for _ in range(2):
        with database.read() as reading:
            assert reading.execute(select(func.count()).select_from(basis)).scalar_one() > 0
