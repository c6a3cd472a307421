"""Tests with cases, marks with conditions, and what a fixture does once for its suite."""

import json
import os
import pathlib
import subprocess

import pytest

BUILD = pathlib.Path(os.environ["ROUNDTRIP_BUILD"])
CONFIG = """
version: 1
only_plugins: [{plugins}/libscope_suite.so]
transforms: {{plain: {{chain: [], xfail: first}}, again: {{chain: [], suffix: _again}}}}
suites: {{ScopeSuite: {{word: hi}}}}
runs: [{{suites: [{suites}], transforms: [plain]}}]
"""


@pytest.fixture
def run(tmp_path):
    """Runs suites; gives the process and the records of the tests by name."""

    def call(*suites, transforms="plain", more="", options=()):
        config, report = tmp_path / "config.yaml", tmp_path / "report.json"
        text = CONFIG.format(plugins=BUILD / "tests/suite_plugins", suites=", ".join(suites))
        config.write_text(text.replace("transforms: [plain]", f"transforms: [{transforms}]") + more)
        command = [BUILD / "bin/roundtrip", "run", config, "--json", report, *options]
        environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path)}
        result = subprocess.run(
            command, capture_output=True, check=False, env=environment, text=True, timeout=120
        )
        tests = json.loads(report.read_text())["tests"]
        return result, {test["name"]: test for test in tests}

    return call


def test_each_case_is_a_test_with_its_own_name_and_marks(run):
    result, tests = run("CaseSuite")
    assert result.returncode == 0
    assert {name: test["outcome"] for name, test in tests.items()} == {
        "test_size_square": "passed",
        "test_size_wide": "xfailed",
        "test_size_tall": "skipped",
        "test_computed_a": "passed",
        "test_computed_b": "passed",
        "test_skipped_if": "skipped",
        "test_not_skipped": "passed",
        "test_xfail_if": "xfailed",
    }
    assert tests["test_size_wide"]["xfail"]["reason"] == "it is not square"
    assert tests["test_size_tall"]["message"] == "tall ones are left out"
    assert tests["test_skipped_if"]["message"] == "the first reason"
    assert [test["tags"] for test in tests.values()][:4] == [["size"], ["size"], ["size"], []]
    assert tests["test_computed_b"]["output"] == "bbb\n"


@pytest.mark.parametrize("isolation", ["process", "none"])
def test_a_suite_is_set_up_once_and_every_test_sees_it_as_it_was(run, isolation):
    if isolation == "none":
        result, tests = run("ScopeSuite", options=["--isolation=none", "--filter=*one"])
        assert (result.returncode, len(tests)) == (0, 1)
        assert "torn down with 1 changes" in result.stderr
        return
    result, tests = run("ScopeSuite", transforms="plain, again", options=["--jobs=3"])
    assert result.returncode == 0
    assert len(tests) == 4
    outputs = [test["output"] for test in tests.values()]
    assert sum("set up once" in output for output in outputs) == 1
    values = {output.splitlines()[-1] for output in outputs}
    assert len(values) == 1 and values.pop().endswith(" hi")
    assert "torn down with 0 changes" in result.stderr


@pytest.mark.parametrize(
    ("suite", "outcome", "message"),
    [
        ("FailingScope", "error", "set_up_suite: {file}: CHECK( 1 + 1 == 3 ) is 2 == 3"),
        ("ThrowingScope", "error", "set_up_suite: no model"),
        ("SkippedScope", "skipped", "set_up_suite: there is no model"),
        ("ThreadScope", "error", "set_up_suite left a thread running"),
        ("CrashingScope", "error", "set_up_suite: the process of the suite was killed by SIGABRT"),
        ("HangingScope", "error", "set_up_suite: the process of the suite no longer answered"),
    ],
)
def test_what_becomes_of_a_set_up_becomes_of_all_tests(run, suite, outcome, message):
    options = ["--set=timeout=1", "--set=grace=0.1", "--jobs=2", "--set=retries=1"]
    result, tests = run(suite, "CaseSuite", options=options)
    assert result.returncode == (0 if outcome == "skipped" else 1)
    both = [test for test in tests.values() if test["suite"] == suite]
    assert [test["outcome"] for test in both] == [outcome, outcome]
    for test in both:
        place, _, rest = message.partition("{file}")
        assert test["message"].startswith(place) and rest in test["message"]
    assert tests["test_size_square"]["outcome"] == "passed"


def test_the_tests_of_a_group_all_get_the_error_of_a_suite_that_cannot_be_set_up(run):
    group = "groups: {one: 1}\noverrides: [{filter: all(), groups: one}]\n"
    result, _ = run("CrashingScope", more=group, options=["--repeat=3", "--jobs=2"])
    assert "Ran 6 of 6 tests" in result.stdout, result.stdout
    assert result.returncode == 1


def test_a_tear_down_that_fails_is_a_fault_of_the_run(run):
    result, tests = run("BadEnd", "CaseSuite")
    assert result.returncode == 3
    assert tests["test_passes"]["outcome"] == "passed"
    assert "error: tear_down_suite: the folder is not empty" in result.stderr
    result, _ = run("BadEnd", options=["--isolation=none"])
    assert result.returncode == 3
