// Training over many processes: c10d's TCPStore (where processes meet), a process group on Gloo or NCCL, and the Reducer
// that averages gradients while the backward pass is still going on.
//
// In libtorch 1.13 a Gloo group is a ProcessGroup; from 2.0 on it is a Backend inside one.

#include "shim.h"

#include <torch/version.h>
#define USE_C10D_GLOO 1
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <torch/csrc/distributed/c10d/logger.hpp>
#include <torch/csrc/distributed/c10d/reducer.hpp>
#ifdef ANISORA_NCCL
#define USE_C10D_NCCL 1
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <unordered_map>

using namespace anisora;

namespace {

using std::chrono::milliseconds;

struct Store {
  c10::intrusive_ptr<c10d::TCPStore> store;
};

struct Group {
  c10::intrusive_ptr<c10d::ProcessGroup> group;
};

struct Reducer {
  std::shared_ptr<c10d::Reducer> reducer;
  std::shared_ptr<c10d::Logger> logger;
};

template <class Backend> c10::intrusive_ptr<c10d::ProcessGroup> as_group(
    c10::intrusive_ptr<c10d::Store> store, c10::intrusive_ptr<Backend> backend, int32_t rank, int32_t size, bool cuda) {
#if TORCH_VERSION_MAJOR >= 2
  auto group = c10::make_intrusive<c10d::ProcessGroup>(store, rank, size);
  group->setBackend(cuda ? c10::DeviceType::CUDA : c10::DeviceType::CPU,
                    cuda ? c10d::ProcessGroup::BackendType::NCCL : c10d::ProcessGroup::BackendType::GLOO, backend);
  return group;
#else
  (void)store, (void)rank, (void)size, (void)cuda;
  return backend;
#endif
}

}  // namespace

// ---- the store ----------------------------------------------------------------------------------------------------

/// Connects to the store at host:port, which rank 0 (`serve`) opens first.
ANI_EXPORT Status ani_store_connect(const char* host, int32_t port, int32_t serve, int64_t timeout_ms, Store** result) {
  return guarded([&] {
    c10d::TCPStoreOptions options;
    options.port = static_cast<uint16_t>(port);
    options.isServer = serve != 0;
    options.waitWorkers = false;
    options.timeout = milliseconds(timeout_ms);
    *result = new Store{c10::make_intrusive<c10d::TCPStore>(host, options)};
  });
}

ANI_EXPORT Status ani_store_free(Store* store) {
  return guarded([&] { delete store; });
}

ANI_EXPORT Status ani_store_set(Store* store, const char* key, const uint8_t* value, int32_t length) {
  return guarded([&] { store->store->set(key, std::vector<uint8_t>(value, value + length)); });
}

/// Adds to a counter, which begins at 0, and gives its new value.
ANI_EXPORT Status ani_store_add(Store* store, const char* key, int64_t amount, int64_t* result) {
  return guarded([&] { *result = store->store->add(key, amount); });
}

/// The value of a key, waiting until it is set; the text lives in ani_error().
ANI_EXPORT Status ani_store_get(Store* store, const char* key, int64_t timeout_ms) {
  return guarded([&] {
    store->store->wait({key}, milliseconds(timeout_ms));
    auto value = store->store->get(key);
    last_error.assign(value.begin(), value.end());
  });
}

ANI_EXPORT Status ani_store_has(Store* store, const char* key, int32_t* result) {
  return guarded([&] { *result = store->store->check({key}); });
}

// ---- the process group --------------------------------------------------------------------------------------------

/// Makes a group of all processes. `address`: the local address that Gloo listens on, or null for its own choice.
ANI_EXPORT Status ani_group_new(Store* store, int32_t nccl, int32_t rank, int32_t size, int64_t timeout_ms, const char* address,
                                Group** result) {
  return guarded([&] {
    auto prefixed = c10::make_intrusive<c10d::PrefixStore>("group", store->store);
    if (nccl) {
#ifdef ANISORA_NCCL
      // Without this an operation on a GPU never gives up waiting for a process that is gone. (Both names: it was renamed in 2.2.)
      setenv("NCCL_BLOCKING_WAIT", "1", 0);
      setenv("TORCH_NCCL_BLOCKING_WAIT", "1", 0);
      auto options = c10d::ProcessGroupNCCL::Options::create();
      options->timeout = milliseconds(timeout_ms);
      auto backend = c10::make_intrusive<c10d::ProcessGroupNCCL>(prefixed, rank, size, options);
      *result = new Group{as_group(prefixed, backend, rank, size, true)};
      return;
#else
      TORCH_CHECK(false, "this libtorch was built without NCCL");
#endif
    }
    auto options = c10d::ProcessGroupGloo::Options::create(milliseconds(timeout_ms));
    options->threads = 2;
    options->devices.push_back(address ? c10d::ProcessGroupGloo::createDeviceForHostname(address)
                                       : c10d::ProcessGroupGloo::createDefaultDevice());
    auto backend = c10::make_intrusive<c10d::ProcessGroupGloo>(prefixed, rank, size, options);
    *result = new Group{as_group(prefixed, backend, rank, size, false)};
  });
}

ANI_EXPORT Status ani_group_free(Group* group) {
  return guarded([&] { delete group; });
}

/// Adds (op 0), averages (1, NCCL only), takes the least (3) or the greatest (4) of every process's tensor, in place.
ANI_EXPORT Status ani_group_all_reduce(Group* group, void* tensor, int32_t op) {
  return guarded([&] {
    c10d::AllreduceOptions options;
    options.reduceOp = static_cast<c10d::ReduceOp::RedOpType>(op);
    std::vector<Tensor> tensors{borrow(tensor)};
    group->group->allreduce(tensors, options)->wait();
  });
}

/// Copies the root's tensors over everyone's, many in one message.
ANI_EXPORT Status ani_group_broadcast(Group* group, void* const* tensors, int32_t count, int32_t root) {
  return guarded([&] {
    constexpr size_t kMessageBytes = 64 << 20;
    c10d::broadcast_coalesced(group->group, borrow_all(tensors, count), kMessageBytes, root);
  });
}

/// Everyone's tensor, by rank, into `results` (as many as there are processes, of the same shape).
ANI_EXPORT Status ani_group_all_gather(Group* group, void* tensor, void* const* results, int32_t count) {
  return guarded([&] {
    std::vector<Tensor> inputs{borrow(tensor)};
    std::vector<std::vector<Tensor>> outputs{borrow_all(results, count)};
    group->group->allgather(outputs, inputs)->wait();
  });
}

ANI_EXPORT Status ani_group_barrier(Group* group) {
  return guarded([&] { group->group->barrier()->wait(); });
}

// ---- averaging gradients ------------------------------------------------------------------------------------------

/// A Reducer over parameters that are the same on every process. It hangs hooks on them, so free it before them.
ANI_EXPORT Status ani_reducer_new(Group* group, void* const* parameters, int32_t count, int64_t bucket_bytes, int32_t find_unused,
                                  Reducer** result) {
  return guarded([&] {
    auto tensors = borrow_all(parameters, count);
    c10d::verify_params_across_processes(group->group, tensors, {});
    const std::vector<bool> sparse(count, false);
    const auto first = static_cast<size_t>(std::min<int64_t>(bucket_bytes, c10d::kDefaultFirstBucketBytes));
    auto [buckets, limits] =
        c10d::compute_bucket_assignment_by_size(tensors, {first, static_cast<size_t>(bucket_bytes)}, sparse, {}, {});
    // Gradients come in about the reverse of the parameters' order, so the last ones travel first.
    std::reverse(buckets.begin(), buckets.end());
    std::reverse(limits.begin(), limits.end());
    auto made = std::make_unique<Reducer>();
    made->reducer = std::make_shared<c10d::Reducer>(tensors, buckets, limits, group->group, sparse, bucket_bytes, find_unused != 0,
                                                    /*gradient_as_bucket_view=*/true, std::unordered_map<size_t, std::string>{},
                                                    static_cast<int64_t>(first));
    // The Reducer calls its logger without asking whether there is one.
    made->logger = std::make_shared<c10d::Logger>(made->reducer);
    made->reducer->set_logger(made->logger);
    made->logger->set_construction_data_and_log("AniSora", {}, -1, true, false, false);
    *result = made.release();
  });
}

ANI_EXPORT Status ani_reducer_free(Reducer* reducer) {
  return guarded([&] { delete reducer; });
}

/// Before a forward pass whose gradients are to be averaged.
ANI_EXPORT Status ani_reducer_forward(Reducer* reducer) {
  return guarded([&] {
    reducer->reducer->prepare_for_forward();
    if (reducer->reducer->should_rebuild_buckets()) reducer->reducer->rebuild_buckets();
  });
}

/// Between the forward pass and the backward pass from `loss`.
ANI_EXPORT Status ani_reducer_backward(Reducer* reducer, void* loss) {
  return guarded([&] { reducer->reducer->prepare_for_backward({borrow(loss)}); });
}
