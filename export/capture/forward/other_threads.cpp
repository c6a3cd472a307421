#include "export/capture/forward/other_threads.h"

#include <ATen/Parallel.h>
#include <ATen/record_function.h>

#include <algorithm>

#include "export/dispatch/capture_handler.h"
#include "export/dispatch/tensor_values.h"

namespace roundtrip {
namespace {

/// Those of the process that are alive, and LibTorch's callback for them.
class Watchers {
 public:
  static Watchers& instance() {
    static Watchers watchers;
    return watchers;
  }

  void add(OtherThreads* watcher) {
    const std::lock_guard lock(mutex_);
    if (all_.empty()) {
      handle_ = at::addGlobalCallback(at::RecordFunctionCallback(&on_call)
                                          .scopes({at::RecordScope::FUNCTION})
                                          .needsInputs(true));
    }
    all_.push_back(watcher);
  }

  void remove(OtherThreads* watcher) {
    const std::lock_guard lock(mutex_);
    all_.erase(std::find(all_.begin(), all_.end(), watcher));
    if (all_.empty()) at::removeCallback(handle_);
  }

 private:
  /// LibTorch's own threads work for an operator that was recorded.
  static std::unique_ptr<at::ObserverContext> on_call(const at::RecordFunction& call) {
    if (is_capturing() || at::in_parallel_region()) return nullptr;
    Watchers& watchers = instance();
    const std::lock_guard lock(watchers.mutex_);
    for (OtherThreads* watcher : watchers.all_) watcher->look(call.name(), call.inputs());
    return nullptr;
  }

  std::mutex mutex_;
  std::vector<OtherThreads*> all_;
  at::CallbackHandle handle_ = at::INVALID_CALLBACK_HANDLE;
};

}  // namespace

OtherThreads::OtherThreads(const ModuleState& state) {
  add("parameter", state.parameters);
  add("buffer", state.buffers);
  add("constant", state.constants);
  Watchers::instance().add(this);
}

OtherThreads::~OtherThreads() {
  Watchers::instance().remove(this);
}

void OtherThreads::add(const std::string& kind, const OrderedMap<at::Tensor>& tensors) {
  for (const auto& [name, tensor] : tensors.pairs()) {
    if (!tensor.defined() || !tensor.has_storage()) continue;
    names_.emplace(tensor.storage().unsafeGetStorageImpl(), kind + " '" + name + "'");
  }
}

void OtherThreads::look(const std::string& op, c10::ArrayRef<const c10::IValue> arguments) {
  if (std::this_thread::get_id() == own_) return;
  for (const c10::IValue& argument : arguments) {
    visit_tensors(argument, [&](const at::Tensor& tensor) {
      if (!tensor.has_storage()) return;
      const auto known = names_.find(tensor.storage().unsafeGetStorageImpl());
      if (known == names_.end()) return;
      const std::lock_guard lock(mutex_);
      seen_.insert("another thread called " + op + " on the " + known->second +
                   " meanwhile. A program has only what is called on the thread that captures it: "
                   "what forward computes on another is a constant in it");
    });
  }
}

std::vector<std::string> OtherThreads::messages() const {
  const std::lock_guard lock(mutex_);
  return {seen_.begin(), seen_.end()};
}

}  // namespace roundtrip
