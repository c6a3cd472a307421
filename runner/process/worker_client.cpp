#include "runner/process/worker_client.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <roundtrip/error.h>

#include <algorithm>
#include <cerrno>
#include <iostream>

#include "runner/process/protocol.h"

namespace roundtrip {

namespace {

using nlohmann::json;

/// Loading LibTorch from a cold disk takes seconds; more than this is a hang.
constexpr int kAnswerTimeoutMs = 120'000;

/// How long the user waits before being told for what.
constexpr int kNoticeMs = 5'000;

/// False when nothing came in time.
bool wait_readable(int fd, int milliseconds) {
  pollfd waited{fd, POLLIN, 0};
  int ready;
  do {
    ready = ::poll(&waited, 1, milliseconds);
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

/// The same, but tells the user when it takes long.
bool wait_for_answer(int fd, const std::string& what) {
  if (wait_readable(fd, kNoticeMs)) return true;
  std::cerr << fmt::format("still {} after {} s; what does not answer is ended after {} s", what,
                           kNoticeMs / 1000, kAnswerTimeoutMs / 1000)
            << std::endl;
  return wait_readable(fd, kAnswerTimeoutMs - kNoticeMs);
}

}  // namespace

WorkerClient::WorkerClient(std::vector<std::filesystem::path> plugins,
                           std::map<std::string, std::string> environment)
    : plugins_(std::move(plugins)), environment_(std::move(environment)) {
}

Catalog WorkerClient::load() {
  std::vector<std::string> crashes;
  while (true) {
    Catalog catalog;
    worker_ = std::make_unique<WorkerProcess>(environment_);
    const auto* loading = plugins_.data();
    try {
      for (const auto& plugin : plugins_) load_one(*(loading = &plugin), catalog);
    } catch (const WorkerDied& death) {
      crashes.push_back(
          fmt::format("{}: crashed while it was loaded: {}; fix it, or take it out "
                      "of the plugins",
                      loading->string(), death.what()));
      plugins_.erase(plugins_.begin() + (loading - plugins_.data()));
      continue;
    }
    const auto clashes = find_clashes(catalog.plugins);
    catalog.faults.insert(catalog.faults.end(), crashes.begin(), crashes.end());
    catalog.faults.insert(catalog.faults.end(), clashes.begin(), clashes.end());
    return catalog;
  }
}

void WorkerClient::load_one(const std::filesystem::path& plugin, Catalog& catalog) {
  const json reply = ask({{"do", "load"}, {"path", plugin.string()}}, "loading " + plugin.string());
  warn(plugin.string() + ": when it was loaded", reply);
  if (reply.at("is") == "loaded") {
    catalog.plugins.push_back(reply.at("plugin"));
  } else {
    catalog.faults.push_back(reply.at("message"));
  }
}

void WorkerClient::warn(const std::string& when, const json& reply) {
  const auto changed = reply.value("changed", std::vector<std::string>());
  if (changed.empty()) return;
  warnings_.push_back(fmt::format(
      "{}, it changed {}; that was put back, so that every test starts alike: change it in the "
      "tests that need it",
      when, fmt::join(changed, ", ")));
}

void WorkerClient::restart() {
  const Catalog catalog = load();
  if (!catalog.faults.empty()) throw PluginError(catalog.faults.front());
}

SuiteListing WorkerClient::list_tests(const SuiteCall& suite) {
  try {
    const json reply =
        ask({{"do", "list"}, {"suite", suite}}, "listing the tests of suite " + suite.name);
    warn("suite " + suite.name + ": when it listed its tests", reply);
    if (reply.at("is") != "listed") throw PluginError(reply.at("message").get<std::string>());
    return {reply.at("tests"), reply.at("files")};
  } catch (const WorkerDied& death) {
    restart();
    throw PluginError(fmt::format("crashed while it listed its tests: {}", death.what()));
  }
}

bool WorkerClient::start_test(std::size_t id, const PlannedTest& test, const std::string& token,
                              const UniqueFd& output, const UniqueFd& result) {
  json request = TestRequest{id,
                             *test.suite_call,
                             test_run(test),
                             test.chain,
                             test.settings.memory,
                             test.settings.teardown,
                             test.environment,
                             token};
  request["do"] = "run";
  return worker_->channel().send(request, {output.get(), result.get()});
}

int WorkerClient::fd() const {
  return worker_->channel().fd();
}

std::vector<WorkerEvent> WorkerClient::events() {
  if (!worker_->channel().fill()) throw WorkerDied(end());
  std::vector<WorkerEvent> events;
  while (const auto message = worker_->channel().next()) {
    WorkerEvent& event = events.emplace_back();
    event.id = message->at("id");
    if (message->at("is") == "not_started") {
      event.not_started = message->at("outcome").get<TestOutcome>();
    } else {
      event.status = message->at("status");
      message->at("left").get_to(event.left_running);
    }
  }
  return events;
}

std::vector<std::string> WorkerClient::finish() {
  try {
    return ask({{"do", "finish"}}, "tearing down a suite").at("faults");
  } catch (const WorkerDied& death) {
    return {fmt::format("the process of a suite {} while it tore that down", death.what())};
  }
}

std::string WorkerClient::end() {
  return worker_->end();
}

json WorkerClient::ask(const json& request, const std::string& what) {
  Channel& channel = worker_->channel();
  if (!channel.send(request)) throw WorkerDied(end());
  while (true) {
    if (const auto reply = channel.next()) {
      if (reply->at("is") != "dying") return *reply;
      end();
      throw WorkerDied(reply->at("message").get<std::string>());
    }
    if (!wait_for_answer(channel.fd(), what)) {
      end();
      throw WorkerDied(fmt::format("did not answer for {} s", kAnswerTimeoutMs / 1000));
    }
    if (!channel.fill()) throw WorkerDied(end());
  }
}

}  // namespace roundtrip
