"""Each rule has a page with a program that it rejects and one that it accepts; both are run."""

import runpy
import warnings

import pytest

from shapecheck.diagnostics import RULES
from shapecheck.diagnostics.manual import pages
from shapecheck.errors import ShapeWarning, SpecError
from shapecheck.runtime import crash

OF_FILES = {"syntax-error", "unreadable-file", "unused-suppression", "invalid-suppression"}
STATIC_ONLY = {"stale-shape-comment", "requires-equal", "dims-equal-by-accident"}
INSTRUMENTED = {
    "broadcast-outer",
    "transpose-no-op",
    "batch-squeezed",
    "size-one-reduction",
    "axes-scrambled",
}
GRADIENTS = {"grad-shape", "grad-axes", "grad-autoreduced", "grad-missing"}
BARE = sorted(set(RULES) - OF_FILES - STATIC_ONLY - INSTRUMENTED - GRADIENTS)


def test_every_rule_has_a_page_and_every_page_a_rule():
    assert set(pages()) == set(RULES)


def test_codes_are_unique_and_named_by_family():
    codes = [rule.code for rule in RULES.values()]
    assert len(set(codes)) == len(codes)
    assert codes == sorted(codes)
    assert {rule.severity for rule in RULES.values()} == {"error", "warning"}


def found_by_running(code, folder):
    """The rules that a program breaks when it is run."""
    file = folder / "program.py"
    file.write_text(code)
    found = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            runpy.run_path(str(file), run_name="__main__")
        except SpecError:
            found.append("spec-syntax")
        except Exception as error:
            diagnostic = getattr(error, "diagnostic", None) or crash.explain(error)
            found.append(diagnostic.rule if diagnostic is not None else repr(error))
    shape_warnings = [one.message for one in caught if isinstance(one.message, ShapeWarning)]
    return [one.diagnostic.rule for one in shape_warnings] + found


def rules(names, missing):
    """Parameters; of the rules that are yet to come, it is noticed when they have come."""
    return [
        pytest.param(name, marks=pytest.mark.xfail(strict=True)) if name in missing else name
        for name in names
    ]


@pytest.mark.parametrize("rule", rules(BARE, {"unpack-arity"}))
def test_programs_without_instruments(rule, tmp_path):
    page = pages()[rule]
    assert found_by_running(page.rejected, tmp_path) == [rule]
    assert found_by_running(page.accepted, tmp_path) == []
