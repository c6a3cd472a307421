#include "export/capture/sandbox/state_guard.h"

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>

#include <mutex>

#include "export/fake/fake_mode.h"
#include "export/program/tensor_copies.h"

namespace roundtrip {

StateGuard::StateGuard(const ModuleState& state)
    : generator_(at::globalContext().defaultGenerator(at::kCPU)),
      modes_(c10::AutogradState::get_tls_state()),
      autocast_(at::autocast::is_autocast_enabled(at::kCPU)) {
  std::lock_guard lock(generator_.mutex());
  generator_state_ = generator_.get_state();
  for (const auto& parameter : state.parameters) {
    know(parameter.key(), parameter.value());
    if (parameter.value().has_storage()) {
      parameters_.insert(parameter.value().storage().unsafeGetStorageImpl());
    }
  }
  for (const auto& buffer : state.buffers) {
    know(buffer.key(), buffer.value());
    protect(buffer.value());
  }
}

StateGuard::~StateGuard() {
  c10::AutogradState::set_tls_state(modes_);
  at::autocast::set_autocast_enabled(at::kCPU, autocast_);
  const at::NoGradGuard no_grad;
  const WithData with_data;
  for (const Known& known : known_) {
    if (known.has_other_memory()) {
      known.tensor.unsafeGetTensorImpl()->shallow_copy_from(known.alias.getIntrusivePtr());
    }
  }
  for (auto& [impl, saved] : saved_) {
    at::Tensor now = bytes_of(saved.storage);
    if (!at::equal(now, saved.bytes)) now.copy_(saved.bytes);
  }
  for (const auto& weak : without_gradient_) {
    const at::Tensor tensor(weak.lock());
    if (tensor.defined() && tensor.requires_grad())
      tensor.unsafeGetTensorImpl()->set_autograd_meta(nullptr);
  }
  std::lock_guard lock(generator_.mutex());
  generator_.set_state(generator_state_);
}

bool StateGuard::Known::has_other_memory() const {
  if (tensor.has_storage() != alias.has_storage()) return true;
  return alias.has_storage() &&
         tensor.storage().unsafeGetStorageImpl() != alias.storage().unsafeGetStorageImpl();
}

void StateGuard::know(const std::string& name, const at::Tensor& tensor) {
  if (tensor.defined()) known_.push_back({name, tensor, tensor.variable_data()});
}

void StateGuard::keep_without_gradient(const at::Tensor& tensor) {
  if (!tensor.requires_grad()) without_gradient_.emplace_back(tensor.getIntrusivePtr());
}

std::vector<std::string> StateGuard::with_other_memory() const {
  std::vector<std::string> names;
  for (const Known& known : known_) {
    if (known.has_other_memory()) names.push_back(known.name);
  }
  return names;
}

void StateGuard::protect(const at::Tensor& tensor) {
  if (!tensor.defined() || !tensor.has_storage() || tensor.is_meta()) return;
  keep_without_gradient(tensor);
  const c10::Storage& storage = tensor.storage();
  if (saved_.count(storage.unsafeGetStorageImpl()) > 0) return;
  const at::NoGradGuard no_grad;
  const WithData with_data;
  saved_.emplace(storage.unsafeGetStorageImpl(), Saved{storage, bytes_of(storage).clone()});
}

void StateGuard::before_write(const at::Tensor& tensor) {
  if (tensor.defined() && tensor.has_storage() &&
      parameters_.count(tensor.storage().unsafeGetStorageImpl()) > 0) {
    protect(tensor);
  }
}

}  // namespace roundtrip
