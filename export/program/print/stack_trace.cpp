#include "export/program/print/stack_trace.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "export/program/python/json.h"
#include "export/program/python/text.h"

namespace roundtrip {

namespace {

std::string_view strip(std::string_view text) {
  constexpr std::string_view kSpace = " \t\n\r\f\v";
  auto start = text.find_first_not_of(kSpace);
  if (start == text.npos) return {};
  return text.substr(start, text.find_last_not_of(kSpace) - start + 1);
}

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (true) {
    auto end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == text.npos) return lines;
    text.remove_prefix(end + 1);
  }
}

bool all_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// `File "PATH", line N, in NAME` as `PATH:N in NAME`; nothing for other lines.
std::optional<std::string> parse_frame(std::string_view line) {
  constexpr std::string_view kFile = "File \"", kLine = "\", line ", kIn = ", in ";
  if (!line.starts_with(kFile)) return std::nullopt;
  line.remove_prefix(kFile.size());
  for (auto place = line.rfind(kLine); place != line.npos && place > 0;
       place = line.rfind(kLine, place - 1)) {
    auto rest = line.substr(place + kLine.size());
    auto in = rest.find(kIn);
    if (in == rest.npos || !all_digits(rest.substr(0, in))) continue;
    auto name = rest.substr(in + kIn.size());
    if (name.empty()) return std::nullopt;
    std::string frame(line.substr(0, place));
    frame.append(":").append(rest.substr(0, in)).append(" in ").append(name);
    return frame;
  }
  return std::nullopt;
}

/// The innermost frame, with the line of code below it.
std::optional<std::string> summarize(std::string_view stack_trace) {
  auto lines = split_lines(strip(stack_trace));
  for (std::size_t i = lines.size() - 1; i-- > 0;) {
    if (auto frame = parse_frame(strip(lines[i]))) {
      return "File: " + *frame + ", code: " + std::string(strip(lines[i + 1]));
    }
  }
  return std::nullopt;
}

/// `text` cut after 40 characters, as Python counts them.
std::string cut(const std::string& text) {
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    bool starts_character = (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80;
    if (starts_character && ++characters > 40) return text.substr(0, i) + "...";
  }
  return text;
}

/// A user's annotations of a node, from their JSON.
std::string annotation_repr(const std::string& custom) {
  auto json = parse_python_json(custom, "a node's custom metadata");
  if (!json.IsObject() || json.ObjectEmpty()) return {};
  std::string entries;
  for (const auto& [key, value] : json.GetObject()) {
    auto shown = value.IsString() ? json_text(value) : json_repr(value);
    auto brief = cut(shown);
    bool as_it_is = brief.size() == shown.size();
    if (!entries.empty()) entries += ", ";
    entries += json_repr(key) + ": " + (as_it_is ? json_repr(value) : python_repr(brief));
  }
  return " Annotation: {" + entries + "}";
}

const std::string* find(const Metadata& metadata, std::string_view key) {
  auto found = std::find_if(metadata.begin(), metadata.end(),
                            [&](const auto& entry) { return entry.first == key; });
  return found == metadata.end() || found->second.empty() ? nullptr : &found->second;
}

}  // namespace

std::string node_comment(const Metadata* metadata) {
  std::string comment = "#";
  std::optional<std::string> place;
  if (metadata) {
    if (auto* custom = find(*metadata, "custom")) comment += annotation_repr(*custom);
    if (auto* trace = find(*metadata, "stack_trace")) place = summarize(*trace);
  }
  return comment + " " + place.value_or("No stacktrace found for following nodes");
}

}  // namespace roundtrip
