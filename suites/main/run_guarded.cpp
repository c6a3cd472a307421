// The one place where doctest's runner is built. The signals that end a test are the runner's.
#define DOCTEST_CONFIG_IMPLEMENT
#define DOCTEST_CONFIG_NO_POSIX_SIGNALS
#include <doctest/doctest.h>

static void run_current_body();

// Before suite.h, after which TEST_CASE does not compile.
TEST_CASE("body") {
  run_current_body();
}

#include <c10/util/Exception.h>
#include <c10/util/StringUtil.h>
#include <dlfcn.h>
#include <roundtrip/suite.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <iostream>
#include <mutex>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace roundtrip {

namespace {

using Texts = std::vector<std::string>;

void add_once(Texts& texts, std::string text) {
  if (std::find(texts.begin(), texts.end(), text) == texts.end()) texts.push_back(std::move(text));
}

/// GIVEN, WHEN and THEN are subcases whose names are indented.
std::string name_of(const doctest::SubcaseSignature& subcase) {
  std::string name = subcase.m_name.c_str();
  return name.erase(0, std::min(name.find_first_not_of(' '), name.size()));
}

/// A number that this process shares with those that it forks.
class SharedCount {
 public:
  SharedCount()
      : count_(static_cast<std::atomic<int>*>(::mmap(nullptr, sizeof(std::atomic<int>),
                                                     PROT_READ | PROT_WRITE,
                                                     MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {}
  ~SharedCount() {
    if (is_there()) ::munmap(count_, sizeof(*count_));
  }
  SharedCount(const SharedCount&) = delete;
  SharedCount& operator=(const SharedCount&) = delete;

  void add_one() {
    if (is_there()) ++*count_;
  }
  int get() const { return is_there() ? count_->load() : 0; }

 private:
  bool is_there() const { return count_ != MAP_FAILED; }

  std::atomic<int>* count_;
};

/// What is known of the body that runs. Assertions may fail in several threads at once.
class Record {
 public:
  Record(doctest::Context& context, const std::function<void()>& body)
      : context_(context), body_(body) {}

  /// Called by doctest once for each path through the subcases.
  void run_body() {
    const std::size_t entered = entered_;
    detail::run_phase("", body_);
    if (runs_++ > 0 && entered_ == entered) end_runs();
  }

  void enter(const doctest::SubcaseSignature& subcase) {
    ++entered_;
    latest_ = subcase;
    path_.push_back(name_of(subcase));
    if (path_.size() > deepest_.size()) deepest_ = path_;
  }
  void leave() {
    if (std::uncaught_exceptions() > 0 && thrown_in_.empty()) thrown_in_ = path_;
    path_.pop_back();
    if (!path_.empty()) return;
    add_once(subcases_, c10::Join(" > ", deepest_));
    deepest_.clear();
  }

  void add_failure(const std::string& text) { add_failure(text, path_); }
  /// These end a phase of the body, and with it all subcases.
  void add_error(const std::string& text) {
    has_error_ = true;
    add_failure(text, std::exchange(thrown_in_, {}));
  }
  void add_skip(const std::string& reason) { add(skips_, reason, std::exchange(thrown_in_, {})); }
  void end_phase() { thrown_in_.clear(); }

  TestOutcome outcome() const {
    using Status = TestOutcome::Status;
    Texts lines = failures_;
    if (failed_elsewhere_.get() > 0) {
      lines.push_back("what failed in processes that the test forked is in its output: " +
                      std::to_string(failed_elsewhere_.get()));
    }
    if (lines.empty() && skips_.empty()) return {Status::passed, "", subcases_};
    if (lines.empty()) return {Status::skipped, c10::Join("\n", skips_), subcases_};
    for (const auto& reason : skips_) lines.push_back("it would have been skipped: " + reason);
    return {has_error_ ? Status::error : Status::failed, c10::Join("\n", lines), subcases_};
  }

 private:
  /// doctest runs a body until it has been through every subcase, and one that ends before it
  /// comes to the next forever.
  void end_runs() {
    context_.setOption("abort-after", 1);
    ADD_FAIL_CHECK_AT(latest_.m_file, latest_.m_line,
                      "run again for the next subcase, the test ended before it came to one: what "
                      "it does must not depend on an earlier run of it");
  }

  /// A forked process has a record of its own, of which nobody hears.
  void add_failure(const std::string& text, const Texts& path) {
    if (::getpid() == self_) return add(failures_, text, path);
    failed_elsewhere_.add_one();
    std::cout << "in a process that the test forked: " << text << std::endl;
  }

  void add(Texts& texts, std::string text, const Texts& path) {
    const std::lock_guard lock(mutex_);
    if (!path.empty()) text += "\n  in subcase " + c10::Join(" > ", path);
    texts.push_back(std::move(text));
  }

  doctest::Context& context_;
  const std::function<void()>& body_;
  const pid_t self_ = ::getpid();
  SharedCount failed_elsewhere_;
  std::mutex mutex_;
  Texts failures_;
  Texts skips_;
  bool has_error_ = false;
  /// The subcases that the body is in, from the outermost, and those that an exception left.
  Texts path_;
  Texts thrown_in_;
  /// The way to the innermost subcase since the outermost was entered.
  Texts deepest_;
  Texts subcases_;
  doctest::SubcaseSignature latest_{};
  std::size_t entered_ = 0;
  std::size_t runs_ = 0;
};

Record* current = nullptr;

std::string place(const char* file, int line) {
  return std::string(file) + ":" + std::to_string(line) + ": ";
}

/// The texts of INFO and CAPTURE that are in force.
std::string contexts() {
  std::ostringstream text;
  const auto* const* active = doctest::IReporter::get_active_contexts();
  for (int i = 0; i < doctest::IReporter::get_num_active_contexts(); ++i) {
    text << "\n  with ";
    active[i]->stringify(&text);
  }
  return text.str();
}

/// Likewise, of those that an exception left.
std::string contexts_left() {
  std::string text;
  const auto* left = doctest::IReporter::get_stringified_contexts();
  for (int i = doctest::IReporter::get_num_stringified_contexts(); i > 0; --i) {
    text += std::string("\n  with ") + left[i - 1].c_str();
  }
  return text;
}

/// What became of an assertion that names an exception.
std::string describe_throw(const doctest::AssertData& assertion) {
  namespace kind = doctest::assertType;
  if (!assertion.m_threw) return "did not throw";
  std::string text = std::string("threw ") + assertion.m_exception.c_str();
  if (assertion.m_at & kind::is_throws_as && !assertion.m_threw_as) {
    text += std::string(", which is no ") + assertion.m_exception_type;
  } else if (assertion.m_at & kind::is_throws_with) {
    text += std::string(", not \"") + assertion.m_exception_string.c_str() + "\"";
  }
  return text;
}

std::string describe(const doctest::AssertData& assertion) {
  namespace kind = doctest::assertType;
  constexpr int kThrows = kind::is_throws | kind::is_throws_as | kind::is_throws_with;
  std::string text = place(assertion.m_file, assertion.m_line) +
                     doctest::assertString(assertion.m_at) + "( " + assertion.m_expr + " )";
  if (assertion.m_threw || (assertion.m_at & kThrows)) {
    text += " " + describe_throw(assertion);
  } else if (assertion.m_decomp.size() > 0) {
    text += std::string(" is ") + assertion.m_decomp.c_str();
  }
  return text + contexts();
}

/// Hands on what doctest finds. What only warns is part of the test's output.
class Reporter final : public doctest::IReporter {
 public:
  explicit Reporter(const doctest::ContextOptions&) {}

  void log_assert(const doctest::AssertData& assertion) override {
    if (assertion.m_failed) log(describe(assertion), assertion.m_at);
  }
  void log_message(const doctest::MessageData& message) override {
    log(place(message.m_file, message.m_line) + message.m_string.c_str() + contexts(),
        message.m_severity);
  }
  void subcase_start(const doctest::SubcaseSignature& subcase) override { current->enter(subcase); }
  void subcase_end() override { current->leave(); }

  void report_query(const doctest::QueryData&) override {}
  void test_run_start() override {}
  void test_run_end(const doctest::TestRunStats&) override {}
  void test_case_start(const doctest::TestCaseData&) override {}
  void test_case_reenter(const doctest::TestCaseData&) override {}
  void test_case_end(const doctest::CurrentTestCaseStats&) override {}
  void test_case_exception(const doctest::TestCaseException&) override {}
  void test_case_skipped(const doctest::TestCaseData&) override {}

 private:
  static void log(const std::string& text, doctest::assertType::Enum severity) {
    if (severity & doctest::assertType::is_warn) {
      std::cout << text << std::endl;
    } else {
      current->add_failure(text);
    }
  }
};

constexpr const char* kReporter = "roundtrip";
REGISTER_REPORTER(kReporter, 1, Reporter);

/// LibTorch adds a stack to what its errors say, the runner's frames among them.
doctest::String text_of(const c10::Error& error) {
  return error.what_without_backtrace();
}

/// The exception that is being handled has left the test: the runner tells where it was thrown.
void tell_runner_of_throw() {
  using LeftTest = void(const void*);
  static auto* const tell =
      reinterpret_cast<LeftTest*>(::dlsym(RTLD_DEFAULT, "roundtrip_left_test"));
  if (tell == nullptr) return;
  try {
    throw;
  } catch (const std::exception& error) {
    tell(dynamic_cast<const void*>(&error));
  } catch (...) {  // where it is in memory is not known
  }
}

/// The text of the exception that is being handled, by the translators that the suite registered.
std::string active_exception() {
  const std::string text = doctest::translateActiveException().c_str();
  if (text != "unknown exception") return text;
  return "an exception that is not a std::exception left the test; REGISTER_EXCEPTION_TRANSLATOR "
         "gives it a text";
}

}  // namespace

namespace detail {

bool run_phase(const std::string& name, const std::function<void()>& phase) {
  const std::string prefix = name.empty() ? "" : name + ": ";
  try {
    phase();
    return true;
  } catch (const SkipTest& skip) {
    current->add_skip(prefix + skip.reason);
  } catch (const doctest::detail::TestFailureException&) {
    current->end_phase();  // what failed is known
  } catch (...) {
    tell_runner_of_throw();
    current->add_error(prefix + active_exception() + contexts_left());
  }
  return false;
}

}  // namespace detail

TestOutcome run_guarded(const std::function<void()>& body) {
  doctest::registerExceptionTranslator<const c10::Error&>(&text_of);  // after the suite's own
  doctest::Context context;
  context.setOption("reporters", kReporter);
  context.setOption("test-case", "body");
  Record record(context, body);
  current = &record;
  context.run();
  current = nullptr;
  return record.outcome();
}

}  // namespace roundtrip

static void run_current_body() {
  roundtrip::current->run_body();
}
