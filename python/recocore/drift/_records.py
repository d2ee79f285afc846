"""Measures of a run as JSON lines, which a run that was stopped goes on with."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, TypeAlias

import numpy as np

from recocore import _core
from recocore.errors import InvalidDataError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["Key", "Measure", "Records"]

#: A model, and what its fits were given: the name of a regime, or of a control.
Key: TypeAlias = "tuple[str, str]"


@dataclass
class Measure:
    """What was measured of a model of one origin. ``values[slice, metric]`` has one entry an age."""

    values: dict[tuple[str, str], NDArray[Any]] = field(default_factory=dict)
    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0
    peak_bytes: int | None = None

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.values["all", name]


class Records:
    """A file with one measure a line, and all of them in memory.

    Lines of one origin are written together and end with one of the metric ``done``: what a killed process has half
    written is measured again.
    """

    def __init__(self, path: Path | None, header: dict[str, Any], resume: bool) -> None:
        self.measures: dict[Key, dict[int, Measure]] = {}
        #: What is known of the whole, such as the latency of a swap, by its name.
        self.findings: dict[str, Any] = {}
        self._path = path
        self._lock: IO[str] | None = None
        self._stamp = {
            "digest": header["digest"],
            "versions": f"recocore {_core.__version__}",
            "seed": header["seed"],
        }
        if path is None:
            return
        self._lock = _locked(path)
        try:
            if resume and path.exists() and path.stat().st_size > 0:
                self._read(path, header)
            else:
                path.write_text(_line({"run": header}), encoding="utf-8")
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let another run have the folder."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def has(self, key: Key, origin: int) -> bool:
        """Whether this was measured."""
        return origin in self.measures.get(key, {})

    def add(self, key: Key, origin: int, measure: Measure) -> None:
        """Keep and write a measure."""
        self.measures.setdefault(key, {})[origin] = measure
        model, schedule = key
        head = {"origin": origin}
        rest = {"cost": measure.cpu_seconds, **self._stamp}
        lines = [
            _line(
                {**head, "age": age, "model": model, "schedule": schedule, "slice": part, "metric": metric}, value, rest
            )
            for (part, metric), values in measure.values.items()
            for age, value in enumerate(values.tolist())
        ]
        for metric, value in (
            ("wall_seconds", measure.wall_seconds),
            ("peak_bytes", measure.peak_bytes),
            ("done", 1),
        ):
            where = {**head, "age": 0, "model": model, "schedule": schedule, "slice": "all", "metric": metric}
            lines.append(_line(where, value, rest))
        self._append(lines)

    def find(self, name: str, value: Any) -> None:
        """Keep and write what is known of the whole."""
        self.findings[name] = value
        self._append([_line({"finding": name, "value": value, **self._stamp})])

    def _append(self, lines: list[str]) -> None:
        if self._path is None:
            return
        with self._path.open("a", encoding="utf-8") as file:
            file.write("".join(lines))
            file.flush()
            os.fsync(file.fileno())

    def _read(self, path: Path, header: dict[str, Any]) -> None:
        """Take over what was completed, and cut off the rest."""
        begun: dict[tuple[str, str, int], dict[tuple[str, str], dict[int, float | None]]] = {}
        offset = good = 0
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                offset += len(line)
                if not line.endswith(b"\n"):
                    break
                try:
                    row = json.loads(line)
                    if number == 1:
                        found = dict(row["run"])
                        good = offset
                    elif "finding" in row:
                        self.findings[row["finding"]] = row["value"]
                        good = offset
                    else:
                        key = row["model"], row["schedule"], row["origin"]
                        values = begun.setdefault(key, {})
                        values.setdefault((row["slice"], row["metric"]), {})[row["age"]] = row["value"]
                        if row["metric"] == "done":
                            self.measures.setdefault(key[:2], {})[key[2]] = _measure(begun.pop(key), row["cost"])
                            good = offset
                except (ValueError, KeyError, TypeError):
                    raise InvalidDataError(
                        f"line {number:,} of {path} is not a measure of a drift run; give another folder, or "
                        "resume=False to begin anew"
                    ) from None
                if number == 1:
                    _check_same(path, found, header)
        if good == 0:
            raise InvalidDataError(
                f"{path} is not of a drift run; give another folder, or resume=False to overwrite it"
            )
        if good < offset:
            os.truncate(path, good)


def _locked(path: Path) -> IO[str]:
    """The file beside the measures that one run at a time holds.

    Raises
    ------
    InvalidDataError
        Another run holds it.
    """
    file = path.with_suffix(".lock").open("w", encoding="utf-8")
    try:
        import fcntl
    except ImportError:
        # Where there is no such lock two runs in one folder are the caller's business.
        return file
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise InvalidDataError(
            f"another drift run is writing to {path.parent}; wait for it, or give another folder"
        ) from None
    return file


def _measure(rows: dict[tuple[str, str], dict[int, Any]], cpu_seconds: float) -> Measure:
    del rows["all", "done"]
    wall = rows.pop(("all", "wall_seconds"))[0]
    peak = rows.pop(("all", "peak_bytes"))[0]
    values = {name: np.array([by_age[age] for age in range(len(by_age))], float) for name, by_age in rows.items()}
    return Measure(values, cpu_seconds, wall, peak)


def _check_same(path: Path, found: dict[str, Any], wanted: dict[str, Any]) -> None:
    # Through JSON, as the found one went.
    wanted = json.loads(json.dumps(wanted))
    different = sorted(
        name for name in (wanted.keys() | found.keys()) - {"name"} if wanted.get(name) != found.get(name)
    )
    if different:
        raise InvalidDataError(
            f"{path} has the measures of another run: {', '.join(different)} differ; give another folder, or "
            "resume=False to begin anew"
        )


def _line(where: dict[str, Any], value: Any = None, rest: dict[str, Any] | None = None) -> str:
    row = where if rest is None else {**where, "value": _number(value), **rest}
    return json.dumps(row, allow_nan=False) + "\n"


def _number(value: Any) -> Any:
    """Whole numbers without a point, and none for what is not a number."""
    if value is None or value != value:  # noqa: PLR0124
        return None
    return int(value) if float(value).is_integer() else value
