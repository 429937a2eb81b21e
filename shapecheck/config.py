"""Settings: from the environment, and from the table ``[tool.shapecheck]`` of a pyproject.toml."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MODES = ("error", "warn", "off")
OFF_WORDS = ("off", "0", "false", "no")
FORMATS = ("full", "concise", "json", "json-lines", "sarif", "github", "gitlab", "junit")
PROJECT_FILE = "pyproject.toml"
CACHE_FOLDER = ".shapecheck_cache"


def mode() -> str:
    """How broken contracts are answered: ``error``, ``warn`` or ``off``.

    Read from the environment variable SHAPECHECK at each decoration. Under ``python -O`` it is
    ``off``, as for assert statements.

    Raises:
        ValueError: SHAPECHECK has another value.
    """
    if not __debug__:
        return "off"
    word = os.environ.get("SHAPECHECK", "").strip().lower()
    if word in OFF_WORDS:
        return "off"
    if word in ("", "on", "1", "true", "yes"):
        return "error"
    if word in MODES:
        return word
    raise ValueError(f"SHAPECHECK={word!r} in the environment: use one of error, warn, off")


class ConfigError(ValueError):
    """Settings that cannot be used; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a project wants, written with hyphens in its table ``[tool.shapecheck]``.

    Attributes:
        root: the folder of the file that they stand in; paths and patterns are relative to it.
        select: the rules to look for: names, codes, beginnings of codes, or ALL.
        ignore: the rules not to look for.
        per_file_ignores: for patterns of files, the rules not to look for there.
        exclude: patterns of files and folders that are left out, as in a .gitignore.
        force_exclude: leave them out even if they are named on the command line.
        respect_gitignore: leave out what git leaves out.
        strict: warnings count as errors do for the exit status.
        baseline: a file of known findings.
        output_format: how findings are written.
        jobs: how many processes; 0 lets us choose.
        cache_dir: where results are kept.
    """

    root: str = "."
    select: tuple[str, ...] = ("ALL",)
    ignore: tuple[str, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    exclude: tuple[str, ...] = ()
    force_exclude: bool = False
    respect_gitignore: bool = True
    strict: bool = False
    baseline: str = ""
    output_format: str = "full"
    jobs: int = 0
    cache_dir: str = CACHE_FOLDER


def settings_for(paths: Iterable[str]) -> Settings:
    """The settings that hold for some paths: those of the nearest table above all of them.

    A pyproject.toml without the table is passed over.

    Raises:
        ConfigError: the table has a key or a value that means nothing, or is not TOML.
    """
    for folder in _upwards(paths):
        file = folder / PROJECT_FILE
        if file.is_file():
            found = read(file)
            if found is not None:
                return found
    return Settings()


def _upwards(paths: Iterable[str]) -> list[Path]:
    absolute = [os.path.abspath(path) for path in paths] or [os.getcwd()]  # noqa: PTH100, PTH109
    try:
        top = Path(os.path.commonpath(absolute))
    except ValueError:  # on several drives
        top = Path.cwd()
    return [top, *top.parents]


def read(file: Path) -> Settings | None:
    """The settings in a file; None if it has no table ``[tool.shapecheck]``.

    Raises:
        ConfigError: see `settings_for`.
    """
    import tomllib  # noqa: PLC0415 - only where there is a project file

    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{file}: {error}") from None
    table = content.get("tool", {})
    table = table.get("shapecheck") if isinstance(table, dict) else None
    if table is None:
        return None
    if not isinstance(table, dict):
        raise ConfigError(f"{file}: [tool.shapecheck] has to be a table")
    return _settings(file, table)


def _settings(file: Path, table: dict[str, Any]) -> Settings:
    values: dict[str, Any] = {"root": str(file.parent)}
    known = {field.name.replace("_", "-"): field for field in fields(Settings)}
    del known["root"]
    for key, value in table.items():
        if key not in known:
            raise ConfigError(f"{file}: unknown key {key} in [tool.shapecheck]{_meant(key, known)}")
        try:
            values[known[key].name] = READERS[str(known[key].type)](value)
        except (TypeError, ValueError) as error:
            raise ConfigError(f"{file}: {key} in [tool.shapecheck] {error}") from None
    for name, default in (("baseline", ""), ("cache_dir", CACHE_FOLDER)):
        path = values.get(name, default)
        values[name] = path and str(file.parent / path)
    settings = Settings(**values)
    _check(file, settings)
    return settings


def _meant(key: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - only for the message

    close = get_close_matches(key.replace("_", "-"), known, n=1)
    return f"; perhaps {close[0]}" if close else f"; the keys are {', '.join(known)}"


def _check(file: Path, settings: Settings) -> None:
    from shapecheck.diagnostics.selection import selected  # noqa: PLC0415 - not for `mode`

    ignored = [word for _, words in settings.per_file_ignores for word in words]
    try:
        selected(settings.select, [*settings.ignore, *ignored])
    except ValueError as error:
        raise ConfigError(f"{file}: {error}") from None
    if settings.output_format not in FORMATS:
        raise ConfigError(f"{file}: output-format has to be one of {', '.join(FORMATS)}")
    if settings.jobs < 0:
        raise ConfigError(f"{file}: jobs has to be 0 or more")


def _of_type(kind: type, words: str) -> Callable[[Any], Any]:
    def reader(value: Any) -> Any:
        if type(value) is not kind:
            raise TypeError(f"has to be {words}")
        return value

    return reader


def _strings(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise TypeError("has to be a list of strings")
    return tuple(value)


def _lists_of_strings(value: Any) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if not isinstance(value, dict):
        raise TypeError("has to be a table of patterns with lists of rules")
    return tuple((pattern, _strings(rules)) for pattern, rules in value.items())


READERS: dict[str, Callable[[Any], Any]] = {
    "str": _of_type(str, "a string"),
    "bool": _of_type(bool, "true or false"),
    "int": _of_type(int, "a whole number"),
    "tuple[str, ...]": _strings,
    "tuple[tuple[str, tuple[str, ...]], ...]": _lists_of_strings,
}
