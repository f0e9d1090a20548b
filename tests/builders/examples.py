"""How many examples a property is tried with: a share of what the profile of the run says."""

from __future__ import annotations

from hypothesis import settings


def few(examples: int, **others: object) -> settings:
    """So many examples in `make test`, and as many times more as the profile has in others."""
    return settings(max_examples=max(1, examples * settings().max_examples // 100), **others)


def round_trips(usual: int = 20, **others: object) -> settings:
    """A few in `make test`, two hundred in the campaign: what every export must bring back."""
    return settings(max_examples=usual if settings().max_examples <= 100 else 200, **others)
