"""Integer expressions in normal form: a size is an `int` or an `Expr`.

An `Expr` is a polynomial with integer coefficients over atoms. The plain atom is a `Symbol`; the
others (floor divisions, minima and maxima, powers with a symbolic exponent) live in `division.py`,
`extremum.py` and `power.py`, and are made only by the constructors there, which simplify first.

Names stand for integers >= 0 and the arithmetic is Python's. A simplification may give a value
where the original divides by zero, and is equal to it everywhere else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, TypeGuard

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping


class Atom:
    """A factor that the algebra does not look into.

    Invariants: immutable; two atoms are equal when their class and `fields` are; `key` orders the
    atoms of a process and is made of tuples, strings and integers only; `parts` are the sizes that
    the atom is made of, in the order in which `rebuild` takes them.
    """

    __slots__ = ("_hash", "fields", "key")

    fields: tuple[Hashable, ...]
    key: tuple[object, ...]
    _hash: int

    def _set(self, fields: tuple[Hashable, ...], key: tuple[object, ...]) -> None:
        self.fields = fields
        self.key = key
        self._hash = hash(fields)

    @property
    def parts(self) -> tuple[Size, ...]:
        """The sizes that it is made of, in the order of `rebuild`."""
        raise NotImplementedError

    def rebuild(self, parts: tuple[Size, ...]) -> Size:
        """Make the same function of other parts, simplified anew."""
        raise NotImplementedError

    def evaluate(self, parts: tuple[int, ...]) -> int:
        """Compute the value of the same function of integers."""
        raise NotImplementedError

    def is_nonnegative(self) -> bool:
        """Tell whether the value is >= 0 for all values of the names (False: not known)."""
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(self) is not type(other):
            return NotImplemented
        return self._hash == other._hash and self.fields == other.fields

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self) -> tuple[object, ...]:
        # Not the slots: hashes of strings differ from process to process.
        return type(self), self.fields

    def __repr__(self) -> str:
        return str(Expr.of(self))


class Symbol(Atom):
    """A name for an integer >= 0.

    Args:
        name: how it is written.
        index: makes it a member of a family, such as `n[l + 1]`; `l` is a symbol in the index.
        tag: tells homonyms of different scopes apart; it is not printed.
    """

    __slots__ = ("index", "name", "tag")

    def __init__(self, name: str, index: Size | None = None, tag: Hashable = None) -> None:
        self.name = name
        self.index = index
        self.tag = tag
        if index is None and tag is None:
            key: tuple[object, ...] = (0, name)
        else:
            # Tags need not be comparable. The hash separates those that print alike.
            order = () if tag is None else (str(tag), hash(tag))
            key = (0, name, () if index is None else sort_key(index), order)
        self._set((name, index, tag), key)

    @property
    def parts(self) -> tuple[Size, ...]:
        """The index, if there is one."""
        return () if self.index is None else (self.index,)

    def at(self, index: Size | None) -> Symbol:
        """Give the member of the same family at another index."""
        return Symbol(self.name, index, self.tag)

    def rebuild(self, parts: tuple[Size, ...]) -> Size:
        """Make the member of the family at another index."""
        return Expr.of(self.at(parts[0]) if parts else self)

    def is_nonnegative(self) -> bool:
        """Names stand for integers >= 0."""
        return True


Monomial: TypeAlias = "tuple[tuple[Atom, int], ...]"
Term: TypeAlias = "tuple[Monomial, int]"


class Expr:
    """A sum of products that is not constant.

    Invariants: `terms` pairs each monomial (atoms by ascending `key`, exponents >= 1) with its
    coefficient (never 0), highest degree first; at least one monomial is not empty, because a
    constant is an `int`. So `==` and `hash` are structural, and an `Expr` never equals an `int`.

    Made by `symbol` and by arithmetic; instances are immutable.
    """

    __slots__ = ("_hash", "terms")

    def __init__(self, terms: tuple[Term, ...]) -> None:
        self.terms = terms
        self._hash: int | None = None

    @staticmethod
    def of(atom: Atom) -> Expr:
        """Wrap one atom."""
        return Expr(((((atom, 1),), 1),))

    @property
    def constant(self) -> int:
        """The term without atoms, 0 where there is none."""
        monomial, coefficient = self.terms[-1]
        return 0 if monomial else coefficient

    def __add__(self, other: Size) -> Size:
        if not is_size(other):
            return NotImplemented
        return from_terms((*self.terms, *terms_of(other)))

    __radd__ = __add__

    def __neg__(self) -> Expr:
        return Expr(tuple((monomial, -coefficient) for monomial, coefficient in self.terms))

    def __pos__(self) -> Expr:
        return self

    def __sub__(self, other: Size) -> Size:
        return self + -other if is_size(other) else NotImplemented

    def __rsub__(self, other: Size) -> Size:
        return -self + other if is_size(other) else NotImplemented

    def __mul__(self, other: Size) -> Size:
        return multiply(self, other) if is_size(other) else NotImplemented

    __rmul__ = __mul__

    def __floordiv__(self, other: Size) -> Size:
        return _floor_divide()(self, other) if is_size(other) else NotImplemented

    def __rfloordiv__(self, other: Size) -> Size:
        return _floor_divide()(other, self) if is_size(other) else NotImplemented

    def __mod__(self, other: Size) -> Size:
        return self - other * (self // other) if is_size(other) else NotImplemented

    def __rmod__(self, other: Size) -> Size:
        return other - self * (other // self) if is_size(other) else NotImplemented

    def __pow__(self, other: Size) -> Size:
        return _power()(self, other) if is_size(other) else NotImplemented

    def __rpow__(self, other: Size) -> Size:
        return _power()(other, self) if is_size(other) else NotImplemented

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Expr):
            return NotImplemented
        return hash(self) == hash(other) and self.terms == other.terms

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(self.terms)
        return self._hash

    def __reduce__(self) -> tuple[object, ...]:
        return Expr, (self.terms,)

    def __str__(self) -> str:
        from shapecheck.dims.text import text  # noqa: PLC0415 - text is written in terms of Expr

        return text(self)

    __repr__ = __str__


Size: TypeAlias = int | Expr


def _floor_divide() -> Callable[[Size, Size], Size]:
    from shapecheck.dims.division import floor_divide  # noqa: PLC0415 - it builds on this module

    return floor_divide


def _power() -> Callable[[Size, Size], Size]:
    from shapecheck.dims.power import power  # noqa: PLC0415 - it builds on this module

    return power


def is_size(value: object) -> TypeGuard[Size]:
    """Tell whether a value is a size: an `int` or an `Expr`, and not a `bool`."""
    return isinstance(value, (int, Expr)) and not isinstance(value, bool)


def symbol(name: str, index: Size | None = None, tag: Hashable = None) -> Expr:
    """Make the size that one name stands for; the arguments are those of `Symbol`."""
    return Expr.of(Symbol(name, index, tag))


# --- sums of terms ----------------------------------------------------------------------------


def terms_of(size: Size) -> tuple[Term, ...]:
    """Give the terms of any size; those of 0 are none."""
    if isinstance(size, Expr):
        return size.terms
    return (((), size),) if size else ()


def from_terms(terms: Iterable[Term]) -> Size:
    """Add up terms in any order, with repetitions, into normal form."""
    sums: dict[Monomial, int] = {}
    for monomial, coefficient in terms:
        sums[monomial] = sums.get(monomial, 0) + coefficient
    kept = [term for term in sums.items() if term[1]]
    if not kept:
        return 0
    if len(kept) > 1:
        kept.sort(key=_term_key)
    elif not kept[0][0]:
        return kept[0][1]
    return Expr(tuple(kept))


def _term_key(term: Term) -> tuple[object, ...]:
    # Graded lexicographic, descending: an order that multiplication respects, which polynomial
    # division needs, and the one in which polynomials are usually written.
    monomial = term[0]
    return (
        -sum([exponent for _, exponent in monomial]),
        tuple([(atom.key, -exponent) for atom, exponent in monomial]),
    )


def sort_key(size: Size) -> tuple[object, ...]:
    """Give a key that orders sizes: expressions in the order of their terms, then integers."""
    if isinstance(size, Expr):
        return 0, tuple((_term_key(term), term[1]) for term in size.terms)
    return 1, size


def multiply(left: Size, right: Size) -> Size:
    """Multiply two sizes of any kind."""
    return from_terms(
        (multiply_monomials(m, n), a * b) for m, a in terms_of(left) for n, b in terms_of(right)
    )


def multiply_monomials(left: Monomial, right: Monomial) -> Monomial:
    """Multiply two products of atoms."""
    if not left or not right:
        return left or right
    exponents = dict(left)
    for atom, exponent in right:
        exponents[atom] = exponents.get(atom, 0) + exponent
    return tuple(sorted(exponents.items(), key=lambda factor: factor[0].key))


def product(sizes: Iterable[Size]) -> Size:
    """Multiply any number of sizes; that of none is 1."""
    result: Size = 1
    for size in sizes:
        result = result * size
    return result


def is_nonnegative(size: Size) -> bool:
    """Tell whether a size is visibly >= 0: no negative coefficient, no doubtful atom."""
    return all(
        coefficient > 0
        and all(exponent % 2 == 0 or atom.is_nonnegative() for atom, exponent in monomial)
        for monomial, coefficient in terms_of(size)
    )


# --- looking inside ---------------------------------------------------------------------------


def atoms_of(size: Size) -> Iterator[Atom]:
    """Give the atoms of a size, those inside other atoms included, those inside indices not."""
    for monomial, _ in terms_of(size):
        for atom, _ in monomial:
            yield atom
            if not isinstance(atom, Symbol):
                for part in atom.parts:
                    yield from atoms_of(part)


def symbols(size: Size) -> frozenset[Symbol]:
    """Give the symbols that a size depends on; `n[l + 1]` counts as itself, not as `l`."""
    return frozenset(atom for atom in atoms_of(size) if isinstance(atom, Symbol))


def lone_symbol(size: Size) -> Symbol | None:
    """The symbol that a size consists of and nothing else, or None: ``n``, not ``n + 1``."""
    if isinstance(size, Expr):
        names = symbols(size)
        if len(names) == 1:
            (one,) = names
            if size == symbol(one.name, one.index, one.tag):
                return one
    return None


def index_symbols(size: Size) -> frozenset[Symbol]:
    """Give the symbols inside the indices of a size: `l` for `n[l + 1]`."""
    found: frozenset[Symbol] = frozenset()
    for one in symbols(size):
        if one.index is not None:
            found |= symbols(one.index) | index_symbols(one.index)
    return found


def substitute(size: Size, mapping: Mapping[Symbol, Size]) -> Size:
    """Replace symbols, simultaneously, and simplify what contains them.

    Indices are replaced too, and a symbol whose index becomes an integer that way is looked up
    once more: `n[l + 1]` under `{l: 0, n[1]: 784}` is 784.
    """
    if not isinstance(size, Expr) or not mapping:
        return size
    result: Size = 0
    for monomial, coefficient in size.terms:
        factor: Size = coefficient
        for atom, exponent in monomial:
            factor = factor * _substitute_atom(atom, mapping) ** exponent
        result = result + factor
    return result


def _substitute_atom(atom: Atom, mapping: Mapping[Symbol, Size]) -> Size:
    if isinstance(atom, Symbol):
        if atom in mapping:
            return mapping[atom]
        if atom.index is None:
            return Expr.of(atom)
        member = atom.at(substitute(atom.index, mapping))
        known = isinstance(member.index, int) and member in mapping
        return mapping[member] if known else Expr.of(member)
    return atom.rebuild(tuple(substitute(part, mapping) for part in atom.parts))


def evaluate(size: Size, mapping: Mapping[Symbol, int]) -> int:
    """Compute the value of a size.

    Raises:
        KeyError: with the symbol, if one is not bound.
        ZeroDivisionError: if a divisor is 0.
        ValueError: if an exponent is negative.
    """
    if not isinstance(size, Expr):
        return size
    total = 0
    for monomial, coefficient in size.terms:
        for atom, exponent in monomial:
            coefficient *= _evaluate_atom(atom, mapping) ** exponent  # noqa: PLW2901
        total += coefficient
    return total


def _evaluate_atom(atom: Atom, mapping: Mapping[Symbol, int]) -> int:
    if not isinstance(atom, Symbol):
        return atom.evaluate(tuple(evaluate(part, mapping) for part in atom.parts))
    if atom in mapping or atom.index is None:
        return mapping[atom]
    return mapping[atom.at(evaluate(atom.index, mapping))]
