#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "export/symbolic/knowledge/asked_sizes.h"

namespace roundtrip {

/// `source` was asked to be `factor * root + offset`; the root is an input's source, or
/// a symbol of its own if no input has the root's size.
struct AskedDerivation {
  std::string source;
  std::string root;
  bool root_is_input = false;
  std::int64_t factor = 1;
  std::int64_t offset = 0;
};

/// Which sizes were asked to be equal or derived from each other. Python's
/// `EqualityConstraint`.
class DimEqualities {
 public:
  explicit DimEqualities(const std::vector<InputSize>& inputs);

  /// In the order in which Python checks them.
  const std::vector<std::pair<std::string, std::string>>& pairs() const { return pairs_; }
  const std::vector<AskedDerivation>& derivations() const { return derivations_; }

  bool are_equal(const std::string& a, const std::string& b) const;
  /// Whether `a` was asked to be `relation`, a function of the symbol named `symbol`, of `b`.
  bool is_derived(const std::string& a, const std::string& b, const Expr& relation,
                  const std::string& symbol) const;

 private:
  void add_named(const std::vector<const InputSize*>& inputs);
  void add_derived(const InputSize& input, const std::map<std::string, std::string>& roots);
  std::string find(const std::string& source) const;
  Expr definition(const std::string& source) const;

  std::vector<std::pair<std::string, std::string>> pairs_;
  std::vector<AskedDerivation> derivations_;
  std::set<std::string> relaxed_;
  std::map<std::string, std::string> parents_;
  std::map<std::string, Expr> definitions_;
};

}  // namespace roundtrip
