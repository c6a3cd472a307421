#include "export/shapes/graph_operators.h"

#include <ATen/core/jit_type.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <unordered_map>

#include "export/shapes/rules/arithmetic.h"

namespace roundtrip::shapes {
namespace {

using c10::IValue;
using Inputs = std::vector<IValue>;

bool is_size(const IValue& value) {
  return value.isInt() || value.isSymInt();
}

double to_double(const IValue& value) {
  return value.isDouble() ? value.toDouble()
                          : static_cast<double>(to_size(value).guard_int(__FILE__, __LINE__));
}

/// Integers stay symbolic; a float among them makes both floats.
template <typename OnSizes, typename OnFloats>
IValue numeric(const Inputs& in, OnSizes on_sizes, OnFloats on_floats) {
  if (is_size(in.at(0)) && is_size(in.at(1))) return on_sizes(to_size(in[0]), to_size(in[1]));
  return on_floats(to_double(in.at(0)), to_double(in.at(1)));
}

std::size_t list_index(const c10::List<IValue>& list, const IValue& index) {
  const auto count = static_cast<std::int64_t>(list.size());
  std::int64_t i = to_size(index).guard_int(__FILE__, __LINE__);
  if (i < 0) i += count;
  TORCH_CHECK(i >= 0 && i < count, "index ", i, " in a list of ", count);
  return static_cast<std::size_t>(i);
}

bool same_value(const IValue& a, const IValue& b) {
  if (a.isBool() && b.isBool()) return a.toBool() == b.toBool();
  return to_size(a) == to_size(b);
}

bool same_list(const IValue& a, const IValue& b) {
  const auto x = a.toList();
  const auto y = b.toList();
  if (x.size() != y.size()) return false;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!same_value(x.get(i), y.get(i))) return false;
  }
  return true;
}

IValue add(const Inputs& in) {
  if (in.at(0).isString()) return std::string();  // only ever a part of an error's text
  if (in[0].isList()) {
    Inputs items = in[0].toListRef().vec();
    for (const IValue& item : in.at(1).toListRef()) items.push_back(item);
    return make_graph_list(items);
  }
  return numeric(
      in, [](const auto& a, const auto& b) { return IValue(a + b); },
      [](double a, double b) { return IValue(a + b); });
}

IValue subtract(const Inputs& in) {
  return numeric(
      in, [](const auto& a, const auto& b) { return IValue(a - b); },
      [](double a, double b) { return IValue(a - b); });
}

IValue multiply(const Inputs& in) {
  return numeric(
      in, [](const auto& a, const auto& b) { return IValue(a * b); },
      [](double a, double b) { return IValue(a * b); });
}

IValue divide(const Inputs& in) {
  return to_double(in.at(0)) / to_double(in.at(1));
}

IValue divide_floor(const Inputs& in) {
  return floor_divide(to_size(in.at(0)), to_size(in.at(1)));
}

IValue remainder(const Inputs& in) {
  return to_size(in.at(0)) % to_size(in.at(1));
}

IValue negate(const Inputs& in) {
  return in.at(0).isDouble() ? IValue(-in[0].toDouble()) : IValue(c10::SymInt(0) - to_size(in[0]));
}

IValue equal(const Inputs& in) {
  if (in.at(0).isList()) return same_list(in[0], in.at(1));
  return same_value(in[0], in.at(1));
}

IValue not_equal(const Inputs& in) {
  return !equal(in).toBool();
}

IValue less(const Inputs& in) {
  return numeric(
      in, [](const auto& a, const auto& b) { return IValue(a < b); },
      [](double a, double b) { return IValue(a < b); });
}

IValue greater(const Inputs& in) {
  return less({in.at(1), in.at(0)});
}

IValue less_equal(const Inputs& in) {
  return numeric(
      in, [](const auto& a, const auto& b) { return IValue(a <= b); },
      [](double a, double b) { return IValue(a <= b); });
}

IValue greater_equal(const Inputs& in) {
  return less_equal({in.at(1), in.at(0)});
}

IValue maximum(const Inputs& in) {
  return to_size(in.at(0)).max(to_size(in.at(1)));
}

IValue minimum(const Inputs& in) {
  return to_size(in.at(0)).min(to_size(in.at(1)));
}

IValue logical_not(const Inputs& in) {
  return !in.at(0).toBool();
}

IValue is_same(const Inputs& in) {
  return in.at(0).isNone() == in.at(1).isNone();  // only ever compared with None
}

IValue is_not_same(const Inputs& in) {
  return !is_same(in).toBool();
}

IValue length(const Inputs& in) {
  return static_cast<std::int64_t>(in.at(0).toListRef().size());
}

IValue get_item(const Inputs& in) {
  const auto list = in.at(0).toList();
  return list.get(list_index(list, in.at(1)));
}

IValue set_item(const Inputs& in) {
  auto list = in.at(0).toList();
  list.set(list_index(list, in.at(1)), in.at(2));
  return in[0];
}

IValue append(const Inputs& in) {
  in.at(0).toList().push_back(in.at(1));
  return in[0];
}

IValue insert(const Inputs& in) {
  auto list = in.at(0).toList();
  const auto count = static_cast<std::int64_t>(list.size());
  std::int64_t at = to_size(in.at(1)).guard_int(__FILE__, __LINE__);
  if (at < 0) at += count;
  list.insert(list.begin() + std::clamp<std::int64_t>(at, 0, count), in.at(2));
  return in[0];
}

IValue contains(const Inputs& in) {
  for (const IValue& item : in.at(0).toListRef()) {
    if (same_value(item, in.at(1))) return true;
  }
  return false;
}

IValue slice(const Inputs& in) {
  const auto items = in.at(0).toListRef();
  const auto count = static_cast<std::int64_t>(items.size());
  const auto bound = [&](const IValue& value, std::int64_t fallback) {
    if (value.isNone()) return fallback;
    const std::int64_t i = to_size(value).guard_int(__FILE__, __LINE__);
    return std::clamp<std::int64_t>(i < 0 ? i + count : i, 0, count);
  };
  Inputs picked;
  const std::int64_t end = bound(in.at(2), count);
  const std::int64_t step = to_size(in.at(3)).guard_int(__FILE__, __LINE__);
  for (std::int64_t i = bound(in.at(1), 0); i < end; i += step) {
    picked.push_back(items[static_cast<std::size_t>(i)]);
  }
  return make_graph_list(picked);
}

IValue range_length(const Inputs& in) {
  const c10::SymInt low = to_size(in.at(0));
  const c10::SymInt high = to_size(in.at(1));
  const c10::SymInt step = to_size(in.at(2));
  if (step > 0) return low < high ? IValue(floor_divide(high - 1 - low, step) + 1) : IValue(0);
  return low > high ? IValue(floor_divide(low - 1 - high, c10::SymInt(0) - step) + 1) : IValue(0);
}

IValue derive_index(const Inputs& in) {
  return to_size(in.at(1)) + to_size(in.at(0)) * to_size(in.at(2));
}

IValue ceiling(const Inputs& in) {
  if (is_size(in.at(0))) return in[0];
  return static_cast<std::int64_t>(std::ceil(in[0].toDouble()));
}

IValue to_integer(const Inputs& in) {
  if (is_size(in.at(0))) return in[0];
  return static_cast<std::int64_t>(to_double(in[0]));
}

IValue to_float(const Inputs& in) {
  return to_double(in.at(0));
}

IValue first_input(const Inputs& in) {
  return in.at(0);
}

IValue error_text(const Inputs&) {
  return std::string();
}

IValue raise(const Inputs&) {
  TORCH_CHECK(false, "the operator's shape function refuses these sizes");
}

}  // namespace

IValue make_graph_list(const std::vector<IValue>& items) {
  c10::impl::GenericList list(c10::AnyType::get());
  for (const IValue& item : items) list.push_back(item);
  return list;
}

GraphOperator find_graph_operator(std::string_view kind) {
  static const std::unordered_map<std::string_view, GraphOperator> operators = {
      {"aten::add", add},
      {"aten::sub", subtract},
      {"aten::mul", multiply},
      {"aten::div", divide},
      {"aten::floordiv", divide_floor},
      {"aten::remainder", remainder},
      {"aten::neg", negate},
      {"aten::eq", equal},
      {"aten::ne", not_equal},
      {"aten::lt", less},
      {"aten::gt", greater},
      {"aten::le", less_equal},
      {"aten::ge", greater_equal},
      {"prim::max", maximum},
      {"prim::min", minimum},
      {"aten::__not__", logical_not},
      {"aten::__is__", is_same},
      {"aten::__isnot__", is_not_same},
      {"aten::len", length},
      {"aten::__getitem__", get_item},
      {"aten::_set_item", set_item},
      {"aten::append", append},
      {"aten::insert", insert},
      {"aten::__contains__", contains},
      {"aten::slice", slice},
      {"aten::__range_length", range_length},
      {"aten::__derive_index", derive_index},
      {"aten::ceil", ceiling},
      {"aten::Int", to_integer},
      {"aten::Float", to_float},
      {"prim::unchecked_cast", first_input},
      {"aten::format", error_text},
      {"prim::RaiseException", raise},
  };
  const auto found = operators.find(kind);
  return found == operators.end() ? nullptr : found->second;
}

}  // namespace roundtrip::shapes
