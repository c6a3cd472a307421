#include "export/capture/recording/module_calls.h"

#include <roundtrip/pytree.h>

#include <algorithm>

#include "export/capture/recording/recorder_handler.h"
#include "export/capture/trace/arguments.h"
#include "export/capture/trace/module_stack.h"
#include "export/tracing/node_metadata.h"

namespace roundtrip {
namespace {

thread_local ModuleCalls* calls_of_thread = nullptr;

}  // namespace

struct detail::ModuleCall::State {
  ModuleCalls& calls;
  std::string name;  ///< of the call
  bool keeps_signature;
  MetadataScope metadata;
  ModuleCallSignature signature{};
};

ModuleCalls::ModuleCalls(const ModuleState& state, Recorder& recorder,
                         const std::vector<std::string>& preserved)
    : outer_(calls_of_thread),
      recorder_(recorder),
      frames_{{"L__self__", "", root_type(state), 0}},
      root_(stack()),
      preserved_(preserved) {
  for (const Submodule& submodule : state.modules) {
    if (submodule.name.empty()) continue;
    types_.emplace(submodule.name, python_type_name(submodule.type));
    if (submodule.object != nullptr) names_[submodule.object].push_back(submodule.name);
  }
  for (const std::string& name : preserved) {
    if (types_.count(name) > 0) continue;
    throw CaptureError("preserve_module_call_signature names '" + name +
                       "', which is no submodule of the model");
  }
  calls_of_thread = this;
}

ModuleCalls::~ModuleCalls() {
  calls_of_thread = outer_;
}

ModuleCalls* ModuleCalls::current() {
  ModuleCalls* calls = calls_of_thread;
  return calls != nullptr && &calls->recorder_ == current_recorder() ? calls : nullptr;
}

const std::string* ModuleCalls::find(const void* layer) const {
  const auto found = names_.find(layer);
  if (found == names_.end()) return nullptr;
  const std::string& caller = frames_.back().name;
  const auto below_caller =
      std::find_if(found->second.begin(), found->second.end(),
                   [&](const std::string& name) { return name.starts_with(caller + "."); });
  return below_caller == found->second.end() ? &found->second.front() : &*below_caller;
}

const std::string* ModuleCalls::find(const torch::nn::Module& layer,
                                     const std::string& name) const {
  const auto found = names_.find(&layer);
  if (found == names_.end()) return nullptr;
  const std::string& caller = frames_.back().name;
  const std::string wanted = caller.empty() ? name : caller + "." + name;
  const auto same = std::find(found->second.begin(), found->second.end(), wanted);
  return same == found->second.end() ? nullptr : &*same;
}

void ModuleCalls::enter(const std::string& key, const std::string& name, const std::string& type,
                        const void* place) {
  scopes_.push_back({frames_.back().scope, key, name, place});
  frames_.push_back({key, name, type, scopes_.size() - 1});
}

Metadata ModuleCalls::stack() const {
  std::string text;
  for (const Frame& frame : frames_) {
    text += (text.empty() ? "" : ";") + frame.key + "," + frame.name + "," + frame.type;
  }
  return {{"nn_module_stack", text}, {kModuleScope, std::to_string(frames_.back().scope)}};
}

std::vector<Argument> ModuleCalls::arguments(const Values& leaves) const {
  std::vector<Argument> arguments;
  for (const Value& leaf : leaves) {
    if (leaf.is_symbolic()) {
      throw UnsupportedError(
          "a module whose call signature is to be preserved takes or gives a "
          "symbolic number; pass tensors and plain numbers only");
    }
    arguments.push_back(leaf.is_tensor() ? Argument(recorder_.value_of(leaf.tensor()))
                                         : constant_argument(leaf,
                                                             "an argument of a module whose call "
                                                             "signature is to be preserved"));
  }
  return arguments;
}

std::vector<std::string> ModuleCalls::warnings() const {
  std::vector<std::string> warnings;
  for (const std::string& name : preserved_) {
    if (counts_.count(name) > 0) continue;
    warnings.push_back("preserve_module_call_signature names '" + name +
                       "', but forward did not call that submodule by roundtrip::call, so the "
                       "program does not know its signature");
  }
  return warnings;
}

namespace detail {

ModuleCall::ModuleCall(const void* layer) {
  const ModuleCalls* calls = ModuleCalls::current();
  const std::string* name = calls == nullptr ? nullptr : calls->find(layer);
  if (name != nullptr) enter(*name);
}

ModuleCall::ModuleCall(const torch::nn::Module& layer, const std::string& name) {
  const ModuleCalls* calls = ModuleCalls::current();
  if (calls == nullptr) return;
  const std::string* known = calls->find(layer, name);
  const std::string* other = calls->find(&layer);
  if (known == nullptr && other != nullptr) {
    throw CaptureError("call_as calls a layer as '" + name + "' in '" + calls->frames_.back().name +
                       "', but the model has it as '" + *other + "'");
  }
  if (known != nullptr) enter(*known);
}

ModuleCall::ModuleCall(const torch::nn::Module& layer, std::size_t index) {
  const ModuleCalls* calls = ModuleCalls::current();
  if (calls == nullptr) return;
  const std::string* name = calls->find(layer, std::to_string(index));
  if (name == nullptr) name = calls->find(&layer);
  if (name != nullptr) enter(*name);
}

void ModuleCall::enter(const std::string& name) {
  ModuleCalls& calls = *ModuleCalls::current();
  const int count = calls.counts_[name]++;
  calls.enter(call_name("L__self__" + name, count), name, calls.types_.at(name), this);
  const auto& preserved = calls.preserved_;
  const bool is_preserved = std::find(preserved.begin(), preserved.end(), name) != preserved.end();
  state_.reset(
      new State{calls, call_name(name, count), is_preserved, MetadataScope(calls.stack())});
}

ModuleCall::~ModuleCall() {
  if (state_) state_->calls.frames_.pop_back();
}

bool ModuleCall::keeps_signature() const {
  return state_ && state_->keeps_signature;
}

void ModuleCall::take(const Values& args, const Kwargs& kwargs) {
  std::vector<std::pair<Value, Value>> named;
  for (const auto& [name, value] : kwargs) named.emplace_back(name, value);
  TreeSpec spec;
  state_->signature.inputs = state_->calls.arguments(
      tree_flatten(Value::tuple({Value::tuple(args), Value::dict(std::move(named))}), &spec));
  state_->signature.in_spec = treespec_dumps(spec);
}

void ModuleCall::give(const Value& result) {
  TreeSpec spec;
  state_->signature.outputs = state_->calls.arguments(tree_flatten(result, &spec));
  state_->signature.out_spec = treespec_dumps(spec);
  state_->calls.signatures_.push_back({state_->name, std::move(state_->signature)});
}

void ModuleCall::refuse_types() const {
  throw UnsupportedError("preserve_module_call_signature names '" + state_->name +
                         "', but an argument or the result of its forward is of a type that has "
                         "no roundtrip::Convert; specialise it for that type");
}

}  // namespace detail
}  // namespace roundtrip
