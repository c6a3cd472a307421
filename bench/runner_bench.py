"""Times an empty test under the runner, in a process of its own that loads the suite, and
in one process with all others; and a suite of 10,000 tests with the runner's peak memory."""

import os
import pathlib
import re
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
RUNNER = ROOT / "build/bin/roundtrip"
SUITE = ROOT / "build/bench/empty_suite.so"
CONFIG = f"""
version: 1
only_plugins: ['{SUITE}']
transforms: {{plain: {{chain: []}}}}
suites: {{Empty: {{count: 1}}}}
runs: [{{suites: [Empty], transforms: [plain]}}]
"""


def timed(command, **environment):
    """Seconds of wall time, and the peak memory of the process itself in MiB."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ | environment)
    peak = 0
    while process.poll() is None:
        try:
            status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        except OSError:
            break
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        peak = max(peak, int(found[1]) / 1024 if found else 0)
        if not process.stdout.read1(65536):
            break
    process.communicate()
    assert process.returncode == 0, command
    return time.perf_counter() - start, peak


def print_runner_times():
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder) / "empty.yaml"
        config.write_text(CONFIG)

        def run(tests, *options):
            command = [RUNNER, "run", config, "--jobs=1", f"--set=suites.Empty.count={tests}", *options]
            return timed(command, XDG_CACHE_HOME=folder)

        def per_test(count, *options):
            many, one = (min(run(tests, *options)[0] for _ in range(3)) for tests in (count + 1, 1))
            return (many - one) / count

        isolated, together = per_test(1000), per_test(10_000, "--isolation=none")
        alone = min(timed([ROOT / "build/bench/load_suite", SUITE])[0] for _ in range(5))
        seconds, peak = run(10_000, f"--jobs={os.cpu_count()}")
        start = min(timed([RUNNER, "--help"])[0] for _ in range(5))
    print(f"\n{'an empty test':<34}{'ms':>10}{'ratio':>9}")
    rows = [("in a process of the runner", isolated), ("in a process that loads the suite", alone),
            ("in one process with all others", together)]  # fmt: skip
    for what, value in rows:
        print(f"{what:<34}{value * 1e3:>10.3f}{value / isolated:>8.2f}x")
    print(f"10,000 empty tests: {seconds:.1f} s, the runner's peak memory {peak:.0f} MiB")
    print(f"roundtrip --help: {start * 1e3:.1f} ms")


if __name__ == "__main__":
    print_runner_times()
