"""Formulas that people type: scalar SQL over the columns of one table, checked before anything runs.

``stage = 'won' and amount > 1000`` is parsed by SQLGlot, limited to a white list, and typed against the columns, so
that a fault is told with its place and what to write instead. There is no subquery, no Python and no ``eval``.
"""

from attain.expressions.exact import scale_of
from attain.expressions.formula import Formula, names_in, parse
from attain.expressions.grammar import ALLOWED, FormulaError
from attain.expressions.kinds import ValueType

__all__ = ["ALLOWED", "Formula", "FormulaError", "ValueType", "names_in", "parse", "scale_of"]
