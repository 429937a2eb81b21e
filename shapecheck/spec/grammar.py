"""From text to axes: jaxtyping's grammar, and brackets with commas.

``"*batch n_in"``, ``"#n 3 _"``, ``"rows=4 2*n+1"``, ``"{self.n} n"`` are jaxtyping's own;
``"(B, n_in)"`` and ``"[B, n_in]"`` say the same the way papers and docstrings do; ``"n[l+1] n[l]"``
names the sizes of a list of layers by position. Nothing here evaluates text: formulas are walked
as syntax trees. (`{…}` parts are kept as templates; jaxtyping defines them as f-string
expressions of the call's own arguments, so only a call can give their value.)
"""

from __future__ import annotations

import ast
import functools
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapecheck.dims import Expr, index_symbols, maximum, minimum, symbol, symbols
from shapecheck.spec.errors import SpecError
from shapecheck.spec.model import Dim, Run

if TYPE_CHECKING:
    from shapecheck.dims import Size, Symbol
    from shapecheck.spec.model import Axes

OPENING, CLOSING = "([{", ")]}"
MODIFIERS = "#*_?"
HOLE = "__hole_{}__"  # stands for a {…} part while the formula around it is parsed
MOST_DIGITS = 1000  # Python itself refuses to read very long numbers
LARGEST_EXPONENT = 64  # what is beyond would take long to multiply out
NO_NONE = ("None is not an axis", 'for any size write "_"')
COMPARES = ("this compares", "use '=' to document a size: rows=4")


@functools.lru_cache(maxsize=4096)
def parse_shape(text: str) -> Axes:
    """The axes that a specification declares.

    Raises:
        SpecError: the text is not an axis specification; the error points at the column.
    """
    axes = tuple(_axis(text, start, stop) for start, stop in _pieces(text))
    _at_most_one_run(text, axes)
    _positions_are_no_axes(text, axes)
    return axes


def is_bracketed(text: str) -> bool:
    """Whether one pair of brackets encloses the whole text: ``(B, n)``, not ``(a+b) (c+d)``."""
    inner = text.strip()
    if inner[:1] + inner[-1:] not in ("()", "[]"):
        return False
    depth = 0
    for offset, char in enumerate(inner):
        depth += (char in OPENING) - (char in CLOSING)
        if depth == 0:
            return offset == len(inner) - 1
    return False


def split_top(text: str, separators: str | None, start: int = 0) -> list[tuple[int, int]]:
    """The (start, stop) offsets of the pieces between separators that stand outside brackets.

    As in `str.split`, None means blanks of any kind.

    Raises:
        SpecError: a bracket is not closed, or closes nothing.
    """
    pieces, opened, begin = [], [], start
    for offset in range(start, len(text)):
        char = text[offset]
        if char in OPENING:
            opened.append(offset)
        elif char in CLOSING:
            if not opened or OPENING.index(text[opened[-1]]) != CLOSING.index(char):
                raise SpecError(text, offset, f"'{char}' closes nothing")
            opened.pop()
        elif not opened and (char.isspace() if separators is None else char in separators):
            pieces.append((begin, offset))
            begin = offset + 1
    if opened:
        raise SpecError(text, opened[-1], f"'{text[opened[-1]]}' is not closed")
    pieces.append((begin, len(text)))
    return pieces


def _pieces(text: str) -> list[tuple[int, int]]:
    """Where the single axes stand in the text."""
    if is_bracketed(text):
        return _between_commas(text)
    spans = [span for span in split_top(text, None) if span[0] < span[1]]
    for start, stop in spans:
        comma = next((at for at, end in _commas(text, start, stop)), None)
        if comma is not None:
            names = text.replace(",", " ").split()
            raise SpecError(
                text,
                comma,
                "axes are separated by spaces",
                remedy=f'write "{" ".join(names)}", or "({", ".join(names)})" in a plain string',
            )
    return spans


def _commas(text: str, start: int, stop: int) -> list[tuple[int, int]]:
    """The top-level commas within one blank-separated piece, as (offset, end)."""
    return [(end, end + 1) for _, end in split_top(text[:stop], ",", start)[:-1]]


def _between_commas(text: str) -> list[tuple[int, int]]:
    """The axes of a bracketed specification; a trailing comma is allowed, as in Python."""
    left = len(text) - len(text.lstrip())
    right = len(text.rstrip()) - 1
    spans = split_top(text[:right], ",", left + 1)
    if not text[spans[-1][0] : spans[-1][1]].strip():
        spans.pop()  # "()" and the trailing comma of "(n,)"
    found = []
    for start, stop in spans:
        piece = text[start:stop]
        if not piece.strip():
            raise SpecError(text, stop, "an axis is missing before this comma")
        begin = start + len(piece) - len(piece.lstrip())
        found.append((begin, begin + len(piece.strip())))
    for begin, end in found:
        _no_bare_spaces(text, begin, end)
    return found


def _no_bare_spaces(text: str, start: int, stop: int) -> None:
    """In brackets, blanks between axes are a comma forgotten: ``(B n_in)``."""
    words = text[start:stop].split()
    if len(words) > 1 and all(_is_simple(word) for word in words):
        axes = text.strip()[1:-1].replace(",", " ").split()
        raise SpecError(
            text,
            start + len(words[0]),
            "axes in brackets are separated by commas",
            remedy=f'write "({", ".join(axes)})"',
        )


def _is_simple(word: str) -> bool:
    """Whether a word can only be an axis by itself: a name, a size, ``...``, ``_``."""
    body = word.lstrip(MODIFIERS)
    return body.isidentifier() or body.isdigit() or word in ("...", "_")


def _at_most_one_run(text: str, axes: Axes) -> None:
    runs = [axis for axis in axes if isinstance(axis, Run)]
    if len(runs) > 1:
        raise SpecError(
            text,
            runs[1].column,
            f"'{runs[1]}' is the second run of axes; where it starts could not be told",
            remedy="at most one of the axes can be '...' or '*name'",
        )


def _positions_are_no_axes(text: str, axes: Axes) -> None:
    """In ``n[l+1] l`` the name l would mean a position in a list and a size at once."""
    if "[" not in text:
        return
    sizes = [(a, a.size) for a in axes if isinstance(a, Dim) and isinstance(a.size, Expr)]
    positions = {one.name for _, size in sizes for one in index_symbols(size)}
    for axis, size in sizes:
        both = positions & {one.name for one in symbols(size) if one.index is None}
        if both:
            name = both.pop()
            raise SpecError(
                text,
                axis.column,
                f"'{name}' is the position in the list here, so it cannot be an axis too",
                remedy="use another name for one of the two",
                width=len(axis.text),
            )


@dataclass(slots=True)
class _Marks:
    """The modifiers in front of one axis."""

    broadcast: bool = False
    run: bool = False
    anonymous: bool = False
    tree: bool = False
    label: str = ""


def _axis(text: str, start: int, stop: int) -> Dim | Run:
    """One axis, from its characters ``text[start:stop]``."""
    piece = text[start:stop]
    if piece in ("...", "…"):
        return Run(None, column=start)
    if "..." in piece:
        raise SpecError(
            text,
            start + piece.index("..."),
            "'...' stands alone",
            remedy="name the run with '*name', or put blanks around '...'",
            width=3,
        )
    if piece.endswith("#") and piece.strip(MODIFIERS):
        raise SpecError(
            text, stop - 1, "'#' goes in front of an axis", remedy=f'write "#{piece[:-1]}"'
        )
    marks, begin = _modifiers(text, start, stop)
    return _judge(text, begin, stop, marks, start)


def _modifiers(text: str, start: int, stop: int) -> tuple[_Marks, int]:
    """Read the modifiers in any order, and ``label=``; say where the axis itself begins."""
    marks, at = _Marks(), start
    fields = {"#": "broadcast", "*": "run", "_": "anonymous", "?": "tree"}
    while at < stop:
        char, rest = text[at], text[at:stop]
        if char in fields:
            if getattr(marks, fields[char]):
                raise SpecError(text, at, f"'{char}' stands twice", remedy="once is enough")
            setattr(marks, fields[char], True)
            at += 1
        elif rest.count("=") == 1 and "{" not in rest.split("=")[0]:
            marks.label = rest.split("=")[0]
            if marks.label[-1:] in ("<", ">", "!"):
                column = at + len(marks.label) - 1
                raise _slipped(text, column, COMPARES, 2)
            at += len(marks.label) + 1
        else:
            break
    return marks, at


def _judge(text: str, begin: int, stop: int, marks: _Marks, start: int) -> Dim | Run:
    """Put modifiers and axis together, or say why they do not fit."""
    body = text[begin:stop]
    if body == "None" and not marks.anonymous:
        raise _slipped(text, begin, NO_NONE, len(body))
    if not body or body.isidentifier():
        return _named(text, unicodedata.normalize("NFKC", body), marks, start)  # as Python does
    size, template = _size(text, begin, stop)
    kind = "fixed size" if isinstance(size, int) else "formula"
    if marks.anonymous or marks.run or marks.tree:
        char = "_" if marks.anonymous else "*" if marks.run else "?"
        raise SpecError(
            text,
            start,
            f"'{char}' goes with a name, and {body} is a {kind}",
            remedy=f'write "{body}"',
            width=stop - start,
        )
    return Dim(
        size,
        body,
        broadcast=marks.broadcast,
        label=marks.label,
        template=template,
        column=start,
    )


def _named(text: str, body: str, marks: _Marks, start: int) -> Dim | Run:
    if marks.anonymous or not body:
        if marks.broadcast or not marks.anonymous:
            char = "#" if marks.broadcast else "*" if marks.run else "?" if marks.tree else "="
            raise SpecError(text, start, f"'{char}' needs the name of an axis behind it")
        if marks.run:
            return Run(None, column=start)
        return Dim(None, f"_{body}", label=marks.label, column=start)
    if marks.run:
        return Run(body, broadcast=marks.broadcast, tree=marks.tree, column=start)
    return Dim(
        symbol(body),
        body,
        broadcast=marks.broadcast,
        tree=marks.tree,
        label=marks.label,
        column=start,
    )


def parse_size(text: str) -> Size:
    """The size that a template stands for once its ``{…}`` parts are put in; it may be negative.

    Raises:
        SpecError: the text is neither a name, a size nor a formula.
    """
    body = text.strip()
    if body.isidentifier():
        return symbol(unicodedata.normalize("NFKC", body))
    size, template = _size(body, 0, len(body), signed=True)
    if size is None or template:
        raise SpecError(body, 0, "this still has braces", width=len(body))
    return size


def _size(text: str, begin: int, stop: int, *, signed: bool = False) -> tuple[Size | None, str]:
    """The size of an axis that is not a plain name, and its template if it has ``{…}``."""
    body = text[begin:stop]
    if body.isascii() and body.isdigit():
        if len(body) > MOST_DIGITS:
            raise SpecError(text, begin, "no array has an axis of this size", width=len(body))
        return int(body), ""
    plain, holes = _without_holes(text, begin, stop)
    if holes:
        _is_template(text, begin, body)
    try:
        size = _formula(text, begin, body, plain, holes)
    except SpecError:
        if holes:
            return None, body  # only the f-string's value can tell whether this is an axis
        raise
    if {one.name for one in _symbols(size) if one.tag == "{}"} != set(holes.values()):
        return None, body  # n{i} is a name that is put together, n[{i}] is one of many
    if isinstance(size, int) and size < 0 and not signed:
        raise SpecError(
            text,
            begin,
            "a size is never negative",
            remedy='for an axis of any size write "_"',
            width=len(body),
        )
    return size, body if holes else ""


def _formula(text: str, begin: int, body: str, plain: str, holes: dict[str, str]) -> Size:
    """The size that a formula stands for; `plain` is its text without ``{…}`` parts."""
    try:
        tree = ast.parse(_one_line(plain), mode="eval").body
        return _Formula(text, begin, holes).read(tree)
    except SpecError:
        raise
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        offset = getattr(error, "offset", None) or len(body)  # 0: at the end of the text
        raise _unreadable(text, begin, body, min(offset, len(body)) - 1) from None


def _is_template(text: str, begin: int, body: str) -> None:
    try:
        ast.parse(f"f{body!r}", mode="eval")
    except SyntaxError:
        raise SpecError(
            text,
            begin + body.index("{"),
            "braces hold an expression of the call's arguments, and this is none",
            remedy='for an attribute write "{self.n}", for an argument "{n}"',
            width=body.rindex("}") + 1 - body.index("{"),
        ) from None


def _without_holes(text: str, begin: int, stop: int) -> tuple[str, dict[str, str]]:
    """The formula with an identifier in place of each ``{…}``, and what the identifiers mean."""
    body, holes, at = text[begin:stop], dict[str, str](), 0
    pieces = []
    while (opening := body.find("{", at)) >= 0:
        depth, closing = 0, opening
        for closing in range(opening, len(body)):
            depth += (body[closing] == "{") - (body[closing] == "}")
            if depth == 0:
                break
        name = HOLE.format(len(holes))
        holes[name] = body[opening : closing + 1]
        pieces += [body[at:opening], name]
        at = closing + 1
    return "".join([*pieces, body[at:]]), holes


def _unreadable(text: str, begin: int, body: str, offset: int) -> SpecError:
    """What is wrong with text that is not even a formula, with the commonest slips named."""
    if body in ("+", "-", "*", "/", "//", "%"):
        return SpecError(
            text,
            begin,
            "blanks separate axes, so this stands alone",
            remedy=f'write formulas without blanks: "n{body}1"',
            width=len(body),
        )
    digits = len(body) - len(body.lstrip("0123456789"))
    if digits and body[digits:].isidentifier():
        return SpecError(
            text,
            begin,
            "a name does not begin with a digit",
            remedy=f'for a product write "{body[:digits]}*{body[digits:]}"',
            width=len(body),
        )
    if body in (":", "-", "*"):
        return SpecError(text, begin, "this is not an axis", remedy='for any size write "_"')
    return SpecError(
        text,
        begin + offset,
        "this is neither a name, a size nor a formula",
        remedy="an axis is a name (n_in), a size (3), '_', '...', '*run' or a formula (2*n+1)",
    )


def _slipped(text: str, column: int, slip: tuple[str, str], width: int) -> SpecError:
    problem, remedy = slip
    return SpecError(text, column, problem, remedy=remedy, width=width)


def _one_line(formula: str) -> str:
    """The formula with a blank for each line break: in brackets both mean nothing."""
    return "".join(" " if char.isspace() else char for char in formula)


def _symbols(size: Size) -> frozenset[Symbol]:
    return symbols(size) if isinstance(size, Expr) else frozenset()


@dataclass(slots=True)
class _Formula:
    """Walks the syntax tree of a formula and builds the size."""

    text: str
    begin: int
    holes: dict[str, str]

    def read(self, node: ast.expr) -> Size:
        match node:
            case ast.Constant(value=int() as number) if not isinstance(number, bool):
                return number
            case ast.Name(id=name):
                return self._name(name)
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return -self.read(inner)
            case ast.UnaryOp(op=ast.UAdd(), operand=inner):
                return self.read(inner)
            case ast.BinOp(left=left, op=operator, right=right):
                return self._binary(node, left, operator, right)
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if args:
                return self._call(node, name, [self.read(arg) for arg in args])
            case ast.Subscript(value=ast.Name(id=name), slice=index):
                return symbol(name, self._index(index))
            case _:
                raise self._error(node, *_slip(node))

    def _name(self, name: str) -> Size:
        if name in self.holes:
            return symbol(self.holes[name], tag="{}")
        return symbol(name)

    def _binary(self, node: ast.expr, left: ast.expr, op: ast.operator, right: ast.expr) -> Size:
        try:
            return _combine(op, self.read(left), self.read(right))
        except SpecError:
            raise
        except ZeroDivisionError:
            raise self._error(right, "this divides by zero", "") from None
        except NotImplementedError:
            raise self._error(node, *_slip(node)) from None
        except (ValueError, TypeError) as error:
            raise self._error(node, str(error), "") from None

    def _call(self, node: ast.expr, name: str, args: list[Size]) -> Size:
        if name == "min":
            return minimum(*args)
        if name == "max":
            return maximum(*args)
        if name == "abs" and len(args) == 1:
            return maximum(args[0], -args[0])
        raise self._error(
            node, f"'{name}' is not a function of sizes", "min, max and abs are; so is arithmetic"
        )

    def _index(self, node: ast.expr) -> Size:
        if isinstance(node, (ast.Tuple, ast.Slice)):
            problem = "an index is one position"
            raise self._error(node, problem, 'in a list of layers write "n[l+1] n[l]"')
        index = self.read(node)
        names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        if len(names) > 1:
            raise self._error(
                node,
                f"the position names {', '.join(sorted(names))} are more than one",
                'an index has one position name: "n[l+1] n[l]"',
            )
        return index

    def _error(self, node: ast.expr, problem: str, remedy: str) -> SpecError:
        """Point at `node`; a hole that is shorter than its stand-in makes columns approximate."""
        column, end = self.begin, self.begin + 1
        if not self.holes:
            line = self.text[self.begin :].encode(errors="replace")  # syntax trees count bytes
            column = self.begin + len(line[: node.col_offset].decode())
            end = self.begin + len(line[: node.end_col_offset].decode())
        return SpecError(self.text, column, problem, remedy=remedy, width=end - column)


def _combine(operator: ast.operator, left: Size, right: Size) -> Size:
    match operator:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
        case ast.FloorDiv():
            return left // right
        case ast.Mod():
            return left % right
        case ast.Pow():
            if isinstance(right, int) and not 0 <= right <= LARGEST_EXPONENT:
                raise ValueError("no size has this exponent")
            return left**right
        case _:
            raise NotImplementedError


def _slip(node: ast.expr) -> tuple[str, str]:
    """The problem and the remedy for syntax that is Python's but not a size's."""
    match node:
        case ast.BinOp(op=ast.Div(), left=left, right=right):
            halved = f"{ast.unparse(left)}//{ast.unparse(right)}".replace(" ", "")
            return "'/' does not give whole numbers", f'write "{halved}"'
        case ast.BinOp(op=ast.BitXor(), left=left, right=right):
            return "'^' is not a power", f'write "{ast.unparse(left)}**{ast.unparse(right)}"'
        case ast.Attribute():
            return "a name has no dot", f'for an attribute write "{{{ast.unparse(node)}}}"'
        case ast.Constant(value=None):
            return NO_NONE
        case ast.Compare():
            return COMPARES
        case ast.Tuple() | ast.List():
            return "brackets enclose all axes or none", 'write "(B, T, C)"'
        case _:
            return "this is not a size", "a formula has names, whole numbers and + - * // % **"
