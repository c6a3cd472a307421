#include "export/capture/sandbox/backend_flags.h"

#include <ATen/Context.h>

#include <mutex>

namespace roundtrip {
namespace {

struct Flags {
  bool mkldnn = false;
  bool nnpack = false;
  bool cudnn = false;
};

std::mutex mutex;
int holders = 0;
Flags before;

Flags current() {
  const at::Context& context = at::globalContext();
  return {context.userEnabledMkldnn(), context.userEnabledNNPACK(), context.userEnabledCuDNN()};
}

void set(const Flags& flags) {
  at::Context& context = at::globalContext();
  context.setUserEnabledMkldnn(flags.mkldnn);
  context.setUserEnabledNNPACK(flags.nnpack);
  context.setUserEnabledCuDNN(flags.cudnn);
}

}  // namespace

BackendsOff::BackendsOff() {
  const std::lock_guard lock(mutex);
  if (holders++ > 0) return;
  before = current();
  set({});
}

BackendsOff::~BackendsOff() {
  const std::lock_guard lock(mutex);
  if (--holders == 0) set(before);
}

}  // namespace roundtrip
