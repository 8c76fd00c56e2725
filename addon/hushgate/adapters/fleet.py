"""The ledgers of many gateways in one PostgreSQL: rows of the local ledger in, central rows out.

Rules. The local file is the store: what is not yet in the central database is sent when both are
there, oldest first. How far a gateway has come is asked of the central database itself, so nothing
is lost or doubled whoever restarts. A batch is one transaction, and its rows carry the gateway and
their local id as key. Imported only by the commands that use it (extra ``fleet``).
"""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import fields
from datetime import datetime
from itertools import batched
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from hushgate.adapters.ledger_query import read_rows, row_from
from hushgate.core.errors import UnavailableError
from hushgate.core.rows import Row

BATCH_ROWS = 1_000
CONNECT_SECONDS = 10

_LOCK = 0x68757368
"""Key of the advisory lock under which the table is made: many gateways may come at once."""

_INTEGERS = frozenset({"id", "size", "left"})
_REALS = frozenset({"seconds", "held_seconds", "speech_seconds"})
_OPTIONAL = frozenset({"likeness", "judged_by", "evidence", "speech_seconds", "accidental"})


def _type(column: str) -> sa.types.TypeEngine[Any]:
    if column in _INTEGERS:
        return sa.BigInteger()
    if column in _REALS:
        return sa.Double()
    return sa.DateTime(timezone=True) if column == "time" else sa.Text()


_METADATA = sa.MetaData()
RECORDS = sa.Table(
    "hushgate_record",
    _METADATA,
    sa.Column("gateway", sa.Text(), primary_key=True),
    *(
        sa.Column(
            field.name,
            _type(field.name),
            primary_key=field.name == "id",
            autoincrement=False,
            nullable=field.name in _OPTIONAL,
        )
        for field in fields(Row)
    ),
    sa.Index("hushgate_record_by_time", "time"),
)


GATEWAYS = sa.Table(
    "hushgate_gateway",
    _METADATA,
    sa.Column("gateway", sa.Text(), primary_key=True),
    sa.Column("identity", sa.Text(), nullable=False),
)
"""Whose a name is: how far a gateway has come is looked up by it."""


class Center:
    """The central database, as one gateway or one reader sees it."""

    def __init__(self, url: str) -> None:
        try:
            self._engine = sa.create_engine(
                sa.make_url(url).set(drivername="postgresql+psycopg"),
                pool_size=1,
                max_overflow=0,
                pool_pre_ping=True,
                connect_args={"connect_timeout": CONNECT_SECONDS},
            )
        except (sa.exc.ArgumentError, ImportError) as error:
            raise UnavailableError(f"the central database cannot be used: {error}") from error

    def prepare(self) -> None:
        """Make the table if there is none."""
        with self._speaking() as connection:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
            _METADATA.create_all(connection)

    def claim(self, gateway: str, identity: str) -> None:
        """Take a name for the gateway that goes by it from now on.

        Raises:
            UnavailableError: the database is away, or another gateway has the name: of two with
                the same name, the rows of the one that is behind would be taken for sent.
        """
        with self._speaking() as connection:
            mine = insert(GATEWAYS).values(gateway=gateway, identity=identity)
            connection.execute(mine.on_conflict_do_nothing())
            named = sa.select(GATEWAYS.c.identity).where(GATEWAYS.c.gateway == gateway)
            owner = connection.execute(named).scalar()
        if owner != identity:
            raise UnavailableError(
                f'another gateway is called "{gateway}" in the central database: call this one'
                " something else (--gateway), or, if it takes the other's place, delete the other's"
                f" row in the table {GATEWAYS.name}"
            )

    def ship(self, path: Path, gateway: str) -> int:
        """Send what the central database does not have yet; return the number of rows.

        Raises:
            UnavailableError: either end is away; what was sent until then is kept.
        """
        with self._speaking() as connection:
            mine = sa.select(sa.func.max(RECORDS.c.id)).where(RECORDS.c.gateway == gateway)
            last = connection.execute(mine).scalar() or 0
        sent = 0
        with closing(read_rows(path, after=last, newest_first=False)) as rows:
            for batch in batched(rows, BATCH_ROWS, strict=False):
                values = [{"gateway": gateway, **_values(row)} for row in batch]
                with self._speaking() as connection:
                    connection.execute(insert(RECORDS).on_conflict_do_nothing(), values)
                sent += len(batch)
        return sent

    def read(self, since: datetime, until: datetime) -> Iterator[Row]:
        """Read the rows of all gateways in a span, oldest first; devices get the gateway's name."""
        wanted = (
            sa.select(RECORDS)
            .where(RECORDS.c.time >= since, RECORDS.c.time < until)
            .order_by(RECORDS.c.time)
        )
        with self._speaking() as connection:
            for found in connection.execution_options(yield_per=BATCH_ROWS).execute(wanted):
                yield _row(found._mapping)

    def close(self) -> None:
        """Let go of the connection."""
        self._engine.dispose()

    @contextmanager
    def _speaking(self) -> Iterator[sa.Connection]:
        """Give a transaction."""
        try:
            with self._engine.begin() as connection:
                yield connection
        except sa.exc.SQLAlchemyError as error:
            raise UnavailableError(
                f"the central database does not answer: {_first_line(error)}"
            ) from error


def _values(row: Row) -> dict[str, object]:
    return {field.name: getattr(row, field.name) for field in fields(Row)}


def _row(found: Mapping[Any, Any]) -> Row:
    values = {field.name: found[field.name] for field in fields(Row)}
    values["device"] = f"{found['gateway']}/{found['device']}"
    values["name"] = f"{found['gateway']}: {found['name']}"
    return row_from(values)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
