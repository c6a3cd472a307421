"""Programs that are made to do harm: each is that file's failure, and no other's."""

import contextlib
import os
import pty
import signal
import subprocess
import zipfile

from test_cli import LINEAR, PROGRAMS, PT2, pt2


def rewritten(path, source, *changes):
    """`source` with texts of its program replaced, its CRCs right."""
    with zipfile.ZipFile(PROGRAMS / source) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name.endswith("/models/model.json"):
                for before, after in changes:
                    assert before.encode() in data
                    data = data.replace(before.encode(), after.encode(), 1)
            new.writestr(name, data)
    return path


def out(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_loop_without_end_is_ended_and_the_batch_goes_on(tmp_path):
    endless = rewritten(
        tmp_path / "endless.pt2",
        "while_loop_counter.pt2",
        ('"name": "other", "arg": {"as_int": 1}', '"name": "other", "arg": {"as_int": 0}'),
    )
    done = pt2("eval", "--out", tmp_path / "out", "--timeout", "3", endless, LINEAR)
    assert done.returncode == 1
    assert f"{endless}: it was not done after 3 s" in done.stderr
    assert out(tmp_path / "out") == ["linear.out.pt"]


def test_a_program_gets_no_more_memory_than_it_may_have(tmp_path):
    done = pt2("eval", "--out", tmp_path / "out", "--memory", "64KiB", PROGRAMS / "gpt2.pt2")
    assert done.returncode == 1
    assert done.stderr.startswith("pt2: ") and out(tmp_path / "out") == []


def test_limits_are_checked(tmp_path):
    for option, value in (("--timeout", "soon"), ("--timeout", "0"), ("--memory", "much")):
        done = pt2("eval", "--out", tmp_path / "out", option, value, LINEAR)
        assert done.returncode == 4
        assert f"{option} must be a number" in done.stderr


def test_operators_that_exports_do_not_contain_need_leave(tmp_path):
    program = rewritten(
        tmp_path / "out_form.pt2", "linear.pt2", ("aten.linear.default", "aten.linear.out")
    )
    refused = pt2("eval", "--out", tmp_path / "out", program)
    assert refused.returncode == 1
    assert "exports contain no such operator" in refused.stderr
    assert "--allow aten::linear.out" in refused.stderr
    for name in ("aten", "aten::linear.out"):
        allowed = pt2("eval", "--out", tmp_path / "out", "--allow", name, program)
        assert "exports contain no such operator" not in allowed.stderr


def test_a_file_that_is_cut_short_while_it_is_read_is_reported(tmp_path):
    big = tmp_path / "big.pt2"
    reason = None
    while reason is None:  # the reader may have been faster
        with zipfile.ZipFile(LINEAR) as old, zipfile.ZipFile(big, "w") as new:
            for name in old.namelist():
                new.writestr(name, old.read(name))
            new.writestr("linear/extra/zeros", bytes(256 << 20))
        reason = reason_after_cut(big)
    assert "killed by SIGBUS" in reason and "cut short" in reason


def reason_after_cut(big):
    """What `pt2 check` says of a file that loses its end; nothing if it was read by then."""
    process = subprocess.Popen([PT2, "check", big, LINEAR], stderr=subprocess.PIPE, text=True)
    while process.poll() is None:
        reader = next(filter(lambda child: maps(child, big.name), children(process.pid)), None)
        if reader is not None:
            os.kill(reader, signal.SIGSTOP)
            os.truncate(big, 4096)
            os.kill(reader, signal.SIGCONT)
            break
    return process.communicate(timeout=60)[1] or None


def children(parent):
    with contextlib.suppress(OSError):
        with open(f"/proc/{parent}/task/{parent}/children") as file:
            return [int(child) for child in file.read().split()]
    return []


def maps(process, name):
    with contextlib.suppress(OSError):
        with open(f"/proc/{process}/maps") as file:
            return name in file.read()
    return False


def test_a_fifo_is_refused_at_once(tmp_path):
    fifo = tmp_path / "fifo.pt2"
    os.mkfifo(fifo)
    for command in (("show",), ("check",), ("eval", "--out", tmp_path / "out")):
        assert "it is not a regular file" in pt2(*command, fifo).stderr
    for option in ("--inputs", None):
        arguments = [option, fifo, LINEAR] if option else [fifo]
        done = pt2("from-torchscript", "--out", tmp_path / "x.pt2", *arguments)
        assert done.returncode == 1 and ": " in done.stderr


def test_a_planted_link_is_not_followed(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "linear.out.pt.tmp").symlink_to(victim)
    assert pt2("eval", "--out", tmp_path / "out", LINEAR).returncode == 0
    assert victim.read_text() == "precious"


def test_a_terminal_gets_no_escape_sequences(tmp_path):
    program = rewritten(
        tmp_path / "escape.pt2",
        "linear.pt2",
        ("return F.linear(input", r"return \u001b[2J\u009b2J F.linear(input"),
    )
    leader, follower = pty.openpty()
    process = subprocess.Popen([PT2, "show", program], stdout=follower)
    os.close(follower)
    shown = b""
    try:
        while chunk := os.read(leader, 1 << 16):
            shown += chunk
    except OSError:  # the terminal is gone
        pass
    assert process.wait(timeout=60) == 0
    assert rb"\x1b[2J\x9b2J F.linear" in shown
    assert b"\x1b" not in shown and "\u009b".encode() not in shown
    assert "\x1b[2J" in pt2("show", program).stdout  # exactly what Python prints


def test_names_with_control_characters_are_refused(tmp_path):
    program = rewritten(
        tmp_path / "name.pt2",
        "linear.pt2",
        ("aten.linear.default", r"aten.\u001b]0;title\u0007\nerror.default"),
    )
    for command in (("show",), ("check",), ("eval", "--out", tmp_path / "out")):
        done = pt2(*command, program)
        assert done.returncode == 1 and done.stderr.count("\n") == 1
        assert "\x1b" not in done.stderr and "control characters" in done.stderr
