#include "export/compare/tensor_difference.h"

#include <ATen/ATen.h>
#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>
#include <roundtrip/pytree.h>

#include <unordered_map>

#include "export/compare/layout_difference.h"
#include "export/program/fx/literals.h"
#include "export/program/pickle/example_inputs.h"
#include "export/program/python/text.h"
#include "export/program/storage_types.h"

namespace roundtrip::compare {

namespace {

using Details = std::vector<Change::Detail>;

std::string numbers(at::IntArrayRef values) {
  return c10::str("[", c10::Join(", ", values), "]");
}

std::string short_text(const at::Tensor& tensor) {
  return dtype_abbreviation(tensor.scalar_type()) + numbers(tensor.sizes());
}

/// How many elements differ, and how much where they are numbers.
std::string values_text(const at::Tensor& before, const at::Tensor& after) {
  const at::Tensor differ =
      before.ne(after).logical_and_(before.eq(before).logical_or(after.eq(after)));
  const std::int64_t count = differ.sum().item<std::int64_t>();
  if (count == 0) return "bits differ (of zeros or NaNs)";
  std::string text = c10::str(count, " of ", before.numel(), " differ");
  const bool is_real = !before.is_complex() && before.scalar_type() != at::kBool;
  if (!is_real) return text;
  const at::Tensor by = before.to(at::kDouble).sub(after.to(at::kDouble)).abs();
  return text + ", by at most " + python_repr(by.masked_select(differ).max().item<double>());
}

Details tensor_details(const at::Tensor& before, const at::Tensor& after) {
  Details details;
  add_difference("type", dtype_name(before.scalar_type()), dtype_name(after.scalar_type()),
                 details);
  add_difference("shape", numbers(before.sizes()), numbers(after.sizes()), details);
  add_difference("strides", numbers(before.strides()), numbers(after.strides()), details);
  add_difference("requires_grad", python_repr(before.requires_grad()),
                 python_repr(after.requires_grad()), details);
  const bool is_comparable = before.scalar_type() == after.scalar_type() &&
                             before.sizes() == after.sizes() && !before.is_meta() &&
                             !after.is_meta();
  if (!is_comparable || bitwise_equal(Value(before), Value(after))) return details;
  details.push_back({"values", values_text(before.detach(), after.detach()), ""});
  return details;
}

/// For each tensor that shares memory with others, the first of these.
std::unordered_map<std::string, std::string> memory_owners(const OrderedMap<Payload>& payloads) {
  std::unordered_map<const c10::StorageImpl*, std::string> first;
  std::unordered_map<std::string, std::string> owners;
  for (const auto& entry : payloads) {
    const auto* tensor = std::get_if<at::Tensor>(&entry.value().data);
    if (tensor == nullptr || !tensor->has_storage()) continue;
    const auto* storage = tensor->storage().unsafeGetStorageImpl();
    owners[entry.key()] = first.try_emplace(storage, entry.key()).first->second;
  }
  return owners;
}

std::string owner_text(const std::unordered_map<std::string, std::string>& owners,
                       const std::string& name) {
  const auto owner = owners.find(name);
  return owner == owners.end() || owner->second == name ? "nothing" : owner->second;
}

std::string payload_text(const std::string& name, const Payload& payload) {
  const auto* tensor = std::get_if<at::Tensor>(&payload.data);
  if (tensor == nullptr) return name + ": a pickled object";
  return name + ": " + short_text(*tensor) + (payload.is_param ? ", a parameter" : "");
}

Details payload_details(const Payload& before, const Payload& after) {
  Details details;
  add_difference("parameter", python_repr(before.is_param), python_repr(after.is_param), details);
  const auto place = [](const Payload& payload) {
    return payload.device ? payload.device->str() : std::string("cpu");
  };
  add_difference("device", place(before), place(after), details);
  const auto* old = std::get_if<at::Tensor>(&before.data);
  const auto* now = std::get_if<at::Tensor>(&after.data);
  if (old != nullptr && now != nullptr) {
    const Details more = tensor_details(*old, *now);
    details.insert(details.end(), more.begin(), more.end());
  } else if (old != nullptr || now != nullptr) {
    const auto kind = [](bool is_tensor) { return is_tensor ? "a tensor" : "a pickled object"; };
    details.push_back({"kind", kind(old != nullptr), kind(now != nullptr)});
  } else {
    const auto old_bytes = std::get<RawBytes>(before.data).view;
    const auto new_bytes = std::get<RawBytes>(after.data).view;
    if (old_bytes != new_bytes) {
      details.push_back({"object", c10::str(old_bytes.size(), " bytes"),
                         c10::str(new_bytes.size(), " other bytes")});
    }
    add_difference("kind of object", before.raw_prefix, after.raw_prefix, details);
  }
  return details;
}

std::string leaf_text(const Value& leaf) {
  if (leaf.is_tensor()) return short_text(leaf.tensor());
  if (leaf.is_int()) return python_repr(leaf.to_int());
  if (leaf.is_double()) return python_repr(leaf.to_double());
  if (leaf.is_bool()) return python_repr(leaf.to_bool());
  if (leaf.is_string()) return python_repr(leaf.string());
  return leaf.type_name();
}

std::optional<Values> leaves_of(const RawBytes& bytes, TreeSpec& spec) {
  try {
    const auto inputs = decode_example_inputs(bytes);
    if (!inputs) return Values{};
    std::vector<std::pair<Value, Value>> kwargs(inputs->kwargs.begin(), inputs->kwargs.end());
    return tree_flatten(Value::tuple({Value::tuple(inputs->args), Value::dict(kwargs)}), &spec);
  } catch (const Error&) {
    return std::nullopt;  // they hold objects, which are never read
  }
}

}  // namespace

std::vector<Change> payload_changes(const OrderedMap<Payload>& before,
                                    const OrderedMap<Payload>& after) {
  std::vector<Change> changes;
  const auto old_owners = memory_owners(before), new_owners = memory_owners(after);
  for (const auto& entry : before) {
    const std::string& name = entry.key();
    const std::string text = payload_text(name, entry.value());
    const Payload* now = after.find(name);
    if (now == nullptr) {
      changes.push_back({Change::Kind::removed, text});
      continue;
    }
    Details details = payload_details(entry.value(), *now);
    add_difference("shares memory with", owner_text(old_owners, name), owner_text(new_owners, name),
                   details);
    if (!details.empty()) changes.push_back({Change::Kind::changed, text, std::move(details)});
  }
  for (const auto& entry : after) {
    if (before.contains(entry.key())) continue;
    changes.push_back({Change::Kind::added, payload_text(entry.key(), entry.value())});
  }
  return changes;
}

std::vector<Change> example_input_changes(const RawBytes& before, const RawBytes& after) {
  if (before.view == after.view) return {};
  TreeSpec old_spec, new_spec;
  const auto old = leaves_of(before, old_spec), now = leaves_of(after, new_spec);
  if (!old || !now) return {{Change::Kind::changed, "their pickled bytes"}};
  if (!(old_spec == new_spec)) {
    return {{Change::Kind::changed,
             "their structure",
             {{"leaves", std::to_string(old->size()), std::to_string(now->size())}}}};
  }
  std::vector<Change> changes;
  for (std::size_t i = 0; i < old->size(); ++i) {
    const Value &left = (*old)[i], &right = (*now)[i];
    Change change{Change::Kind::changed, "leaf " + std::to_string(i)};
    if (left.is_tensor() && right.is_tensor()) {
      change.details = tensor_details(left.tensor(), right.tensor());
    } else if (!bitwise_equal(left, right)) {
      change.details.push_back({"value", leaf_text(left), leaf_text(right)});
    }
    if (!change.details.empty()) changes.push_back(std::move(change));
  }
  return changes;
}

}  // namespace roundtrip::compare
