// Debian's libtorch-dev leaves this header out. c10d's reducer.hpp names the two types for RPC training, which we do not use;
// nothing here is ever called or instantiated.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>

namespace torch::distributed::autograd {

class DistAutogradContext {
 public:
  using GradCallback = std::function<bool(at::Tensor&)>;
};
using ContextPtr = std::shared_ptr<DistAutogradContext>;

}  // namespace torch::distributed::autograd
