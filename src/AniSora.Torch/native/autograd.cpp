// Differentiation: what a tensor remembers of it, its modes, and backward passes.

#include "shim.h"

#include <ATen/core/grad_mode.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/function.h>

using namespace anisora;

ANI_EXPORT Status ani_autograd_flags(void* tensor, int32_t* requires_grad, int32_t* is_leaf) {
  return guarded([&] {
    auto t = borrow(tensor);
    *requires_grad = t.requires_grad();
    *is_leaf = t.is_leaf();
  });
}

ANI_EXPORT Status ani_set_requires_grad(void* tensor, int32_t on) {
  return guarded([&] { borrow(tensor).set_requires_grad(on != 0); });
}

ANI_EXPORT Status ani_retain_grad(void* tensor) {
  return guarded([&] { borrow(tensor).retain_grad(); });
}

ANI_EXPORT Status ani_grad(void* tensor, void** grad) {
  return guarded([&] { *grad = give(borrow(tensor).grad()); });
}

ANI_EXPORT Status ani_set_grad(void* tensor, void* grad) {
  return guarded([&] { borrow(tensor).mutable_grad() = borrow(grad); });
}

/// The name of the graph node that made a tensor ("" for a leaf); the text lives in ani_error().
ANI_EXPORT Status ani_grad_fn_name(void* tensor) {
  return guarded([&] {
    auto node = borrow(tensor).grad_fn();
    last_error = node ? node->name() : "";
  });
}

/// Moves `data`'s contents under `tensor`, which stays the same tensor (an optimiser or reducer may hold it).
ANI_EXPORT Status ani_set_data(void* tensor, void* data) {
  return guarded([&] { borrow(tensor).set_data(borrow(data)); });
}

ANI_EXPORT int32_t ani_grad_mode() { return c10::GradMode::is_enabled(); }
ANI_EXPORT void ani_set_grad_mode(int32_t on) { c10::GradMode::set_enabled(on != 0); }
ANI_EXPORT void* ani_inference_mode_enter(int32_t on) { return new c10::InferenceMode(on != 0); }
ANI_EXPORT void ani_inference_mode_leave(void* guard) { delete static_cast<c10::InferenceMode*>(guard); }
ANI_EXPORT int32_t ani_is_inference_mode() { return c10::InferenceMode::is_enabled(); }

ANI_EXPORT Status ani_backward(void* const* tensors, void* const* grads, int32_t count, int32_t retain_graph, int32_t create_graph,
                               void* const* inputs, int32_t input_count) {
  return guarded([&] {
    std::vector<Tensor> seeds;
    if (grads) seeds = borrow_all(grads, count);
    torch::autograd::backward(borrow_all(tensors, count), seeds, retain_graph != 0, create_graph != 0,
                              borrow_all(inputs, input_count));
  });
}

ANI_EXPORT Status ani_autograd_grad(void* const* outputs, void* const* grads, int32_t count, void* const* inputs, int32_t input_count,
                                    int32_t retain_graph, int32_t create_graph, int32_t allow_unused, void** results) {
  return guarded([&] {
    std::vector<Tensor> seeds;
    if (grads) seeds = borrow_all(grads, count);
    auto gradients = torch::autograd::grad(borrow_all(outputs, count), borrow_all(inputs, input_count), seeds, retain_graph != 0,
                                           create_graph != 0, allow_unused != 0);
    for (int32_t i = 0; i < input_count; i++) results[i] = give(std::move(gradients[i]));
  });
}
