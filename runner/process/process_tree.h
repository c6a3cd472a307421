#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "runner/process/fd.h"

namespace roundtrip {

/// A process that outlived its test, and how it is called: "sleep 60 (process 123)". The text may
/// have any bytes.
struct LeftProcess {
  pid_t pid = 0;
  std::string text;
};

/// The children of a process, zombies among them; none when it has gone.
std::vector<pid_t> children_of(pid_t process);

/// The same by asking all processes for their parent, for kernels that list no children.
std::vector<pid_t> search_children(pid_t process);

/// Its children, their children, and so on.
std::vector<pid_t> descendants_of(pid_t process);

/// The children of the calling thread's process, which has no other thread: asked for often, at the
/// cost of one read.
class OwnChildren {
 public:
  OwnChildren();

  std::vector<pid_t> list() const;

 private:
  UniqueFd file_;  ///< the kernel's list; closed where it has none
};

/// Of a fork of the calling process, or of its children, that has executed no program: "a fork".
LeftProcess describe_process(pid_t process);

}  // namespace roundtrip
