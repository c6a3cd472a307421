#pragma once

#include <rapidjson/document.h>
#include <roundtrip/error.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace roundtrip::json {

/// A parsed record: what views look at.
struct Document {
  std::string record;  ///< the archive record's name, for errors
  std::string text;    ///< parsed in place: the strings of `root` lie in it
  rapidjson::Document root;
};

/// Throws `ArchiveError` with line and column for text that is not JSON.
/// The text may be as deep as it likes.
Document parse(std::string record, std::string_view text);

/// One JSON value and the way that led to it, kept on the stack of whoever walks
/// down a document. Every accessor throws `ArchiveError` naming record and path
/// when the value is of another type.
class View {
 public:
  explicit View(const Document& document) : document_(document), value_(document.root) {}
  View member(std::string_view key, const rapidjson::Value& value) const {
    return View(*this, key, 0, value);
  }
  View element(std::size_t index, const rapidjson::Value& value) const {
    return View(*this, {}, index, value);
  }

  const rapidjson::Value& value() const { return value_; }
  bool is_null() const { return value_.IsNull(); }
  bool to_bool() const;
  std::int64_t to_int() const;
  double to_double() const;  ///< also an int, or the name of a non-finite number
  std::string_view to_string() const;
  rapidjson::Value::ConstArray array() const;
  rapidjson::Value::ConstObject object() const;

  /// Throws if two members of the object have the same key.
  void check_unique_keys() const;

  [[noreturn]] void fail(const std::string& reason) const;

 private:
  View(const View& parent, std::string_view key, std::size_t index, const rapidjson::Value& value);

  [[noreturn]] void fail_type(const char* expected) const;
  void append_path(std::string& out) const;

  const Document& document_;
  const rapidjson::Value& value_;
  const View* parent_ = nullptr;
  std::string_view key_;  ///< null for an element of an array
  std::size_t index_ = 0;
  int depth_ = 0;
};

/// The member's key as text.
inline std::string_view key_of(const rapidjson::Value::Member& member) {
  return {member.name.GetString(), member.name.GetStringLength()};
}

/// Appends the value as Python's `json.dumps` would.
void append_value(std::string& out, const View& view);

}  // namespace roundtrip::json
