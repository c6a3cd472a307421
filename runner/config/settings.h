#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace roundtrip {

/// How a test is run: what is in force for it after defaults, profile, run and overrides.
struct TestSettings {
  double timeout = 300;              ///< seconds until the test is ended
  double slow = 60;                  ///< seconds until the test is called slow
  double grace = 2;                  ///< seconds from SIGTERM to SIGKILL
  std::int64_t memory = 0;           ///< bytes the test may allocate; 0: no limit
  std::int64_t output = 128 * 1024;  ///< bytes of output that are kept, half at each end
  std::int64_t retries = 0;          ///< times a test that failed is run again
  std::string retry_on = "any";      ///< "crash": only after a crash or a timeout
  double retry_delay = 0;            ///< seconds before it is run again
  std::int64_t threads = 1;          ///< of the test's operators; it weighs as much
  std::int64_t seed = 0;             ///< of the random generator
  std::string dtype = "float32";     ///< LibTorch's default dtype
  bool teardown = false;             ///< whether destructors run when the process ends
  bool strict = true;                ///< whether passing is bad for a test expected to fail
  std::string flaky = "warn";        ///< "fail": passing only when tried again is bad
  std::string leaks = "warn";        ///< "fail": leaving a process running is bad

  bool operator==(const TestSettings&) const = default;
};

/// A value as YAML or the command line gave it, already of the setting's kind.
using SettingValue = std::variant<double, std::int64_t, bool, std::string>;

enum class SettingKind { seconds, delay, bytes, count, flag, choice };

/// One setting: its name in YAML, its kind, and its place in TestSettings.
struct SettingInfo {
  const char* name;
  SettingKind kind;
  std::variant<double TestSettings::*, std::int64_t TestSettings::*, bool TestSettings::*,
               std::string TestSettings::*>
      member;
  const char* help;
  /// Whether it only says how long, how often and how closely watched a test runs: results of
  /// before keep their meaning where it changes.
  bool only_watches = false;
  /// Of a count.
  std::int64_t least = 0;
  std::int64_t most = 0;
  /// Of a choice.
  std::vector<std::string> choices{};
};

/// Every setting there is, in the order in which they are explained.
const std::vector<SettingInfo>& all_settings();

/// Null when there is none of that name.
const SettingInfo* find_setting(const std::string& name);

std::vector<std::string> setting_names();

/// The value that `text` stands for. Throws std::invalid_argument saying what is expected:
/// "must be a number of seconds above 0, such as 90 or 1.5".
SettingValue parse_setting(const SettingInfo& info, const std::string& text);

/// A whole number from `least` to `most`. Throws std::invalid_argument likewise.
std::int64_t parse_count(const std::string& text, std::int64_t least, std::int64_t most);

/// What some place of the configuration sets; what it does not set stays as it was.
class Settings {
 public:
  void set(const SettingInfo& info, SettingValue value);
  /// What `others` sets goes before what was set.
  void add(const Settings& others);
  void apply_to(TestSettings& settings) const;
  bool empty() const { return values_.empty(); }

 private:
  std::vector<std::pair<const SettingInfo*, SettingValue>> values_;
};

/// The value of one setting, as `explain` prints it.
std::string setting_text(const SettingInfo& info, const TestSettings& settings);

}  // namespace roundtrip
