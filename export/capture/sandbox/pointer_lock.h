#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace roundtrip {

/// Makes reads through pointers (data_ptr, accessor) of some tensors throw, while it is
/// closed: what they find would be in no graph. Open when it is made, and when it goes.
class PointerLock {
 public:
  PointerLock() = default;
  ~PointerLock() { set(false); }
  PointerLock(const PointerLock&) = delete;
  PointerLock& operator=(const PointerLock&) = delete;

  /// From here on `tensor` is one of them, with all that share its memory.
  void add(const at::Tensor& tensor);

  /// Closes or opens a lock, which may be null, for as long as it lives.
  class Scope {
   public:
    Scope(PointerLock* lock, bool closed)
        : lock_(lock), saved_(lock != nullptr && lock->set(closed)) {}
    ~Scope() {
      if (lock_ != nullptr) lock_->set(saved_);
    }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    PointerLock* lock_;
    bool saved_;
  };

 private:
  bool set(bool closed);

  std::vector<c10::Storage> storages_;
  bool closed_ = false;
};

}  // namespace roundtrip
