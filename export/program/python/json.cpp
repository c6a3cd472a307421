#include "export/program/python/json.h"

#include <c10/util/StringUtil.h>
#include <rapidjson/error/en.h>
#include <roundtrip/error.h>

#include "export/program/python/text.h"

namespace roundtrip {

namespace {

constexpr int kMaxJsonDepth = 128;

/// How a JSON value is written back: as json.dumps or as Python's repr.
struct Spelling {
  const char* null;
  const char* true_;
  const char* false_;
  std::string (*string)(std::string_view);
  std::string (*number)(double);
};

std::string json_number(double value) {
  auto text = python_repr(value);
  if (text == "nan") return "NaN";
  if (text.ends_with("inf")) return text.substr(0, text.size() - 3) + "Infinity";
  return text;
}

const Spelling kJson{"null", "true", "false", json_quote, json_number};
const Spelling kRepr{"None", "True", "False", python_repr, python_repr};

std::string spell(const rapidjson::Value& json, const Spelling& spelling, int depth);

std::string spell_array(const rapidjson::Value& json, const Spelling& spelling, int depth) {
  std::string text;
  for (const auto& item : json.GetArray()) {
    text += (text.empty() ? "" : ", ") + spell(item, spelling, depth);
  }
  return "[" + text + "]";
}

std::string spell_object(const rapidjson::Value& json, const Spelling& spelling, int depth) {
  std::string text;
  for (const auto& [name, value] : json.GetObject()) {
    text += (text.empty() ? "" : ", ") + spelling.string(json_text(name)) + ": " +
            spell(value, spelling, depth);
  }
  return "{" + text + "}";
}

std::string spell(const rapidjson::Value& json, const Spelling& spelling, int depth = 0) {
  if (depth > kMaxJsonDepth) throw ProgramError("JSON that is nested too deeply");
  if (json.IsArray()) return spell_array(json, spelling, depth + 1);
  if (json.IsObject()) return spell_object(json, spelling, depth + 1);
  if (json.IsString()) return spelling.string(json_text(json));
  if (json.IsInt64()) return std::to_string(json.GetInt64());
  if (json.IsUint64()) return std::to_string(json.GetUint64());
  if (json.IsDouble()) return spelling.number(json.GetDouble());
  return json.IsNull() ? spelling.null : json.IsTrue() ? spelling.true_ : spelling.false_;
}

}  // namespace

rapidjson::Document parse_python_json(std::string_view text, const std::string& where) {
  rapidjson::Document document;
  constexpr unsigned kFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseFullPrecisionFlag |
                              rapidjson::kParseNanAndInfFlag;
  document.Parse<kFlags>(text.data(), text.size());
  if (document.HasParseError()) {
    throw ProgramError(c10::str(where, ": bad JSON at character ", document.GetErrorOffset(), ": ",
                                rapidjson::GetParseError_En(document.GetParseError())));
  }
  return document;
}

std::string json_dumps(const rapidjson::Value& json) {
  return spell(json, kJson);
}

std::string json_repr(const rapidjson::Value& json) {
  return spell(json, kRepr);
}

std::string json_text(const rapidjson::Value& string) {
  return {string.GetString(), string.GetStringLength()};
}

}  // namespace roundtrip
