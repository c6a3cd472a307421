#pragma once

#include <ATen/core/ivalue.h>
#include <torch/csrc/jit/ir/ir.h>
#include "export/torchscript/graphs/jit.h"

#include <unordered_map>
#include <vector>

namespace roundtrip {

/// The values of one call of a graph, by the graph's own handles. Cheap to copy: a
/// copy shares lists and objects. A number that data decides is held as a tensor
/// without dimensions, of type bool, int64 or float64; one that dynamic sizes decide as a
/// symbol, also where the graph has a tensor.
class ScriptFrame {
 public:
  const c10::IValue& get(const jit::Value& value) const { return values_.at(&value); }
  void set(const jit::Value& value, c10::IValue held) {
    values_.insert_or_assign(&value, std::move(held));
  }

  template <typename V>
  jit::Stack get(at::ArrayRef<V*> values) const {
    jit::Stack stack;
    for (const auto* value : values) stack.push_back(get(*value));
    return stack;
  }
  template <typename V>
  void set(at::ArrayRef<V*> values, jit::Stack held) {
    for (std::size_t i = 0; i < values.size(); ++i) set(*values[i], std::move(held.at(i)));
  }

  auto begin() const { return values_.begin(); }
  auto end() const { return values_.end(); }

 private:
  std::unordered_map<const jit::Value*, c10::IValue> values_;
};

}  // namespace roundtrip
