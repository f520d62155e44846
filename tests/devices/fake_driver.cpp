/// \file A driver that is made up: what the CUDA runtime asks of libcuda.so.1 before it knows that nothing can be used.
/// FAKE_DRIVER_VERSION is the CUDA version it is for (13000), FAKE_INIT what cuInit() returns (100: no device).

#include <cstdlib>
#include <cstring>

namespace {

int number_from(char const* name, int otherwise) {
  char const* const text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return text != nullptr ? std::atoi(text) : otherwise;
}

int anything_else() { return 999; }  // CUDA_ERROR_UNKNOWN

}  // namespace

extern "C" {

int cuInit(unsigned) { return number_from("FAKE_INIT", 100); }

int cuDriverGetVersion(int* version) {
  *version = number_from("FAKE_DRIVER_VERSION", 13000);
  return 0;
}

int cuGetProcAddress_v2(char const* name, void** found, int, unsigned long long, void*) {
  auto const is = [&](char const* other) { return std::strcmp(name, other) == 0; };
  *found = reinterpret_cast<void*>(&anything_else);
  if (is("cuInit")) *found = reinterpret_cast<void*>(&cuInit);
  if (is("cuDriverGetVersion")) *found = reinterpret_cast<void*>(&cuDriverGetVersion);
  if (is("cuGetProcAddress")) *found = reinterpret_cast<void*>(&cuGetProcAddress_v2);
  return 0;
}

int cuGetProcAddress(char const* name, void** found, int version, unsigned long long flags) {
  return cuGetProcAddress_v2(name, found, version, flags, nullptr);
}
}
