#include "export/archive/json_view.h"

#include <c10/util/StringUtil.h>
#include <rapidjson/error/en.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "export/archive/json_text.h"

namespace roundtrip::json {
namespace {

/// Deep enough for 60 nested subgraphs, shallow enough for any stack.
constexpr int kMaxDepth = 500;

[[noreturn]] void fail_syntax(const std::string& record, std::string_view text, std::size_t offset,
                              const char* reason) {
  std::string_view before = text.substr(0, offset);
  auto line = 1 + std::count(before.begin(), before.end(), '\n');
  auto column = 1 + offset - (before.rfind('\n') + 1);  // npos + 1 is 0
  throw ArchiveError(record, c10::str("line ", line, " column ", column, " (byte ", offset,
                                      "): not valid JSON: ", reason));
}

const char* type_name(const rapidjson::Value& value) {
  switch (value.GetType()) {
    case rapidjson::kNullType:
      return "null";
    case rapidjson::kFalseType:
    case rapidjson::kTrueType:
      return "a boolean";
    case rapidjson::kObjectType:
      return "an object";
    case rapidjson::kArrayType:
      return "an array";
    case rapidjson::kStringType:
      return "a string";
    default:
      return value.IsDouble() ? "a fractional or very large number" : "an integer";
  }
}

}  // namespace

Document parse(std::string record, std::string_view text) {
  Document document{.record = std::move(record), .text = std::string(text), .root = {}};
  constexpr unsigned kFlags = rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag |
                              rapidjson::kParseFullPrecisionFlag |
                              rapidjson::kParseValidateEncodingFlag |
                              rapidjson::kParseNanAndInfFlag;
  // The parser stops at a NUL, which no JSON text contains.
  std::size_t nul = text.find('\0');
  if (nul != text.npos) fail_syntax(document.record, text, nul, "a NUL byte");
  rapidjson::InsituStringStream stream(document.text.data());
  document.root.ParseStream<kFlags>(stream);
  if (document.root.HasParseError())
    fail_syntax(document.record, text, document.root.GetErrorOffset(),
                rapidjson::GetParseError_En(document.root.GetParseError()));
  return document;
}

View::View(const View& parent, std::string_view key, std::size_t index,
           const rapidjson::Value& value)
    : document_(parent.document_),
      value_(value),
      parent_(&parent),
      key_(key),
      index_(index),
      depth_(parent.depth_ + 1) {
  if (depth_ > kMaxDepth) fail(c10::str("nested deeper than ", kMaxDepth, " levels"));
}

bool View::to_bool() const {
  if (!value_.IsBool()) fail_type("a boolean");
  return value_.GetBool();
}

std::int64_t View::to_int() const {
  if (value_.IsUint64() && !value_.IsInt64()) fail("the integer does not fit into 64 bits");
  if (!value_.IsInt64()) fail_type("an integer of 64 bits");
  return value_.GetInt64();
}

double View::to_double() const {
  if (value_.IsNumber()) return value_.GetDouble();
  if (value_.IsString()) {
    std::string_view text = to_string();
    if (text == "Infinity") return std::numeric_limits<double>::infinity();
    if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
    if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  }
  fail_type("a number, \"Infinity\", \"-Infinity\" or \"NaN\"");
}

std::string_view View::to_string() const {
  if (!value_.IsString()) fail_type("a string");
  return {value_.GetString(), value_.GetStringLength()};
}

rapidjson::Value::ConstArray View::array() const {
  if (!value_.IsArray()) fail_type("an array");
  return value_.GetArray();
}

rapidjson::Value::ConstObject View::object() const {
  if (!value_.IsObject()) fail_type("an object");
  return value_.GetObject();
}

void View::check_unique_keys() const {
  std::vector<std::string_view> keys;
  for (const auto& member : object()) keys.push_back(key_of(member));
  std::sort(keys.begin(), keys.end());
  auto twice = std::adjacent_find(keys.begin(), keys.end());
  if (twice != keys.end()) fail(c10::str("the key '", *twice, "' occurs twice"));
}

void View::fail(const std::string& reason) const {
  std::string path;
  append_path(path);
  throw ArchiveError(document_.record, path.empty() ? reason : path + ": " + reason);
}

void View::fail_type(const char* expected) const {
  fail(c10::str("expected ", expected, ", found ", type_name(value_)));
}

void View::append_path(std::string& out) const {
  if (!parent_) return;
  parent_->append_path(out);
  if (!key_.data()) {
    out += c10::str("[", index_, "]");
  } else {
    if (!out.empty()) out += '.';
    out += key_;
  }
}

namespace {

void append_array(std::string& out, const View& view) {
  out += '[';
  std::size_t index = 0;
  for (const auto& value : view.array()) {
    if (index) out += ", ";
    append_value(out, view.element(index++, value));
  }
  out += ']';
}

void append_object(std::string& out, const View& view) {
  out += '{';
  bool first = true;
  for (const auto& member : view.object()) {
    if (!first) out += ", ";
    first = false;
    append_string(out, key_of(member));
    out += ": ";
    append_value(out, view.member(key_of(member), member.value));
  }
  out += '}';
}

}  // namespace

void append_value(std::string& out, const View& view) {
  const rapidjson::Value& value = view.value();
  if (value.IsNull()) {
    out += "null";
  } else if (value.IsBool()) {
    append_bool(out, value.GetBool());
  } else if (value.IsString()) {
    append_string(out, view.to_string());
  } else if (value.IsArray()) {
    append_array(out, view);
  } else if (value.IsObject()) {
    append_object(out, view);
  } else if (value.IsInt64()) {
    append_int(out, value.GetInt64());
  } else if (value.IsUint64()) {
    out += std::to_string(value.GetUint64());
  } else {
    append_double(out, value.GetDouble());
  }
}

}  // namespace roundtrip::json
