#include "runner/report/live_area.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "runner/text/display_width.h"

using namespace roundtrip;

namespace {

struct Area {
  PlannedTest test;
  LiveState state{1104, 12};
  Progress progress{63.9, 12, {}};

  Area() {
    test.class_name = "SerDesExportTestExport";
    test.name = "test_conv_dynamic_serdes_strict";
  }

  void run(std::size_t tests) {
    for (std::size_t i = 0; i < tests; ++i) progress.running.push_back({&test, 2.04});
  }

  std::string text(TerminalSize size) {
    std::string text;
    for (const auto& line : live_lines(state, progress, size)) text += line.text + "\n";
    return text;
  }
};

}  // namespace

TEST_CASE("how far the run is, and what runs how long") {
  Area area;
  area.run(1);
  CHECK(area.text({80, 24}) ==
        "[12/1104] 1:03\n"
        "   2.0 s  SerDesExportTestExport.test_conv_dynamic_serdes_strict\n");
  area.state.bad = 2;
  area.state.left = 3725;
  CHECK(area.text({40, 24}) ==
        "[12/1104, 2 failed] 1:03, 1:02:05 left\n"
        "   2.0 s  SerDesExp...amic_serdes_strict\n");
}

TEST_CASE("a stress run has its time, one that ends only the first line") {
  Area area;
  area.run(1);
  area.state.stress = 600;
  CHECK(area.text({80, 1}) == "[12 runs of 1104 tests] 1:03 of 10:00\n");
  area.state.stress = 0;
  area.state.is_ending = true;
  CHECK(area.text({80, 24}) == "[12/1104] 1:03, ending\n");
}

TEST_CASE("of more tests than there is room for, the number is told") {
  Area area;
  area.run(12);
  CHECK(live_lines(area.state, area.progress, {80, 24}).size() == 11);
  CHECK(area.text({80, 24}).ends_with("          and 3 more\n"));
  CHECK(live_lines(area.state, area.progress, {80, 5}).size() == 5);
  CHECK(area.text({80, 5}).ends_with("          and 9 more\n"));
  CHECK(area.text({80, 2}).ends_with("1:03\n          and 12 more\n"));
  CHECK(live_lines(area.state, area.progress, {80, 1}).size() == 1);
}

TEST_CASE("names of any kind take one line that is no wider than the terminal") {
  Area area;
  area.test.name = "test_\u5f62\u72b6\n\t\x1b[31m" + std::string(60, 'x') + "\U0001F600";
  area.run(1);
  for (const std::size_t columns : {15, 40, 80, 200}) {
    const std::string line = live_lines(area.state, area.progress, {columns, 24})[1].text;
    CHECK(line.find_first_of("\n\t\x1b") == std::string::npos);
    CHECK(display_width(line) <= columns);
    CHECK(line.ends_with("\U0001F600"));
  }
}
