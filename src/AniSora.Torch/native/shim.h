// The native half of AniSora.Torch: a C interface over libtorch. Operators are in operators.cpp, what is not an operator in a file per
// subject. This is what they share: the error convention and the ownership of tensor handles.
//
// Rules: a tensor handle is an owned `c10::TensorImpl*` (one reference per handle); arguments are borrowed, results are given. No C++
// exception leaves an exported function: those that can fail return a Status and leave the text, per thread, in ani_error().
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#if __has_include(<c10/util/Optional.h>)
#include <c10/util/Optional.h>
template <class T> using Maybe = c10::optional<T>;
#else
#include <optional>
template <class T> using Maybe = std::optional<T>;
#endif

#define ANI_EXPORT extern "C" __attribute__((visibility("default")))

namespace anisora {

using at::Tensor;
using c10::TensorImpl;
using ImplPtr = c10::intrusive_ptr<TensorImpl, c10::UndefinedTensorImpl>;

// ---- errors -------------------------------------------------------------------------------------------------------

enum Status : int32_t { kOk = 0, kNativeError = 1, kManagedError = 2 };

/// An exception thrown by a C# callback on its way through the autograd engine. It carries the GCHandle of the exception.
struct ManagedError : std::runtime_error {
  explicit ManagedError(void* exception) : std::runtime_error("exception in a C# autograd function"), exception(exception) {}
  void* exception;
};

extern thread_local std::string last_error;
extern thread_local void* last_exception;

inline Status fail(const char* text) {
  last_error = text;
  return kNativeError;
}

template <class Body> Status guarded(Body&& body) {
  try {
    body();
    return kOk;
  } catch (const ManagedError& e) {
    last_exception = e.exception;
    last_error = e.what();
    return kManagedError;
  } catch (const c10::Error& e) {
    return fail(e.what_without_backtrace());
  } catch (const std::exception& e) {
    return fail(e.what());
  } catch (...) {
    return fail("unknown C++ exception");
  }
}

// ---- handles ------------------------------------------------------------------------------------------------------

inline TensorImpl* impl(void* handle) { return static_cast<TensorImpl*>(handle); }
inline Tensor borrow(void* handle) { return handle ? Tensor(ImplPtr::reclaim_copy(impl(handle))) : Tensor(); }
inline Tensor take(void* handle) { return handle ? Tensor(ImplPtr::reclaim(impl(handle))) : Tensor(); }
inline void* give(Tensor tensor) { return tensor.defined() ? tensor.unsafeReleaseTensorImpl() : nullptr; }

inline std::vector<Tensor> borrow_all(void* const* handles, int32_t count) {
  std::vector<Tensor> tensors;
  tensors.reserve(count);
  for (int32_t i = 0; i < count; i++) tensors.push_back(borrow(handles[i]));
  return tensors;
}

}  // namespace anisora
