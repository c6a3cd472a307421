#include "pt2/reduce.h"

#include <c10/util/StringUtil.h>
#include <roundtrip/archive.h>

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "export/api/subgraph_part.h"
#include "pt2/files.h"
#include "pt2/reduction_trials.h"
#include "pt2/report.h"
#include "pt2/transforms.h"

namespace roundtrip::pt2 {

namespace fs = std::filesystem;

namespace {

Nodes without(const Nodes& nodes, std::size_t begin, std::size_t count) {
  Nodes rest = nodes;
  const auto first = rest.begin() + static_cast<std::ptrdiff_t>(begin);
  rest.erase(first, first + static_cast<std::ptrdiff_t>(std::min(count, rest.size() - begin)));
  return rest;
}

/// Leaves out ever smaller groups of the nodes of the program in `file` while the rest fails in the
/// same way as the whole.
Nodes smallest(Trials& trials, const fs::path& file, Nodes nodes, const Failure& failure,
               const fs::path& saved) {
  for (std::size_t size = nodes.size() / 2; size > 0; size /= 2) {
    bool has_shrunk = true;
    while (has_shrunk) {
      has_shrunk = false;
      for (std::size_t begin = 0; begin < nodes.size() && nodes.size() > 1;) {
        Nodes rest = without(nodes, begin, size);
        if (!rest.empty() && trials.of_part(file, rest, saved).kind == failure.kind) {
          nodes = std::move(rest);
          has_shrunk = true;
        } else {
          begin += size;
        }
      }
      has_shrunk &= size == 1;
    }
  }
  return nodes;
}

/// A file for programs that are tried, beside the one of those that fail.
class TriedFile {
 public:
  explicit TriedFile(const fs::path& saved) : saved_(saved), path_(saved) {
    path_.replace_extension(".tried.pt2");
  }
  ~TriedFile() {
    std::error_code ignored;
    fs::remove(path_, ignored);
  }
  TriedFile(const TriedFile&) = delete;
  TriedFile& operator=(const TriedFile&) = delete;

  const fs::path& path() const { return path_; }
  void keep() const { fs::rename(path_, saved_); }

 private:
  fs::path saved_, path_;
};

Nodes all_nodes(std::size_t count) {
  Nodes nodes(count);
  std::iota(nodes.begin(), nodes.end(), 0);
  return nodes;
}

/// Leaves in `saved` the smallest part of the program in `file`, by its own nodes; false where no
/// part fails in the same way as the whole.
bool save_smallest(Trials& trials, const fs::path& file, std::size_t count, const Failure& failure,
                   const fs::path& saved) {
  const Nodes nodes = smallest(trials, file, all_nodes(count), failure, saved);
  return trials.of_part(file, nodes, saved).kind == failure.kind;
}

/// Takes a subgraph in place of the whole program in `saved` where it fails in the same way.
bool take_subgraph(Trials& trials, const Arguments& arguments, const Failure& failure,
                   const fs::path& saved) {
  const TriedFile tried(saved);
  const auto program = [&](const fs::path& file) {
    return load(file, {.allowed = arguments.allowed});
  };
  const std::size_t count = count_subgraphs(program(saved));
  for (std::size_t place = 0; place < count; ++place) {
    if (trials.of_subgraph(saved, place, tried.path()).kind != failure.kind) continue;
    const std::size_t nodes = program(tried.path()).program().graph_module.graph.num_nodes();
    if (!save_smallest(trials, tried.path(), nodes, failure, saved)) tried.keep();
    return true;
  }
  return false;
}

/// Leaves out ever smaller groups of nodes of subgraphs, too.
void make_subgraphs_smaller(Trials& trials, const Arguments& arguments, const Failure& failure,
                            const fs::path& saved) {
  const TriedFile tried(saved);
  const auto count = [&] { return count_inner_nodes(load(saved, {.allowed = arguments.allowed})); };
  const auto leave_out = [&](std::size_t begin, std::size_t size) {
    for (const StandIn stand_in : {StandIn::constant, StandIn::value}) {
      const auto found = trials.without_inner(saved, begin, size, stand_in, tried.path());
      if (found.kind != failure.kind) continue;
      tried.keep();
      return true;
    }
    return false;
  };
  for (std::size_t size = std::max<std::size_t>(count() / 2, 1); size > 0; size /= 2) {
    for (std::size_t begin = 0; begin < count();) {
      if (!leave_out(begin, size)) begin += size;
    }
  }
}

/// Makes the sizes of the inputs of the program in `saved` as small as possible while it still
/// fails in the same way.
void make_smaller(Trials& trials, std::int64_t size, const Failure& failure,
                  const fs::path& saved) {
  const TriedFile tried(saved);
  const auto fails_with = [&](std::int64_t smaller) {
    return trials.of_smaller(saved, size, smaller, tried.path()).kind == failure.kind;
  };
  const auto shrink_by = [&](std::int64_t step) {
    if (step < 1 || step >= size || !fails_with(size - step)) return false;
    tried.keep();
    size -= step;
    return true;
  };
  if (!shrink_by(size - 1)) shrink_by(size - 2);
  for (std::int64_t step = size / 2; step > 0; step /= 2) {
    while (shrink_by(step)) {
    }
  }
}

bool reduce_file(const Arguments& arguments, const fs::path& file, const Chain& chain) {
  const auto program = [&](const fs::path& path) {
    return load(path, {.allowed = arguments.allowed});
  };
  std::size_t count = 0, count_with_inner = 0;
  const bool is_read = work_on(file, [&](const fs::path& path) {
    const auto whole = program(path);
    count = whole.program().graph_module.graph.num_nodes();
    count_with_inner = count_nodes(whole);
  });
  if (!is_read) return false;
  Trials trials(arguments, chain);
  const Failure failure = trials.of_whole(file);
  if (failure.kind.empty()) {
    report(file.string() + ": does not fail under the transformations, or does not run itself");
    return false;
  }
  const fs::path saved = arguments.out / (file.stem().string() + ".pt2");
  if (!save_smallest(trials, file, count, failure, saved)) {
    fs::remove(saved);  // of a trial that did not fail so
    report(file.string() + ": fails (" + failure.text + "), but no part of it does so");
    return false;
  }
  while (take_subgraph(trials, arguments, failure, saved)) {
  }
  make_subgraphs_smaller(trials, arguments, failure, saved);
  for (const std::int64_t size : trials.sizes_of(saved)) {
    make_smaller(trials, size, failure, saved);
  }
  const auto reduced = program(saved);
  print(c10::str(file.string(), ": ", trials.of_whole(saved).text, "\n", count_nodes(reduced),
                 " of ", count_with_inner, " nodes fail so, found in ", trials.count(),
                 " trials: ", saved.string(), "\n\n", reduced.str(), "\n"));
  return true;
}

}  // namespace

bool reduce(const Arguments& arguments) {
  PluginHost host;
  const auto owners = make_transforms(arguments, host);
  if (owners.empty()) {
    throw UsageError("'reduce' needs --transform NAME, under which the program fails");
  }
  Chain chain;
  for (const auto& transform : owners) chain.push_back(transform.get());
  make_folder(arguments.out);
  bool all_good = true;
  for (const auto& file : arguments.files) all_good &= reduce_file(arguments, file, chain);
  return all_good;
}

}  // namespace roundtrip::pt2
