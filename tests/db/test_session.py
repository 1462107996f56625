"""What a connection for reading sees."""

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
