// The native half of AniSora.Torch: a C interface over libtorch.
//
// Operators need no wrapper each. They are looked up by name in ATen's dispatcher and called with a stack of boxed values,
// so `ani_call` is the only entry for all of them. What follows it is what is not an operator: tensors' ownership and
// description, autograd, functions whose derivative is written in C#, memory lent by C#, random state, threads, and the
// process-wide settings of malloc and BLAS. Work over many processes is in distributed.cpp, the record of operators in profile.cpp.
//
// Rules: a tensor handle is an owned `c10::TensorImpl*` (one reference per handle); arguments are borrowed, results are
// given. No C++ exception leaves an exported function: those that can fail return a Status and leave the text, per
// thread, in ani_error().

#include "shim.h"

#include <ATen/Context.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>
#include <c10/core/DefaultDtype.h>
#include <c10/core/InferenceMode.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/version.h>

#include <dlfcn.h>
#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace anisora {

thread_local std::string last_error;
thread_local void* last_exception = nullptr;

}  // namespace anisora

using namespace anisora;

namespace {

using c10::IValue;

// ---- operators ----------------------------------------------------------------------------------------------------

enum Tag : int32_t {
  kNone = 0, kTensor = 1, kInt = 2, kDouble = 3, kBool = 4, kInts = 5, kDoubles = 6, kBools = 7, kTensors = 8,
  kOptionalTensors = 9, kString = 10, kDevice = 11, kGenerator = 12, kDefault = 13,
};

/// One argument or result. `count` is a list's length; on a tensor result it is the KiB of storage that the call created.
struct Arg {
  int32_t tag;
  int32_t count;
  union {
    int64_t i;
    double d;
    void* p;
  };
};
static_assert(sizeof(Arg) == 16, "Arg is mirrored in C#");

enum class Kind : uint8_t { kOther, kFloat, kIntList, kFloatList };

/// An operator, resolved once: its handle, and what conversion of arguments needs from the schema.
struct Operator {
  c10::OperatorHandle handle;
  std::vector<Kind> kinds;
  std::vector<Maybe<IValue>> defaults;
  std::string schema;
};

Kind kind_of(c10::TypePtr type) {
  if (type->kind() == c10::TypeKind::OptionalType) type = type->castRaw<c10::OptionalType>()->getElementType();
  if (type->kind() == c10::TypeKind::FloatType) return Kind::kFloat;
  if (type->kind() != c10::TypeKind::ListType) return Kind::kOther;
  switch (type->castRaw<c10::ListType>()->getElementType()->kind()) {
    case c10::TypeKind::IntType:
    case c10::TypeKind::SymIntType: return Kind::kIntList;
    case c10::TypeKind::FloatType: return Kind::kFloatList;
    default: return Kind::kOther;
  }
}

const std::string& argument_name(const Operator& op, size_t index) { return op.handle.schema().arguments()[index].name(); }

IValue default_of(const Operator& op, size_t index) {
  const auto& value = op.defaults[index];
  TORCH_CHECK(value.has_value(), "argument '", argument_name(op, index), "' is required");
  return *value;
}

IValue to_value(const Arg& arg, const Operator& op, size_t index) {
  const Kind kind = op.kinds[index];
  switch (arg.tag) {
    case kNone: return IValue();
    case kTensor: return IValue(borrow(arg.p));
    case kInt:
      if (kind == Kind::kFloat) return IValue(static_cast<double>(arg.i));
      if (kind == Kind::kIntList) return IValue(std::vector<int64_t>{arg.i});
      return IValue(arg.i);
    case kDouble:
      if (kind == Kind::kFloatList) return IValue(std::vector<double>{arg.d});
      return IValue(arg.d);
    case kBool: return IValue(arg.i != 0);
    case kInts: return IValue(at::IntArrayRef(static_cast<int64_t*>(arg.p), arg.count));
    case kDoubles: return IValue(at::ArrayRef<double>(static_cast<double*>(arg.p), arg.count));
    case kBools: {
      c10::List<bool> list;
      list.reserve(arg.count);
      for (int32_t i = 0; i < arg.count; i++) list.push_back(static_cast<uint8_t*>(arg.p)[i] != 0);
      return IValue(std::move(list));
    }
    case kTensors: {
      c10::List<Tensor> list;
      list.reserve(arg.count);
      for (int32_t i = 0; i < arg.count; i++) list.push_back(borrow(static_cast<void**>(arg.p)[i]));
      return IValue(std::move(list));
    }
    case kOptionalTensors: {
      c10::List<Maybe<Tensor>> list;
      list.reserve(arg.count);
      for (int32_t i = 0; i < arg.count; i++) {
        void* handle = static_cast<void**>(arg.p)[i];
        list.push_back(handle ? Maybe<Tensor>(borrow(handle)) : Maybe<Tensor>());
      }
      return IValue(std::move(list));
    }
    case kString: return IValue(std::string(static_cast<const char*>(arg.p), arg.count));
    case kDevice: return IValue(c10::Device(static_cast<c10::DeviceType>(arg.count), static_cast<c10::DeviceIndex>(arg.i)));
    case kGenerator: return IValue(*static_cast<at::Generator*>(arg.p));
    case kDefault: return default_of(op, index);
  }
  TORCH_CHECK(false, "argument '", argument_name(op, index), "' has an unknown tag ", arg.tag);
}

/// The stack an operator call uses. Calls nest when an autograd function in C# calls operators, so each depth has its own.
class StackLease {
 public:
  StackLease() {
    if (pool().size() <= depth()) {
      pool().push_back(std::make_unique<torch::jit::Stack>());
      pool().back()->reserve(32);
    }
    stack_ = pool()[depth()++].get();
  }
  ~StackLease() {
    stack_->clear();
    depth()--;
  }
  StackLease(const StackLease&) = delete;
  torch::jit::Stack& operator*() { return *stack_; }

 private:
  static std::vector<std::unique_ptr<torch::jit::Stack>>& pool() {
    static thread_local std::vector<std::unique_ptr<torch::jit::Stack>> stacks;
    return stacks;
  }
  static size_t& depth() {
    static thread_local size_t value = 0;
    return value;
  }
  torch::jit::Stack* stack_;
};

const void* storage_of(void* handle) {
  auto* tensor = impl(handle);
  return tensor && tensor->has_storage() ? tensor->storage().unsafeGetStorageImpl() : nullptr;
}

bool is_view_of_argument(const void* storage, const Arg* args, int32_t count) {
  for (int32_t i = 0; i < count; i++) {
    if (args[i].tag == kTensor && storage_of(args[i].p) == storage) return true;
    if (args[i].tag == kTensors)
      for (int32_t k = 0; k < args[i].count; k++)
        if (storage_of(static_cast<void**>(args[i].p)[k]) == storage) return true;
  }
  return false;
}

/// KiB that this result holds and no argument held: what a forgotten Dispose would cost.
int32_t fresh_kib(void* handle, const Arg* args, int32_t count) {
  auto* tensor = impl(handle);
  if (!tensor || !tensor->has_storage() || tensor->device_type() == c10::DeviceType::Meta) return 0;
  const size_t bytes = tensor->storage().nbytes();
  if (bytes < 1024 || is_view_of_argument(tensor->storage().unsafeGetStorageImpl(), args, count)) return 0;
  return static_cast<int32_t>(std::min<size_t>(bytes >> 10, INT32_MAX));
}

void to_result(IValue&& value, const Operator& op, const Arg* args, int32_t count, Arg* result) {
  result->count = 0;
  if (value.isTensor()) {
    result->tag = kTensor;
    result->p = give(std::move(value).toTensor());
    result->count = fresh_kib(result->p, args, count);
  } else if (value.isTensorList()) {
    auto list = value.toTensorVector();
    auto** handles = static_cast<void**>(std::malloc(sizeof(void*) * std::max<size_t>(1, list.size())));
    for (size_t i = 0; i < list.size(); i++) handles[i] = give(std::move(list[i]));
    result->tag = kTensors;
    result->count = static_cast<int32_t>(list.size());
    result->p = handles;
  } else if (value.isInt()) {
    result->tag = kInt;
    result->i = value.toInt();
  } else if (value.isDouble()) {
    result->tag = kDouble;
    result->d = value.toDouble();
  } else if (value.isBool()) {
    result->tag = kBool;
    result->i = value.toBool();
  } else if (value.isNone()) {
    result->tag = kNone;
    result->p = nullptr;
  } else {
    TORCH_CHECK(false, "returns a ", value.tagKind(), ", which has no C# counterpart");
  }
}

void release_results(Arg* results, int32_t count) {
  for (int32_t i = 0; i < count; i++) {
    if (results[i].tag == kTensor) take(results[i].p);
    if (results[i].tag == kTensors) {
      for (int32_t k = 0; k < results[i].count; k++) take(static_cast<void**>(results[i].p)[k]);
      std::free(results[i].p);
    }
  }
}

}  // namespace

ANI_EXPORT const char* ani_error() { return last_error.c_str(); }

/// The GCHandle of the C# exception behind a kManagedError; the caller owns it.
ANI_EXPORT void* ani_take_exception() {
  void* exception = last_exception;
  last_exception = nullptr;
  return exception;
}

ANI_EXPORT Status ani_operator(const char* name, const char* overload, Operator** result, int32_t* returns) {
  return guarded([&] {
    auto handle = c10::Dispatcher::singleton().findSchemaOrThrow(name, overload);
    auto op = std::make_unique<Operator>(Operator{handle, {}, {}, toString(handle.schema())});
    for (const auto& argument : handle.schema().arguments()) {
      op->kinds.push_back(kind_of(argument.type()));
      op->defaults.push_back(argument.default_value());
    }
    *returns = static_cast<int32_t>(handle.schema().returns().size());
    *result = op.release();
  });
}

ANI_EXPORT const char* ani_operator_schema(const Operator* op) { return op->schema.c_str(); }

/// Calls `op`; missing trailing arguments take the schema's defaults. `results` must hold the operator's returns.
ANI_EXPORT Status ani_call(const Operator* op, const Arg* args, int32_t count, Arg* results, int32_t* result_count) {
  return guarded([&] {
    StackLease lease;
    auto& stack = *lease;
    const size_t wanted = op->kinds.size();
    TORCH_CHECK(static_cast<size_t>(count) <= wanted, "takes ", wanted, " arguments, got ", count);
    for (int32_t i = 0; i < count; i++) stack.push_back(to_value(args[i], *op, i));
    for (size_t i = count; i < wanted; i++) stack.push_back(default_of(*op, i));
    op->handle.callBoxed(&stack);
    TORCH_CHECK(static_cast<int32_t>(stack.size()) <= *result_count, "returns ", stack.size(), " values, not ", *result_count);
    int32_t done = 0;
    try {
      for (auto& value : stack) {
        to_result(std::move(value), *op, args, count, &results[done]);
        done++;
      }
    } catch (...) {
      release_results(results, done);
      throw;
    }
    *result_count = done;
  });
}

ANI_EXPORT void ani_free(void* memory) { std::free(memory); }

// ---- tensors ------------------------------------------------------------------------------------------------------

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

// ---- autograd -----------------------------------------------------------------------------------------------------

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

// ---- autograd functions written in C# -----------------------------------------------------------------------------

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
    context->saved_data["function"] = IValue::make_capsule(handle);
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

// ---- random state -------------------------------------------------------------------------------------------------

/// A new generator with its own state, on a device.
ANI_EXPORT Status ani_generator_new(int32_t device_type, int32_t device_index, uint64_t seed, at::Generator** result) {
  return guarded([&] {
    auto device = c10::Device(static_cast<c10::DeviceType>(device_type), static_cast<c10::DeviceIndex>(device_index));
    auto generator = device.is_cpu() ? at::detail::createCPUGenerator(seed) : at::globalContext().defaultGenerator(device).clone();
    generator.set_current_seed(seed);
    *result = new at::Generator(std::move(generator));
  });
}

/// A handle on the device's own generator: operators called without a generator draw from it.
ANI_EXPORT Status ani_generator_default(int32_t device_type, int32_t device_index, at::Generator** result) {
  return guarded([&] {
    auto device = c10::Device(static_cast<c10::DeviceType>(device_type), static_cast<c10::DeviceIndex>(device_index));
    *result = new at::Generator(at::globalContext().defaultGenerator(device));
  });
}

ANI_EXPORT void ani_generator_free(at::Generator* generator) { delete generator; }

ANI_EXPORT Status ani_generator_seed(at::Generator* generator, uint64_t seed) {
  return guarded([&] {
    std::lock_guard<std::mutex> lock(generator->mutex());
    generator->set_current_seed(seed);
  });
}

ANI_EXPORT Status ani_generator_initial_seed(at::Generator* generator, uint64_t* seed) {
  return guarded([&] {
    std::lock_guard<std::mutex> lock(generator->mutex());
    *seed = generator->current_seed();
  });
}

ANI_EXPORT Status ani_generator_random_seed(at::Generator* generator, uint64_t* seed) {
  return guarded([&] {
    std::lock_guard<std::mutex> lock(generator->mutex());
    *seed = generator->seed();
  });
}

ANI_EXPORT Status ani_generator_state(at::Generator* generator, void** state) {
  return guarded([&] {
    std::lock_guard<std::mutex> lock(generator->mutex());
    *state = give(generator->get_state());
  });
}

ANI_EXPORT Status ani_generator_set_state(at::Generator* generator, void* state) {
  return guarded([&] {
    std::lock_guard<std::mutex> lock(generator->mutex());
    generator->set_state(borrow(state));
  });
}

/// Seeds the default generators of all devices.
ANI_EXPORT Status ani_manual_seed(uint64_t seed) {
  return guarded([&] { at::manual_seed(seed); });
}

// ---- the process --------------------------------------------------------------------------------------------------

ANI_EXPORT const char* ani_version() { return TORCH_VERSION; }

/// What libtorch says it was built with; the text lives in ani_error().
ANI_EXPORT Status ani_build() {
  return guarded([&] { last_error = at::show_config(); });
}

ANI_EXPORT int32_t ani_default_dtype() { return static_cast<int32_t>(c10::get_default_dtype_as_scalartype()); }

ANI_EXPORT Status ani_set_default_dtype(int32_t dtype) {
  return guarded([&] { c10::set_default_dtype(c10::scalarTypeToTypeMeta(static_cast<c10::ScalarType>(dtype))); });
}

ANI_EXPORT int32_t ani_threads() { return at::get_num_threads(); }

ANI_EXPORT int32_t ani_blas_threads() {
  auto* threads = reinterpret_cast<int (*)()>(dlsym(RTLD_DEFAULT, "openblas_get_num_threads"));
  return threads ? threads() : -1;
}

/// 0 sequential, 1 pthreads, 2 OpenMP; -1 when the BLAS isn't OpenBLAS.
ANI_EXPORT int32_t ani_blas_parallelism() {
  auto* parallelism = reinterpret_cast<int (*)()>(dlsym(RTLD_DEFAULT, "openblas_get_parallel"));
  return parallelism ? parallelism() : -1;
}

ANI_EXPORT const char* ani_blas_config() {
  auto* config = reinterpret_cast<const char* (*)()>(dlsym(RTLD_DEFAULT, "openblas_get_config"));
  return config ? config() : "";
}

/// Sets the threads of operators and of BLAS, which otherwise keep separate counts; 0 = what libtorch makes of OMP_NUM_THREADS.
ANI_EXPORT Status ani_set_threads(int32_t threads) {
  return guarded([&] {
    if (threads == 0) threads = std::max(1, at::get_num_threads());
    at::set_num_threads(threads);
    if (auto* set = reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))) set(threads);
  });
}

/// GPUs that this libtorch can use; 0 for a CPU build. Nothing of CUDA is linked: ATen asks the CUDA library, if loaded.
ANI_EXPORT int32_t ani_cuda_devices() {
  try {
    return at::hasCUDA() ? static_cast<int32_t>(at::getNumGPUs()) : 0;
  } catch (...) {
    return 0;
  }
}

/// Makes a GPU this thread's current one.
ANI_EXPORT Status ani_cuda_set_device(int32_t index) {
  return guarded([&] {
    TORCH_CHECK(index >= 0 && index < ani_cuda_devices(), "there is no GPU ", index, " here");
    c10::impl::getDeviceGuardImpl(c10::DeviceType::CUDA)->setDevice(c10::Device(c10::DeviceType::CUDA, static_cast<c10::DeviceIndex>(index)));
  });
}

/// Waits for a GPU's current stream; all work of this process is on it.
ANI_EXPORT Status ani_cuda_synchronize(int32_t index) {
  return guarded([&] {
    TORCH_CHECK(ani_cuda_devices() > 0, "there is no GPU here");
    auto* cuda = c10::impl::getDeviceGuardImpl(c10::DeviceType::CUDA);
    auto device = index < 0 ? cuda->getDevice() : c10::Device(c10::DeviceType::CUDA, static_cast<c10::DeviceIndex>(index));
    cuda->synchronizeStream(cuda->getStream(device));
  });
}

/// Whether float32 matrix products (0) or convolutions (1) on a GPU may use TF32.
ANI_EXPORT int32_t ani_tf32(int32_t convolutions) {
  return convolutions ? at::globalContext().allowTF32CuDNN() : at::globalContext().allowTF32CuBLAS();
}

ANI_EXPORT void ani_set_tf32(int32_t convolutions, int32_t on) {
  if (convolutions)
    at::globalContext().setAllowTF32CuDNN(on != 0);
  else
    at::globalContext().setAllowTF32CuBLAS(on != 0);
}

namespace {

/// Runs when the library is loaded, before any tensor exists. (Threads are set by the loader, which knows a container's limits.)
struct ProcessSettings {
  ProcessSettings() {
    // glibc gives blocks over 32 MiB back to the system at every free, and the next one of that size pays for its page
    // faults again: a 34 MB addition took 24 ms instead of 3.6. Keep them.
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, INT32_MAX);
    mallopt(M_TOP_PAD, 64 << 20);
  }
} settings;

}  // namespace
