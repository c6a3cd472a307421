#include "export/capture/passes/finish_trace.h"

#include "export/capture/passes/finish_subgraphs.h"
#include "export/capture/passes/runtime_asserts.h"
#include "export/capture/trace/unused_numbers.h"

namespace roundtrip {
namespace {

/// Inputs that hold one symbol have it in their meta under the name it goes by now.
void settle_symbols(Trace& trace) {
  for (auto& [name, exprs] : trace.layouts) {
    TensorMeta& meta = trace.values[name];
    const auto settle = [&](const Expr& expr) -> SymInt {
      const Expr known = trace.symbols->env.simplify(expr);
      if (known.kind == ExprKind::integer) return std::get<std::int64_t>(known.value);
      return file_expr(*trace.symbols, known);
    };
    for (std::size_t i = 0; i < exprs.sizes.size(); ++i) {
      meta.sizes[i] = settle(exprs.sizes[i]);
      meta.strides[i] = settle(exprs.strides[i]);
    }
    meta.storage_offset = settle(exprs.storage_offset);
  }
  for (auto& [name, number] : trace.numbers) {
    number.expr = trace.symbols->env.simplify(number.expr);
  }
}

}  // namespace

void finish_trace(Trace& trace) {
  drop_unused_numbers(trace);
  finish_subgraphs(trace);
  insert_runtime_asserts(trace);
  settle_symbols(trace);
}

}  // namespace roundtrip
