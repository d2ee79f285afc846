"""What can go wrong. Every message says what, where, and what would be right.

Each error is also the built-in exception one would expect, so ``except ValueError`` works as well.
"""

__all__ = [
    "CapacityError",
    "DeadlineExceededError",
    "FileError",
    "IdTypeError",
    "InvalidDataError",
    "InvalidParameterError",
    "MemoryLimitError",
    "MissingColumnError",
    "NotFittedError",
    "RecocoreError",
    "UnknownIdError",
]


class RecocoreError(Exception):
    """Base of all errors of this package."""

    def __str__(self) -> str:
        # A KeyError would show its message in quotes.
        return str(self.args[0]) if self.args else ""


class InvalidParameterError(RecocoreError, ValueError):
    """A parameter or a combination of parameters that makes no sense, such as ``k=0``."""


class InvalidDataError(RecocoreError, ValueError):
    """Data that cannot be used: NaN weights, missing ids, times that do not parse. Names the row, counted from 0."""


class MissingColumnError(InvalidDataError, KeyError):
    """A table without a column that was asked for. Names those it has."""


class IdTypeError(RecocoreError, TypeError):
    """An id that is neither an integer nor text, or both kinds where there must be one."""


class UnknownIdError(RecocoreError, KeyError):
    """A user or an item the model does not know, where ``on_unknown="error"`` asked for an error."""


class NotFittedError(RecocoreError, ValueError, AttributeError):
    """A model that was asked for something before it was fitted."""


class CapacityError(RecocoreError, OverflowError):
    """More users, items or interactions than can be held."""


class DeadlineExceededError(RecocoreError, TimeoutError):
    """A fit that was not finished within its ``time_limit``. The model is as it was."""


class MemoryLimitError(RecocoreError, MemoryError):
    """A fit that needs more memory than its ``memory_limit``. Nothing was begun, and the model is as it was."""


class FileError(RecocoreError, OSError):
    """A file or a stream that cannot be read."""
