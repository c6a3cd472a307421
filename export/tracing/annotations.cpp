#include "export/tracing/annotations.h"

#include <rapidjson/document.h>
#include <roundtrip/annotate.h>
#include <roundtrip/error.h>

#include "export/program/python/json.h"

namespace roundtrip {
namespace {

using Json = rapidjson::Value;
using Allocator = rapidjson::Document::AllocatorType;

thread_local const std::string* text_of_thread = nullptr;

Json to_json(const Value& value, Allocator& allocator);

Json json_string(const std::string& text, Allocator& allocator) {
  return Json(text.data(), static_cast<rapidjson::SizeType>(text.size()), allocator);
}

Json container_to_json(const Container& container, Allocator& allocator) {
  const bool is_dict = container.type == "builtins.dict";
  if (!is_dict && container.type != "builtins.list" && container.type != "builtins.tuple") {
    throw Error("an annotation cannot hold a " + container.type);
  }
  Json json(is_dict ? rapidjson::kObjectType : rapidjson::kArrayType);
  for (std::size_t i = 0; i < container.items.size(); ++i) {
    Json item = to_json(container.items[i], allocator);
    if (is_dict) {
      json.AddMember(json_string(container.keys[i].string(), allocator), item, allocator);
    } else {
      json.PushBack(item, allocator);
    }
  }
  return json;
}

Json to_json(const Value& value, Allocator& allocator) {
  if (value.is_none()) return Json();
  if (value.is_bool()) return Json(value.to_bool());
  if (value.is_int()) return Json(value.to_int());
  if (value.is_double()) return Json(value.to_double());
  if (value.is_string()) return json_string(value.string(), allocator);
  if (value.is_container()) return container_to_json(value.container(), allocator);
  throw Error("an annotation cannot hold a " + value.type_name());
}

}  // namespace

struct Annotate::State {
  explicit State(const Entries& added) : outer(text_of_thread) {
    rapidjson::Document json;
    if (outer != nullptr) {
      json = parse_python_json(*outer, "an annotation");
    } else {
      json.SetObject();
    }
    for (const auto& [name, value] : added) {
      Json key = json_string(name, json.GetAllocator());
      Json item = to_json(value, json.GetAllocator());
      const auto known = json.FindMember(key);
      if (known == json.MemberEnd()) {
        json.AddMember(key, item, json.GetAllocator());
      } else {
        known->value = item;
      }
    }
    text = json_dumps(json);
    text_of_thread = &text;
  }
  ~State() { text_of_thread = outer; }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  std::string text;
  const std::string* outer;
};

Annotate::Annotate(const Entries& entries) : state_(std::make_unique<State>(entries)) {
}

Annotate::~Annotate() = default;

const std::string& current_annotations() {
  static const std::string kNone;
  return text_of_thread == nullptr ? kNone : *text_of_thread;
}

}  // namespace roundtrip
