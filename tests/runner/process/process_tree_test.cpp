#include "runner/process/process_tree.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "runner/process/fd.h"

using namespace roundtrip;

namespace {

/// A child that has a child of its own; both wait until the object ends.
class Family {
 public:
  Family() {
    Pipe ready = make_pipe();
    child_ = ::fork();
    if (child_ == 0) {
      const pid_t grandchild = ::fork();
      if (grandchild > 0) (void)!::write(ready.write.get(), &grandchild, sizeof(grandchild));
      while (true) ::pause();
    }
    while (::read(ready.read.get(), &grandchild_, sizeof(grandchild_)) < 0) ::usleep(1000);
  }
  ~Family() {
    ::kill(grandchild_, SIGKILL);
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  Family(const Family&) = delete;
  Family& operator=(const Family&) = delete;

  pid_t child() const { return child_; }
  pid_t grandchild() const { return grandchild_; }

 private:
  pid_t child_ = -1;
  pid_t grandchild_ = -1;
};

using Pids = std::vector<pid_t>;

}  // namespace

TEST_CASE("children are found, by the kernel's list and by search") {
  const Family family;
  CHECK(children_of(::getpid()) == Pids{family.child()});
  CHECK(search_children(::getpid()) == Pids{family.child()});
  CHECK(OwnChildren().list() == Pids{family.child()});
  CHECK(children_of(family.child()) == Pids{family.grandchild()});
  CHECK(search_children(family.child()) == Pids{family.grandchild()});
  CHECK(descendants_of(::getpid()) == Pids{family.child(), family.grandchild()});
  CHECK(descendants_of(family.grandchild()).empty());
}

TEST_CASE("a process is called by its command line, and a fork of this one a fork") {
  const Family family;
  CHECK(describe_process(family.child()).text ==
        "a fork (process " + std::to_string(family.child()) + ")");
  CHECK(describe_process(family.child()).pid == family.child());
  const std::string init = describe_process(1).text;
  CHECK(init.ends_with(" (process 1)"));
  CHECK_FALSE(init.starts_with("a fork"));
}

TEST_CASE("many children are listed whole") {
  std::vector<pid_t> forks;
  for (int i = 0; i < 1500; ++i) {
    const pid_t fork = ::fork();
    if (fork == 0) {
      while (true) ::pause();
    }
    forks.push_back(fork);
  }
  Pids listed = OwnChildren().list();
  std::sort(listed.begin(), listed.end());
  std::sort(forks.begin(), forks.end());
  CHECK(listed == forks);
  for (const pid_t fork : forks) ::kill(fork, SIGKILL);
  for (const pid_t fork : forks) ::waitpid(fork, nullptr, 0);
}
