#include "export/capture/sandbox/random_watch.h"

#include <ATen/CPUGeneratorImpl.h>

#include <mutex>

namespace roundtrip {
namespace {

at::mt19937_data_pod current_state() {
  at::Generator generator = at::detail::getDefaultCPUGenerator();
  std::lock_guard lock(generator.mutex());
  return generator.get<at::CPUGeneratorImpl>()->engine().data();
}

}  // namespace

void RandomWatch::remember() {
  left_ = current_state();
}

bool RandomWatch::is_as_left() const {
  const at::mt19937_data_pod now = current_state();
  return now.seed_ == left_.seed_ && now.left_ == left_.left_ && now.next_ == left_.next_ &&
         now.state_ == left_.state_;
}

}  // namespace roundtrip
