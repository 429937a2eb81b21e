"""Random calls of ops written as expressions, with the arrays that their names stand for."""

import random

from calls import drawer
from oracle import Arr, mutated, spelled, symbolic

from shapecheck.ops._params import Mismatch
from shapecheck.ops._spelling import SPACES

HOMES = {
    "numpy": "np",
    "torch": "torch",
    "functional": "F",
    "module": "nn",
    "einops": "einops",
}
SIGNS = {
    "matmul": "@",
    "add": "+",
    "sub": "-",
    "mul": "*",
    "truediv": "/",
    "pow": "**",
    "and_": "&",
    "eq": "==",
    "lt": "<",
    "ge": ">=",
}


class NotWritten(Exception):
    """The call has no spelling as an expression."""


class Written:
    """A call as an expression.

    Attributes:
        text: the expression.
        library: the library of its arrays.
        arrays: the arrays by name, as they are drawn.
    """

    def __init__(self, op, spelling, library, rng, drawn=None):
        self.library = library
        self.arrays = {}
        call = drawn if drawn is not None else drawer(op)(rng, library)
        if call is None:
            raise NotWritten
        if rng.random() < 0.6:
            call = mutated(rng, call)
        call = {name.lstrip("_"): value for name, value in call.items()}
        self.text = self._text(op, spelling, call, rng)

    def _text(self, op, spelling, call, rng):
        space = SPACES[spelling.space]
        if space.is_module:
            return self._module(op, spelling, call, rng)
        try:
            args, kwargs = spelled(rng, spelling, call)
        except Exception as error:
            raise NotWritten from error
        words = [self._value(one) for one in args]
        named = [f"{name}={self._value(one)}" for name, one in kwargs.items()]
        if spelling.space == "operator":
            sign = SIGNS.get(spelling.name)
            if sign is None or len(words) != 2:
                raise NotWritten
            return f"{words[0]} {sign} {words[1]}"
        if spelling.space in ("ndarray", "tensor"):
            owner, *rest = words or [""]
            if spelling.name in ("T", "mT", "H", "mH", "real", "imag", "flat") or not owner:
                raise NotWritten
            return f"{owner}.{spelling.name}({', '.join([*rest, *named])})"
        home = HOMES.get(spelling.space)
        if home is None or "Generator" in spelling.name or "RandomState" in spelling.name:
            raise NotWritten
        return f"{home}.{spelling.name}({', '.join([*words, *named])})"

    def _module(self, op, spelling, call, rng):
        stored = {name: value for name, value in call.items() if name in op.stored}
        args, kwargs = spelled(rng, spelling, stored)
        made = [self._value(one) for one in args]
        made += [f"{name}={self._value(one)}" for name, one in kwargs.items()]
        inputs = [
            self._value(call[name]) for name in op.kinds if name not in op.stored and name in call
        ]
        if spelling.space != "module":
            raise NotWritten
        return f"nn.{spelling.name}({', '.join(made)})({', '.join(inputs[:1])})"

    def _value(self, value):
        if isinstance(value, Arr):
            name = f"v{len(self.arrays)}"
            self.arrays[name] = value
            return name
        if isinstance(value, list):
            return f"[{', '.join(map(self._value, value))}]"
        if isinstance(value, tuple):
            inside = ", ".join(map(self._value, value))
            return f"({inside},)" if len(value) == 1 else f"({inside})"
        if value is None or isinstance(value, (bool, int, float, str)):
            return repr(value)
        raise NotWritten

    def values(self, size=lambda n: n):
        """What the names stand for."""
        return {name: array.axes(self.library, size) for name, array in self.arrays.items()}


def written(op, count, seed=0):
    """So many random calls of an op as expressions; fewer for ops that have none."""
    rng = random.Random(f"{op.name} {seed}")
    found = []
    for _ in range(count * 3):
        spelling = rng.choice(op.spellings)
        library = spelling.library or rng.choice(("numpy", "torch"))
        try:
            found.append((Written(op, spelling, library, rng), symbolic(rng)))
        except (NotWritten, Mismatch, LookupError):
            continue
        if len(found) == count:
            break
    return found
