"""The models whose exported programs make up the corpus, by theme."""

# Importing them adds their cases.
from . import attention, layers, recurrent, operators  # noqa: F401
from . import containers, control_flow, dynamic, state, tensors  # noqa: F401
from .case import CASES, Case

__all__ = ["CASES", "Case"]
