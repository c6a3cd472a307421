#pragma once

#include <ATen/core/Tensor.h>

#include <complex>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace roundtrip::pickle {

struct Object;
/// Shared because a pickle refers to an object again by its memo number.
using ObjectPtr = std::shared_ptr<Object>;
using Objects = std::vector<ObjectPtr>;

/// A class or function by its qualified name. It is never imported.
struct Global {
  std::string name;
};
/// A class or function that the environment does not know, or what it would have made.
struct Foreign {
  std::string name;
};
struct Storage {
  c10::Storage storage;
  c10::ScalarType dtype;  ///< Byte for an untyped storage
};
/// A list or tuple, or a type that is filled like a list; named as in `Container`.
struct Sequence {
  std::string type;
  std::string context = "null";
  Objects items;
};
struct Dict {
  std::string type;
  std::string context = "null";
  std::vector<std::pair<ObjectPtr, ObjectPtr>> entries;
};

struct Object {
  std::variant<std::monostate, bool, std::int64_t, double, std::complex<double>, std::string,
               at::Tensor, Sequence, Dict, Global, Foreign, Storage>
      data;
  int depth = 0;         ///< of containers within containers
  bool is_part = false;  ///< of a container, so that it may not change any more
};

/// Stands in for a class or function that a pickle may call.
using Constructor = std::function<Object(const Objects& arguments)>;

/// All that a pickle can reach.
struct Environment {
  std::unordered_map<std::string, Constructor> constructors;
  /// Names that may be mentioned as arguments: storage classes, dtypes.
  std::function<bool(const std::string& name)> is_known_name;
  /// What a persistent id refers to.
  Constructor persistent_load;
  /// Pickles may hold objects of other names where nothing looks at them, as in the Python
  /// attributes of a tensor; else such a name is refused where it stands.
  bool passes_foreign = false;
  /// The instance of a known class that a state is given to; null if there are none.
  std::function<Object(const std::string& class_name)> instance_of = nullptr;
};

/// Runs a pickle of protocol 2. It is untrusted: the only code it can call is
/// the environment's. Throws `UnsupportedError` naming an unknown class,
/// `ArchiveError` for damaged text.
ObjectPtr unpickle(std::string_view text, const Environment& environment);

[[noreturn]] void damaged(const std::string& reason);

/// Throws `UnsupportedError`.
[[noreturn]] void refuse_foreign(const std::string& name);

/// The alternative of type T. Throws `ArchiveError` if another is held.
template <typename T>
const T& as(const ObjectPtr& object) {
  if (auto* held = std::get_if<T>(&object->data)) return *held;
  if (auto* foreign = std::get_if<Foreign>(&object->data)) refuse_foreign(foreign->name);
  damaged("an object is of another kind than its place demands");
}

}  // namespace roundtrip::pickle
