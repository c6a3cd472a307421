#include "arguments.h"

#include <algorithm>
#include <array>

namespace roundtrip::fuzz {
namespace {

using c10::IValue;
using c10::TypeKind;

bool has_part(const std::string& name, std::initializer_list<const char*> parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](const char* part) { return name.find(part) != std::string::npos; });
}

}  // namespace

std::optional<std::vector<Argument>> Arguments::draw(const c10::FunctionSchema& schema,
                                                     std::optional<Ref> self) {
  std::vector<Argument> arguments;
  rank_ = 1;
  if (self) {
    arguments.push_back(*self);
    rank_ = std::max<std::int64_t>(1, values_[self->index].dim());
  }
  for (std::size_t i = arguments.size(); i < schema.arguments().size(); ++i) {
    auto argument = draw_one(schema.arguments()[i]);
    if (!argument) return std::nullopt;
    arguments.push_back(std::move(*argument));
  }
  return arguments;
}

std::optional<Argument> Arguments::draw_one(const c10::Argument& declared) {
  const bool written = declared.alias_info() != nullptr && declared.alias_info()->isWrite();
  if (written) return written_tensor();
  if (declared.default_value() && random_.percent(60)) return *declared.default_value();
  c10::TypePtr type = declared.real_type();
  if (const auto optional = type->cast<c10::OptionalType>()) {
    if (random_.percent(65)) return IValue();
    type = optional->getElementType();
  }
  return of_type(*type, declared.name());
}

std::optional<Argument> Arguments::of_type(const c10::Type& type, const std::string& name) {
  switch (type.kind()) {
    case TypeKind::TensorType:
      return tensor(name);
    case TypeKind::BoolType:
      return IValue(random_.percent(50));
    case TypeKind::FloatType:
      return IValue(random_.pick(std::array{0.5, 1.0, 2.0, -1.0, 0.1}));
    case TypeKind::NumberType:
      if (random_.percent(25)) return size();
      return random_.percent(50) ? IValue(random_.between(-2, 3))
                                 : IValue(random_.pick(std::array{0.5, 1.5, -2.0}));
    case TypeKind::IntType:
      return IValue(integer(name));
    case TypeKind::SymIntType:
      return size();
    case TypeKind::StringType:
      return text(name);
    case TypeKind::ScalarTypeType:
      return IValue(static_cast<std::int64_t>(random_.pick(
          std::array{at::kFloat, at::kDouble, at::kLong, at::kInt, at::kBool, at::kHalf})));
    case TypeKind::ListType:
      return list(*type.expectRef<c10::ListType>().getElementType(), name);
    default:
      return std::nullopt;
  }
}

std::optional<Argument> Arguments::list(const c10::Type& element, const std::string& name) {
  const std::int64_t count = random_.between(1, 3);
  switch (element.kind()) {
    case TypeKind::TensorType: {
      std::vector<Ref> refs;
      for (std::int64_t i = 0; i < count; ++i) refs.push_back(tensor(name));
      return refs;
    }
    case TypeKind::OptionalType: {
      std::vector<std::optional<Ref>> refs;
      for (std::int64_t i = 0; i < count; ++i) {
        refs.push_back(random_.percent(40) ? std::nullopt : std::optional(tensor("index")));
      }
      return refs;
    }
    case TypeKind::SymIntType:
      return sizes(name);
    case TypeKind::IntType: {
      c10::List<std::int64_t> items;
      const std::int64_t most = name.find("dim") == std::string::npos ? count : rank_;
      for (std::int64_t i = 0; i < most; ++i) items.push_back(integer(name));
      return IValue(items);
    }
    case TypeKind::FloatType:
      return IValue(c10::List<double>({1.5, 2.0}));
    case TypeKind::BoolType:
      return IValue(c10::List<bool>({true, false, true}));
    default:
      return std::nullopt;
  }
}

Ref Arguments::tensor(const std::string& name) {
  const bool index = has_part(name, {"index", "indices"});
  const bool condition = has_part(name, {"condition", "mask"});
  Ref ref{0};
  for (int i = 0; i < 6; ++i) {
    const auto last = static_cast<std::int64_t>(values_.size()) - 1;
    ref.index = static_cast<std::size_t>(
        random_.between(random_.percent(50) ? std::max<std::int64_t>(0, last - 3) : 0, last));
    const at::ScalarType dtype = values_[ref.index].scalar_type();
    if (index ? dtype == at::kLong : condition ? dtype == at::kBool : dtype != at::kBool) break;
  }
  rank_ = std::max<std::int64_t>(1, values_[ref.index].dim());
  return ref;
}

/// Seldom an input.
Ref Arguments::written_tensor() {
  Ref ref = tensor("self");
  if (ref.index < given_ && !random_.percent(15)) ref = tensor("self");
  return ref;
}

std::int64_t Arguments::integer(const std::string& name) {
  if (has_part(name, {"dim", "axis"})) return random_.between(-rank_, rank_ - 1);
  if (has_part(name, {"mode", "reduction"})) return random_.between(0, 2);
  if (has_part(name, {"kernel", "stride", "dilation", "groups"})) return random_.between(1, 2);
  return random_.between(-1, 3);
}

std::optional<SizeOf> Arguments::size_of_any() {
  const Ref ref = tensor();
  const std::int64_t rank = values_[ref.index].dim();
  if (rank == 0) return std::nullopt;
  return SizeOf{ref, random_.between(0, rank - 1)};
}

Size Arguments::size() {
  if (random_.percent(40)) return {.add = random_.between(-1, 4)};
  Size size{.of = size_of_any()};
  if (!size.of) return {.add = random_.between(1, 3)};
  if (random_.percent(20)) size.factor = random_.pick(std::array{2, 3, -1});
  if (random_.percent(30)) size.add = random_.between(-2, 2);
  if (random_.percent(25)) {
    size.operation = random_.pick(std::array{'+', '-', '*', '/', '%', '<', '>'});
    size.other = size_of_any();
  }
  return size;
}

std::vector<Size> Arguments::sizes(const std::string& name) {
  if (has_part(name, {"size", "shape"}) && !random_.percent(20)) return sizes_of_a_tensor();
  std::vector<Size> result;
  const std::int64_t count = random_.between(1, 3);
  for (std::int64_t i = 0; i < count; ++i) {
    result.push_back(random_.percent(70) ? Size{.add = random_.between(0, 3)} : size());
  }
  return result;
}

/// Some of them joined, or left to be found out.
std::vector<Size> Arguments::sizes_of_a_tensor() {
  const Ref ref = tensor();
  std::vector<Size> result;
  for (std::int64_t i = 0; i < values_[ref.index].dim(); ++i) {
    result.push_back({.of = SizeOf{ref, i}});
  }
  if (result.empty() || random_.percent(40)) return result;
  const auto at =
      static_cast<std::size_t>(random_.between(0, static_cast<std::int64_t>(result.size()) - 1));
  if (at > 0 && random_.percent(40)) {  // this dimension and the one before
    result[at].operation = '*';
    result[at].other = result[at - 1].of;
    result.erase(result.begin() + static_cast<std::ptrdiff_t>(at) - 1);
    return result;
  }
  result[at] = {.add = -1};
  if (random_.percent(40)) result.erase(result.begin() + (at == 0 ? 0 : at - 1));
  if (random_.percent(30)) result.insert(result.begin(), {.add = random_.between(1, 2)});
  return result;
}

IValue Arguments::text(const std::string& name) {
  if (name == "equation") return random_.pick(std::array{"ij,jk->ik", "ij->ji", "bij,bjk->bik"});
  if (name == "reduce") return random_.pick(std::array{"sum", "mean", "amax", "prod"});
  if (name == "rounding_mode") return random_.pick(std::array{"floor", "trunc"});
  return random_.pick(std::array{"constant", "reflect", "replicate", "circular", "none", "tanh",
                                 "same", "valid", "linear", "reduced", "fro", "xy", "ij"});
}

}  // namespace roundtrip::fuzz
