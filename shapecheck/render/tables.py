"""The manual of a rule, and the tables of rules and ops."""

from __future__ import annotations

import json as encoder
import textwrap
from typing import TYPE_CHECKING, Any

from shapecheck.diagnostics import RULES
from shapecheck.diagnostics.manual import pages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

WIDTH = 100
MOST_NAMES = 44  # characters of names in a column


def manual(name: str) -> str:
    """The page of a rule; "" if there is no such rule."""
    if name not in RULES:
        return ""
    rule, page = RULES[name], pages()[name]
    lines = [f"{name}  ({rule.code}, {rule.severity}): {rule.finds}", ""]
    for paragraph in page.why.split("\n\n"):
        lines += [*textwrap.wrap(paragraph, WIDTH), ""]
    for title, code in (("rejected", page.rejected), ("accepted", page.accepted)):
        lines += [f"{title}:", "", textwrap.indent(code.strip("\n"), "    "), ""]
    lines.append(f"Hold back one finding:  # shapecheck: ignore[{name}]")
    return "\n".join(lines) + "\n"


def rules(*, json: bool = False) -> str:
    """All rules, in the order of their codes."""
    ordered = sorted(RULES.items(), key=lambda item: item[1].code)
    rows = [
        {"code": rule.code, "name": name, "severity": rule.severity, "finds": rule.finds}
        for name, rule in ordered
    ]
    return _json("rules", rows) if json else _table(rows)


def ops(rows: Iterable[dict[str, Any]], libraries: Mapping[str, str], *, json: bool = False) -> str:
    """All ops with their names in the libraries, and on how many calls they were compared.

    Args:
        rows: an op each.
        libraries: the releases that they were compared with, by name.
        json: as data; otherwise as columns, with the first names only.
    """
    listed = list(rows)
    if json:
        return encoder.dumps({"version": 1, "libraries": libraries, "ops": listed}, indent=2) + "\n"
    short = [
        {name: _short(value) for name, value in row.items()}
        | {"compared": f"{row['compared']['calls']:,}"}
        for row in listed
    ]
    calls = sum(row["compared"]["calls"] for row in listed)
    days = sorted({row["compared"]["on"] for row in listed} - {""})
    told = ", ".join(f"{name} {release}" for name, release in libraries.items())
    note = (
        f"{len(listed)} ops. compared: random calls that the rule and the library agree on; "
        f"{calls:,} in all"
    )
    since = f", {' to '.join(dict.fromkeys((days[0], days[-1])))}, with {told}" if days else ""
    return f"{_table(short)}\n{note}{since}\n"


def _short(value: Any) -> Any:
    """The first of many names that fit a column, and how many others there are."""
    if not isinstance(value, (list, tuple)):
        return value
    fit = list(value)
    while len(fit) > 1 and len(", ".join(map(str, fit))) > MOST_NAMES:
        fit.pop()
    more = [f"+{len(value) - len(fit)}"] if len(fit) < len(value) else []
    return (*fit, *more)


def _json(name: str, rows: list[dict[str, Any]]) -> str:
    return encoder.dumps({"version": 1, name: rows}, indent=2) + "\n"


def _table(rows: Sequence[dict[str, Any]]) -> str:
    """Rows under their names, each column as wide as it has to be, the last as long as it is."""
    if not rows:
        return ""
    header = list(rows[0])
    cells = [header, *([_cell(row[name]) for name in header] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "".join(f"{line}\n" for line in _lines(cells, widths))


def _lines(cells: list[list[str]], widths: list[int]) -> Iterator[str]:
    for number, row in enumerate(cells):
        yield "  ".join(f"{cell:<{w}}" for cell, w in zip(row, widths, strict=True)).rstrip()
        if number == 0:
            yield "  ".join("-" * w for w in widths)


def _cell(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return str(value)
