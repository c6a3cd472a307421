#include "export/program/fx/python_names.h"

#include <algorithm>
#include <cctype>
#include <sstream>
#include <unordered_set>

#include "export/graph/names.h"

namespace roundtrip {
namespace {

using Names = std::unordered_set<std::string>;

/// The attributes of `torch.nn.Module`, of PyTorch 2.13.
constexpr const char* kModule = R"(
  T_destination _apply _backward_hooks _backward_pre_hooks _buffers _call_impl
  _compiled_call_impl _forward_hooks _forward_hooks_always_called _forward_hooks_with_kwargs
  _forward_pre_hooks _forward_pre_hooks_with_kwargs _get_backward_hooks
  _get_backward_pre_hooks _get_name _is_full_backward_hook _load_from_state_dict
  _load_state_dict_post_hooks _load_state_dict_pre_hooks _maybe_warn_non_full_backward_hook
  _modules _named_members _non_persistent_buffers_set _parameters
  _register_load_state_dict_pre_hook _register_state_dict_hook _replicate_for_data_parallel
  _save_to_state_dict _slow_forward _state_dict_hooks _state_dict_pre_hooks _version
  _wrapped_call_impl add_module apply bfloat16 buffers call_super_init children compile cpu
  cuda double dump_patches eval extra_repr float forward get_buffer get_extra_state
  get_parameter get_submodule half ipu load_state_dict modules mtia named_buffers
  named_children named_modules named_parameters parameters register_backward_hook
  register_buffer register_forward_hook register_forward_pre_hook
  register_full_backward_hook register_full_backward_pre_hook
  register_load_state_dict_post_hook register_load_state_dict_pre_hook register_module
  register_parameter register_state_dict_post_hook register_state_dict_pre_hook
  requires_grad_ set_extra_state set_submodule share_memory state_dict to to_empty train
  training type xpu zero_grad)";

/// What `torch.fx.GraphModule` has beside: `module()` is one, and unflattened submodules
/// copy what they hold into one.
constexpr const char* kGraphModule = R"(
  _code _create_node_hooks _deepcopy_hooks _deepcopy_init _erase_node_hooks _graph
  _lineno_map _prologue_start _recompile_submodules _register_create_node_hook
  _register_deepcopy_hook _register_erase_node_hook _register_replace_node_hook
  _replace_hooks _set_replace_hook _tracer_cls _tracer_extras _unregister_create_node_hook
  _unregister_deepcopy_hook _unregister_erase_node_hook _unregister_replace_node_hook
  add_submodule code delete_all_unused_submodules delete_submodule graph meta print_readable
  recompile shape_env to_folder)";

/// What only the one that `module()` gives has, and a name of its code.
constexpr const char* kProgramModule = R"(
  _boxed_call _guards_fn _in_spec _out_spec _wrapped_call range_constraints validate_inputs
  self)";

/// What `torch.export.unflatten`'s `UnflattenedModule` has.
constexpr const char* kUnflattenedModule = R"(
  _adapt_flat_args _dispatch_modules _print_graph _run_with_interpreter _ty adapted
  check_input_constraints equality_constraints finalize flat_args_adapter graph_module
  graph_signature input_placeholders ivals module_call_graph process_forward_inputs
  type_name)";

/// What the modules within it have.
constexpr const char* kInterpreterModule = R"(
  _run_with_interpreter _ty arg_names finalize graph_module type_name)";

Names names_of(std::initializer_list<const char*> lists) {
  Names names;
  for (const char* list : lists) {
    std::istringstream words(list);
    for (std::string word; words >> word;) names.insert(word);
  }
  return names;
}

bool is_between_underscores(const std::string& name) {
  return name.size() > 4 && name.starts_with("__") && name.ends_with("__");
}

bool is_of_identifier(char c) {
  return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

bool breaks_string(char c) {
  return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
}

NameInPython name_in_python(const std::string& name, bool of_root) {
  static const Names kImpossible = names_of({kModule});
  static const Names kNoModule = names_of({kGraphModule, kProgramModule});
  static const Names kNoUnflattenOfRoot = names_of({kUnflattenedModule});
  static const Names kNoUnflatten = names_of({kGraphModule, kInterpreterModule});

  if (name.empty() || is_between_underscores(name) || kImpossible.contains(name)) {
    return NameInPython::impossible;
  }
  if (is_python_keyword(name) || std::any_of(name.begin(), name.end(), breaks_string) ||
      (of_root && kNoModule.contains(name))) {
    return NameInPython::breaks_module;
  }
  return (of_root ? kNoUnflattenOfRoot : kNoUnflatten).contains(name)
             ? NameInPython::breaks_unflatten
             : NameInPython::works;
}

bool is_input_name_in_python(const std::string& name) {
  static const Names kTaken = names_of({"self torch pytree fx_pytree"});
  return !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0 &&
         std::all_of(name.begin(), name.end(), is_of_identifier) && !is_python_keyword(name) &&
         !kTaken.contains(name);
}

}  // namespace roundtrip
