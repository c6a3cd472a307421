#include <c10/util/StringUtil.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

#include "pt2/commands.h"
#include "pt2/files.h"
#include "support/plain_text.h"

namespace roundtrip::pt2 {

namespace {

using nlohmann::ordered_json;

std::string range_text(const SizeRange& size) {
  const auto bound = [](const auto& number) { return number ? std::to_string(*number) : "?"; };
  if (!size.max) return size.text + " >= " + bound(size.min);
  return size.text + " from " + bound(size.min) + " to " + bound(size.max);
}

/// What else there is to say of an input: the ranges of its sizes, once each, and what is special.
std::string remarks(const ProgramInput& input) {
  std::vector<std::string> remarks;
  std::set<std::string> told;
  const auto tell = [&](const SizeRange& size) {
    if (size.is_dynamic && told.insert(size.text).second) remarks.push_back(range_text(size));
  };
  for (const SizeRange& size : input.sizes) tell(size);
  if (input.number) tell(*input.number);
  if (input.kind == InputKind::constant_input) remarks.push_back("must be just that");
  if (!input.device.is_cpu()) remarks.push_back("on " + input.device.str());
  return c10::Join("; ", remarks);
}

std::string table(const std::vector<ProgramInput>& inputs) {
  std::size_t name_width = 0, type_width = 0;
  for (const ProgramInput& input : inputs) {
    name_width = std::max(name_width, one_line(input.name).size());
    type_width = std::max(type_width, one_line(input.str()).size());
  }
  std::string text;
  for (const ProgramInput& input : inputs) {
    std::string line = one_line(input.name);
    line.resize(name_width + 2, ' ');
    line += one_line(input.str());
    line.resize(name_width + type_width + 4, ' ');
    line += remarks(input);
    line.resize(line.find_last_not_of(' ') + 1);
    text += "  " + line + "\n";
  }
  return inputs.empty() ? "  takes no inputs\n" : text;
}

ordered_json json_of(const std::optional<std::int64_t>& number) {
  return number ? ordered_json(*number) : ordered_json();
}

ordered_json json_of(const SizeRange& size) {
  return {{"size", size.text},
          {"dynamic", size.is_dynamic},
          {"min", json_of(size.min)},
          {"max", json_of(size.max)}};
}

ordered_json json_of(const ProgramInput& input) {
  ordered_json entry{{"name", input.name}, {"type", input.str()}};
  entry["kind"] = input.type ? kind_name(*input.type) : "constant";
  if (input.type == ValueKind::tensor) {
    entry["dtype"] = c10::toString(input.dtype);
    entry["device"] = input.device.str();
    entry["sizes"] = ordered_json::array();
    for (const SizeRange& size : input.sizes) entry["sizes"].push_back(json_of(size));
  }
  if (input.number) entry["range"] = json_of(*input.number);
  return entry;
}

std::string json_line(const std::string& file, const NamedProgram& model) {
  ordered_json line{{"file", file}, {"model", model.name}, {"inputs", ordered_json::array()}};
  for (const ProgramInput& input : model.program.inputs()) {
    line["inputs"].push_back(json_of(input));
  }
  return line.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

bool inputs(const Arguments& arguments) {
  return for_each_file(arguments, [&](const std::filesystem::path& file) {
    const auto models = chosen_models(arguments, file, {.check_crc = false});
    for (const NamedProgram& model : models) {
      if (arguments.as_json) {
        print(json_line(file.string(), model));
      } else {
        const std::string name = models.size() > 1 ? ", model " + one_line(model.name) : "";
        print(one_line(file.string()) + name + "\n" + table(model.program.inputs()));
      }
    }
  });
}

}  // namespace roundtrip::pt2
