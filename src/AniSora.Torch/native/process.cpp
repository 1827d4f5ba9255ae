// What holds for the whole process: versions, the default type, threads, GPUs and malloc.

#include "shim.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <c10/core/DefaultDtype.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/version.h>

#include <dlfcn.h>
#include <malloc.h>

#include <algorithm>

using namespace anisora;

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
