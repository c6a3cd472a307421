#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "runner/process/fd.h"

namespace roundtrip {

/// A process that outlived its test, and how it is described: "sleep 60 (process 123)". The text
/// may hold any bytes.
struct LeftProcess {
  pid_t pid = 0;
  std::string text;
};

/// The children of a process, including zombies; none if there is no such process.
std::vector<pid_t> children_of(pid_t process);

/// The same by reading the parent of every process, for kernels that list no children.
std::vector<pid_t> search_children(pid_t process);

/// Its children, their children, and so on.
std::vector<pid_t> descendants_of(pid_t process);

/// Lists the children of this process, which must have one thread, at the cost of one read: for
/// callers that ask often.
class OwnChildren {
 public:
  OwnChildren();

  std::vector<pid_t> list() const;

 private:
  UniqueFd file_;  ///< the kernel's list; closed where it has none
};

/// Describes a process; one that was forked by this process or its children and has executed no
/// program is "a fork".
LeftProcess describe_process(pid_t process);

}  // namespace roundtrip
