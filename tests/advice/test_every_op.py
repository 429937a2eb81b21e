"""Explanations of random calls of every op: none raises, all fit the page, and fixes are true."""

import re
import warnings

import einops
import numpy as np
import pytest
import torch
from oracle import is_about_shapes
from spelling import written
from torch import nn

from shapecheck.advice.lessons import lesson
from shapecheck.diagnostics import RULES
from shapecheck.infer import Names
from shapecheck.ops import OPS
from shapecheck.render.lesson import text
from shapecheck.render.text import WIDTH

CALLS = 12
# Errors that tell of the spelling (a keyword that no release has), not of shapes.
OF_SPELLING = (TypeError, AttributeError)
IN_WORDS = re.compile(r" numbers$| in place of ")
OF_VALUES = re.compile(
    r"must be an integer array|high <= 0|index_size|must be greater than 0|when training"
)


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_nothing_raises_and_all_fits_the_page(op):
    for call, (_, size) in written(op, CALLS):
        for values in (call.values(), call.values(size)):
            found = lesson(call.text, Names(values))
            report = text(found)
            assert report.isascii(), report
            heads = ("ShapeError: ", "ShapeWarning: ")
            lines = [one for one in report.splitlines() if not one.startswith(heads)]
            assert not [one for one in lines if len(one) > WIDTH], report
            if found.diagnostic is not None:
                assert found.diagnostic.rule in RULES
                assert found.diagnostic.message


def shapes_seen():
    """Fixes that were told for random calls, with the arrays that they are about."""
    for op in OPS:
        for call, _ in written(op, CALLS, seed=1):
            found = lesson(call.text, Names(call.values()))
            for fix in found.diagnostic.fixes if found.diagnostic is not None else ():
                if (
                    fix.checked
                    and re.search(r"\bv\d\b", fix.title)
                    and not IN_WORDS.search(fix.title)
                ):
                    yield call, fix


def test_a_checked_fix_does_what_it_says():
    told = 0
    for call, fix in shapes_seen():
        names = {"np": np, "torch": torch, "F": nn.functional, "nn": nn, "einops": einops}
        names |= {name: array.real(call.library) for name, array in call.arrays.items()}
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                result = eval(fix.title, names)  # noqa: S307 - that it runs is the point
        except OF_SPELLING:
            continue
        except Exception as error:
            about_values = OF_VALUES.search(str(error)) or not is_about_shapes(error)
            assert about_values, (call.text, call.arrays, fix, error)
            continue
        told += 1
        shape = re.match(r"\([\d, ]*\)", fix.result)
        if shape and hasattr(result, "shape"):
            assert shape[0] == str(tuple(result.shape)), (call.text, call.arrays, fix)
    assert told > 200
