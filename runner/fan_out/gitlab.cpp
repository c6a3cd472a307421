#include "runner/fan_out/gitlab.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

namespace roundtrip {

namespace {

constexpr const char* kHead =
    "# A child pipeline for GitLab, written by 'roundtrip list --matrix=gitlab'. A job of the "
    "parent\n"
    "# keeps it among its artifacts, and another triggers it:\n"
    "#   trigger:\n"
    "#     include: [{local: ci/defaults.yml}, {artifact: FILE, job: JOB}]\n"
    "#     strategy: depend\n"
    "# The image, and what else all jobs need, stands under 'default:' in ci/defaults.yml.\n";

/// GitLab takes names of so many characters.
constexpr std::size_t kLongestName = 255;

/// Each job's is its own, and none is a key of GitLab's such as 'stages', or hidden by a dot.
std::string job_name(const FanOut& fan_out, std::size_t job) {
  const std::string name = "run " + job_title(fan_out, job);
  if (name.size() <= kLongestName) return name;
  return fmt::format("run {} of {}", job + 1, fan_out.jobs());
}

/// A quoted text means nothing else in YAML, such as a number.
void add_text(YAML::Emitter& yaml, const std::string& text) {
  yaml << YAML::DoubleQuoted << text;
}

void add_job(YAML::Emitter& yaml, const char* stage, const std::string& line) {
  yaml << YAML::BeginMap << YAML::Key << "stage" << YAML::Value << stage;
  yaml << YAML::Key << "script" << YAML::Value << YAML::BeginSeq;
  add_text(yaml, line);
  yaml << YAML::EndSeq;
}

/// Reports are kept when tests have failed, too.
void begin_artifacts(YAML::Emitter& yaml, const std::vector<std::string>& paths) {
  yaml << YAML::Key << "artifacts" << YAML::Value << YAML::BeginMap;
  yaml << YAML::Key << "when" << YAML::Value << "always";
  yaml << YAML::Key << "paths" << YAML::Value << YAML::Flow << paths;
}

void add_run(YAML::Emitter& yaml, const FanOut& fan_out, std::size_t job) {
  const std::string report = fmt::format("reports/{}.json", job);
  yaml << YAML::Key;
  add_text(yaml, job_name(fan_out, job));
  yaml << YAML::Value;
  add_job(yaml, "run", job_line(fan_out, job, report));
  begin_artifacts(yaml, {report});
  yaml << YAML::EndMap << YAML::EndMap;
}

void add_merge(YAML::Emitter& yaml, const FanOut& fan_out) {
  yaml << YAML::Key << "merge" << YAML::Value;
  add_job(yaml, "merge", merge_line(fan_out, "reports", "merged"));
  yaml << YAML::Key << "when" << YAML::Value << "always";
  begin_artifacts(yaml, {"merged.json", "merged.xml"});
  yaml << YAML::Key << "reports" << YAML::Value << YAML::BeginMap;
  yaml << YAML::Key << "junit" << YAML::Value << "merged.xml" << YAML::EndMap;
  yaml << YAML::EndMap << YAML::EndMap;
}

}  // namespace

std::string gitlab_pipeline(const FanOut& fan_out) {
  YAML::Emitter yaml;
  yaml << YAML::BeginMap << YAML::Key << "stages" << YAML::Value << YAML::Flow
       << std::vector<std::string>{"run", "merge"};
  for (std::size_t job = 0; job < fan_out.jobs(); ++job) add_run(yaml, fan_out, job);
  add_merge(yaml, fan_out);
  yaml << YAML::EndMap;
  return kHead + std::string(yaml.c_str()) + "\n";
}

}  // namespace roundtrip
