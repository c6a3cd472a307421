#include "runner/fan_out/kubernetes.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <cctype>

namespace roundtrip {

namespace {

constexpr const char* kVolume = "reports";
constexpr const char* kMount = "/reports";

/// A text whose type nothing else in YAML could be.
struct Text {
  std::string text;
};

YAML::Emitter& operator<<(YAML::Emitter& yaml, const Text& text) {
  return yaml << YAML::DoubleQuoted << text.text;
}

template <typename Value>
void add(YAML::Emitter& yaml, const char* key, const Value& value) {
  yaml << YAML::Key << key << YAML::Value << value;
}

void begin_map(YAML::Emitter& yaml, const char* key) {
  yaml << YAML::Key << key << YAML::Value << YAML::BeginMap;
}

/// Kubernetes would replace $(NAME) itself; $$ means $.
Text literal(const std::string& text) {
  std::string doubled;
  for (const char c : text) doubled += c == '$' ? "$$" : std::string(1, c);
  return {doubled};
}

/// Another machine tries again what was lost with one; not what ended by itself.
void add_failures(YAML::Emitter& yaml) {
  add(yaml, "backoffLimitPerIndex", 2);
  begin_map(yaml, "podFailurePolicy");
  yaml << YAML::Key << "rules" << YAML::Value << YAML::BeginSeq;
  yaml << YAML::BeginMap;
  add(yaml, "action", "Ignore");
  yaml << YAML::Key << "onPodConditions" << YAML::Value << YAML::BeginSeq << YAML::BeginMap;
  add(yaml, "type", "DisruptionTarget");
  // A text, and needed by schemas before Kubernetes 1.34.
  yaml << YAML::Key << "status" << YAML::Value << YAML::DoubleQuoted << "True";
  yaml << YAML::EndMap << YAML::EndSeq << YAML::EndMap;
  yaml << YAML::BeginMap;
  add(yaml, "action", "FailIndex");
  begin_map(yaml, "onExitCodes");
  add(yaml, "operator", "In");
  yaml << YAML::Key << "values" << YAML::Value << YAML::Flow << std::vector<int>{1, 2, 3, 4, 5};
  yaml << YAML::EndMap << YAML::EndMap << YAML::EndSeq << YAML::EndMap;
}

/// The shell gets the cells as its arguments, so that they need no quotes.
void add_command(YAML::Emitter& yaml, const FanOut& fan_out) {
  const std::string report = kubernetes_reports(fan_out) + "/\"$JOB_COMPLETION_INDEX\".json";
  yaml << YAML::Key << "command" << YAML::Value << YAML::BeginSeq << Text{"sh"} << Text{"-c"};
  yaml << literal(numbered_lines(fan_out, "JOB_COMPLETION_INDEX", report)) << Text{"sh"};
  yaml << YAML::EndSeq;
  yaml << YAML::Key << "args" << YAML::Value << YAML::BeginSeq;
  for (const auto& cell : fan_out.cells) yaml << literal(cell);
  yaml << YAML::EndSeq;
}

void add_container(YAML::Emitter& yaml, const FanOut& fan_out, const KubernetesRequest& request) {
  yaml << YAML::BeginMap;
  add(yaml, "name", "roundtrip");
  add(yaml, "image", Text{request.image});
  add_command(yaml, fan_out);
  begin_map(yaml, "resources");
  begin_map(yaml, "requests");
  add(yaml, "cpu", Text{std::to_string(request.cpus)});
  yaml << YAML::EndMap << YAML::EndMap;
  yaml << YAML::Key << "volumeMounts" << YAML::Value << YAML::BeginSeq << YAML::BeginMap;
  add(yaml, "name", kVolume);
  add(yaml, "mountPath", kMount);
  yaml << YAML::EndMap << YAML::EndSeq << YAML::EndMap;
}

void add_pod(YAML::Emitter& yaml, const FanOut& fan_out, const KubernetesRequest& request) {
  begin_map(yaml, "template");
  begin_map(yaml, "spec");
  add(yaml, "restartPolicy", "Never");
  yaml << YAML::Key << "containers" << YAML::Value << YAML::BeginSeq;
  add_container(yaml, fan_out, request);
  yaml << YAML::EndSeq << YAML::Key << "volumes" << YAML::Value << YAML::BeginSeq << YAML::BeginMap;
  add(yaml, "name", kVolume);
  begin_map(yaml, "persistentVolumeClaim");
  add(yaml, "claimName", Text{request.claim});
  yaml << YAML::EndMap << YAML::EndMap << YAML::EndSeq << YAML::EndMap << YAML::EndMap;
}

}  // namespace

std::string kubernetes_reports(const FanOut& fan_out) {
  return fmt::format("{}/{}", kMount, fan_out.name);
}

std::string kubernetes_job(const FanOut& fan_out, const KubernetesRequest& request) {
  YAML::Emitter yaml;
  yaml << YAML::BeginMap;
  add(yaml, "apiVersion", "batch/v1");
  add(yaml, "kind", "Job");
  begin_map(yaml, "metadata");
  add(yaml, "name", Text{fan_out.name});
  yaml << YAML::EndMap;
  begin_map(yaml, "spec");
  add(yaml, "completionMode", "Indexed");
  add(yaml, "completions", fan_out.jobs());
  add(yaml, "parallelism", request.at_most > 0 ? request.at_most : fan_out.jobs());
  add_failures(yaml);
  add_pod(yaml, fan_out, request);
  yaml << YAML::EndMap << YAML::EndMap;
  return std::string(yaml.c_str()) + "\n";
}

std::string kubernetes_name(const std::string& text) {
  constexpr std::size_t kLongest = 50;
  std::string name;
  for (const unsigned char c : text) {
    name += std::isalnum(c) ? static_cast<char>(std::tolower(c)) : '-';
  }
  // It is its end that has the time, by which runs differ.
  if (name.size() > kLongest) name.erase(0, name.size() - kLongest);
  while (name.starts_with('-')) name.erase(0, 1);
  while (name.ends_with('-')) name.pop_back();
  return name.empty() ? "roundtrip" : name;
}

}  // namespace roundtrip
