"""How long ``import shapecheck`` takes in a fresh interpreter, and what it loads.

python benchmarks/import_time.py
"""

import json
import statistics
import subprocess
import sys

PROGRAM = """
import json, sys, time
start = time.perf_counter()
import shapecheck
imported = time.perf_counter() - start
loaded = [name for name in ("numpy", "torch", "jaxtyping", "beartype") if name in sys.modules]
shapecheck.check
print(json.dumps([imported, time.perf_counter() - start, loaded]))
"""


def main():
    runs = []
    for _ in range(15):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
        )
        runs.append(json.loads(done.stdout))
    imported, decorator, loaded = zip(*runs, strict=True)
    print(f"import shapecheck: {statistics.median(imported) * 1e3:.1f} ms (median of {len(runs)})")
    print(f"and the decorator: {statistics.median(decorator) * 1e3:.1f} ms")
    print(f"libraries loaded by it: {', '.join(sorted(set(sum(loaded, [])))) or 'none'}")


if __name__ == "__main__":
    main()
