"""The error of a specification that cannot be read."""

from __future__ import annotations


class SpecError(ValueError):
    """An axis specification is malformed.

    Raised where the specification is declared (at decoration), never during a call.

    Attributes:
        text: the specification as it was written.
        column: 0-based offset into `text` of the first character at fault.
        width: how many characters are at fault, at least 1.
        problem: one clause that says what is wrong.
        remedy: one clause that says what to write instead, or "".
        subject: what the specification belongs to (``argument x of linear``), or "".
    """

    def __init__(
        self,
        text: str,
        column: int,
        problem: str,
        *,
        remedy: str = "",
        width: int = 1,
        subject: str = "",
    ) -> None:
        self.text = text
        self.column = column
        self.width = max(1, width)
        self.problem = problem
        self.remedy = remedy
        self.subject = subject
        super().__init__(self._report())

    def about(self, subject: str) -> SpecError:
        """The same error, saying what the specification belongs to."""
        if self.subject:
            return self
        return SpecError(
            self.text,
            self.column,
            self.problem,
            remedy=self.remedy,
            width=self.width,
            subject=subject,
        )

    def _report(self) -> str:
        where = f" of {self.subject}" if self.subject else ""
        lines = [
            f'axis specification "{self.text}"{where}: {self.problem}  [spec-syntax]',
            f"    {''.join(' ' if char.isspace() else char for char in self.text)}",
            f"    {' ' * self.column}{'^' * self.width}",
        ]
        if self.remedy:
            lines.append(f"  {self.remedy}")
        return "\n".join(lines)

    def __reduce__(self) -> tuple[object, ...]:
        state = (self.text, self.column, self.problem, self.remedy, self.width, self.subject)
        return (_restore, state)


def _restore(
    text: str, column: int, problem: str, remedy: str, width: int, subject: str
) -> SpecError:
    return SpecError(text, column, problem, remedy=remedy, width=width, subject=subject)
