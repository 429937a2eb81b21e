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
    "syntax-error": Rule("SC001", "error", "a file that is not Python"),
    "unreadable-file": Rule("SC002", "error", "a file that cannot be read"),
    "unused-suppression": Rule("SC003", "warning", "a suppression of nothing"),
    "invalid-suppression": Rule("SC004", "warning", "a suppression that cannot be understood"),
    "spec-syntax": Rule("SC101", "error", "an axis specification that cannot be read"),
    "unresolved-annotation": Rule("SC102", "warning", "an annotation that cannot be evaluated"),
    "no-effect": Rule("SC103", "warning", "a decorator with nothing to check"),
    "stale-shape-comment": Rule(
        "SC104", "warning", "a comment that gives a shape which the array does not have"
    ),
    "matmul-inner": Rule("SC201", "error", "a product whose contracted axes differ in size"),
    "broadcast": Rule("SC202", "error", "shapes that cannot be stretched to one shape"),
    "reshape-size": Rule("SC203", "error", "a shape with another number of elements"),
    "cat-axis": Rule("SC204", "error", "arrays that are joined and do not fit each other"),
    "conv-channels": Rule("SC205", "error", "an image with another number of channels"),
    "linear-in-features": Rule("SC206", "error", "a layer sized for another number of features"),
    "axis-out-of-range": Rule("SC207", "error", "an axis that the array does not have"),
    "unpack-arity": Rule("SC208", "error", "another number of values than names to unpack into"),
    "einsum-pattern": Rule("SC209", "error", "an einsum equation that its arrays do not fit"),
    "einops-pattern": Rule("SC210", "error", "an einops pattern that its array does not fit"),
    "rank": Rule("SC211", "error", "an array with another number of axes than the op takes"),
    "index-shape": Rule("SC212", "error", "an index or mask that does not fit the array"),
    "index-out-of-range": Rule("SC213", "error", "an index beyond the end of its axis"),
    "size-argument": Rule("SC214", "error", "a size or count that cannot be"),
    "window-size": Rule(
        "SC215", "error", "a window, padding or scale that the array is too small for"
    ),
    "norm-size": Rule("SC216", "error", "a normalisation sized for other features or channels"),
    "loss-target": Rule("SC217", "error", "a target that does not fit the prediction"),
    "state-shape": Rule(
        "SC218", "error", "a hidden state that does not fit the batch or the layer"
    ),
    "attention-shape": Rule("SC219", "error", "queries, keys, values or masks that do not fit"),
    "view-stride": Rule("SC220", "error", "a view that memory order does not allow"),
    "square-matrix": Rule("SC221", "error", "a matrix that has to be square, or of full shape"),
    "expand-size": Rule("SC222", "error", "an axis that cannot be expanded to a size"),
    "assignment-shape": Rule(
        "SC223", "error", "a value that does not fit into what it is assigned to"
    ),
    "ragged": Rule("SC224", "error", "nested lists that are not rectangular"),
    "empty-reduction": Rule("SC225", "error", "a reduction over no elements"),
    "load-state": Rule("SC226", "error", "a checkpoint whose arrays have other shapes"),
    "backward-scalar": Rule("SC227", "error", "a backward pass from more than one number"),
    "shape-error": Rule("SC299", "error", "shapes that a library rejected"),
    "argument-shape": Rule("SC301", "error", "an argument that breaks its declaration"),
    "return-shape": Rule("SC302", "error", "a result that breaks its declaration"),
    "attribute-shape": Rule("SC303", "error", "an attribute that breaks its declaration"),
    "local-shape": Rule("SC304", "error", "a local value that breaks what is asserted of it"),
    "dtype": Rule("SC305", "error", "an array of another dtype than declared"),
    "requires-equal": Rule(
        "SC306", "error", "sizes that have to be equal, which the signature does not promise"
    ),
    "broadcast-outer": Rule("SC401", "warning", "operands that are both stretched, silently"),
    "transpose-no-op": Rule(
        "SC402", "warning", "a transpose that does nothing: 1-D has no columns"
    ),
    "batch-squeezed": Rule("SC403", "warning", "a squeeze that drops a batch of one, too"),
    "size-one-reduction": Rule("SC404", "warning", "a softmax or argmax over a single number"),
    "axes-scrambled": Rule("SC405", "warning", "a reshape that cuts across axes"),
    "dims-equal-by-accident": Rule(
        "SC406", "warning", "axes that fit only because two sizes happen to be equal"
    ),
    "grad-shape": Rule("SC501", "error", "a gradient of another shape than what it belongs to"),
    "grad-axes": Rule("SC502", "warning", "a gradient whose axes stand in another order"),
    "grad-autoreduced": Rule(
        "SC503", "warning", "a gradient that is not summed: torch does it silently, or b grows"
    ),
    "grad-missing": Rule("SC504", "warning", "a parameter that gets no gradient"),
    "grad-count": Rule("SC505", "error", "another number of gradients than of arguments"),
}
