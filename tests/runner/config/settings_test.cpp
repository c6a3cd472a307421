#include "runner/config/settings.h"

#include <doctest/doctest.h>

#include <stdexcept>

#include "runner/config/variables.h"

using namespace roundtrip;

namespace {

/// The setting's value as `explain` prints it, or what is wrong with the text.
std::string parsed(const std::string& name, const std::string& text) {
  const SettingInfo& info = *find_setting(name);
  try {
    Settings settings;
    settings.set(info, parse_setting(info, text));
    TestSettings values;
    settings.apply_to(values);
    return setting_text(info, values);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

std::string replaced(const std::string& text) {
  try {
    return replace_variables(text);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("each kind of setting is read, and refuses what it is not") {
  CHECK(parsed("timeout", "1.5") == "1.5");
  for (const char* text : {"0", "-1", "nan", "inf", "1e9", "5 s", ""}) {
    CAPTURE(text);
    CHECK(parsed("timeout", text) ==
          "must be a number of seconds above 0, such as 90 or 1.5, and 10000000 at most");
  }
  CHECK(parsed("memory", "65536") == "65536");
  CHECK(parsed("memory", "512 MiB") == "536870912");
  CHECK(parsed("memory", "4GiB") == "4294967296");
  for (const char* text : {"-1", "5 MB", "9999999999 GiB", "MiB"}) {
    CAPTURE(text);
    CHECK(parsed("memory", text) ==
          "must be a number of bytes, such as 65536, 512 MiB or 4 GiB, and less than 8388608 TiB");
  }
  CHECK(parsed("retries", "0") == "0");
  CHECK(parsed("retries", "-1") == "must be a whole number from 0 to 1000");
  CHECK(parsed("threads", "0") == "must be a whole number from 1 to 4096");
  CHECK(parsed("teardown", "yes") == "must be true or false");
  CHECK(parsed("strict", "maybe") == "must be true or false");
  CHECK(parsed("dtype", "float64") == "float64");
  CHECK(parsed("dtype", "int8") == "must be one of float32, float64, float16, bfloat16");
}

TEST_CASE("what is set later goes before what was set, and the rest stays") {
  Settings first, second;
  first.set(*find_setting("timeout"), 1.0);
  first.set(*find_setting("slow"), 2.0);
  second.set(*find_setting("timeout"), 3.0);
  first.add(second);
  TestSettings settings;
  first.apply_to(settings);
  CHECK(settings.timeout == 3);
  CHECK(settings.slow == 2);
  CHECK(settings.grace == TestSettings{}.grace);
}

TEST_CASE("names of settings") {
  CHECK(find_setting("tmieout") == nullptr);
  CHECK(setting_names().size() == all_settings().size());
}

TEST_CASE("variables of the environment stand in texts") {
  ::setenv("ROUNDTRIP_TEST_WORD", "word", 1);
  ::setenv("ROUNDTRIP_TEST_EMPTY", "", 1);
  ::unsetenv("ROUNDTRIP_TEST_ABSENT");
  CHECK(replaced("a ${ROUNDTRIP_TEST_WORD}!") == "a word!");
  CHECK(replaced("${ROUNDTRIP_TEST_EMPTY}") == "");
  CHECK(replaced("${ROUNDTRIP_TEST_EMPTY:-other}") == "other");
  CHECK(replaced("${ROUNDTRIP_TEST_ABSENT:-a:-b}") == "a:-b");
  CHECK(replaced("${ROUNDTRIP_TEST_ABSENT:-}") == "");
  CHECK(replaced("$5 $${x} $") == "$5 ${x} $");
  CHECK(replaced("${ROUNDTRIP_TEST_WORD") == "'${' is not closed by '}'");
  CHECK(replaced("${ROUNDTRIP_TEST_ABSENT}") ==
        "the environment variable 'ROUNDTRIP_TEST_ABSENT' is not set; set it, or give a value to "
        "use instead: ${ROUNDTRIP_TEST_ABSENT:-value}");
}
