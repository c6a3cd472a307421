#include <c10/util/StringUtil.h>

#include "recipe.h"

/// Recipes as C++ code.

namespace roundtrip::fuzz {
namespace {

using c10::IValue;

std::string joined(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : ", ") + item;
  return text;
}

template <typename Items, typename Print>
std::string listed(const Items& items, const Print& print) {
  std::vector<std::string> texts;
  for (const auto& item : items) texts.push_back(print(item));
  return joined(texts);
}

std::string text_of(const Extent& extent) {
  if (!extent.symbol) return std::to_string(extent.add);
  std::string text = "s" + std::to_string(*extent.symbol);
  if (extent.factor != 1) text = std::to_string(extent.factor) + " * " + text;
  return extent.add == 0 ? text : text + " + " + std::to_string(extent.add);
}

std::string text_of(std::size_t index, const Symbol& symbol) {
  std::string text = "// s" + std::to_string(index) + " = " + std::to_string(symbol.example);
  if (symbol.min) text += ", at least " + std::to_string(*symbol.min);
  if (symbol.max) text += ", at most " + std::to_string(*symbol.max);
  return text + "\n";
}

/// Prints code whose tensors are called `prefix` and a number.
class Printer {
 public:
  Printer(std::string prefix, std::string indent)
      : prefix_(std::move(prefix)), indent_(std::move(indent)) {}

  std::string declare(const char* kind, const TensorSpec& spec) {
    return std::string("// ") + kind + " " + name(next_++) + ": {" +
           listed(spec.extents, [](const Extent& extent) { return text_of(extent); }) + "} of " +
           c10::toString(spec.dtype) + "\n";
  }

  std::string print(const Step& step) {
    const std::string call = step.bodies.empty() ? operator_call(step) : control_flow(step);
    std::vector<std::string> results;
    for (std::size_t i = 0; i < step.results; ++i) results.push_back(name(next_++));
    const std::string left = results.size() == 1 ? results[0] : "[" + joined(results) + "]";
    return indent_ + "auto " + left + " = " + call +
           (step.overload.empty() ? "" : "  // " + step.overload) + "\n";
  }

  std::string print(const std::vector<Ref>& outputs, const std::vector<Size>& numbers) const {
    std::string texts = listed(outputs, *this);
    for (const Size& number : numbers) texts += ", " + (*this)(number);
    return indent_ + "return std::tuple(" + texts + ");\n";
  }

  std::string operator()(const IValue& value) const {
    if (value.isNone()) return "{}";
    if (value.isBool()) return value.toBool() ? "true" : "false";
    if (value.isString()) return '"' + value.toStringRef() + '"';
    if (!value.isList()) return c10::str(value);
    return "{" + listed(value.toListRef(), *this) + "}";
  }
  std::string operator()(const Ref& ref) const { return name(ref.index); }
  std::string operator()(const std::vector<Ref>& refs) const {
    return "{" + listed(refs, *this) + "}";
  }
  std::string operator()(const std::optional<Ref>& ref) const { return ref ? (*this)(*ref) : "{}"; }
  std::string operator()(const std::vector<std::optional<Ref>>& refs) const {
    return "{" + listed(refs, *this) + "}";
  }
  std::string operator()(const SizeOf& size) const {
    return (*this)(size.tensor) + ".sym_size(" + std::to_string(size.dim) + ")";
  }
  std::string operator()(const Size& size) const {
    if (!size.of) return std::to_string(size.add);
    std::string text = (*this)(*size.of);
    if (size.other) text = combined(size.operation, text, (*this)(*size.other));
    if (size.factor != 1) text += " * " + std::to_string(size.factor);
    return size.add == 0 ? text : text + " + " + std::to_string(size.add);
  }
  std::string operator()(const std::vector<Size>& sizes) const {
    return "{" + listed(sizes, *this) + "}";
  }

 private:
  std::string name(std::size_t index) const { return prefix_ + std::to_string(index); }

  static std::string combined(char operation, const std::string& left, const std::string& right) {
    if (operation == '<') return "sym_min(" + left + ", " + right + ")";
    if (operation == '>') return "sym_max(" + left + ", " + right + ")";
    const bool divides = operation == '/' || operation == '%';
    return "(" + left + " " + operation + " " + (divides ? "(" + right + " + 1)" : right) + ")";
  }

  std::string operator_call(const Step& step) const {
    const std::string arguments = listed(
        step.arguments, [&](const Argument& argument) { return std::visit(*this, argument); });
    return "at::" + step.op.substr(6) + "(" + arguments + ");";
  }

  std::string control_flow(const Step& step) const {
    std::string text = step.op + "(" + std::visit(*this, step.arguments[0]);
    for (const Body& body : step.bodies) text += ", " + lambda(step, body);
    return text + ", " + (*this)(step.operands()) + ");";
  }

  /// Arguments are named in order, and what is taken from outside is given such a name.
  std::string lambda(const Step& step, const Body& body) const {
    Printer inner(prefix_ + "_", indent_ + "  ");
    const std::size_t arguments = step.operands().size();
    std::string text = "[&](";
    for (std::size_t i = 0; i < arguments; ++i) {
      text += (i == 0 ? "auto " : ", auto ") + inner.name(inner.next_++);
    }
    text += ") {\n";
    for (const Ref& outside : step.captured()) {
      text +=
          inner.indent_ + "auto " + inner.name(inner.next_++) + " = " + (*this)(outside) + ";\n";
    }
    for (const Step& part : body.steps) text += inner.print(part);
    return text + inner.print(body.outputs, {}) + indent_ + "}";
  }

  std::string prefix_;
  std::string indent_;
  std::size_t next_ = 0;
};

}  // namespace

std::string to_cpp(const Recipe& recipe) {
  Printer printer("v", "");
  std::string text;
  for (std::size_t i = 0; i < recipe.symbols.size(); ++i) text += text_of(i, recipe.symbols[i]);
  for (const TensorSpec& spec : recipe.inputs) text += printer.declare("input", spec);
  for (const TensorSpec& spec : recipe.state) {
    text += printer.declare(spec.parameter ? "parameter" : "buffer", spec);
  }
  for (const Step& step : recipe.steps) text += printer.print(step);
  return text + printer.print(recipe.outputs, recipe.number_outputs);
}

}  // namespace roundtrip::fuzz
