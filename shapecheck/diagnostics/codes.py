"""The table of rules. The name says what is found; the code is stable; the severity is fixed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its stable code, its severity, and what it finds in one clause."""

    code: str
    severity: str
    finds: str


RULES: dict[str, Rule] = {
    "spec-syntax": Rule("SC101", "error", "an axis specification that cannot be read"),
    "unresolved-annotation": Rule("SC102", "warning", "an annotation that cannot be evaluated"),
    "no-effect": Rule("SC103", "warning", "a decorator with nothing to check"),
    "argument-shape": Rule("SC301", "error", "an argument that breaks its declaration"),
    "return-shape": Rule("SC302", "error", "a result that breaks its declaration"),
    "attribute-shape": Rule("SC303", "error", "an attribute that breaks its declaration"),
    "local-shape": Rule("SC304", "error", "a local value that breaks what is asserted of it"),
    "dtype": Rule("SC305", "error", "an array of another dtype than declared"),
}
