"""Times export in C++ and in Python on the same models, and C++'s peak memory."""

import os
import pathlib
import statistics
import subprocess
import sys
import time

import torch
from torch import nn

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "interop"))

from twins.models import ResNet18  # noqa: E402

REPEATS = 9


def encoder12():
    layer = nn.TransformerEncoderLayer(256, 8)
    return nn.TransformerEncoder(layer, 12, enable_nested_tensor=False).eval()


MODELS = {
    "linear": (lambda: nn.Linear(16, 16), [4, 16]),
    "encoder12": (encoder12, [16, 2, 256]),
    "resnet18": (lambda: ResNet18(64).eval(), [1, 3, 224, 224]),
}


def export_seconds(name):
    """Median of exports in Python, the first left out."""
    make, sizes = MODELS[name]
    model, example = make(), torch.randn(sizes)
    times = []
    for _ in range(REPEATS + 1):
        start = time.perf_counter()
        torch.export.export(model, (example,))
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


def cpp(name, what):
    """Median seconds and peak MiB of a process of its own."""
    done = subprocess.run(
        [ROOT / "build/bench/capture_bench", name, what, str(REPEATS)],
        env=dict(os.environ, OMP_NUM_THREADS="1"),
        check=True,
        capture_output=True,
        text=True,
    )
    seconds, kib = done.stdout.split()
    return float(seconds), int(kib) / 1024


def print_capture_times():
    print(f"\n{'model':<16}{'what':<18}{'C++ ms':>10}{'Python ms':>12}{'ratio':>9}{'C++ peak MiB':>15}")
    for name in MODELS:
        python = export_seconds(name)
        eager, eager_peak = cpp(name, "eager")
        capture, capture_peak = cpp(name, "capture")
        print(f"{name:<16}{'eager run':<18}{eager * 1e3:>10.2f}{'':>21}{eager_peak:>15.0f}")
        print(f"{name:<16}{'export, later':<18}{capture * 1e3:>10.2f}{python * 1e3:>12.2f}"
              f"{python / capture:>8.1f}x{capture_peak:>15.0f}")
