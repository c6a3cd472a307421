#pragma once

#include <ATen/core/Tensor.h>

#include <unordered_map>

namespace roundtrip {

/// Makes reads through pointers (data_ptr, accessor) of some tensors throw, while it is
/// closed: what they find would be in no graph. Open when it is made, and when it goes.
class PointerLock {
 public:
  using Storages = std::unordered_map<c10::StorageImpl*, c10::Storage>;

  PointerLock() = default;
  ~PointerLock() { set(false); }
  PointerLock(const PointerLock&) = delete;
  PointerLock& operator=(const PointerLock&) = delete;

  /// From here on `tensor` is one of them, with all that share its memory.
  void add(const at::Tensor& tensor);

  /// Whether it was closed.
  bool set(bool closed);
  const Storages& storages() const { return storages_; }

  /// Closes memory once more, with this lock's words, if it is one of its and the lock is closed:
  /// others may have closed it with theirs.
  void close_again(c10::StorageImpl* storage) const;

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
  Storages storages_;
  bool closed_ = false;
};

}  // namespace roundtrip
