// Autograd functions whose two passes are written in C#.

#include "shim.h"

#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cstdlib>

using namespace anisora;

/// Callbacks into C#. Tensors come in borrowed and go out owned, in arrays of the callback's own that stay valid until its
/// next call on this thread. A callback that threw returns false and sets `exception` to a GCHandle.
struct FunctionCallbacks {
  int32_t (*forward)(void* function, void** inputs, int32_t input_count, void*** outputs, int32_t* output_count, void*** saved,
                     int32_t* saved_count, void** exception);
  int32_t (*backward)(void* function, void** grads, int32_t grad_count, void** saved, int32_t saved_count, void** input_grads,
                      int32_t input_count, void** exception);
  void (*release)(void* function);
};

namespace {

/// Owns the C# object for as long as the graph may call its backward.
struct FunctionHandle : torch::CustomClassHolder {
  FunctionHandle(FunctionCallbacks callbacks, void* function, int32_t inputs)
      : callbacks(callbacks), function(function), input_count(inputs) {}
  ~FunctionHandle() override { callbacks.release(function); }
  FunctionCallbacks callbacks;
  void* function;
  int32_t input_count;
};

std::vector<void*> raw(at::TensorList tensors) {
  std::vector<void*> handles;
  handles.reserve(tensors.size());
  for (const auto& t : tensors) handles.push_back(t.defined() ? t.unsafeGetTensorImpl() : nullptr);
  return handles;
}

std::vector<Tensor> take_all(void* const* handles, size_t count) {
  std::vector<Tensor> tensors;
  tensors.reserve(count);
  for (size_t i = 0; i < count; i++) tensors.push_back(take(handles[i]));
  return tensors;
}

/// libtorch finds the differentiable inputs by argument type, and knows at::TensorList but not std::vector<Tensor>.
struct ManagedFunction : torch::autograd::Function<ManagedFunction> {
  using Variables = torch::autograd::variable_list;

  static Variables forward(torch::autograd::AutogradContext* context, at::TensorList inputs, c10::intrusive_ptr<FunctionHandle> handle) {
    auto handles = raw(inputs);
    void **outputs = nullptr, **saved = nullptr, *exception = nullptr;
    int32_t output_count = 0, saved_count = 0;
    if (!handle->callbacks.forward(handle->function, handles.data(), static_cast<int32_t>(handles.size()), &outputs, &output_count,
                                   &saved, &saved_count, &exception))
      throw ManagedError(exception);
    auto results = take_all(outputs, output_count);
    context->save_for_backward(take_all(saved, saved_count));
    context->saved_data["function"] = c10::IValue::make_capsule(handle);
    return results;
  }

  static Variables backward(torch::autograd::AutogradContext* context, Variables grads) {
    auto handle = c10::static_intrusive_pointer_cast<FunctionHandle>(context->saved_data["function"].toCapsule());
    auto saved = context->get_saved_variables();
    auto grad_handles = raw(grads), saved_handles = raw(saved);
    std::vector<void*> input_grads(handle->input_count, nullptr);
    void* exception = nullptr;
    const bool ok = handle->callbacks.backward(handle->function, grad_handles.data(), static_cast<int32_t>(grad_handles.size()),
                                               saved_handles.data(), static_cast<int32_t>(saved_handles.size()), input_grads.data(),
                                               handle->input_count, &exception);
    auto results = take_all(input_grads.data(), input_grads.size());
    if (!ok) throw ManagedError(exception);
    results.emplace_back();  // the handle argument has no gradient
    return results;
  }
};

}  // namespace

/// Applies a C# function to `inputs` (all defined). Takes over `function`, which is released when the graph is.
/// `outputs` becomes a malloc'ed array of owned handles.
ANI_EXPORT Status ani_apply_function(const FunctionCallbacks* callbacks, void* function, void* const* inputs, int32_t input_count,
                                     void*** outputs, int32_t* output_count) {
  return guarded([&] {
    auto handle = c10::make_intrusive<FunctionHandle>(*callbacks, function, input_count);
    auto variables = borrow_all(inputs, input_count);
    auto results = ManagedFunction::apply(at::TensorList(variables), handle);
    auto** handles = static_cast<void**>(std::malloc(sizeof(void*) * std::max<size_t>(1, results.size())));
    for (size_t i = 0; i < results.size(); i++) handles[i] = give(std::move(results[i]));
    *outputs = handles;
    *output_count = static_cast<int32_t>(results.size());
  });
}
