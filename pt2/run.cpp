#include <ATen/Context.h>
#include <ATen/core/grad_mode.h>
#include <c10/util/StringUtil.h>
#include <roundtrip/pytree.h>

#include <algorithm>
#include <chrono>
#include <iomanip>
#include <sstream>

#include "pt2/commands.h"
#include "pt2/files.h"
#include "pt2/saved_inputs.h"
#include "support/plain_text.h"

namespace roundtrip::pt2 {

namespace {

/// So that a run finds its inputs as the first did, whatever the program writes to them.
Value copied(const Value& value) {
  if (value.is_tensor()) return value.tensor().detach().clone();
  if (!value.is_container()) return value;
  Container container = value.container();
  for (Value& item : container.items) item = copied(item);
  return container;
}

ExampleInputs copied(ExampleInputs inputs) {
  for (Value& arg : inputs.args) arg = copied(arg);
  for (auto& [name, arg] : inputs.kwargs) arg = copied(arg);
  return inputs;
}

/// Milliseconds.
double timed_run(const ExportedProgram& program, const ExampleInputs& inputs, Value& outputs) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  outputs = program.run(inputs.args, inputs.kwargs);
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

std::string milliseconds(double time) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(time < 10 ? 3 : 1) << time << " ms";
  return text.str();
}

/// The first compiles the program and is told apart.
std::string times_text(double first, std::vector<double> times) {
  std::string text = "  first run " + milliseconds(first);
  if (times.empty()) return text + "\n";
  std::sort(times.begin(), times.end());
  const double median = (times[times.size() / 2] + times[(times.size() - 1) / 2]) / 2;
  return c10::str(text, ", then ", milliseconds(median), " a run (median of ", times.size(),
                  ", from ", milliseconds(times.front()), " to ", milliseconds(times.back()),
                  ")\n");
}

std::string output_text(const Value& leaf) {
  ValueInfo info;
  info.constant = leaf;
  if (!leaf.is_tensor()) return info.str();
  info.type = ValueKind::tensor;
  info.dtype = leaf.tensor().scalar_type();
  for (const std::int64_t size : leaf.tensor().sizes())
    info.sizes.push_back({std::to_string(size)});
  return info.str();
}

std::string outputs_text(const Value& outputs) {
  std::string text;
  for (const Value& leaf : tree_flatten(outputs)) {
    text += (text.empty() ? "" : ", ") + output_text(leaf);
  }
  return "  gives " + (text.empty() ? "nothing" : text) + "\n";
}

}  // namespace

bool run(const Arguments& arguments) {
  return for_each_file(arguments, [&](const std::filesystem::path& file) {
    const auto program = chosen_model(arguments, file);
    const ExampleInputs inputs = inputs_to_run(arguments, program);
    at::manual_seed(arguments.seed);
    const at::NoGradGuard no_grad;
    Value outputs;
    const double first = timed_run(program, copied(inputs), outputs);
    std::vector<double> times;
    for (std::int64_t i = 1; i < arguments.runs; ++i) {
      times.push_back(timed_run(program, copied(inputs), outputs));
    }
    print(one_line(file.string()) + "\n" + outputs_text(outputs) + times_text(first, times));
  });
}

}  // namespace roundtrip::pt2
