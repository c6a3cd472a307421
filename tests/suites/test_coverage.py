"""Holds suites/test_export/coverage.csv, which says of every test of upstream's two classes
whether it is ported, against the suites and against the README."""

import collections
import csv
import pathlib
import re

ROOT = pathlib.Path(__file__).parents[2]
TABLE = ROOT / "suites/test_export/coverage.csv"
TEST = re.compile(r"^TEST\((\w+),\s*(\w+)((?:,\s*\w+\((?:[^()\"]|\"[^\"]*\")*\))*)\)\s*\{", re.M)

MARK = re.compile(r'xfail\("(\w+)"((?:[^()"]|"[^"]*")*)\)')

with open(TABLE, newline="") as table:
    ROWS = list(csv.DictReader(table))


def ports():
    """The TESTs of the suites: (class, name) to the file and the properties they are marked with,
    each with whether the mark has a reason."""
    found = {}
    for folder in ("test_export", "test_dynamism_expression"):
        for source in sorted((ROOT / "suites" / folder).glob("*.cpp")):
            text = source.read_text()
            tests = list(TEST.finditer(text))
            assert len(tests) == len(re.findall(r"^TEST\(", text, re.M)), f"a TEST of {source} was not read"
            for test in tests:
                assert test.group(1, 2) not in found, f"{test[2]} is there twice"
                marks = {mark[1]: ".reason" in mark[2] for mark in MARK.finditer(test[3])}
                found[test.group(1, 2)] = (str(source.relative_to(ROOT)), marks)
    return found


PORTS = ports()


def rows_in(state):
    return [row for row in ROWS if row["state"] == state]


def key(row):
    return (row["class"], row["test"])


def test_every_row_is_in_one_of_three_states():
    assert {row["state"] for row in ROWS} <= {"ported", "explained", "missing"}
    assert len(ROWS) == 456


def test_upstream_names_that_are_there_twice_are_ported_once():
    # Upstream defines one method twice. Python keeps the second, so only that one can be ported.
    again = [name for name, count in collections.Counter(map(key, ROWS)).items() if count > 1]
    assert again == [
        ("TestExport", "test_subclass_nested_attr_access_const_metadata_not_top_level")
    ]
    assert next(row for row in ROWS if key(row) == again[0])["state"] == "explained"


def test_the_ports_are_where_the_table_says():
    table = {key(row): row["file"] for row in rows_in("ported")}
    assert table == {test: file for test, (file, _) in PORTS.items()}


def test_a_port_that_fails_where_upstreams_test_does_not_says_why():
    upstream = {key(row): set(row["xfail_properties"].split()) for row in ROWS}
    extra = {
        test: {name for name, has_reason in marks.items() if not has_reason} - upstream[test]
        for test, (_, marks) in PORTS.items()
    }
    assert {test: marks for test, marks in extra.items() if marks} == {}


def test_what_is_not_ported_has_a_sentence_and_no_test():
    for row in ROWS:
        if row["state"] == "ported":
            assert row["sentence"] == "", row
        else:
            assert len(row["sentence"].split()) > 2, row
            assert row["file"] == "" and key(row) not in PORTS, row


def test_the_readme_counts_as_the_table_does():
    words = " ".join((ROOT / "README.md").read_text().split())
    counts = [len(rows_in(state)) for state in ("ported", "explained", "missing")]
    sentence = "Of the {} tests of upstream's two classes, {} are ported, {} explained and {} missing".format(
        len(ROWS), *counts
    )
    assert sentence in words, sentence
