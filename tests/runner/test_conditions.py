"""Tests that are left out, or expected to fail, where a condition holds."""

import platform

import pytest

HERE = f"platform(linux-{platform.machine()})"


def found(roundtrip, config, *arguments):
    _, tests = roundtrip.run_json(config, *arguments)
    return {test["name"]: (test["outcome"], test["message"]) for test in tests.values()}


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("libtorch(>=2.0)", True), ("libtorch(>=99)", False), (HERE, True), ("platform(no-*)", False),
        ("run(one)", True), ("run(two)", False),
    ],
)  # fmt: skip
def test_a_test_is_skipped_or_expected_to_fail_where_a_condition_holds(
    roundtrip, shell_config, condition, holds
):
    config = shell_config(
        f"""
skip: [{{filter: "*.a and {condition}", reason: not here}}]
xfail: [{{filter: "*.b and {condition}", property: first, reason: known}}]
""",
        a="true", b="false",
    )  # fmt: skip
    text = config.read_text().replace("{chain: []}", "{chain: [], xfail: first}")
    config.write_text(text.replace("runs: [{", "runs: [{name: one, "))
    expected = {"a": ("skipped", "not here"), "b": ("xfailed", "false")}
    if not holds:
        expected = {"a": ("passed", ""), "b": ("failed", "false")}
    assert found(roundtrip, config) == expected


def test_without_a_property_a_test_is_expected_to_fail_under_every_run(roundtrip, shell_config):
    config = shell_config("xfail: [{filter: '*.[ab]', reason: known}]", a="true", b="false")
    assert found(roundtrip, config, "--junit=r.xml") == {"a": ("xpassed", ""), "b": ("xfailed", "false")}
    out = roundtrip("run", config).out
    assert "passed, though it is expected to fail under every run" in out
    assert roundtrip("list", config).out == "Shell.a  [xfail]\nShell.b  [xfail]\n"
    audit = roundtrip("xfail", "audit", config).out
    assert audit == "Shell.a, expected to fail under every run: no longer fails: Shell.a passed\n"
    report = (roundtrip.folder / "r.xml").read_text()
    assert "known (expected to fail under every run)" in report


def test_a_condition_of_another_machine_is_no_mistake_and_one_of_no_test_is(roundtrip, shell_config):
    config = shell_config(
        "skip: [{filter: '*.a and libtorch(>=99)', reason: x}]\n"
        "overrides: [{filter: 'platform(no-*)', seed: 1}]",
        a="true",
    )
    assert roundtrip("check", config).returncode == 0
    config = shell_config("skip: [{filter: '*.b and libtorch(>=99)', reason: x}]", a="true")
    result = roundtrip("check", config)
    assert result.returncode == 4
    assert "selects no test: nothing is skipped" in result.err


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ("skip: [{filter: '*'}]", "'reason'"),
        ("skip: [{filter: 'outcome(failed)', reason: x}]", "what is skipped cannot depend on how"),
        ("skip: [{filter: 'libtorch(new)', reason: x}]", "libtorch() takes a version"),
        ("xfail: [{property: p}]", "has a 'test', Suite.test, or a 'filter'"),
        ("xfail: [{property: p, test: Shell.a, filter: '*'}]", "has a 'test', Suite.test, or a 'filter'"),
        ("xfail: [{property: p, filter: 'xfail(q)'}]", "cannot depend on others"),
    ],
)
def test_mistakes_in_conditions_are_found(roundtrip, shell_config, entry, fault):
    result = roundtrip("check", shell_config(entry, a="true"))
    assert result.returncode == 4
    assert fault in result.err


def test_two_tests_of_one_name_are_a_mistake_of_the_suite(roundtrip, shell_config):
    config = shell_config("", a="true")
    config.write_text(config.read_text().replace('["a=true"]', '["a=true", "a=false"]'))
    result = roundtrip("check", config)
    assert result.returncode == 4
    assert "suite 'Shell' has two tests 'Shell.a'" in result.err
