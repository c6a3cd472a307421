#pragma once

#include <roundtrip/value.h>

#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace roundtrip {

/// Annotations for a region of a model's forward: Python's
/// `torch.fx.traceback.annotate({"stage": 1})` is `Annotate stage{{"stage", 1}};`. While it
/// lives, nodes that this thread's capture records get the entries as their metadata `custom`,
/// which files keep and a printed program shows. Within another region the entries add up; of two
/// with one name the inner one counts. Does nothing outside of a capture.
///
/// Values are numbers, strings, None, and tuples, lists and dicts of them; tuples become
/// lists in a file. Throws `Error` for others.
class Annotate {
 public:
  using Entries = std::vector<std::pair<std::string, Value>>;

  Annotate(std::initializer_list<Entries::value_type> entries) : Annotate(Entries(entries)) {}
  explicit Annotate(const Entries& entries);
  ~Annotate();
  Annotate(const Annotate&) = delete;
  Annotate& operator=(const Annotate&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace roundtrip
