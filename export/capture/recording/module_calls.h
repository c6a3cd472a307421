#pragma once

#include <roundtrip/module.h>
#include <roundtrip/module_call.h>

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "export/capture/modules/call_scope.h"
#include "export/capture/recording/recorder.h"
#include "export/dispatch/metadata_scope.h"

namespace roundtrip {

/// The submodules that forward calls by `roundtrip::call` while a recorder records it:
/// gives nodes their `nn_module_stack` and keeps the call signatures that were asked
/// for. One capture, one thread; `detail::ModuleCall` finds the one of its thread.
class ModuleCalls {
 public:
  /// `preserved` are the submodules whose signatures are wanted. Throws `CaptureError`
  /// for one that the model does not have.
  ModuleCalls(const ModuleState& state, Recorder& recorder,
              const std::vector<std::string>& preserved);
  ~ModuleCalls();
  ModuleCalls(const ModuleCalls&) = delete;
  ModuleCalls& operator=(const ModuleCalls&) = delete;

  /// What was called in this capture, in order of the calls' ends.
  std::vector<ModuleCallEntry> take_signatures() { return std::move(signatures_); }
  /// Forward, and its calls by `roundtrip::call`, in order of their beginnings.
  const std::vector<CallScope>& scopes() const { return scopes_; }
  /// Names submodules whose signature is wanted, but which were not called.
  std::vector<std::string> warnings() const;

 private:
  friend class detail::ModuleCall;

  /// That of this thread; null if no capture is under way, and while a branch is.
  static ModuleCalls* current();
  /// The qualified name under which the layer is called; null for one the model does
  /// not have.
  const std::string* find(const void* layer) const;
  /// The layer's name that is `name` seen from the layer that calls; null if it has none.
  const std::string* find(const torch::nn::Module& layer, const std::string& name) const;
  void enter(const std::string& key, const std::string& name, const std::string& type,
             const void* place);
  Metadata stack() const;
  std::vector<Argument> arguments(const Values& leaves) const;

  struct Frame {
    std::string key;  ///< of the stack: the call's name, with the count of calls
    std::string name;
    std::string type;
    std::size_t scope;
  };

  ModuleCalls* outer_;
  Recorder& recorder_;
  std::vector<CallScope> scopes_{{.key = "L__self__"}};
  std::vector<Frame> frames_;
  MetadataScope root_;
  std::unordered_map<const void*, std::vector<std::string>> names_;
  std::unordered_map<std::string, std::string> types_;
  std::unordered_map<std::string, int> counts_;
  std::vector<std::string> preserved_;
  std::vector<ModuleCallEntry> signatures_;
};

}  // namespace roundtrip
