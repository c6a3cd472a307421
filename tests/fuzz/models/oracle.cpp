#include "oracle.h"

#include <ATen/ATen.h>
#include <roundtrip/archive.h>
#include <roundtrip/dynamic_shapes.h>
#include <roundtrip/error.h>
#include <roundtrip/export.h>

#include <algorithm>
#include <array>
#include <random>

namespace roundtrip::fuzz {
namespace {

using Sizes = std::vector<std::int64_t>;

/// What one run of a model or program gave and left behind.
struct Effects {
  std::vector<at::Tensor> outputs;
  std::vector<at::Tensor> inputs;
  std::vector<at::Tensor> buffers;
  std::vector<at::Tensor> gradients;
};

std::vector<at::Tensor> copies(const std::vector<at::Tensor>& tensors) {
  std::vector<at::Tensor> result;
  for (const at::Tensor& tensor : tensors) result.push_back(tensor.detach().clone());
  return result;
}

/// Of the sum of all results that have one, with respect to the inputs.
std::vector<at::Tensor> gradients_of(const std::vector<at::Tensor>& outputs,
                                     const std::vector<at::Tensor>& inputs) {
  at::Tensor loss;
  for (const at::Tensor& output : outputs) {
    if (!output.requires_grad()) continue;
    const at::Tensor sum = at::real(output).to(at::kDouble).sum();
    loss = loss.defined() ? loss + sum : sum;
  }
  std::vector<at::Tensor> gradients;
  if (!loss.defined()) return gradients;
  loss.backward();
  for (const at::Tensor& input : inputs) {
    gradients.push_back(input.is_leaf() && input.grad().defined() ? input.grad() : at::Tensor());
  }
  return gradients;
}

/// `call` gets inputs of its own. Gradients are asked for where nothing is written to inputs.
template <typename Call>
Effects effects_of(const Call& call, const std::vector<at::Tensor>& inputs,
                   const std::vector<at::Tensor>& buffers, bool with_gradients) {
  Effects effects;
  effects.inputs = copies(inputs);
  Values args;
  for (at::Tensor& input : effects.inputs) {
    if (with_gradients && input.is_floating_point()) input.set_requires_grad(true);
    args.emplace_back(input);
  }
  const Value result = call(args);
  for (const Value& item : result.container().items) effects.outputs.push_back(item.tensor());
  if (with_gradients) effects.gradients = gradients_of(effects.outputs, effects.inputs);
  effects.buffers = copies(buffers);
  return effects;
}

std::string shape_text(const at::Tensor& tensor, bool strides) {
  std::string text = c10::str(tensor.scalar_type(), tensor.sizes());
  if (strides) text += c10::str(" by ", tensor.strides());
  return text;
}

std::string compare(const char* what, const std::vector<at::Tensor>& ours,
                    const std::vector<at::Tensor>& model, bool strides) {
  if (ours.size() != model.size()) {
    return c10::str(what, ": ", ours.size(), " instead of ", model.size());
  }
  for (std::size_t i = 0; i < ours.size(); ++i) {
    if (ours[i].defined() != model[i].defined()) {
      return c10::str(what, " ", i, ": ", model[i].defined() ? "missing" : "too much");
    }
    if (!ours[i].defined()) continue;
    const std::string left = shape_text(ours[i], strides), right = shape_text(model[i], strides);
    if (left != right) return c10::str(what, " ", i, ": ", left, " instead of ", right);
    if (!roundtrip::allclose(Value(ours[i].detach()), Value(model[i].detach()))) {
      return c10::str(what, " ", i, ": other values");
    }
  }
  return "";
}

/// How the program's effects are not the model's; empty if they are the same.
std::string difference(const Effects& ours, const Effects& model, bool strides) {
  for (const std::string& found : {compare("result", ours.outputs, model.outputs, strides),
                                   compare("input after the run", ours.inputs, model.inputs, false),
                                   compare("buffer", ours.buffers, model.buffers, false),
                                   compare("gradient", ours.gradients, model.gradients, false)}) {
    if (!found.empty()) return found;
  }
  return "";
}

class Judge {
 public:
  Judge(const Recipe& recipe, std::uint64_t seed) : recipe_(recipe), seed_(seed), random_(seed) {}

  Judgement judge() {
    const bool dynamic = random_() % 3 != 0;
    options_.strict = random_() % 3 == 0;
    if (dynamic) options_.dynamic_shapes = draw_shapes();
    Values args;
    for (const at::Tensor& input : make_tensors(recipe_.inputs, recipe_.sizes, seed_)) {
      args.emplace_back(input);
    }
    buffers_ = make_tensors(recipe_.buffers, recipe_.sizes, seed_ + 1);
    const std::vector<at::Tensor> initial = copies(buffers_);
    std::optional<ExportedProgram> program;
    try {
      program = export_program(make_module(recipe_, buffers_), args, {}, options_);
    } catch (const Error& error) {
      return {Verdict::refused, error.what()};
    } catch (const std::exception& error) {
      return {Verdict::internal, std::string("export: ") + error.what()};
    }
    if (std::string found = tried(*program, true); !found.empty()) {
      return {Verdict::different, mode(dynamic) + "the program: " + found};
    }
    return judge_transformed(*program, dynamic);
  }

 private:
  std::string mode(bool dynamic) const {
    return std::string(dynamic ? "dynamic" : "static") + (*options_.strict ? ", strict, " : ", ");
  }

  Judgement judge_transformed(const ExportedProgram& program, bool dynamic) {
    constexpr std::array kNames = {"saved and loaded", "decomposed", "exported again", "cloned"};
    const auto choice = static_cast<std::size_t>(random_() % kNames.size());
    std::optional<ExportedProgram> other;
    try {
      if (choice == 0) other = load(save(program));
      if (choice == 1) other = program.run_decompositions();
      if (choice == 2) {
        ExportOptions again;
        if (dynamic) again.dynamic_shapes = options_.dynamic_shapes;
        const auto inputs = program.example_inputs();
        other = export_program(program.module(), inputs->args, inputs->kwargs, again);
      }
      if (choice == 3) other = program.clone();
    } catch (const Error& error) {
      return {Verdict::refused, std::string(kNames[choice]) + ": " + error.what()};
    } catch (const std::exception& error) {
      return {Verdict::internal, std::string(kNames[choice]) + ": " + error.what()};
    }
    // As Python's, a decomposed program is not for training: `detach` is an alias in it.
    with_gradients_ = choice != 1;
    if (std::string found = tried(*other, choice == 0 || choice == 3); !found.empty()) {
      return {Verdict::different, mode(dynamic) + kNames[choice] + ": " + found};
    }
    return {};
  }

  /// How the program differs from the model somewhere; empty if nowhere.
  std::string tried(const ExportedProgram& program, bool strides) {
    std::vector<Sizes> all{recipe_.sizes};
    if (!options_.dynamic_shapes.empty()) {
      for (int i = 0; i < 4; ++i) all.push_back(other_sizes());
    }
    std::uint64_t data = seed_ + 2;
    for (const Sizes& sizes : all) {
      const std::string found = tried_at(program, sizes, data++, strides);
      if (!found.empty()) return found + c10::str(", at sizes ", at::IntArrayRef(sizes));
    }
    return "";
  }

  std::string tried_at(const ExportedProgram& program, const Sizes& sizes, std::uint64_t data,
                       bool strides) {
    const auto inputs = make_tensors(recipe_.inputs, sizes, data);
    const auto buffers = make_tensors(recipe_.buffers, sizes, data + 1);
    const bool with_gradients = with_gradients_ && data % 2 == 0;
    std::optional<Effects> model;
    try {
      const auto own = copies(buffers);
      const Module module = make_module(recipe_, own);
      model =
          effects_of([&](const Values& args) { return module(args); }, inputs, own, with_gradients);
    } catch (const std::exception&) {
      return "";
    }
    const ExportedProgram fresh = program.clone();
    const std::vector<at::Tensor> own = buffers_of(fresh);
    if (own.size() != buffers.size()) return "other buffers";
    {
      const at::NoGradGuard no_grad;
      for (std::size_t i = 0; i < own.size(); ++i) own[i].copy_(buffers[i]);
    }
    try {
      const Effects ours = effects_of([&](const Values& args) { return fresh.run(args); }, inputs,
                                      own, with_gradients);
      return difference(ours, *model, strides);
    } catch (const InputError&) {
      return "";
    } catch (const ExecutionError& error) {
      // Programs are made for sizes from 2 on; smaller ones are let in, and may fail.
      const bool small =
          std::any_of(sizes.begin(), sizes.end(), [](auto size) { return size < 2; });
      return small ? "" : std::string("it fails: ") + error.what();
    }
  }

  static std::vector<at::Tensor> buffers_of(const ExportedProgram& program) {
    std::vector<at::Tensor> buffers;
    for (const auto& [name, tensor] : program.module().state().buffers.pairs()) {
      buffers.push_back(tensor);
    }
    return buffers;
  }

  /// Ends of ranges and far values among them.
  Sizes other_sizes() {
    constexpr std::array kSizes = {0, 1, 2, 3, 4, 5, 6, 7, 9, 12, 16, 31, 50};
    Sizes sizes;
    for (std::size_t i = 0; i < recipe_.sizes.size(); ++i) {
      sizes.push_back(kSizes[random_() % kSizes.size()]);
    }
    return sizes;
  }

  DynamicShapes draw_shapes() {
    const bool named = random_() % 3 == 0;
    std::vector<ShapeSpec> specs;
    for (const TensorSpec& input : recipe_.inputs) {
      ShapeSpec::Dims dims;
      for (std::size_t i = 0; i < input.extents.size(); ++i) {
        const auto& symbol = input.extents[i].symbol;
        if (!symbol) continue;
        dims.emplace_back(static_cast<std::int64_t>(i),
                          named ? Dim("s" + std::to_string(*symbol)) : Dim::AUTO);
      }
      specs.push_back(dims.empty() ? ShapeSpec() : ShapeSpec(dims));
    }
    return DynamicShapes::positional(std::move(specs));
  }

  const Recipe& recipe_;
  const std::uint64_t seed_;
  std::mt19937_64 random_;
  ExportOptions options_;
  bool with_gradients_ = true;
  std::vector<at::Tensor> buffers_;
};

}  // namespace

Judgement judge(const Recipe& recipe, std::uint64_t seed) {
  return Judge(recipe, seed).judge();
}

}  // namespace roundtrip::fuzz
