"""Tests of a configuration as tests of CTest, by the command that roundtrip_discover_tests calls."""

import json
import re
import subprocess

import pytest
from conftest import PLUGINS

NAMES = ["plain", "x[1]", "x1", "a*", "ab", "a?", 'quo"te', "it's", "]==]", "]]", "a]=", "back\\slash", "a;b", "$HOME ${HOME}",
         "a b", "(a) and not b", "@a@", "#a", "-x", "\u00fc"]  # fmt: skip


@pytest.fixture
def ctest(roundtrip):
    """Writes the file for a configuration, and calls CTest in a folder that includes it."""
    folder = roundtrip.folder / "build"
    folder.mkdir()

    def prepare(config, *options, name="tests", code=0):
        result = roundtrip("list", config, *options, "--ctest", f"build/{name}.cmake")
        assert result.returncode == code
        with (folder / "CTestTestfile.cmake").open("a") as file:
            file.write(f"include({name}.cmake)\n")
        return result

    def call(*arguments, **environment):
        return subprocess.run(
            ["ctest", *arguments], cwd=folder, env=roundtrip.environment | environment,
            capture_output=True, encoding="utf-8", check=False)  # fmt: skip

    call.prepare = prepare
    call.roundtrip = roundtrip
    return call


def ctests(ctest):
    return {test["name"]: test["command"] for test in json.loads(ctest("--show-only=json-v1").stdout)["tests"]}


def test_every_name_selects_its_own_test_only(roundtrip, ctest):
    names = json.dumps(NAMES).replace("$", "$$")  # for YAML's variables
    config = roundtrip.write_config(
        f"""
only_plugins: [{PLUGINS}/everyday.so]
transforms: {{plain: {{chain: []}}, same: {{chain: [], prefix: P}}}}
suites:
  Names: {{kind: listed, tests: {names}}}
  PNames: {{kind: listed, tests: {names}}}
runs:
  - {{name: 'a*', suites: [Names], transforms: [plain, same]}}
  - {{name: ab, suites: [Names], transforms: [plain]}}
  - {{name: x, suites: [PNames], transforms: [plain]}}
"""
    )
    ctest.prepare(config)
    tests = ctests(ctest)
    assert list(tests) == [
        f"{cell} {suite}.{name}" for cell, suite in [("a*", "Names"), ("a*", "PNames"), ("ab", "Names"), ("x", "PNames")]
        for name in NAMES]  # fmt: skip
    commands = [command for name, command in tests.items() if name.startswith(("a* N", "ab Names.x", "x PNames.p"))]
    for command in commands:
        name = next(name for name, other in tests.items() if other == command)
        listed = roundtrip("list", *command[2:command.index("--shard")], *command[command.index("never") + 1 :], "--json")
        assert [test["id"] for test in json.loads(listed.out)] == [name]
    result = ctest("-R", r"^a\* Names", "-j2")
    assert f"0% tests passed, {len(NAMES)} tests failed out of {len(NAMES)}" in result.stdout


def test_a_skipped_test_is_skipped_and_an_expected_failure_passes(everyday, ctest):
    ctest.prepare(everyday, "--filter=SerDesExportEveryday.test_[spfx]*")
    out = ctest().stdout
    assert {name: outcome for name, outcome in re.findall(r"SerDesExportEveryday\.(\w+) [.* ]*(\w+)", out)} == {
        "test_passes_strict": "Passed",
        "test_fails_strict": "Failed",
        "test_skips_strict": "Skipped",
        "test_xfails_strict": "Passed",
        "test_xpasses_strict": "Failed",
        "test_prints_strict": "Failed",
        "test_process_strict": "Failed",
    }


@pytest.mark.parametrize("variable", ["NO_CAPTURE", "ISOLATION"])
def test_what_a_test_prints_is_never_taken_for_the_summary(roundtrip, ctest, variable):
    config = roundtrip.write_config(
        f"only_plugins: [{PLUGINS}/everyday.so]\ntransforms: {{plain: {{chain: []}}}}\n"
        "runs: [{suites: [Liar], transforms: [plain]}]\n"
    )
    ctest.prepare(config)
    value = {"NO_CAPTURE": "true", "ISOLATION": "none"}[variable]
    out = ctest(**{f"ROUNDTRIP_{variable}": value}).stdout
    assert "0% tests passed, 1 tests failed out of 1" in out


def test_what_the_environment_says_of_shards_is_not_heard(everyday, ctest):
    ctest.prepare(everyday, "--filter=SerDesExportEveryday.test_[fp]*")
    shards = [ctest(CI_NODE_INDEX=str(index), CI_NODE_TOTAL="2").stdout for index in (1, 2)]
    assert all(re.search(r"25% tests passed, 3 tests failed out of 4", out) for out in shards)


def test_options_that_change_how_a_test_runs_are_kept(roundtrip, ctest):
    config = roundtrip.write_config(
        "transforms: {plain: {chain: []}}\nruns: [{suites: [Telling], transforms: [plain]}]\n"
        "profiles: {ci: {seed: 5}}\nonly_plugins: []\n"
    )
    options = ("--plugin-dir", PLUGINS / "everyday.so", "--profile=ci", "--set=threads=2", "--ctest-prefix=mine: ")
    ctest.prepare(config, *options, "--filter=*.test_setup")
    assert list(ctests(ctest)) == ["mine: Telling.test_setup"]
    assert "2 threads, seed 5, float32" in ctest("-V").stdout


def test_an_empty_configuration_has_no_tests(roundtrip, ordered, ctest):
    result = ctest.prepare(ordered, "--filter=nobody")
    assert result.err.endswith("warning: no test is selected\n")
    assert ctests(ctest) == {}


def test_what_the_environment_selects_is_in_no_list_for_ctest(everyday, ctest):
    ctest.roundtrip.environment |= {"ROUNDTRIP_FILTER": "nobody", "TESTBRIDGE_TEST_ONLY": "nobody"}
    assert ctest.prepare(everyday).err == ""
    assert len(ctests(ctest)) > 10


def test_a_build_knows_what_a_list_for_ctest_is_made_of(roundtrip, ctest, ordered):
    (roundtrip.folder / "a $b #c.yaml").write_text("version: 1\ndefaults: {seed: 1}\n")
    ordered.write_text(ordered.read_text() + "include: ['a $$b #c.yaml']\n")
    ctest.prepare(ordered, "--ctest-depfile=build/tests.d")
    rule = (roundtrip.folder / "build/tests.d").read_text().replace("\\\n  ", "")
    folder = roundtrip.folder
    assert rule == (
        rf"{folder}/build/tests.cmake: {folder}/config.yaml {folder}/a\ $$b\ \#c.yaml {PLUGINS}/everyday.so"
        "\n"
    )
