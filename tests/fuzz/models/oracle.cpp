#include "oracle.h"

#include <ATen/ATen.h>
#include <roundtrip/archive.h>
#include <roundtrip/error.h>
#include <roundtrip/export.h>
#include <roundtrip/torch_save.h>
#include <roundtrip/unflatten.h>

#include <array>
#include <fstream>

#include "effects.h"
#include "run.h"
#include "shapes.h"

namespace roundtrip::fuzz {
namespace {

/// The recipe's state, in its order, of a module that has it under its names.
std::vector<at::Tensor> state_of(const Module& module, std::size_t count) {
  const ModuleState state = module.state();
  std::vector<at::Tensor> tensors;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = "t" + std::to_string(i);
    const at::Tensor* parameter = state.parameters.find(name);
    const at::Tensor* buffer = state.buffers.find(name);
    if (parameter != nullptr) tensors.push_back(*parameter);
    if (buffer != nullptr) tensors.push_back(*buffer);
  }
  return tensors;
}

Value tuple_of(const std::vector<at::Tensor>& tensors) {
  return Value::tuple(Values(tensors.begin(), tensors.end()));
}

class Judge {
 public:
  Judge(const Recipe& recipe, std::uint64_t seed,
        const std::optional<std::filesystem::path>& folder)
      : recipe_(recipe), seed_(seed), random_(seed), folder_(folder) {}

  Judgement judge() {
    dynamic_ = random_.percent(70);
    options_.strict = random_.percent(33);
    options_.prefer_deferred_runtime_asserts_over_guards = random_.percent(10);
    try {
      if (dynamic_) options_.dynamic_shapes = draw_shapes(recipe_, random_);
      program_ = captured();
    } catch (const Error& error) {
      return {Verdict::refused, error.what()};
    } catch (const std::exception& error) {
      return {Verdict::internal, mode() + "export: " + error.what()};
    }
    if (std::string found = tried([this] { return program_->clone().module(); }, true);
        !found.empty()) {
      return {Verdict::different, mode() + "the program: " + found};
    }
    if (folder_) leave(*program_, "");
    Judgement judgement = judge_transformed();
    judgement.compared = compared_;
    judgement.resized = resized_;
    return judgement;
  }

 private:
  enum Transformation { saved, decomposed, exported_again, unflattened, cloned, kCount };

  static const char* name_of(Transformation transformation) {
    constexpr std::array<const char*, kCount> kNames = {"saved and loaded", "decomposed",
                                                        "exported again", "unflattened", "cloned"};
    return kNames[transformation];
  }

  std::string mode() const {
    return std::string(dynamic_ ? "dynamic" : "static") + (*options_.strict ? ", strict, " : ", ");
  }

  ExportedProgram captured() const {
    const Sizes sizes = recipe_.example_sizes();
    const auto inputs = make_tensors(recipe_.inputs, sizes, seed_);
    return export_program(make_module(recipe_, make_tensors(recipe_.state, sizes, seed_ + 1)),
                          Values(inputs.begin(), inputs.end()), {}, options_);
  }

  Judgement judge_transformed() {
    std::string names;
    ExportedProgram program = *program_;
    bool strides = true;
    const std::int64_t count = random_.percent(25) ? 2 : 1;
    for (std::int64_t i = 0; i < count; ++i) {
      const auto chosen = static_cast<Transformation>(random_.between(0, kCount - 1));
      names += std::string(i == 0 ? "" : ", then ") + name_of(chosen);
      try {
        program = transformed(program, chosen);
      } catch (const Error& error) {
        return {Verdict::refused, names + ": " + error.what()};
      } catch (const std::exception& error) {
        return {Verdict::internal, mode() + names + ": " + error.what()};
      }
      strides = strides && (chosen == saved || chosen == cloned);
      decomposed_ = decomposed_ || chosen == decomposed;
    }
    if (std::string found = tried([&] { return program.clone().module(); }, strides);
        !found.empty()) {
      return {Verdict::different, mode() + names + ": " + found};
    }
    if (folder_) leave(program, ".transformed");
    return {};
  }

  ExportedProgram transformed(const ExportedProgram& program, Transformation chosen) const {
    switch (chosen) {
      case saved:
        return load(save(program));
      case decomposed:
        return program.run_decompositions();
      case exported_again:
        return exported(program.module(), program);
      case unflattened:
        return exported(unflatten(program).module(), program);
      default:
        return program.clone();
    }
  }

  ExportedProgram exported(const Module& module, const ExportedProgram& program) const {
    ExportOptions again;
    again.dynamic_shapes = options_.dynamic_shapes;
    const auto inputs = program.example_inputs();
    return export_program(module, inputs->args, inputs->kwargs, again);
  }

  /// How a program differs from the model somewhere; empty if nowhere. `fresh` makes it with state
  /// of its own.
  std::string tried(const std::function<Module()>& fresh, bool strides) {
    runs_.clear();
    std::uint64_t data = seed_ + 2;
    for (int i = 0; i < (dynamic_ ? 5 : 1); ++i) {
      const Sizes sizes = i == 0 ? recipe_.example_sizes() : draw_sizes(recipe_, random_);
      const std::string found = tried_at(fresh, sizes, data++, strides);
      if (!found.empty()) return found + c10::str(", at sizes ", at::IntArrayRef(sizes));
    }
    return "";
  }

  /// Programs are made for sizes from 2 on: as Python's, they let in smaller ones and may do then
  /// what they would do at greater ones. So they must not crash, and nothing is compared.
  std::string tried_at(const std::function<Module()>& fresh, const Sizes& sizes, std::uint64_t data,
                       bool strides) {
    const auto inputs = make_tensors(recipe_.inputs, sizes, data);
    const auto state = make_tensors(recipe_.state, sizes, data + 1);
    // As Python's, a decomposed program is not for training: `detach` is an alias in it.
    const bool with_gradients = !decomposed_ && data % 2 == 0;
    std::optional<Effects> model;
    const auto before = copies(state);
    try {
      model = effects_of(make_module(recipe_, state), inputs, state, with_gradients);
    } catch (const std::exception&) {
      return "";
    }
    try {
      const Module module = fresh();
      const std::vector<at::Tensor> own = state_of(module, before.size());
      if (own.size() != before.size()) return "other state";
      {
        const at::NoGradGuard no_grad;
        for (std::size_t i = 0; i < own.size(); ++i) own[i].copy_(before[i]);
      }
      const Effects ours = effects_of(module, inputs, own, with_gradients);
      if (has_small_size(recipe_, sizes)) return "";
      ++compared_;
      if (sizes != recipe_.example_sizes()) ++resized_;
      if (folder_) record(inputs, before, *model);
      const std::string found = difference(ours, *model, strides);
      return found.empty() || may_be_rounding(inputs, before, *model) ? "" : found;
    } catch (const InputError&) {
      return "";
    } catch (const ExecutionError& error) {
      const bool asserted =
          std::string(error.what()).find("Runtime assertion failed") != std::string::npos;
      return asserted || has_small_size(recipe_, sizes) ? ""
                                                        : std::string("it fails: ") + error.what();
    } catch (const std::exception& error) {
      return std::string("it cannot run: ") + error.what();
    }
  }

  /// Whether a difference may be one of rounding: what is decomposed computes in another order, and
  /// the model itself gives as different values where its inputs differ in the last digits.
  bool may_be_rounding(const std::vector<at::Tensor>& inputs, const std::vector<at::Tensor>& state,
                       const Effects& model) const {
    if (!decomposed_) return false;
    const auto nearby = [](std::vector<at::Tensor> tensors) {
      for (at::Tensor& tensor : tensors) {
        if (tensor.is_floating_point()) tensor = tensor * (1 + 1e-6);
      }
      return tensors;
    };
    const std::vector<at::Tensor> other = nearby(state);
    const Module module = make_module(recipe_, other);
    return !difference(effects_of(module, nearby(inputs), other, false), model, false).empty();
  }

  void record(const std::vector<at::Tensor>& inputs, const std::vector<at::Tensor>& state,
              const Effects& model) {
    runs_.push_back(Value::dict({{"inputs", tuple_of(inputs)},
                                 {"state", tuple_of(state)},
                                 {"outputs", tuple_of(copies(model.outputs))},
                                 {"inputs_after", tuple_of(copies(model.inputs))},
                                 {"state_after", tuple_of(model.state)}}));
  }

  void leave(const ExportedProgram& program, const std::string& kind) const {
    const std::string stem = std::to_string(seed_) + kind;
    save(program, *folder_ / (stem + ".pt2"));
    const Bytes bytes = torch_save(Value::list(runs_));
    std::ofstream(*folder_ / (stem + ".pt"), std::ios::binary)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }

  const Recipe& recipe_;
  const std::uint64_t seed_;
  Random random_;
  const std::optional<std::filesystem::path> folder_;
  bool dynamic_ = false;
  ExportOptions options_;
  bool decomposed_ = false;
  std::optional<ExportedProgram> program_;
  Values runs_;
  std::size_t compared_ = 0;
  std::size_t resized_ = 0;
};

}  // namespace

Judgement judge(const Recipe& recipe, std::uint64_t seed,
                const std::optional<std::filesystem::path>& folder) {
  return Judge(recipe, seed, folder).judge();
}

}  // namespace roundtrip::fuzz
