#include "export/capture/inputs/spec_text.h"

#include <c10/util/StringUtil.h>

#include "export/program/python/text.h"

namespace roundtrip {
namespace {

std::string bounds_text(std::optional<std::int64_t> min, std::optional<std::int64_t> max) {
  std::string text;
  if (min) text += c10::str(", min=", *min);
  if (max) text += c10::str(", max=", *max);
  return text;
}

std::string hint_text(const char* kind, const Dim& dim) {
  return c10::str("DimHint(", kind, bounds_text(dim.min(), dim.max()), ")");
}

std::string fixed_text(const Dim& dim) {
  if (dim.min() && dim.min() == dim.max()) return std::to_string(*dim.min());
  return hint_text("STATIC", dim);
}

std::string items_text(const ShapeSpec::Items& items) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < items.items.size(); ++i) {
    std::string text = spec_text(items.items[i]);
    if (i < items.keys.size()) text = value_text(items.keys[i]) + ": " + text;
    texts.push_back(std::move(text));
  }
  if (items.type == "builtins.dict") return "{" + c10::Join(", ", texts) + "}";
  return items.type == "builtins.tuple" ? tuple_text(texts) : list_text(texts);
}

std::string dims_text(const ShapeSpec::Dims& dims) {
  std::vector<std::string> texts;
  for (const auto& [index, dim] : dims) texts.push_back(c10::str(index, ": ", spec_text(dim)));
  return "{" + c10::Join(", ", texts) + "}";
}

std::string dims_text(const ShapeSpec::AllDims& dims) {
  std::vector<std::string> texts;
  for (const auto& dim : dims) texts.push_back(dim ? spec_text(*dim) : "None");
  return tuple_text(texts);
}

}  // namespace

std::string spec_text(std::optional<std::int64_t> bound) {
  return bound ? std::to_string(*bound) : "None";
}

std::string spec_text(const Dim& dim) {
  switch (dim.kind()) {
    case Dim::Kind::fixed:
      return fixed_text(dim);
    case Dim::Kind::automatic:
      return hint_text("AUTO", dim);
    case Dim::Kind::dynamic:
      return hint_text("DYNAMIC", dim);
    case Dim::Kind::named:
      return dim_definition(dim.name(), dim.min(), dim.max());
    case Dim::Kind::derived:
      return dim.name();
  }
  return {};
}

std::string spec_text(const ShapeSpec& spec) {
  if (const auto* dims = spec.get<ShapeSpec::Dims>()) return dims_text(*dims);
  if (const auto* dims = spec.get<ShapeSpec::AllDims>()) return dims_text(*dims);
  if (const auto* dim = spec.get<Dim>()) return spec_text(*dim);
  if (const auto* items = spec.get<ShapeSpec::Items>()) return items_text(*items);
  return "None";
}

std::string dim_definition(const std::string& name, std::optional<std::int64_t> min,
                           std::optional<std::int64_t> max) {
  // Python leaves out the lower bound that every dynamic size has.
  const std::int64_t low = min.value_or(0);
  const auto shown = low == 2 ? std::nullopt : std::optional(low);
  return c10::str("Dim('", name, "'", bounds_text(shown, max), ")");
}

std::string value_text(const Value& value) {
  if (value.is_none()) return "None";
  if (value.is_bool()) return python_repr(value.to_bool());
  if (value.is_int()) return python_repr(value.to_int());
  if (value.is_double()) return python_repr(value.to_double());
  if (value.is_complex()) return python_repr(value.to_complex());
  if (value.is_string()) return python_repr(std::string_view(value.string()));
  if (!value.is_tensor()) return value.type_name();
  std::vector<std::string> sizes;
  for (const std::int64_t size : value.tensor().sizes()) sizes.push_back(std::to_string(size));
  return tuple_text(sizes);
}

std::string tuple_text(const std::vector<std::string>& items) {
  return "(" + c10::Join(", ", items) + (items.size() == 1 ? ",)" : ")");
}

std::string list_text(const std::vector<std::string>& items) {
  return "[" + c10::Join(", ", items) + "]";
}

std::string class_text(const std::string& type) {
  const std::string builtins = "builtins.";
  const bool builtin = type.compare(0, builtins.size(), builtins) == 0;
  return "<class '" + (builtin ? type.substr(builtins.size()) : type) + "'>";
}

}  // namespace roundtrip
