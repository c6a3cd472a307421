#include "export/archive/payload_reader.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include "export/program/absent_data.h"
#include "tests/export/archive/support.h"

using namespace roundtrip;
using test::contains;
using test::load_error;

namespace {

constexpr const char* kConfig = "data/weights/model_weights_config.json";

/// The sample after a replacement in what the archive says of its weights.
Bytes changed_weights(std::string_view from, std::string_view to) {
  return test::changed_sample(
      [&](test::Records& records) { test::replace_in(records, kConfig, from, to); });
}

const at::Tensor& tensor(const OrderedMap<Payload>& payloads, const std::string& name) {
  return std::get<at::Tensor>(payloads[name].data);
}

const std::string kWeight = "record 'data/weights/weight_0': as 'w': ";

}  // namespace

TEST_CASE("payloads come back as they were saved") {
  Program program = read_program(write_program(test::sample_program()), {});
  const at::Tensor& weight = tensor(program.weights, "w");
  const at::Tensor& tied = tensor(program.weights, "tied");
  CHECK(at::equal(weight, at::arange(6, at::kFloat).reshape({2, 3})));
  CHECK(weight.requires_grad());
  CHECK(weight.is_leaf());
  CHECK(program.weights["w"].is_param);
  CHECK(tied.is_alias_of(weight));
  CHECK(tied.sizes() == at::IntArrayRef{2, 2});
  CHECK(at::equal(tied, weight.t().slice(0, 1)));
  CHECK_FALSE(tied.requires_grad());
  CHECK(tensor(program.weights, "empty").sizes() == at::IntArrayRef{0, 3});
  CHECK((tensor(program.constants, "c").scalar_type() == at::kBool));
  CHECK(std::get<RawBytes>(program.constants["object"].data).view == "pickled object");
  CHECK(program.example_inputs.view == "pickled inputs");
  CHECK(program.extra_files["notes/readme.txt"].view == "carried along");
}

TEST_CASE("tensors outlive the program and can be written to") {
  at::Tensor weight, tied;
  {
    Program program = read_program(write_program(test::sample_program()), {});
    weight = tensor(program.weights, "w");
    tied = tensor(program.weights, "tied");
  }
  weight.detach().add_(1);
  CHECK(at::equal(tied, weight.t().slice(0, 1)));
}

TEST_CASE("a tensor must fit into its record") {
  CHECK(load_error(changed_weights(R"({"as_int": 2}, {"as_int": 3})",
                                   R"({"as_int": 3}, {"as_int": 3})")) ==
        kWeight + "it holds 24 bytes, but the tensor's sizes [3, 3], strides and offset need 36");
  CHECK(contains(load_error(changed_weights(R"("storage_offset": {"as_int": 0})",
                                            R"("storage_offset": {"as_int": 1})")),
                 kWeight + "it holds 24 bytes"));
  CHECK(contains(
      load_error(changed_weights(R"("strides": [{"as_int": 3})", R"("strides": [{"as_int": 4})")),
      kWeight + "it holds 24 bytes"));
}

TEST_CASE("sizes that overflow or make no sense are refused") {
  auto with_size = [](const std::string& size) {
    return load_error(changed_weights(R"("sizes": [{"as_int": 2})", R"("sizes": [)" + size));
  };
  CHECK(with_size(R"({"as_int": 9223372036854775807})") ==
        kWeight + "its sizes, strides and offset overflow");
  CHECK(with_size(R"({"as_int": 4611686018427387904})") ==
        kWeight + "its sizes, strides and offset overflow");
  CHECK(contains(with_size(R"({"as_int": 1000000000000})"), kWeight + "it holds 24 bytes"));
  CHECK(contains(with_size(R"({"as_int": -1})"), "a size that is symbolic or negative"));
  CHECK(contains(with_size(R"({"as_expr": {"expr_str": "s0"}})"), "symbolic or negative"));
  CHECK(contains(with_size(R"({"as_int": 1}, {"as_int": 2})"),
                 "another number of sizes than of strides"));
  CHECK(contains(
      load_error(changed_weights(R"("strides": [{"as_int": 3})", R"("strides": [{"as_int": -3})")),
      "a stride that is symbolic or negative"));
  CHECK(
      contains(load_error(changed_weights(R"("storage_offset": {"as_int": 0})",
                                          R"("storage_offset": {"as_int": 9223372036854775807})")),
               "overflow"));
}

TEST_CASE("what a weight says about itself must make sense") {
  CHECK(contains(load_error(changed_weights(R"("dtype": 7)", R"("dtype": 77)")),
                 "config.w.tensor_meta.dtype: unknown dtype 77"));
  CHECK(contains(load_error(changed_weights(R"("dtype": 7)", R"("dtype": 8)")),
                 "record 'data/weights/weight_0': as 'w': it holds 24 bytes"));
  CHECK(contains(load_error(changed_weights(R"("layout": 7)", R"("layout": 1)")),
                 kWeight + "only strided tensors"));
  CHECK(contains(load_error(changed_weights("weight_0", "weight_9")),
                 "record 'data/weights/weight_9': it is missing from the archive"));
  CHECK(contains(load_error(changed_weights("weight_0", "../models/model.json")),
                 "its name tells no known kind of payload"));
  CHECK(contains(load_error(changed_weights(R"("dtype": 7)", R"("dtype": 4)")),
                 "a tensor of dtype Int cannot require gradients"));
  CHECK(contains(load_error(changed_weights(R"("empty": {"path_name": "weight_1")",
                                            R"("empty": {"path_name": "weight_0")")),
                 "as 'empty': it is used as Long and as Float"));
}

TEST_CASE("a record of no bytes is tensors without data") {
  Bytes bytes = test::changed_sample([](test::Records& records) {
    for (auto& [name, data] : records)
      if (name == "data/weights/weight_0") data.clear();
  });
  Program program = read_program(bytes, {});
  at::Tensor weight = tensor(program.weights, "w");
  CHECK(at::equal(weight, at::zeros({2, 3})));
  CHECK(weight.requires_grad());
  CHECK(tensor(program.weights, "tied").is_alias_of(weight));
  CHECK(is_absent(weight.storage()));
  CHECK(write_program(program) == bytes);

  weight.detach().fill_(1);
  CHECK_FALSE(is_absent(weight.storage()));
  CHECK(at::equal(tensor(read_program(write_program(program), {}).weights, "w"), weight));
}

TEST_CASE("tensors without data take no memory, and cannot be larger than it could be") {
  const auto with_size = [](const char* size) {
    return test::changed_sample([&](test::Records& records) {
      for (auto& [name, data] : records)
        if (name == "data/weights/weight_0") data.clear();
      test::replace_in(records, kConfig, R"("sizes": [{"as_int": 2})", size);
    });
  };
  const std::string large = load_error(with_size(R"("sizes": [{"as_int": 2000000})"));
  CHECK(large.find("the tensor 'w' is Float[2000000, 3]") != std::string::npos);
  CHECK(load_error(with_size(R"("sizes": [{"as_int": 100000000000000000})")) ==
        "not enough memory to read the archive");
}

TEST_CASE("a record whose size is no multiple of its element size is refused") {
  Bytes bytes = test::changed_sample([](test::Records& records) {
    test::replace_in(records, "data/weights/weight_0", std::string_view("\0", 1), "");
  });
  CHECK(load_error(bytes) ==
        kWeight + "its size of 23 bytes is not a multiple of the element size 4");
}

TEST_CASE("a record longer than its tensors is kept whole") {
  Bytes bytes = test::changed_sample([](test::Records& records) {
    for (auto& [name, data] : records)
      if (name == "data/weights/weight_0") data += "tail";
  });
  CHECK(write_program(read_program(bytes, {})) == bytes);
}

TEST_CASE("pickled payloads are carried and never opened") {
  Bytes bytes = changed_weights(R"("use_pickle": false)", R"("use_pickle": true)");
  Program program = read_program(bytes, {});
  CHECK(std::get<RawBytes>(program.weights["w"].data).view.size() == 24);
  CHECK(program.weights["w"].raw_prefix == "weight_");
  CHECK(program.weights["w"].raw_meta);
}

TEST_CASE("weights that contradict the graph are refused when they are loaded") {
  const auto error = [](const char* from, const char* to) {
    return test::load_error(test::changed_model(from, to));
  };
  const std::string of_weight = R"("p_w": {"dtype": 7, "sizes": [{"as_int": 2})";
  const auto changed = [&](const std::string& part, const std::string& to) {
    std::string text = of_weight;
    text.replace(text.find(part), part.size(), to);
    return error(of_weight.c_str(), text.c_str());
  };
  CHECK(changed("\"dtype\": 7", "\"dtype\": 8") ==
        "the tensor 'w' is Float[2, 3], but the graph's input 'p_w', which it becomes, is "
        "Double[2, ?]");
  CHECK(test::contains(changed("\"as_int\": 2", "\"as_int\": 4"), "is Float[4, ?]"));
  CHECK(test::contains(changed("[{", "[{\"as_int\": 1}, {"), "is Float[1, 2, ?]"));
}
