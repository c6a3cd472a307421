"""The JUnit report against what Surefire's schema (surefire-test-report-3.0.xsd) says, and
against a reader of such reports."""

import re
import xml.etree.ElementTree as ElementTree

import junitparser
import pytest
from conftest import PLUGINS

RERUN = ["stackTrace", "system-out", "system-err"]
# Of each element of a testcase, in the schema's order: attributes that must and may be there,
# and children. `type` of `skipped` is pytest's addition, and `timestamp` of a suite Ant's.
ELEMENTS = {
    "failure": ({"type"}, {"message"}, []),
    "rerunFailure": ({"type"}, {"message"}, RERUN),
    "flakyFailure": ({"type"}, {"message"}, RERUN),
    "skipped": (set(), {"message", "type"}, []),
    "error": ({"type"}, {"message"}, []),
    "rerunError": ({"type"}, {"message"}, RERUN),
    "flakyError": ({"type"}, {"message"}, RERUN),
    "system-out": (set(), set(), []),
    "system-err": (set(), set(), []),
}
AT_MOST_ONCE = {"skipped", "error", "system-out", "system-err", "stackTrace"}
SUITE = ({"name", "tests", "errors", "skipped", "failures"}, {"time", "timestamp", "group", "version"})
CASE = ({"name", "time"}, {"classname", "group"})
TIME = re.compile(r"[0-9]+\.[0-9]{3}")


def check_attributes(node, must, may):
    assert must <= set(node.attrib) <= must | may, node.tag
    if "time" in node.attrib:
        assert TIME.fullmatch(node.get("time"))


def check_children(node, order):
    tags = [child.tag for child in node]
    assert set(tags) <= set(order)
    assert tags == sorted(tags, key=list(order).index), tags
    assert all(tags.count(tag) <= 1 for tag in AT_MOST_ONCE)


def check_suite(suite):
    check_attributes(suite, *SUITE)
    check_children(suite, ["properties", "testcase"])
    for case in suite:
        check_attributes(case, *CASE)
        check_children(case, ELEMENTS)
        for node in case:
            must, may, children = ELEMENTS[node.tag]
            check_attributes(node, must, may)
            check_children(node, children)
            assert not children or node.find("stackTrace") is not None


@pytest.fixture
def report(roundtrip):
    """Of tests of every outcome, tried again where they fail."""
    config = roundtrip.write_config(
        f"""
plugins: [{PLUGINS}/everyday.so, {PLUGINS}/misbehaving.so]
transforms: {{a: {{chain: [first], xfail: serdes}}}}
runs: [{{suites: [Everyday, Telling, Misbehaving], transforms: [a], retries: 1, timeout: 1}}]
suites: {{Misbehaving: {{folder: "{roundtrip.folder}"}}}}
"""
    )
    filters = ("--filter=suite(Everyday) or suite(Telling)",
               "--filter=*.test_abort or *.test_garbage or *.test_hang or *.test_flood")  # fmt: skip
    roundtrip("run", config, "--junit=r.xml", "--set=grace=0.1", *filters)
    return roundtrip.folder / "r.xml"


def test_every_suite_is_as_surefires_schema_says(report):
    root = ElementTree.parse(report).getroot()
    assert root.tag == "testsuites"
    check_attributes(root, {"name", "tests", "failures", "errors", "skipped", "time"}, set())
    for suite in root:
        check_suite(suite)
    seen = {node.tag for node in root.iter()}
    assert seen >= {"failure", "rerunFailure", "flakyFailure", "skipped", "error", "rerunError",
                    "stackTrace", "system-out"}  # fmt: skip


def test_a_reader_counts_what_the_report_says(report):
    read = junitparser.JUnitXml.fromfile(str(report))
    before = (read.tests, read.failures, read.errors, read.skipped)
    read.update_statistics()
    assert before == (read.tests, read.failures, read.errors, read.skipped)
    cases = {case.name: case for suite in read for case in suite}
    assert cases["test_flaky"].is_passed
    assert isinstance(cases["test_hang"].result[0], junitparser.Error)
