#include "export/dispatch/autocast_guard.h"

#include <ATen/autocast_mode.h>

namespace roundtrip {

AutocastGuard::AutocastGuard(const AutocastSettings& settings)
    : device_(settings.device),
      enabled_(at::autocast::is_autocast_enabled(device_)),
      dtype_(at::autocast::get_autocast_dtype(device_)),
      cache_enabled_(at::autocast::is_autocast_cache_enabled()) {
  at::autocast::set_autocast_enabled(device_, settings.enabled);
  at::autocast::set_autocast_dtype(device_, settings.dtype.value_or(dtype_));
  at::autocast::set_autocast_cache_enabled(settings.cache_enabled.value_or(cache_enabled_));
  at::autocast::increment_nesting();
}

AutocastGuard::~AutocastGuard() {
  if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
  at::autocast::set_autocast_enabled(device_, enabled_);
  at::autocast::set_autocast_dtype(device_, dtype_);
  at::autocast::set_autocast_cache_enabled(cache_enabled_);
}

}  // namespace roundtrip
