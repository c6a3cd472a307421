#include "support/function_name.h"

#include <doctest/doctest.h>

using roundtrip::brief_function_name;
using roundtrip::demangled;

TEST_CASE("a brief name has no result type, parameters and template arguments") {
  const std::pair<const char*, const char*> kNames[] = {
      {"main", "main"},
      {"at::Tensor Net::forward<2>(at::Tensor const&) const", "Net::forward"},
      {"(anonymous namespace)::f(int) [clone .cold]", "(anonymous namespace)::f"},
      {"user::(anonymous namespace)::Net::deep(int)", "user::(anonymous namespace)::Net::deep"},
      {"main::{lambda(at::Tensor const&)#1}::operator()(at::Tensor const&) const",
       "main::{lambda#1}::operator()"},
      {"f(int)::Local::g()", "f::Local::g"},
      {"std::enable_if<is_invocable_r_v<int, F>, int>::type std::__invoke_r<int, F&>(F&)",
       "std::__invoke_r"},
      {"std::ostream& operator<< <int>(std::ostream&, Box<int>)", "operator<<"},
      {"A::operator->() const", "A::operator->"},
      {"A::operator bool() const", "A::operator bool"},
      {"operator new(unsigned long)", "operator new"},
      {"bool operator<(A, A)", "operator<"},
      {"cooperator(int)", "cooperator"},
      {"f(", "f"},
      {"operator", "operator"},
      {"decltype (((declval<int>)())((x)())) std::__invoke_impl<int>(int&&)", "std::__invoke_impl"},
      {"", ""},
  };
  for (const auto& [name, brief] : kNames) CHECK(brief_function_name(name) == brief);
}

TEST_CASE("mangled names are demangled, others stay") {
  CHECK(demangled("_ZN3Net7forwardEi") == "Net::forward(int)");
  CHECK(demangled("main") == "main");
}
