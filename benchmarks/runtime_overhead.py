"""What a checked call costs over the bare call, beside checks written by hand and the peers.

One process, all candidates in turn within each round, the best of many rounds (the least disturbed
one). Prints, for NumPy arrays and torch tensors, the overhead over the bare call as a multiple of
the same checks (class, dtype, shape, result) written as asserts.

    python benchmarks/runtime_overhead.py [--rounds N] [--json]

The function under test declares ``f(x: "B n_in", W: "n_out n_in", b: "n_out") -> "B n_out"`` and
returns a ready array, so that nothing but the checks is timed.
"""

import argparse
import json
import statistics
import sys
import time
from typing import Annotated

import beartype
import jaxtyping
import numpy as np
import torch
from jaxtyping import Float, jaxtyped

from shapecheck import check

CALLS = {"fast": 2_000, "slow": 100}
NUMPY_FLOATS = frozenset(map(np.dtype, ("f2", "f4", "f8")))
TORCH_FLOATS = frozenset({torch.float16, torch.bfloat16, torch.float32, torch.float64})


def numpy_candidates():
    x, W, b, y = np.zeros((32, 784)), np.zeros((256, 784)), np.zeros(256), np.zeros((32, 256))
    Array = np.ndarray

    def bare(x, W, b):
        return y

    def asserts(x, W, b):
        assert isinstance(x, np.ndarray) and x.dtype in NUMPY_FLOATS
        B, n_in = x.shape
        assert isinstance(W, np.ndarray) and W.dtype in NUMPY_FLOATS
        n_out, k = W.shape
        assert k == n_in
        assert isinstance(b, np.ndarray) and b.dtype in NUMPY_FLOATS and b.shape == (n_out,)
        result = y
        assert isinstance(result, np.ndarray) and result.dtype in NUMPY_FLOATS
        assert result.shape == (B, n_out)
        return result

    def annotated(
        x: Float[Array, "B n_in"], W: Float[Array, "n_out n_in"], b: Float[Array, "n_out"]
    ) -> Float[Array, "B n_out"]:
        return y

    return (x, W, b), bare, asserts, annotated, dltyped(y, Array)


def torch_candidates():
    x, W, b = torch.zeros(32, 784), torch.zeros(256, 784), torch.zeros(256)
    y = torch.zeros(32, 256)
    Tensor = torch.Tensor

    def bare(x, W, b):
        return y

    def asserts(x, W, b):
        assert isinstance(x, Tensor) and x.dtype in TORCH_FLOATS
        B, n_in = x.shape
        assert isinstance(W, Tensor) and W.dtype in TORCH_FLOATS
        n_out, k = W.shape
        assert k == n_in
        assert isinstance(b, Tensor) and b.dtype in TORCH_FLOATS and b.shape == (n_out,)
        result = y
        assert isinstance(result, Tensor) and result.dtype in TORCH_FLOATS
        assert result.shape == (B, n_out)
        return result

    def annotated(
        x: Float[Tensor, "B n_in"], W: Float[Tensor, "n_out n_in"], b: Float[Tensor, "n_out"]
    ) -> Float[Tensor, "B n_out"]:
        return y

    return (x, W, b), bare, asserts, annotated, dltyped(y, Tensor)


def dltyped(y, cls):
    """The same declarations for dltype, if it is installed."""
    try:
        import dltype
    except ImportError:
        return None

    @dltype.dltyped()
    def f(
        x: Annotated[cls, dltype.FloatTensor["B n_in"]],
        W: Annotated[cls, dltype.FloatTensor["n_out n_in"]],
        b: Annotated[cls, dltype.FloatTensor["n_out"]],
    ) -> Annotated[cls, dltype.FloatTensor["B n_out"]]:
        return y

    return f


def typeguarded(annotated):
    try:
        import typeguard

        return jaxtyped(typechecker=typeguard.typechecked)(annotated)
    except (ImportError, AttributeError):
        return None


def seconds(function, arguments, calls):
    """The time of one call, from a loop of calls."""
    x, W, b = arguments
    start = time.perf_counter()
    for _ in range(calls):
        function(x, W, b)
    return (time.perf_counter() - start) / calls


def measure(candidates, arguments, rounds):
    """The best time of each candidate, all of them in turn in every round."""
    best = dict.fromkeys(candidates, float("inf"))
    for _ in range(rounds):
        for name, function in candidates.items():
            calls = CALLS["slow" if "jaxtyping" in name or name == "dltype" else "fast"]
            best[name] = min(best[name], seconds(function, arguments, calls))
    return best


def compare(make, rounds):
    arguments, bare, asserts, annotated, with_dltype = make()
    candidates = {
        "bare": bare,
        "asserts by hand": asserts,
        "shapecheck": check(annotated),
        "jaxtyping + beartype": jaxtyped(typechecker=beartype.beartype)(annotated),
        "jaxtyping + typeguard": typeguarded(annotated),
        "dltype": with_dltype,
    }
    candidates = {name: one for name, one in candidates.items() if one is not None}
    for function in candidates.values():
        function(*arguments)
    best = measure(candidates, arguments, rounds)
    return {name: best[name] - best["bare"] for name in best if name != "bare"}, best["bare"]


def decoration():
    """The median time to decorate one function: of a form met before, and of a new form.

    Compiled code is shared by functions that differ in nothing but the names of their parameters
    and axes; how many of a package's functions do is the package's affair.
    """
    ranks = [(x, w, y) for x in range(1, 6) for w in range(1, 5) for y in range(1, 5)]
    known, new = [], []
    for number, (x, w, y) in enumerate(ranks):
        new.append(seconds_to_decorate(number, x, w, y))
        known.append(seconds_to_decorate(number + 1000, x, w, y))
    return statistics.median(known), statistics.median(new)


def seconds_to_decorate(number, *ranks):
    x, w, y = (" ".join(f"a{axis}" for axis in range(rank)) for rank in ranks)
    namespace = {"Float": Float, "np": np}
    exec(
        f'def f{number}(x{number}: Float[np.ndarray, "{x}"], W: Float[np.ndarray, "{w}"]) '
        f'-> Float[np.ndarray, "{y}"]: ...',
        namespace,
    )
    function = namespace[f"f{number}"]
    start = time.perf_counter()
    check(function)
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=150)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = {}
    for library, make in (("NumPy", numpy_candidates), ("torch", torch_candidates)):
        overhead, bare = compare(make, options.rounds)
        unit = overhead["asserts by hand"]
        ours = overhead["shapecheck"]
        found[library] = {
            "asserts_ns": unit * 1e9,
            "shapecheck_over_asserts": ours / unit,
            "beartype_over_shapecheck": overhead["jaxtyping + beartype"] / ours,
        }
        if not options.json:
            print(f"\n{library}: overhead of one checked call (bare call {bare * 1e9:.0f} ns)")
            print(f"  {'':22} {'over asserts':>12}   {'over shapecheck':>15}   {'ns':>9}")
            for name, value in overhead.items():
                ratios = f"{value / unit:>11.2f}x   {value / ours:>14.1f}x"
                print(f"  {name:22} {ratios}   {value * 1e9:>9.0f}")
    known, new = decoration()
    found["decoration_us"], found["decoration_of_a_new_form_us"] = known * 1e6, new * 1e6
    if options.json:
        json.dump(found, sys.stdout, indent=2)
        print()
    else:
        print(
            f"\ndecoration: {known * 1e6:.0f} us a function, "
            f"{new * 1e6:.0f} us for the first of its form (medians)"
        )
        print(
            f"Python {sys.version.split()[0]}, NumPy {np.__version__}, torch {torch.__version__}, "
            f"jaxtyping {jaxtyping.__version__}, beartype {beartype.__version__}"
        )


if __name__ == "__main__":
    main()
