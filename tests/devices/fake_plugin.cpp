/// \file A plugin whose devices are made up: what GPUs run, run by the processor. FAKE_GPUS in the environment are the
/// numbers of those that the process sees, say "0,2"; each has 16 GiB, of which every process that opens it takes one
/// half. FAKE_FAILS names what fails.

#include "tests/tomo/lanes_device.hpp"
#include "xrdct/kernels/plugin.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#ifdef FAKE_NEEDS_MORE
extern "C" int xrdct_of_no_library();
#endif

namespace xrdct {
namespace {

std::string variable(char const* name) {
  char const* const text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return text != nullptr ? text : "";
}

bool fails(char const* what, plugin_text& why) {
  if (variable("FAKE_FAILS") != what) return false;
  std::strcpy(why.line, "the made-up device cannot be used: ");
  std::strcat(why.line, what);
  return true;
}

std::vector<int> seen() {
  std::vector<int> numbers;
  std::istringstream list(variable("FAKE_GPUS"));
  for (std::string one; std::getline(list, one, ',');) numbers.push_back(std::stoi(one));
  return numbers;
}

/// A model of a GPU, which tells of its share.
struct made_up_device : device {
  made_up_device(int number_, std::uint64_t memory_) : number(number_), memory(memory_) {}
  std::string description() const override {
    return "made up (number " + std::to_string(seen().at(static_cast<std::size_t>(number))) + ", " +
           std::to_string(memory >> 20) + " MiB)";
  }
  std::unique_ptr<frame_reducer> make_reducer(reduction const& what, frame_format const& format) override {
    return model->make_reducer(what, format);
  }
  void make_tables(reduction const& what, frame_format const& format, table_memory const& tables) override {
    model->make_tables(what, format, tables);
  }
  std::unique_ptr<frame_reducer> make_reducer(std::span<std::byte const> tables) override {
    return model->make_reducer(tables);
  }
  std::unique_ptr<tomograph> make_tomograph(scan_geometry const& geometry) override {
    return model->make_tomograph(geometry);
  }
  std::unique_ptr<projector> make_projector(ray_list const& rays) override { return model->make_projector(rays); }

  std::unique_ptr<device> model = test::make_lanes_device();
  int number;
  std::uint64_t memory;
};

std::int32_t count(plugin_text& why) noexcept {
  return fails("count", why) ? -1 : static_cast<std::int32_t>(seen().size());
}

bool describe(std::int32_t number, plugin_device& into, plugin_text& why) noexcept {
  if (fails("describe", why)) return false;
  into = {};
  std::strcpy(into.name, "made up");
  into.uuid[15] = static_cast<unsigned char>(seen().at(static_cast<std::size_t>(number)));
  into.major = 9;
  return true;
}

bool open(std::int32_t, plugin_text& why) noexcept { return !fails("open", why); }

bool memory(std::int32_t, plugin_memory& into, plugin_text& why) noexcept {
  into = {std::uint64_t{8} << 30, std::uint64_t{16} << 30};
  return !fails("memory", why);
}

device* make(std::int32_t number, std::uint64_t memory, plugin_text& why) noexcept {
  return fails("make", why) ? nullptr : new made_up_device(number, memory);
}

constexpr plugin_functions functions{count, describe, open, memory, make};

}  // namespace
}  // namespace xrdct

#ifndef FAKE_WITHOUT_ENTRY
extern "C" __attribute__((visibility("default"))) xrdct::plugin_functions const* xrdct_plugin(
    std::uint32_t abi, char const* build_id, xrdct::plugin_text& why) noexcept {
#ifdef FAKE_NEEDS_MORE
  xrdct_of_no_library();
#endif
  if (abi == FAKE_ABI && std::string_view(build_id) == FAKE_BUILD_ID) return &xrdct::functions;
  std::strcpy(why.line, "it is of build " FAKE_BUILD_ID);
  return nullptr;
}
#endif
