"""What a configuration can say: settings, profiles, matrix, options, includes, marks."""

import contextlib
import json
import pathlib

import pytest
from conftest import PLUGINS

HEAD = f"only_plugins: [{PLUGINS}/everyday.so]\n"


def messages(tests):
    return {test["id"]: test["message"] for test in tests}


def run(roundtrip, config, *arguments, **environment):
    roundtrip.last = roundtrip("run", config, "--json=r.json", *arguments, **environment)
    return roundtrip.report("r.json")["tests"]


@pytest.fixture
def matrix(roundtrip):
    return roundtrip.write_config(
        HEAD
        + """
transforms: {plain: {chain: []}}
runs:
  - name: nightly
    suites: [Telling]
    transforms: [plain]
    matrix:
      threads: [1, 2]
      dtype: [float32, float64]
      exclude: [{threads: 2, dtype: float32}]
      include:
        - {dtype: float64, environment: {EVERYDAY_WORD: hello}}
        - {dtype: bfloat16, seed: 7}
"""
    )


CELLS = [
    "nightly (threads=1, dtype=float32)",
    "nightly (threads=1, dtype=float64, environment={EVERYDAY_WORD: hello})",
    "nightly (threads=2, dtype=float64, environment={EVERYDAY_WORD: hello})",
    "nightly (dtype=bfloat16, seed=7)",
]


def test_every_cell_of_a_matrix_is_a_run_and_reaches_the_test(roundtrip, matrix):
    tests = run(roundtrip, matrix, "--filter=*.test_setup")
    assert messages(tests) == {
        f"{CELLS[0]} Telling.test_setup": "1 threads, seed 0, float32, word -",
        f"{CELLS[1]} Telling.test_setup": "1 threads, seed 0, float64, word hello",
        f"{CELLS[2]} Telling.test_setup": "2 threads, seed 0, float64, word hello",
        f"{CELLS[3]} Telling.test_setup": "1 threads, seed 7, bfloat16, word -",
    }


def test_a_ci_fans_out_over_the_cells(roundtrip, matrix):
    assert json.loads(roundtrip("list", matrix, "--matrix", "--json").out) == CELLS
    assert roundtrip("list", matrix, "--matrix").out.splitlines() == CELLS
    for cell in CELLS:
        (record,) = run(roundtrip, matrix, "--cell", cell, "--filter=*.test_setup")
        assert record["run"] == cell
    assert len(run(roundtrip, matrix, "--cell=*float64*", "--filter=*.test_setup")) == 2
    result = roundtrip("run", matrix, "--cell=weekly")
    assert result.returncode == 4
    assert "--cell: no run of" in result.err and CELLS[0] in result.err


def test_a_failure_of_a_cell_is_repeated_in_its_cell(roundtrip, matrix):
    result = roundtrip("run", matrix, "--filter=*.test_setup", "--cell", CELLS[3])
    (line,) = [line for line in result.out.splitlines() if "again:" in line]
    assert line.endswith(f"--cell '{CELLS[3]}' --filter 'derived(Telling.test_setup)'")


def test_the_runs_of_a_configuration_may_have_plugins_of_their_own(roundtrip):
    config = roundtrip.write_config(
        f"""
transforms: {{plain: {{chain: []}}, first: {{chain: [first]}}}}
runs:
  - {{name: a, suites: [Sharing], transforms: [first], only_plugins: [{PLUGINS}/everyday.so]}}
  - {{name: b, suites: [Misbehaving], transforms: [plain], only_plugins: [{PLUGINS}/misbehaving.so]}}
"""
    )
    tests = run(roundtrip, config, "--filter=*.test_data", "--filter=*.test_z*")
    assert [test["id"] for test in tests] == ["a Sharing.test_data", "b Misbehaving.test_z_neighbour"]
    (record,) = run(roundtrip, config, "--cell=b", "--filter=*.test_z*")
    assert record["outcome"] == "passed"
    assert len(roundtrip.report("r.json")["environment"]["plugins"]) == 1


def test_seed_threads_and_dtype_reach_the_test(roundtrip):
    config = roundtrip.write_config(
        HEAD
        + """
transforms: {plain: {chain: []}}
defaults: {seed: 3, dtype: float64}
runs: [{suites: [Telling], transforms: [plain], threads: 2}]
overrides: [{filter: "*.test_threads", seed: 5}]
"""
    )
    tests = run(roundtrip, config, "--filter=*.test_setup", "--filter=*.test_threads")
    assert messages(tests) == {
        "Telling.test_setup": "2 threads, seed 3, float64, word -",
        "Telling.test_threads": "3 threads, seed 5, float64, word -",
    }
    (record,) = run(roundtrip, config, "--filter=*.test_setup", "--set=seed=9", "--set=dtype=float16")
    assert record["message"] == "2 threads, seed 9, float16, word -"


def options_config(roundtrip, chain):
    return roundtrip.write_config(
        HEAD
        + f"transforms: {{a: {{chain: {chain}}}}}\nruns: [{{suites: [Telling], transforms: [a]}}]\n"
    )


@pytest.mark.parametrize(
    ("chain", "said"),
    [
        ("[third]", "2 0.5 quiet yes"),
        ("[first, {third: {times: 5, ratio: 1e-3, loud: true, word: 'a b'}}]", "5 0.001 loud a b"),
        ("[third, {third: {times: -1}}]", "2 0.5 quiet yes-1 0.5 quiet yes"),
    ],
)
def test_options_of_a_transformation_have_types_and_defaults(roundtrip, chain, said):
    (record,) = run(roundtrip, options_config(roundtrip, chain), "--filter=*.test_values")
    assert record["output"] == said


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("tmies: 3", "the transformation 'third' has no option 'tmies'; did you mean 'times'?"),
        ("times: often", "option 'times' of the transformation 'third' must be a whole number, not 'often'"),
        ("times: 1.5", "option 'times' of the transformation 'third' must be a whole number, not '1.5'"),
        ("ratio: half", "option 'ratio' of the transformation 'third' must be a number, not 'half'"),
        ("loud: very", "option 'loud' of the transformation 'third' must be true or false, not 'very'"),
    ],
)
def test_a_wrong_option_is_placed(roundtrip, options, message):
    config = options_config(roundtrip, f"[{{third: {{{options}}}}}]")
    result = roundtrip("check", config)
    assert result.returncode == 4
    place, _, said = result.err.partition(": t" if "no option" in message else ": o")
    assert place.startswith(f"error: {config}:3:")
    assert message.endswith(said.rstrip("\n"))


LISTED = """suites: {{Mine: {{kind: listed{}}}}}
transforms: {{a: {{chain: [], prefix: P, suffix: _a, xfail: q}}}}
runs: [{{suites: [Mine], transforms: [a]}}]
"""


def test_suites_are_made_of_a_kind_with_options_of_their_own(roundtrip):
    config = roundtrip.write_config(
        HEAD
        + """suites:
  Mine: {kind: listed, tests: [t1, t2], mood: wild, file: x/y}
  Yours: {kind: listed, tests: t1, class: C}
transforms: {a: {chain: [], prefix: P}}
runs: [{suites: [Mine, Yours], transforms: [a]}]
"""
    )
    tests = run(roundtrip, config, "--filter=*")
    assert messages(tests) == {
        "PMine.t1": f"Mine: Mine.t1, wild, {roundtrip.folder}/x/y",
        "PMine.t2": f"Mine: Mine.t2, wild, {roundtrip.folder}/x/y",
        "PC.t1": "Yours: C.t1, calm, ",
    }
    assert [test["suite"] for test in run(roundtrip, config, "--filter=suite(Yours)")] == ["C"]
    (record,) = run(roundtrip, config, "--set=suites.Mine.tests=t3", "--filter=suite(Mine)")
    assert record["name"] == "t3"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("", "2:10: the suite 'Mine' needs the option 'tests': names of tests"),
        (", tests: t, mood: odd",
         "2:47: option 'mood' of the suite 'Mine' must be one of 'calm', 'wild', not 'odd'"),
        (", tests: t, mood: [wild]",
         "2:47: option 'mood' of the suite 'Mine' must be one value, not a list"),
        (", tests: t, file: ''", "2:47: option 'file' of the suite 'Mine' must be a path, not ''"),
        (", testz: t", "2:38: the suite 'Mine' has no option 'testz'; did you mean 'tests'?"),
        (", tests: []", "4:18: suite 'Mine': no test is listed"),
    ],
)  # fmt: skip
def test_a_wrong_option_of_a_suite_is_placed(roundtrip, options, message):
    config = roundtrip.write_config(HEAD + LISTED.format(options))
    result = roundtrip("check", config)
    assert result.returncode == 4
    line, _, rest = message.partition(":")
    assert f"error: {config}:{int(line) + 1}:{rest}\n" in result.err


def test_a_kind_that_no_plugin_offers_is_placed(roundtrip):
    config = roundtrip.write_config(HEAD + LISTED.format(", tests: t").replace("listed", "lister"))
    result = roundtrip("check", config)
    assert result.returncode == 4
    assert ": no plugin offers the kind of suites 'lister'; did you mean 'listed'?\n" in result.err


def test_an_optional_suite_of_a_kind_that_no_plugin_offers_is_left_out_with_a_warning(roundtrip):
    missed = "{kind: lister, optional: true, tests: [t1]}"
    config = roundtrip.write_config(
        HEAD
        + f"""suites:
  Mine: {{kind: listed, optional: true, tests: [t1]}}
  Missed: {missed}
transforms: {{a: {{chain: []}}}}
runs: [{{suites: [Mine, Missed], transforms: [a]}}]
"""
    )
    assert [test["suite"] for test in run(roundtrip, config, "--filter=*")] == ["Mine"]
    result = roundtrip("check", config)
    assert result.returncode == 0
    assert result.err == (
        "warning: the suite 'Missed' is left out: no plugin offers its kind 'lister'\n"
    )
    config.write_text(config.read_text().replace(missed, "{optional: true}"))
    result = roundtrip("check", config)
    assert result.returncode == 4
    assert ":5:11: suite 'Missed' is optional and names no kind\n" in result.err


def test_check_says_everything_that_is_wrong(roundtrip):
    config = roundtrip.write_config(
        HEAD
        + """transforms: {a: {chain: [frist]}, b: {chain: [{third: {times: x}}]}, c: {chain: []}}
runs:
  - {suites: [Everyday, Sharin], transforms: [a, b, d], timeout: soon}
  - {suites: [Sharing], transforms: [c, c]}
xfail: [{test: Sharing.test_data, property: q, expires: 2001-01-01}]
"""
    )
    result = roundtrip("check", config)
    assert result.returncode == 4
    assert result.out == ""
    assert result.err.splitlines() == [
        f"error: {config}:3:26: no plugin offers the transformation 'frist'; did you mean 'first'?",
        f"error: {config}:3:63: option 'times' of the transformation 'third' must be a whole number, not 'x'",
        f"error: {config}:5:25: no plugin offers the suite 'Sharin'; did you mean 'Sharing'?",
        f"error: {config}:5:53: no transform 'd' under 'transforms'; there are 'a', 'b', 'c'",
        f"error: {config}:5:66: 'timeout' must be a number of seconds above 0, such as 90 or 1.5, and 10000000 at most, not 'soon'",
        f"error: {config}:6:41: two tests would be called Sharing.test_data: test 'test_data' of suite "
        "'Sharing' under transform 'c', and test 'test_data' of suite 'Sharing' under transform 'c'; "
        "give the transforms different prefixes or suffixes, or the runs names",
        "error: Sharing.test_data, xfail property 'q': has expired on 2001-01-01; fix the "
        "test, or give the mark another day",
    ]


def test_plugins_at_fault_are_said_with_what_else_is_wrong(roundtrip):
    config = roundtrip.write_config(
        "only_plugins: [nowhere.so]\ntransforms: {a: {}}\nruns: [{suites: [S], transforms: [a]}]\n"
    )
    result = roundtrip("check", config)
    assert result.returncode == 4
    first, second = result.err.splitlines()
    assert first == f"error: {config}:3:17: key 'chain' is missing in transform 'a'"
    assert second.startswith(f"error: {roundtrip.folder}/nowhere.so: does not exist")


def test_check_runs_nothing(roundtrip, ordered):
    result = roundtrip("check", ordered)
    assert result.returncode == 0
    assert result.out == f"{ordered}: no mistakes; 1 run, 6 tests\n"
    assert not (roundtrip.folder / "order").exists()


def test_explain_prints_what_a_configuration_comes_to(roundtrip):
    config = roundtrip.write_config(
        HEAD
        + """
transforms: {a: {chain: [first, {third: {times: 4}}], prefix: P, suffix: _s}}
runs: [{name: r, suites: [Ordered], transforms: [a], timeout: 9, environment: {X: y}}]
overrides: [{filter: tag(slow), timeout: 50}]
"""
    )
    out = roundtrip("explain", config, "--set=seed=2").out
    for line in (
        "run r: 6 tests",
        "  suites: Ordered",
        "  transform a: first -> third(loud=false, ratio=0.5, times=4, word=yes); such as POrdered.a_s",
        "  environment X=y",
    ):
        assert f"{line}\n" in out
    settings = {line.split(":")[0].strip(): line.split(":", 1)[1].split("#")[0].strip()
                for line in out.splitlines() if "#" in line}  # fmt: skip
    assert settings["timeout"] == "50 (1 test), 9 (5 tests)"
    assert settings["seed"] == "2"
    assert not (roundtrip.folder / "order").exists()


@pytest.fixture
def profiles(roundtrip):
    return roundtrip.write_config(
        HEAD
        + """
transforms: {plain: {chain: []}}
runs: [{suites: [Telling, Ordered], transforms: [plain], seed: 1}]
profiles:
  ci:
    seed: 4
    dtype: float64
    overrides: [{filter: "*.test_threads", seed: 6}]
    options: {jobs: 3, quiet: true, json: ci.json}
  wrong:
    options: {jbos: 3}
"""
    )


def test_a_profile_changes_settings_and_options(roundtrip, profiles):
    filters = ("--filter=*.test_setup", "--filter=*.test_threads")
    result = roundtrip("run", profiles, "--profile=ci", *filters)
    assert "Running" not in result.out
    report = roundtrip.report("ci.json")
    assert report["jobs"] == 3
    assert messages(report["tests"]) == {
        "Telling.test_setup": "1 threads, seed 1, float64, word -",  # the run's own word counts
        "Telling.test_threads": "3 threads, seed 6, float64, word -",
    }
    result = roundtrip("run", profiles, "--profile=ci", "--jobs=2", "--json=r.json", *filters)
    assert roundtrip.report("r.json")["jobs"] == 2
    assert f"again: {roundtrip.executable} run {profiles} --profile ci --filter" in result.out


def test_a_profile_serves_other_commands_too(roundtrip, profiles):
    for command in ("list", "check", "explain"):
        # check reads all profiles, chosen or not.
        assert roundtrip(command, profiles, "--profile=ci").returncode == (4 if command == "check" else 0)
        result = roundtrip(command, profiles, "--profile=wrong")
        assert result.returncode == 4
        assert ":13:21: 'run' has no option '--jbos'; did you mean '--jobs'?" in result.err
    result = roundtrip("run", profiles, "--profile=ic")
    assert result.returncode == 4
    assert result.err == f"error: {profiles} has no profile 'ic'; did you mean 'ci'?\n"


def test_options_come_from_the_environment(roundtrip, ordered):
    def first_line(*arguments, **environment):
        return roundtrip("run", ordered, *arguments, **environment).out.splitlines()[0]

    assert first_line(ROUNDTRIP_JOBS="3") == "Running 6 tests, 3 at a time"
    assert first_line("--jobs=2", ROUNDTRIP_JOBS="3") == "Running 6 tests, 2 at a time"
    assert first_line("--jobs=2", "-j", "4") == "Running 6 tests, 4 at a time"
    assert first_line(ROUNDTRIP_FILTER="*.[ab]", ROUNDTRIP_JOBS="1") == "Running 2 tests, 1 at a time"
    assert first_line("--filter=*.a", ROUNDTRIP_QUIET="true") == ""
    assert first_line(ROUNDTRIP_QUIET="false", ROUNDTRIP_JOBS="1").startswith("Running")
    assert roundtrip("list", ordered, ROUNDTRIP_JSON="r.json").out.startswith("Ordered.a\n")
    result = roundtrip("run", ordered, ROUNDTRIP_JOBS="many")
    assert result.returncode == 4
    assert result.err.startswith("error: ROUNDTRIP_JOBS: ")


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("timeout", "--set takes KEY=VALUE, such as timeout=5, not 'timeout'"),
        ("tmieout=5", "--set: there is no setting 'tmieout'; did you mean 'timeout'?"),
        ("timeout=x",
         "--set: 'timeout' must be a number of seconds above 0, such as 90 or 1.5, and 10000000 at most, not 'x'"),
        ("suites.Ordered=5", "--set takes suites.SUITE.OPTION, not 'suites.Ordered'"),
    ],
)  # fmt: skip
def test_a_wrong_assignment_is_bad_usage(roundtrip, ordered, assignment, message):
    result = roundtrip("run", ordered, "--set", assignment)
    assert result.returncode == 4
    assert result.err == f"error: {message}\n"


def test_an_option_of_a_suite_is_set_from_the_command_line(roundtrip, everyday):
    (record,) = run(
        roundtrip, everyday, "--set=suites.Everyday.n=4", "--filter=*.test_options_strict")  # fmt: skip
    assert record["message"] == f"{roundtrip.folder}/x|4"


def test_files_may_be_included(roundtrip):
    shared = roundtrip.folder / "shared"
    shared.mkdir()
    (shared / "plugins").symlink_to(PLUGINS)
    (shared / "base.yaml").write_text(
        "version: 1\nonly_plugins: [plugins/everyday.so]\ntransforms: {plain: {chain: []}}\n"
        "defaults: {seed: 8}\n"
    )
    config = roundtrip.write_config(
        "include: [shared/base.yaml]\nruns: [{suites: [Telling], transforms: [plain]}]\n"
    )
    (record,) = run(roundtrip, config, "--filter=*.test_setup")
    assert record["message"] == "1 threads, seed 8, float32, word -"


def test_the_configuration_marks_tests_that_are_expected_to_fail(roundtrip):
    text = """
transforms: {a: {chain: [], xfail: p}}
runs: [{suites: [Ordered], transforms: [a]}]
xfail:
  - {test: Ordered.c, property: p, reason: a known bug, issue: "#7"}
  - {test: Ordered.d, property: p}
"""
    config = roundtrip.write_config(HEAD + text)
    tests = {test["name"]: test for test in run(roundtrip, config)}
    assert {name: test["outcome"] for name, test in tests.items()} == {
        "a": "passed", "b": "passed", "c": "xfailed", "d": "xpassed", "e": "failed",
        "f": "passed"}  # fmt: skip
    assert tests["c"]["xfail"] == {
        "property": "p", "reason": "a known bug", "issue": "#7", "expires": None}  # fmt: skip
    assert roundtrip.last.out.splitlines()[-1] == "4 passed, 2 failed, 0 skipped"
    run(roundtrip, config, "--set=strict=false")
    assert roundtrip.last.out.splitlines()[-1] == "5 passed, 1 failed, 0 skipped"

    config = roundtrip.write_config(HEAD + text.replace("Ordered.c", "Ordred.c"))
    result = roundtrip("check", config)
    assert result.returncode == 4
    assert "no run has a test 'Ordred.c'; did you mean 'Ordered.c'?" in result.err


def test_of_many_environments_few_have_a_process_at_once(roundtrip):
    config = roundtrip.write_config(
        f"only_plugins: [{PLUGINS}/everyday.so]\ntransforms: {{plain: {{chain: []}}}}\n"
        "runs: [{suites: [Ordered], transforms: [plain], matrix: {environment: ["
        + ", ".join(f"{{CELL: '{i}'}}" for i in range(12))
        + "]}}]\n"
    )
    roundtrip("run", config)  # so that the longest tests would start first
    process = roundtrip.start("run", config, "--jobs=2", "--json=r.json")
    most = 0
    while process.poll() is None:
        with contextlib.suppress(OSError):
            children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
            most = max(most, len(children.split()))
    assert (process.communicate()[1], process.returncode) == ("", 1)
    assert 0 < most <= 7
    tests = roundtrip.report("r.json")["tests"]
    assert [len({test["run"] for test in tests}), len(tests)] == [12, 72]
    assert [test["outcome"] for test in tests if test["name"] in "ce"] == ["failed"] * 24
