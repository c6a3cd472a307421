#include <roundtrip/archive.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <vector>

using namespace roundtrip;

namespace {

/// Median seconds of `repeats` calls, after one that warms the caches.
double median_seconds(int repeats, const std::function<void()>& call) {
  call();
  std::vector<double> seconds;
  for (int i = 0; i < repeats; ++i) {
    auto start = std::chrono::steady_clock::now();
    call();
    seconds.push_back(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  std::nth_element(seconds.begin(), seconds.begin() + repeats / 2, seconds.end());
  return seconds[static_cast<std::size_t>(repeats / 2)];
}

}  // namespace

/// Prints, for every program file named, one line of tab-separated medians:
/// file, load, load without CRC check, save, run on the example inputs.
int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    std::filesystem::path file = argv[i];
    int repeats = std::filesystem::file_size(file) > (256 << 20) ? 3 : 15;
    auto program = load(file);
    auto copy = file;
    copy.replace_extension(".copy.pt2");
    double loading = median_seconds(repeats, [&] { load(file); });
    double unchecked = median_seconds(repeats, [&] { load(file, {.check_crc = false}); });
    double saving = median_seconds(repeats, [&] { save(program, copy); });
    auto inputs = program.example_inputs().value();
    double running = median_seconds(repeats, [&] { program.run(inputs.args, inputs.kwargs); });
    std::filesystem::remove(copy);
    std::printf("%s\t%g\t%g\t%g\t%g\n", argv[i], loading, unchecked, saving, running);
  }
}
