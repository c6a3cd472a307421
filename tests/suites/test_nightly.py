"""The nightly workflow's own commands, run here as GitHub would run them, on a few tests."""

import json
import os
import pathlib
import subprocess

import pytest
import yaml

ROOT = pathlib.Path(__file__).parents[2]
BUILD = os.environ["ROUNDTRIP_BUILD"]
WORKFLOW = yaml.safe_load((ROOT / ".github/workflows/nightly.yml").read_text())


def commands(job):
    """What the steps of a job run in the build, its folder as it is here."""
    steps = WORKFLOW["jobs"][job]["steps"]
    found = [step["run"] for step in steps if "build/bin/roundtrip" in step.get("run", "")]
    assert found
    return [command.replace("build/bin", f"{BUILD}/bin") for command in found]


@pytest.fixture
def github(tmp_path):
    """Runs a command at the root of the project; reports go to a folder of the test's own."""
    (tmp_path / "config").symlink_to(ROOT / "config")
    (tmp_path / "suites").symlink_to(ROOT / "suites")
    environment = os.environ | {
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "ROUNDTRIP_FILTER": "*test_basic* or *test_cond* or *test_b* and suite(TestModels) or suite(*Dynamism*)",
    }

    def run(command, **more):
        return subprocess.run(
            ["bash", "-e", "-c", command], cwd=tmp_path, env=environment | more,
            capture_output=True, text=True)  # fmt: skip

    run.folder = tmp_path
    return run


def test_the_nightly_workflow_lists_its_cells_runs_some_and_joins_their_reports(github):
    for command in commands("cells"):
        result = github(command)
        said = [line for line in result.stderr.splitlines() if "ROUNDTRIP_FILTER" not in line]
        assert (result.returncode, said) == (0, []), command
    name, cells = (github.folder / "output").read_text().rstrip("\n").split("=", 1)
    assert name == "cells"
    assert WORKFLOW["jobs"]["run"]["strategy"]["matrix"]["cell"] == "${{ fromJson(needs.cells.outputs.cells) }}"
    cells = json.loads(cells)
    assert len(cells) == len(set(cells)) == 44
    composed = ("retraceability_serdes", "decompose_serdes", "serdes_unflatten_serdes")
    composed = [cell for cell in cells if any(f"[{name}], threads=1" in cell for name in composed)]
    assert len(composed) == 3

    run_cells = (cells[0], *composed, cells[-1])
    for i, cell in enumerate(run_cells):
        (command,) = commands("run")
        result = github(command, CELL=cell)
        assert result.returncode == 0, result.stdout
        uploaded = WORKFLOW["jobs"]["run"]["steps"][-1]["with"]["path"].split()
        assert all((github.folder / file).exists() for file in uploaded)
        report = json.loads((github.folder / "nightly.json").read_text())
        assert report["planned"] == len(report["tests"]) > 2
        assert {test["run"] for test in report["tests"]} == {cell}
        artifact = github.folder / "reports" / f"reports-{i}"
        artifact.mkdir(parents=True)
        for file in uploaded:
            (github.folder / file).rename(artifact / file)

    (command,) = commands("report")
    result = github(command)
    assert result.returncode == 2, result.stderr  # most cells are missing, and are named
    report = json.loads((github.folder / "nightly.json").read_text())
    assert {test["run"] for test in report["tests"]} == set(run_cells)
    (missing,) = report["missing"]
    assert missing.startswith("of 44 runs these are missing: ")
    assert all((f"'{cell}'" in missing) == (cell not in run_cells) for cell in cells)
