"""Names of parameters, buffers and submodules that Python cannot hold are those that C++ refuses."""

import io
import json
import keyword
import zipfile
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.export.unflatten import unflatten

from conftest import Executable

class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.ones(3))
        self.register_buffer("v", torch.ones(3))

    def forward(self, x):
        return x * self.w + self.v


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = Layer()

    def forward(self, x):
        return self.layer(x)


INPUT = torch.ones(2, 3)


@pytest.fixture(scope="module")
def saved():
    file = io.BytesIO()
    torch.export.save(torch.export.export(Model(), (INPUT,)), file)
    return file.getvalue()


def load(saved):
    return torch.export.load(io.BytesIO(saved))


def renamed(saved, changes):
    """The file with other names of things, as a model has that knows nothing of Python's."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(saved)) as before, zipfile.ZipFile(file, "w") as after:
        for name in before.namelist():
            content = before.read(name)
            if name.endswith(".json"):
                for old, new in changes.items():
                    content = content.replace(json.dumps(old).encode(), json.dumps(new).encode())
            after.writestr(name, content)
    return file.getvalue()


def in_python(saved, place, kind, name):
    """What becomes of a program of which something has the name."""
    new = name if place == "root" else "layer." + name
    if kind == "parameter":
        changes = {"layer.w": new}
    elif kind == "buffer":
        changes = {"layer.v": new}
    else:
        changes = {"layer.w": new + ".w", "layer.v": new + ".v"}
    program = load(renamed(saved, changes))
    try:
        program.module()(INPUT)
    except (Exception, SyntaxError):
        return "breaks_module"
    try:
        unflatten(program)(INPUT)
    except Exception:
        return "breaks_unflatten"
    return "works"


@pytest.fixture(scope="module")
def in_cpp(pytestconfig):
    """What C++ says of names, pairs of a place and a name."""
    tool = Executable(Path(pytestconfig.getoption("build")) / "tests" / "python_names")

    def answers(names):
        result = tool(*(word for pair in names for word in pair))
        assert result.returncode == 0, result.stderr
        return result.stdout.split()

    return answers


def attributes(*objects):
    return {name for each in objects for name in dir(each) if not name.startswith("__")}


def test_impossible_names_are_the_attributes_of_a_module(in_cpp):
    names = sorted(attributes(nn.Module()) | {"__init__"})
    assert set(in_cpp([("root", name) for name in names])) == {"impossible"}
    others = sorted(attributes(torch.ones(1)) - set(names) - {"data_ptr"})
    assert "impossible" not in in_cpp([("sub", name) for name in others])


def test_modules_that_python_makes_have_no_other_attributes(in_cpp, saved):
    """Of each that they have, C++ knows that it is taken, or it was seen to work."""
    module, modules = load(saved).module(), unflatten(load(saved))
    seen_to_work = {"layer", "call", "_forward"}
    of_root = attributes(module, modules) - seen_to_work
    inner = attributes(nn.Module(), modules.layer) - {"w", "v", "print_readable"}
    taken = in_cpp([("root", name) for name in of_root])
    assert [name for name, use in zip(of_root, taken) if use == "works"] == []
    taken = in_cpp([("sub", name) for name in inner])
    assert [name for name, use in zip(inner, taken) if use == "works"] == []


def test_keywords_break_modules(in_cpp):
    names = [(place, name) for place in ("root", "sub") for name in keyword.kwlist]
    assert set(in_cpp(names)) == {"breaks_module"}


@pytest.mark.parametrize("place", ["root", "sub"])
@pytest.mark.parametrize("kind", ["parameter", "buffer", "submodule"])
@pytest.mark.parametrize("name", ["half", "lambda", "graph", "finalize", "a-b", "0", "shape_env", "validate_inputs"])
def test_names_are_what_they_are_in_python(in_cpp, saved, place, kind, name):
    [use] = in_cpp([(place, name)])
    assert in_python(saved, place, kind, name) == use.replace("impossible", "breaks_module")
