#include <dlfcn.h>
#include <unistd.h>

#include <cstdio>

/// What a process for each test costs at least: loads the suite's library, and ends.
int main(int, char** argv) {
  const bool is_loaded = ::dlopen(argv[1], RTLD_NOW) != nullptr;
  if (!is_loaded) std::fprintf(stderr, "%s\n", ::dlerror());
  ::_exit(is_loaded ? 0 : 1);
}
