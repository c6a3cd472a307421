#include <thread>

#include "plain_suite.h"

// No test can be forked from a process of several threads.
static const bool started = [] {
  std::thread([] { std::this_thread::sleep_for(std::chrono::hours(1)); }).detach();
  return true;
}();

ROUNDTRIP_PLUGIN("thread_on_load", "1.0", started ? "Starts a thread while it is loaded" : "");
