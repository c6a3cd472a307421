#include "export/torchscript/attribute_check.h"

#include <roundtrip/error.h>

#include <algorithm>
#include <set>
#include <utility>

namespace roundtrip {
namespace {

using c10::IValue;
using c10::TypeKind;

/// Compares values with types, each object, container and type of it once.
class TypeCheck {
 public:
  void check_object(const c10::ivalue::Object& object) {
    if (!seen_.emplace(&object, object.type().get()).second) return;
    const c10::ClassType& type = *object.type();
    if (object.slots().size() < type.numAttributes()) fail(type, "an object lacks attributes");
    for (std::size_t i = 0; i < type.numAttributes(); ++i) {
      if (fits(object.slots()[i], *type.getAttribute(i))) continue;
      fail(type, "attribute '" + type.getAttributeName(i) + "' is no " +
                     type.getAttribute(i)->annotation_str());
    }
  }

 private:
  [[noreturn]] static void fail(const c10::ClassType& type, const std::string& reason) {
    throw ArchiveError("data.pkl", reason + ", as class " + type.annotation_str() + " demands");
  }

  bool fits(const IValue& value, const c10::Type& type) {
    switch (type.kind()) {
      case TypeKind::OptionalType:
        return value.isNone() || fits(value, *type.containedType(0));
      case TypeKind::UnionType:
        return std::any_of(type.containedTypes().begin(), type.containedTypes().end(),
                           [&](const c10::TypePtr& each) { return fits(value, *each); });
      case TypeKind::ListType:
        return value.isList() && once(value, type, [&] { return list_fits(value, type); });
      case TypeKind::DictType:
        return value.isGenericDict() && once(value, type, [&] { return dict_fits(value, type); });
      case TypeKind::TupleType:
        return value.isTuple() && once(value, type, [&] { return tuple_fits(value, type); });
      case TypeKind::ClassType:
      case TypeKind::InterfaceType:
        return object_fits(value, type);
      default:
        return value.type()->isSubtypeOf(type);
    }
  }

  template <typename Fits>
  bool once(const IValue& value, const c10::Type& type, Fits fits) {
    const auto [place, is_new] = seen_.emplace(value.internalToPointer(), &type);
    if (!is_new || fits()) return true;
    seen_.erase(place);
    return false;
  }

  bool list_fits(const IValue& value, const c10::Type& type) {
    const auto items = value.toListRef();
    return std::all_of(items.begin(), items.end(),
                       [&](const IValue& item) { return fits(item, *type.containedType(0)); });
  }

  bool dict_fits(const IValue& value, const c10::Type& type) {
    for (const auto& entry : value.toGenericDict()) {
      if (!fits(entry.key(), *type.containedType(0))) return false;
      if (!fits(entry.value(), *type.containedType(1))) return false;
    }
    return true;
  }

  bool tuple_fits(const IValue& value, const c10::Type& type) {
    const auto& items = value.toTupleRef().elements();
    if (items.size() != type.containedTypeSize()) return false;
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (!fits(items[i], *type.containedType(i))) return false;
    }
    return true;
  }

  bool object_fits(const IValue& value, const c10::Type& type) {
    if (!value.isObject() || !value.type()->isSubtypeOf(type)) return false;
    check_object(value.toObjectRef());
    return true;
  }

  std::set<std::pair<const void*, const c10::Type*>> seen_;
};

}  // namespace

void check_attributes(const jit::Module& model) {
  TypeCheck().check_object(*model._ivalue());
}

}  // namespace roundtrip
