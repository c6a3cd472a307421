#include "export/capture/inputs/example_copies.h"

#include <ATen/ATen.h>
#include <roundtrip/error.h>

namespace roundtrip {
namespace {

void require_plain(const at::Tensor& tensor) {
  if (tensor.layout() != at::kStrided || tensor.is_quantized() || tensor.is_conj() ||
      tensor.is_neg() || !tensor.has_storage()) {
    throw UnsupportedError(
        "an example input is sparse, quantized or lazily conjugated; only plain strided tensors "
        "are supported");
  }
}

}  // namespace

at::Tensor ExampleCopies::copy(const at::Tensor& tensor) {
  require_plain(tensor);
  return copies_.copy(tensor);
}

Value map_leaves(const Value& tree, const std::function<Value(const Value&)>& replace) {
  if (!tree.is_container()) return replace(tree);
  Container result = tree.container();
  for (Value& item : result.items) item = map_leaves(item, replace);
  return result;
}

}  // namespace roundtrip
