#include "pt2/reduce.h"

#include <ATen/ATen.h>
#include <c10/util/StringUtil.h>
#include <roundtrip/archive.h>
#include <roundtrip/pytree.h>
#include <roundtrip/transform.h>
#include <sys/mman.h>

#include <algorithm>
#include <functional>
#include <iostream>
#include <iterator>
#include <new>
#include <numeric>
#include <sstream>
#include <string>

#include "export/api/program_part.h"
#include "export/api/smaller_sizes.h"
#include "pt2/files.h"
#include "pt2/isolated.h"
#include "pt2/report.h"
#include "pt2/transforms.h"

namespace roundtrip::pt2 {

namespace fs = std::filesystem;

namespace {

using Nodes = std::vector<std::size_t>;
using Chain = std::vector<const Transform*>;

/// How a trial ended, as the exit code of its process.
enum OutcomeCode : int { kPassed = 0, kUnfit = 1, kDiffers = 2, kThrown = 3 };

/// What a child process reports when the program has run and is about to be transformed.
constexpr const char* kIsTransformed = "transformed";

/// A failure; failures of one kind count as the same. An empty kind is no failure.
struct Failure {
  std::string kind;
  std::string text;
};

/// A text that a child process passes to this one, cut to the room that there is.
class SharedText {
 public:
  SharedText()
      : text_(static_cast<char*>(
            ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {
    if (text_ == MAP_FAILED) throw std::bad_alloc();
  }
  ~SharedText() { ::munmap(text_, kSize); }
  SharedText(const SharedText&) = delete;
  SharedText& operator=(const SharedText&) = delete;

  void set(const std::string& text) {
    const std::size_t length = std::min(text.size(), kSize - 1);
    std::copy_n(text.data(), length, text_);
    text_[length] = '\0';
  }
  std::string get() const { return text_; }

 private:
  static constexpr std::size_t kSize = 4096;
  char* text_;
};

/// Messages of one kind differ in names and numbers: only the text before the first of these
/// counts.
std::string kind_of(const std::string& message) {
  return "it throws: " + message.substr(0, message.find_first_of("0123456789'\"%:\n"));
}

bool is_close(const Value& left, const Value& right) {
  if (!left.is_tensor() || !right.is_tensor()) return bitwise_equal(left, right);
  const at::Tensor &a = left.tensor(), &b = right.tensor();
  if (a.scalar_type() != b.scalar_type() || a.sizes() != b.sizes()) return false;
  return at::allclose(a, b, 1e-4, 1e-5, /*equal_nan=*/true);
}

/// The leaves of its outputs for its example inputs.
Values results_of(const ExportedProgram& program, const ExampleInputs& inputs, std::uint64_t seed) {
  at::manual_seed(seed);
  const auto copy = program.clone();  // a buffer may change
  return tree_flatten(copy.run(inputs.args, inputs.kwargs));
}

/// Runs the program, transforms it, and runs what that gives.
int try_program(const ExportedProgram& program, const Chain& chain, std::uint64_t seed,
                SharedText& thrown) {
  Values expected;
  std::optional<ExampleInputs> inputs;
  try {
    program.validate();
    inputs = program.example_inputs();
    if (!inputs) return kUnfit;
    expected = results_of(program, *inputs, seed);
  } catch (const std::exception&) {
    return kUnfit;
  }
  thrown.set(kIsTransformed);
  try {
    at::manual_seed(seed);
    const auto transformed = apply_transforms(chain, program.clone());
    const Values results = results_of(transformed, *inputs, seed);
    const bool is_same = results.size() == expected.size() &&
                         std::equal(results.begin(), results.end(), expected.begin(), is_close);
    return is_same ? kPassed : kDiffers;
  } catch (const std::exception& error) {
    thrown.set(error.what());
    return kThrown;
  }
}

/// Tries parts of one program, each in a process of its own.
class Trials {
 public:
  Trials(const Arguments& arguments, fs::path file, const Chain& chain)
      : arguments_(arguments), file_(std::move(file)), chain_(chain) {}

  /// How the whole program fails.
  Failure of_whole() {
    return run([&] { return try_program(load_file(file_), chain_, arguments_.seed, thrown_); });
  }

  /// How these nodes fail as a program, which is then left in `saved`.
  Failure of_part(const Nodes& nodes, const fs::path& saved) {
    return run([&] { return try_saved(program_part(load_file(file_), nodes), saved); });
  }

  /// The sizes above 1 of the example inputs of the program in `file`, the largest first.
  std::vector<std::int64_t> sizes_of(const fs::path& file) {
    run([&] {
      const auto sizes = input_sizes(load_file(file));
      thrown_.set(c10::Join(" ", std::vector<std::int64_t>(sizes.rbegin(), sizes.rend())));
      return int{kPassed};
    });
    std::istringstream text(thrown_.get());
    return {std::istream_iterator<std::int64_t>(text), {}};
  }

  /// How the program in `file` fails when a size of its inputs is replaced by a smaller one; that
  /// program is then left in `saved`.
  Failure of_smaller(const fs::path& file, std::int64_t size, std::int64_t smaller,
                     const fs::path& saved) {
    return run([&] { return try_saved(with_smaller_size(load_file(file), size, smaller), saved); });
  }

  std::size_t count() const { return count_; }

 private:
  ExportedProgram load_file(const fs::path& file) const {
    return load(file, {.allowed = arguments_.allowed});
  }

  /// What is tried is what is in the file.
  int try_saved(const std::optional<ExportedProgram>& program, const fs::path& saved) {
    if (!program) return kUnfit;
    save(*program, saved);
    return try_program(load_file(saved), chain_, arguments_.seed, thrown_);
  }

  Failure run(const std::function<int()>& work) {
    ++count_;
    thrown_.set("");
    int code = kUnfit;
    const auto quiet = [&] {
      std::cerr.setstate(std::ios::failbit);  // trials fail, that is what they are for
      try {
        return work();
      } catch (const std::exception&) {
        return int{kUnfit};
      }
    };
    const std::string trouble = run_isolated(quiet, arguments_.limits, code);
    const bool is_own_trouble = thrown_.get() != kIsTransformed;  // whatever is tried would have it
    if (!trouble.empty()) return is_own_trouble ? Failure{} : Failure{trouble, trouble};
    if (code == kDiffers) return {"its results differ", "its results differ"};
    if (code != kThrown) return {};
    return {kind_of(thrown_.get()), "it throws: " + thrown_.get()};
  }

  const Arguments& arguments_;
  fs::path file_;
  const Chain& chain_;
  SharedText thrown_;
  std::size_t count_ = 0;
};

Nodes without(const Nodes& nodes, std::size_t begin, std::size_t count) {
  Nodes rest = nodes;
  const auto first = rest.begin() + static_cast<std::ptrdiff_t>(begin);
  rest.erase(first, first + static_cast<std::ptrdiff_t>(std::min(count, rest.size() - begin)));
  return rest;
}

/// Leaves out ever smaller groups of nodes while the rest fails in the same way as the whole.
Nodes smallest(Trials& trials, Nodes nodes, const Failure& failure, const fs::path& saved) {
  for (std::size_t size = nodes.size() / 2; size > 0; size /= 2) {
    bool has_shrunk = true;
    while (has_shrunk) {
      has_shrunk = false;
      for (std::size_t begin = 0; begin < nodes.size() && nodes.size() > 1;) {
        Nodes rest = without(nodes, begin, size);
        if (!rest.empty() && trials.of_part(rest, saved).kind == failure.kind) {
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

/// Makes the sizes of the inputs of the program in `saved` as small as possible while it still
/// fails in the same way.
void make_smaller(Trials& trials, std::int64_t size, const Failure& failure,
                  const fs::path& saved) {
  fs::path tried = saved;
  tried.replace_extension(".smaller.pt2");
  const auto fails_with = [&](std::int64_t smaller) {
    return trials.of_smaller(saved, size, smaller, tried).kind == failure.kind;
  };
  const auto shrink_by = [&](std::int64_t step) {
    if (step < 1 || step >= size || !fails_with(size - step)) return false;
    fs::rename(tried, saved);
    size -= step;
    return true;
  };
  if (!shrink_by(size - 1)) shrink_by(size - 2);
  for (std::int64_t step = size / 2; step > 0; step /= 2) {
    while (shrink_by(step)) {
    }
  }
  std::error_code ignored;
  fs::remove(tried, ignored);
}

bool reduce_file(const Arguments& arguments, const fs::path& file, const Chain& chain) {
  std::size_t count = 0;
  const bool is_read = work_on(file, [&](const fs::path& path) {
    count = load(path, {.allowed = arguments.allowed}).program().graph_module.graph.num_nodes();
  });
  if (!is_read) return false;
  Trials trials(arguments, file, chain);
  const Failure failure = trials.of_whole();
  if (failure.kind.empty()) {
    report(file.string() + ": does not fail under the transformations, or does not run itself");
    return false;
  }
  const fs::path saved = arguments.out / (file.stem().string() + ".pt2");
  Nodes nodes(count);
  std::iota(nodes.begin(), nodes.end(), 0);
  nodes = smallest(trials, nodes, failure, saved);
  const Failure found = trials.of_part(nodes, saved);
  if (found.kind != failure.kind) {
    fs::remove(saved);  // of a trial that did not fail so
    report(file.string() + ": fails (" + failure.text + "), but no part of it does so");
    return false;
  }
  for (const std::int64_t size : trials.sizes_of(saved)) {
    make_smaller(trials, size, failure, saved);
  }
  const std::string program = load(saved, {.allowed = arguments.allowed}).str();
  print(c10::str(file.string(), ": ", found.text, "\n", nodes.size(), " of ", count,
                 " nodes fail so, found in ", trials.count(), " trials: ", saved.string(), "\n\n",
                 program, "\n"));
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
