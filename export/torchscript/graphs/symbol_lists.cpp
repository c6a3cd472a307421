#include "export/torchscript/graphs/symbol_lists.h"

#include <algorithm>
#include <unordered_map>

namespace roundtrip {
namespace {

using c10::IValue;
using Items = c10::ArrayRef<IValue>;

bool is_whole(const IValue& number) {
  return number.isInt() || number.isSymInt();
}

bool same(const IValue& a, const IValue& b) {
  return a.toSymInt() == b.toSymInt();
}

/// With a guard for each pair.
IValue equal_lists(const jit::Stack& arguments) {
  const Items left = arguments[0].toListRef();
  const Items right = arguments[1].toListRef();
  return left.size() == right.size() && std::equal(left.begin(), left.end(), right.begin(), same);
}

IValue unequal_lists(const jit::Stack& arguments) {
  return !equal_lists(arguments).toBool();
}

IValue contains(const jit::Stack& arguments) {
  const Items items = arguments[0].toListRef();
  return std::any_of(items.begin(), items.end(),
                     [&](const IValue& item) { return same(item, arguments[1]); });
}

template <typename Combine>
IValue fold(const jit::Stack& arguments, Combine combine) {
  const Items items = arguments[0].toListRef();
  c10::SymInt result = items.front().toSymInt();
  for (const IValue& item : items.slice(1)) result = combine(result, item.toSymInt());
  return result;
}

IValue least(const jit::Stack& arguments) {
  return fold(arguments, [](const c10::SymInt& a, const c10::SymInt& b) { return a.min(b); });
}

IValue greatest(const jit::Stack& arguments) {
  return fold(arguments, [](const c10::SymInt& a, const c10::SymInt& b) { return a.max(b); });
}

IValue total(const jit::Stack& arguments) {
  return fold(arguments, [](const c10::SymInt& a, const c10::SymInt& b) { return a + b; });
}

struct Rule {
  std::size_t lists;
  std::size_t numbers;  ///< after the lists
  IValue (*function)(const jit::Stack&);
};

const Rule* find_rule(c10::Symbol kind) {
  static const std::unordered_map<c10::Symbol, Rule> kTable = {
      {c10::aten::eq, {2, 0, equal_lists}}, {c10::aten::ne, {2, 0, unequal_lists}},
      {c10::prim::min, {1, 0, least}},      {c10::prim::max, {1, 0, greatest}},
      {c10::aten::sum, {1, 0, total}},      {c10::aten::__contains__, {1, 1, contains}},
  };
  const auto found = kTable.find(kind);
  return found == kTable.end() ? nullptr : &found->second;
}

}  // namespace

std::optional<IValue> answer_about_lists(c10::Symbol kind, const jit::Stack& arguments) {
  const Rule* rule = find_rule(kind);
  if (rule == nullptr || arguments.size() != rule->lists + rule->numbers) return std::nullopt;
  bool symbolic = false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i].isList() != (i < rule->lists)) return std::nullopt;
    const Items numbers = arguments[i].isList() ? arguments[i].toListRef() : Items(arguments[i]);
    if (!std::all_of(numbers.begin(), numbers.end(), is_whole)) return std::nullopt;
    symbolic = symbolic || std::any_of(numbers.begin(), numbers.end(),
                                       [](const IValue& number) { return number.isSymInt(); });
  }
  return symbolic ? std::optional(rule->function(arguments)) : std::nullopt;
}

}  // namespace roundtrip
