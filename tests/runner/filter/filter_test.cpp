#include "runner/filter/filter.h"

#include <doctest/doctest.h>

using namespace roundtrip;

namespace {

FilterSubject subject() {
  FilterSubject test;
  test.names = {"SerDesTestExport.test_basic_strict", "TestExport.test_basic"};
  test.suites = {"SerDesTestExport", "TestExport"};
  test.transform = "serdes_strict";
  test.run = "nightly";
  test.tags = {"slow", "gpu"};
  test.xfail = {"serdes", "retrace"};
  test.last_outcome = "failed";
  return test;
}

bool matches(const std::string& filter, const FilterSubject& test = subject()) {
  return Filter(filter).matches(test);
}

std::string error_of(const std::string& filter) {
  try {
    Filter{filter};
  } catch (const FilterError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a glob alone matches the whole derived or the whole original name") {
  CHECK(matches("SerDesTestExport.test_basic_strict"));
  CHECK(matches("TestExport.test_basic"));
  CHECK(matches("*basic*"));
  CHECK(matches("TestExport.test_b?s[ia]c"));
  CHECK_FALSE(matches("test_basic"));
  CHECK_FALSE(matches("TestExport"));
}

TEST_CASE("each predicate asks for its own") {
  CHECK(matches("test(*basic)"));
  CHECK(matches("suite(TestExport)"));
  CHECK(matches("suite(SerDes*)"));
  CHECK(matches("transform(serdes_*)"));
  CHECK(matches("run(nightly)"));
  CHECK(matches("tag(gpu)"));
  CHECK(matches("xfail(retrace)"));
  CHECK(matches("outcome(failed)"));
  CHECK(matches("all()"));
  CHECK_FALSE(matches("none()"));
  CHECK_FALSE(matches("test(basic)"));
  CHECK_FALSE(matches("suite(Export)"));
  CHECK_FALSE(matches("tag(fast)"));
  CHECK_FALSE(matches("outcome(passed)"));
}

TEST_CASE("a test of unknown outcome meets no outcome") {
  FilterSubject test = subject();
  test.last_outcome = "";
  CHECK_FALSE(matches("outcome(*)", test));
  CHECK(matches("not outcome(*)", test));
  CHECK(Filter("suite(A) and not outcome(failed)").arguments_of("outcome") ==
        std::vector<std::string>{"failed"});
  CHECK(Filter("suite(A)").arguments_of("outcome").empty());
  CHECK(Filter("run(\"\")").matches(FilterSubject{{"A.a"}, {}, "", "", {}, {}, ""}));
}

TEST_CASE("not binds before and, and before or") {
  CHECK(matches("all() or none() and none()"));
  CHECK_FALSE(matches("(all() or none()) and none()"));
  CHECK(matches("not none() and all()"));
  CHECK_FALSE(matches("not (none() or all())"));
  CHECK(matches("!none()&all()|none()"));
  CHECK(matches("not not all()"));
}

TEST_CASE("an argument may be quoted, and has brackets and escapes of its own") {
  FilterSubject test = subject();
  test.names = {"A.it's (a) test"};
  CHECK(matches("test(\"A.it's (a) test\")", test));
  CHECK(matches("\"A.it's (a) test\"", test));
  CHECK(matches("test( A.it* )", test));
  CHECK(matches("test('A.it\\'s (a) test')", test));
  CHECK(matches("A.it*\\)\\ test", test));
  test.names = {"A.x[1]"};
  CHECK(matches("test(A.x\\[1\\])", test));
}

TEST_CASE("an error names the column and shows it") {
  CHECK(error_of("suite(A) nad tag(b)") ==
        "column 10: 'and' or 'or' is missing before 'nad'\n"
        "  suite(A) nad tag(b)\n"
        "           ^");
  CHECK(error_of("siute(A)") ==
        "column 1: there is no predicate 'siute'; did you mean 'suite'?\n"
        "  siute(A)\n"
        "  ^");
  CHECK(error_of("tag(a) and ") ==
        "column 12: a predicate such as test(*conv*), or a glob, is expected here, where the "
        "filter ends\n"
        "  tag(a) and \n"
        "             ^");
  CHECK(error_of("(tag(a)").starts_with("column 1: this '(' is not closed"));
  CHECK(error_of("tag(a").starts_with("column 4: this '(' is not closed"));
  CHECK(error_of("tag(a))").starts_with("column 7: this ')' has no '('"));
  CHECK(error_of("tag()").starts_with("column 4: tag() needs an argument"));
  CHECK(error_of("all(x)").starts_with("column 4: all() takes no argument"));
  CHECK(error_of("'abc").starts_with("column 1: this quote is not closed"));
  CHECK(error_of("").starts_with("column 1: a predicate such as"));
  CHECK(error_of("and a").starts_with("column 1: a predicate such as"));
  CHECK(error_of(std::string(500, '(')).find("nested too deeply") != std::string::npos);
  CHECK(error_of(std::string(500, '!') + "a").find("nested too deeply") != std::string::npos);
}

TEST_CASE("an exact glob matches its text only") {
  CHECK(exact_glob("A.test_a") == "A.test_a");
  CHECK(exact_glob("A.a b") == "\"A.a b\"");
  CHECK(exact_glob("A.x[1]*") == "\"A.x\\[1\\]\\*\"");
  CHECK(exact_glob("") == "\"\"");
  FilterSubject test = subject();
  for (const char* name : {"A.x[1]\"*", "A.a\\b", "A.]==]", "A.it's (a) & b?", "A.!x"}) {
    test.names = {name};
    CHECK(matches(exact_glob(name), test));
    CHECK(matches("derived(" + exact_glob(name) + ")", test));
  }
  test.names = {"A.x1\"z"};
  CHECK_FALSE(matches(exact_glob("A.x[1]\"*"), test));
}

TEST_CASE("derived() asks for the derived name only") {
  CHECK(matches("derived(SerDesTestExport.test_basic_strict)", subject()));
  CHECK_FALSE(matches("derived(TestExport.test_basic)", subject()));
  CHECK(matches("test(TestExport.test_basic)", subject()));
}

TEST_CASE("what a filter asks of the machine") {
  const Machine machine{"2.13.1+cpu", "linux-x86_64"};
  FilterSubject test = subject();
  test.machine = &machine;
  for (const char* filter :
       {"libtorch(2.13)", "libtorch(==2.13.1)", "libtorch(>=2.13)", "libtorch(<=2.13)",
        "libtorch(> 2.9)", "libtorch(<2.13.2)", "libtorch(!=2.12)", "libtorch(<10)",
        "platform(linux-*)", "not platform(darwin-*)"}) {
    CAPTURE(filter);
    CHECK(matches(filter, test));
    CHECK_FALSE(matches(std::string("not (") + filter + ")", test));
  }
  for (const char* filter : {"libtorch(2.1)", "libtorch(>2.13)", "libtorch(<2.13)",
                             "libtorch(==2.13.0)", "libtorch(>=3)", "platform(linux)"}) {
    CAPTURE(filter);
    CHECK_FALSE(matches(filter, test));
  }
  for (const char* argument : {"new", ">=", "2.x", "=>2", "2.", "-1", "99999999999"}) {
    CAPTURE(argument);
    CHECK(error_of(std::string("libtorch(") + argument + ")")
              .starts_with("column 9: libtorch() takes a version, such as libtorch(>=2.13)"));
  }
}

TEST_CASE("a filter may match where the machine's part of it does") {
  const FilterSubject test = subject();
  CHECK(Filter("libtorch(>=99)").may_match(test));
  CHECK(Filter("not libtorch(>=0)").may_match(test));
  CHECK(Filter("libtorch(>=99) and suite(TestExport)").may_match(test));
  CHECK(Filter("libtorch(>=99) or none()").may_match(test));
  CHECK_FALSE(Filter("libtorch(>=99) and suite(Other)").may_match(test));
  CHECK_FALSE(Filter("suite(Other) and not platform(x)").may_match(test));
  CHECK_FALSE(Filter("libtorch(>=99)").matches(test));
}
