/// \file A plugin whose devices are made up: what GPUs run, run by the processor. FAKE_GPUS in the environment are the
/// numbers of those that the process sees, say "0,2"; each has 16 GiB, of which every process that opens it takes one
/// half. FAKE_FAILS names what fails.

#include "kernels/common/gather_plan.hpp"
#include "kernels/common/team_gather.hpp"
#include "tests/tomo/lanes_device.hpp"
#include "xrdct/kernels/plugin.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
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

/// Ranks of one node's device share a file in memory: their numbers, what they give, what they take.
class file_link {
 public:
  file_link(gather_plan const& plan, bootstrap& among)
      : members_(plan.members(plan.team())), taken_at_(header + plan.most_given()) {
    member_ = static_cast<int>(std::ranges::find(members_, plan.rank()) - members_.begin());
    auto const size = taken_at_ + plan.most_taken();
    std::array<char, 64> name{};
    if (plan.leads()) {
      std::strcpy(name.data(), "/dev/shm/xrdct-test-XXXXXX");
      file_ = ::mkstemp(name.data());
      if (::ftruncate(file_, static_cast<off_t>(size)) != 0) std::abort();
    }
    among.share(std::as_writable_bytes(std::span(name)), members_.front());
    if (!plan.leads()) file_ = ::open(name.data(), O_RDWR);
    among.all(true);
    if (plan.leads()) ::unlink(name.data());
    size_ = size;
    data_ = static_cast<std::byte*>(::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file_, 0));
    ::close(file_);
  }
  file_link(file_link&& other) noexcept
      : members_(other.members_),
        member_(other.member_),
        taken_at_(other.taken_at_),
        size_(other.size_),
        data_(std::exchange(other.data_, nullptr)) {}
  ~file_link() {
    if (data_ != nullptr) ::munmap(data_, size_);
  }
  std::string description() const { return "made up"; }
  void put(host_rows const& from, std::uint64_t to) {
    for (std::uint64_t r = 0; r < from.rows; ++r)
      std::memcpy(data_ + header + to + r * from.length, from.data + r * from.stride, from.length);
  }
  void get(bool given, std::uint64_t from, host_rows const& to) {
    auto const* const source = data_ + (given ? header : taken_at_) + from;
    for (std::uint64_t r = 0; r < to.rows; ++r) std::memcpy(to.data + r * to.stride, source + r * to.length, to.length);
  }
  bool copied() const { return true; }
  void exchange(std::vector<gather_plan::section> const&, std::vector<gather_plan::section> const&) {}
  bool exchanged() const { return true; }
  void tell(gather_step step, std::uint64_t count) { number(member_, step) = count; }
  std::uint64_t heard(int member, gather_step step) const { return number(member, step); }

 private:
  static constexpr std::size_t header = 4096;
  std::atomic<std::uint64_t>& number(int member, gather_step step) const {
    return reinterpret_cast<std::atomic<std::uint64_t>*>(data_)[member * gather_steps + static_cast<int>(step)];
  }
  std::vector<int> members_;
  int member_ = 0;
  std::uint64_t taken_at_;
  std::size_t size_ = 0;
  std::byte* data_ = nullptr;
  int file_ = -1;
};

transport* make_gather(std::int32_t, gather_shape const& shape, bootstrap& among, plugin_text& why) noexcept {
  gather_plan const plan(shape, among.rank());
  if (plan.teams() > 1) {
    std::strcpy(why.line, "made-up devices do not speak NCCL");
    return nullptr;
  }
  return new team_gather<file_link>(plan, file_link(plan, among));
}

constexpr plugin_functions functions{count, describe, open, memory, make, make_gather};

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
