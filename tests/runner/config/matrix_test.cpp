#include "runner/config/matrix.h"

#include <doctest/doctest.h>
#include <roundtrip/error.h>

using namespace roundtrip;

namespace {

const std::vector<std::string> kKeys = {"fruit", "animal", "color", "shape", "threads", "list"};

/// The cells' labels, a line each, or what is wrong.
std::string cells(const std::string& yaml) {
  Problems problems;
  const auto expanded = expand_matrix(Source{"c.yaml", problems}, YAML::Load(yaml), kKeys);
  try {
    problems.raise();
  } catch (const ConfigError& error) {
    return error.what();
  }
  std::string text;
  for (const auto& cell : expanded) text += cell.label() + "\n";
  return text;
}

}  // namespace

TEST_CASE("the axes are multiplied out, the first one slowest") {
  CHECK(cells("{fruit: [apple, pear], threads: [1, 2]}") ==
        "fruit=apple, threads=1\n"
        "fruit=apple, threads=2\n"
        "fruit=pear, threads=1\n"
        "fruit=pear, threads=2\n");
  CHECK(cells("{fruit: apple}") == "fruit=apple\n");
  CHECK(cells("{list: [[a, b], [c]]}") == "list=[a, b]\nlist=[c]\n");
}

// The example in GitHub's documentation of `include`, with its result.
TEST_CASE("include adds to the cells that it leaves as they are, or makes one") {
  CHECK(cells("fruit: [apple, pear]\n"
              "animal: [cat, dog]\n"
              "include:\n"
              "  - {color: green}\n"
              "  - {color: pink, animal: cat}\n"
              "  - {fruit: apple, shape: circle}\n"
              "  - {fruit: banana}\n"
              "  - {fruit: banana, animal: cat}\n") ==
        "fruit=apple, animal=cat, color=pink, shape=circle\n"
        "fruit=apple, animal=dog, color=green, shape=circle\n"
        "fruit=pear, animal=cat, color=pink\n"
        "fruit=pear, animal=dog, color=green\n"
        "fruit=banana\n"
        "fruit=banana, animal=cat\n");
}

TEST_CASE("include alone makes a cell of each entry") {
  CHECK(cells("include: [{fruit: apple, threads: 1}, {fruit: pear, threads: 2}]") ==
        "fruit=apple, threads=1\nfruit=pear, threads=2\n");
}

TEST_CASE("exclude takes the cells that it describes, before include") {
  CHECK(cells("fruit: [apple, pear]\n"
              "threads: [1, 2]\n"
              "exclude: [{fruit: apple, threads: 2}, {fruit: pear}]\n"
              "include: [{fruit: pear, threads: 9}]\n") ==
        "fruit=apple, threads=1\nfruit=pear, threads=9\n");
}

TEST_CASE("mistakes in a matrix are placed") {
  CHECK(cells("{furit: [a]}") ==
        "c.yaml:1:2: unknown key 'furit' in 'matrix'; did you mean 'fruit'?");
  CHECK(cells("{fruit: []}") == "c.yaml:1:9: the axis 'fruit' has no value");
  CHECK(cells("{}") == "c.yaml:1:1: 'matrix' has no cell");
  CHECK(cells("{fruit: [a], exclude: [{animal: cat}]}") ==
        "c.yaml:1:25: 'animal' is no axis of this matrix");
  CHECK(cells("{fruit: [a], exclude: [{fruit: b}]}") ==
        "c.yaml:1:25: this entry of 'exclude' excludes no cell");
  CHECK(cells("{fruit: [a], exclude: [{fruit: a}]}") == "c.yaml:1:1: 'matrix' has no cell");
  CHECK(cells("{fruit: [a], include: [{fruti: b}]}") ==
        "c.yaml:1:25: unknown key 'fruti' in an entry of 'include'; did you mean 'fruit'?");
}

TEST_CASE("a matrix of very many cells is refused, not multiplied out") {
  std::string list = "[0";
  for (int i = 1; i < 100; ++i) list += ", " + std::to_string(i);
  list += "]";
  CHECK(cells("{fruit: " + list + ", animal: " + list + ", color: " + list + "}")
            .find("c.yaml:1:1: 'matrix' has more than 1024 cells") == 0);
}
