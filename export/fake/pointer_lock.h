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

  /// Closes a lock, which is open or null, for as long as it lives.
  class Closed {
   public:
    explicit Closed(PointerLock* lock) : lock_(lock) {
      if (lock_ != nullptr) lock_->set(true);
    }
    ~Closed() {
      if (lock_ != nullptr) lock_->set(false);
    }
    Closed(const Closed&) = delete;
    Closed& operator=(const Closed&) = delete;

   private:
    PointerLock* lock_;
  };

 private:
  Storages storages_;
  bool closed_ = false;
};

}  // namespace roundtrip
