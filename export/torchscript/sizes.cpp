#include "export/torchscript/sizes.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <optional>
#include <string>
#include <unordered_map>

#include "export/torchscript/graphs/symbol_lists.h"
#include "export/torchscript/graphs/symbols.h"

namespace roundtrip {
namespace {

using c10::IValue;
using Result = std::optional<IValue>;

IValue number_list(c10::SymIntArrayRef numbers) {
  if (const auto known = c10::asIntArrayRefSlowOpt(numbers)) {
    return c10::List<std::int64_t>(*known);
  }
  c10::impl::GenericList list(c10::AnyType::get());
  for (const c10::SymInt& number : numbers) list.push_back(number);
  return list;
}

Result size(const at::Tensor& tensor, const jit::Stack& arguments) {
  if (arguments.size() == 1) return number_list(tensor.sym_sizes());
  if (!arguments[1].isInt()) return std::nullopt;
  return tensor.sym_size(arguments[1].toInt());
}

Result stride(const at::Tensor& tensor, const jit::Stack& arguments) {
  if (arguments.size() == 1) return number_list(tensor.sym_strides());
  if (!arguments[1].isInt()) return std::nullopt;
  return tensor.sym_stride(arguments[1].toInt());
}

Result numel(const at::Tensor& tensor, const jit::Stack&) {
  return tensor.sym_numel();
}

Result offset(const at::Tensor& tensor, const jit::Stack&) {
  return tensor.sym_storage_offset();
}

Result length(const at::Tensor& tensor, const jit::Stack&) {
  if (tensor.dim() == 0) return std::nullopt;
  return tensor.sym_size(0);
}

/// What a tensor answers about its layout.
Result query(const std::string& name, const jit::Stack& arguments) {
  using Query = Result (*)(const at::Tensor&, const jit::Stack&);
  static const std::unordered_map<std::string, Query> kTable = {
      {"aten::size", size},   {"aten::sym_size", size},         {"aten::stride", stride},
      {"aten::numel", numel}, {"aten::storage_offset", offset}, {"aten::len", length},
  };
  const auto found = kTable.find(name);
  if (found == kTable.end() || !arguments[0].isTensor() || !arguments[0].toTensor().defined()) {
    return std::nullopt;
  }
  return found->second(arguments[0].toTensor(), arguments);
}

bool holds_symbols(const IValue& tree) {
  if (!tree.isList()) return is_size_number(tree);
  const auto items = tree.toListRef();
  return std::any_of(items.begin(), items.end(), holds_symbols);
}

at::Tensor tensor_of(const IValue& tree, std::optional<at::ScalarType> dtype) {
  if (tree.isList()) {
    std::vector<at::Tensor> rows;
    for (const IValue& item : tree.toListRef()) rows.push_back(tensor_of(item, dtype));
    return at::stack(rows);
  }
  const at::Scalar number = tree.toScalar();
  return at::scalar_tensor(
      number, at::TensorOptions(dtype.value_or(number.isFloatingPoint()
                                                   ? at::get_default_dtype_as_scalartype()
                                               : number.isBoolean() ? at::kBool
                                                                    : at::kLong)));
}

/// `torch.tensor([x.size(0), 2])`.
Result new_tensor(const std::string& name, const jit::Stack& arguments) {
  if (name != "aten::tensor" && name != "aten::as_tensor") return std::nullopt;
  if (!holds_symbols(arguments[0])) return std::nullopt;
  std::optional<at::ScalarType> dtype;
  if (!arguments[1].isNone()) dtype = arguments[1].toScalarType();
  return tensor_of(arguments[0], dtype);
}

}  // namespace

bool run_on_sizes(const jit::Node& node, ScriptFrame& frame) {
  if (node.outputs().size() != 1 || node.inputs().empty()) return false;
  const std::string name = node.kind().toQualString();
  const jit::Stack arguments = frame.get(node.inputs());
  Result result = query(name, arguments);
  if (!result) result = answer_about_lists(node.kind(), arguments);
  if (!result) result = new_tensor(name, arguments);
  if (!result) return false;
  frame.set(*node.output(), std::move(*result));
  return true;
}

}  // namespace roundtrip
