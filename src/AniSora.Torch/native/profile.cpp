// A record of the operators that libtorch runs, the backward pass's included: when, on which thread, with how many
// floating-point operations.

#include "shim.h"

#include <ATen/record_function.h>

#include <atomic>
#include <ctime>
#include <memory>
#include <mutex>
#include <unordered_set>

using namespace anisora;

namespace {

struct Event {
  const char* name;  // lives as long as the process
  int64_t start_ns, end_ns;
  int64_t thread;
  double flops;
  int32_t scope;  // at::RecordScope: 0 an operator, 1 a node of the backward graph
  int32_t unused;
};
static_assert(sizeof(Event) == 48, "Event is mirrored in C#");

constexpr size_t kMostEvents = 4'000'000;  // about 200 MB

std::mutex mutex;
std::vector<Event> events;
std::atomic<bool> dropped{false};
std::unordered_set<std::string> names;
at::CallbackHandle callback = 0;

/// The clock of .NET's Stopwatch on Linux.
int64_t now() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1'000'000'000LL + t.tv_nsec;
}

struct Running : at::ObserverContext {
  int64_t start = 0;
  double flops = 0;
};

const Tensor* tensor_at(c10::ArrayRef<const c10::IValue> inputs, size_t index) {
  return index < inputs.size() && inputs[index].isTensor() ? &inputs[index].toTensor() : nullptr;
}

double product(at::IntArrayRef sizes, size_t from = 0) {
  double result = 1;
  for (size_t i = from; i < sizes.size(); i++) result *= static_cast<double>(sizes[i]);
  return result;
}

/// Operations of matrix products, 2·m·n·k, from the place of the two factors among the inputs.
double matrix_flops(c10::ArrayRef<const c10::IValue> inputs, size_t first) {
  auto *a = tensor_at(inputs, first), *b = tensor_at(inputs, first + 1);
  if (!a || !b || a->dim() < 2 || b->dim() < 2) return 0;
  return 2 * product(a->sizes()) * static_cast<double>(b->size(-1));
}

/// Operations of a convolution with this many results: each takes a kernel's worth of multiplications and additions.
double convolution_flops(double results, const Tensor& weight) { return 2 * results * product(weight.sizes(), 1); }

double flops_of(const std::string& name, c10::ArrayRef<const c10::IValue> inputs) {
  if (name == "aten::mm" || name == "aten::bmm") return matrix_flops(inputs, 0);
  if (name == "aten::addmm" || name == "aten::baddbmm" || name == "aten::baddbmm_" || name == "aten::addmm_") return matrix_flops(inputs, 1);
  if (name == "aten::mkldnn_convolution" && inputs.size() >= 6) {
    auto *x = tensor_at(inputs, 0), *weight = tensor_at(inputs, 1);
    if (!x || !weight) return 0;
    auto padding = inputs[3].toIntVector(), stride = inputs[4].toIntVector(), dilation = inputs[5].toIntVector();
    double results = static_cast<double>(x->size(0)) * static_cast<double>(weight->size(0));
    for (int64_t i = 2; i < x->dim(); i++) {
      auto at = [&](const std::vector<int64_t>& v) { return v[std::min<size_t>(i - 2, v.size() - 1)]; };
      results *= static_cast<double>((x->size(i) + 2 * at(padding) - at(dilation) * (weight->size(i) - 1) - 1) / at(stride) + 1);
    }
    return convolution_flops(results, *weight);
  }
  const bool ours = name == "anisora::mkldnn_convolution_backward";
  if (ours || name == "aten::convolution_backward") {
    auto *grad = tensor_at(inputs, ours ? 1 : 0), *weight = tensor_at(inputs, 2);
    // The gradients of input and weight cost as much as the forward pass each.
    return grad && weight ? 2 * convolution_flops(product(grad->sizes()), *weight) : 0;
  }
  return 0;
}

std::unique_ptr<at::ObserverContext> on_start(const at::RecordFunction& function) {
  auto running = std::make_unique<Running>();
  running->flops = flops_of(function.name(), function.inputs());
  running->start = now();
  return running;
}

void on_end(const at::RecordFunction& function, at::ObserverContext* context) {
  const int64_t end = now();
  auto* running = static_cast<Running*>(context);
  std::lock_guard<std::mutex> lock(mutex);
  if (events.size() >= kMostEvents) {
    dropped = true;
    return;
  }
  const char* name = names.emplace(function.name()).first->c_str();
  events.push_back({name, running->start, end, static_cast<int64_t>(at::RecordFunction::currentThreadId()), running->flops,
                    static_cast<int32_t>(function.scope()), 0});
}

}  // namespace

/// Begins to record, on all threads.
ANI_EXPORT Status ani_profile_start() {
  return guarded([&] {
    TORCH_CHECK(callback == 0, "a profile is being recorded already");
    {
      std::lock_guard<std::mutex> lock(mutex);
      events.clear();
      dropped = false;
    }
    callback = at::addGlobalCallback(
        at::RecordFunctionCallback(on_start, on_end).needsInputs(true).scopes({at::RecordScope::FUNCTION, at::RecordScope::BACKWARD_FUNCTION}));
  });
}

/// Ends the record. The events stay valid until the next start.
ANI_EXPORT Status ani_profile_stop(const Event** result, int64_t* count, int32_t* incomplete) {
  return guarded([&] {
    TORCH_CHECK(callback != 0, "no profile is being recorded");
    at::removeCallback(callback);
    callback = 0;
    std::lock_guard<std::mutex> lock(mutex);
    *result = events.data();
    *count = static_cast<int64_t>(events.size());
    *incomplete = dropped;
  });
}

/// libtorch's number of this thread, for events of kernels in C#.
ANI_EXPORT int64_t ani_profile_thread() { return static_cast<int64_t>(at::RecordFunction::currentThreadId()); }
