#include "export/api/chain_record.h"

#include <ATen/Context.h>
#include <c10/util/Exception.h>
#include <c10/util/StringUtil.h>
#include <roundtrip/archive.h>
#include <roundtrip/error.h>
#include <roundtrip/pytree.h>
#include <roundtrip/torch_save.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <mutex>

#include "support/new_file.h"

namespace roundtrip {

namespace {

/// Of this process.
int calls = 0;
std::uint64_t bytes_written = 0;

/// What `work` throws, as a text; empty when it throws nothing.
std::string fault_of(const std::function<void()>& work) {
  try {
    work();
    return "";
  } catch (const c10::Error& error) {
    return error.what_without_backtrace();
  } catch (const std::exception& error) {
    return error.what();
  }
}

/// The random numbers of the test go on as if nothing had been run.
class KeepsRandomNumbers {
 public:
  KeepsRandomNumbers() : state_(at::detail::getDefaultCPUGenerator().get_state()) {}
  ~KeepsRandomNumbers() {
    auto generator = at::detail::getDefaultCPUGenerator();
    const std::lock_guard lock(generator.mutex());
    generator.set_state(state_);
  }

 private:
  at::Tensor state_;
};

Value detached(const Value& value) {
  return value.is_tensor() ? Value(value.tensor().detach()) : value;
}

}  // namespace

std::unique_ptr<ChainRecord> ChainRecord::begin() {
  const char* asked = std::getenv(kVariable);
  if (asked == nullptr) return nullptr;
  char* end = nullptr;
  const std::uint64_t limit = std::strtoull(asked, &end, 10);
  if (*end != ' ') return nullptr;
  return std::unique_ptr<ChainRecord>(new ChainRecord(end + 1, limit));
}

ChainRecord::ChainRecord(std::filesystem::path folder, std::uint64_t limit)
    : folder_(std::move(folder)), limit_(limit), number_(++calls) {
}

std::filesystem::path ChainRecord::file(const std::string& name) const {
  return folder_ / c10::str(number_, "_", name);
}

void ChainRecord::say_why(const std::string& name, const std::string& reason) const {
  std::ofstream(file(name + ".txt")) << reason << "\n";
}

void ChainRecord::keep(const std::string& name, const std::string& extension,
                       const std::vector<char>& bytes) {
  if (bytes_written + bytes.size() > limit_) {
    return say_why(name, c10::str("left out: with its ", bytes.size(),
                                  " bytes the test's programs would take more than ", limit_,
                                  "; --artifacts-size gives them more"));
  }
  write_file(file(name + extension), {bytes.data(), bytes.size()});
  bytes_written += bytes.size();
}

void ChainRecord::keep_inputs(const ExportCall& call) {
  const std::string fault = fault_of([&] {
    std::vector<std::pair<Value, Value>> kwargs(call.kwargs.begin(), call.kwargs.end());
    keep("inputs", ".pt", torch_save(Value::tuple({Value::tuple(call.args), Value::dict(kwargs)})));
  });
  if (!fault.empty()) say_why("inputs", "cannot be saved: " + fault);
}

void ChainRecord::keep_program(std::size_t links_done, const ExportedProgram& program) {
  const std::string name = std::to_string(links_done);
  const std::string fault = fault_of([&] {
    Bytes bytes = save(program);
    keep(name, ".pt2", bytes);
    kept_.push_back({name, std::move(bytes), program.program().allowed});
  });
  if (!fault.empty()) say_why(name, "the program cannot be saved: " + fault);
}

void ChainRecord::keep_outputs() {
  const KeepsRandomNumbers random;
  for (auto& [name, bytes, allowed] : kept_) {
    const std::string fault = fault_of([&, &name = name, &bytes = bytes, &allowed = allowed] {
      const auto program = load(std::move(bytes), {.allowed = allowed});
      const auto inputs = program.example_inputs();
      if (!inputs) throw InputError("it has no example inputs");
      Values outputs = tree_flatten(program.run(inputs->args, inputs->kwargs));
      for (auto& output : outputs) output = detached(output);
      keep(name, ".out.pt", torch_save(Value::tuple(std::move(outputs))));
    });
    if (!fault.empty()) say_why(name + ".out", "the program does not run: " + fault);
  }
}

}  // namespace roundtrip
