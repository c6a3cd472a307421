"""How tests are run: in groups, with an environment of their own, again after a failure, and what
they leave behind."""

import os
import re
import time

import pytest


def outcomes(roundtrip, config, *arguments, **environment):
    _, tests = roundtrip.run_json(config, *arguments, **environment)
    return {test["name"]: test["outcome"] for test in tests.values()}


def one(roundtrip, config, *arguments):
    _, tests = roundtrip.run_json(config, *arguments)
    (test,) = tests.values()
    return test


# Fails where another test of its kind runs at the same time.
ALONE = "mkdir {0} && sleep 0.1 && rmdir {0}"
GROUPS = """
groups: {gpu: 1, port: 2}
overrides:
  - {filter: "*.gpu*", groups: [gpu]}
  - {filter: "*.port*", groups: port}
"""


def test_of_a_group_as_many_tests_run_at_once_as_it_says(roundtrip, shell_config):
    commands = {f"gpu{i}": ALONE.format("lock") for i in range(6)}
    config = shell_config(GROUPS, **commands, free="ls -d lock; true")
    found = outcomes(roundtrip, config, "--jobs=4")
    assert set(found.values()) == {"passed"} and len(found) == 7
    config = shell_config("", **commands)
    assert "failed" in outcomes(roundtrip, config, "--jobs=6").values()


def test_a_group_may_have_room_for_several_and_a_test_may_be_of_two(roundtrip, shell_config):
    count = "echo >> $$ && sleep 0.1 && test $(ls [0-9]* | wc -l) -le 2; c=$?; rm $$; exit $c"
    commands = {f"port{i}": count for i in range(6)}
    config = shell_config(GROUPS, **commands)
    assert set(outcomes(roundtrip, config, "--jobs=6").values()) == {"passed"}
    both = GROUPS + "  - {filter: '*.port*', groups: [gpu, port]}\n"
    commands = {f"port{i}": ALONE.format("lock") for i in range(4)}
    assert set(outcomes(roundtrip, shell_config(both, **commands), "--jobs=4").values()) == {"passed"}


def test_a_group_ends_with_failures_retries_and_interrupted_runs_alike(roundtrip, shell_config):
    config = shell_config(
        GROUPS + "  - {filter: '*.gpu5', timeout: 0.5, grace: 0.1}\n",
        gpu1="false", gpu2="true", gpu3="crash", gpu4="true", gpu5="sleep 30",
    )  # fmt: skip
    found = outcomes(roundtrip, config, "--jobs=3", "--set=retries=1")
    assert found == {
        "gpu1": "failed", "gpu2": "passed", "gpu3": "crashed", "gpu4": "passed", "gpu5": "timed_out"
    }  # fmt: skip
    result = roundtrip("run", config, "--jobs=3", "--fail-fast", "--json=r.json", "--filter=*[1234]")
    assert result.returncode == 1
    tests = roundtrip.report("r.json")
    assert len(tests["tests"]) < 4  # it was given up, though all others waited for their group


def test_a_group_that_is_not_there_is_a_mistake(roundtrip, shell_config):
    config = shell_config("groups: {gpu: 1}\noverrides: [{filter: all(), groups: [gpus]}]", a="true")
    result = roundtrip("check", config)
    assert result.returncode == 4
    assert "no group 'gpus' under 'groups'; did you mean 'gpu'?" in result.err
    config = shell_config("groups: {gpu: 0}", a="true")
    assert "the group 'gpu' must be a whole number from 1 to 4096" in roundtrip("check", config).err


def test_tests_have_an_environment_of_their_own(roundtrip, shell_config):
    config = shell_config(
        """
overrides:
  - {filter: "*", environment: {WORD: all, OTHER: "1"}}
  - {filter: "*.b", environment: {WORD: own}}
""",
        a='test "$WORD$OTHER" = all1',
        b='test "$WORD$OTHER" = own1',
    )
    for isolation in ("process", "none"):
        found = outcomes(roundtrip, config, f"--isolation={isolation}", WORD="outside")
        assert found == {"a": "passed", "b": "passed"}


def test_only_crashes_are_tried_again_where_it_says_so(roundtrip, shell_config):
    config = shell_config(
        "defaults: {retries: 2, retry_on: crash}\n"
        "overrides: [{filter: '*.hangs', timeout: 0.3, grace: 0.1}]",
        fails="false", crashes="crash", hangs="hang",
    )  # fmt: skip
    _, tests = roundtrip.run_json(config)
    tries = {test["name"]: len(test["attempts"]) for test in tests.values()}
    assert tries == {"fails": 1, "crashes": 3, "hangs": 3}


def test_a_test_waits_before_it_is_tried_again_and_others_go_on(roundtrip, shell_config):
    config = shell_config(
        "overrides: [{filter: '*.first', retries: 1, retry_delay: 0.5}]",
        first="date +%s%N >> first; test $(wc -l < first) -ge 2",
        second="date +%s%N > second",
    )
    assert outcomes(roundtrip, config, "--jobs=1") == {"first": "flaky", "second": "passed"}
    earlier, later = map(int, (roundtrip.folder / "first").read_text().split())
    between = int((roundtrip.folder / "second").read_text())
    assert later - earlier >= 500_000_000
    assert earlier < between < later


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A zombie that somebody else has to reap does not live.
    state = next(line for line in open(f"/proc/{pid}/status") if line.startswith("State"))
    return "Z" not in state


DAEMON = "setsid sleep {} > /dev/null 2>&1 < /dev/null & echo $! > pid"


@pytest.mark.parametrize("command", [DAEMON.format(371), "sleep 372 & echo $! > pid"])
def test_processes_that_outlive_a_test_are_named_and_ended(roundtrip, shell_config, command):
    config = shell_config("", leaves=command)
    result = roundtrip("run", config, "--json=report.json", "--junit=report.xml")
    (test,) = roundtrip.report()["tests"]
    assert re.search(r"\nLeft processes running, which were ended\n +Shell.leaves: sleep 37", result.out)
    assert 'name="left_running" value="sleep 37' in (roundtrip.folder / "report.xml").read_text()
    pid = int((roundtrip.folder / "pid").read_text())
    assert test["outcome"] == "passed"
    assert [re.sub(r"\d+", "N", text) for text in test["attempts"][0]["left_running"]] == [
        "sleep N (process N)"
    ]
    assert not is_alive(pid)


def test_they_make_a_test_fail_where_it_says_so(roundtrip, shell_config):
    config = shell_config(
        "overrides: [{filter: '*', leaks: fail}]\n"
        "xfail: [{test: Shell.expected, property: ''}]",
        leaves=DAEMON.format(373), expected=f"{DAEMON.format(374)}; false", tidy="sleep 0.01 & wait",
    )  # fmt: skip
    code, tests = roundtrip.run_json(config)
    assert code == 1
    by_name = {test["name"]: test for test in tests.values()}
    assert by_name["leaves"]["outcome"] == by_name["expected"]["outcome"] == "failed"
    assert by_name["leaves"]["message"].startswith("left running, until they were ended: sleep 373")
    assert by_name["tidy"]["outcome"] == "passed"


def test_a_helper_that_ends_with_the_test_is_not_left(roundtrip, shell_config):
    # It ends a moment after the test, as its pipe to it breaks.
    config = shell_config("", helped="mkfifo f; (cat f; sleep 0.05) > /dev/null & exec 9> f; exit 0")
    test = one(roundtrip, config)
    assert (test["outcome"], test["attempts"][0]["left_running"]) == ("passed", [])


def test_each_test_is_told_of_what_it_left_itself(roundtrip, shell_config):
    commands = {f"t{i}": DAEMON.format(400 + i).replace("> pid", f"> pid{i}") for i in range(8)}
    commands |= {f"u{i}": "sleep 0.02" for i in range(8)}
    _, tests = roundtrip.run_json(shell_config("", **commands), "--jobs=4")
    for test in tests.values():
        left = test["attempts"][0]["left_running"]
        if test["name"].startswith("u"):
            assert left == []
            continue
        (process,) = left  # or the shell, which has not become it yet
        assert f"sleep {400 + int(test['name'][1:])} " in process
    for i in range(8):
        assert not is_alive(int((roundtrip.folder / f"pid{i}").read_text()))


def test_children_of_what_was_left_are_ended_too(roundtrip, shell_config):
    command = "setsid sh -c 'sleep 380 & echo $! > pid; wait' > /dev/null 2>&1 & sleep 0.2"
    one(roundtrip, shell_config("", leaves=command))
    deadline = time.monotonic() + 5
    while is_alive(int((roundtrip.folder / "pid").read_text())):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_without_capture_output_goes_to_the_terminal_at_once(roundtrip, shell_config):
    config = shell_config("", a="echo from a; echo also from a >&2", b="echo from b; false")
    result = roundtrip("run", config, "--no-capture", "--json=r.json", "--jobs=4")
    assert result.returncode == 1
    assert result.out.index("from a\nalso from a\n") < result.out.index("from b\n")
    assert [test["output"] for test in roundtrip.report("r.json")["tests"]] == ["", ""]
