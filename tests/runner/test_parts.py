"""Runs in parts, of which none may pass for the whole: shards, cells, runs that were resumed, and
their reports joined."""

import json
import re
import shutil
import signal
import xml.etree.ElementTree as ElementTree

import pytest
from conftest import PLUGINS

GITLAB = {"CI_NODE_INDEX": "2", "CI_NODE_TOTAL": "2"}
BY_GITLAB = "2 of 2, by CI_NODE_INDEX and CI_NODE_TOTAL (GitLab)"


@pytest.fixture
def cells(roundtrip):
    """Ordered in a run of its own, and under two dtypes."""
    return roundtrip.write_config(
        f"""
only_plugins: [{PLUGINS}/everyday.so]
transforms: {{plain: {{chain: []}}}}
runs:
  - {{name: night, suites: [Ordered], transforms: [plain], matrix: {{dtype: [float32, float64]}}}}
  - {{name: python, suites: [Telling], transforms: [plain]}}
"""
    )


def last_line(result):
    return result.out.splitlines()[-1]


def test_a_shard_from_the_environment_is_named_everywhere(roundtrip, ordered):
    reports = ("--json=r.json", "--junit=r.xml", "--tap=r.tap")
    result = roundtrip("run", ordered, *reports, **GITLAB)
    count = roundtrip.report("r.json")["planned"]
    assert 0 < count < 6
    line = f"Shard {BY_GITLAB}: {count} of 6 tests; --shard none runs all"
    assert result.out.splitlines()[0] == line
    assert line in result.out[result.out.index("\nRan ") :]
    assert roundtrip.report("r.json")["shard"]["source"] == "CI_NODE_INDEX and CI_NODE_TOTAL (GitLab)"
    (shard,) = ElementTree.parse(roundtrip.folder / "r.xml").findall("testsuite/properties/property")
    assert (shard.get("name"), shard.get("value")) == ("shard", BY_GITLAB)
    assert f"\n# shard {BY_GITLAB}\n" in (roundtrip.folder / "r.tap").read_text()
    assert line in roundtrip("run", ordered, "--quiet", **GITLAB).out


def test_the_whole_is_run_where_that_is_said(roundtrip, ordered):
    result = roundtrip("run", ordered, "--shard=none", **GITLAB)
    assert "Shard" not in result.out
    assert last_line(result) == "4 passed, 2 failed, 0 skipped"
    assert "Shard" not in roundtrip("run", ordered, CI_NODE_INDEX="1", CI_NODE_TOTAL="1").out


def test_a_cell_takes_no_shard_from_the_environment(roundtrip, cells):
    """A CI that fans out over cells sets the variables, too."""
    result = roundtrip("run", cells, "--cell=python", **GITLAB)
    assert result.returncode == 4
    assert result.err == (
        "error: CI_NODE_INDEX and CI_NODE_TOTAL (GitLab) would run only shard 2 of 2 of what --cell "
        "chooses; say --shard none to run all of it, or --shard 2/2 for that part\n"
    )
    assert "Ran 5 of 5 tests" in roundtrip("run", cells, "--cell=python", "--shard=none", **GITLAB).out
    assert "Shard 2 of 2, by --shard: " in roundtrip("run", cells, "--cell=python", "--shard=2/2", **GITLAB).out
    assert roundtrip("run", cells, "--cell=python", CI_NODE_INDEX="1", CI_NODE_TOTAL="1").returncode == 1


def test_list_prints_the_tests_of_a_shard_that_it_is_told(roundtrip, ordered):
    parts = [roundtrip("list", ordered, f"--shard={i}/2").out.splitlines() for i in (1, 2)]
    assert all(parts)
    roundtrip("run", ordered, "--shard=2/2", "--json=r.json")
    assert [test["id"] for test in roundtrip.report("r.json")["tests"]] == parts[1]
    assert len(roundtrip("list", ordered, **GITLAB).out.splitlines()) == 6
    assert roundtrip("list", ordered, "--shard=3/2").err == "error: --shard asks for shard 3 of 2\n"


def kill_after_one(roundtrip, config, *arguments):
    """Starts a run of one job and kills it when it has told of a test."""
    process = roundtrip.start("run", config, "--jobs=1", *arguments)
    for line in process.stdout:
        if line.startswith("["):
            break
    process.send_signal(signal.SIGKILL)
    process.communicate()


HANGING = ("--filter=*.test_abort", "--filter=*.test_hang", "--filter=*.test_z*",
           "--set=timeout=3", "--set=grace=0.1")  # fmt: skip


def test_a_run_that_was_killed_is_gone_on_with(roundtrip, misbehaving):
    kill_after_one(roundtrip, misbehaving, *HANGING)
    reports = ("--json=r.json", "--junit=r.xml", "--tap=r.tap")
    result = roundtrip("run", misbehaving, "--resume", *reports, *HANGING, "--set=timeout=2")
    assert result.returncode == 1
    assert result.out.startswith("Running 2 tests, ")
    assert "(1 of 3 have results already)" in result.out
    assert re.search(r"\nRan 3 of 3 tests in .* s, 1 of them before it was resumed\n", result.out)
    assert last_line(result) == "1 passed, 2 failed, 0 skipped"
    tests = {test["test"]: test for test in roundtrip.report("r.json")["tests"]}
    assert {name: (test["outcome"], test["resumed"]) for name, test in tests.items()} == {
        "test_abort": ("crashed", True),
        "test_hang": ("timed_out", False),
        "test_z_neighbour": ("passed", False),
    }
    assert "test_abort" not in "".join(re.findall(r"^\[.*", result.out, re.M))
    marked = ElementTree.parse(roundtrip.folder / "r.xml").findall(".//property[@name='resumed']/../..")
    assert [case.get("name") for case in marked] == ["test_abort_s"]
    assert "# 1 is from the run that this one resumed\n" in (roundtrip.folder / "r.tap").read_text()

    again = roundtrip("run", misbehaving, "--resume", *HANGING)
    assert again.returncode == 4
    assert again.err == "error: --resume: the last run of this configuration is over\n"


def test_there_may_be_nothing_to_go_on_with(roundtrip, ordered):
    result = roundtrip("run", ordered, "--resume")
    assert result.returncode == 4
    assert result.err == "error: --resume: this configuration has not been run\n"


def test_an_interrupted_run_is_gone_on_with(roundtrip, ordered):
    process = roundtrip.start("run", ordered, "--jobs=1", "--shuffle=1", "--repeat=40", "--filter=*.[ab]")
    process.stdout.readline()
    process.stdout.readline()
    assert "PASS" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 2
    result = roundtrip("run", ordered, "--resume", "--repeat=40", "--filter=*.[ab]", "--json=r.json")
    assert result.returncode == 0
    assert "have results already" in result.out
    assert len(roundtrip.report("r.json")["tests"]) == 80


def test_a_run_is_resumed_only_as_it_was(roundtrip, cells):
    night = "--cell=night*"
    kill_after_one(roundtrip, cells, night)
    result = roundtrip("run", cells, night, "--resume", "--set=dtype=float64")
    assert result.returncode == 4
    assert result.err == (
        "error: --resume: results of before and of now would not go together: the setting 'dtype' of "
        "the run 'night (dtype=float32)' is float32 in the earlier run and float64 in this one; run as "
        "before, or without --resume\n"
    )
    text = cells.read_text()
    for old, new, sentence in [
        ("runs:", "setup: [{name: s, filter: '*.a', run: 'true'}]\nruns:", "the set-up 's' of the run"),
        ("chain: []", "chain: [first]", "the chain of 'plain' of the run"),
        ("Ordered], ", "Ordered], environment: {WORD: hi}, ", "the environment variable WORD of the run"),
        ("runs:", "xfail: [{test: Ordered.c, property: p}]\nruns:", "the number of tests expected to fail"),
    ]:
        changed = text.replace(old, new).replace("plain: {", "plain: {xfail: p, ")
        cells.write_text(changed)
        assert sentence in roundtrip("run", cells, night, "--resume").err
    cells.write_text("# only a word of it\n" + text)
    assert roundtrip("run", cells, night, "--resume").returncode == 1


def test_a_run_is_resumed_only_with_the_same_builds(roundtrip):
    plugin = roundtrip.folder / "everyday.so"
    shutil.copy(PLUGINS / "everyday.so", plugin)
    config = roundtrip.write_config(
        f"only_plugins: [{plugin}]\ntransforms: {{plain: {{chain: []}}}}\n"
        "runs: [{suites: [Ordered], transforms: [plain]}]\n"
    )
    kill_after_one(roundtrip, config)
    with plugin.open("ab") as file:
        file.write(b"changed")
    result = roundtrip("run", config, "--resume")
    assert result.returncode == 4
    assert re.search(r"the plugin 'everyday' is [0-9a-f]{16} in the earlier run and [0-9a-f]{16} in this one",
                     result.err)  # fmt: skip


def test_a_part_of_a_run_may_be_resumed_first(roundtrip, ordered):
    kill_after_one(roundtrip, ordered)
    assert last_line(roundtrip("run", ordered, "--resume", "--filter=Ordered.c")) == "0 passed, 1 failed, 0 skipped"
    result = roundtrip("run", ordered, "--resume", "--json=r.json")
    assert last_line(result) == "4 passed, 2 failed, 0 skipped"
    resumed = {test["name"] for test in roundtrip.report("r.json")["tests"] if test["resumed"]}
    assert resumed >= {"c"}
    assert len(resumed) < 6
    assert "is over" in roundtrip("run", ordered, "--resume").err


def run_cells(roundtrip, config, *more):
    names = json.loads(roundtrip("list", config, "--matrix", "--json").out)
    folder = roundtrip.folder / "cells"
    folder.mkdir()
    for i, name in enumerate(names):
        (folder / str(i)).mkdir()
        roundtrip("run", config, "--cell", name, f"--json={folder}/{i}/report.json", *more)
    return folder


def test_cells_and_their_shards_are_joined(roundtrip, cells):
    folder = run_cells(roundtrip, cells)
    (folder / "0/report.json").unlink()
    for shard in ("1/2", "2/2"):
        path = folder / "0" / shard.replace("/", "of")
        roundtrip("run", cells, "--cell=night (dtype=float32)", f"--shard={shard}", f"--json={path}.json")
    result = roundtrip("merge", folder, "--json=all.json", "--junit=all.xml")
    assert (result.returncode, result.err) == (1, "")
    roundtrip("run", cells, "--json=whole.json")
    merged, whole = roundtrip.report("all.json"), roundtrip.report("whole.json")
    assert merged["shard"] == whole["shard"]
    assert merged["configuration"] == whole["configuration"]
    assert len(merged["tests"]) == 17
    assert merged["missing"] == []


def test_joined_reports_are_joined_again(roundtrip, cells):
    folder = run_cells(roundtrip, cells)
    (folder / "2/report.json").rename(roundtrip.folder / "python.json")
    assert roundtrip("merge", folder, "--partial", "--json=night.json").returncode == 2
    result = roundtrip("merge", "python.json", "night.json", "--json=all.json")
    assert (result.returncode, result.err) == (1, "")
    assert [test["run"] for test in roundtrip.report("all.json")["tests"]][::6] == [
        "night (dtype=float32)", "night (dtype=float64)", "python"]  # fmt: skip


def test_what_is_missing_of_the_cells_is_named(roundtrip, cells):
    folder = run_cells(roundtrip, cells)
    (folder / "1/report.json").unlink()
    result = roundtrip("merge", folder)
    sentence = "of 3 runs these are missing: 'night (dtype=float64)'"
    assert (result.returncode, result.err) == (3, f"error: {sentence}; give the reports of all, or --partial\n")
    reports = ("--json=all.json", "--junit=all.xml", "--tap=all.tap")
    result = roundtrip("merge", folder, "--partial", *reports)
    assert result.returncode == 2
    assert f"\nIncomplete: {sentence}\n" in result.out
    assert roundtrip.report("all.json")["missing"] == [sentence]
    (error,) = ElementTree.parse(roundtrip.folder / "all.xml").findall(".//error")
    assert error.get("type") == "missing"
    assert f"Bail out! {sentence}\n" in (roundtrip.folder / "all.tap").read_text()
    shutil.copy(folder / "0/report.json", folder / "2/again.json")
    assert "the tests of 'night (dtype=float32)' are given twice: " in roundtrip("merge", folder).err
    (folder / "empty").mkdir()
    assert roundtrip("merge", folder / "empty").err.endswith("empty: has no JSON report in it\n")


def test_only_what_goes_together_is_joined(roundtrip, ordered):
    roundtrip("run", ordered, "--shard=1/2", "--json=1.json")
    roundtrip("run", ordered, "--shard=2/2", "--json=2.json", "--set=dtype=float64")
    result = roundtrip("merge", "1.json", "2.json")
    assert (result.returncode, result.err) == (3,
        "error: results that do not go together: the setting 'dtype' is float32 in 1.json and float64 "
        "in 2.json\n")  # fmt: skip
    ordered.write_text(ordered.read_text() + "# changed\n")
    roundtrip("run", ordered, "--shard=2/2", "--json=2.json")
    assert "1.json and 2.json are of different configurations" in roundtrip("merge", "1.json", "2.json").err
