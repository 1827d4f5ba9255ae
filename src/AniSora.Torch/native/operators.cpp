// Every operator of libtorch, called by name.
//
// Operators need no wrapper each. They are looked up by name in ATen's dispatcher and called with a stack of boxed values,
// so `ani_call` is the only entry for all of them.

#include "shim.h"

#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

using namespace anisora;

namespace {

using c10::IValue;

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

struct Operator;

/// Calls an operator whose arguments need no boxes; false where these arguments do.
using Unboxed = bool (*)(const Operator& op, const Arg* args, int32_t count, Tensor& result);

enum class Kind : uint8_t { kOther, kFloat, kIntList, kFloatList };

/// An operator, resolved once: its handle, and what conversion of arguments needs from the schema.
struct Operator {
  c10::OperatorHandle handle;
  std::vector<Kind> kinds;
  std::vector<Maybe<IValue>> defaults;
  std::string schema;
  bool can_pass_autograd = false;
  Unboxed unboxed = nullptr;
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

/// Whether autograd has nothing to do for this operator where no argument requires a gradient: it makes new tensors (a view has to be
/// linked to what it views, an in-place change to be counted) and its kernel is not made of operators that autograd should see.
bool can_pass_autograd(const c10::OperatorHandle& handle) {
  auto makes_new = [](const std::vector<c10::Argument>& arguments) {
    return std::all_of(arguments.begin(), arguments.end(), [](const auto& argument) { return !argument.alias_info(); });
  };
  return makes_new(handle.schema().arguments()) && makes_new(handle.schema().returns()) &&
         handle.hasKernelForDispatchKey(c10::DispatchKey::CPU) && handle.hasKernelForDispatchKey(c10::DispatchKey::Autograd);
}

const std::string& argument_name(const Operator& op, size_t index) { return op.handle.schema().arguments()[index].name(); }

/// A reference without a count: the caller's handle lives on through the call.
class Borrowed {
 public:
  explicit Borrowed(void* handle) : tensor_(ImplPtr::reclaim(impl(handle))) {}
  ~Borrowed() { tensor_.unsafeReleaseTensorImpl(); }
  Borrowed(const Borrowed&) = delete;
  operator const Tensor&() const { return tensor_; }

 private:
  Tensor tensor_;
};

bool unary(const Operator& op, const Arg* args, int32_t count, Tensor& result) {
  if (count != 1 || args[0].tag != kTensor) return false;
  result = op.handle.typed<Tensor(const Tensor&)>().call(Borrowed(args[0].p));
  return true;
}

bool binary(const Operator& op, const Arg* args, int32_t count, Tensor& result) {
  if (count != 2 || args[0].tag != kTensor || args[1].tag != kTensor) return false;
  result = op.handle.typed<Tensor(const Tensor&, const Tensor&)>().call(Borrowed(args[0].p), Borrowed(args[1].p));
  return true;
}

/// Such as `add`, whose last argument is a factor that is nearly always left out.
bool binary_and_scalar(const Operator& op, const Arg* args, int32_t count, Tensor& result) {
  if (count != 2 || args[0].tag != kTensor || args[1].tag != kTensor) return false;
  result = op.handle.typed<Tensor(const Tensor&, const Tensor&, const c10::Scalar&)>().call(Borrowed(args[0].p), Borrowed(args[1].p),
                                                                                            op.defaults[2]->toScalar());
  return true;
}

/// The commonest signatures are called directly, all others with a stack of boxed values, which costs 40 ns more.
Unboxed unboxed(const Operator& op) {
  const auto& arguments = op.handle.schema().arguments();
  const auto& returns = op.handle.schema().returns();
  auto is = [&](size_t index, c10::TypeKind kind) { return arguments[index].type()->kind() == kind; };
  auto tensors = [&](size_t count) {
    for (size_t i = 0; i < count; i++)
      if (!is(i, c10::TypeKind::TensorType) || arguments[i].alias_info()) return false;
    return returns.size() == 1 && returns[0].type()->kind() == c10::TypeKind::TensorType && !returns[0].alias_info();
  };
  if (arguments.size() == 1 && tensors(1)) return unary;
  if (arguments.size() == 2 && tensors(2)) return binary;
  if (arguments.size() == 3 && tensors(2) && is(2, c10::TypeKind::NumberType) && op.defaults[2]) return binary_and_scalar;
  return nullptr;
}

/// Whether anybody could ask for a derivative of what these arguments become.
bool wants_gradient(const Arg* args, int32_t count) {
  if (!c10::GradMode::is_enabled()) return false;
  auto requires_grad = [](void* handle) { return handle && impl(handle)->requires_grad(); };
  for (int32_t i = 0; i < count; i++) {
    if (args[i].tag == kTensor && requires_grad(args[i].p)) return true;
    if (args[i].tag == kTensors || args[i].tag == kOptionalTensors)
      for (int32_t k = 0; k < args[i].count; k++)
        if (requires_grad(static_cast<void**>(args[i].p)[k])) return true;
  }
  return false;
}

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

void to_result(Tensor&& value, const Arg* args, int32_t count, Arg* result) {
  result->tag = kTensor;
  result->p = give(std::move(value));
  result->count = fresh_kib(result->p, args, count);
}

void to_result(IValue&& value, const Operator& op, const Arg* args, int32_t count, Arg* result) {
  result->count = 0;
  if (value.isTensor()) {
    to_result(std::move(value).toTensor(), args, count, result);
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

ANI_EXPORT Status ani_operator(const char* name, const char* overload, Operator** result, int32_t* returns) {
  return guarded([&] {
    auto handle = c10::Dispatcher::singleton().findSchemaOrThrow(name, overload);
    auto op = std::make_unique<Operator>(Operator{handle, {}, {}, toString(handle.schema()), can_pass_autograd(handle)});
    for (const auto& argument : handle.schema().arguments()) {
      op->kinds.push_back(kind_of(argument.type()));
      op->defaults.push_back(argument.default_value());
    }
    op->unboxed = unboxed(*op);
    *returns = static_cast<int32_t>(handle.schema().returns().size());
    *result = op.release();
  });
}

ANI_EXPORT const char* ani_operator_schema(const Operator* op) { return op->schema.c_str(); }

/// Calls `op`; missing trailing arguments take the schema's defaults. `results` must hold the operator's returns, or be null for a call
/// for its effect.
ANI_EXPORT Status ani_call(const Operator* op, const Arg* args, int32_t count, Arg* results, int32_t* result_count) {
  return guarded([&] {
    Maybe<at::AutoDispatchBelowADInplaceOrView> below_autograd;
    if (op->can_pass_autograd && !wants_gradient(args, count)) below_autograd.emplace();
    Tensor direct;
    if (results && op->unboxed && op->unboxed(*op, args, count, direct)) {
      to_result(std::move(direct), args, count, results);
      *result_count = 1;
      return;
    }
    StackLease lease;
    auto& stack = *lease;
    const size_t wanted = op->kinds.size();
    TORCH_CHECK(static_cast<size_t>(count) <= wanted, "takes ", wanted, " arguments, got ", count);
    for (int32_t i = 0; i < count; i++) stack.push_back(to_value(args[i], *op, i));
    for (size_t i = count; i < wanted; i++) stack.push_back(default_of(*op, i));
    op->handle.callBoxed(&stack);
    if (!results) return;
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
