"""Which share of the calls in real code the ops cover, by tables of how often names are called.

python benchmarks/ops_coverage.py TABLES_FOLDER

The folder has the tables ``torch_functions.csv``, ``torch_methods.csv``, ``torch_modules.csv``,
``numpy_functions.csv``, ``numpy_methods.csv`` and ``einops.csv`` with the columns ``op`` and
``count``. Names of functions are relative to the library, ``F.`` stands for torch.nn.functional.
"""

import argparse
import csv
from pathlib import Path

from shapecheck.ops.names import candidates

# What the analyser handles by itself: containers and wrappers of modules, and what they hold.
CONTAINERS = {
    "torch.nn.Module",
    "torch.nn.Sequential",
    "torch.nn.ModuleList",
    "torch.nn.ModuleDict",
    "torch.nn.Parameter",
    "torch.nn.Buffer",
    "torch.nn.ParameterList",
    "torch.nn.ParameterDict",
    "torch.nn.UninitializedParameter",
    "torch.nn.UninitializedBuffer",
    "torch.nn.DataParallel",
    "torch.nn.parallel.DistributedDataParallel",
    "torch.nn.parallel.distributed.DistributedDataParallel",
}
# Attributes, which are read and not called, and the sizes that the analyser answers itself.
ATTRIBUTES = {"shape", "ndim", "dtype", "device", "data", "grad", "size"}
TABLES = {
    "torch_functions": ("torch.", "torch"),
    "torch_methods": ("torch.Tensor.", "torch"),
    "torch_modules": ("torch.", "torch"),
    "numpy_functions": ("numpy.", "NumPy"),
    "numpy_methods": ("numpy.ndarray.", "NumPy"),
    "einops": ("einops.", "einops"),
}
TARGETS = {"torch": 0.99, "NumPy": 0.97}


def qualified(table, name):
    """The full name of a row."""
    if name.startswith("F."):
        return f"torch.nn.functional.{name[2:]}"
    if table == "einops" and name.startswith("layers."):
        return f"einops.layers.torch.{name[len('layers.') :]}"
    return TABLES[table][0] + name.removeprefix("torch.")


def is_covered(table, name):
    """Whether an op, or the analyser by itself, has a name."""
    full = qualified(table, name)
    is_attribute = table.endswith("_methods") and name in ATTRIBUTES
    return bool(candidates(full)) or full in CONTAINERS or is_attribute


def rows(folder, table):
    """The names of a table, with how often each is called."""
    with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return [(row["op"], int(row["count"])) for row in csv.DictReader(file)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=Path, help="where the tables lie")
    parser.add_argument("--missing", type=int, default=40, help="how many missing names to print")
    arguments = parser.parse_args()
    totals, missing = {}, []
    for table, (_, library) in TABLES.items():
        counted = rows(arguments.folder, table)
        covered = [one for one in counted if is_covered(table, one[0])]
        missing += [(count, table, name) for name, count in set(counted) - set(covered)]
        calls, names = sum(n for _, n in counted), len(counted)
        found = sum(n for _, n in covered)
        print(f"{table:16} {found / calls:6.2%} of calls, {len(covered)} of {names} names")
        known, whole = totals.get(library, (0, 0))
        totals[library] = known + found, whole + calls
    for library, (found, calls) in totals.items():
        target = TARGETS.get(library)
        wanted = f" (target {target:.0%})" if target else ""
        print(f"{library}: {found / calls:.2%} of {calls:,} calls{wanted}")
    print(f"the most used of {len(missing)} missing names:")
    for count, table, name in sorted(missing, reverse=True)[: arguments.missing]:
        print(f"{count:7,}  {table:16} {name}")


if __name__ == "__main__":
    main()
