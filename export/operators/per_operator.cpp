#include "export/operators/per_operator.h"

#include <utility>
#include <vector>

namespace roundtrip {
namespace {

class Forgetter final : public c10::OpRegistrationListener {
 public:
  explicit Forgetter(std::function<void(const c10::OperatorHandle&)> forget)
      : forget_(std::move(forget)) {}

  void onOperatorRegistered(const c10::OperatorHandle&) override {}
  void onOperatorDeregistered(const c10::OperatorHandle& op) override { forget_(op); }

 private:
  std::function<void(const c10::OperatorHandle&)> forget_;
};

}  // namespace

void on_unregistered(std::function<void(const c10::OperatorHandle&)> forget) {
  auto listener = std::make_unique<Forgetter>(std::move(forget));
  // Never destroyed, as the dispatcher may go first when the process ends.
  static auto& registrations = *new std::vector<c10::RegistrationHandleRAII>;
  registrations.push_back(
      c10::Dispatcher::singleton().addRegistrationListener(std::move(listener)));
}

}  // namespace roundtrip
