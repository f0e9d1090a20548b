"""Figures of a judgement."""

from __future__ import annotations

from corr.extras import needs

needs("plots", "pictures")
