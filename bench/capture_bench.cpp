// capture_bench MODEL eager|capture|strict REPEATS: prints the seconds of the first run or
// export, the median of the others, and by how many KiB the process's peak memory was above what
// it had with the model and its inputs made.
#include <roundtrip/export.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "bench/models.h"

namespace {

double seconds(const std::function<void()>& call) {
  const auto start = std::chrono::steady_clock::now();
  call();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median_seconds(int repeats, const std::function<void()>& call) {
  std::vector<double> times;
  for (int i = 0; i < repeats; ++i) times.push_back(seconds(call));
  std::nth_element(times.begin(), times.begin() + repeats / 2, times.end());
  return times[static_cast<std::size_t>(repeats / 2)];
}

/// `VmHWM`, the peak, or `VmRSS`, what there is. Not getrusage's, which counts what the process
/// was before it became this program.
long memory_kib(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field + ":")) return std::stol(line.substr(field.size() + 1));
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc == 4 ? argv[2] : "";
  const bool known = what == "eager" || what == "capture" || what == "strict";
  if (!known || !roundtrip::bench::models().contains(argv[1])) {
    std::fprintf(stderr, "usage: capture_bench MODEL eager|capture|strict REPEATS\nmodels:");
    for (const auto& [name, make] : roundtrip::bench::models())
      std::fprintf(stderr, " %s", name.c_str());
    std::fprintf(stderr, "\n");
    return 2;
  }
  roundtrip::ExportCall call = roundtrip::bench::models().at(argv[1])();
  if (what == "strict") call.options.strict = true;
  const std::function<void()> work = [&] {
    if (what == "eager") {
      call.module(call.args, call.kwargs);
    } else {
      roundtrip::export_program(call);
    }
  };
  const long before = memory_kib("VmRSS");
  const double first = seconds(work);
  const double median = median_seconds(std::max(1, std::atoi(argv[3])), work);
  std::printf("%g\t%g\t%ld\t%ld\n", first, median, before, memory_kib("VmHWM") - before);
}
