"""Why an item was recommended."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Reason"]


class Reason(NamedTuple):
    """Why an entry of a list is there, and where it is.

    Attributes
    ----------
    item_id : id
        The entry.
    tier : str
        Where it comes from.
    score : float
        By the model alone: the sum of the shares of ``because``, ``profile`` and ``withheld``.
    because : tuple of (id, float)
        Items of the history and what each adds to the score, the largest first. Without one of them the score were
        lower by its share.
    profile : float
        What the user's profile adds.
    withheld : float
        What is added by items that are not named: they are sensitive, or too few people stand behind them.
    facts : str
        What the entry has in common with the first of ``because``: "same Country: Italy; both Nebbiolo".
    moved : str
        What rules did: "from 7 to 3: value". Empty when they did nothing.
    propensity : float
        The probability with which the entry is in the list: below 1 for what rules drew.
    """

    item_id: int | str
    tier: str
    score: float
    because: tuple[tuple[int | str, float], ...] = ()
    profile: float = 0.0
    withheld: float = 0.0
    facts: str = ""
    moved: str = ""
    propensity: float = 1.0

    @property
    def text(self) -> str:
        """The reason as a sentence for a shop's page.

        Ids stand for the items; put their titles in.
        """
        if self.tier == "popular":
            said = "popular"
        elif self.tier == "segment":
            said = "chosen by people with a similar profile"
        elif self.because:
            said = "because of " + ", ".join(str(item) for item, _ in self.because[:3])
        elif self.profile > 0:
            said = "matches the profile"
        else:
            said = "matches the history"
        parts = [said, self.facts, f"moved {self.moved}" if self.moved else ""]
        return "; ".join(part for part in parts if part)
