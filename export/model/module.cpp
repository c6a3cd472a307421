#include <roundtrip/error.h>
#include <roundtrip/module.h>

#include <algorithm>
#include <mutex>

namespace roundtrip {
namespace detail {

const Values& sequence_items(const Value& value) {
  if (value.is_container()) {
    const Container& container = value.container();
    if (container.type == "builtins.tuple" || container.type == "builtins.list") {
      return container.items;
    }
  }
  throw Error("expected a tuple or list, got " + value.type_name());
}

const Values& sequence_items(const Value& value, std::size_t count) {
  const Values& items = sequence_items(value);
  if (items.size() != count) {
    throw Error("expected a tuple of " + std::to_string(count) + " items, got " +
                std::to_string(items.size()));
  }
  return items;
}

const Container& dict_items(const Value& value) {
  if (value.is_container()) {
    const Container& container = value.container();
    const bool is_dict = container.type == "builtins.dict" ||
                         container.type == "collections.OrderedDict" ||
                         container.type == "collections.defaultdict";
    if (is_dict && container.keys.size() == container.items.size()) return container;
  }
  throw Error("expected a dict, got " + value.type_name());
}

void throw_argument_error(std::size_t position, const std::string& reason) {
  throw InputError("argument " + std::to_string(position + 1) + " of forward(): " + reason);
}

}  // namespace detail

Module& Module::source(std::any object) & {
  source_ = std::move(object);
  return *this;
}

struct Module::ArgNames {
  std::function<std::vector<std::string>()> find;
  std::once_flag found;
  std::vector<std::string> names;
};

Module& Module::arg_names(std::vector<std::string> names) & {
  return arg_names([names = std::move(names)] { return names; });
}

Module& Module::arg_names(std::function<std::vector<std::string>()> find) & {
  arg_names_ = std::make_shared<ArgNames>();
  arg_names_->find = std::move(find);
  return *this;
}

std::vector<std::string> Module::arg_names() const {
  return known_arg_names();
}

const std::vector<std::string>& Module::known_arg_names() const {
  static const std::vector<std::string> kNone;
  if (!arg_names_) return kNone;
  std::call_once(arg_names_->found, [this] { arg_names_->names = arg_names_->find(); });
  return arg_names_->names;
}

Module& Module::graph_forward(Forward forward) & {
  graph_forward_ = std::move(forward);
  return *this;
}

Module Module::converted() const {
  Module module = *this;
  module.forward_ = std::move(module.graph_forward_);
  module.graph_forward_ = nullptr;
  return module;
}

std::string Module::arg_name(std::size_t position) const {
  const auto& names = known_arg_names();
  if (position < names.size()) return names[position];
  return "args_" + std::to_string(position - names.size());
}

Value Module::operator()(const Values& args, const Kwargs& kwargs) const {
  return parameters_ ? forward_(bind(args, kwargs), {}) : forward_(args, kwargs);
}

Module& Module::fields(std::vector<std::pair<std::string, at::Tensor*>> members) & {
  fields_ = std::move(members);
  return *this;
}

ModuleState Module::state() const {
  ModuleState state = state_ ? state_() : ModuleState{};
  for (const auto& [name, field] : fields_) {
    if (at::Tensor* buffer = state.buffers.find(name)) {
      *buffer = *field;
    } else if (field->defined()) {
      state.constants.insert(name, *field);
    }
    state.fields.emplace_back(name, field);
  }
  return state;
}

namespace {

/// The arguments that a function is called with: those that were given, in the order of its
/// parameters.
class Binding {
 public:
  Binding(const Module& module, const detail::Parameters& parameters)
      : module_(module), parameters_(parameters), given_(parameters.may_be_missing.size()) {}

  void give(const Values& args) {
    if (args.size() > given_.size()) {
      throw InputError("forward() takes " + std::to_string(given_.size()) + " arguments but " +
                       std::to_string(args.size()) + " were given");
    }
    bound_ = args;
    bound_.resize(given_.size());
    std::fill_n(given_.begin(), args.size(), true);
  }

  void give(const std::string& name, const Value& value) {
    std::size_t position = 0;
    while (position < given_.size() && module_.arg_name(position) != name) ++position;
    if (position == given_.size()) {
      throw InputError("forward() got an unexpected keyword argument '" + name + "'");
    }
    if (given_[position]) {
      throw InputError("forward() got multiple values for argument '" + name + "'");
    }
    bound_[position] = value;
    given_[position] = true;
  }

  Values finish() && {
    std::size_t count = given_.size();
    while (count > parameters_.num_required && !given_[count - 1]) --count;
    for (std::size_t position = 0; position < count; ++position) {
      if (!given_[position]) require_optional(position);
    }
    bound_.resize(count);
    return std::move(bound_);
  }

 private:
  void require_optional(std::size_t position) const {
    const bool has_default = position >= parameters_.num_required;
    if (parameters_.may_be_missing[position] && !has_default) return;
    throw InputError("forward() misses its argument '" + module_.arg_name(position) + "'" +
                     (has_default ? ", whose default value only holds if all after it are missing, "
                                    "too"
                                  : ""));
  }

  const Module& module_;
  const detail::Parameters& parameters_;
  Values bound_;
  std::vector<bool> given_;
};

}  // namespace

Values Module::bind(const Values& args, const Kwargs& kwargs) const {
  Binding binding(*this, *parameters_);
  binding.give(args);
  for (const auto& [name, value] : kwargs) binding.give(name, value);
  return std::move(binding).finish();
}

}  // namespace roundtrip
