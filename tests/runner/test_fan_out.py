"""One run as many jobs: GitLab's child pipeline, Slurm's array, Kubernetes' Indexed Job."""

import json
import os
import re
import shlex
import subprocess
import xml.etree.ElementTree as ElementTree

import jsonschema
import pytest
import yaml
from conftest import PLUGINS
from slurm import CannotStart, slurm

ODD = "it's $HOME $(id) \"q\" a* ü: #x"
CELLS = [f"{ODD} (dtype=float32)", f"{ODD} (dtype=float64)", "-stages", "a*", "ab"]


@pytest.fixture
def odd(roundtrip):
    """Runs whose names mean something to shells, globs and YAML."""
    return roundtrip.write_config(
        f"""
only_plugins: [{PLUGINS}/everyday.so]
transforms: {{plain: {{chain: []}}}}
x-run: &run {{suites: [Ordered], transforms: [plain]}}
runs:
  - {{name: {json.dumps(ODD, ensure_ascii=False)}, <<: *run, matrix: {{dtype: [float32, float64]}}}}
  - {{name: -stages, <<: *run}}
  - {{name: a*, <<: *run}}
  - {{name: ab, <<: *run}}
"""
    )


def words_of(roundtrip, script, cells=(), **environment):
    """The words with which a script's last line would start the runner."""
    script = script.replace("exec ", "").replace(roundtrip.executable, "printf '%s\\0'")
    result = subprocess.run(
        ["sh", "-ec", script, "sh", *cells], env=os.environ | environment, capture_output=True, text=True, check=True
    )
    return result.stdout.split("\0")[:-1]


def options_of(words):
    """The cell, the shard and the report."""
    (cell,) = [word.removeprefix("--cell=") for word in words if word.startswith("--cell=")]
    return cell, words[words.index("--shard") + 1], words[words.index("--json") + 1]


class OnceOnly(yaml.SafeLoader):
    """YAML in which no key is given twice."""

    def construct_mapping(self, node, deep=False):
        keys = [key.value for key, _ in node.value]
        assert len(keys) == len(set(keys)), keys
        return super().construct_mapping(node, deep)


# https://docs.gitlab.com/ci/jobs/: names that are no jobs.
GITLAB_KEYWORDS = {"image", "services", "stages", "before_script", "after_script", "variables", "cache", "include",
                   "workflow", "default", "spec", "true", "false", "nil", "pages", "pages:deploy"}  # fmt: skip


def test_a_pipeline_for_gitlab(roundtrip, odd):
    result = roundtrip("list", odd, "--matrix=gitlab", "--shards=2", "--filter=-x", "--set=seed=3")
    assert (result.returncode, result.err) == (0, "")
    pipeline = yaml.load(result.out, OnceOnly)
    assert pipeline.pop("stages") == ["run", "merge"]
    assert not GITLAB_KEYWORDS & set(pipeline)
    assert not [name for name in pipeline if name.startswith(".") or len(name) > 255]
    merge = pipeline.pop("merge")
    assert list(pipeline)[:2] == [f"run {CELLS[0]} 1/2", f"run {CELLS[0]} 2/2"]
    jobs = []
    for job in pipeline.values():
        (line,) = job["script"]
        words = words_of(roundtrip, line)
        assert words[:5] == ["run", str(odd), "--set", "seed=3", "--filter=-x"]
        jobs.append(options_of(words))
        assert job["artifacts"] == {"when": "always", "paths": [jobs[-1][2]]}
    assert [job[:2] for job in jobs] == [(cell, f"{shard}/2") for cell in CELLS for shard in (1, 2)]
    assert len({report for *_, report in jobs}) == 10
    assert (merge["stage"], merge["when"]) == ("merge", "always")
    assert words_of(roundtrip, merge["script"][0])[:3] == ["merge", "reports", "--partial"]
    assert merge["artifacts"]["reports"] == {"junit": "merged.xml"}


def test_long_names_are_jobs_of_gitlab_too(roundtrip):
    config = roundtrip.write_config(
        "transforms: {plain: {chain: []}}\n"
        f"runs: [{{name: {'x' * 300}, suites: [A], transforms: [plain], matrix: {{seed: [1, 2]}}}}]\n"
    )
    pipeline = yaml.load(roundtrip("list", config, "--matrix=gitlab").out, OnceOnly)
    assert list(pipeline) == ["stages", "run 1 of 2", "run 2 of 2", "merge"]


def test_a_name_that_is_a_glob_is_the_name_of_one_cell(roundtrip, odd):
    result = roundtrip("run", odd, "--cell=a*", "--json=r.json")
    assert (result.returncode, result.err) == (1, "")
    assert {test["run"] for test in roundtrip.report("r.json")["tests"]} == {"a*"}


def test_what_cannot_be_fanned_out_is_said(roundtrip, odd):
    kubernetes = ("submit", odd, "--kubernetes", "--image=i")
    unnamed = roundtrip.folder / "unnamed.yaml"
    unnamed.write_text(
        "version: 1\ntransforms: {p: {chain: []}}\nx-r: &r {suites: [A], transforms: [p]}\n"
        "runs: [*r, {name: b, <<: *r}]\n"
    )
    for words, message in [
        (("list", odd, "--matrix=github"), "--matrix takes names or gitlab, not 'github'"),
        (("list", odd, "--matrix=gitlab", "--json"), "--matrix=gitlab prints YAML: leave out --json"),
        (("list", odd, "--shards=2"), "--shards goes with --matrix=gitlab"),
        (("list", odd, "--matrix=gitlab", "--shards=0"), "--shards takes a number from 1 to 1000, not 0"),
        (("list", unnamed, "--matrix=gitlab"), f"{unnamed}:3:6: a job of its own needs a name to choose this run by; "
         "give it one"),
        (("list", "/dev/null", "--matrix=gitlab"), None),
        (("submit", odd), "'submit' needs one of --slurm and --kubernetes"),
        (kubernetes, "--kubernetes needs --claim"),
        ((*kubernetes, "--claim=c", "--wait"), "--wait goes with --slurm"),
        (("submit", odd, "--slurm", "--image=i"), "--image goes with --kubernetes"),
        (("submit", odd, "--slurm", "--cpus=0"), "--cpus takes 1 or more, not 0"),
        (("submit", odd, "--slurm", "--reports=a\\b"), "--reports has a character that Slurm does not take"),
        (("submit", odd, "--slurm", "--wait", "--dry-run"), "--dry-run submits nothing to --wait for"),
    ]:  # fmt: skip
        result = roundtrip(*words)
        assert result.returncode == 4, words
        assert message is None or result.err == f"error: {message}\n"
    for options in (["--slurm"], ["--kubernetes", "--image=i", "--claim=c"]):
        result = roundtrip("submit", odd, *options, PATH="/nowhere")
        assert result.returncode == 3
        assert re.match("error: there is no '(sbatch|kubectl)' here: ", result.err)
    assert not (roundtrip.folder / "reports").exists()


def test_a_dry_run_prints_scripts_for_slurm(roundtrip, odd):
    result = roundtrip("submit", odd, "--slurm", "--dry-run", "--shards=3", "--cpus=4", "--at-most=5", "--time=9:00",
                       "--partition=a,b", "--sbatch=--comment=a \"b\"", "--name=night", "--reports=a b%")  # fmt: skip
    assert (result.returncode, result.err) == (0, "")
    assert list(roundtrip.folder.iterdir()) == [odd]
    folder = roundtrip.folder / "a b%"
    run, merge = re.split(r"^# .*\.sh\n", result.out, flags=re.M)[1:]
    options = [line.removeprefix("#SBATCH ") for line in run.splitlines() if line.startswith("#SBATCH")]
    assert options == [
        "--job-name=night", f'"--output={folder}%/parts/%a.log"', "--partition=a,b", "--array=0-14%5",
        "--cpus-per-task=4", "--time=9:00", "--signal=B:TERM@60", '"--comment=a \\"b\\""',
    ]  # fmt: skip
    for task in range(15):
        words = words_of(roundtrip, run, SLURM_ARRAY_TASK_ID=str(task))
        assert words[:4] == ["run", str(odd), "--jobs", "4"]
        assert options_of(words) == (CELLS[task // 3], f"{task % 3 + 1}/3", f"{folder}/parts/{task}.json")
    assert words_of(roundtrip, merge)[:2] == ["merge", f"{folder}/parts"]
    assert shlex.split(merge.splitlines()[2])[1] == f"--output={folder}%/merge.log"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    try:
        with slurm(tmp_path_factory.mktemp("slurm")) as environment:
            yield environment
    except CannotStart as reason:
        pytest.skip(f"no Slurm: {reason}")


def test_slurm_runs_the_cells_and_merges_them(roundtrip, odd, cluster):
    options = ("--slurm", "--shards=2", "--reports=the \"night's\" %j", "--name=night")
    result = roundtrip("submit", odd, *options, "--wait", **cluster)
    assert (result.returncode, result.err) == (1, "")
    folder = roundtrip.folder / "the \"night's\" %j"
    assert re.match("Slurm's job [0-9]+: 10 tasks, for 5 runs in 2 shards each\n", result.out)
    assert f"reports: {folder}/merged.json and .xml\n" in result.out
    assert result.out.endswith("\n20 passed, 10 failed, 0 skipped\n")
    report = json.loads((folder / "merged.json").read_text())
    assert len(report["tests"]) == 30 and report["missing"] == []
    assert {test["run"] for test in report["tests"]} == set(CELLS)
    assert len(ElementTree.parse(folder / "merged.xml").findall(".//testcase")) == 30
    assert {path.name for path in (folder / "parts").glob("*.log")} == {f"{task}.log" for task in range(10)}
    again = roundtrip("submit", odd, *options, **cluster)
    assert (again.returncode, again.err) == (4, f"error: --reports: {folder} is not empty; give a new folder\n")


def test_what_slurm_refuses_leaves_no_job(roundtrip, odd, cluster):
    result = roundtrip("submit", odd, "--slurm", "--sbatch=--begin=now+1hour", "--name=night", **cluster)
    assert (result.returncode, result.err) == (0, "")
    array, merge = re.search("scancel ([0-9]+) ([0-9]+) ", result.out).groups()
    assert f"merged by job {merge}\n" in result.out

    def jobs():
        command = ["squeue", "--noheader", "--format=%F %E"]
        return subprocess.run(command, env=os.environ | cluster, capture_output=True, text=True, check=True).stdout

    assert re.search(f"^{merge} afterany:{array}_", jobs(), re.M)
    subprocess.run(["scancel", array, merge], env=os.environ | cluster, check=True)
    result = roundtrip("submit", odd, "--slurm", "--partition=none", "--reports=r", **cluster)
    assert result.returncode == 3
    assert "invalid partition" in result.err
    assert result.err.endswith(f"error: sbatch refused {roundtrip.folder}/r/run.sh\n")


def thing(**properties):
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def things(item):
    return {"type": "array", "items": item, "minItems": 1}


NAME = {"type": "string", "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "maxLength": 63}
TEXT = {"type": "string", "minLength": 1}
COUNT = {"type": "integer", "minimum": 1}
# What https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/job-v1/ says of the
# fields that are used.
JOB = thing(
    apiVersion={"const": "batch/v1"},
    kind={"const": "Job"},
    metadata=thing(name=NAME),
    spec=thing(
        completionMode={"const": "Indexed"},
        completions=COUNT,
        parallelism=COUNT,
        backoffLimitPerIndex={"type": "integer", "minimum": 0},
        podFailurePolicy=thing(
            rules=things({
                "oneOf": [
                    thing(action={"enum": ["FailIndex"]},
                          onExitCodes=thing(operator={"enum": ["In", "NotIn"]},
                                            values={**things(COUNT), "uniqueItems": True, "maxItems": 255})),
                    thing(action={"enum": ["Ignore"]}, onPodConditions=things(thing(type=TEXT, status={"enum": ["True", "False", "Unknown"]}))),
                ]
            })
        ),
        template=thing(
            spec=thing(
                restartPolicy={"const": "Never"},  # which podFailurePolicy needs
                containers=things(
                    thing(name=NAME, image=TEXT, command=things(TEXT), args=things(TEXT),
                          resources=thing(requests=thing(cpu=TEXT)),
                          volumeMounts=things(thing(name=NAME, mountPath={"type": "string", "pattern": "^/[^:]*$"})))
                ),
                volumes=things(thing(name=NAME, persistentVolumeClaim=thing(claimName=NAME))),
            )
        ),
    ),
)  # fmt: skip


def test_an_indexed_job_for_kubernetes(roundtrip, odd):
    result = roundtrip("submit", odd, "--kubernetes", "--dry-run", "--image=host:5000/a/b:1", "--claim=reports",
                       "--shards=2", "--cpus=3", "--name=Big_Night.7")  # fmt: skip
    assert (result.returncode, result.err) == (0, "")
    job = yaml.load(result.out, OnceOnly)
    jsonschema.validate(job, JOB)
    assert job["metadata"]["name"] == "big-night-7"
    assert job["spec"]["completions"] == job["spec"]["parallelism"] == 10
    (container,) = job["spec"]["template"]["spec"]["containers"]
    # $$ is how a $ is written that Kubernetes leaves alone.
    plain = re.compile(r"\$\$")
    assert not [word for word in container["command"] + container["args"] if "$" in plain.sub("", word)]
    shell, option, script, name, *cells = [plain.sub("$", word) for word in container["command"] + container["args"]]
    assert (shell, option, name, cells) == ("sh", "-c", "sh", CELLS)
    for index in range(10):
        words = words_of(roundtrip, script, cells, JOB_COMPLETION_INDEX=str(index))
        assert words[:4] == ["run", str(odd), "--jobs", "3"]
        assert options_of(words) == (CELLS[index // 2], f"{index % 2 + 1}/2", f"/reports/big-night-7/{index}.json")
    kubectl = roundtrip.folder / "kubectl"
    kubectl.write_text('#!/bin/sh\n[ "$*" = "create --filename -" ] && exec cat > job.yaml\n')
    kubectl.chmod(0o755)
    result = roundtrip("submit", odd, "--kubernetes", "--image=i", "--claim=c", "--name=n", "--cell=a?",
                       PATH=f"{roundtrip.folder}:{os.environ['PATH']}")  # fmt: skip
    assert (result.returncode, result.err) == (0, "")
    assert "reports: /reports/n/0.json to /reports/n/1.json in the volume 'c'\n" in result.out
    jsonschema.validate(yaml.load((roundtrip.folder / "job.yaml").read_text(), OnceOnly), JOB)
