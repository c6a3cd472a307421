#include "export/torchscript/leaves.h"

#include <roundtrip/error.h>

#include "export/torchscript/data_numbers.h"
#include "export/torchscript/size_numbers.h"
#include "export/tracing/traced_tensor.h"

namespace roundtrip {
namespace {

using c10::IValue;
using c10::TypeKind;

/// The items of a container, for a dict its values; null for anything else.
std::vector<IValue> items_of(const IValue& value) {
  if (value.isTuple()) return value.toTupleRef().elements().vec();
  if (value.isList()) return value.toListRef().vec();
  std::vector<IValue> items;
  for (const auto& entry : value.toGenericDict()) items.push_back(entry.value());
  return items;
}

bool is_container(const IValue& value) {
  return value.isTuple() || value.isList() || value.isGenericDict();
}

/// A container like `value` with other items. Nothing asks for a tuple's names any more.
IValue rebuilt(const IValue& value, std::vector<IValue> items) {
  if (value.isTuple()) return c10::ivalue::Tuple::create(std::move(items));
  if (value.isList()) {
    c10::impl::GenericList list(value.toList().elementType());
    for (IValue& item : items) list.push_back(std::move(item));
    return list;
  }
  const auto old = value.toGenericDict();
  c10::impl::GenericDict dict(old.keyType(), old.valueType());
  std::size_t next = 0;
  for (const auto& entry : old) dict.insert(entry.key(), std::move(items[next++]));
  return dict;
}

const c10::StorageImpl* storage_of(const at::Tensor& tensor) {
  if (!tensor.defined()) return nullptr;
  const auto* traced = as_traced(tensor);
  const at::Tensor& data = traced != nullptr ? traced->concrete() : tensor;
  return data.has_storage() ? data.storage().unsafeGetStorageImpl() : nullptr;
}

/// The declared type of item `index` of a container; `type` itself where it is not told.
const c10::Type& item_type(const c10::Type& type, std::size_t index) {
  const auto contained = type.containedTypes();
  switch (type.kind()) {
    case TypeKind::OptionalType:
      return item_type(*contained[0], index);
    case TypeKind::ListType:
      return *contained[0];
    case TypeKind::DictType:
      return *contained[1];
    case TypeKind::TupleType:
      return *contained.at(index);
    default:
      return type;
  }
}

bool is_plain_number(const IValue& value) {
  return value.isBool() || value.isInt() || value.isDouble() || is_size_number(value);
}

bool same_other(const IValue& left, const IValue& right) {
  if (left.tagKind() != right.tagKind()) return false;
  return left.isPtrType() && !left.isString() ? left.is(right) : left == right;
}

}  // namespace

IValue map_leaf_tensors(const IValue& tree,
                        const std::function<at::Tensor(const at::Tensor&)>& replace) {
  if (tree.isTensor()) return tree.toTensor().defined() ? replace(tree.toTensor()) : tree;
  if (!is_container(tree)) return tree;
  std::vector<IValue> items = items_of(tree);
  for (IValue& item : items) item = map_leaf_tensors(item, replace);
  return rebuilt(tree, std::move(items));
}

void Memory::add(const IValue& tree) {
  if (tree.isTensor()) {
    if (const auto* storage = storage_of(tree.toTensor())) storages_.insert(storage);
  } else if (is_container(tree)) {
    for (const IValue& item : items_of(tree)) add(item);
  }
}

bool Memory::holds(const at::Tensor& tensor) const {
  return storages_.count(storage_of(tensor)) > 0;
}

Tree tree_of(const IValue& value, const c10::Type& type) {
  if (value.isTensor()) {
    if (!value.toTensor().defined()) return {Tree::Kind::missing, value, {}};
    return {is_number_type(type) ? Tree::Kind::number : Tree::Kind::tensor, value, {}};
  }
  if (is_size_number(value) && type.kind() == TypeKind::TensorType) {
    return {Tree::Kind::tensor, number_tensor(value), {}};
  }
  if (is_plain_number(value)) return {Tree::Kind::number, value, {}};
  if (!is_container(value)) return {Tree::Kind::other, value, {}};
  Tree tree{Tree::Kind::container, value, {}};
  for (const IValue& item : items_of(value)) {
    tree.items.push_back(tree_of(item, item_type(type, tree.items.size())));
  }
  return tree;
}

IValue value_of(const Tree& tree) {
  if (tree.kind != Tree::Kind::container) return tree.value;
  std::vector<IValue> items;
  for (const Tree& item : tree.items) items.push_back(value_of(item));
  return rebuilt(tree.value, std::move(items));
}

void visit_numbers(Tree& tree, const std::function<void(IValue& number)>& visit) {
  if (tree.kind == Tree::Kind::number) visit(tree.value);
  for (Tree& item : tree.items) visit_numbers(item, visit);
}

void visit_leaves(Tree& left, Tree& right, const std::string& what,
                  const std::function<void(Tree& left, Tree& right)>& visit) {
  const auto refuse = [&] {
    throw UnsupportedError(what + " a " + type_of(left.value)->repr_str() + " in one case and a " +
                           type_of(right.value)->repr_str() +
                           " in the other, and data decides: only tensors and numbers of one shape "
                           "and type may depend on data");
  };
  if (left.passes_through() && right.passes_through()) {
    visit(left, right);
    return;
  }
  if (left.kind != right.kind || left.items.size() != right.items.size()) refuse();
  if (left.kind == Tree::Kind::other && !same_other(left.value, right.value)) refuse();
  for (std::size_t i = 0; i < left.items.size(); ++i) {
    visit_leaves(left.items[i], right.items[i], what, visit);
  }
}

c10::TypePtr type_of(const IValue& value) {
  if (value.isTensor()) return c10::TensorType::get();
  if (value.isSymInt()) return c10::IntType::get();
  if (value.isSymFloat()) return c10::FloatType::get();
  if (value.isSymBool()) return c10::BoolType::get();
  if (!value.isTuple()) return value.type();
  std::vector<c10::TypePtr> items;
  for (const IValue& item : value.toTupleRef().elements()) items.push_back(type_of(item));
  return c10::TupleType::create(std::move(items));
}

}  // namespace roundtrip
