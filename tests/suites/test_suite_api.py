"""What suite.h and transform.h promise, seen through the runner's JSON report."""

import json
import os
import pathlib
import re
import subprocess

import pytest

BUILD = pathlib.Path(os.environ["ROUNDTRIP_BUILD"])
CONFIG = """
version: 1
only_plugins: [{plugins}, {serdes}]
transforms:
  outer: {{chain: [announce_a, serdes_strict, announce_b], suffix: _outer, xfail: first}}
  plain: {{chain: [announce_b, announce_a], suffix: _plain, xfail: second, only_if_no_xfail: true}}
  say: {{chain: [say, {{say: {{word: bye, times: 3, scale: 0.25, loud: false}}}}], suffix: _say}}
runs:
  - suites: [FixtureSuiteTest]
    transforms: [outer, plain, say]
overrides:
  - {{filter: transform(plain), seed: 7, dtype: float64}}
  - {{filter: transform(say), seed: 7}}
"""


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    folder = tmp_path_factory.mktemp("suite")
    config, report = folder / "config.yaml", folder / "report.json"
    plugins = BUILD / "tests/suite_plugins"
    config.write_text(CONFIG.format(plugins=plugins, serdes=BUILD / "lib/roundtrip/plugins"))
    command = [BUILD / "bin/roundtrip", "run", config, "--json", report]
    environment = os.environ | {"XDG_CACHE_HOME": str(folder)}
    result = subprocess.run(command, capture_output=True, check=False, env=environment)
    assert result.returncode == 1, result.stderr
    tests = json.loads(report.read_text())["tests"]
    return {(test["test"], test["transform"]): test for test in tests}


def test_fixture_is_set_up_and_torn_down_under_every_transformation(records):
    for transform in ("outer", "plain"):
        record = records["test_uses_fixture", transform]
        assert record["outcome"] == "passed"
        assert record["output"].splitlines()[-1] == "torn down"


def test_fixture_is_torn_down_when_the_test_throws(records):
    assert "torn down" in records["test_throws", "outer"]["output"]


def test_a_chain_runs_from_the_outermost_transformation_inwards(records):
    output = records["test_uses_fixture", "plain"]["output"].splitlines()
    assert output[:2] == ["b strict=unset", "a strict=unset"]


def test_strict_is_a_default_that_the_test_overrules(records):
    output = records["test_uses_fixture", "outer"]["output"].splitlines()
    assert output[:2] == ["a strict=unset", "b strict=true"]
    output = records["test_asks_for_non_strict", "outer"]["output"].splitlines()
    assert output[:2] == ["a strict=false", "b strict=false"]


def test_every_failed_check_is_reported(records):
    record = records["test_two_checks_fail", "outer"]
    assert record["outcome"] == "failed"
    assert "CHECK( 1 + 1 == 3 ) is 2 == 3" in record["message"]
    assert "CHECK( 2 + 2 == 5 ) is 4 == 5" in record["message"]


def test_require_ends_the_test(records):
    record = records["test_require_stops", "outer"]
    assert record["outcome"] == "failed"
    assert "1 + 1 == 3" in record["message"]
    assert "2 + 2 == 5" not in record["message"]


def test_an_exception_is_an_error_with_its_text(records):
    record = records["test_throws", "plain"]
    assert (record["outcome"], record["message"]) == ("error", "the test's own exception")


def test_skip_gives_the_reason(records):
    record = records["test_skips", "plain"]
    assert (record["outcome"], record["message"]) == ("skipped", "there is a reason")


def test_marks_belong_to_the_run_with_their_property(records):
    assert records["test_expected_to_fail", "outer"]["outcome"] == "xfailed"
    assert records["test_marked_for_both", "outer"]["outcome"] == "xfailed"


def test_only_if_no_xfail_skips_tests_with_another_mark(records):
    for test in ("test_expected_to_fail", "test_marked_for_both"):
        record = records[test, "plain"]
        assert record["outcome"] == "skipped"
        assert record["message"] == "Will only be tested if no other tests are failing"


def test_threads_dtype_and_seed_hold_in_the_test(records):
    def seen(transform):
        threads, dtype, number = records["test_setup", transform]["output"].splitlines()[0].split()
        assert threads == "2"
        return dtype, number

    (outer, one), (plain, two), (say, three) = seen("outer"), seen("plain"), seen("say")
    assert (outer, plain, say) == ("Float", "Double", "Float")
    assert one != two == three  # the seed decides


def test_options_of_a_transformation_reach_it(records):
    output = records["test_uses_fixture", "say"]["output"].splitlines()
    assert output[:2] == ["hello 2 1e-09 1", "bye 3 0.25 0"]


def test_tags_and_details_of_marks_are_in_the_record(records):
    assert records["test_setup", "outer"]["tags"] == ["quick"]
    assert records["test_expected_to_fail", "outer"]["xfail"] == {
        "property": "first", "reason": "it says so", "issue": "#1",
        "expires": "2999-01-31"}  # fmt: skip


def test_the_stack_of_a_crash_ends_with_the_test(records):
    (attempt,) = records["test_crashes", "plain"]["attempts"]
    frames = attempt["backtrace"].splitlines()
    assert any("roundtrip::export_program" in frame for frame in frames)
    assert "FixtureSuiteTest" in frames[-1] or "test_crashes" in frames[-1]
    machinery = ("doctest", "run_phase", "run_guarded", "FixtureSuite::run", "run_test", "main")
    functions = [re.split(" at | in ", frame)[0] for frame in frames]
    assert not [name for name in functions if any(word in name for word in machinery)]
