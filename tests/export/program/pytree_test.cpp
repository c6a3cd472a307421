#include <doctest/doctest.h>
#include <roundtrip/error.h>
#include <roundtrip/pytree.h>

#include <array>
#include <string>

using namespace roundtrip;

namespace {

/// What torch.utils._pytree of torch 2.13 wrote for `treespec_dumps` and `repr`.
struct Golden {
  const char* name;
  const char* dumped;
  const char* repr;
};

const std::array kGolden{
    Golden{
        "nested",
        R"x([1, {"type": "builtins.tuple", "context": "null", "children_spec": [{"type": "builtins.tuple", "context": "null", "children_spec": [{"type": null, "context": null, "children_spec": []}, {"type": "builtins.list", "context": "null", "children_spec": [{"type": null, "context": null, "children_spec": []}, {"type": "builtins.dict", "context": "[\"z\", \"y\"]", "children_spec": [{"type": null, "context": null, "children_spec": []}, {"type": "builtins.tuple", "context": "null", "children_spec": [{"type": null, "context": null, "children_spec": []}]}]}]}]}, {"type": "builtins.dict", "context": "[]", "children_spec": []}]}])x",
        R"x(TreeSpec(tuple, None, [TreeSpec(tuple, None, [*,
    TreeSpec(list, None, [*,
      TreeSpec(dict, ['z', 'y'], [*,
        TreeSpec(tuple, None, [*])])])]),
  TreeSpec(dict, [], [])]))x"},
    Golden{
        "keys of every kind",
        R"x([1, {"type": "builtins.dict", "context": "[1, 2.5, null, \"\\u00fc\\n\\\"\\u007f\\ud83d\\ude00'\", 1e+16, 1e-07, Infinity, -0.0, 9007199254740994.0]", "children_spec": [{"type": null, "context": null, "children_spec": []}, {"type": null, "context": null, "children_spec": []}, {"type": null, "context": null, "children_spec": []}, {"type": null, "context": null, "children_spec": []}, {"type": null, "context": null, "children_spec": []}, {"type": null, "context": null, "children_spec": []}, {"type": null, "context": null, "children_spec": []}, {"type": null, "context": null, "children_spec": []}, {"type": null, "context": null, "children_spec": []}]}])x",
        R"x(TreeSpec(dict, [1, 2.5, None, 'ü\n"\x7f😀\'', 1e+16, 1e-07, inf, -0.0, 9007199254740994.0], [*,
  *,
  *,
  *,
  *,
  *,
  *,
  *,
  *]))x"},
    Golden{
        "OrderedDict",
        R"x([1, {"type": "collections.OrderedDict", "context": "[\"b\", \"a\"]", "children_spec": [{"type": null, "context": null, "children_spec": []}, {"type": "builtins.list", "context": "null", "children_spec": [{"type": null, "context": null, "children_spec": []}, {"type": null, "context": null, "children_spec": []}]}]}])x",
        R"x(TreeSpec(OrderedDict, ['b', 'a'], [*,
  TreeSpec(list, None, [*,
    *])]))x"},
    Golden{
        "defaultdict",
        R"x([1, {"type": "collections.defaultdict", "context": {"default_factory_module": "builtins", "default_factory_name": "list", "dict_context": ["k"]}, "children_spec": [{"type": null, "context": null, "children_spec": []}]}])x",
        R"x(TreeSpec(defaultdict, [<class 'list'>, ['k']], [*]))x"},
    Golden{
        "deque",
        R"x([1, {"type": "collections.deque", "context": "3", "children_spec": [{"type": null, "context": null, "children_spec": []}, {"type": null, "context": null, "children_spec": []}]}])x",
        R"x(TreeSpec(deque, 3, [*,
  *]))x"},
    Golden{
        "dataclass with a None field",
        R"x([1, {"type": "my.D", "context": "[[\"f\", \"h\"], [\"g\"]]", "children_spec": [{"type": null, "context": null, "children_spec": []}, {"type": null, "context": null, "children_spec": []}]}])x",
        R"x(TreeSpec(D, [['f', 'h'], ['g']], [*,
  *]))x"},
    Golden{
        "namedtuple",
        R"x([1, {"type": "collections.namedtuple", "context": "my.N", "children_spec": [{"type": null, "context": null, "children_spec": []}, {"type": "builtins.tuple", "context": "null", "children_spec": [{"type": null, "context": null, "children_spec": []}]}]}])x",
        R"x(TreeSpec(namedtuple, <class 'my.N'>, [*,
  TreeSpec(tuple, None, [*])]))x"},
    Golden{
        "Enum key",
        R"x([1, {"type": "builtins.dict", "context": "[{\"__enum__\": true, \"fqn\": \"__main__:Color\", \"name\": \"RED\"}]", "children_spec": [{"type": null, "context": null, "children_spec": []}]}])x",
        nullptr},
    Golden{"leaf", R"x([1, {"type": null, "context": null, "children_spec": []}])x", R"x(*)x"},
    Golden{"empty tuple",
           R"x([1, {"type": "builtins.tuple", "context": "null", "children_spec": []}])x",
           R"x(TreeSpec(tuple, None, []))x"},
    Golden{
        "torch.Size",
        R"x([1, {"type": "torch.Size", "context": "null", "children_spec": [{"type": null, "context": null, "children_spec": []}, {"type": null, "context": null, "children_spec": []}]}])x",
        R"x(TreeSpec(Size, None, [*,
  *]))x"},
};

const char kLeaf[] = R"({"type": null, "context": null, "children_spec": []})";

std::string tuple_text(const std::string& context, const std::string& children) {
  return R"([1, {"type": "builtins.tuple", "context": )" + context + R"(, "children_spec": [)" +
         children + "]}]";
}

}  // namespace

TEST_CASE("tree specs read and write Python's text byte for byte") {
  for (const auto& golden : kGolden) {
    CAPTURE(golden.name);
    auto spec = treespec_loads(golden.dumped);
    CHECK(treespec_dumps(spec) == golden.dumped);
    if (golden.repr) CHECK(spec.str() == golden.repr);
  }
}

TEST_CASE("a registered type has whatever context it says") {
  const auto text_of = [](const std::string& context) {
    return R"([1, {"type": "my.Cache", "context": )" + context + R"(, "children_spec": [)" + kLeaf +
           "]}]";
  };
  for (const char* context : {R"({"k": 1})", R"(["a", 1])", "null", "3", "true", "2.5", "[]",
                              R"("{\"k\": 1}")", R"("t")", R"("")"}) {
    CAPTURE(context);
    const TreeSpec spec = treespec_loads(text_of(context));
    CHECK(treespec_dumps(spec) == text_of(context));
    TreeSpec again;
    tree_flatten(tree_unflatten({1}, spec), &again);
    CHECK(again == spec);
  }
  CHECK(treespec_loads(text_of(R"(["a", 1])")).str() == "TreeSpec(Cache, ['a', 1], [*])");
  CHECK(treespec_loads(text_of(R"("t")")).str() == "TreeSpec(Cache, 't', [*])");
  const auto value_of = [&](const std::string& context) {
    return tree_unflatten({1}, treespec_loads(text_of(context)));
  };
  CHECK_FALSE(bitwise_equal(value_of("3"), value_of(R"("3")")));
  CHECK_FALSE(treespec_loads(text_of("3")) == treespec_loads(text_of(R"("3")")));
}

TEST_CASE("flatten and unflatten are inverse and keep the order of dicts") {
  Value tree = Value::tuple({1, Value::dict({{"z", 2}, {"a", Value::list({"x", Value()})}})});
  TreeSpec spec;
  auto leaves = tree_flatten(tree, &spec);
  REQUIRE(leaves.size() == 4);
  CHECK(leaves[1].to_int() == 2);
  CHECK(leaves[3].is_none());
  CHECK(spec.num_leaves() == 4);
  CHECK(bitwise_equal(tree_unflatten(leaves, spec), tree));
  CHECK(treespec_loads(treespec_dumps(spec)) == spec);
  CHECK_FALSE(spec == spec.children[1]);
}

TEST_CASE("a wrong number of leaves is refused with both numbers") {
  TreeSpec spec;
  tree_flatten(Value::tuple({1, 2}), &spec);
  CHECK_THROWS_WITH_AS(tree_unflatten({1, 2, 3}, spec),
                       "a tree of 2 leaves cannot hold 3: TreeSpec(tuple, None, [*,\n  *])",
                       ProgramError);
}

TEST_CASE("text that is no tree spec is refused") {
  auto refused = [](const std::string& text, const char* reason) {
    CHECK_THROWS_WITH_AS(treespec_loads(text), reason, ProgramError);
  };
  refused("[1, {",
          "not a tree spec: text: bad JSON at character 5: "
          "Missing a name for object member.");
  refused("{}", "not a tree spec: text: expected [protocol, tree]");
  refused(R"([1, {"type": "x", "context": "null"}])",
          "not a tree spec: tree: 'children_spec' is missing");
  refused(tuple_text(R"("null")", "3"), "not a tree spec: tree[0]: expected an object");
  refused(R"([1, {"type": "builtins.dict", "context": "[1]", "children_spec": []}])",
          "not a tree spec: tree: 1 keys for 0 items");
  refused(R"([1, {"type": "builtins.dict", "context": "[[1]]", "children_spec": []}])",
          "not a tree spec: tree: the key [1] is none that a dict can have");
  CHECK_THROWS_AS(treespec_loads(std::string("[2, ") + kLeaf + "]"), UnsupportedError);
  CHECK_THROWS_AS(treespec_loads(tuple_text("{}", "")), UnsupportedError);
}

TEST_CASE("deep nesting is refused, not followed") {
  std::string text = kLeaf;
  for (int i = 0; i < 200; ++i) {
    text = R"({"type": "builtins.list", "context": "null", "children_spec": [)" + text + "]}";
  }
  CHECK_THROWS_WITH_AS(treespec_loads("[1, " + text + "]"),
                       "not a tree spec: tree: nested too deeply", ProgramError);
  CHECK_THROWS_AS(treespec_loads(std::string(1000000, '[')), ProgramError);
}
