// model_fuzzer: makes models at random and compares each with the programs that are exported of
// it. Prints what differs, reduced, as C++.
#include <ATen/Parallel.h>
#include <c10/util/Exception.h>
#include <c10/util/StringUtil.h>

#include <boost/program_options.hpp>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <map>

#include "apart.h"
#include "generate.h"
#include "oracle.h"
#include "reduce.h"

namespace roundtrip::fuzz {
namespace {

namespace po = boost::program_options;

constexpr int kBatch = 200;
constexpr int kSeconds = 30;
constexpr const char* kCrashed = "crashed";

const char* name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::same:
      return "same";
    case Verdict::refused:
      return "refused";
    case Verdict::different:
      return "different";
    case Verdict::internal:
      return "internal";
  }
  return "";
}

struct Answer {
  std::string verdict;
  std::string reason;
  std::size_t compared = 0;
  std::size_t resized = 0;
};

bool is_failure(const Answer& answer) {
  return answer.verdict != "same" && answer.verdict != "refused" && answer.verdict != "no model";
}

std::string answer_line(const Judgement& judgement) {
  return c10::str(name_of(judgement.verdict), " ", judgement.compared, " ", judgement.resized, " ",
                  judgement.reason);
}

Answer parse(const std::string& line) {
  Answer answer;
  std::istringstream text(line);
  text >> answer.verdict >> answer.compared >> answer.resized;
  std::getline(text.ignore(), answer.reason);
  return answer;
}

/// The reason without what is one model's own: its first sentence, without numbers.
std::string kind_of(const std::string& reason) {
  std::string kind = reason.substr(0, reason.find_first_of("!,("));
  std::replace_if(
      kind.begin(), kind.end(), [](unsigned char c) { return std::isdigit(c) != 0; }, '#');
  return kind.substr(0, 90);
}

Answer judge_apart(const Recipe& recipe, std::uint64_t seed) {
  Answer answer;
  const std::string end =
      run_apart([&](const auto& say) { say(answer_line(judge(recipe, seed))); },
                [&](const std::string& line) { answer = parse(line); }, kSeconds);
  return end.empty() ? answer : Answer{kCrashed, end};
}

/// The failure, reduced. An operator may end the process while the model is made, too.
void print_failure(std::uint64_t seed, const Answer& answer) {
  std::string text = "the model itself cannot be made";
  run_apart(
      [&](const auto& say) {
        const Recipe smallest = reduce(generate(seed), [&](const Recipe& recipe) {
          return judge_apart(recipe, seed).verdict == answer.verdict;
        });
        say(judge_apart(smallest, seed).reason + "\n" + to_cpp(smallest));
      },
      [&](const std::string& line) { text = line; }, kSeconds * 20);
  std::replace(text.begin(), text.end(), '\t', '\n');
  std::cout << "\nseed " << seed << ": " << answer.verdict << ": " << text << std::flush;
}

/// Random calls make LibTorch warn of much: what differs would be lost in it.
class NoWarnings final : public c10::WarningHandler {
 public:
  void process(const c10::Warning&) override {}
};

struct Options {
  std::uint64_t seed = 0;
  std::uint64_t cases = 0;
  double minutes = 0;
  std::size_t most = 20;
  std::optional<std::filesystem::path> folder{};
};

class Fuzzer {
 public:
  explicit Fuzzer(const Options& options)
      : next_(options.seed),
        end_(options.cases == 0 ? UINT64_MAX : options.seed + options.cases),
        most_(options.most),
        folder_(options.folder) {
    if (options.minutes > 0) {
      until_ = Clock::now() +
               std::chrono::milliseconds(static_cast<std::int64_t>(options.minutes * 60e3));
    }
  }

  /// Returns whether no program differed from its model.
  bool run() {
    while (next_ < end_ && (!until_ || Clock::now() < *until_) && failures_ < most_) run_batch();
    std::cout << tried_ << " models:";
    for (const auto& [verdict, count] : counts_) std::cout << " " << count << " " << verdict << ",";
    std::cout << " " << compared_ << " runs compared, " << resized_
              << " of them at other sizes, next seed " << next_ << "\n";
    return failures_ == 0;
  }

  void print_refusals() const {
    std::vector<std::pair<std::size_t, std::string>> sorted;
    for (const auto& [reason, count] : refusals_) sorted.emplace_back(count, reason);
    std::sort(sorted.rbegin(), sorted.rend());
    for (const auto& [count, reason] : sorted) std::cout << count << "  " << reason << "\n";
  }

 private:
  using Clock = std::chrono::steady_clock;

  void run_batch() {
    const std::uint64_t end = std::min(next_ + kBatch, end_);
    std::vector<std::pair<std::uint64_t, Answer>> failed;
    const std::string died = run_apart(
        [&](const auto& say) {
          for (std::uint64_t seed = next_; seed < end; ++seed) {
            say(answer_line(judge(generate(seed), seed, folder_)));
          }
        },
        [&](const std::string& line) { count(next_++, parse(line), failed); }, kSeconds);
    if (!died.empty()) {
      const Answer answer = crash(next_, died);
      count(next_++, answer, failed);
    }
    for (const auto& [seed, answer] : failed) print_failure(seed, answer);
  }

  /// LibTorch's kernels crash on some arguments: then there is no model.
  static Answer crash(std::uint64_t seed, const std::string& died) {
    const std::string alone = run_apart([&](const auto&) { generate(seed); }, {}, kSeconds);
    return alone.empty() ? Answer{kCrashed, died} : Answer{"no model", alone};
  }

  void count(std::uint64_t seed, const Answer& answer,
             std::vector<std::pair<std::uint64_t, Answer>>& failed) {
    ++tried_;
    ++counts_[answer.verdict];
    compared_ += answer.compared;
    resized_ += answer.resized;
    if (answer.verdict == "refused") ++refusals_[kind_of(answer.reason)];
    if (!is_failure(answer)) return;
    ++failures_;
    failed.emplace_back(seed, answer);
  }

  std::uint64_t next_;
  const std::uint64_t end_;
  const std::size_t most_;
  std::optional<Clock::time_point> until_;
  const std::optional<std::filesystem::path> folder_;
  std::uint64_t tried_ = 0;
  std::size_t compared_ = 0;
  std::size_t resized_ = 0;
  std::size_t failures_ = 0;
  std::map<std::string, std::size_t> counts_;
  std::map<std::string, std::size_t> refusals_;
};

int main(int argc, char** argv) {
  po::options_description options("model_fuzzer: compares random models with their programs");
  Options chosen;
  std::string folder;
  options.add_options()("help", "show this")(
      "seed", po::value(&chosen.seed)->default_value(0),
      "the first model; a model is the same for the same seed")(
      "cases", po::value(&chosen.cases)->default_value(0), "how many models; 0: until time is up")(
      "minutes", po::value(&chosen.minutes)->default_value(0), "how long; 0: until all are tried")(
      "most", po::value(&chosen.most)->default_value(20), "end after so many failures")(
      "save", po::value(&folder), "a folder for the programs and what their models gave")(
      "refusals", "print what was refused, and how often");
  po::variables_map given;
  po::store(po::parse_command_line(argc, argv, options), given);
  po::notify(given);
  if (given.count("help") > 0) {
    std::cout << options;
    return 0;
  }
  if (chosen.cases == 0 && chosen.minutes == 0) chosen.cases = 1;
  if (!folder.empty()) {
    std::filesystem::create_directories(folder);
    chosen.folder = folder;
  }
  at::set_num_threads(1);
  at::set_num_interop_threads(1);
  NoWarnings no_warnings;
  const c10::WarningUtils::WarningHandlerGuard quiet(&no_warnings);
  Fuzzer fuzzer(chosen);
  const bool good = fuzzer.run();
  if (given.count("refusals") > 0) fuzzer.print_refusals();
  return good ? 0 : 1;
}

}  // namespace
}  // namespace roundtrip::fuzz

int main(int argc, char** argv) {
  return roundtrip::fuzz::main(argc, argv);
}
