#include <roundtrip/archive.h>
#include <roundtrip/error.h>
#include <roundtrip/exported_program.h>
#include <roundtrip/module.h>

#include <atomic>
#include <istream>
#include <mutex>

#include "export/archive/program_archive.h"
#include "export/interpreter/inputs/input_tree.h"
#include "export/interpreter/plan.h"
#include "export/interpreter/program_state.h"
#include "export/program/pickle/example_inputs.h"
#include "export/program/print/print.h"
#include "export/program/tensor_copies.h"
#include "export/verifier/verify.h"

namespace roundtrip {

struct ExportedProgram::State {
  explicit State(Program program) : is_read_(true), program_(std::move(program)) {}
  explicit State(std::function<Program()> read) : read_(std::move(read)) {}

  Program& program() {
    if (!is_read_) {  // never changes back, so that a program that is there costs no lock
      std::lock_guard lock(read_mutex_);
      if (!is_read_) program_ = read_();
      is_read_ = true;
    }
    return program_;
  }

  std::shared_ptr<const Plan> ready_plan() {
    const Program& whole = program();
    std::lock_guard lock(mutex);
    if (!plan) plan = std::make_shared<const Plan>(whole);
    return plan;
  }

  void forget_plan() {
    std::lock_guard lock(mutex);
    plan.reset();
    ++version;
  }

  std::mutex mutex;  ///< guards the two below
  std::shared_ptr<const Plan> plan;
  std::size_t version = 0;

 private:
  std::mutex read_mutex_;
  std::atomic<bool> is_read_{false};
  std::function<Program()> read_;
  Program program_;
};

ExportedProgram::ExportedProgram(Program program)
    : ExportedProgram(std::make_shared<State>(std::move(program))) {
}

ExportedProgram::ExportedProgram(std::shared_ptr<State> state) : state_(std::move(state)) {
}

ExportedProgram ExportedProgram::deferred(std::function<Program()> read) {
  return ExportedProgram(std::make_shared<State>(std::move(read)));
}

std::size_t ExportedProgram::version() const {
  std::lock_guard lock(state_->mutex);
  return state_->version;
}

Value ExportedProgram::run(const Values& args, const Kwargs& kwargs) const {
  return state_->ready_plan()->run(args, kwargs);
}

Module ExportedProgram::module() const {
  const auto run = [program = *this](const Values& args, const Kwargs& kwargs) {
    return program.run(args, kwargs);
  };
  const auto state = [program = *this] {
    return program_state(program.program(), program.state_->ready_plan()->constants());
  };
  const auto names = [program = *this] { return positional_names(program.program()); };
  return Module(run, state).arg_names(names).source(*this);
}

void ExportedProgram::validate() const {
  verify_program(state_->program());
}

std::string ExportedProgram::str() const {
  return print_program(state_->program());
}

std::optional<ExampleInputs> ExportedProgram::example_inputs() const {
  return decode_example_inputs(state_->program().example_inputs);
}

void ExportedProgram::set_example_inputs(const ExampleInputs& inputs) {
  InputTree(program().graph_module).flatten(inputs.args, inputs.kwargs);
  state_->program().example_inputs = encode_example_inputs(inputs);
  state_->forget_plan();
}

const Program& ExportedProgram::program() const {
  return state_->program();
}

void ExportedProgram::edit(const std::function<void(Program&)>& change) {
  Program& program = state_->program();
  Program before = program;
  state_->forget_plan();
  try {
    change(program);
    verify_program(program);
  } catch (...) {
    program = std::move(before);
    throw;
  }
}

ExportedProgram ExportedProgram::clone() const {
  Program copy = program();
  TensorCopies copies;
  for (auto* payloads : {&copy.weights, &copy.constants}) {
    for (auto& payload : *payloads) {
      auto* tensor = std::get_if<at::Tensor>(&payload.value().data);
      if (tensor != nullptr) *tensor = copies.copy(*tensor);
    }
  }
  return ExportedProgram(std::move(copy));
}

void save(const ExportedProgram& program, const std::filesystem::path& path) {
  write_program(program.program(), path);
}

void save(const ExportedProgram& program, std::ostream& stream) {
  write_program(program.program(), stream);
}

Bytes save(const ExportedProgram& program) {
  return write_program(program.program());
}

void save_models(const std::vector<NamedProgram>& models, const std::filesystem::path& path) {
  Models programs;
  for (const auto& [name, program] : models) programs.emplace_back(name, &program.program());
  write_programs(programs, path);
}

namespace {

ExportedProgram loaded(Program read, const LoadOptions& options) {
  ExportedProgram program(std::move(read));
  return options.device ? program.to(*options.device) : program;
}

}  // namespace

std::vector<NamedProgram> load_models(const std::filesystem::path& path,
                                      const LoadOptions& options) {
  std::vector<NamedProgram> models;
  for (auto& [name, program] : read_programs(path, options)) {
    models.push_back({name, loaded(std::move(program), options)});
  }
  return models;
}

ExportedProgram load(const std::filesystem::path& path, const LoadOptions& options) {
  return loaded(read_program(path, options), options);
}

namespace {

/// Grows by half each time: a stream need not know its size.
Bytes read_all(std::istream& stream) {
  Bytes bytes(1 << 16);
  std::size_t size = 0;
  while (stream.read(bytes.data() + size, static_cast<std::streamsize>(bytes.size() - size))) {
    size = bytes.size();
    bytes.resize(size + size / 2);
  }
  if (stream.bad()) throw ArchiveError("", "the stream cannot be read");
  bytes.resize(size + static_cast<std::size_t>(stream.gcount()));
  return bytes;
}

}  // namespace

ExportedProgram load(std::istream& stream, const LoadOptions& options) {
  return load(read_all(stream), options);
}

ExportedProgram load(Bytes bytes, const LoadOptions& options) {
  return loaded(read_program(std::move(bytes), options), options);
}

ExportedProgram saved_and_loaded(const ExportedProgram& program) {
  Program loaded = read_program(save(program), {.allowed = program.program().allowed});
  loaded.warnings = program.program().warnings;
  return ExportedProgram(std::move(loaded));
}

std::string program_json(const ExportedProgram& program) {
  return write_program_json(program.program());
}

ExportedProgram with_program_json(const ExportedProgram& program, std::string_view json) {
  return ExportedProgram(read_program_json(program.program(), json));
}

}  // namespace roundtrip
