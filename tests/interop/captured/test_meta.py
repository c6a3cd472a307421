"""A model whose weights are on the meta device, exported in C++, beside its twin in Python."""

import json
import zipfile

import pytest
import torch
import torch.nn.functional as F
from torch import nn


class Twin(nn.Module):
    def __init__(self):
        super().__init__()
        for name, sizes in {"kernel": [4, 3, 3, 3], "scale": [4], "weight": [6, 36]}.items():
            self.register_parameter(name, nn.Parameter(torch.empty(sizes, device="meta")))

    def forward(self, x):
        features = F.conv2d(x, self.kernel, stride=2, padding=1)
        normal = F.group_norm(features, 2, self.scale)
        heads = normal.flatten(2).transpose(1, 2).unsqueeze(1)
        attended = F.scaled_dot_product_attention(heads, heads, heads)
        picked = torch.where(attended > 0, attended, torch.relu(attended))
        return F.linear(picked.squeeze(1).transpose(1, 2), self.weight)


@pytest.fixture(scope="module")
def files(captured, tmp_path_factory):
    """Of C++ and of Python."""
    path = tmp_path_factory.mktemp("meta") / "meta.pt2"
    program = torch.export.export(Twin(), (torch.empty(2, 3, 12, 12, device="meta"),))
    torch.export.save(program, path)
    return captured / "meta" / "meta.pt2", path


def described(program) -> list:
    """The nodes by what they call, and what they give; attention's strides are a device's own."""
    rows = []
    for node in program.graph.nodes:
        value = node.meta.get("val")
        if isinstance(value, torch.Tensor):
            rows.append((node.op, str(node.target), value.shape, value.dtype, value.device))
    return rows


def test_nodes_are_those_of_the_twin(files):
    cpp, python = map(torch.export.load, files)
    assert described(cpp) == described(python)


def records(file, folder) -> dict:
    """What is in a folder of the archive, by its path there."""
    with zipfile.ZipFile(file) as archive:
        parts = {name.partition("/")[2]: name for name in archive.namelist()}
        return {part: archive.read(name) for part, name in parts.items() if part.startswith(folder)}


def test_weights_are_records_without_data(files):
    configs = []
    for file in files:
        weights = records(file, "data/weights/")
        config = next(name for name in weights if name.endswith("_weights_config.json"))
        configs.append(json.loads(weights.pop(config)))
        assert weights == {"data/weights/weight_0": b""}
    assert configs[0] == configs[1]


def test_example_inputs_are_on_the_meta_device(files):
    (x,), _ = torch.export.load(files[0]).example_inputs
    assert (x.device.type, x.shape) == ("meta", (2, 3, 12, 12))
