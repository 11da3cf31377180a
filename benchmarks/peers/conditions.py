"""The SQL conditions of the rules in pandas: rewritten as a Python expression, which is then evaluated column by column.

It reads `and`, `or`, `not`, comparisons, `in`, `is null`, `coalesce`, `+` and `-`, and refuses anything else. Comparisons
with null are null, as in SQL; pandas' nullable booleans do the rest.
"""

import ast
import functools
import operator
import re

import numpy as np
import pandas as pd

CANNOT_READ = "benchmarks/peers/conditions.py cannot read this part of a rule's condition: "
WORDS = {"=": "==", "<>": "!=", "null": "None", "true": "True", "false": "False"}
OPERATORS = {
    ast.And: operator.and_,
    ast.Or: operator.or_,
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def holds(condition: str, rows: pd.DataFrame) -> np.ndarray:
    """Where the condition is true."""
    try:
        parsed = ast.parse(as_python(condition), mode="eval").body
    except SyntaxError:
        raise ValueError(CANNOT_READ + condition) from None
    found = value_of(parsed, rows)
    return pd.array(np.broadcast_to(found, len(rows)) if np.isscalar(found) else found, "boolean").to_numpy(
        bool, na_value=False
    )


def as_python(condition: str) -> str:
    """Only some operators and words differ, and how a quote is written in a text."""
    parts = re.findall(r"'(?:[^']|'')*'|<>|[<>!]=|\w+|\S|\s+", condition)
    return "".join(
        repr(part[1:-1].replace("''", "'")) if part[0] == "'" else WORDS.get(part, part) for part in parts
    ).strip()


def value_of(node: ast.expr, rows: pd.DataFrame):
    match node:
        case ast.Name(id=name):
            return rows[name]
        case ast.Constant(value=value):
            return value
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return ~value_of(operand, rows)
        case ast.BoolOp(op=op, values=values):
            return functools.reduce(OPERATORS[type(op)], (value_of(value, rows) for value in values))
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=right):
            return OPERATORS[type(op)](value_of(left, rows), value_of(right, rows))
        case ast.Compare(left=left, ops=[ast.Is()], comparators=[ast.Constant(value=None)]):
            return value_of(left, rows).isna()
        case ast.Compare(left=left, ops=[ast.IsNot()], comparators=[ast.Constant(value=None)]):
            return value_of(left, rows).notna()
        case ast.Compare(left=left, ops=[ast.In() | ast.NotIn() as op], comparators=[right]):
            left, choices = value_of(left, rows), np.atleast_1d(ast.literal_eval(right))
            found = left.isin(choices) if isinstance(op, ast.In) else ~left.isin(choices)
            return found.astype("boolean").mask(left.isna())
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in OPERATORS:
            left, right = value_of(left, rows), value_of(right, rows)
            return OPERATORS[type(op)](left, right).astype("boolean").mask(pd.isna(left) | pd.isna(right))
        case ast.Call(func=ast.Name(id="coalesce"), args=[value, otherwise]):
            return value_of(value, rows).fillna(value_of(otherwise, rows))
    raise ValueError(CANNOT_READ + ast.unparse(node))
