"""What is kept of runs, what changed between them, and tests that are not steady."""

import json

import pytest
from conftest import PLUGINS, history_rows


@pytest.fixture
def write(roundtrip):
    """A configuration of the suites Ordered and Telling with more sections."""

    def write_config(extra=""):
        return roundtrip.write_config(
            f"""
plugins: [{PLUGINS}/everyday.so]
transforms: {{plain: {{chain: []}}}}
runs: [{{suites: [Ordered, Telling], transforms: [plain]}}]
{extra}
"""
        )

    return write_config


def test_a_failure_in_quarantine_is_told_and_does_not_fail_the_run(roundtrip, write):
    config = write("quarantine: [{filter: '*.c or *.a', reason: it is old, expires: 2999-12-31}]")
    result = roundtrip("run", config, "--filter=Ordered.[abc]", "--json=report.json", "--set=retries=1")
    assert (result.returncode, result.err) == (0, "")
    assert "\nIn quarantine\n   FAIL Ordered.c  until 2999-12-31: it is old\n" in result.out
    assert result.out.splitlines()[-1] == "2 passed, 0 failed, 0 skipped, 1 in quarantine"
    tests = {test["name"]: test for test in roundtrip.report()["tests"]}
    assert (tests["c"]["outcome"], tests["c"]["bad"], len(tests["c"]["attempts"])) == ("failed", False, 2)
    assert tests["a"]["quarantine"] == {"reason": "it is old", "issue": None, "expires": "2999-12-31"}
    assert tests["b"]["quarantine"] is None
    assert roundtrip("run", config, "--last-failed").returncode == 5


def test_a_quarantine_ends(roundtrip, write):
    config = write("quarantine: [{filter: Ordered.c, reason: it was old, expires: 2020-02-29}]")
    result = roundtrip("run", config, "--filter=Ordered.c")
    assert result.returncode == 1
    assert result.err == "warning: quarantines have expired (1); 'roundtrip check' names them\n"
    fault = (
        "the quarantine of 'Ordered.c' has expired on 2020-02-29, and its tests count again; mend "
        "them and take it out, or give it another day"
    )
    result = roundtrip("check", config)
    assert (result.returncode, result.err) == (4, f"error: {config}:6:23: {fault}\n")
    result = roundtrip("xfail", "audit", config)
    assert result.returncode == 1
    assert f"{config}:6:23: {fault}\n" in result.out


def test_a_quarantine_of_no_test_is_found(roundtrip, write):
    config = write("quarantine: [{filter: Ordered.z, reason: gone, expires: 2999-12-31}]")
    result = roundtrip("check", config)
    assert result.returncode == 4
    assert result.err == f"error: {config}:6:23: 'Ordered.z' selects no test; mend it, or take it out\n"
    assert f"{config}:6:23: 'Ordered.z' selects no test\n" in roundtrip("xfail", "audit", config).out


def test_an_audit_lists_quarantines_with_the_rate_of_their_tests(roundtrip, write):
    config = write(
        "quarantine:\n"
        "  - {filter: '*.test_flaky', reason: odd, issue: '#7', expires: 2999-12-31}\n"
        "  - {filter: Ordered.a, reason: was odd, expires: 2999-12-31}\n"
    )
    result = roundtrip("xfail", "audit", config)
    assert (result.returncode, result.err) == (0, "")
    assert "  *.test_flaky  (1 test) until 2999-12-31: odd #7\n" in result.out
    for _ in range(3):
        roundtrip("run", config, "--filter=*.test_flaky")  # fails the first time
    result = roundtrip("xfail", "audit", config)
    assert result.returncode == 0
    assert "    Telling.test_flaky  unsteady in 1 of 3 runs\n" in result.out
    roundtrip("run", config, "--filter=Ordered.a", "--repeat=20")
    result = roundtrip("xfail", "audit", config, "--json")
    assert result.returncode == 1
    flaky, steady = json.loads(result.out)["quarantine"]
    assert (flaky["tests"], flaky["fault"], flaky["issue"]) == (1, None, "#7")
    assert steady["steadiness"] == [{"id": "Ordered.a", "runs": 20, "unsteady": 0}]
    assert "was steady in 20 runs or more; take it out" in steady["fault"]


def test_flaky_tests_fail_where_they_are_to(roundtrip, write):
    config = write("overrides: [{filter: tag(unsteady), retries: 1, flaky: fail}]")
    result = roundtrip("run", config, "--filter=*.test_flaky")
    assert result.returncode == 1
    assert "  FLAKY Telling.test_flaky\n    the first try\n" in result.out
    assert history_rows(roundtrip, "SELECT outcome, bad, message FROM result") == [("flaky", 1, "the first try")]


def test_as_much_of_the_history_is_kept_as_the_configuration_says(roundtrip, write):
    config = write("history: {runs: 2}")
    for _ in range(4):
        roundtrip("run", config, "--filter=Ordered.a")
    assert history_rows(roundtrip, "SELECT number FROM run") == [(3,), (4,)]
