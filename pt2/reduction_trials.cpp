#include "pt2/reduction_trials.h"

#include <ATen/ATen.h>
#include <c10/util/StringUtil.h>
#include <roundtrip/archive.h>
#include <roundtrip/pytree.h>
#include <sys/mman.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <iterator>
#include <new>
#include <sstream>

#include "export/api/program_part.h"
#include "export/api/smaller_sizes.h"

namespace roundtrip::pt2 {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kLongestText = 4096;

/// How a trial ended, as the exit code of its process.
enum OutcomeCode : int { kPassed = 0, kUnfit = 1, kDiffers = 2, kThrown = 3 };

/// What a child process reports when the program has run and is about to be transformed.
constexpr const char* kIsTransformed = "transformed";

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

}  // namespace

SharedText::SharedText()
    : text_(static_cast<char*>(::mmap(nullptr, kLongestText, PROT_READ | PROT_WRITE,
                                      MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {
  if (text_ == MAP_FAILED) throw std::bad_alloc();
}

SharedText::~SharedText() {
  ::munmap(text_, kLongestText);
}

void SharedText::set(const std::string& text) {
  const std::size_t length = std::min(text.size(), kLongestText - 1);
  std::copy_n(text.data(), length, text_);
  text_[length] = '\0';
}

Failure Trials::of_whole(const fs::path& file) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  const Failure failure =
      run([&] { return try_program(load_file(file), chain_, arguments_.seed, thrown_); });
  seconds_of_whole_ = std::chrono::duration<double>(Clock::now() - start).count();
  return failure;
}

Failure Trials::of_part(const fs::path& file, const Nodes& nodes, const fs::path& saved) {
  return run([&] { return try_saved(program_part(load_file(file), nodes), saved); });
}

Failure Trials::of_subgraph(const fs::path& file, std::size_t place, const fs::path& saved) {
  return run([&] { return try_saved(subgraph_program(load_file(file), place), saved); });
}

/// Without some nodes a loop may have no end.
Failure Trials::without_inner(const fs::path& file, std::size_t begin, std::size_t count,
                              StandIn stand_in, const fs::path& saved) {
  limits_.seconds = 10 * seconds_of_whole_ + 1;
  const double given = arguments_.limits.seconds;
  if (given > 0) limits_.seconds = std::min(limits_.seconds, given);
  const Failure failure = run([&] {
    return try_saved(without_inner_nodes(load_file(file), begin, count, stand_in), saved);
  });
  limits_ = arguments_.limits;
  return failure;
}

std::vector<std::int64_t> Trials::sizes_of(const fs::path& file) {
  run([&] {
    const auto sizes = input_sizes(load_file(file));
    thrown_.set(c10::Join(" ", std::vector<std::int64_t>(sizes.rbegin(), sizes.rend())));
    return int{kPassed};
  });
  std::istringstream text(thrown_.get());
  return {std::istream_iterator<std::int64_t>(text), {}};
}

Failure Trials::of_smaller(const fs::path& file, std::int64_t size, std::int64_t smaller,
                           const fs::path& saved) {
  return run([&] { return try_saved(with_smaller_size(load_file(file), size, smaller), saved); });
}

ExportedProgram Trials::load_file(const fs::path& file) const {
  return load(file, {.allowed = arguments_.allowed});
}

/// What is tried is what is in the file.
int Trials::try_saved(const std::optional<ExportedProgram>& program, const fs::path& saved) {
  if (!program) return kUnfit;
  save(*program, saved);
  return try_program(load_file(saved), chain_, arguments_.seed, thrown_);
}

Failure Trials::run(const std::function<int()>& work) {
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
  const std::string trouble = run_isolated(quiet, limits_, code);
  const bool is_own_trouble = thrown_.get() != kIsTransformed;  // whatever is tried would have it
  if (!trouble.empty()) return is_own_trouble ? Failure{} : Failure{trouble, trouble};
  if (code == kDiffers) return {"its results differ", "its results differ"};
  if (code != kThrown) return {};
  return {kind_of(thrown_.get()), "it throws: " + thrown_.get()};
}

}  // namespace roundtrip::pt2
