"""What doctest's macros do in a TEST: as doctest documents them, or they do not compile."""

import json
import os
import pathlib
import re
import subprocess

import pytest

BUILD = pathlib.Path(os.environ["ROUNDTRIP_BUILD"])
ROOT = pathlib.Path(__file__).parents[2]
SOURCE = (ROOT / "tests/suites/doctest_suite.cpp").read_text().splitlines()
MACRO = re.compile(r"\b(CHECK|REQUIRE|WARN|FAIL|MESSAGE|SUBCASE)")
CONFIG = """
version: 1
only_plugins: [{plugins}/libdoctest_suite.so]
transforms: {{plain: {{chain: []}}}}
runs: [{{suites: [DoctestSuite, SkippingSuite, ThrowingSuite, UnpreparedSuite], transforms: [plain]}}]
"""


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    folder = tmp_path_factory.mktemp("doctest")
    config, report = folder / "config.yaml", folder / "report.json"
    config.write_text(CONFIG.format(plugins=BUILD / "tests/suite_plugins"))
    command = [BUILD / "bin/roundtrip", "run", config, "--json", report, "--junit", folder / "x.xml"]
    environment = os.environ | {"XDG_CACHE_HOME": str(folder)}
    result = subprocess.run(command, capture_output=True, check=False, env=environment)
    assert result.returncode == 1, result.stderr
    tests = json.loads(report.read_text())["tests"]
    return {(test["suite"], test["test"]): test for test in tests}


@pytest.fixture
def result(records):
    """Outcome, the lines of the message without the test's file, and the output of a test."""

    def find(name, suite="DoctestSuite"):
        record = records[suite, name]
        place = re.compile(r"^tests/suites/doctest_suite\.cpp:(\d+): ", re.M)
        for number in place.findall(record["message"] + record["output"]):
            assert MACRO.search(SOURCE[int(number) - 1])
        message = place.sub("", record["message"]).splitlines()
        return record["outcome"], message, record["output"]

    return find


def test_fail_ends_the_test(result):
    assert result("test_fail") == ("failed", ["it 1 fails"], "")


def test_fail_check_goes_on(result):
    assert result("test_fail_check") == ("failed", ["it fails"], "reached\n")


def test_failures_may_name_another_place(result):
    there = ["elsewhere.cpp:12: it fails there"]
    assert result("test_add_fail_at") == ("failed", there, "")
    assert result("test_add_fail_check_at") == ("failed", there, "reached\n")


def test_messages_and_warnings_are_output(result, records):
    outcome, message, output = result("test_message")
    assert (outcome, message) == ("passed", [])
    assert [line.split(": ", 1)[1] for line in output.splitlines()] == ["it says 1", "and there"]
    outcome, message, output = result("test_warn")
    assert (outcome, message) == ("passed", [])
    assert [line.split(": ", 1)[-1] for line in output.splitlines()] == [
        "WARN( 1 + 1 == 3 ) is 2 == 3",
        "WARN_FALSE( true ) is true",
        "WARN_THROWS( static_cast<void>(0) ) did not throw",
        "WARN( false ) is false",
        "  with in words",
        "WARN_EQ( 1, 2 ) is 1, 2",
    ]


def test_info_and_capture_belong_to_what_fails_under_them(result):
    assert result("test_info")[:2] == (
        "failed", ["CHECK( i == 4 ) is 3 == 4", "  with outer 1", "  with i := 3"])  # fmt: skip
    assert result("test_info_of_exception")[:2] == (
        "error", ["an error", "  with outer", "  with inner"])  # fmt: skip


def test_messages_of_checks(result):
    assert result("test_check_message")[:2] == (
        "failed",
        ["CHECK( false ) is false", "  with because of 5", "CHECK_FALSE( true ) is true",
         "  with as well", "REQUIRE( false ) is false", "  with and it ends"],
    )  # fmt: skip


def test_comparisons(result):
    assert result("test_binary")[:2] == (
        "failed",
        ["CHECK_EQ( 1, 2 ) is 1, 2", "CHECK_GT( 1, 2 ) is 1, 2", "CHECK_UNARY( false ) is false",
         "CHECK_UNARY_FALSE( true ) is true",
         "CHECK( 0.1 + 0.2 == doctest::Approx(0.4) ) is 0.3 == Approx( 0.4 )",
         "REQUIRE_NE( 1, 1 ) is 1, 1"],
    )  # fmt: skip


def test_errors_have_the_stack_of_their_throw_in_place_of_libtorchs_own(result, records):
    outcome, message, _ = result("test_error_of_torch")
    checked, left = message
    assert outcome == "error"
    assert re.fullmatch(r'CHECK_NOTHROW\( .* \) threw "inconsistent tensor size, .* got 2 and 3 elements.*', checked)
    assert re.fullmatch(r"inconsistent tensor size, .* got 4 and 5 elements.*", left)
    stacks = [records[test]["attempts"][0]["backtrace"] for test in (
        ("DoctestSuite", "test_error_of_torch"), ("ThrowingSuite", "test_throws"))]  # fmt: skip
    assert "matmul" in stacks[0] and stacks[1]
    for stack in stacks:
        assert not re.search("run_phase|run_with_fixture|run_guarded|doctest::|Worker|libc_start", stack)


def test_exceptions_that_are_asked_for(result):
    outcome, message, _ = result("test_throws")
    assert outcome == "failed"
    assert message == [
        "CHECK_THROWS( static_cast<void>(0) ) did not throw",
        'CHECK_THROWS_AS( throw_error() ) threw "an error", which is no std::logic_error',
        'CHECK_THROWS_WITH( throw_error() ) threw "an error", not "another"',
        'CHECK_NOTHROW( throw_error() ) threw "an error"',
        "CHECK_THROWS_AS( static_cast<void>(0) ) did not throw",
        'CHECK( (throw_error(), true) ) threw "an error"',
    ]


def test_exceptions_that_leave_the_test(result):
    assert result("test_translated")[:2] == ("error", ["no std exception"])
    outcome, (text,), _ = result("test_not_translated")
    assert outcome == "error" and "REGISTER_EXCEPTION_TRANSLATOR" in text


def test_each_way_through_subcases_is_run_and_named(result, records):
    outcome, message, output = result("test_subcases")
    assert outcome == "error"
    assert message == [
        "CHECK( 1 == 2 ) is 1 == 2", "  in subcase a > two",
        "an error", "  in subcase b",
    ]  # fmt: skip
    assert output == "start\n" * 3
    subcases = {test: record["attempts"][0]["subcases"] for (_, test), record in records.items()}
    assert subcases["test_subcases"] == ["a > one", "a > two", "b"]
    assert subcases["test_subcase_ends"] == ["c"]
    assert subcases["test_subcases_pass"] == ["filled", "empty"]
    assert subcases["test_subcases_of_a_loop"] == ["same"]
    assert subcases["test_message"] == []
    assert result("test_subcase_ends")[:2] == (
        "failed", ["REQUIRE( 2 == 3 ) is 2 == 3", "  in subcase c"])  # fmt: skip
    assert result("test_subcases_pass")[0] == result("test_subcases_of_a_loop")[0] == "passed"


def test_given_when_then_are_subcases(result):
    outcome, message, _ = result("test_scenario")
    assert outcome == "failed"
    assert message[1] == "  in subcase Given: a number > When: it is doubled > Then: it is even"


def test_a_subcase_that_skips_is_named(result):
    assert result("test_subcase_skips")[:2] == (
        "skipped", ["not here", "  in subcase does not"])  # fmt: skip


def test_a_subcase_that_an_earlier_run_hides_is_a_failure(result):
    outcome, (text,), _ = result("test_subcase_that_depends_on_an_earlier_run")
    assert outcome == "failed"
    assert text.startswith("run again for the next subcase, the test ended before it came to one")


def test_assertions_may_fail_in_threads(result):
    outcome, message, _ = result("test_threads")
    assert outcome == "failed"
    assert len(message) == 2 * 8 * 100
    for i in range(8):
        assert message.count(f"CHECK( i == -1 ) is {i} == -1") == 100
        assert message.count(f"  with i := {i}") == 100


def test_assertions_may_fail_in_forked_processes(result):
    outcome, message, output = result("test_forked")
    assert (outcome, message) == (
        "failed", ["what failed in processes that the test forked is in its output: 1"])  # fmt: skip
    assert re.fullmatch(r"in a process that the test forked: .*: CHECK\( 1 == 2 \) is 1 == 2\n", output)


def test_a_skip_hides_no_failure(result):
    late = ["CHECK( 1 == 2 ) is 1 == 2", "it would have been skipped: too late"]
    assert result("test_fails_then_skips")[:2] == ("failed", late)
    late[1] = "it would have been skipped: tear_down: too late"
    assert result("test_fails", "SkippingSuite")[:2] == ("failed", late)
    assert result("test_passes", "SkippingSuite")[:2] == ("skipped", ["tear_down: too late"])


def test_what_tear_down_throws_hides_nothing(result):
    left = "tear_down: cannot be torn down"
    assert result("test_throws", "ThrowingSuite")[:2] == ("error", ["an error", left])
    assert result("test_fails", "ThrowingSuite")[:2] == (
        "error", ["REQUIRE( 1 == 2 ) is 1 == 2", left])  # fmt: skip
    assert result("test_skips", "ThrowingSuite")[:2] == (
        "error", [left, "it would have been skipped: there is a reason"])  # fmt: skip


def test_what_was_not_set_up_is_neither_run_nor_torn_down(result):
    assert result("test_body", "UnpreparedSuite")[:2] == ("error", ["set_up: cannot be set up"])


@pytest.fixture(scope="module")
def compiler():
    """The command that compiles doctest_suite.cpp, which may be one of a unity build."""
    for entry in json.loads((BUILD / "compile_commands.json").read_text()):
        command = entry["command"].split(" ")
        if "doctest_suite.dir" in entry.get("output", "") or any(
            "doctest_suite.dir" in word for word in command
        ):
            start = next(i for i, word in enumerate(command) if word.endswith(("c++", "g++", "clang++")))
            end = command.index("-o")
            return entry["directory"], [*command[start:end], "-fsyntax-only", "-fmax-errors=0"]
    raise AssertionError("compile_commands.json lacks doctest_suite.cpp")


def test_what_declares_tests_for_doctests_runner_does_not_compile(compiler, tmp_path):
    folder, command = compiler
    source = tmp_path / "own_runner.cpp"
    lines = [
        'TEST_CASE("a") {}',
        'TEST_CASE_CLASS("b") {}',
        'TEST_CASE_FIXTURE(Fixture, "c") {}',
        'TEST_CASE_TEMPLATE("d", T, int, float) {}',
        'TEST_CASE_TEMPLATE_DEFINE("e", T, e) {}',
        "TEST_CASE_TEMPLATE_INVOKE(e, int);",
        "TEST_CASE_TEMPLATE_APPLY(e, std::tuple<int>);",
        'TEST_SUITE("f") {}',
        'TEST_SUITE_BEGIN("g");',
        "TEST_SUITE_END;",
        'SCENARIO("h") {}',
        'SCENARIO_TEMPLATE("i", T, int) {}',
        'SCENARIO_TEMPLATE_DEFINE("j", T, j) {}',
        'DOCTEST_TEST_CASE("k") {}',
    ]
    first = ["#include <roundtrip/suite.h>", "struct Fixture {};"]
    source.write_text("\n".join([*first, *lines]) + "\n")
    result = subprocess.run([*command, source], cwd=folder, capture_output=True, text=True, check=False)
    assert result.returncode != 0
    for number, line in enumerate(lines, len(first) + 1):
        assert f"own_runner.cpp:{number}:1: note: in expansion of macro" in result.stderr, line
    assert result.stderr.count("here a test is TEST(Fixture, name)") == len(lines)


def test_a_suite_whose_assertions_are_disabled_does_not_compile(compiler, tmp_path):
    folder, command = compiler
    source = tmp_path / "disabled.cpp"
    source.write_text("#define DOCTEST_CONFIG_DISABLE\n#include <roundtrip/suite.h>\n")
    result = subprocess.run([*command, source], cwd=folder, capture_output=True, text=True, check=False)
    assert result.returncode != 0
    assert "DOCTEST_CONFIG_DISABLE makes all assertions nothing" in result.stderr
