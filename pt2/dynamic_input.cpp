#include "pt2/dynamic_input.h"

#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>
#include <string_view>

#include "pt2/arguments.h"

namespace roundtrip::pt2 {
namespace {

[[noreturn]] void refuse_dynamic(const std::string& text, const std::string& reason) {
  throw UsageError("--dynamic '" + text + "': " + reason +
                   "; write x:0=batch, x:0=batch[1..64], y:1=2*batch+1 or x:2=AUTO");
}

struct Bounds {
  std::optional<std::int64_t> min;
  std::optional<std::int64_t> max;
  bool operator==(const Bounds&) const = default;
};

/// A size as it is written: `factor * name + offset`, within bounds.
struct SizeText {
  std::string name;
  std::int64_t factor = 1;
  std::int64_t offset = 0;
  std::optional<Bounds> bounds;

  bool is_derived() const { return factor != 1 || offset != 0; }
};

/// Reads one option from left to right.
class Reader {
 public:
  explicit Reader(const std::string& text) : text_(text), rest_(text) {}

  /// Up to one of `ends`, which stays.
  std::string word(std::string_view ends, const std::string& what) {
    const std::string found(rest_.substr(0, rest_.find_first_of(ends)));
    if (found.empty()) refuse_dynamic(text_, what + " is missing" + place());
    rest_.remove_prefix(found.size());
    return found;
  }

  bool skip(std::string_view mark) {
    if (!rest_.starts_with(mark)) return false;
    rest_.remove_prefix(mark.size());
    return true;
  }

  void expect(std::string_view mark) {
    if (!skip(mark)) refuse_dynamic(text_, "a '" + std::string(mark) + "' is missing" + place());
  }

  std::int64_t number() {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc() || value < 0) {
      refuse_dynamic(text_, "a whole number is missing or too large" + place());
    }
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }

  bool at_digit() const {
    return !rest_.empty() && std::isdigit(static_cast<unsigned char>(rest_.front())) != 0;
  }

  SizeText size() {
    SizeText size;
    if (at_digit()) {
      size.factor = number();
      expect("*");
    }
    size.name = word("[+-", "the name of the size");
    if (skip("+")) size.offset = number();
    if (skip("-")) size.offset = -number();
    if (skip("[")) size.bounds = bounds();
    if (!rest_.empty()) refuse_dynamic(text_, "'" + std::string(rest_) + "' is too much");
    return size;
  }

 private:
  Bounds bounds() {
    Bounds bounds;
    if (at_digit()) bounds.min = number();
    expect("..");
    if (at_digit()) bounds.max = number();
    expect("]");
    return bounds;
  }

  std::string place() const {
    return " at character " + std::to_string(text_.size() - rest_.size() + 1);
  }

  const std::string& text_;
  std::string_view rest_;
};

/// Makes the sizes that options name, one for each name.
class Sizes {
 public:
  void declare(const std::string& text, const SizeText& size) {
    if (!size.bounds || is_mode(size.name)) return;
    if (size.is_derived()) {
      refuse_dynamic(text, "the bounds of '" + size.name + "' belong where it stands alone");
    }
    const auto [known, is_new] = bounds_.emplace(size.name, *size.bounds);
    if (!is_new && known->second != *size.bounds) {
      refuse_dynamic(text, "'" + size.name + "' has other bounds in another --dynamic");
    }
  }

  Dim make(const std::string& text, const SizeText& size) const {
    try {
      return is_mode(size.name) ? mode(text, size) : named(size);
    } catch (const Error& error) {
      refuse_dynamic(text, error.what());
    }
  }

 private:
  static bool is_mode(const std::string& name) {
    std::string upper;
    for (const char c : name)
      upper += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return upper == "AUTO" || upper == "DYNAMIC";
  }

  static Dim mode(const std::string& text, const SizeText& size) {
    if (size.name != "AUTO" && size.name != "DYNAMIC") {
      refuse_dynamic(text, "'" + size.name + "' is written AUTO or DYNAMIC, in capitals");
    }
    if (size.is_derived()) refuse_dynamic(text, "only of a named size is another one a function");
    const Dim& dim = size.name == "AUTO" ? Dim::AUTO : Dim::DYNAMIC;
    return size.bounds ? dim(size.bounds->min, size.bounds->max) : dim;
  }

  Dim named(const SizeText& size) const {
    const auto known = bounds_.find(size.name);
    const Bounds bounds = known == bounds_.end() ? Bounds{} : known->second;
    Dim dim(size.name, bounds.min, bounds.max);
    if (size.factor != 1) dim = size.factor * dim;
    if (size.offset > 0) dim = dim + size.offset;
    if (size.offset < 0) dim = dim - -size.offset;
    return dim;
  }

  std::map<std::string, Bounds> bounds_;
};

using Entries = std::vector<const DynamicInput*>;

std::string text_of(const Value& key, std::size_t index) {
  if (key.is_string()) return key.string();
  return key.is_int() ? std::to_string(key.to_int()) : std::to_string(index);
}

void check_example(const DynamicInput& entry, std::int64_t size) {
  if (entry.size.kind() == Dim::Kind::derived) return;
  if (size >= entry.size.min().value_or(size) && size <= entry.size.max().value_or(size)) return;
  refuse_dynamic(entry.text, "the example input's size is " + std::to_string(size) +
                                 ", which is outside of the bounds");
}

/// Says what is dynamic in one input.
class SpecMaker {
 public:
  ShapeSpec make(const Value& value, const Entries& entries, std::size_t depth) const {
    if (entries.empty()) return {};
    if (value.is_container()) return container(value.container(), entries, depth);
    for (const DynamicInput* entry : entries) {
      if (entry->items.size() > depth) {
        refuse_dynamic(entry->text,
                       "a " + value.type_name() + " has no item '" + entry->items[depth] + "'");
      }
    }
    if (value.is_tensor()) return tensor(value.tensor(), entries);
    if (value.is_int()) return number(value.to_int(), entries);
    refuse_dynamic(entries[0]->text, "a " + value.type_name() + " cannot be dynamic");
  }

 private:
  static ShapeSpec tensor(const at::Tensor& tensor, const Entries& entries) {
    ShapeSpec::Dims dims;
    for (const DynamicInput* entry : entries) {
      if (!entry->dimension)
        refuse_dynamic(entry->text, "it is a tensor, so a dimension is missing");
      if (*entry->dimension >= tensor.dim()) {
        refuse_dynamic(entry->text, "the example input has " + std::to_string(tensor.dim()) +
                                        " dimensions, numbered from 0");
      }
      const auto same = [&](const auto& dim) { return dim.first == *entry->dimension; };
      if (std::any_of(dims.begin(), dims.end(), same)) {
        refuse_dynamic(entry->text, "another --dynamic is about this dimension");
      }
      check_example(*entry, tensor.size(*entry->dimension));
      dims.emplace_back(*entry->dimension, entry->size);
    }
    return dims;
  }

  static ShapeSpec number(std::int64_t number, const Entries& entries) {
    if (entries[0]->dimension)
      refuse_dynamic(entries[0]->text, "it is a number, which has no dimensions");
    if (entries.size() > 1)
      refuse_dynamic(entries[1]->text, "another --dynamic is about this number");
    check_example(*entries[0], number);
    return entries[0]->size;
  }

  ShapeSpec container(const Container& container, const Entries& entries, std::size_t depth) const {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < container.items.size(); ++i) {
      names.push_back(text_of(i < container.keys.size() ? container.keys[i] : Value(), i));
    }
    for (const DynamicInput* entry : entries) {
      if (entry->items.size() > depth &&
          std::find(names.begin(), names.end(), entry->items[depth]) != names.end()) {
        continue;
      }
      refuse_dynamic(entry->text,
                     "of this container an item has to be named by '.': " + c10::Join(", ", names));
    }
    ShapeSpec::Items specs{container.type, container.keys, {}};
    for (std::size_t i = 0; i < container.items.size(); ++i) {
      Entries own;
      for (const DynamicInput* entry : entries) {
        if (entry->items[depth] == names[i]) own.push_back(entry);
      }
      specs.items.push_back(make(container.items[i], own, depth + 1));
    }
    return specs;
  }
};

}  // namespace

std::vector<DynamicInput> parse_dynamic(const std::vector<std::string>& texts) {
  std::vector<DynamicInput> dynamic;
  std::vector<SizeText> size_texts;
  Sizes sizes;
  for (const std::string& text : texts) {
    Reader reader(text);
    DynamicInput entry{text, reader.word(".:=", "the name of the input"), {}, {}};
    while (reader.skip(".")) entry.items.push_back(reader.word(".:=", "the name of an item"));
    if (reader.skip(":")) entry.dimension = reader.number();
    reader.expect("=");
    size_texts.push_back(reader.size());
    sizes.declare(text, size_texts.back());
    dynamic.push_back(std::move(entry));
  }
  for (std::size_t i = 0; i < dynamic.size(); ++i) {
    dynamic[i].size = sizes.make(dynamic[i].text, size_texts[i]);
  }
  return dynamic;
}

DynamicShapes dynamic_shapes(const std::vector<DynamicInput>& dynamic, const Module& model,
                             const Values& inputs) {
  if (dynamic.empty()) return {};
  std::vector<std::string> names;
  for (std::size_t i = 0; i < inputs.size(); ++i) names.push_back(model.arg_name(i));
  for (const DynamicInput& entry : dynamic) {
    if (std::find(names.begin(), names.end(), entry.input) != names.end()) continue;
    refuse_dynamic(entry.text, names.empty() ? "no example input is given"
                                             : "there is no input '" + entry.input + "' but " +
                                                   c10::Join(", ", names));
  }
  DynamicShapes::ByName specs;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    Entries own;
    for (const DynamicInput& entry : dynamic) {
      if (entry.input == names[i]) own.push_back(&entry);
    }
    specs.emplace_back(names[i], SpecMaker().make(inputs[i], own, 0));
  }
  return specs;
}

}  // namespace roundtrip::pt2
