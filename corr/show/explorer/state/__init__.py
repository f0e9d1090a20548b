"""Explore a case: change what was said or assumed, and see what the judgement becomes.

Nothing here knows of widgets or pictures: `state.Explored` holds what was changed, and the
views in `corr.show.explorer.explorer` only bind to it.
"""

from __future__ import annotations

from corr.show.explorer.state.added import empty_case
from corr.show.explorer.state.explored import Explored

__all__ = ["Explored", "empty_case"]
