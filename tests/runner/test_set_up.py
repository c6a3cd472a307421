"""Commands that are run before the tests that need them."""

import os
import signal
import time

import pytest


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def run(roundtrip, config, *arguments, **environment):
    result = roundtrip("run", config, "--json=report.json", *arguments, **environment)
    tests = roundtrip.report()["tests"]
    return result.returncode, {test["name"]: (test["outcome"], test["message"]) for test in tests}


SERVER = """
setup:
  - name: server
    filter: "*.with"
    run: |
      echo "$PWD" > where
      sleep 391 &
      echo "SERVER=$!" >> "$ROUNDTRIP_ENV"
"""


@pytest.mark.parametrize("isolation", ["process", "none"])
def test_a_command_hands_variables_on_and_what_it_starts_lives_as_long_as_the_run(
    roundtrip, shell_config, isolation
):
    config = shell_config(
        SERVER, **{"with": "echo $SERVER > pid; kill -0 $SERVER", "without": 'test -z "$SERVER"'}
    )
    code, found = run(roundtrip, config, f"--isolation={isolation}")
    assert (code, found) == (0, {"with": ("passed", ""), "without": ("passed", "")})
    assert not is_alive(int((roundtrip.folder / "pid").read_text()))
    assert (roundtrip.folder / "where").read_text().strip() == str(roundtrip.folder)


def test_it_is_said_and_only_run_where_a_test_needs_it(roundtrip, shell_config):
    config = shell_config(SERVER, **{"with": "true", "without": "true"})
    assert "setting up server: " in roundtrip("run", config).err
    (roundtrip.folder / "where").unlink()
    assert "setting up" not in roundtrip("run", config, "--filter=*.without").err
    config = shell_config(SERVER + "skip: [{filter: '*.with', reason: later}]", **{"with": "true"})
    roundtrip("run", config)
    roundtrip("list", config)
    assert not (roundtrip.folder / "where").exists()


@pytest.mark.parametrize(
    ("command", "fault"),
    [
        ("echo first; echo no port is free >&2; exit 3", "exited with code 3: {}\nfirst\nno port is free\n"),
        ("kill -KILL $$$$", "was killed by SIGKILL (Killed): {}"),
        ("echo PORT >> $ROUNDTRIP_ENV", "wrote 'PORT' to ROUNDTRIP_ENV, which is no NAME=VALUE: {}"),
        ("sleep 392 & wait", "did not finish within 0.3 s: {}"),
    ],
)  # fmt: skip
def test_when_it_fails_the_tests_that_need_it_are_errors(roundtrip, shell_config, command, fault):
    config = shell_config(
        f"setup: [{{name: server, filter: '*.needs*', run: '{command}', timeout: 0.3}}]\n"
        "defaults: {retries: 2}\nxfail: [{test: Shell.needs_too, property: ''}]",
        needs="true", needs_too="false", other="true",
    )  # fmt: skip
    code, found = run(roundtrip, config)
    message = "the set-up 'server' " + fault.format(command.replace("$$", "$"))
    assert code == 1
    assert found == {
        "needs": ("error", message), "needs_too": ("error", message), "other": ("passed", "")
    }  # fmt: skip


def test_overrides_go_before_what_it_hands_on_and_several_add_up(roundtrip, shell_config):
    config = shell_config(
        """
setup:
  - {name: one, run: 'printf "A=1\\nB=1\\n" > $ROUNDTRIP_ENV'}
  - {name: two, run: 'printf "C=2\\n" > $ROUNDTRIP_ENV'}
overrides: [{filter: all(), environment: {B: own}}]
""",
        a='test "$A$B$C" = 1own2',
    )
    assert run(roundtrip, config) == (0, {"a": ("passed", "")})


def test_an_interrupt_ends_it(roundtrip, shell_config):
    config = shell_config("setup: [{name: slow, run: 'echo $$$$ > pid; sleep 393'}]", a="true")
    process = roundtrip.start("run", config, "--json=report.json")
    pid = roundtrip.folder / "pid"
    while not (pid.exists() and pid.read_text().endswith("\n")):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 2
    assert out.endswith("0 passed, 0 failed, 0 skipped\n")
    assert roundtrip.report()["tests"] == []
    assert not is_alive(int(pid.read_text()))


def test_mistakes_in_it_are_found(roundtrip, shell_config):
    config = shell_config(
        "setup: [{name: a, run: 'true', filter: '*.none'}, {run: 'true'}, {name: b, run: x, timeout: 0}]",
        a="true",
    )
    result = roundtrip("check", config)
    assert result.returncode == 4
    assert "an entry of 'setup' has no 'name'" in result.err or "'name'" in result.err
    assert "'timeout' must be a number of seconds above 0" in result.err
    config = shell_config("setup: [{name: a, run: 'true', filter: '*.none'}]", a="true")
    assert "the filter '*.none' selects no test: nothing is set up" in roundtrip("check", config).err


def test_explain_says_which_tests_have_what(roundtrip, shell_config):
    config = shell_config(
        """
groups: {gpu: 2}
setup: [{name: server, filter: "*.[ab]", run: ./serve}]
skip: [{filter: "*.b", reason: not here}]
overrides: [{filter: "*.[ac]", groups: [gpu], environment: {WORD: hi}}]
""",
        a="true", b="true", c="true",
    )  # fmt: skip
    out = roundtrip("explain", config).out
    for line in [
        "environment WORD=hi (2 tests)",
        "group gpu, 2 at once (2 tests)",
        "set-up server: ./serve (1 test)",
        "skipped: not here (1 test)",
    ]:
        assert f"  {line}\n" in out
