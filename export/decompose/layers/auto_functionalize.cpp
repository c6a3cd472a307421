#include "export/decompose/layers/auto_functionalize.h"

#include <ATen/FunctionalTensorWrapper.h>
#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>

#include <algorithm>

#include "export/capture/recording/record_auto_functionalized.h"
#include "export/capture/recording/recorder.h"
#include "export/decompose/layers/functional_layer.h"
#include "export/dispatch/auto_functionalized.h"
#include "export/dispatch/tensor_values.h"
#include "export/operators/schema.h"
#include "export/symbolic/expr/algebra.h"
#include "export/tracing/sym_node.h"
#include "export/tracing/traced_tensor.h"

namespace roundtrip {
namespace {

using at::functionalization::FunctionalStorageImpl;
using c10::IValue;

FunctionalStorageImpl* storage_of(const at::Tensor& functional) {
  return dynamic_cast<FunctionalStorageImpl*>(functional.storage().unsafeGetStorageImpl());
}

bool is_plain(const c10::SymInt& number, std::int64_t value) {
  return !number.is_symbolic() && number.expect_int() == value;
}

bool equal(c10::SymIntArrayRef left, c10::SymIntArrayRef right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](const auto& a, const auto& b) { return known_equal(a, b); });
}

/// A view that is a slice of its base along one dimension.
struct Slice {
  std::int64_t dim;
  std::int64_t start;
  std::int64_t end;
};

/// Python's `try_use_slice`.
std::optional<Slice> as_slice(const at::Tensor& base, const at::Tensor& view) {
  if (!equal(base.sym_strides(), view.sym_strides())) return std::nullopt;
  std::optional<std::int64_t> dim;
  for (std::int64_t i = 0; i < base.dim(); ++i) {
    if (known_equal(base.sym_size(i), view.sym_size(i))) continue;
    if (dim) return std::nullopt;
    dim = i;
  }
  const auto plain = [](const c10::SymInt& number) { return number.maybe_as_int(); };
  if (!dim || !plain(view.sym_storage_offset()) || !plain(view.sym_stride(*dim)) ||
      !plain(view.sym_size(*dim))) {
    return std::nullopt;
  }
  const std::int64_t offset = *plain(view.sym_storage_offset());
  const std::int64_t stride = *plain(view.sym_stride(*dim));
  if (stride == 0 || offset % stride != 0) return std::nullopt;
  return Slice{*dim, offset / stride, offset / stride + *plain(view.sym_size(*dim))};
}

/// The keywords of a call, made of the operator's arguments.
class Keywords {
 public:
  Keywords(const c10::OperatorHandle& op, c10::ArrayRef<IValue> arguments) : op_(op) {
    const auto& formals = op.schema().arguments();
    const auto each = [&](bool written, const auto& visit) {
      for (std::size_t i = 0; i < formals.size(); ++i) {
        if (is_written(formals[i]) == written) visit(formals[i], arguments[i]);
      }
    };
    each(true, [this](const auto&, const IValue& given) { find_bases(given); });
    each(false,
         [this](const auto& formal, const IValue& given) { add_read(formal.name(), given); });
    each(true, [this](const auto& formal, const IValue& given) {
      add_written("_" + formal.name(), formal, given);
    });
    c10::List<at::Tensor> bases;
    for (FunctionalStorageImpl* storage : storages_) bases.push_back(storage->base());
    add("_all_bases", std::move(bases));
  }

  const std::vector<std::string>& names() const { return names_; }
  const std::vector<IValue>& values() const { return values_; }
  const std::vector<FunctionalStorageImpl*>& storages() const { return storages_; }

 private:
  void find_bases(const IValue& given) {
    visit_tensors(given, [this](const at::Tensor& tensor) {
      if (!is_functional(tensor)) {
        throw CaptureError(c10::str("operator ", op_.operator_name(),
                                    " writes to a tensor that is no value of the program"));
      }
      at::functionalization::impl::sync(tensor);
      FunctionalStorageImpl* storage = storage_of(tensor);
      if (std::find(storages_.begin(), storages_.end(), storage) != storages_.end()) return;
      storages_.push_back(storage);
      kept_.push_back(tensor);
    });
  }

  void add_read(const std::string& name, const IValue& given) {
    visit_tensors(given, [&](const at::Tensor& tensor) {
      if (!is_functional(tensor) ||
          std::find(storages_.begin(), storages_.end(), storage_of(tensor)) == storages_.end()) {
        return;
      }
      throw UnsupportedError(c10::str("operator ", op_.operator_name(), " reads '", name,
                                      "', which shares memory with a tensor that it writes to. "
                                      "Pass it a copy (clone)"));
    });
    add(name, map_tensors(given, [](const at::Tensor& tensor) {
          return is_functional(tensor) ? current_value(tensor) : tensor;
        }));
  }

  void add_written(const std::string& prefix, const c10::Argument& formal, const IValue& given) {
    const c10::OptionalType::Ptr list = c10::OptionalType::create(c10::ListType::ofTensors());
    if (!formal.type()->isSubtypeOf(*list)) return add_view(prefix, given);
    if (given.isNone()) return add(prefix + "_length", {});
    const auto tensors = given.toListRef();
    add(prefix + "_length", static_cast<std::int64_t>(tensors.size()));
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      add_view(prefix + "_" + std::to_string(i), tensors[i]);
    }
  }

  void add_view(const std::string& prefix, const IValue& given) {
    if (given.isNone() || !given.toTensor().defined()) return add(prefix + "_base_index", {});
    const at::Tensor& tensor = given.toTensor();
    const auto base = std::find(storages_.begin(), storages_.end(), storage_of(tensor));
    add(prefix + "_base_index", static_cast<std::int64_t>(base - storages_.begin()));
    const auto* wrapper = at::functionalization::impl::unsafeGetFunctionalWrapper(tensor);
    if (!wrapper->isBaseTensor()) describe_view(prefix, (*base)->base(), current_value(tensor));
  }

  void describe_view(const std::string& prefix, const at::Tensor& base, const at::Tensor& view) {
    if (!is_plain(base.sym_storage_offset(), 0)) {
      throw UnsupportedError(c10::str("operator ", op_.operator_name(),
                                      " writes to a view of a tensor that does not lie at the "
                                      "start of its memory. Export with a copy of it (clone)"));
    }
    if (equal(base.sym_sizes(), view.sym_sizes()) &&
        equal(base.sym_strides(), view.sym_strides()) && is_plain(view.sym_storage_offset(), 0)) {
      add(prefix + "_alias", true);
    } else if (const auto slice = as_slice(base, view)) {
      add(prefix + "_slice_dim", slice->dim);
      add(prefix + "_slice_start", slice->start);
      add(prefix + "_slice_end", slice->end);
    } else {
      add(prefix + "_size", view.sym_sizes());
      add(prefix + "_stride", view.sym_strides());
      add(prefix + "_storage_offset", view.sym_storage_offset());
    }
  }

  void add(std::string name, IValue value) {
    names_.push_back(std::move(name));
    values_.push_back(std::move(value));
  }

  const c10::OperatorHandle& op_;
  std::vector<std::string> names_;
  std::vector<IValue> values_;
  std::vector<FunctionalStorageImpl*> storages_;  ///< each once, in the order of the bases
  std::vector<at::Tensor> kept_;                  ///< owners of the storages
};

}  // namespace

void call_auto_functionalized(Recorder& recorder, const c10::OperatorHandle& op,
                              torch::jit::Stack& stack) {
  const torch::jit::Stack arguments = torch::jit::pop(stack, op.schema().arguments().size());
  const Keywords keywords(op, arguments);
  const AutoFunctionalized call(op, keywords.names());
  torch::jit::Stack results = record_auto_functionalized(recorder, call, keywords.values());
  for (std::size_t i = 0; i < keywords.storages().size(); ++i) {
    const at::Tensor& value = results[call.num_own_results() + i].toTensor();
    keywords.storages()[i]->add_update(value, {});
  }
  for (std::size_t i = 0; i < op.schema().returns().size(); ++i) {
    stack.emplace_back(make_functional(results[i].toTensor()));
  }
}

}  // namespace roundtrip
