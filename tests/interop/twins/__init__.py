"""The Python twins of the C++ models in this folder, by name: TWINS[name]() makes one.

A twin has the architecture, the state names and the input names of the C++ model;
its weights are loaded from the C++ model's program.
"""

from . import functions, layers, models

TWINS = {**layers.TWINS, **functions.TWINS, **models.TWINS}
