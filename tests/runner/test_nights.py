"""What is kept of runs, what changed between them, and tests that are not steady."""

import contextlib
import json
import sqlite3
import subprocess

import pytest
from conftest import PLUGINS, history_rows


@pytest.fixture
def write(roundtrip):
    """A configuration of the suites Ordered and Telling with more sections."""

    def write_config(extra=""):
        return roundtrip.write_config(
            f"""
only_plugins: [{PLUGINS}/everyday.so]
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
    assert "Ordered.c  [quarantine: it is old]\n" in roundtrip("list", config).out


def test_a_quarantine_ends(roundtrip, write):
    config = write("quarantine: [{filter: Ordered.c, reason: it was old, expires: 2020-02-29}]")
    result = roundtrip("run", config, "--filter=Ordered.c")
    assert result.returncode == 1
    assert result.err == "warning: quarantines have expired (1); 'roundtrip check' names them\n"
    fault = (
        "the quarantine of 'Ordered.c' has expired on 2020-02-29, and its tests count again; fix "
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
    assert result.err == f"error: {config}:6:23: 'Ordered.z' selects no test; fix it, or remove it\n"
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


def test_a_history_that_was_removed_leaves_nothing_behind(roundtrip, write):
    config = write()
    roundtrip("run", config, "--filter=Ordered.a")
    (path,) = (roundtrip.folder / "cache").rglob("history.sqlite")
    with contextlib.closing(sqlite3.connect(path)) as history:
        history.execute("UPDATE test SET name = 'x'")
        history.commit()
        log = path.with_name("history.sqlite-wal").read_bytes()
    path.unlink()
    path.with_name("history.sqlite-wal").write_bytes(log)
    result = roundtrip("run", config, "--filter=Ordered.b")
    assert (result.returncode, result.err) == (0, "")
    assert history_rows(roundtrip, "SELECT name FROM test") == [("Ordered.b",)]


def test_as_much_of_the_history_is_kept_as_the_configuration_says(roundtrip, write):
    config = write("history: {runs: 2}")
    for _ in range(4):
        roundtrip("run", config, "--filter=Ordered.a")
    assert history_rows(roundtrip, "SELECT number FROM run") == [(3,), (4,)]


def test_a_diff_says_what_got_worse(roundtrip, write):
    config = write()
    result = roundtrip("diff", config)
    assert (result.returncode, result.err) == (
        5, f"error: {config} has no history: it has not been run on this machine\n")  # fmt: skip
    roundtrip("run", config, "--filter=Ordered.*", "--filter=*wears_out", "--json=1.json")
    result = roundtrip("diff", config)
    assert (result.returncode, result.err) == (
        5, "error: run 1 is the first that chose its tests as it did and came to its end; there is "
           "nothing to compare it with\n")  # fmt: skip
    roundtrip("run", config, "--filter=Ordered.a")  # chose other tests
    chosen = ("--filter=Ordered.*", "--filter=*wears_out")
    roundtrip("run", config, *chosen, "--set=seed=3", "--json=3.json")
    result = roundtrip("diff", config)
    assert (result.returncode, result.err) == (0, "")
    assert result.out.startswith("run 1 (")
    assert "\n  the setting 'seed': 0 -> 3\n" in result.out
    assert result.out.endswith("\n7 tests are in both runs\nnothing has changed\n")
    roundtrip("run", config, *chosen, "--json=4.json")  # the third time it is worn out
    for runs in ([config], [config, "-2", "-1"], [config, 3], ["1.json", "4.json"], [config, "1.json", "4"]):
        result = roundtrip("diff", *runs)
        assert (result.returncode, result.err) == (1, "")
        assert "\nNewly failing (1)\n  Telling.test_wears_out  passed -> failed: worn out\n" in result.out
        assert result.out.endswith("worse: 1 newly failing\n")
    result = roundtrip("diff", config, "-1", "-2")
    assert (result.returncode, result.out.splitlines()[-1]) == (0, "nothing got worse; 1 fixed")


def test_a_diff_for_machines(roundtrip, write):
    config = write()
    roundtrip("run", config, "--filter=Ordered.*", "--json=1.json")
    report = roundtrip.report("1.json")
    report["tests"] = [test for test in report["tests"] if test["name"] != "c"]
    report["planned"] -= 1
    (roundtrip.folder / "0.json").write_text(json.dumps(report))
    summary = roundtrip.folder / "summary.md"
    result = roundtrip("diff", "0.json", "1.json", "--json", GITHUB_STEP_SUMMARY=str(summary))
    assert result.returncode == 1
    diff = json.loads(result.out)
    assert (diff["worse"], diff["compared"], diff["counts"]["newly_failing"]) == (True, 5, 1)
    (change,) = diff["changes"]
    assert (change["change"], change["id"], change["before"]) == ("newly_failing", "Ordered.c", None)
    assert diff["after"]["environment"]["libtorch"].startswith("2.")
    assert summary.read_text().startswith("### worse&#58; 1 newly failing\n")
    assert roundtrip("diff", "1.json", "0.json").out.splitlines()[-1] == "nothing got worse; 1 gone"
    assert roundtrip("diff", "1.json", "0.json").returncode == 0
    assert roundtrip("diff", "1.json", "0.json", "--lost").returncode == 1
    assert roundtrip("diff", "0.json", "1.json", "--github").returncode == 4


def test_a_diff_names_what_it_cannot_compare(roundtrip, write):
    config = write()
    roundtrip("run", config, "--filter=Ordered.a", "--json=1.json")
    for arguments, message in [
        ((), "'diff' needs CONFIG or REPORTs: roundtrip diff config/serdes.yaml"),
        (("1.json",), "'diff' needs two REPORTs, or CONFIG and its history"),
        (("-2", "-1"), "'diff' needs CONFIG before the RUNs: roundtrip diff config/serdes.yaml -2 -1"),
        ((config, "yesterday"), "'diff': a RUN is a number or a JSON report (.json), not 'yesterday'"),
        ((config, "7"), "the history has no run 7; it has 1 run, 1 to 1"),
        ((config, "-2"), "the history has no run -2; it has 1 run, 1 to 1"),
        ((config, "1", "1", "1"), "'diff' compares two RUNs of CONFIG, and no more"),
        (("absent.yaml",), "absent.yaml: there is no such file; give a configuration"),
    ]:
        result = roundtrip("diff", *arguments)
        assert (result.returncode, result.err) == (4, f"error: {message}\n")


def test_history_lists_runs_and_where_a_test_changed(roundtrip, write):
    config = write()
    for command in ("init", "add config.yaml", "-c user.name=x -c user.email=x commit -m x"):
        subprocess.run(["git", *command.split()], cwd=roundtrip.folder, check=True, capture_output=True)
    chosen = ("--filter=Ordered.a", "--filter=*wears_out")
    for _ in range(2):
        roundtrip("run", config, *chosen)
    subprocess.run(["git", "rm", "--cached", "config.yaml"], cwd=roundtrip.folder, check=True)
    roundtrip("run", config, *chosen)
    result = roundtrip("history", config)
    assert (result.returncode, result.err) == (0, "")
    head, *runs = result.out.splitlines()
    assert head.split() == ["run", "started", "(UTC)", "tests", "failed", "time", "commit", "LibTorch"]
    assert [line.split()[0] for line in runs] == ["1", "2", "3"]
    assert runs[2].endswith("--filter Ordered.a --filter '*wears_out'")
    commits = [run["environment"]["commit"] for run in json.loads(roundtrip("history", config, "--json").out)]
    assert commits[2] == commits[1] + "-dirty"

    name, *events, since, rate = roundtrip("history", config, "*.test_wears_out").out.splitlines()
    assert name == "Telling.test_wears_out"
    assert [line[2] for line in events] == [" ", " ", "*"]
    assert events[2].split()[4] == "failed" and events[2].endswith("worn out")
    commit = commits[1][:12]
    assert since.startswith("  failed since run 3 (") and f"commit {commit}-dirty); passed in run 2 (" in since
    assert rate == "  unsteady in 1 of 3 runs (33.3 %)"
    assert "passed in all 3 runs" in roundtrip("history", config, "Ordered.a").out
    (test,) = json.loads(roundtrip("history", config, "Ordered.a", "--json").out)
    assert [result["outcome"] for result in test["results"]] == ["passed"] * 3
    flaky = roundtrip("history", config, "--flaky").out
    assert flaky == "Telling.test_wears_out  unsteady in 1 of 3 runs (33.3 %)\n"
    assert len(roundtrip("history", config, "--last", "1").out.splitlines()) == 2
    result = roundtrip("history", config, "nobody")
    assert (result.returncode, result.err) == (5, "error: no test that has been run is called 'nobody'\n")


def test_a_test_is_named_in_each_of_its_cells(roundtrip):
    config = roundtrip.write_config(
        f"only_plugins: [{PLUGINS}/everyday.so]\ntransforms: {{plain: {{chain: []}}}}\n"
        "runs: [{suites: [Ordered], transforms: [plain], matrix: {seed: [1, 2]}}]\n"
    )
    roundtrip("run", config, "--filter=Ordered.a")
    out = roundtrip("history", config, "Ordered.a").out
    assert [line for line in out.splitlines() if not line.startswith(" ")] == [
        "(seed=1) Ordered.a", "(seed=2) Ordered.a"]  # fmt: skip
    assert roundtrip("history", config, "(seed=2) Ordered.a").out.startswith("(seed=2) Ordered.a\n")
    roundtrip("run", config, "--filter=Ordered.a", "--cell=(seed=1)")
    result = roundtrip("diff", config, "1", "2")
    assert result.returncode == 0
    assert "note: 1 test is in one of the runs only, which chose other tests or was cut short" in result.out
    config.write_text(config.read_text().replace("[1, 2]", "[1, 3]"))
    roundtrip("run", config, "--filter=Ordered.a")
    result = roundtrip("diff", config)  # with the last run of all cells, whatever those were
    assert result.out.startswith("run 1 (") and result.out.endswith("nothing got worse; 1 new, 1 gone\n")


def test_slower_is_told_in_the_second_slow_night(roundtrip, write):
    config = write()
    for _ in range(6):
        roundtrip("run", config, "--filter=Ordered.a")
    roundtrip("run", config, "--filter=Ordered.b")  # chose other tests: says nothing of a
    history_rows(roundtrip, "UPDATE result SET seconds = iif(run >= 5, 3.0, 1.0)")
    outs = [roundtrip("diff", config, run, run + 1) for run in (3, 4, 5)]
    assert [result.returncode for result in outs] == [0, 0, 1]
    assert "\nSlower (1)\n  Ordered.a  1.000 s -> 3.000 s\n" in outs[2].out
    history_rows(roundtrip, "UPDATE result SET outcome = 'flaky' WHERE run IN (1, 6)")
    assert "flaky" not in roundtrip("diff", config, 5, 6).out  # it was flaky in run 1
    history_rows(roundtrip, "UPDATE result SET outcome = 'passed' WHERE run = 1")
    assert "\nNewly flaky (1)\n  Ordered.a  passed -> flaky\n" in roundtrip("diff", config, 5, 6).out
