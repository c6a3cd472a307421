#include "export/capture/trace/module_stack.h"

#include <algorithm>
#include <sstream>
#include <unordered_map>
#include <utility>

#include "export/capture/trace/arguments.h"

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
      layers["torch::nn::" + name + "Impl"] = std::string("torch.nn.modules.") + file + "." + name;
    }
  }
  return layers;
}

const std::string* stack_of(const schema::Node& node) {
  const auto entry = std::find_if(node.metadata.begin(), node.metadata.end(),
                                  [](const auto& candidate) { return candidate.first == kStack; });
  return entry == node.metadata.end() ? nullptr : &entry->second;
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

std::string region_stack(const schema::Graph& graph) {
  std::string stack = kNowhere;
  for (const schema::Node& node : graph.nodes) {
    const std::string& own = *stack_of(node);
    if (own == kNowhere) continue;
    stack = stack == kNowhere ? own : common_stack(stack, own);
  }
  return stack;
}

using StackByValue = std::unordered_map<std::string, std::string>;

std::string stack_of_first_argument(schema::Node& node, const StackByValue& stacks) {
  for (schema::NamedArgument& input : node.inputs) {
    if (auto* region = input.arg.get<schema::GraphArgument>()) return region_stack(*region->graph);
    std::string stack;
    visit_value_names(input.arg, [&](std::string& name) {
      const auto known = stacks.find(name);
      if (stack.empty() && known != stacks.end()) stack = known->second;
    });
    if (!stack.empty()) return stack;
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

std::string root_type(const ModuleState& state) {
  return state.modules.empty() ? "roundtrip.Module" : python_type_name(state.modules.front().type);
}

void complete_module_stacks(schema::Graph& graph) {
  StackByValue stacks;
  for (schema::Node& node : graph.nodes) {
    for (schema::NamedArgument& input : node.inputs) {
      if (auto* subgraph = input.arg.get<schema::GraphArgument>())
        complete_module_stacks(*subgraph->graph);
    }
    if (stack_of(node) == nullptr) {
      node.metadata.emplace_back(kStack, stack_of_first_argument(node, stacks));
    }
    for (schema::Argument& output : node.outputs) {
      visit_value_names(output, [&](std::string& name) { stacks[name] = *stack_of(node); });
    }
  }
}

}  // namespace roundtrip
