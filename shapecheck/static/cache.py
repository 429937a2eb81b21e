"""Outcomes that are kept between runs.

An outcome holds as long as the file, every file that was read for it, our own code and Python are
what they were; contents are compared, not times. An entry is JSON and not a pickle, since a cache
may come with a repository, and what we read is never run. Entries are written whole and moved into
place, so that several runs can share a cache; whatever is wrong with it, the file is looked at.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import stat
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import shapecheck
from shapecheck.static.outcome import Outcome, from_json, to_json

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_VERSIONS = 3
MARGIN_NS = 50_000_000  # the clock of files lags behind by up to this much
TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# A cache of shapecheck.\n"


def digest(data: bytes) -> str:
    """What tells two contents apart."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


class Fingerprints:
    """The state of files and folders that results depend on, each looked at once in a run."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def of(self, path: str) -> str:
        """The content of a file, the names in a folder, "" where there is nothing."""
        if path not in self._known:
            self._known[path] = _state(path)
        return self._known[path]


def _state(path: str) -> str:
    try:
        if os.path.isdir(path):  # noqa: PTH112
            names = sorted(name for name in os.listdir(path) if _may_be_imported(name))  # noqa: PTH208
            return digest("\0".join(names).encode("utf-8", "surrogateescape"))
        return digest(Path(path).read_bytes())
    except (OSError, ValueError):
        return ""


def _may_be_imported(name: str) -> bool:
    """Whether a file or folder can be a module."""
    stem, dot, suffix = name.partition(".")
    return stem.isidentifier() and stem != "__pycache__" and (not dot or suffix in ("py", "pyi"))


class Cache:
    """The kept outcomes.

    Args:
        folder: where they are kept; it is made when something is kept.
        options: whatever else the outcomes depend on.
    """

    def __init__(self, folder: str, options: Iterable[str] = ()) -> None:
        self._top = Path(folder)
        self._folder = self._top / _version()
        self._options = digest("\0".join(options).encode("utf-8", "surrogateescape"))
        self._began = time.time_ns() - MARGIN_NS
        self.fingerprints = Fingerprints()

    def get(self, path: str, data: bytes) -> Outcome | None:
        """The outcome of a file with some content; None if none is kept or one no longer holds."""
        try:
            entry = json.loads(self._entry(path).read_bytes())
            if entry["content"] != digest(data) or entry["options"] != self._options:
                return None
            for one, state in entry["depends"].items():
                if self.fingerprints.of(one) != state:
                    return None
            outcome = from_json(entry["outcome"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None
        return outcome if isinstance(outcome, Outcome) and outcome.path == path else None

    def put(self, path: str, data: bytes, depends: Iterable[str], outcome: Outcome) -> None:
        """Keep an outcome, unless something that it depends on has changed since the run began."""
        others = [one for one in depends if one != path]
        if any(_changed_after(one, self._began) for one in others):
            return
        entry = {
            "content": digest(data),
            "options": self._options,
            "depends": {one: self.fingerprints.of(one) for one in sorted(others)},
            "outcome": to_json(outcome),
        }
        with contextlib.suppress(OSError, RecursionError):
            self._write(self._entry(path), json.dumps(entry, separators=(",", ":")))

    def _entry(self, path: str) -> Path:
        absolute = os.path.abspath(path)  # noqa: PTH100
        name = digest(f"{path}\0{absolute}".encode("utf-8", "surrogateescape"))
        return self._folder / name[:2] / f"{name[2:]}.json"

    def _write(self, file: Path, text: str) -> None:
        if not file.parent.is_dir():
            self._prepare()
            file.parent.mkdir(parents=True, exist_ok=True)
        beside = file.with_suffix(f".{os.getpid()}.tmp")
        try:
            beside.write_text(text, encoding="utf-8")
            beside.replace(file)
        except OSError:
            beside.unlink(missing_ok=True)
            raise

    def _prepare(self) -> None:
        """Make the folder, tell git and backups to leave it alone, drop those of old versions."""
        if self._folder.is_dir():
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        for name, text in ((".gitignore", "*\n"), ("CACHEDIR.TAG", TAG)):
            if not (self._top / name).exists():
                (self._top / name).write_text(text, encoding="utf-8")
        versions = [one for one in self._top.iterdir() if one.is_dir() and one != self._folder]
        versions.sort(key=lambda one: one.stat().st_mtime, reverse=True)
        for old in versions[MOST_VERSIONS - 1 :]:
            shutil.rmtree(old, ignore_errors=True)


def _changed_after(path: str, moment: int) -> bool:
    """Whether a file was written after a moment; of folders, the cache itself may lie in one."""
    try:
        status = os.stat(path)  # noqa: PTH116
    except (OSError, ValueError):
        return False
    return not stat.S_ISDIR(status.st_mode) and status.st_mtime_ns > moment


def _version() -> str:
    """A name for our own code and for the Python that parses."""
    package = Path(shapecheck.__file__).parent
    states: list[Any] = [sys.version_info[:3]]
    for folder, _, names in os.walk(package):
        for name in sorted(names):
            if name.endswith(".py"):
                status = os.stat(os.path.join(folder, name))  # noqa: PTH116, PTH118
                states.append((folder, name, status.st_size, status.st_mtime_ns))
    return f"{shapecheck.__version__}-{digest(repr(sorted(states, key=repr)).encode())[:12]}"
