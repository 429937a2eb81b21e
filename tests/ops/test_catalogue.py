"""The table of ops: complete, and made without loading a library."""

import json
import subprocess
import sys

from shapecheck.ops import OPS
from shapecheck.ops.catalogue import COMPARED, rows, versions


def test_every_op_has_a_row_with_names_and_shapes():
    found = {row.op: row for row in rows()}
    assert list(found) == [op.name for op in OPS]
    for op in OPS:
        row = found[op.name]
        assert set(row.qualified) == {one.qualified for one in op.spellings}
        assert set(row.backends) <= {"numpy", "torch"}
        assert row.backends
        assert 5 < len(row.summary) <= 110, f"{op.name}: {row.summary!r}"


def test_matmul():
    [row] = [row for row in rows() if row.op == "matmul"]
    assert row.names["torch"][0] == "matmul"
    assert row.names["operator"] == ("matmul",)
    assert row.backends == ("numpy", "torch")
    assert row.rejects


def test_what_was_compared_stands_beside_the_op():
    seen = json.loads(COMPARED.read_text())["ops"]
    assert not set(seen) - {op.name for op in OPS}, "run benchmarks/ops_oracle.py --write again"
    assert {"numpy", "torch", "einops"} <= set(versions())
    for row in rows():
        if row.op in seen:
            assert row.compared.calls == row.compared.accepted + row.compared.rejected >= 1000
            assert row.compared.on > "2026"
            assert row.compared.proved
        else:
            assert row.compared.calls == 0  # a new op: it is not claimed to have been compared
    assert len(seen) > 0.9 * len(OPS)


def test_no_library_is_loaded():
    code = (
        "import sys; from shapecheck.ops.catalogue import rows; rows();"
        "print([one for one in ('numpy', 'torch', 'einops', 'jaxtyping') if one in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
