"""Evaluates expressions abstractly: arrays by their axes, everything else as far as it is known."""

from shapecheck.infer.expr import Evaluator, Step
from shapecheck.infer.lookup import Function, Lookup, Names, Namespace, Opaque

__all__ = ["Evaluator", "Function", "Lookup", "Names", "Namespace", "Opaque", "Step"]
