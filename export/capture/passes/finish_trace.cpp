#include "export/capture/passes/finish_trace.h"

#include "export/capture/passes/finish_subgraphs.h"
#include "export/capture/passes/runtime_asserts.h"
#include "export/capture/trace/unused_numbers.h"

namespace roundtrip {
namespace {

SymInt file_number(Symbols& symbols, const Expr& expr) {
  const Expr known = symbols.env.simplify(expr);
  if (known.kind == ExprKind::integer) return std::get<std::int64_t>(known.value);
  return file_expr(symbols, known);
}

TensorMeta with_layout(TensorMeta meta, Symbols& symbols, const TensorExprs& layout) {
  for (std::size_t i = 0; i < layout.sizes.size(); ++i) {
    meta.sizes[i] = file_number(symbols, layout.sizes[i]);
    meta.strides[i] = file_number(symbols, layout.strides[i]);
  }
  meta.storage_offset = file_number(symbols, layout.storage_offset);
  return meta;
}

/// Types of values get the symbols under the names they go by now.
void set_types(Trace& trace) {
  Symbols& symbols = *trace.symbols;
  for (GraphValue* value : trace.graph.values()) {
    const auto layout = trace.layouts.find(value);
    if (layout != trace.layouts.end()) {
      trace.graph.set_type(*value, with_layout(*value->tensor(), symbols, layout->second));
    }
    const auto number = trace.numbers.find(value);
    if (number != trace.numbers.end()) {
      number->second.expr = symbols.env.simplify(number->second.expr);
      trace.graph.set_type(*value, number_type(symbols, number->second));
    }
  }
}

}  // namespace

void finish_trace(Trace& trace) {
  drop_unused_numbers(trace);
  finish_subgraphs(trace);
  insert_runtime_asserts(trace);
  set_types(trace);
}

}  // namespace roundtrip
