"""`roundtrip report`: one HTML page that tells of a run, looked at in a real browser."""

import json
import re
import urllib.parse

import pytest
from browser import EXECUTABLE, browser_tab
from conftest import PLUGINS

HOSTILE = "<img src=x onerror=alert(1)></script><script>alert(2)</script>\u2028&"

needs_browser = pytest.mark.skipif(EXECUTABLE is None, reason="there is no chromium to look at the page with")


@pytest.fixture
def config(roundtrip):
    return roundtrip.write_config(
        f"""
only_plugins: [{PLUGINS}/everyday.so]
transforms: {{plain: {{chain: []}}}}
runs:
  - {{name: night, suites: [Ordered], transforms: [plain], matrix: {{threads: [1, 2]}}}}
"""
    )


def hostile(report):
    """The report with what a test might say to become markup; of its first failure."""
    (failed, *_) = [test for test in report["tests"] if test["bad"]]
    failed["message"] = failed["attempts"][0]["message"] = "first line\n" + HOSTILE
    failed["output"] = failed["attempts"][0]["output"] = "said " + HOSTILE
    failed["attempts"][0]["backtrace"] = "at " + HOSTILE
    failed["attempts"][0]["subcases"] = ["in " + HOSTILE, "then"]
    return failed


def many(report, count):
    """The report with so many tests, made of its first; the id of one."""
    first = report["tests"][0]
    report["tests"] = [
        first | {"test": f"t{i}", "name": f"t{i}", "id": f"{first['run']} Ordered.t{i}"} for i in range(count)
    ]
    report["planned"] = report["shard"]["of_tests"] = count
    return report["tests"][77]["id"]


@pytest.fixture
def write_page(roundtrip, config):
    """The page of a run whose report was changed by a function; and what that returned."""

    def write(change):
        roundtrip("run", config, "--json=report.json")
        report = roundtrip.report()
        changed = change(report)
        (roundtrip.folder / "report.json").write_text(json.dumps(report))
        result = roundtrip("report", config, "report.json", "-o", "page.html")
        assert (result.returncode, result.out, result.err) == (0, "", "")
        return changed

    return write


def page_of(roundtrip, name="page.html"):
    return (roundtrip.folder / name).read_text()


def test_the_page_of_the_last_run_and_of_an_earlier_one(roundtrip, config):
    result = roundtrip("report", config, "-o", "page.html")
    assert result.returncode == 5
    assert result.err == f"error: {config} has no history: it has not been run on this machine\n"
    assert not (roundtrip.folder / "page.html").exists()
    assert roundtrip("run", config).returncode == 1
    assert roundtrip("run", config, "--filter=Ordered.a").returncode == 0
    assert roundtrip("report", config, "-o", "new/folder/page.html").returncode == 0
    assert "<h1>2 tests, 0 not as expected</h1><p>run 2, " in page_of(roundtrip, "new/folder/page.html")
    for number in ("1", "-2"):
        assert roundtrip("report", config, number, "-o", "page.html").returncode == 0
        assert "<h1>12 tests, 4 not as expected</h1><p>run 1, " in page_of(roundtrip)


def test_the_page_of_reports_says_what_is_missing(roundtrip, config):
    (roundtrip.folder / "reports").mkdir()
    roundtrip("run", config, "--json=reports/1.json", "--shard=1/2", "--cell=*1*")
    result = roundtrip("report", "reports", "-o", "page.html")
    assert result.returncode == 0
    missing = re.findall(r"^warning: (.*)$", result.err, re.MULTILINE)
    assert len(missing) == 2
    assert f"! Not all was run: {'; '.join(missing)}" in page_of(roundtrip)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "'report' needs CONFIG or REPORTs: roundtrip report config/serdes.yaml -o report.html"),
        (["config.yaml"], "'report' needs the file to write: -o report.html"),
        (["a.yaml", "b.yaml"], "'report' takes one CONFIG; a REPORT is a JSON report (.json) or a folder, not 'b.yaml'"),
        (["-1", "x.json"], "'report': a RUN is one of CONFIG's history; give CONFIG, and no REPORT"),
        (["config.yaml", "-o", "config.yaml"], "-o would write over config.yaml; choose another path"),
        (["config.yaml", "-o", "."], "-o: cannot write the report .: it is a folder; choose another path"),
        (["x.json", "-o", "page.html"], "x.json: cannot be opened; give the path of a JSON report"),
        (["config.yaml", "9", "-o", "page.html"], "the history has no run 9; it has 1 run, 1 to 1"),
    ],
)
def test_mistakes(roundtrip, config, words, message):
    roundtrip("run", config)
    before = config.read_text()
    result = roundtrip("report", *words)
    assert (result.returncode, result.err) == (4, f"error: {message}\n")
    assert config.read_text() == before
    assert not (roundtrip.folder / "page.html").exists()


def test_a_page_that_cannot_be_written_is_a_fault(roundtrip, config):
    roundtrip("run", config)
    result = roundtrip("report", config, "-o", "/dev/full")
    assert result.returncode == 3
    assert "cannot write the report /dev/full: No space left on device" in result.err


@needs_browser
def test_what_tests_say_stays_text_and_nothing_is_fetched(roundtrip, write_page, tmp_path):
    failed = write_page(hostile)
    with browser_tab(tmp_path) as tab:
        tab.open(f"file://{tmp_path}/page.html")
        tab.ask(f"location.hash = '#test=' + encodeURIComponent({json.dumps(failed['id'])})")
        tab.settle()
        assert tab.ask("document.getElementById('test').open")
        assert tab.ask("document.getElementById('test-name').textContent") == failed["id"]
        texts = tab.ask("[...document.querySelectorAll('#test pre')].map(node => node.textContent)")
        assert texts == ["first line\n" + HOSTILE, f"in {HOSTILE}\nthen", "said " + HOSTILE, "at " + HOSTILE]
        assert tab.ask("document.querySelectorAll('img').length") == 0
        # Even markup that got into the page could do nothing.
        tab.ask("document.body.insertAdjacentHTML('beforeend', '<i onclick=\"document.title = 1\">')")
        tab.ask("document.body.lastChild.click()")
        assert tab.ask("document.title").endswith("not as expected")
        refused = [entry["entry"]["text"] for entry in tab.complaints]
        assert len(refused) == 1 and "Content Security Policy" in refused[0]
        assert tab.requests == [f"file://{tmp_path}/page.html"]


@needs_browser
def test_rows_are_filtered_and_only_those_in_view_exist(roundtrip, write_page, tmp_path):
    some = write_page(lambda report: many(report, 5000))
    with browser_tab(tmp_path) as tab:
        tab.open(f"file://{tmp_path}/page.html#test={urllib.parse.quote(some)}")
        names = "[...document.querySelectorAll('#grid tbody th')].map(node => node.textContent)"
        assert tab.ask("document.getElementById('test-name').textContent") == some
        tab.ask("document.getElementById('close').click()")
        tab.settle()
        assert tab.ask("location.hash") == ""
        assert 10 < len(tab.ask(names)) < 100
        tab.ask("const scroller = document.getElementById('scroller'); scroller.scrollTop = scroller.scrollHeight")
        tab.settle()
        assert tab.ask(names)[-1] == "Ordered.t4999"
        tab.ask("const filter = document.getElementById('filter'); filter.value = 'T4998'")
        tab.ask("filter.dispatchEvent(new Event('input'))")
        assert tab.ask(names) == ["Ordered.t4998"]
        assert tab.ask("document.getElementById('shown').textContent") == "1 of 5000 rows"
        assert tab.complaints == []


@needs_browser
@pytest.mark.parametrize("width", [1400, 400])
def test_the_page_is_read_without_a_script_and_fits_its_window(roundtrip, config, tmp_path, width):
    roundtrip("run", config)
    roundtrip("run", config)
    roundtrip("report", config, "-o", "page.html")
    with browser_tab(tmp_path) as tab:
        seen = "document.body.innerText"
        colour = "getComputedStyle(document.body).backgroundColor"
        tab.open(f"file://{tmp_path}/page.html", width=width, dark=True)
        assert tab.ask("document.documentElement.scrollWidth <= innerWidth")
        assert len(tab.ask("[...document.querySelectorAll('#grid tbody .trend span')]")) > 0
        assert tab.ask("[...document.querySelectorAll('#grid th.column')].every(head => "
                       "head.scrollWidth <= head.clientWidth && head.clientWidth > 40)")  # fmt: skip
        assert "needs JavaScript" not in tab.ask(seen)
        dark = tab.ask(colour)
        tab.open(f"file://{tmp_path}/page.html", width=width, script=False)
        assert tab.ask(colour) != dark
        text = tab.ask(seen)
        for part in ("12 tests, 4 not as expected", "CHECK( 1 == 2 )", "Ordered.c", "needs JavaScript"):
            assert part in text
        assert tab.complaints == []
