#include "export/archive/payload_writer.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include "tests/export/archive/support.h"

using namespace roundtrip;
using test::contains;

namespace {

OrderedMap<Payload> payloads(const std::vector<std::pair<std::string, at::Tensor>>& tensors) {
  OrderedMap<Payload> result;
  for (const auto& [name, tensor] : tensors) {
    Payload payload;
    payload.data = tensor;
    result.insert(name, payload);
  }
  return result;
}

/// `name=record` of every payload in the configuration's order.
std::string layout(const OrderedMap<Payload>& items) {
  std::vector<PlannedRecord> records;
  std::string text;
  for (const auto& item : plan_payloads(items, record_names::kWeights, records).config)
    text += item.key() + "=" + item.value().path_name + " ";
  return text;
}

std::string save_error(const at::Tensor& tensor) {
  return test::archive_error([&] { layout(payloads({{"w", tensor}})); });
}

}  // namespace

TEST_CASE("tensors on one storage share a record and stand together") {
  at::Tensor base = at::arange(10, at::kFloat);
  at::Tensor other = at::ones({2});
  CHECK(layout(payloads({{"a", base.slice(0, 2, 4)}, {"b", other}, {"c", base}})) ==
        "a=weight_0 c=weight_0 b=weight_1 ");
}

TEST_CASE("a record is the whole storage") {
  std::vector<PlannedRecord> records;
  at::Tensor base = at::arange(10, at::kFloat);
  plan_payloads(payloads({{"a", base.slice(0, 2, 4)}}), record_names::kWeights, records);
  REQUIRE(records.size() == 1);
  CHECK(records[0].name == "data/weights/weight_0");
  CHECK(records[0].bytes.view.data() == base.data_ptr());
  CHECK(records[0].bytes.view.size() == 40);
}

TEST_CASE("two dtypes on one storage are two records, empty tensors of one dtype are one") {
  at::Tensor base = at::ones({4}, at::kInt);
  CHECK(layout(payloads({{"a", base}, {"b", base.view(at::kFloat)}})) == "a=weight_0 b=weight_1 ");
  CHECK(layout(payloads({{"a", at::empty({0, 3})},
                         {"b", at::empty({0}, at::kLong)},
                         {"c", at::empty({2, 0})}})) == "a=weight_0 c=weight_0 b=weight_1 ");
}

TEST_CASE("a copy that is still lazy does not become tied") {
  at::Tensor base = at::ones({4});
  CHECK(layout(payloads({{"a", base}, {"b", at::_lazy_clone(base)}})) == "a=weight_0 b=weight_1 ");
}

TEST_CASE("pickled tensors come first, objects last") {
  auto raw = [](const char* prefix) {
    Payload payload;
    payload.data = test::raw_bytes("x");
    payload.raw_prefix = prefix;
    return payload;
  };
  OrderedMap<Payload> items = payloads({{"tensor", at::ones({2})}});
  items.insert("opaque", raw("opaque_obj_"));
  items.insert("script", raw("custom_obj_"));
  items.insert("pickled", raw("tensor_"));
  items.insert("opaque2", raw("opaque_obj_"));
  std::vector<PlannedRecord> records;
  std::string order;
  for (const auto& item : plan_payloads(items, record_names::kConstants, records).config)
    order += item.value().path_name + " ";
  CHECK(order == "tensor_0 tensor_1 opaque_obj_0 custom_obj_0 opaque_obj_1 ");
}

TEST_CASE("tensors that the format cannot hold are refused by name") {
  CHECK(save_error(at::Tensor()) == "cannot save tensor 'w': it is undefined");
  CHECK(contains(save_error(at::eye(2).to_sparse()), "'w': the format holds no tensors of layout"));
  CHECK(contains(save_error(at::quantize_per_tensor(at::ones({2}), 0.1, 0, at::kQInt8)),
                 "'w': the format holds no quantized tensors"));
  at::Tensor complex = at::ones({2}, at::kComplexFloat);
  CHECK(contains(save_error(complex.conj()), "'w': its conjugate or negative bit would be lost"));
  CHECK(contains(save_error(at::imag(complex.conj())), "negative bit"));
  CHECK(contains(save_error(at::empty({2}, at::kBits8)), "'w': the format has no dtype Bits8"));
}
