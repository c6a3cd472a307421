#include "runner/config/matrix.h"

#include <fmt/format.h>

#include <algorithm>

namespace roundtrip {

namespace {

/// A matrix is multiplied out: a few lines of YAML could ask for billions of cells.
constexpr std::size_t kMostCells = 1024;

struct Axis {
  Name name;
  std::vector<YAML::Node> values;
};

/// One line of YAML; equal texts are equal values.
std::string flow_text(const YAML::Node& node) {
  if (node.IsScalar()) return node.Scalar();
  YAML::Emitter emitter;
  emitter << YAML::Flow << node;
  return emitter.c_str();
}

const NamedNode* find(const std::vector<NamedNode>& entries, const std::string& key) {
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [&](const auto& entry) { return entry.name.text == key; });
  return found == entries.end() ? nullptr : &*found;
}

bool has_value(const Cell& cell, const NamedNode& wanted) {
  const NamedNode* own = find(cell.values, wanted.name.text);
  return own != nullptr && flow_text(own->node) == flow_text(wanted.node);
}

void put(Cell& cell, const NamedNode& value) {
  const auto own = std::find_if(cell.values.begin(), cell.values.end(), [&](const auto& entry) {
    return entry.name.text == value.name.text;
  });
  if (own == cell.values.end()) {
    cell.values.push_back(value);
  } else {
    own->name = value.name;
    own->node.reset(value.node);  // assignment would change the node that other cells share
  }
}

/// Reads a matrix and multiplies it out.
class Expansion {
 public:
  Expansion(const Source& source, const YAML::Node& matrix, std::vector<std::string> keys)
      : source_(source), keys_(std::move(keys)) {
    std::vector<std::string> known = keys_;
    known.insert(known.end(), {"include", "exclude"});
    const Section section(source, matrix, "'matrix'", known);
    for (const auto& entry : known_nodes(matrix, "'matrix'")) {
      axes_.push_back({entry.name, values_of(section, entry)});
    }
    multiply(matrix);
    for (const auto& entry : entries_of(section, "exclude")) exclude(entry);
    for (const auto& entry : entries_of(section, "include")) include(entry);
    for (auto& cell : added_) cells_.push_back(std::move(cell));
    if (cells_.empty() && source_.problems.empty()) source_.fail(matrix, "'matrix' has no cell");
  }

  std::vector<Cell> take() { return std::move(cells_); }

 private:
  std::vector<YAML::Node> values_of(const Section& section, const NamedNode& entry) {
    auto values = section.list(entry.name.text);
    if (entry.node.IsSequence() && values.empty()) {
      source_.fail(entry.node, "the axis '" + entry.name.text + "' has no value");
    }
    return values;
  }

  void multiply(const YAML::Node& matrix) {
    if (axes_.empty()) return;
    cells_.emplace_back();
    for (const auto& axis : axes_) {
      if (axis.values.size() * cells_.size() > kMostCells) {
        source_.fail(matrix, fmt::format("'matrix' has more than {} cells", kMostCells));
        cells_.clear();
        return;
      }
      std::vector<Cell> longer;
      for (const auto& cell : cells_) {
        for (const auto& value : axis.values) {
          longer.push_back(cell);
          longer.back().values.push_back({axis.name, value});
        }
      }
      cells_ = std::move(longer);
    }
  }

  std::vector<std::vector<NamedNode>> entries_of(const Section& section, const std::string& key) {
    std::vector<std::vector<NamedNode>> entries;
    for (const auto& node : section.list(key)) {
      const std::string what = "an entry of '" + key + "'";
      const Section checked(source_, node, what, keys_);
      entries.push_back(known_nodes(node, what));
    }
    return entries;
  }

  /// What the checked section has noted already is left out.
  std::vector<NamedNode> known_nodes(const YAML::Node& node, const std::string& what) {
    std::vector<NamedNode> known;
    for (const auto& entry : named_nodes(Source{source_.file, silent_}, node, what)) {
      const bool is_known = std::find(keys_.begin(), keys_.end(), entry.name.text) != keys_.end();
      if (is_known) known.push_back(entry);
    }
    return known;
  }

  void exclude(const std::vector<NamedNode>& entry) {
    for (const auto& value : entry) {
      const bool is_axis = std::any_of(axes_.begin(), axes_.end(), [&](const auto& axis) {
        return axis.name.text == value.name.text;
      });
      if (is_axis) continue;
      source_.problems.add(value.name.place, "'" + value.name.text + "' is no axis of this matrix");
      return;
    }
    const auto first = std::remove_if(cells_.begin(), cells_.end(), [&](const auto& cell) {
      return std::all_of(entry.begin(), entry.end(),
                         [&](const auto& value) { return has_value(cell, value); });
    });
    if (first == cells_.end() && !entry.empty()) {
      source_.problems.add(entry.front().name.place, "this entry of 'exclude' excludes no cell");
    }
    cells_.erase(first, cells_.end());
  }

  /// Whether the entry changes no value that the cell has from an axis.
  bool leaves(const Cell& cell, const std::vector<NamedNode>& entry) const {
    return std::all_of(axes_.begin(), axes_.end(), [&](const auto& axis) {
      const NamedNode* value = find(entry, axis.name.text);
      return value == nullptr || has_value(cell, *value);
    });
  }

  void include(const std::vector<NamedNode>& entry) {
    bool is_new = true;
    for (auto& cell : cells_) {
      if (!leaves(cell, entry)) continue;
      is_new = false;
      for (const auto& value : entry) put(cell, value);
    }
    if (is_new) added_.push_back({entry});
  }

  Source source_;
  Problems silent_;  // for maps that were checked before
  std::vector<std::string> keys_;
  std::vector<Axis> axes_;
  std::vector<Cell> cells_;
  /// Cells that `include` made; later entries are not added to them.
  std::vector<Cell> added_;
};

}  // namespace

std::string Cell::label() const {
  std::string text;
  for (const auto& value : values) {
    text += (text.empty() ? "" : ", ") + value.name.text + "=" + flow_text(value.node);
  }
  return text;
}

std::vector<Cell> expand_matrix(const Source& source, const YAML::Node& matrix,
                                const std::vector<std::string>& keys) {
  return Expansion(source, matrix, keys).take();
}

}  // namespace roundtrip
