#include <roundtrip/error.h>
#include <roundtrip/module.h>

#include <algorithm>

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

Module& Module::arg_names(std::vector<std::string> names) {
  arg_names_ = std::move(names);
  return *this;
}

Module& Module::strict_forward(Forward forward) {
  strict_forward_ = std::move(forward);
  return *this;
}

Module Module::strict() const {
  Module module = *this;
  module.forward_ = strict_forward_;
  return module;
}

std::string Module::arg_name(std::size_t position) const {
  if (position < arg_names_.size()) return arg_names_[position];
  return "args_" + std::to_string(position - arg_names_.size());
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
