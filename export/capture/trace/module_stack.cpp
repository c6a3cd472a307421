#include "export/capture/trace/module_stack.h"

#include <algorithm>
#include <optional>
#include <sstream>
#include <unordered_map>
#include <utility>
#include <vector>

#include "export/graph/call_runs.h"

namespace roundtrip {
namespace {

constexpr const char* kStack = "nn_module_stack";
/// Python's mark of a node that belongs to whichever module it is found in.
constexpr const char* kNowhere =
    "_empty_nn_module_stack_from_metadata_hook,_empty_nn_module_stack_from_metadata_hook,"
    "_empty_nn_module_stack_from_metadata_hook";

/// The layers that both languages have, by the file that defines them in Python.
constexpr std::pair<const char*, const char*> kLayers[] = {
    {"activation",
     "CELU ELU GELU GLU Hardshrink Hardtanh LeakyReLU LogSigmoid LogSoftmax Mish "
     "MultiheadAttention PReLU RReLU ReLU ReLU6 SELU SiLU Sigmoid Softmax Softmax2d Softmin "
     "Softplus Softshrink Softsign Tanh Tanhshrink Threshold"},
    {"adaptive", "AdaptiveLogSoftmaxWithLoss"},
    {"batchnorm", "BatchNorm1d BatchNorm2d BatchNorm3d"},
    {"container", "ModuleDict ModuleList ParameterDict ParameterList Sequential"},
    {"conv", "Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d"},
    {"distance", "CosineSimilarity PairwiseDistance"},
    {"dropout", "AlphaDropout Dropout Dropout2d Dropout3d FeatureAlphaDropout"},
    {"flatten", "Flatten Unflatten"},
    {"fold", "Fold Unfold"},
    {"instancenorm", "InstanceNorm1d InstanceNorm2d InstanceNorm3d"},
    {"linear", "Bilinear Identity Linear"},
    {"loss",
     "BCELoss BCEWithLogitsLoss CTCLoss CosineEmbeddingLoss CrossEntropyLoss "
     "HingeEmbeddingLoss HuberLoss KLDivLoss L1Loss MSELoss MarginRankingLoss "
     "MultiLabelMarginLoss MultiLabelSoftMarginLoss MultiMarginLoss NLLLoss PoissonNLLLoss "
     "SmoothL1Loss SoftMarginLoss TripletMarginLoss TripletMarginWithDistanceLoss"},
    {"normalization", "CrossMapLRN2d GroupNorm LayerNorm LocalResponseNorm"},
    {"padding",
     "ConstantPad1d ConstantPad2d ConstantPad3d ReflectionPad1d ReflectionPad2d ReflectionPad3d "
     "ReplicationPad1d ReplicationPad2d ReplicationPad3d ZeroPad1d ZeroPad2d ZeroPad3d"},
    {"pixelshuffle", "PixelShuffle PixelUnshuffle"},
    {"pooling",
     "AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d AdaptiveMaxPool1d AdaptiveMaxPool2d "
     "AdaptiveMaxPool3d AvgPool1d AvgPool2d AvgPool3d FractionalMaxPool2d FractionalMaxPool3d "
     "LPPool1d LPPool2d LPPool3d MaxPool1d MaxPool2d MaxPool3d MaxUnpool1d MaxUnpool2d "
     "MaxUnpool3d"},
    {"rnn", "GRU GRUCell LSTM LSTMCell RNN RNNCell"},
    {"sparse", "Embedding EmbeddingBag"},
    {"transformer",
     "Transformer TransformerDecoder TransformerDecoderLayer TransformerEncoder "
     "TransformerEncoderLayer"},
    {"upsampling", "Upsample"},
};

std::unordered_map<std::string, std::string> layers_by_type() {
  std::unordered_map<std::string, std::string> layers;
  for (const auto& [file, names] : kLayers) {
    std::istringstream words(names);
    for (std::string name; words >> name;) {
      // MultiheadAttention calls itself by the name of its holder.
      for (const char* end : {"", "Impl"}) {
        layers["torch::nn::" + name + end] = std::string("torch.nn.modules.") + file + "." + name;
      }
    }
  }
  return layers;
}

const std::string* stack_of(const Node& node) {
  const auto entry = std::find_if(node.metadata().begin(), node.metadata().end(),
                                  [](const auto& candidate) { return candidate.first == kStack; });
  return entry == node.metadata().end() ? nullptr : &entry->second;
}

std::vector<std::string> entries_of(const std::string& stack) {
  std::vector<std::string> entries;
  std::istringstream text(stack);
  for (std::string entry; std::getline(text, entry, ';');) entries.push_back(entry);
  return entries;
}

/// The entries that both stacks begin with.
std::string common_stack(const std::string& left, const std::string& right) {
  std::size_t common = 0;
  for (std::size_t i = 0; i <= std::min(left.size(), right.size()); ++i) {
    const auto ends = [i](const std::string& stack) {
      return i == stack.size() || stack[i] == ';';
    };
    if (ends(left) && ends(right)) common = i;
    if (i < left.size() && i < right.size() && left[i] != right[i]) break;
  }
  return left.substr(0, common);
}

std::string region_stack(const Graph& graph) {
  std::string stack = kNowhere;
  for (const Node& node : graph.nodes()) {
    const std::string& own = *stack_of(node);
    if (own == kNowhere) continue;
    stack = stack == kNowhere ? own : common_stack(stack, own);
  }
  return stack;
}

std::string stack_of_first_argument(const Node& node) {
  for (const NamedArgument& input : node.inputs()) {
    if (const auto* region = input.arg.get<GraphArgument>()) return region_stack(*region->graph);
    const Node* producer = nullptr;
    for_each_value(input.arg, [&](const GraphValue& value) {
      if (producer == nullptr) producer = value.producer();
    });
    if (producer != nullptr) return *stack_of(*producer);
  }
  return kNowhere;
}

}  // namespace

std::string python_type_name(const std::string& type) {
  static const auto kByType = layers_by_type();
  const auto layer = kByType.find(type);
  if (layer != kByType.end()) return layer->second;
  // The stack's text is split at commas and semicolons.
  std::string name = type.substr(0, type.find_first_of("<,;"));
  for (auto colons = name.find("::"); colons != std::string::npos; colons = name.find("::")) {
    name.replace(colons, 2, ".");
  }
  return name;
}

void set_module_stack(Node& node, const std::string& stack) {
  for (auto& [key, text] : node.metadata()) {
    if (key == kStack) text = stack;
  }
}

std::string root_type(const ModuleState& state) {
  return state.modules.empty() ? "roundtrip.Module" : python_type_name(state.modules.front().type);
}

void complete_module_stacks(Graph& graph) {
  for (Node& node : graph.nodes()) {
    for (GraphArgument* subgraph : node.subgraphs()) complete_module_stacks(*subgraph->graph);
    if (stack_of(node) != nullptr) continue;
    node.metadata().emplace_back(kStack, stack_of_first_argument(node));
  }
}

void keep_calls_together(Graph& graph) {
  std::vector<std::vector<std::string>> calls;
  for (const Node& node : graph.nodes()) {
    const std::string& stack = *stack_of(node);
    calls.push_back(stack == kNowhere ? std::vector<std::string>() : entries_of(stack));
  }
  const std::vector<std::size_t> depths = depths_of_runs(calls);
  auto depth = depths.begin();
  for (Node& node : graph.nodes()) {
    std::vector<std::string>& entries = calls[static_cast<std::size_t>(depth - depths.begin())];
    if (*depth < entries.size()) {
      entries.resize(*depth);
      set_module_stack(node, c10::Join(";", entries));
    }
    ++depth;
  }
}

}  // namespace roundtrip
