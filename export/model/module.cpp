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

void throw_argument_error(std::size_t position, const std::string& reason) {
  throw InputError("argument " + std::to_string(position + 1) + " of forward(): " + reason);
}

}  // namespace detail

Module& Module::source(std::any object) {
  source_ = std::move(object);
  return *this;
}

struct Module::ArgNames {
  std::function<std::vector<std::string>()> find;
  std::once_flag found;
  std::vector<std::string> names;
};

Module& Module::arg_names(std::vector<std::string> names) {
  return arg_names([names = std::move(names)] { return names; });
}

Module& Module::arg_names(std::function<std::vector<std::string>()> find) {
  arg_names_ = std::make_shared<ArgNames>();
  arg_names_->find = std::move(find);
  return *this;
}

const std::vector<std::string>& Module::arg_names() const {
  static const std::vector<std::string> kNone;
  if (!arg_names_) return kNone;
  std::call_once(arg_names_->found, [this] { arg_names_->names = arg_names_->find(); });
  return arg_names_->names;
}

Module& Module::graph_forward(Forward forward) {
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
  const auto& names = arg_names();
  if (position < names.size()) return names[position];
  return "args_" + std::to_string(position - names.size());
}

Value Module::operator()(const Values& args, const Kwargs& kwargs) const {
  return may_be_missing_ ? forward_(bind(args, kwargs), {}) : forward_(args, kwargs);
}

Module& Module::fields(std::vector<std::pair<std::string, at::Tensor*>> members) {
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

Values Module::bind(const Values& args, const Kwargs& kwargs) const {
  const std::size_t count = may_be_missing_->size();
  if (args.size() > count) {
    throw InputError("forward() takes " + std::to_string(count) + " arguments but " +
                     std::to_string(args.size()) + " were given");
  }
  Values bound = args;
  bound.resize(count);
  std::vector<bool> given(count);
  std::fill_n(given.begin(), args.size(), true);
  for (const auto& [name, value] : kwargs) {
    std::size_t position = 0;
    while (position < count && arg_name(position) != name) ++position;
    if (position == count) {
      throw InputError("forward() got an unexpected keyword argument '" + name + "'");
    }
    if (given[position]) {
      throw InputError("forward() got multiple values for argument '" + name + "'");
    }
    bound[position] = value;
    given[position] = true;
  }
  for (std::size_t position = 0; position < count; ++position) {
    if (!given[position] && !(*may_be_missing_)[position]) {
      throw InputError("forward() misses its argument '" + arg_name(position) + "'");
    }
  }
  return bound;
}

}  // namespace roundtrip
