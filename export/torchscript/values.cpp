#include "export/torchscript/values.h"

#include <ATen/ATen.h>
#include <roundtrip/error.h>
#include <roundtrip/symbolic.h>

#include "export/interpreter/steps/leaves.h"
#include "export/torchscript/graphs/symbols.h"
#include "export/torchscript/leaves.h"

namespace roundtrip {
namespace {

using c10::IValue;
using c10::TypeKind;

/// Makes a value of a declared type; knows whose, for messages.
class ArgumentConverter {
 public:
  explicit ArgumentConverter(const std::string& what) : what_(what) {}

  IValue convert(const Value& value, const c10::Type& type) const {
    switch (type.kind()) {
      case TypeKind::OptionalType:
        if (value.is_none()) return {};
        return convert(value, *type.castRaw<c10::OptionalType>()->getElementType());
      case TypeKind::ListType:
        return list(value, type);
      case TypeKind::TupleType:
        return tuple(value, type);
      case TypeKind::DictType:
        return dict(value, type);
      default:
        return leaf(value, type);
    }
  }

 private:
  const Values& items(const Value& value, const c10::Type& type) const {
    if (!value.is_container()) refuse(value, type);
    return value.container().items;
  }

  IValue list(const Value& value, const c10::Type& type) const {
    const auto element = type.castRaw<c10::ListType>()->getElementType();
    c10::impl::GenericList result(element);
    for (const Value& item : items(value, type)) result.push_back(convert(item, *element));
    return result;
  }

  IValue tuple(const Value& value, const c10::Type& type) const {
    const auto& declared = *type.castRaw<c10::TupleType>();
    const Values& given = items(value, type);
    if (given.size() != declared.elements().size()) refuse(value, type);
    std::vector<IValue> result;
    for (std::size_t i = 0; i < given.size(); ++i) {
      result.push_back(convert(given[i], *declared.elements()[i]));
    }
    if (declared.schema() == nullptr) return c10::ivalue::Tuple::create(std::move(result));
    const auto named = const_cast<c10::TupleType&>(declared).shared_from_this();
    return c10::ivalue::Tuple::createNamed(std::move(result), named->cast<c10::TupleType>());
  }

  IValue dict(const Value& value, const c10::Type& type) const {
    const auto& declared = *type.castRaw<c10::DictType>();
    const Values& given = items(value, type);
    const Values& keys = value.container().keys;
    if (keys.size() != given.size()) refuse(value, type);
    c10::impl::GenericDict result(declared.getKeyType(), declared.getValueType());
    for (std::size_t i = 0; i < given.size(); ++i) {
      result.insert(convert(keys[i], *declared.getKeyType()),
                    convert(given[i], *declared.getValueType()));
    }
    return result;
  }

  IValue leaf(const Value& value, const c10::Type& type) const {
    const IValue plain = box_leaf(value);
    if (type.kind() == TypeKind::FloatType && plain.isInt()) {
      return static_cast<double>(plain.toInt());
    }
    if (type.kind() == TypeKind::FloatType && plain.isSymInt()) return sym_float(plain.toSymInt());
    if (value.is_symbolic() && is_number_type(type)) return plain;
    if (!value.is_symbolic() && type_of(plain)->isSubtypeOf(type)) return plain;
    refuse(value, type);
  }

  [[noreturn]] void refuse(const Value& value, const c10::Type& type) const {
    throw InputError(what_ + " has to be a " + type.repr_str() +
                     ", as the model declares it, but " + value.type_name() + " was given");
  }

  const std::string& what_;
};

}  // namespace

IValue to_ivalue(const Value& value, const c10::Type& type, const std::string& what) {
  return ArgumentConverter(what).convert(value, type);
}

}  // namespace roundtrip
