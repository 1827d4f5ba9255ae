// Sources of random numbers and their state.

#include "shim.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>

#include <mutex>

using namespace anisora;

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
