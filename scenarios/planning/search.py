"""How plans are searched for: gap, precision, lottery, time limit, stopping, progress."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

GAP = 1e-4  # default relative gap: 0.01 % of cost, far below the uncertainty of any cost
Say = Callable[[str, float | None], None]


def no_progress(_text: str, _share: float | None) -> None:
    """Ignore progress."""


@dataclass(frozen=True, slots=True)
class Search:
    """The options of the search, the same for the plan and for every question about it."""

    gap: float | None = None  # relative optimality gap; None: the default of each question
    unit_mg: int | None = None  # precision of quotas; None: 1 mg
    seed: int = 1  # of the tie-breaking lottery and of all draws
    seconds: float | None = None
    stopped: Callable[[], bool] | None = None
    """Polled during the search; once it is true the best plan so far is the answer."""
    say: Say = no_progress
    """Called with a short text, and the share of the work done where known."""

    @property
    def fine_gap(self) -> float:
        """The gap of the plan and of the questions that have no other default."""
        return self.gap or GAP

    def is_stopped(self) -> bool:
        """Whether the user has asked to stop."""
        return self.stopped is not None and self.stopped()

    def say_or_stop(self, text: str, share: float | None) -> None:
        """Report progress; raise KeyboardInterrupt if stopped: half of the draws are no answer."""
        if self.is_stopped():
            raise KeyboardInterrupt
        self.say(text, share)
