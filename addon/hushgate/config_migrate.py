"""Migrations: a file of an older format, read as if it were written today.

In: a file's data. Out: the same meaning in the newest format; the file itself is not touched.
A migration is one function from version N to N + 1 in MIGRATIONS, its docstring a pair of examples,
before and after. There has been one format so far.
"""

from collections.abc import Callable, Mapping

from hushgate.config_schema import SCHEMA_VERSION
from hushgate.config_tree import Data

type Document = dict[str, Data]
type Migration = Callable[[Document], Document]

MIGRATIONS: Mapping[int, Migration] = {}


def migrate(
    data: Document, migrations: Mapping[int, Migration] = MIGRATIONS, to: int = SCHEMA_VERSION
) -> Document:
    """Bring data to the newest format, step by step; unknown versions are left for the schema."""
    version = data.get("schema_version")
    while type(version) is int and version < to and version in migrations:
        version, data = version + 1, migrations[version](data) | {"schema_version": version + 1}
    return data
