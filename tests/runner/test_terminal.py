"""What a run looks like in terminals of several sizes."""

from screen import Screen


def test_the_first_interrupt_says_what_it_waits_for_the_second_ends_that(roundtrip, misbehaving):
    filters = ("--filter=*.test_outlive_s", "--filter=*.test_z*", "--jobs=1", "--set=timeout=50")
    screen = Screen(roundtrip, "run", misbehaving, *filters, "--set=grace=40", columns=120)
    screen.wait_for("test_outlive_s")
    screen.interrupt()
    screen.wait_for(
        "Interrupted: waiting for 1 test, which may take 40 s to end; Ctrl-C again ends it now"
    )
    assert "What has ended is kept: --resume goes on with the others" in screen.everything()
    screen.interrupt()
    assert screen.end() == 2
    assert not (roundtrip.folder / "outlived").exists()
    resume = f"run {misbehaving} {' '.join(map(repr, filters[:2]))} --jobs=1 --set=timeout=50 --set=grace=40 --resume"
    assert f"Interrupted: 2 tests were not run; to go on: {screen.process.args[0]} {resume}" in (
        screen.everything().replace("\n", "")
    )
