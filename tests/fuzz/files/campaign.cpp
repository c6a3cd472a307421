#include "tests/fuzz/files/campaign.h"

#include <roundtrip/error.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <new>

#include "support/child_process.h"

namespace roundtrip::fuzz {

namespace {

using Clock = std::chrono::steady_clock;

/// Seconds; a case takes milliseconds, also under sanitizers on a busy machine.
constexpr unsigned kLongestCase = 60;
constexpr std::uint64_t kCasesOfProcess = 500;

/// What the processes tell this one.
struct Progress {
  std::uint64_t next;      ///< case of the target
  std::uint64_t accepted;  ///< all others were refused
};

Progress* shared_progress() {
  void* memory =
      ::mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw Error("no shared memory");
  return new (memory) Progress{};
}

Random random_of(std::uint64_t seed, std::uint64_t number) {
  std::seed_seq sequence{seed, number};
  return Random(sequence);
}

/// Whether the input was accepted.
bool read(const Target& target, const std::string& input) {
  try {
    target.read(input);
    return true;
  } catch (const Error&) {
    return false;
  }
}

/// The exit code of the process.
int run_cases(const Target& target, std::uint64_t seed, std::uint64_t end, Progress& progress) {
  try {
    for (; progress.next < end; ++progress.next) {
      ::alarm(kLongestCase);
      Random random = random_of(seed, progress.next);
      if (read(target, target.make(random))) ++progress.accepted;
    }
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "not a roundtrip::Error: %s\n", error.what());
  }
  return 1;
}

void keep_failure(const Target& target, const Campaign& campaign, std::uint64_t number,
                  int status) {
  std::filesystem::create_directories(campaign.failures);
  const auto path = campaign.failures / (target.name + "-" + std::to_string(campaign.seed) + "-" +
                                         std::to_string(number));
  Random random = random_of(campaign.seed, number);
  std::ofstream(path, std::ios::binary) << target.make(random);
  std::cout << target.name << ": case " << number << " " << describe_exit(status)
            << "; its input is " << path.string() << ", and this runs it again:\n  file_fuzzer "
            << target.name << " --seed " << campaign.seed << " --case " << number << "\n";
}

/// Cases from `progress.next` up to `end`; returns how many failed.
std::uint64_t run_target(const Target& target, const Campaign& campaign, std::uint64_t end,
                         Progress& progress) {
  std::uint64_t failures = 0;
  while (progress.next < end) {
    const std::uint64_t stop = std::min(end, progress.next + kCasesOfProcess);
    const auto run = [&] { return run_cases(target, campaign.seed, stop, progress); };
    const int status = wait_for(fork_child({.leads_group = false}, run));
    if (status == 0) continue;
    keep_failure(target, campaign, progress.next, status);
    ++failures;
    ++progress.next;
  }
  return failures;
}

}  // namespace

void run_case(const Target& target, std::uint64_t seed, std::uint64_t number) {
  Random random = random_of(seed, number);
  std::cout << (read(target, target.make(random)) ? "accepted\n" : "refused\n");
}

std::uint64_t run_campaign(const std::vector<Target>& targets, const Campaign& campaign) {
  const auto deadline =
      Clock::now() + std::chrono::duration<double, std::ratio<60>>(campaign.minutes);
  std::vector<Progress*> progress;
  for (std::size_t i = 0; i < targets.size(); ++i) progress.push_back(shared_progress());
  std::uint64_t failures = 0;
  std::uint64_t end = 0;
  do {
    end += campaign.minutes > 0 ? kCasesOfProcess : campaign.cases;
    for (std::size_t i = 0; i < targets.size(); ++i) {
      failures += run_target(targets[i], campaign, end, *progress[i]);
    }
  } while (campaign.minutes > 0 && Clock::now() < deadline);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    std::cout << targets[i].name << ": " << progress[i]->next << " inputs, "
              << progress[i]->accepted << " accepted\n";
  }
  std::cout << failures << " failures\n";
  return failures;
}

}  // namespace roundtrip::fuzz
