"""Which room includes which: the table in CONTRIBUTING.md, held against the includes and against
what CMake is told."""

import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TREE = ("export", "runner", "pt2", "support", "suites", "plugins")
INCLUDE = re.compile(r'^#include ["<]((?:export|runner|pt2|support|suites|plugins|tests|roundtrip)/[^">]+)[">]', re.M)
# What the runner and what is below LibTorch may know of the public API.
PLUGIN_CONTRACT = {"roundtrip/plugin.h", "roundtrip/error.h"}


def table():
    """Each row's room and the rooms that it may include, in the table's order."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    (block,) = re.findall(r"^    room: rooms it includes\n\n((?:    .+\n)+)", text, re.M)
    rows = [line.split(":") for line in block.replace("\n            ", " ").splitlines()]
    return {full_name(room.strip()): {*map(full_name, rooms.split())} for room, rooms in rows}


def full_name(room):
    return room if room.split("/")[0] in TREE else f"export/{room}"


def sources():
    for top in TREE:
        files = (ROOT / top).rglob("*")
        yield from (file for file in files if file.suffix in (".h", ".cpp") and file.stem != "pch")


def room_of(path):
    """Plugins and most suites are rooms alike: they know the public API."""
    folder = str(Path(path).parent)
    return re.sub(r"^(plugins|suites)/(?!python)\w+$", r"\1", folder)


def included(file):
    return INCLUDE.findall(re.sub(r'R"(\w*)\(.*?\)\1"', '""', file.read_text(), flags=re.S))


def includes_of_rooms():
    rooms = defaultdict(set)
    for file in sources():
        room = room_of(file.relative_to(ROOT))
        inner = {room_of(header) for header in included(file) if not header.startswith("roundtrip/")}
        rooms[room] |= inner - {room}
    return rooms


def test_rooms_include_what_the_table_says_and_nothing_else():
    assert includes_of_rooms() == table()


def test_arrows_run_one_way():
    above = set()
    for room, rooms in table().items():
        assert rooms <= above, f"{room} may include only rooms that stand above it"
        above.add(room)


def test_cmake_is_told_the_same():
    told = {}
    for file in (ROOT / "export").glob("*/**/CMakeLists.txt"):
        (uses,) = re.findall(r"roundtrip_add_room\([^)]*?(?:USES([^)]*))?\)", file.read_text())
        told[room_of(file.relative_to(ROOT))] = {f"export/{room}" for room in uses.split()}
    inner = {room: {other for other in rooms if other.startswith("export/")}
             for room, rooms in table().items() if room.startswith("export/")}  # fmt: skip
    assert told == inner


def test_the_runner_knows_the_plugin_contract_alone():
    for file in sources():
        if file.relative_to(ROOT).parts[0] not in ("runner", "support"):
            continue
        public = {header for header in included(file) if header.startswith("roundtrip/")}
        assert public <= PLUGIN_CONTRACT, file
