// Shapes of operators that libtorch knows for its `meta` device in Python only: with them a whole model, and its backward pass, runs
// there without any memory.

#include "shim.h"

#include <ATen/ExpandUtils.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/result_type.h>
#include <torch/library.h>

#include <algorithm>
#include <array>
#include <string>
#include <tuple>
#include <vector>

namespace anisora::meta {

using at::IntArrayRef;
using OptionalTensor = Maybe<Tensor>;
using Three = std::tuple<Tensor, Tensor, Tensor>;

inline void same_place(const Tensor& input, const Tensor& other) {
  TORCH_CHECK(other.device() == input.device(), "Expected all tensors to be on the same device, but found at least two devices, ",
              input.device(), " and ", other.device(), "!");
}

inline void same_place(const Tensor& input, const OptionalTensor& other) {
  if (other.has_value() && other->defined()) same_place(input, *other);
}

// ---- convolution --------------------------------------------------------------------------------------------------

/// libtorch has checked ranks and channels by now.
inline Tensor convolution(const Tensor& input, const Tensor& weight, const OptionalTensor& bias, IntArrayRef stride, IntArrayRef padding,
                          IntArrayRef dilation, bool transposed, IntArrayRef output_padding, int64_t groups) {
  same_place(input, weight);
  same_place(input, bias);
  std::vector<int64_t> shape{input.size(0), transposed ? weight.size(1) * groups : weight.size(0)};
  for (int64_t d = 2; d < input.dim(); d++) {
    auto at = [d](IntArrayRef values) { return values[std::min<size_t>(d - 2, values.size() - 1)]; };
    const int64_t window = at(dilation) * (weight.size(d) - 1) + 1;
    shape.push_back(transposed ? (input.size(d) - 1) * at(stride) - 2 * at(padding) + window + at(output_padding)
                               : (input.size(d) + 2 * at(padding) - window) / at(stride) + 1);
  }
  return at::empty(shape, input.options());
}

inline Three convolution_backward(const Tensor& grad, const Tensor& input, const Tensor& weight, IntArrayRef, IntArrayRef, IntArrayRef, bool,
                                  IntArrayRef, int64_t, std::array<bool, 3> wanted) {
  return {wanted[0] ? at::empty_like(input) : Tensor(), wanted[1] ? at::empty_like(weight) : Tensor(),
          wanted[2] ? at::empty({grad.size(1)}, grad.options()) : Tensor()};
}

// ---- normalisation ------------------------------------------------------------------------------------------------

inline Three layer_norm(const Tensor& input, IntArrayRef normalized, const OptionalTensor& weight, const OptionalTensor& bias, double) {
  const int64_t kept = input.dim() - static_cast<int64_t>(normalized.size());
  TORCH_CHECK(kept >= 0 && input.sizes().slice(kept) == normalized, "Given normalized_shape=", normalized, ", input has shape ", input.sizes());
  for (const auto& scale : {weight, bias}) {
    same_place(input, scale);
    TORCH_CHECK(!scale.has_value() || !scale->defined() || scale->sizes() == normalized, "weight and bias must have shape ", normalized);
  }
  auto moments = input.sizes().vec();
  std::fill(moments.begin() + kept, moments.end(), 1);
  return {at::empty_like(input), at::empty(moments, input.options()), at::empty(moments, input.options())};
}

inline Three layer_norm_backward(const Tensor&, const Tensor& input, IntArrayRef normalized, const Tensor&, const Tensor&,
                                 const OptionalTensor&, const OptionalTensor&, std::array<bool, 3> wanted) {
  auto scale = [&](bool on) { return on ? at::empty(normalized, input.options()) : Tensor(); };
  return {wanted[0] ? at::empty_like(input) : Tensor(), scale(wanted[1]), scale(wanted[2])};
}

/// libtorch has checked channels and groups by now.
inline Three group_norm(const Tensor& input, const OptionalTensor& weight, const OptionalTensor& bias, int64_t batch, int64_t, int64_t,
                        int64_t groups, double) {
  same_place(input, weight);
  same_place(input, bias);
  return {at::empty_like(input), at::empty({batch, groups}, input.options()), at::empty({batch, groups}, input.options())};
}

inline Three group_norm_backward(const Tensor&, const Tensor& input, const Tensor&, const Tensor&, const OptionalTensor&, int64_t,
                                 int64_t channels, int64_t, int64_t, std::array<bool, 3> wanted) {
  auto scale = [&](bool on) { return on ? at::empty({channels}, input.options()) : Tensor(); };
  return {wanted[0] ? at::empty_like(input) : Tensor(), scale(wanted[1]), scale(wanted[2])};
}

// ---- gathering ----------------------------------------------------------------------------------------------------

inline Tensor index_select(const Tensor& input, int64_t dim, const Tensor& index) {
  same_place(input, index);
  TORCH_CHECK(index.dim() <= 1, "index_select: the index must have one dimension, not ", index.dim());
  auto shape = input.sizes().vec();
  shape.at(dim < 0 ? dim + input.dim() : dim) = index.numel();
  return at::empty(shape, input.options());
}

inline Tensor flip(const Tensor& input, IntArrayRef) { return at::empty(input.sizes(), input.options()); }

inline Tensor embedding_backward(const Tensor& grad, const Tensor&, int64_t rows, int64_t, bool) {
  return at::empty({rows, grad.size(-1)}, grad.options());
}

// ---- element by element -------------------------------------------------------------------------------------------

inline Tensor& one_input(const Tensor& input, Tensor& out) { return const_cast<Tensor&>(out.resize_(input.sizes())); }

inline Tensor& two_inputs(const Tensor& input, const Tensor& other, Tensor& out) {
  if (other.dim() > 0) same_place(input, other);
  return const_cast<Tensor&>(out.resize_(at::infer_size(input.sizes(), other.sizes())));
}

inline Tensor where(const Tensor& condition, const Tensor& yes, const Tensor& no) {
  for (const auto& choice : {yes, no})
    if (choice.dim() > 0) same_place(condition, choice);
  auto shape = at::infer_size(condition.sizes(), at::infer_size(yes.sizes(), no.sizes()));
  return at::empty(shape, condition.options().dtype(at::result_type(yes, no)));
}

// ---- registration -------------------------------------------------------------------------------------------------

/// Another libtorch may know some of these by itself; its own stay.
struct Registration {
  Registration() {
    add("convolution_overrideable", TORCH_FN(convolution));
    add("convolution_backward_overrideable", TORCH_FN(convolution_backward));
    add("native_layer_norm", TORCH_FN(layer_norm));
    add("native_layer_norm_backward", TORCH_FN(layer_norm_backward));
    add("native_group_norm", TORCH_FN(group_norm));
    add("native_group_norm_backward", TORCH_FN(group_norm_backward));
    add("index_select", TORCH_FN(index_select));
    add("flip", TORCH_FN(flip));
    add("embedding_dense_backward", TORCH_FN(embedding_backward));
    add("abs", TORCH_FN(one_input), "out");
    add("logical_and", TORCH_FN(two_inputs), "out");
    add("where", TORCH_FN(where), "self");
  }

  template <class Kernel> void add(const std::string& name, Kernel kernel, const std::string& overload = "") {
    auto op = c10::Dispatcher::singleton().findSchema({"aten::" + name, overload});
    if (op.has_value() && !op->hasKernelForDispatchKey(c10::DispatchKey::Meta))
      library.impl((overload.empty() ? name : name + "." + overload).c_str(), kernel);
  }

  torch::Library library{torch::Library::IMPL, "aten", c10::DispatchKey::Meta, __FILE__, __LINE__};
};

inline const Registration registration;

}  // namespace anisora::meta
