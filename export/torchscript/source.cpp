#include "export/torchscript/source.h"

#include <optional>

namespace roundtrip {
namespace {

struct SourceLine {
  std::string file;
  std::size_t number;
  std::string code;
};

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// A saved model's own text, `code/__torch__/model.py`, says which line of the
/// original source it was made from.
std::optional<SourceLine> line_of(const jit::Node& node) {
  jit::SourceRange range = node.sourceRange();
  if (const auto original = range.findSourceRangeThatGenerated()) range = *original;
  const auto position = range.file_line_col();
  if (!position) return std::nullopt;
  const auto& source = *range.source();
  const std::size_t line = source.lineno_for_offset(range.start());
  return SourceLine{std::get<0>(*position), std::get<1>(*position),
                    trimmed(source.get_line(line).str())};
}

}  // namespace

std::string stack_trace_of(const jit::Node& node, const std::string& function) {
  const auto line = line_of(node);
  if (!line) return {};
  return "File \"" + line->file + "\", line " + std::to_string(line->number) + ", in " + function +
         "\n    " + line->code;
}

std::string place_of(const jit::Node& node) {
  const std::string name = node.kind().toQualString();
  const auto line = line_of(node);
  if (!line) return name;
  return name + " (" + line->file + ", line " + std::to_string(line->number) + ": " + line->code +
         ")";
}

std::string python_name(const c10::QualifiedName& type) {
  std::string name;
  for (const std::string& atom : type.atoms()) {
    if (atom == "__torch__" || atom.starts_with("___torch_mangle_")) continue;
    name += (name.empty() ? "" : ".") + atom;
  }
  return name;
}

}  // namespace roundtrip
