#include "export/capture/recording/recorder_handler.h"

#include "export/dispatch/vmap_levels.h"
#include "export/tracing/layouts.h"
#include "export/tracing/traced_tensor.h"

/// A vmap is recorded as the calls that Python's export has for one. That of a program which
/// is decomposed, above a layer, is carried out.

namespace roundtrip {
namespace {

const std::string kPredispatch = "torch._functorch.predispatch.";

NamedArgument positional(Argument argument) {
  return {"", std::move(argument), ArgumentKind::positional};
}

Argument size_argument(Recorder& recorder, const c10::SymInt& size) {
  const auto plain = size.maybe_as_int();
  return plain ? Argument(*plain) : recorder.numbers().argument(size.toSymNode());
}

/// `concrete` as a tensor of the recorder's, whose sizes are those of `like` but for `change`.
template <typename Change>
at::Tensor with_changed_layout(Recorder& recorder, const at::Tensor& concrete,
                               const at::Tensor& like, bool is_symbolic, Change change) {
  if (!is_symbolic) return concrete;
  SymbolicLayout layout;
  layout.sizes = sizes_of(like);
  change(layout.sizes);
  layout.strides = strides_in_order_of(concrete, layout.sizes);
  return with_layout(concrete, layout, recorder.symbols());
}

}  // namespace

void RecorderHandler::enter_vmap(const c10::SymInt& batch_size, const std::string& randomness) {
  if (recorder_.layer() != nullptr) return push_vmap(batch_size, randomness);
  push_vmap(value_in_this_run(batch_size), randomness);
  recorder_.call_function(kPredispatch + "lazy_load_decompositions", {}, {});
  recorder_.call_function(
      kPredispatch + "_vmap_increment_nesting",
      {positional(size_argument(recorder_, batch_size)), positional({randomness})}, {});
}

void RecorderHandler::leave_vmap() {
  pop_vmap();
  if (recorder_.layer() != nullptr) return;
  recorder_.call_function(kPredispatch + "_vmap_decrement_nesting", {}, {});
}

at::Tensor RecorderHandler::add_batch_dim(const at::Tensor& tensor, std::int64_t dim) {
  if (recorder_.layer() != nullptr) return hide_batch_dim(tensor, dim);
  const std::int64_t wrapped = c10::maybe_wrap_dim(dim, tensor.dim());
  const at::Tensor own = recorder_.local(tensor);
  std::vector<NamedArgument> inputs{positional(recorder_.value_of(own)), positional({wrapped}),
                                    positional({innermost_vmap_level()})};
  const WithoutCapture without_capture;
  const at::Tensor hidden = with_changed_layout(
      recorder_, hide_batch_dim(concrete_of(own), wrapped), own, symbolic_layout(own) != nullptr,
      [wrapped](std::vector<c10::SymInt>& sizes) { sizes.erase(sizes.begin() + wrapped); });
  return recorder_.call_function(kPredispatch + "_add_batch_dim", std::move(inputs), hidden)
      .tensor();
}

at::Tensor RecorderHandler::remove_batch_dim(const at::Tensor& tensor,
                                             const c10::SymInt& batch_size, std::int64_t dim) {
  if (recorder_.layer() != nullptr) return show_batch_dim(tensor, batch_size, dim);
  const std::int64_t wrapped = c10::maybe_wrap_dim(dim, tensor.dim() + 1);
  const at::Tensor own = recorder_.local(tensor);
  std::vector<NamedArgument> inputs{
      positional(recorder_.value_of(own)), positional({innermost_vmap_level()}),
      positional(size_argument(recorder_, batch_size)), positional({dim})};
  const WithoutCapture without_capture;
  const at::Tensor shown = with_changed_layout(
      recorder_, show_batch_dim(concrete_of(own), value_in_this_run(batch_size), wrapped), own,
      symbolic_layout(own) != nullptr || !batch_size.maybe_as_int(),
      [&](std::vector<c10::SymInt>& sizes) { sizes.insert(sizes.begin() + wrapped, batch_size); });
  return recorder_.call_function(kPredispatch + "_remove_batch_dim", std::move(inputs), shown)
      .tensor();
}

}  // namespace roundtrip
