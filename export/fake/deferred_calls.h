#pragma once

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>

#include <cstddef>
#include <unordered_map>
#include <vector>

namespace roundtrip {

/// Which memory a call reads and writes. What it makes is written.
struct MemoryUse {
  std::vector<c10::StorageImpl*> reads;
  std::vector<c10::StorageImpl*> writes;
};

/// Calls of operators whose results are known but for their data, in the order of the program. A
/// call runs when its data is asked for, and no later than before memory that it reads is written
/// to. One thread.
class DeferredCalls {
 public:
  DeferredCalls() = default;
  ~DeferredCalls();
  DeferredCalls(const DeferredCalls&) = delete;
  DeferredCalls& operator=(const DeferredCalls&) = delete;

  /// Takes a call. Tensors on both stacks are those of the caller: what becomes of their sizes does
  /// not matter. `results` are arguments that are written to, or new tensors without memory.
  void add(const c10::OperatorHandle& op, const torch::jit::Stack& arguments,
           const torch::jit::Stack& results, MemoryUse use);

  /// Runs calls until memory can be read and written as the program would now, and no more.
  /// Throws what an operator throws, and `CaptureError` for results that are other than expected.
  void make_ready(const MemoryUse& use);
  /// The same for any memory.
  void run_all();
  /// Whether a call that did not run writes to it.
  bool will_write(c10::StorageImpl* storage) const;

  /// Where the calls stand: `drop_since` forgets those that came later and did not run.
  std::size_t count() const { return added_; }
  void drop_since(std::size_t count);

 private:
  struct Call {
    c10::OperatorHandle op;
    torch::jit::Stack arguments;
    torch::jit::Stack results;
    MemoryUse use;
    std::size_t number;
  };
  struct Pending {
    std::size_t reads = 0;
    std::size_t writes = 0;
  };

  bool is_ready(const MemoryUse& use) const;
  void run(const std::vector<bool>& needed);
  static void run(const Call& call);
  void forget(const Call& call);

  std::vector<Call> calls_;
  std::size_t added_ = 0;
  /// How many calls that have not run use a storage.
  std::unordered_map<c10::StorageImpl*, Pending> pending_;
};

}  // namespace roundtrip
