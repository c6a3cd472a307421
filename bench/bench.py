"""Times exporting models, and saving, loading and running .pt2 programs, in C++ and in
Python, one after the other in one run on the same models, and prints the ratios; and what
the runner costs a test.

    ./dev bench [--weights MIB]
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import tempfile
import time
import warnings

import torch
from torch import nn

from capture_bench import print_capture_times
from runner_bench import print_runner_times

warnings.filterwarnings("ignore")
ROOT = pathlib.Path(__file__).resolve().parent.parent


class Weights(nn.Module):
    """One parameter of `mib` MiB, of which one element is used."""

    def __init__(self, mib):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(mib, 512, 512))

    def forward(self, x):
        return x + self.weight[0, 0, 0]


def make_programs(folder, mib):
    layer = nn.TransformerEncoderLayer(256, 8, batch_first=True)
    encoder = nn.TransformerEncoder(layer, 12, enable_nested_tensor=False).eval()
    models = {
        "linear": (nn.Linear(16, 16), torch.randn(4, 16)),
        "encoder12": (encoder, torch.randn(2, 16, 256)),
        f"weights{mib}MiB": (Weights(mib), torch.randn(2)),
    }
    files = []
    for name, (model, example) in models.items():
        files.append(folder / f"{name}.pt2")
        torch.export.save(torch.export.export(model, (example,)), files[-1])
    return files


def median_seconds(repeats, call):
    call()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def time_python(file):
    big = file.stat().st_size > 2**28
    program = torch.export.load(file)
    copy = file.with_name("copy.pt2")
    module = program.module()
    args, kwargs = program.example_inputs
    times = [
        median_seconds(3 if big else 15, lambda: torch.export.load(file)),
        median_seconds(1 if big else 5, lambda: torch.export.save(program, copy)),
        median_seconds(15, lambda: module(*args, **kwargs)),
    ]
    copy.unlink()
    return times


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--weights", type=int, default=1024, metavar="MIB")
    options = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory(dir=ROOT / "build") as folder:
        files = make_programs(pathlib.Path(folder), options.weights)
        command = [ROOT / "build/bench/archive_bench", *files]
        one_thread = dict(os.environ, OMP_NUM_THREADS="1")
        lines = subprocess.run(command, check=True, capture_output=True, text=True,
                               env=one_thread).stdout
        print(f"{'program':<16}{'what':<18}{'C++ ms':>10}{'Python ms':>12}{'ratio':>9}")
        for file, line in zip(files, lines.splitlines()):
            load, unchecked, save, run = map(float, line.split("\t")[1:])
            py_load, py_save, py_run = time_python(file)
            rows = [("load", load, py_load), ("load, no CRC", unchecked, py_load),
                    ("save", save, py_save), ("run", run, py_run)]
            for what, cpp, python in rows:
                print(f"{file.stem:<16}{what:<18}{cpp * 1e3:>10.2f}{python * 1e3:>12.2f}"
                      f"{python / cpp:>8.1f}x")
    print_capture_times()
    print_runner_times()


if __name__ == "__main__":
    main()
