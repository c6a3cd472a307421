// capture_bench MODEL eager|capture REPEATS: prints the median seconds of a run or of
// an export, the first left out, and the process's peak memory in KiB.
#include <roundtrip/export.h>
#include <roundtrip/nn.h>
#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tests/interop/twins/resnet.h"

using namespace roundtrip;

namespace {

ExportCall linear() {
  return {make_module(torch::nn::Linear(16, 16)), {torch::randn({4, 16})}, {}, {}};
}

ExportCall encoder12() {
  torch::nn::TransformerEncoder encoder(torch::nn::TransformerEncoderOptions(
      torch::nn::TransformerEncoderLayer(torch::nn::TransformerEncoderLayerOptions(256, 8)), 12));
  encoder->eval();
  Module module = make_module(
      encoder, [encoder](const at::Tensor& src) mutable { return encoder->forward(src); });
  return {module, {torch::randn({16, 2, 256})}, {}, {}};
}

ExportCall resnet18() {
  auto model = std::make_shared<ResNet18>(/*width=*/64);
  model->eval();
  return {make_module(model), {torch::randn({1, 3, 224, 224})}, {}, {}};
}

const std::map<std::string, std::function<ExportCall()>> kModels = {
    {"linear", linear}, {"encoder12", encoder12}, {"resnet18", resnet18}};

double seconds(const std::function<void()>& call) {
  const auto start = std::chrono::steady_clock::now();
  call();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Of `repeats` calls after the first.
double median_seconds(int repeats, const std::function<void()>& call) {
  call();
  std::vector<double> times;
  for (int i = 0; i < repeats; ++i) times.push_back(seconds(call));
  std::nth_element(times.begin(), times.begin() + repeats / 2, times.end());
  return times[static_cast<std::size_t>(repeats / 2)];
}

/// Not getrusage's, which counts what the process was before it became this program.
long peak_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stol(line.substr(std::strlen("VmHWM:")));
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4 || !kModels.contains(argv[1])) {
    std::fprintf(stderr, "usage: capture_bench linear|encoder12|resnet18 eager|capture REPEATS\n");
    return 2;
  }
  const ExportCall call = kModels.at(argv[1])();
  const bool capture = std::string(argv[2]) == "capture";
  const std::function<void()> work = [&] {
    if (capture) {
      export_program(call);
    } else {
      call.module(call.args, call.kwargs);
    }
  };
  const double median = median_seconds(std::max(1, std::atoi(argv[3])), work);
  std::printf("%g\t%ld\n", median, peak_kib());
}
