#include "runner/process/test_child.h"

#include <roundtrip/error.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "runner/process/crash_handler.h"
#include "runner/process/process_tree.h"
#include "runner/process/throw_site.h"
#include "support/child_process.h"

namespace roundtrip {

namespace {

void write_line(const UniqueFd& fd, std::string line) {
  line += "\n";
  for (std::size_t written = 0; written < line.size();) {
    const ssize_t count = ::write(fd.get(), line.data() + written, line.size() - written);
    if (count < 0 && errno != EINTR) return;
    if (count > 0) written += static_cast<std::size_t>(count);
  }
}

/// The processes that the test leaves; it is asked cheaply whether there is any.
std::vector<pid_t> own_children() {
  siginfo_t ignored{};
  const bool has_any = ::waitid(P_ALL, 0, &ignored, WEXITED | WNOHANG | WNOWAIT) == 0;
  return has_any ? children_of(::getpid()) : std::vector<pid_t>{};
}

std::string outcome_line(const std::string& token, const TestOutcome& outcome) {
  const nlohmann::json message{
      {"token", token}, {"outcome", outcome}, {"children", own_children()}};
  return message.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void cap(std::string& message) {
  constexpr std::size_t kLongest = 256 * 1024;
  if (message.size() <= kLongest) return;
  message.resize(kLongest);
  message += "\n[... the rest of the message is left out ...]";
}

std::shared_ptr<const Transform> make_transform(const PluginHost& host, const TransformCall& link) {
  try {
    return host.make_transform(link);
  } catch (const std::exception& error) {
    throw PluginError("the transformation '" + link.name + "' cannot be made: " + error.what());
  } catch (...) {
    throw PluginError("the transformation '" + link.name +
                      "' cannot be made: it threw what is not a std::exception");
  }
}

TestOutcome run_chain(const PluginHost& host, const Suite& suite, const TestRun& test,
                      const std::vector<TransformCall>& chain) {
  std::vector<std::shared_ptr<const Transform>> owners;
  std::vector<const Transform*> transforms;
  for (const auto& link : chain) {
    owners.push_back(make_transform(host, link));
    transforms.push_back(owners.back().get());
  }
  return suite.run(test, transforms);
}

/// Whatever leaves the suite becomes the outcome.
TestOutcome run_caught(const PluginHost& host, const Suite& suite, const TestRun& test,
                       const std::vector<TransformCall>& chain) {
  try {
    return run_chain(host, suite, test, chain);
  } catch (const PluginError& error) {
    return {TestOutcome::Status::error, error.what()};
  } catch (const std::exception& error) {
    return {TestOutcome::Status::error,
            std::string("an exception left the suite: ") + error.what()};
  } catch (...) {
    return {TestOutcome::Status::error, "an exception that is not a std::exception left the suite"};
  }
}

}  // namespace

TestOutcome run_test(const PluginHost& host, const Suite& suite, const TestRun& test,
                     const std::vector<TransformCall>& chain) {
  remember_throws();
  const pid_t self = ::getpid();
  TestOutcome outcome = run_caught(host, suite, test, chain);
  if (::getpid() == self) return outcome;
  std::cerr << "a process that the test forked came to the end of the test; only the test's own "
               "process may, so end this one with _exit"
            << std::endl;
  ::_exit(1);
}

void run_test_child(const PluginHost& host, const Suite& suite, const TestRequest& request,
                    UniqueFd output, UniqueFd result) {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);  // what its children leave behind is known to be its own
  redirect_output(output.get());
  output.reset();
  std::setvbuf(stdout, nullptr, _IOLBF, 0);  // a crash loses no finished line
  write_line(result, "");
  write_stack_on_crash(result.get());
  limit_memory(request.memory);
  for (const auto& [name, value] : request.environment) ::setenv(name.c_str(), value.c_str(), 1);
  TestOutcome outcome = run_test(host, suite, request.test, request.chain);
  cap(outcome.message);
  flush_output();
  write_line(result, outcome_line(request.token, outcome));
  if (request.teardown) std::exit(0);
}

}  // namespace roundtrip
