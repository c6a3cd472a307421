"""What `roundtrip check`, and the form of a configuration, no longer let pass."""

import subprocess

import pytest
from conftest import EXECUTABLE, PLUGINS


@pytest.fixture
def said(roundtrip):
    """What check says of a configuration with these lines, without the file's name."""

    def check(text, *options):
        config = roundtrip.write_config(
            f"only_plugins: [{PLUGINS}/everyday.so]\ntransforms: {{plain: {{chain: [], xfail: p}}}}\n"
            f"runs: [{{suites: [Ordered], transforms: [plain]}}]\n{text}\n"
        )
        result = roundtrip("check", config, *options)
        assert result.returncode == (4 if result.err else 0)
        return result.err.replace(f"error: {config}:", "").replace(str(config), "CONFIG").splitlines()

    return check


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("profiles: {ci: {options: {jobz: 4}}}", ["5:33: 'run' has no option '--jobz'; did you mean '--jobs'?"]),
        ("profiles: {ci: {options: {jobs: many}}}", ["5:33: the argument ('many') for option 'jobs' is invalid"]),
        ("profiles: {ci: {options: {color: pink}}}", ["5:12: --color takes auto, always or never, not 'pink'"]),
        ("profiles: {ci: {options: {shard: 7/2}}}", ["5:12: --shard asks for shard 7 of 2"]),
        ("profiles: {ci: {options: {junit: r.xml, jobs: 2}}}", []),
        ("profiles: {ci: {options: {filter: '(Ordered'}}}",
         ["5:12: --filter, column 1: this '(' is not closed by a ')'"]),
        ("profiles: {ci: {options: {filter: Nobody}}}", ["5:12: --filter 'Nobody' matches no test"]),
        ("profiles: {ci: {options: {filter: 'outcome(failed) and platform(other)'}}}", []),
        ("profiles: {ci: {options: {cell: nowhere}}}", ["5:12: --cell: no run of CONFIG matches; there are ''"]),
        ("profiles: {ci: {options: {set: sed=1}}}",
         ["5:12: --set: there is no setting 'sed'; did you mean 'seed'?"]),
        ("profiles: {ci: {options: {profile: other}}}", ["5:36: a profile cannot choose a profile"]),
        ("overrides: [{filter: 'test(nobody)', seed: 1}]",
         ["5:22: the filter 'test(nobody)' selects no test: nothing is set"]),
        ("profiles: {ci: {overrides: [{filter: tag(sloow), seed: 1}]}}",
         ["5:38: the filter 'tag(sloow)' selects no test: nothing is set"]),
        ("xfail: [{test: Ordered.c, property: q}]",
         ["5:37: no run of the test 'Ordered.c' has the xfail property 'q'"]),
        ("xfail: [{test: Ordered.c, property: p, expires: 2027-02-30}]",
         ["5:49: 'expires' must be a day such as 2027-01-31, not '2027-02-30'"]),
        ("defaults: {teardown: yes}", ["5:22: 'teardown' must be true or false, not 'yes'"]),
        ("defaults: {threads: 99999}", ["5:21: 'threads' must be a whole number from 1 to 4096, not '99999'"]),
        ("x-mine: {a: &a {seed: 1}}\ndefaults: {<<: *a}", []),
        ("x-mine: &a {seed: 1}\ndefaults: {<<: *a}\nxfail: []", []),
        ("x-mine: {a: &a {sed: 1}}\ndefaults: {<<: *a}", ["5:17: unknown key 'sed' in 'defaults'; did you mean 'seed'?"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(said, text, faults):
    assert said(text) == faults


def test_of_a_part_nothing_is_said_that_is_used_elsewhere(said):
    text = "overrides: [{filter: Ordered.b, seed: 1}]"
    assert said(text, "--filter=Ordered.a") == []
    assert said(text) == []


def test_a_variable_has_a_name(roundtrip):
    config = roundtrip.write_config(
        f"only_plugins: [{PLUGINS}/everyday.so]\ntransforms: {{plain: {{chain: []}}}}\n"
        "runs: [{suites: [Ordered], transforms: [plain], environment: {'A=B': c, '': d}}]\n"
    )
    assert roundtrip("check", config).err.replace(f"error: {config}:", "").splitlines() == [
        "4:70: 'A=B' cannot be the name of a variable",
        "4:77: '' cannot be the name of a variable",
    ]


def test_what_is_merged_does_not_replace_what_is_given(roundtrip):
    config = roundtrip.write_config(
        f"only_plugins: [{PLUGINS}/everyday.so]\ntransforms: {{plain: {{chain: []}}}}\n"
        "x-a: [&one {seed: 1, threads: 2}, &two {seed: 2, dtype: float64}]\n"
        "runs: [{suites: [Telling], transforms: [plain], <<: [*one, *two], threads: 3}]\n"
    )
    roundtrip("run", config, "--json=r.json", "--filter=*.test_setup")
    (record,) = roundtrip.report("r.json")["tests"]
    assert record["message"].startswith("3 threads, seed 1, float64")


def test_a_configuration_may_come_from_a_pipe(roundtrip, ordered):
    for command in ("check", "run"):
        result = subprocess.run(
            [EXECUTABLE, command, "/dev/stdin"], input=ordered.read_text(), capture_output=True, text=True,
            cwd=roundtrip.folder, env=roundtrip.environment, check=False)  # fmt: skip
        assert result.returncode == (0 if command == "check" else 1)
        assert result.stderr == ""
    assert "4 passed, 2 failed" in result.stdout
    assert not list((roundtrip.folder / "cache").rglob("*.*"))  # no file has this history


def test_a_filter_that_matches_nothing_may_have_meant_a_part(roundtrip, everyday):
    result = roundtrip("list", everyday, "--filter=errs")
    assert result.err.splitlines()[0] == "warning: --filter 'errs' matches no test; '*errs*' matches 2"
    result = roundtrip("list", everyday, "--filter=nobody")
    assert result.err.splitlines()[0] == "warning: --filter 'nobody' matches no test"


def test_outcomes_are_known(roundtrip, ordered):
    result = roundtrip("list", ordered, "--filter=outcome(fail)")
    assert (result.returncode, result.err) == (
        4, "error: --filter: no test ends as outcome(fail); did you mean 'failed'?\n")  # fmt: skip
    roundtrip("run", ordered)
    assert roundtrip("list", ordered, "--filter=outcome(fail*)").out.splitlines() == ["Ordered.c", "Ordered.e"]
