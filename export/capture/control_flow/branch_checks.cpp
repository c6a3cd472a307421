#include "export/capture/control_flow/branch_checks.h"

#include <c10/util/StringUtil.h>

#include <algorithm>
#include <numeric>

#include "export/program/storage_types.h"
#include "export/tracing/traced_tensor.h"

namespace roundtrip {
namespace {

std::string text_of(c10::SymIntArrayRef numbers) {
  std::vector<std::string> texts;
  for (const c10::SymInt& number : numbers) texts.push_back(c10::str(number));
  return c10::Join(", ", texts);
}

std::string shape_text(c10::SymIntArrayRef sizes) {
  return c10::str("torch.Size([", text_of(sizes), "])");
}

std::string stride_text(c10::SymIntArrayRef strides) {
  return c10::str("(", text_of(strides), strides.size() == 1 ? ",)" : ")");
}

std::string stride_text(c10::IntArrayRef strides) {
  return c10::str("(", c10::Join(", ", strides), strides.size() == 1 ? ",)" : ")");
}

/// Dimensions in the order of their strides.
std::vector<std::size_t> stride_order(c10::IntArrayRef strides) {
  std::vector<std::size_t> order(strides.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t left, std::size_t right) {
    return strides[left] < strides[right];
  });
  return order;
}

template <typename T>
void require_same(const char* what, const T& left, const T& right) {
  if (left == right) return;
  throw CaptureError(
      c10::str("torch.cond: When merging two branches' output in torch.cond, "
               "expected same ",
               what, " but got ", left, " and ", right, "."));
}

void require_same_branch_tensors(const at::Tensor& left, const at::Tensor& right) {
  require_same("dtype", dtype_name(left.scalar_type()), dtype_name(right.scalar_type()));
  require_same("device", left.device().str(), right.device().str());
  require_same("layout", left.layout(), right.layout());
  require_same("dim", left.dim(), right.dim());
  require_same("storage_offset", left.storage_offset(), right.storage_offset());
  if (left.strides() != right.strides() &&
      stride_order(left.strides()) != stride_order(right.strides())) {
    throw CaptureError(c10::str(
        "torch.cond: The sorted order of strides of the two branches' output doesn't match. True "
        "branch has stride ",
        stride_text(left.strides()), " but false branch has stride ", stride_text(right.strides()),
        ". Consider using contiguous() to make the two branches have the same contiguousness"));
  }
}

void add_difference(std::string& differences, const char* what, const std::string& left,
                    const std::string& right) {
  if (left == right) return;
  if (!differences.empty()) differences += ", ";
  differences += c10::str("'", what, ": ", left, " vs ", right, "'");
}

std::string difference(const Value& left, const Value& right) {
  if (!left.is_tensor() || !right.is_tensor()) {
    return left.type_name() == right.type_name()
               ? ""
               : c10::str("'type: ", left.type_name(), " vs ", right.type_name(), "'");
  }
  const at::Tensor& one = left.tensor();
  const at::Tensor& other = right.tensor();
  std::string result;
  add_difference(result, "shape", shape_text(one.sym_sizes()), shape_text(other.sym_sizes()));
  add_difference(result, "dtype", dtype_name(one.scalar_type()), dtype_name(other.scalar_type()));
  add_difference(result, "stride", stride_text(one.sym_strides()),
                 stride_text(other.sym_strides()));
  add_difference(result, "device", one.device().str(), other.device().str());
  return result;
}

}  // namespace

void require_same_branches(const Subgraph& if_true, const Subgraph& if_false) {
  if (!(if_true.spec == if_false.spec)) {
    throw CaptureError(
        "torch.cond: Expected branches to return the same pytree structure. True "
        "branch: " +
        if_true.spec.str() + ", false branch: " + if_false.spec.str());
  }
  for (std::size_t i = 0; i < if_true.results.size(); ++i) {
    const Value& left = if_true.results[i];
    const Value& right = if_false.results[i];
    if (left.is_int() && right.is_int()) continue;
    if (!left.is_tensor() || !right.is_tensor()) {
      throw CaptureError(
          "torch.cond: unsupported branch return type: Expected branches to return a possibly "
          "nested pytree of tensors or constant ints. A branch returns a " +
          (left.is_tensor() || left.is_int() ? right : left).type_name());
    }
    require_same_branch_tensors(concrete_of(left.tensor()), concrete_of(right.tensor()));
  }
}

void require_same_metadata(const std::string& op, const Values& left, const Values& right,
                           const std::string& left_name, const std::string& right_name) {
  const std::string subject = op + ": Expected " + left_name + " and " + right_name;
  if (left.size() != right.size()) {
    throw CaptureError(c10::str(subject, " to have same number of outputs but got ", left.size(),
                                " and ", right.size()));
  }
  for (std::size_t i = 0; i < left.size(); ++i) {
    const std::string told = difference(left[i], right[i]);
    if (told.empty()) continue;
    throw CaptureError(
        c10::str(subject, " to have same metadata but found:\npair[", i, "] differ in ", told));
  }
}

}  // namespace roundtrip
