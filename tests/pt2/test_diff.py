"""`pt2 diff`: what it prints, and its exit codes."""

import json

import torch
from test_cli import PROGRAMS, pt2

LINEAR = PROGRAMS / "linear.pt2"


def test_exit_codes_are_those_of_diff(tmp_path):
    same = pt2("diff", LINEAR, LINEAR)
    assert (same.returncode, same.stdout, same.stderr) == (0, "", "")
    assert pt2("diff", LINEAR, PROGRAMS / "linear_decomposed.pt2").returncode == 1
    absent = pt2("diff", LINEAR, tmp_path / "absent.pt2")
    assert absent.returncode == 2
    assert "absent.pt2" in absent.stderr
    assert pt2("diff", LINEAR).returncode == 4


def test_pythons_programs_are_told_apart(tmp_path):
    class Model(torch.nn.Module):
        def __init__(self, size, name):
            super().__init__()
            self.size = size
            self.register_buffer(name, torch.ones(3))

        def forward(self, x):
            return torch.nn.functional.pad(x, [self.size, 0])

    for file, model in (("a", Model(1, "old")), ("b", Model(2, "new"))):
        torch.export.save(torch.export.export(model, (torch.ones(2),)), tmp_path / f"{file}.pt2")
    result = pt2("diff", tmp_path / "a.pt2", tmp_path / "b.pt2")
    assert result.returncode == 1
    assert result.stdout == (
        "signature\n  - buffer old: b_old\n  + buffer new: b_new\n\n"
        "graph (1 nodes and 1, of which 0 are the same)\n  ~ pad = aten.pad.default(x, [1, 0])\n"
        "      argument pad: [1, 0] -> [2, 0]\n      shape: [3] -> [4]\n\n"
        "weights\n  - old: f32[3]\n  + new: f32[3]\n"
    )
    told = json.loads(pt2("diff", "--json", tmp_path / "a.pt2", tmp_path / "b.pt2").stdout)
    assert not told["same"]
    assert [part["name"] for part in told["parts"]][0] == "signature"
    assert told["parts"][2]["changes"][0] == {"kind": "removed", "what": "old: f32[3]"}
