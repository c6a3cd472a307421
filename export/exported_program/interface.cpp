#include <roundtrip/error.h>
#include <roundtrip/exported_program.h>

#include "export/interpreter/inputs/input_checks.h"
#include "export/interpreter/inputs/input_tree.h"
#include "export/program/fx/literals.h"
#include "export/program/pickle/example_inputs.h"
#include "export/symbolic/expr/algebra.h"
#include "export/symbolic/expr/terms.h"

namespace roundtrip {

namespace {

/// Describes values of one program.
class Describer {
 public:
  explicit Describer(const Program& program) : program_(program) {}

  ValueInfo describe(const Argument& argument) const {
    ValueInfo info;
    const GraphValue* value = argument.as_value();
    if (value == nullptr) {
      info.constant = constant(argument);
    } else {
      info.type = value->kind();
      if (const TensorMeta* meta = value->tensor()) describe_tensor(*meta, info);
      if (const auto* number = std::get_if<SymInt>(&value->type())) info.number = range_of(*number);
    }
    return info;
  }

 private:
  static Value constant(const Argument& argument) {
    if (const auto* number = argument.get<SymIntArgument>()) {
      return std::get<std::int64_t>(number->value);
    }
    if (const auto* number = argument.get<SymFloatArgument>()) {
      return std::get<double>(number->value);
    }
    if (const auto* truth = argument.get<SymBoolArgument>()) return std::get<bool>(truth->value);
    return constant_value(argument);
  }

  void describe_tensor(const TensorMeta& meta, ValueInfo& info) const {
    info.dtype = meta.dtype;
    info.device = meta.device;
    for (const SymInt& size : meta.sizes) info.sizes.push_back(range_of(size));
  }

  SizeRange range_of(const SymInt& size) const {
    if (const auto* number = std::get_if<std::int64_t>(&size)) {
      return {std::to_string(*number), false, *number, *number};
    }
    const Expr expr = parse_srepr(std::get<SymExpr>(size).expr_str);
    SizeRange range{to_string(expr), true, {}, {}};
    if (const auto* known = program_.range_constraints.find(range.text)) {
      range.min = known->min_val;
      range.max = known->max_val;
    } else {
      find_range(expr, range);
    }
    return range;
  }

  /// Of `factor * symbol + offset`.
  void find_range(const Expr& expr, SizeRange& range) const {
    const std::vector<std::string> symbols = free_symbols(expr);
    const auto line = linear_form(expand(expr));
    if (symbols.size() != 1 || !line) return;
    const auto* known = program_.range_constraints.find(symbols.front());
    if (known == nullptr) return;
    range.min = value_at(*line, line->factor < 0 ? known->max_val : known->min_val);
    range.max = value_at(*line, line->factor < 0 ? known->min_val : known->max_val);
  }

  static std::optional<std::int64_t> value_at(const LinearForm& line,
                                              const std::optional<std::int64_t>& symbol) {
    std::int64_t value = 0;
    if (!symbol || __builtin_mul_overflow(line.factor, *symbol, &value) ||
        __builtin_add_overflow(value, line.offset, &value)) {
      return std::nullopt;
    }
    return value;
  }

  const Program& program_;
};

void require_count(const char* what, std::size_t specs, std::size_t leaves) {
  if (specs == leaves) return;
  throw ProgramError("the program's signature has " + std::to_string(specs) + " user " + what +
                     "s, but its " + what + "s are nested as " + std::to_string(leaves));
}

}  // namespace

std::string ValueInfo::str() const {
  if (!type) return repr_or_type(constant);
  if (type != ValueKind::tensor) return number ? "Sym(" + number->text + ")" : kind_name(*type);
  std::string text;
  for (const SizeRange& size : sizes) text += (text.empty() ? "" : ", ") + size.text;
  return dtype_abbreviation(dtype) + "[" + text + "]";
}

std::vector<ProgramInput> ExportedProgram::inputs() const {
  const GraphModule& module = program().graph_module;
  const std::vector<std::string> names = InputTree(module).leaf_names();
  const Describer describer(program());
  std::vector<ProgramInput> inputs;
  for (const InputSpec& spec : module.signature.input_specs) {
    if (spec.kind != InputKind::user_input && spec.kind != InputKind::constant_input) continue;
    ProgramInput input{describer.describe(spec.arg), {}, spec.kind};
    if (inputs.size() < names.size()) input.name = names[inputs.size()];
    inputs.push_back(std::move(input));
  }
  require_count("input", inputs.size(), names.size());
  return inputs;
}

std::vector<ProgramOutput> ExportedProgram::outputs() const {
  const GraphModule& module = program().graph_module;
  const std::vector<std::string> paths = output_paths(module);
  const Describer describer(program());
  std::vector<ProgramOutput> outputs;
  for (const OutputSpec& spec : module.signature.output_specs) {
    if (spec.kind != OutputKind::user_output && spec.kind != OutputKind::loss_output) continue;
    ProgramOutput output{describer.describe(spec.arg), {}, {}, spec.kind};
    if (const GraphValue* value = spec.arg.as_value()) output.name = value->name();
    if (outputs.size() < paths.size()) output.path = paths[outputs.size()];
    outputs.push_back(std::move(output));
  }
  require_count("output", outputs.size(), paths.size());
  return outputs;
}

}  // namespace roundtrip
