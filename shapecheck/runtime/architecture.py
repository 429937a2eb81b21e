"""A layer that was sized for another input: the chain of modules in front of it, and what fits."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shapecheck.advice import sizing
from shapecheck.advice.words import listed
from shapecheck.diagnostics import Cell, Fix, Link, shown_path
from shapecheck.runtime import callsite, chain

if TYPE_CHECKING:
    from shapecheck.advice.scene import Scene
    from shapecheck.runtime.crash import Crash

MOST_ROWS = 12


@dataclass(frozen=True, slots=True)
class Sized:
    """What the chain of modules adds to the report."""

    reason: str
    fixes: tuple[Fix, ...]
    chain: tuple[Link, ...]


def explain(crash: Crash, scene: Scene) -> Sized | None:
    """The chain in front of the module that failed; None if nothing was noted."""
    roots = crash.roots
    if not roots:
        return None
    root = roots[0]
    calls = [call for call in chain.since(root) if call.gave is not None]
    links = [
        sizing.Link(call.path, call.layer, call.given, call.gave)
        for call in calls
        if call.layer is not None and call.given is not None and call.gave is not None
    ]
    part = next(iter(scene.parts()), None)
    if not links or part is None:
        return None
    sizes = tuple(one if isinstance(one, int) else 0 for one in part.sizes)
    rows = _rows(scene, links, sizes, chain.first_input(root))
    if scene.rule != "linear-in-features":
        return Sized("", (), rows)
    wanted = scene.argument("in_features")
    if not isinstance(wanted, int) or len(sizes) < 2:
        return Sized("", (), rows)
    return Sized(_reason(links, wanted, sizes), tuple(_fixes(crash, links, wanted, sizes)), rows)


def _rows(
    scene: Scene,
    links: list[sizing.Link],
    sizes: tuple[int, ...],
    first: tuple[int, ...] | None,
) -> tuple[Link, ...]:
    """The chain as rows; of a long one its end."""
    rows = [
        Link(link.path, sizing.described(link), _cells(link.gave), sizing.arithmetic(link))
        for link in links
    ]
    if first is not None:
        rows.insert(0, Link("input", "", _cells(first)))
    last = links[-1].gave
    if sizes != last:
        node = scene.parts()[0].node
        text = scene.source(node) if node is not None else ""
        rows.append(Link("", text, _cells(sizes), _product(last, sizes)))
    stored = scene.applied.bound
    op = f"{scene.step.named.rpartition('.')[2]}"
    if "in_features" in stored:
        op += f" {stored['in_features']}->{stored['out_features']}"
    elif "in_channels" in stored:
        op += f" {stored['in_channels']}->{stored['out_channels']}"
    return (*rows[-MOST_ROWS:], Link(scene.module, op, None, ""))


def _cells(shape: tuple[int, ...]) -> tuple[Cell, ...]:
    return tuple(Cell(size) for size in shape)


def _product(last: tuple[int, ...], sizes: tuple[int, ...]) -> str:
    """``32*5*5`` where flattening explains the number of features."""
    total = 1
    for size in last[1:]:
        total *= size
    return "*".join(map(str, last[1:])) if len(last) > 2 and total == sizes[-1] else ""


def _reason(links: list[sizing.Link], wanted: int, sizes: tuple[int, ...]) -> str:
    """What the layer was sized for, and what it gets."""
    last = links[-1].gave
    got = _product(last, sizes)
    if len(last) < 3 or not got:
        return f"The layers in front deliver {sizes[-1]} features."
    channels = last[1]
    side = round((wanted / channels) ** 0.5) if channels else 0
    if channels and side * side * channels == wanted and len(last) == 4:
        here = "x".join(map(str, last[2:]))
        return (
            f"{wanted} = {channels}*{side}*{side}, you deliver {got}: the Linear was sized for "
            f"{_article(side)} {side}x{side} map, the layers in front deliver {here}."
        )
    return f"You deliver {got} = {sizes[-1]}; {wanted} is no multiple of these {channels} channels."


def _article(number: int) -> str:
    """Of a number as it is spoken: ``an 8``, ``an 11``, ``an 18``."""
    return "an" if str(number)[0] == "8" or number in (11, 18) else "a"


def _fixes(
    crash: Crash, links: list[sizing.Link], wanted: int, sizes: tuple[int, ...]
) -> list[Fix]:
    fixes = []
    for change in sizing.changes(links, wanted):
        if change.padding is not None:
            where = listed(sorted({_owner(crash, link) for link in change.links})[:3])
            title = f"padding={change.padding} in {where}"
            fixes.append(Fix(title, f"{wanted} features, the Linear unchanged", checked=True))
        elif change.image is not None:
            title = f"images of {change.image}x{change.image}"
            fixes.append(Fix(title, f"{wanted} features: what it was made for", checked=True))
    out = next((one for one in [crash.failed] if hasattr(one, "out_features")), None)
    out_features = getattr(out, "out_features", "n_out")
    last = links[-1].gave
    bias = ", bias=False" if getattr(out, "bias", True) is None else ""
    fixes.append(
        Fix(
            f"nn.Linear({sizes[-1]}, {out_features}{bias})",
            f"fits {'x'.join(map(str, last[2:]))}"
            if _product(last, sizes)
            else f"({', '.join(map(str, (*sizes[:-1], out_features)))})",
            checked=True,
        )
    )
    return fixes[:2]


def _owner(crash: Crash, link: sizing.Link) -> str:
    """The class and attribute that a layer was made as, and where: ``Block.conv (net.py:45)``."""
    root: Any = crash.roots[0]
    parent, _, name = link.path.rpartition(".")
    try:
        owner = root.get_submodule(parent) if parent else root
        made = _made(type(owner), name)
    except (AttributeError, OSError, TypeError, SyntaxError):
        made = None
    if made is None:
        return crash.shown(root, link.path)
    path, line = made
    shown = "" if path == crash.user.path else f"{shown_path(path)}:"
    return f"{type(owner).__name__}.{name} ({shown or 'line '}{line})"


def _made(cls: type, name: str) -> tuple[str, int] | None:
    """The line that assigns ``self.name`` in a class' own constructor."""
    constructor = vars(cls).get("__init__")
    if not inspect.isfunction(constructor):
        return None
    span = callsite.assignment_span(constructor, f"self.{name}")
    return None if span is None else (span.path, span.line)
