"""A function's call while it is followed, the loops in it, and how a block of statements ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ast

    from shapecheck.static.state import Changes
    from shapecheck.static.values import ClassValue, FunctionValue, ListValue, Scope

NEXT, RETURN, BREAK, CONTINUE, RAISE = "next", "return", "break", "continue", "raise"


@dataclass(slots=True)
class Exit:
    """One way out of a function or loop: the value, and what changed until then."""

    value: object
    changes: Changes


@dataclass(slots=True)
class Loop:
    """A loop that is followed.

    Attributes:
        outside: how many branches were open when it began, that of the loop included.
        inside: the same for the iteration that is followed.
        breaks: ways out of the loop.
        continues: ways to the next iteration.
    """

    outside: int
    inside: int = 0
    breaks: list[Changes] = field(default_factory=list)
    continues: list[Changes] = field(default_factory=list)


@dataclass(slots=True)
class Frame:
    """A call.

    Attributes:
        scope: its variables.
        function: what is called, None for a module.
        node: the call expression, None where there is none.
        depth: how many branches were open when it began.
        exits: the ways out that were met.
        yields: what it yielded.
        loops: the loops around the statement that is followed.
    """

    scope: Scope
    function: FunctionValue | None = None
    node: ast.AST | None = None
    owner: ClassValue | None = None
    depth: int = 0
    exits: list[Exit] = field(default_factory=list)
    yields: ListValue | None = None
    loops: list[Loop] = field(default_factory=list)
    made: dict[str, ast.AST] = field(default_factory=dict)
    arguments: dict[str, object] | None = None  # of a function with a contract
    contract: Any = None  # what it is held to: a `Contract` and its `Binding`
    named: dict[str, Any] | None = None  # sizes by the names that comments give them
