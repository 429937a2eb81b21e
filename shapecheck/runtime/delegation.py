"""The statements by which a generated generator delegates to the user's, checking as it goes.

`own` gives the machinery's names: ``sc_item``, ``sc_sent``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

Lines: TypeAlias = list[str]


def indented(lines: Lines, depth: int = 1) -> Lines:
    """The lines, inside so many blocks."""
    return ["    " * depth + line for line in lines]


def generator(
    own: Callable[[str], str], call: str, yields: Lines, sends: Lines, returns: Lines
) -> Lines:
    """Delegate to the user's generator as ``yield from`` does (PEP 380), checking as it goes."""
    item, inner, sent, result = own("item"), own("inner"), own("sent"), own("result")
    error = own("error")
    return [
        f"{inner} = {call}",
        f"{sent} = None",
        f"{error} = None",
        "while True:",
        "    try:",
        f"        if {error} is not None:",
        f"            {item} = {inner}.throw({error})",
        f"        elif {sent} is None:",
        f"            {item} = next({inner})",
        "        else:",
        f"            {item} = {inner}.send({sent})",
        f"    except {own('StopIteration')} as {own('stop')}:",
        f"        {result} = {own('stop')}.value",
        "        break",
        *indented(yields),
        "    try:",
        f"        {sent} = yield {item}",
        f"        {error} = None",
        f"    except {own('GeneratorExit')}:",
        f"        {inner}.close()",
        "        raise",
        f"    except {own('BaseException')} as {own('raised')}:",
        f"        {error} = {own('raised')}",
        *(
            [f"    if {error} is None and {sent} is not None:", *indented(sends, 2)]
            if sends
            else []
        ),
        *returns,
        f"return {result}",
    ]


def async_generator(own: Callable[[str], str], call: str, yields: Lines, sends: Lines) -> Lines:
    """The same for asynchronous generators (PEP 525), which have no ``yield from``."""
    item, inner, sent = own("item"), own("inner"), own("sent")
    error = own("error")
    return [
        f"{inner} = {call}",
        f"{sent} = None",
        f"{error} = None",
        "while True:",
        "    try:",
        f"        if {error} is not None:",
        f"            {item} = await {inner}.athrow({error})",
        "        else:",
        f"            {item} = await {inner}.asend({sent})",
        f"    except {own('StopAsyncIteration')}:",
        "        return",
        *indented(yields),
        "    try:",
        f"        {sent} = yield {item}",
        f"        {error} = None",
        f"    except {own('GeneratorExit')}:",
        f"        await {inner}.aclose()",
        "        raise",
        f"    except {own('BaseException')} as {own('raised')}:",
        f"        {error} = {own('raised')}",
        *(
            [f"    if {error} is None and {sent} is not None:", *indented(sends, 2)]
            if sends
            else []
        ),
    ]
