"""Random calls of the ops in `shapecheck.ops.einsum`."""

from oracle import SIZES, Arr


def contraction(rng, library, most=3, diagonals=True):
    """Names of the operands' axes (with "..." among them), of the result's, and the arrays."""
    letters = rng.sample("abcijkABZ", rng.randint(1, 5))
    sizes = {letter: rng.choice(SIZES) for letter in letters}
    rest = [rng.choice(SIZES) for _ in range(rng.choice((0, 0, 0, 1, 2)))]
    with_rest = bool(rest) or rng.random() < 0.1
    terms, operands = [], []
    for _ in range(rng.randint(1, most)):
        term = rng.sample(letters, rng.randint(0, min(3, len(letters))))
        if term and diagonals and rng.random() < 0.15:
            term.insert(rng.randint(0, len(term)), rng.choice(term))
        shape = [[1 if rng.random() < 0.08 else sizes[letter]] for letter in term]
        if with_rest and rng.random() < 0.8:
            at = rng.randint(0, len(term))
            term.insert(at, "...")
            own = rest[rng.randint(0, len(rest)) :] if rng.random() < 0.3 else rest
            shape.insert(at, [1 if rng.random() < 0.2 else n for n in own])
        terms.append(term)
        operands.append(Arr(tuple(n for group in shape for n in group)))
    used = sorted({letter for term in terms for letter in term})
    output = rng.sample(used, rng.randint(0, len(used)))
    if "..." in used and "..." not in output and rng.random() < 0.8:
        output.insert(rng.randint(0, len(output)), "...")
    if rng.random() < 0.04:
        output.append(rng.choice([*letters, "x", "..."]))
    return terms, output, tuple(operands)


def einsum(rng, library):
    terms, output, operands = contraction(rng, library)
    equation = ",".join("".join(term) for term in terms)
    if rng.random() < 0.85:
        equation += "->" + "".join(output)
    if rng.random() < 0.1:
        equation = equation.replace(",", ", ").replace("->", " -> ")
    if rng.random() < 0.05 and equation:
        at = rng.randrange(len(equation))
        equation = equation[:at] + rng.choice(("", "1", ".", ",", "k", "->")) + equation[at + 1 :]
    return {"equation": equation, "operands": operands}


def einsum_sublist(rng, library):
    terms, output, operands = contraction(rng, library)
    numbers = {letter: number for number, letter in enumerate("abcijkABZx")} | {"...": ...}
    arguments = []
    for term, operand in zip(terms, operands):
        arguments += [operand, [numbers[letter] for letter in term]]
    if rng.random() < 0.7:
        arguments.append([numbers[letter] for letter in output])
    return {"arguments": tuple(arguments)}


DRAWS = {"einsum": einsum, "einsum_sublist": einsum_sublist}
