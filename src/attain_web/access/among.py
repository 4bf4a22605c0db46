"""A lookup for many keys: ``participant__among=keys``."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import Lookup


class Among(Lookup):
    """As ``in``, with the values as one array: a query about some hundred people is made many times faster."""

    lookup_name = "among"
    prepare_rhs = False
    rhs: Collection[Any]

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        """``column = ANY(array)``."""
        column, given = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s)", [*given, list(self.rhs)]
