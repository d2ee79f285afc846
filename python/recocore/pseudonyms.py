"""Ids that say nothing to who has not the key."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from recocore._checks import check_count, check_text
from recocore._columns import as_ids
from recocore._reading import column_getter
from recocore.errors import InvalidDataError, InvalidParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Pseudonyms"]

#: A key is at least as long as what it makes: RFC 2104, section 3.
SHORTEST_KEY = 32
FEWEST_BITS, MOST_BITS = 64, 256


class Pseudonyms:
    r"""Keyed pseudonyms of ids: the same id has the same pseudonym, and without the key there is no way back.

    HMAC-SHA-256 [1]_ of ``kind\\0type\\0id``, the kind being ``user`` or ``item``, the type ``i`` for integers (then in
    decimal) or ``t`` for text (then in UTF-8), written in lower-case hexadecimal digits. So users and items, and the
    integer 7 and the text ``"7"``, have pseudonyms that are not related. The hash is that of Python's standard library.

    Whoever has the key can compute the pseudonym of any id he can guess: keep it apart from the data. What is
    pseudonymous is still personal data (GDPR, recital 26).

    Parameters
    ----------
    key : bytes
        Secret, at least 32 bytes: :meth:`new_key` makes one.
    bits : int, default 128
        Length of a pseudonym, 64 to 256, a multiple of 8. Among n ids two have the same pseudonym with a probability
        of at most n² / 2^(bits + 1): see :meth:`collision_bound`.

    Attributes
    ----------
    bits : int
    fingerprint : str
        Eight digits that tell keys apart and nothing else about them.

    References
    ----------
    .. [1] RFC 2104; test vectors in RFC 4231.

    Examples
    --------
    >>> import recocore as rc
    >>> names = rc.Pseudonyms(bytes(range(32)))
    >>> names.user("ann")
    '4c683ed625d6e6af71c5403f7a399bbc'
    """

    __slots__ = ("_hash", "bits", "fingerprint")

    def __init__(self, key: bytes, *, bits: int = 128) -> None:
        secret: Any = key
        if not isinstance(secret, (bytes, bytearray)) or len(secret) < SHORTEST_KEY:
            size = f" of {len(secret)}" if hasattr(secret, "__len__") else ""
            raise InvalidParameterError(
                f"key must be at least {SHORTEST_KEY} secret bytes, which Pseudonyms.new_key() makes; got a "
                f"{type(secret).__name__}{size}"
            )
        self.bits = check_count("bits", bits, at_least=FEWEST_BITS)
        if self.bits > MOST_BITS or self.bits % 8:
            raise InvalidParameterError(f"bits must be a multiple of 8 from {FEWEST_BITS} to {MOST_BITS}; got {bits}")
        # The key itself is not kept, only what has begun to hash with it.
        self._hash = hmac.new(bytes(secret), digestmod=hashlib.sha256)
        self.fingerprint = self._digest(b"fingerprint")[:4].hex()

    @staticmethod
    def new_key() -> bytes:
        """32 random bytes of the operating system."""
        return secrets.token_bytes(SHORTEST_KEY)

    def user(self, id_: int | str) -> str:
        """The pseudonym of a user."""
        return self._pseudonym("user", _one(id_, "user id"))

    def item(self, id_: int | str) -> str:
        """The pseudonym of an item."""
        return self._pseudonym("item", _one(id_, "item id"))

    def users(self, ids: Any) -> NDArray[Any]:
        """Pseudonyms of users, in the order of the ids: an array of objects of the type str."""
        return self._column("user", ids)

    def items(self, ids: Any) -> NDArray[Any]:
        """Pseudonyms of items, in the order of the ids."""
        return self._column("item", ids)

    def table(self, table: Any, *, user: str | None = "user_id", item: str | None = None) -> Any:
        """A table with pseudonyms in place of ids; the other columns are as they were.

        Parameters
        ----------
        table
            Of pandas, polars or pyarrow, or a dict of arrays: the result is of the same kind. The table is not changed.
        user, item : str or None
            Columns to replace.

        Raises
        ------
        MissingColumnError, IdTypeError, InvalidDataError
        """
        wanted = {
            check_text(role, name): role for role, name in (("user", user), ("item", item)) if name is not None
        }  # fmt: skip
        library = type(table).__module__.partition(".")[0]
        if library == "polars" and hasattr(table, "collect"):
            table = table.collect()
        if library == "pyarrow":
            column_of = column_getter({name: table.column(name) for name in table.column_names}, list(wanted))
        else:
            column_of = column_getter(table, list(wanted))
        new = {name: self._column(role, column_of(name)) for name, role in wanted.items()}
        if library == "pandas":
            return table.assign(**new)
        if library == "polars":
            import polars as pl

            return table.with_columns(
                *(pl.Series(name, values.tolist(), dtype=pl.String) for name, values in new.items())
            )
        if library == "pyarrow":
            for name, values in new.items():
                table = table.set_column(table.column_names.index(name), name, [values.tolist()])
            return table
        if isinstance(table, np.ndarray):
            return {name: new.get(name, table[name]) for name in table.dtype.names or ()}
        return {name: new.get(name, table[name]) for name in table}

    def rotated(self, other: Pseudonyms, ids: Any, *, kind: str = "user") -> dict[str, str]:
        """What each pseudonym of this key is under another one.

        Needs the original ids: from pseudonyms alone nobody, with or without the keys, gets from one key to another,
        which is what they are for. Where the ids are gone, so is the rotation: begin anew.

        Parameters
        ----------
        other : Pseudonyms
            Of the new key.
        ids : sequence of ids
        kind : {"user", "item"}

        Raises
        ------
        InvalidDataError
            Two of the ids have the same pseudonym.
        """
        if kind not in {"user", "item"}:
            raise InvalidParameterError(f'kind must be "user" or "item"; got {kind!r}')
        distinct = list(dict.fromkeys(as_ids(ids, f"{kind} id").to_array().tolist()))
        old, new = self._column(kind, distinct).tolist(), other._column(kind, distinct).tolist()
        if len(set(old)) < len(old) or len(set(new)) < len(new):
            raise InvalidDataError("two of the ids have the same pseudonym; use more bits")
        return dict(zip(old, new, strict=True))

    def collision_bound(self, n: int) -> float:
        """At most this probable is it that two of n ids have the same pseudonym."""
        count: int = check_count("n", n, at_least=0, at_most=2**63)
        return float(min(1.0, count * (count - 1) / 2 / 2.0**self.bits))

    def __repr__(self) -> str:
        return f"Pseudonyms(<key {self.fingerprint}>, bits={self.bits})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("pseudonyms have a secret key and are not pickled or copied: make them again from the key")

    def _digest(self, message: bytes) -> bytes:
        hashing = self._hash.copy()
        hashing.update(message)
        return hashing.digest()

    def _pseudonym(self, kind: str, id_: int | str) -> str:
        message = f"{kind}\0{'t' if isinstance(id_, str) else 'i'}\0{id_}"
        return self._digest(message.encode("utf-8", "surrogatepass"))[: self.bits // 8].hex()

    def _column(self, kind: str, ids: Any) -> NDArray[Any]:
        values = as_ids(ids, f"{kind} id").to_array().tolist()
        made = {value: self._pseudonym(kind, value) for value in set(values)}
        result = np.empty(len(values), dtype=object)
        result[:] = [made[value] for value in values]
        return result


def _one(id_: Any, what: str) -> Any:
    (value,) = as_ids(id_, what).to_array().tolist()
    return value
