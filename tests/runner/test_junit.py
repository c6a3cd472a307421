"""The JUnit report against junit.xsd, which has the facts of Surefire's schema, and against a
reader of such reports."""

import pathlib
import xml.etree.ElementTree as ElementTree

import junitparser
import pytest
import xmlschema
from conftest import PLUGINS

SCHEMA = xmlschema.XMLSchema(pathlib.Path(__file__).with_name("junit.xsd"))


@pytest.fixture
def report(roundtrip):
    """Of tests of every outcome, tried again where they fail."""
    config = roundtrip.write_config(
        f"""
only_plugins: [{PLUGINS}/everyday.so, {PLUGINS}/misbehaving.so]
transforms: {{a: {{chain: [first], xfail: serdes}}}}
runs: [{{suites: [Everyday, Telling, Misbehaving], transforms: [a], retries: 1, timeout: 1}}]
suites: {{Misbehaving: {{folder: "{roundtrip.folder}"}}}}
"""
    )
    filters = ("--filter=suite(Everyday) or suite(Telling)",
               "--filter=*.test_abort or *.test_garbage or *.test_hang or *.test_flood")  # fmt: skip
    roundtrip("run", config, "--junit=r.xml", "--set=grace=0.1", *filters)
    return roundtrip.folder / "r.xml"


def test_a_report_is_as_the_schema_says(report):
    SCHEMA.validate(report)
    seen = {node.tag for node in ElementTree.parse(report).iter()}
    assert seen >= {"failure", "rerunFailure", "flakyFailure", "skipped", "error", "rerunError",
                    "stackTrace", "system-out"}  # fmt: skip


def test_the_schema_finds_what_is_wrong(report):
    text = report.read_text()
    for right, wrong in [
        ('classname="', 'class="'),
        ('timestamp="', 'timestamp="today '),
        ("</testcase>", "<skipped type='x'/><failure type='x'/></testcase>"),
    ]:
        assert right in text
        assert not SCHEMA.is_valid(text.replace(right, wrong, 1))


def test_a_reader_counts_what_the_report_says(report):
    read = junitparser.JUnitXml.fromfile(str(report))
    before = (read.tests, read.failures, read.errors, read.skipped)
    read.update_statistics()
    assert before == (read.tests, read.failures, read.errors, read.skipped)
    cases = {case.name: case for suite in read for case in suite}
    assert cases["test_flaky"].is_passed
    assert isinstance(cases["test_hang"].result[0], junitparser.Error)
