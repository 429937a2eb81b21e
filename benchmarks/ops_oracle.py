"""How many random calls each op agrees with the real libraries on.

    python benchmarks/ops_oracle.py [--calls 20000] [--only NAME ...] [-j 2] [--missing] [--write]

Each line is an op: calls that the library accepted and rejected, those of them on which the rule
says that it cannot tell, and what it proved and refuted with symbols in the place of sizes. Below
stand the calls on which the two contradict each other, which make the exit status 1.

``--write`` enters what was seen into the table that ``shapecheck ops`` prints, op by op, so that a
long run can be done in pieces: ``--missing`` leaves out ops that the table has with as many calls.
"""

# ruff: noqa: E402 - the oracle lies with the tests, and is found only then

from __future__ import annotations

import argparse
import datetime as dt
import json
import multiprocessing
import platform
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "ops"))

import einops
import numpy as np
import torch
from calls import drawer
from oracle import Tally, compare

from shapecheck.ops import OPS, Op
from shapecheck.ops.catalogue import COMPARED

COUNTS = ("accepted", "rejected", "undecided", "proved", "refuted")
BY_NAME = {op.name: op for op in OPS}


def versions() -> dict[str, str]:
    """What the ops were compared with."""
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "torch": torch.__version__,
        "einops": einops.__version__,
    }


def table() -> dict:
    """What is known already; nothing, if it was found with other releases of the libraries."""
    known = json.loads(COMPARED.read_text()) if COMPARED.exists() else {}
    return known if known.get("versions") == versions() else {"versions": versions(), "ops": {}}


def write(known: dict) -> None:
    """Write the table, an op a line, in the order in which they are declared."""
    rows = ",\n".join(
        f"    {json.dumps(op.name)}: {json.dumps(known['ops'][op.name])}"
        for op in OPS
        if op.name in known["ops"]
    )
    COMPARED.write_text(
        f'{{\n  "versions": {json.dumps(known["versions"])},\n  "ops": {{\n{rows}\n  }}\n}}\n'
    )


def one(task: tuple[str, int, int]) -> tuple[str, Tally]:
    """Compare one op; a task is its name, how many calls, and the seed."""
    torch.set_num_threads(1)
    name, calls, seed = task
    return name, compare(BY_NAME[name], drawer(BY_NAME[name]), calls, seed)


def chosen(arguments: argparse.Namespace, known: dict) -> list[Op]:
    """The ops that are asked for."""
    unknown = set(arguments.only or ()) - set(BY_NAME)
    if unknown:
        sys.exit(f"no such ops: {', '.join(sorted(unknown))}")
    asked = [op for op in OPS if not arguments.only or op.name in arguments.only]
    if not arguments.missing:
        return asked
    rows = known["ops"]
    enough = {name for name in rows if _calls(rows[name]) >= arguments.calls}
    return [op for op in asked if op.name not in enough]


def _calls(row: dict) -> int:
    return row["accepted"] + row["rejected"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--calls", type=int, default=1000, help="of each op (default: 1000)")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="only these ops")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-j", "--jobs", type=int, default=1)
    parser.add_argument("--missing", action="store_true", help="leave out what the table has")
    parser.add_argument("--write", action="store_true", help="into the table of `shapecheck ops`")
    arguments = parser.parse_args()
    known = table()
    tasks = [(op.name, arguments.calls, arguments.seed) for op in chosen(arguments, known)]
    total, broken = dict.fromkeys(COUNTS, 0), 0
    print(f"{'':40}" + "".join(f"{name:>11}" for name in COUNTS))
    with multiprocessing.get_context("spawn").Pool(arguments.jobs) as pool:
        for name, tally in pool.imap(one, tasks):
            row = {count: getattr(tally, count) for count in COUNTS}
            print(f"{name:40}" + "".join(f"{number:11,}" for number in row.values()), flush=True)
            for failure in tally.failures:
                print(f"    {failure}", flush=True)
            broken += bool(tally.failures)
            total = {count: total[count] + row[count] for count in COUNTS}
            if arguments.write and not tally.failures:
                known["ops"][name] = {"on": str(dt.datetime.now(dt.UTC).date()), **row}
                write(known)
    print(f"{len(tasks):,} ops".ljust(40) + "".join(f"{number:11,}" for number in total.values()))
    print(f"{_calls(total):,} calls compared; {broken} ops contradict a library")
    return int(broken > 0)


if __name__ == "__main__":
    sys.exit(main())
