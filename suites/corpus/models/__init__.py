"""The models whose exported programs make up the corpus, by theme."""

from . import attention, layers, recurrent  # noqa: F401: they add their cases
from .case import CASES, Case

__all__ = ["CASES", "Case"]
