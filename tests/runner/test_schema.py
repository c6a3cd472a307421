"""The schema that editors use agrees with what the parser takes."""

import json
import pathlib
import re

import jsonschema
import pytest
import yaml

ROOT = pathlib.Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "config/roundtrip.schema.json").read_text())

# A place for one entry of each kind of map, in a configuration that is right without it.
PLACES = {
    "": "{}",
    "transform": "transforms: {{a: {{chain: []}}, b: {{chain: [], {}}}}}",
    "defaults": "defaults: {{{}}}",
    "run": "runs: [{{suites: [S], transforms: [a], {}}}]",
    "matrix": "runs: [{{suites: [S], transforms: [a], matrix: {{seed: [1], {}}}}}]",
    "cell": "runs: [{{suites: [S], transforms: [a], matrix: {{include: [{{seed: 1, {}}}]}}}}]",
    "override": "overrides: [{{filter: all(), {}}}]",
    "profile": "profiles: {{ci: {{{}}}}}",
    "mark": "xfail: [{{test: S.t, property: p, {}}}]",
    "skip": "skip: [{{filter: S.t, reason: why, {}}}]",
    "setup": "setup: [{{name: s, run: x, {}}}]",
    "quarantine": "quarantine: [{{filter: S.t, reason: why, expires: '2027-01-31', {}}}]",
    "history": "history: {{{}}}",
}
PARTS = {
    "version": "version: 1",
    "transforms": "transforms: {a: {chain: []}}",
    "runs": "runs: [{suites: [S], transforms: [a]}]",
}


def configuration(place, entry):
    text = PLACES[place].format(entry)
    parts = [part for key, part in PARTS.items() if not text.startswith(key + ":")]
    return "\n".join([*parts, text]) + "\n"


def parser_takes(roundtrip, text):
    """Whether the form is right; suites and transformations are not looked up."""
    path = roundtrip.folder / "config.yaml"
    path.write_text(text)
    result = roundtrip("list", path, "--matrix")
    roundtrip.said = result.err
    assert result.returncode in (0, 4)
    return result.returncode == 0


def schema_takes(text):
    return jsonschema.Draft7Validator(SCHEMA).is_valid(yaml.safe_load(text))


def properties_of(place):
    if place == "defaults":
        return SCHEMA["properties"]["defaults"]["properties"]
    return (SCHEMA["definitions"][place] if place else SCHEMA)["properties"]


def test_the_schema_is_one():
    jsonschema.Draft7Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("place", PLACES)
def test_both_know_the_same_keys(roundtrip, place):
    assert not parser_takes(roundtrip, configuration(place, "qqqqqqqqqqqqqqqqqqqq: 1"))
    (known,) = re.findall(r"known are (.*)", roundtrip.said)
    assert set(re.findall(r"'(\w+)'", known)) == set(properties_of(place))


VALUES = {
    "timeout": ["1", "0.5", "'${X:-2}'", "10000001", "0", "-1", "soon", "[]", "{}"],
    "memory": ["0", "65536", "512 MiB", "4GiB", "-1", "5 MB", "true"],
    "retries": ["0", "3", "-1", "1.5", "many", "1001"],
    "threads": ["1", "0", "4097"],
    "dtype": ["float64", "bfloat16", "int8"],
    "teardown": ["true", "false", "maybe", "3"],
    "flaky": ["warn", "fail", "'${X:-fail}'", "ignore", "true", "[]"],
    "leaks": ["warn", "fail", "any"],
    "retry_on": ["any", "crash", "fail"],
    "retry_delay": ["0", "1.5", "-1", "10000001", "soon"],
}


@pytest.mark.parametrize("place", ["defaults", "run", "matrix", "cell", "override", "profile"])
@pytest.mark.parametrize("key", VALUES)
def test_both_take_the_same_settings(roundtrip, place, key):
    for value in VALUES[key]:
        text = configuration(place, f"{key}: {value}")
        assert schema_takes(text) == parser_takes(roundtrip, text), text


@pytest.mark.parametrize(
    "text",
    [
        "version: 2\n",
        "version: 1\nruns: [{suites: [S], transforms: [a]}]\ntransforms: {a: {}}\n",
        configuration("transform", "prefix: P, suffix: 3, xfail: x, only_if_no_xfail: true"),
        configuration("transform", "only_if_no_xfail: perhaps"),
        configuration("transform", "prefix: []"),
        "version: 1\ntransforms: {a: {chain: [t, {u: {x: 1}}]}}\nruns: [{suites: S, transforms: a}]\n",
        "version: 1\ntransforms: {a: {chain: [{t: {}, u: {}}]}}\nruns: [{suites: S, transforms: a}]\n",
        "version: 1\ntransforms: {a: {chain: [[t]]}}\nruns: [{suites: S, transforms: a}]\n",
        "version: 1\ntransforms: {a: {chain: []}}\nruns: [{suites: [], transforms: [a]}]\n",
        "version: 1\ntransforms: {a: {chain: []}}\nruns: [{transforms: [a]}]\n",
        "version: 1\ntransforms: {a: {chain: []}}\nruns: [{suites: [S]}]\n",
        "version: 1\ntransforms: {a: {chain: []}}\nruns: [{suites: [S], matrix: {transforms: [[a]]}}]\n",
        configuration("run", "environment: {A: b, C: 3}"),
        configuration("run", "environment: [A]"),
        configuration("run", "environment: {A=B: c}"),
        configuration("run", "environment: {'': c}"),
        configuration("matrix", "environment: [{A=B: c}]"),
        configuration("", "x-mine: {a: &a {seed: 1}}\ndefaults: {<<: *a, slow: 2}"),
        configuration("", "x-mine: {a: &a {sed: 1}}\ndefaults: {<<: *a}"),
        configuration("", "defaults: {<<: [{seed: 1}, {seed: 2, slow: 3}]}"),
        configuration("", "y-mine: 1"),
        configuration("run", "name: n"),
        configuration("matrix", "environment: [{A: b}, {}]"),
        configuration("matrix", "include: {seed: 1}"),
        configuration("matrix", "plugins: [[x, y], [z]], only_plugins: [[x], []]"),
        configuration("profile", "options: {jobs: 4}, overrides: [{filter: all(), seed: 1}]"),
        configuration("profile", "overrides: [{seed: 1}]"),
        configuration("mark", "expires: '2027-01-31'"),
        configuration("mark", "expires: soon"),
        configuration("", "xfail: [{test: S.t}]"),
        "version: 1\noverrides: [{filter: S.t, groups: g}]\ngroups: {g: 2}\n"
        "transforms: {a: {chain: []}}\nruns: [{suites: [S], transforms: [a]}]\n",
        configuration("override", "groups: [[g]]"),
        configuration("override", "environment: {A: b}"),
        configuration("override", "environment: {A=B: b}"),
        configuration("", "groups: {gpu: 0}"),
        configuration("", "groups: {gpu: 4096, port: many}"),
        configuration("", "groups: [gpu]"),
        configuration("", "skip: [{filter: S.t}]"),
        configuration("", "skip: [{reason: why}]"),
        configuration("", "xfail: [{filter: S.t, property: p}]"),
        configuration("", "xfail: [{property: p}]"),
        configuration("", "xfail: [{test: S.t, filter: S.t, property: p}]"),
        configuration("setup", "filter: S.t, timeout: 5"),
        configuration("setup", "timeout: 0"),
        configuration("", "setup: [{name: s}]"),
        configuration("", "setup: [{run: x}]"),
        configuration("quarantine", "issue: x"),
        configuration("", "quarantine: [{filter: S.t, reason: why}]"),
        configuration("", "quarantine: [{filter: S.t, expires: '2027-01-31'}]"),
        configuration("", "quarantine: [{reason: why, expires: '2027-01-31'}]"),
        configuration("", "quarantine: [{filter: S.t, reason: why, expires: soon}]"),
        configuration("history", "days: 30, runs: 0, size: 64 MiB"),
        configuration("history", "days: -1"),
        configuration("history", "size: [1]"),
        configuration("", "suites: {S: {folder: x, n: 3}}"),
        configuration("", "suites: {S: {folder: [x]}}"),
        configuration("", "suites: {S: {kind: k, words: [x, y]}}"),
        configuration("", "suites: {S: {kind: [k]}}"),
        configuration("", "suites: {S: {words: [{x: y}]}}"),
    ],
)
def test_both_take_the_same_configurations(roundtrip, text):
    assert schema_takes(text) == parser_takes(roundtrip, text), roundtrip.said


@pytest.mark.parametrize("path", sorted((ROOT / "config").glob("*.yaml")), ids=lambda path: path.name)
def test_the_projects_own_configurations_are_valid(path):
    jsonschema.validate(yaml.safe_load(path.read_text()), SCHEMA)
