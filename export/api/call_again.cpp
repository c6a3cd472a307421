#include <roundtrip/export.h>

namespace roundtrip {
namespace {

/// The program's user inputs as leaves of its example inputs, in their order.
class LeafSpecs {
 public:
  explicit LeafSpecs(const GraphModule& module) : module_(module) {}

  ShapeSpec spec(const Value& tree) {
    if (!tree.is_container()) return next();
    const Container& container = tree.container();
    const bool is_known =
        container.type.starts_with("builtins.") || container.type.starts_with("collections.");
    ShapeSpec::Items items{is_known ? container.type : "builtins.list", container.keys, {}};
    for (const Value& item : container.items) items.items.push_back(spec(item));
    return items;
  }

 private:
  ShapeSpec next() {
    const auto& specs = module_.signature.input_specs;
    for (; next_ < specs.size(); ++next_) {
      const InputSpec& input = specs[next_];
      if (input.kind == InputKind::constant_input) return ++next_, ShapeSpec();
      if (input.kind == InputKind::user_input) return ++next_, spec_of(input.arg);
    }
    return {};
  }

  ShapeSpec spec_of(const Argument& input) const {
    const GraphValue* value = input.as_value();
    if (value == nullptr) return {};
    if (const TensorMeta* meta = value->tensor()) {
      ShapeSpec::AllDims dims;
      for (const SymInt& size : meta->sizes) dims.push_back(dim_of(size));
      return dims;
    }
    const auto* number = std::get_if<SymInt>(&value->type());
    const std::optional<Dim> dim = number ? dim_of(*number) : std::nullopt;
    return dim ? ShapeSpec(*dim) : ShapeSpec();
  }

  static std::optional<Dim> dim_of(const SymInt& size) {
    return std::holds_alternative<SymExpr>(size) ? std::optional(Dim::AUTO) : std::nullopt;
  }

  const GraphModule& module_;
  std::size_t next_ = 0;
};

}  // namespace

ExportCall call_again(const ExportedProgram& program, const ExampleInputs& inputs) {
  ExportCall call{program.module(), inputs.args, inputs.kwargs, {}};
  LeafSpecs leaves(program.program().graph_module);
  std::vector<ShapeSpec> specs;
  for (const Value& arg : inputs.args) specs.push_back(leaves.spec(arg));
  for (const auto& [name, arg] : inputs.kwargs) specs.push_back(leaves.spec(arg));
  call.options.dynamic_shapes = DynamicShapes::positional(std::move(specs));
  return call;
}

}  // namespace roundtrip
