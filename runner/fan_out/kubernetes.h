#pragma once

#include <string>

#include "runner/fan_out/fan_out.h"

namespace roundtrip {

/// What Kubernetes is asked for.
struct KubernetesRequest {
  std::string image{};      ///< that has the runner and the configuration
  std::string claim{};      ///< the volume for reports
  std::size_t cpus = 1;     ///< of each pod, which runs as many tests at once
  std::size_t at_most = 0;  ///< pods that run at once; 0 is no limit
};

/// The folder of the jobs' reports in a pod.
std::string kubernetes_reports(const FanOut& fan_out);

/// The jobs as the manifest of an Indexed Job, in YAML. `fan_out.name` is a name for Kubernetes.
std::string kubernetes_job(const FanOut& fan_out, const KubernetesRequest& request);

/// The text as a name for a Job, whose pods' names still have room for their numbers.
std::string kubernetes_name(const std::string& text);

}  // namespace roundtrip
