#include "export/capture/inputs/state_names.h"

#include <roundtrip/error.h>

#include <algorithm>
#include <map>
#include <set>

#include "export/capture/inputs/input_names.h"
#include "export/graph/names.h"
#include "export/program/fx/python_names.h"

namespace roundtrip {
namespace {

std::string last_part(const std::string& name) {
  return name.substr(name.rfind('.') + 1);
}

/// The names of the modules that `name` lies in: `a` and `a.b` of `a.b.c`.
std::vector<std::string> modules_around(const std::string& name) {
  std::vector<std::string> modules;
  for (auto dot = name.find('.'); dot != name.npos; dot = name.find('.', dot + 1)) {
    modules.push_back(name.substr(0, dot));
  }
  return modules;
}

std::string reason(const std::string& name) {
  if (name.empty()) return "a part of its name is empty";
  if (is_python_keyword(name)) return "'" + name + "' is a keyword there";
  if (std::any_of(name.begin(), name.end(), breaks_string)) {
    return "code cannot have a name with quotes, backslashes or line ends";
  }
  return "a module there has something else called '" + name + "'";
}

std::string suggestion(std::string name, bool of_root) {
  std::replace_if(name.begin(), name.end(), breaks_string, '_');
  return name_in_python(name, of_root) == NameInPython::works ? name : name + "_1";
}

/// What the model's modules have, by qualified name.
class NameChecks {
 public:
  void add_module(const std::string& name) {
    for (const std::string& around : modules_around(name)) add(around, "submodule");
    add(name, "submodule");
  }

  void add_tensors(const OrderedMap<at::Tensor>& tensors, const char* kind) {
    for (const auto& entry : tensors) {
      for (const std::string& around : modules_around(entry.key())) add(around, "submodule");
      add(entry.key(), kind);
    }
  }

  std::vector<std::string> take_warnings() { return std::move(warnings_); }

 private:
  void add(const std::string& name, const std::string& kind) {
    const auto [entry, is_new] = kinds_.emplace(name, kind);
    if (entry->second != kind) {
      throw CaptureError("the model has a " + entry->second + " and a " + kind + " of one name, '" +
                         name +
                         "'. In Python a module has one thing of a name: register one of them "
                         "under another");
    }
    if (is_new) check(name, kind);
  }

  void check(const std::string& name, const std::string& kind) {
    const bool of_root = name.find('.') == name.npos;
    const std::string own = last_part(name);
    const NameInPython use = name_in_python(own, of_root);
    if (use == NameInPython::works) return;
    const std::string advice =
        ". Register it under another name ('" + suggestion(own, of_root) + "', say)";
    if (use != NameInPython::breaks_unflatten) {
      throw CaptureError("the " + kind + " '" + name +
                         "' would break the program's file in Python: " + reason(own) + advice);
    }
    warnings_.push_back("The " + kind + " '" + name +
                        "' has a name with which Python's torch.export.unflatten fails: " +
                        reason(own) + advice + ", if the program is to be unflattened there");
  }

  std::map<std::string, std::string> kinds_;
  std::vector<std::string> warnings_;
};

void check_input_names(const ExportCall& call) {
  std::set<std::string> names;
  for (const std::string& name : forward_arg_names(call)) {
    if (!is_input_name_in_python(name)) {
      throw CaptureError("the input '" + name +
                         "' has a name that no parameter of a Python function can have here. Give "
                         "it another by Module::arg_names");
    }
    if (!names.insert(name).second) {
      throw CaptureError("two inputs are called '" + name +
                         "'. Give one of them another name by Module::arg_names");
    }
  }
}

}  // namespace

std::vector<std::string> check_names(const ExportCall& call, const ModuleState& state) {
  check_input_names(call);
  NameChecks checks;
  for (const Submodule& module : state.modules) {
    if (!module.name.empty()) checks.add_module(module.name);
  }
  checks.add_tensors(state.parameters, "parameter");
  checks.add_tensors(state.buffers, "buffer");
  checks.add_tensors(state.constants, "constant");
  return checks.take_warnings();
}

}  // namespace roundtrip
