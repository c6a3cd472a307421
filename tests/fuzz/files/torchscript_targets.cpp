#include <ATen/ATen.h>
#include <roundtrip/torchscript.h>
#include <torch/csrc/jit/api/module.h>

#include <memory>
#include <sstream>

#include "tests/fuzz/files/records.h"
#include "tests/fuzz/files/target.h"

namespace roundtrip::fuzz {

namespace {

const std::vector<std::string> kWords = {"Tensor",   "int",       "None",  "self", "torch",
                                         "annotate", "List[int]", "float", "x",    "Dict[str, int]",
                                         "return",   "0",         "\"\""};

Records model_records() {
  torch::jit::Module inner("Inner");
  inner.register_parameter("weight", at::ones({3, 4}), false);
  inner.register_buffer("seen", at::zeros({2}, at::kLong));
  inner.define("def forward(self, x):\n  return torch.linear(x, self.weight)\n");
  torch::jit::Module model("Model");
  model.register_module("inner", inner);
  model.register_attribute("sizes", c10::ListType::ofInts(), std::vector<std::int64_t>{1, 2});
  model.register_attribute("scale", c10::FloatType::get(), 2.0);
  model.define(R"(
    def forward(self, x, n: int = 3):
      y = self.inner.forward(x)
      for i in range(n):
        if bool(y.sum() > 0):
          y = y * self.scale
        else:
          y = torch.cat([y, y], 1)
      return y, [x], {"a": n}
  )");
  std::ostringstream stream;
  model.save(stream);
  return records_of(std::move(stream).str());
}

std::string mutated_model(Records records, Random& random) {
  auto& [name, text] = records[below(random, records.size())];
  const bool is_code = name.ends_with(".py");
  text = is_code ? mutate_text(std::move(text), random, kWords)
                 : mutate_bytes(std::move(text), random);
  return zip_of(records);
}

}  // namespace

std::vector<Target> torchscript_targets() {
  const auto records = std::make_shared<const Records>(model_records());
  return {
      {"torchscript", [records](Random& random) { return mutated_model(*records, random); },
       [](const std::string& input) { load_torchscript(write_scratch(input, ".pt").string()); }}};
}

}  // namespace roundtrip::fuzz
