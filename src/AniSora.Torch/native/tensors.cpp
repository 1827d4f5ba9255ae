// What a C# object needs of a tensor: ownership, description, memory lent by C#; and the text of the last error.

#include "shim.h"

#include <ATen/ops/from_blob.h>

#include <cstdlib>

using namespace anisora;

namespace anisora {

thread_local std::string last_error;
thread_local void* last_exception = nullptr;

}  // namespace anisora

ANI_EXPORT const char* ani_error() { return last_error.c_str(); }

/// The GCHandle of the C# exception behind a kManagedError; the caller owns it.
ANI_EXPORT void* ani_take_exception() {
  void* exception = last_exception;
  last_exception = nullptr;
  return exception;
}

ANI_EXPORT void ani_free(void* memory) { std::free(memory); }

struct TensorInfo {
  int32_t dimensions, dtype, device_type, device_index;
  int64_t elements;
  void* data;
  const int64_t* sizes;
  const int64_t* strides;
  int64_t storage_offset;
  int32_t contiguous, element_size;
};

ANI_EXPORT void ani_release(void* tensor) { take(tensor); }

/// Adds a reference, so that a second handle owns the tensor too.
ANI_EXPORT void* ani_retain(void* tensor) {
  c10::raw::intrusive_ptr::incref(impl(tensor));
  return tensor;
}

ANI_EXPORT int64_t ani_references(void* tensor) { return static_cast<int64_t>(c10::raw::intrusive_ptr::use_count(impl(tensor))); }

/// Describes a tensor. Sizes and strides point into it and live as long as it keeps its shape.
ANI_EXPORT Status ani_info(void* tensor, TensorInfo* info) {
  return guarded([&] {
    auto* t = impl(tensor);
    info->dimensions = static_cast<int32_t>(t->dim());
    info->dtype = static_cast<int32_t>(c10::typeMetaToScalarType(t->dtype()));
    info->device_type = static_cast<int32_t>(t->device_type());
    info->device_index = t->device().has_index() ? t->device().index() : -1;
    info->elements = t->numel();
    info->sizes = t->sizes().data();
    info->strides = t->strides().data();
    info->data = t->has_storage() ? t->data() : nullptr;
    info->storage_offset = t->storage_offset();
    info->contiguous = t->is_contiguous();
    info->element_size = static_cast<int32_t>(t->dtype().itemsize());
  });
}

ANI_EXPORT Status ani_from_memory(void* data, const int64_t* sizes, const int64_t* strides, int32_t dimensions, int32_t dtype,
                                  void (*release)(void*), void* context, void** result) {
  return guarded([&] {
    auto options = at::TensorOptions().dtype(static_cast<at::ScalarType>(dtype));
    auto deleter = [release, context](void*) {
      if (release) release(context);
    };
    at::IntArrayRef shape(sizes, dimensions);
    *result = give(strides ? at::from_blob(data, shape, at::IntArrayRef(strides, dimensions), deleter, options)
                           : at::from_blob(data, shape, deleter, options));
  });
}
