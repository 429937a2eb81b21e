"""A program followed once more, with sizes that differ, to see what fits only as they are equal."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from shapecheck.infer.gradients import update_of
from shapecheck.ops import Array
from shapecheck.static.analysis import STEPS, Analyser
from shapecheck.static.distinct import Distinct, of_own_sizes, order_of
from shapecheck.static.project import Module

if TYPE_CHECKING:
    from shapecheck.ops import Applied

SQUARE = {"eye", "identity"}  # what is made with two sizes that have to be equal


class Apart(Analyser):
    """Follows a program with sizes that all differ where it makes arrays.

    Args:
        suspicious: who followed it with the sizes that it has.
    """

    def __init__(self, suspicious: Analyser) -> None:
        old = suspicious.module
        module = Module(old.path, old.name, old.source, old.tree, old.package)
        super().__init__(suspicious.project, module, shapes=False)
        self.wanted = suspicious.suspects
        self.seen_orders: dict[ast.AST, list[int] | None] = {}

    def orders(self) -> dict[ast.AST, list[int]]:
        """The updates in which a gradient's axes stand in another order, with that order."""
        self._start(STEPS, lambda: self.run_module(self.module, "__main__"))
        return {node: order for node, order in self.seen_orders.items() if order is not None}

    @property
    def is_quiet(self) -> bool:
        """Nothing is reported here."""
        return True

    def take_path(self, assume: Any) -> None:
        """Go on with other assumptions, under which sizes differ."""
        super().take_path(assume if isinstance(assume, Distinct) else Distinct.after(assume))

    def _judged(self, applied: Applied, named: str, node: ast.AST) -> object:
        result = super()._judged(applied, named, node)
        made = isinstance(result, Array) and applied.op.name not in SQUARE
        if made and not any(isinstance(one, (Array, list)) for one in applied.bound.values()):
            return of_own_sizes(result)
        return result

    def statement(self, node: ast.stmt) -> str:
        """Follow one statement; of an update that is suspected, the axes are compared."""
        update = update_of(node) if isinstance(node, (ast.Assign, ast.AugAssign)) else None
        if update is not None and update.node in self.wanted:
            value = self._in(self.frame)
            whole = value(update.target)
            orders = [order_of(value(one), whole, self.assume) for one in update.gradients()]
            self.seen_orders.setdefault(update.node, orders[0] if orders else None)
        return super().statement(node)
