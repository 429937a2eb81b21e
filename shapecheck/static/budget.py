"""How much work may go into one file: counted, so that it is the same on every machine.

A file is looked at for itself, statement by statement, whatever it takes. What calls take of other
code is bounded: by a sum for the file that grows with its length, and for each of its own
statements by a share that earlier ones cannot use up.
"""

from __future__ import annotations

import time

MOST_WORK = 150_000  # for one file: a statement is one, an op five, whatever the machine's speed
OF_OP = 5
# Work after which calls are no longer followed: so much, and so much for each line of the file.
FOLLOWED, FOLLOWED_EACH = 8_000, 10
OWN_SHARE = 2_000  # of each statement of the file itself, when others before it took it all
SHARED = 3  # the part of all work that goes into such shares at most
FOR_SHAPES = 20  # times as much where shapes are asked for: the packages that a program uses, too
MOST_SECONDS = 30.0  # for one file, on a machine that is busy with other things, too
LOOKS = 64  # units of work between two looks at the clock


class Budget:
    """The work that went into a file, and what is left.

    Args:
        lines: of the file.
        shapes: whether the shapes of all expressions are asked for.
    """

    def __init__(self, lines: int, *, shapes: bool) -> None:
        more = FOR_SHAPES if shapes else 1
        self.work = 0
        self._most = MOST_WORK * more
        self._room = (FOLLOWED + FOLLOWED_EACH * lines) * more
        self._deadline = time.perf_counter() + MOST_SECONDS

    def statement(self) -> bool:
        """One more statement; whether there is no more work to spend."""
        self.work += 1
        return self.work > self._most or (self.work % LOOKS == 0 and self.is_over())

    def op(self) -> None:
        """One more op."""
        self.work += OF_OP

    def own_statement(self) -> None:
        """A statement of the file itself begins: it has a share of its own."""
        self._room = max(self._room, min(self.work + OWN_SHARE, self._most // SHARED))

    def is_over(self) -> bool:
        """Whether the file took too long."""
        return self.work > self._most or time.perf_counter() > self._deadline

    def is_spent(self) -> bool:
        """Whether calls are no longer followed: the rest is for the statements themselves."""
        return self.work > self._room
