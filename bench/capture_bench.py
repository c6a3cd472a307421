"""Times export in C++ and in Python on the same models, and the memory that C++ takes for it."""

import os
import pathlib
import statistics
import subprocess
import time

import torch

from capture_models import MODELS

ROOT = pathlib.Path(__file__).resolve().parent.parent
REPEATS = 5
CPP_REPEATS = 21


def export_seconds(name):
    """Of the first export in Python, and the median of those that follow."""
    make, make_example = MODELS[name]
    model, example = make().eval(), make_example()
    times = []
    for _ in range(REPEATS + 1):
        start = time.perf_counter()
        torch.export.export(model, (example,))
        times.append(time.perf_counter() - start)
    return times[0], statistics.median(times[1:])


def cpp(name, what):
    """In a process of its own: seconds of the first and of a later one, MiB before, MiB more."""
    done = subprocess.run(
        [ROOT / "build/bench/capture_bench", name, what, str(CPP_REPEATS)],
        env=dict(os.environ, OMP_NUM_THREADS="1"),
        check=True,
        capture_output=True,
        text=True,
    )
    first, later, before, more = map(float, done.stdout.split())
    return first, later, before / 1024, more / 1024


def print_capture_times():
    print(f"\n{'model':<12}{'what':<16}{'C++ ms':>10}{'Python ms':>12}{'ratio':>9}"
          f"{'MiB before':>13}{'MiB more':>10}")
    for name in MODELS:
        python_first, python_later = export_seconds(name)
        on_meta = name == "decoder7b"
        plain_later = None
        for what in ["capture", "strict"] if on_meta else ["eager", "capture", "strict"]:
            first, later, before, more = cpp(name, what)
            if what == "capture":
                plain_later = later
            rows = {"eager": [("eager run", later, None)],
                    "capture": [("export, first", first, python_first),
                                ("export, later", later, python_later)],
                    "strict": [("strict, later", later, None)]}[what]
            for label, seconds, python in rows:
                beside = (f"{python * 1e3:>12.2f}{python / seconds:>8.1f}x" if python
                          else f"{f'{seconds / plain_later:.2f} exports':>21}" if what == "strict"
                          else " " * 21)
                print(f"{name:<12}{label:<16}{seconds * 1e3:>10.2f}{beside}"
                      f"{before:>13.0f}{more:>10.0f}")
