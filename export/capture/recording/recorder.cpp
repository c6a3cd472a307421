#include "export/capture/recording/recorder.h"

#include <algorithm>

namespace roundtrip {

Recorder::Recorder(Surroundings& surroundings, std::shared_ptr<Symbols> symbols,
                   OperatorLayer* layer)
    : layer_(layer),
      surroundings_(surroundings),
      graph_(std::move(symbols), /*follows_modes=*/layer == nullptr),
      values_(graph_, surroundings, /*follows_functions=*/layer == nullptr),
      numbers_(graph_, surroundings),
      holds_empties_(layer == nullptr) {
  if (graph_.symbols().strict) random_.emplace();
}

GraphValue& Recorder::add_placeholder(PlaceholderKind kind, const std::string& target,
                                      const at::Tensor& tensor) {
  GraphValue& value = graph_.add_placeholder(kind, target, tensor);
  values_.mark_outside(value);
  return value;
}

/// As Python's, which comes with the metadata of what gives the value.
void Recorder::write_back(const std::string& name, const at::Tensor& value) {
  const std::vector<Placeholder>& placeholders = graph_.trace().placeholders;
  const auto is_buffer = [&](const Placeholder& placeholder) {
    return placeholder.kind == PlaceholderKind::buffer && placeholder.target == name;
  };
  const Placeholder buffer = *std::find_if(placeholders.begin(), placeholders.end(), is_buffer);
  GraphValue& source = value_of(value);
  NodeFields copy;
  copy.target = "torch.ops.aten.copy_.default";
  copy.inputs = {{"self", Argument(*buffer.value), ArgumentKind::positional},
                 {"src", Argument(source), ArgumentKind::positional}};
  if (source.producer() != nullptr) copy.metadata = source.producer()->metadata();
  GraphValue& result = graph_.define(buffer.tensor, "copy__default");
  copy.name = result.name();
  copy.outputs = {Argument(result)};
  graph_.append(std::move(copy), /*writes=*/true, graph_.trace().grad_mode);
}

void Recorder::refuse_random_use(const std::string& where) const {
  if (!random_ || random_->is_as_left()) return;
  throw CaptureError(
      "strict: forward draws random numbers from the default generator, or seeds it, "
      "other than by operators " +
      where +
      ", which a program cannot repeat. Draw them by operators (at::rand, "
      "at::bernoulli), or pass them as an input");
}

Trace Recorder::take_trace() {
  refuse_random_use("after its last one");
  values_.finish();
  return std::move(graph_.trace());
}

}  // namespace roundtrip
