"""What the runner makes of a process or machine that lacks something, and of variables that decide
for it."""

import os
import re
import shutil
import subprocess

import pytest
from conftest import EXECUTABLE, PLUGINS


def in_shell(roundtrip, command, *arguments):
    """Runs "$@", the runner with these arguments, in a shell's command."""
    return subprocess.run(
        ["bash", "-c", command, "bash", EXECUTABLE, *map(str, arguments)],
        capture_output=True, text=True, cwd=roundtrip.folder, env=roundtrip.environment, timeout=60,
    )  # fmt: skip


def test_a_plugin_that_takes_long_to_load_is_named_meanwhile(roundtrip):
    config = roundtrip.write_config(
        f"""
only_plugins: [{PLUGINS}/slow_load.so]
transforms: {{plain: {{chain: []}}}}
runs: [{{suites: [SlowLoad], transforms: [plain]}}]
"""
    )
    result = roundtrip("list", config)
    assert (result.returncode, result.out) == (0, "SlowLoad.test_passes\n")
    assert result.err == (
        f"still loading {PLUGINS}/slow_load.so after 5 s; what does not answer is ended after 120 s\n"
    )


def test_a_transformation_that_cannot_be_made_is_named(roundtrip, misbehaving):
    text = misbehaving.read_text().replace("chain: []", "chain: [nothing, refuses]")
    misbehaving.write_text(text)
    _, tests = roundtrip.run_json(misbehaving, "--filter=*z_neighbour*")
    (test,) = tests.values()
    assert test["outcome"] == "error"
    assert test["message"] == "the transformation 'refuses' cannot be made: no licence for this"


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_files_of_the_run(roundtrip, shell_config, closed):
    config = shell_config("", a="echo from the test; cat; ls -l /proc/self/fd; false")
    result = in_shell(roundtrip, f'"$@" {closed}', "run", config, "--json=report.json")
    (test,) = roundtrip.report()["tests"]
    assert test["outcome"] == "failed"
    assert test["output"].startswith("from the test\n")
    has_output = ">&-" not in closed.replace("2>&-", "")
    assert result.returncode == (1 if has_output else 3)
    if has_output:
        assert result.stdout.endswith("0 passed, 1 failed, 0 skipped\n")
    elif "2>&-" not in closed:
        assert result.stderr == "error: the standard output could not be written\n"
    assert re.search(r"\d  +1  +1  ", roundtrip("history", config).out)


IS_ASAN = os.environ["ROUNDTRIP_BUILD_TYPE"] == "Asan"


@pytest.mark.skipif(IS_ASAN, reason="AddressSanitizer itself needs /proc")
@pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("unshare") is None
    or subprocess.run(["unshare", "-m", "true"], check=False).returncode != 0,
    reason="needs root, who may have a mount table of its own",
)  # fmt: skip
def test_without_proc_it_says_so(roundtrip, shell_config):
    command = "unshare -m sh -c 'mount -t tmpfs none /proc; \"$@\"' sh \"$@\""
    result = in_shell(roundtrip, command, "run", shell_config("", a="true"))
    assert result.returncode == 3
    assert result.stderr == (
        "error: no worker process can be started, for /proc/self/exe cannot be run: No such file or "
        "directory; mount /proc\n"
    )


@pytest.mark.skipif(IS_ASAN, reason="UndefinedBehaviorSanitizer itself needs descriptors")
def test_too_few_descriptors_are_said_with_the_cure(roundtrip, shell_config):
    config = shell_config("", **{f"t{i}": "sleep 0.2" for i in range(40)})
    result = in_shell(roundtrip, 'ulimit -n 24; "$@"', "run", config, "--jobs=40")
    assert result.returncode == 3
    assert "run fewer tests at once with --jobs, or raise the limit, such as with 'ulimit -n" in result.stderr
    result = in_shell(roundtrip, 'ulimit -n 24; "$@"', "run", config, "--jobs=2", "--filter=*t1*")
    assert result.returncode == 0


@pytest.mark.parametrize(
    ("variable", "value", "option"),
    [
        ("ROUNDTRIP_FILTER", "*.a", "--filter '*.a'"),
        ("TESTBRIDGE_TEST_ONLY", "*.a", "--filter '*.a'"),
        ("ROUNDTRIP_SET", "seed=3", "--set seed=3"),
        ("ROUNDTRIP_MAX_FAILURES", "1", "--max-failures 1"),
        ("ROUNDTRIP_SHARD_BY", "time", "--shard-by time"),
        ("ROUNDTRIP_ISOLATION", "none", "--isolation none"),
    ],
)
def test_variables_that_decide_are_said(roundtrip, shell_config, variable, value, option):
    config = shell_config("", a="true", b="true")
    result = roundtrip("run", config, **{variable: value})
    assert result.err == f"note: {option} is from the environment, {variable}\n"
    given = option.split()[0]
    said = roundtrip("run", config, given, value.replace("*.a", "*.b"), **{variable: value}).err
    assert said == ""
    assert roundtrip("run", config, ROUNDTRIP_JOBS="1").err == ""


def test_switches_that_decide_are_said_when_they_are_on(roundtrip, shell_config):
    config = shell_config("", a="true", b="false")
    assert roundtrip("run", config, ROUNDTRIP_LAST_FAILED="false").err == ""
    for option in ("--last-failed", "--stepwise", "--fail-fast"):
        variable = "ROUNDTRIP_" + option[2:].upper().replace("-", "_")
        said = roundtrip("run", config, **{variable: "true"}).err
        assert said == f"note: {option} is from the environment, {variable}\n"


def test_a_shard_names_the_variable_that_chose_it(roundtrip, shell_config):
    config = shell_config("", a="true", b="true", c="true")
    result = roundtrip("run", config, "--json=r.json", ROUNDTRIP_SHARD="1/2")
    assert result.out.startswith("Shard 1 of 2, by ROUNDTRIP_SHARD: ")
    assert roundtrip.report("r.json")["shard"]["source"] == "ROUNDTRIP_SHARD"


def test_whoever_starts_the_runner_may_ignore_the_end_of_children(roundtrip, shell_config):
    more = "setup: [{name: once, filter: '*', run: 'true'}]"
    command = "exec python3 -c 'import os, signal, sys; signal.signal(signal.SIGCHLD, signal.SIG_IGN); " \
              "os.execv(sys.argv[1], sys.argv[1:])' \"$@\""  # fmt: skip
    result = in_shell(roundtrip, command, "run", shell_config(more, a="true"))
    assert result.returncode == 0, result.stderr
