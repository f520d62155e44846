#include "xrdct/comm/node_memory.hpp"

#include "xrdct/base/log.hpp"
#include "xrdct/comm/agreement.hpp"
#include "xrdct/comm/mapped_memory.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <new>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace xrdct {
namespace {

/// Before the bytes: tells whether what was opened is what was meant. In another container the same process number is
/// another process.
struct alignas(64) header {
  std::array<std::uint64_t, 4> token{};
};

/// What the others need to find the memory of rank 0.
struct address {
  node_sharing way = node_sharing::copies;
  std::uint64_t size = 0;  // with the header
  header mark;
  std::int64_t process = 0;
  std::int64_t descriptor = -1;

  std::string name() const { return "/xrdct-" + std::to_string(process) + "-" + std::to_string(mark.token[0]); }
};

header random_mark() {
  std::random_device random;
  header made;
  for (auto& word : made.token) word = std::uint64_t{random()} << 32 | random();
  return made;
}

/// What rank 0 keeps until all have opened it: the memory, and what makes it findable.
struct owned_memory {
  mapped_memory memory;
  open_file file;
  shared_name name;
};

open_file nameless_file(std::size_t size) {
  open_file file(::memfd_create("xrdct", MFD_CLOEXEC));
  if (file && ::ftruncate(file.number(), static_cast<off_t>(size)) != 0) return {};
  return file;
}

/// Memory is taken at once: where /dev/shm is too small, writing to it later would kill.
open_file named_file(std::string const& name, std::size_t size) {
  open_file file(::shm_open(name.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (file && ::posix_fallocate(file.number(), 0, static_cast<off_t>(size)) != 0) {
    ::shm_unlink(name.c_str());
    return {};
  }
  return file;
}

/// Memory that others can open at this address; empty where the system does not have it.
owned_memory create(address& where, node_sharing way) {
  owned_memory made;
  where.way = way;
  where.process = ::getpid();
  if (way == node_sharing::descriptor) made.file = nameless_file(where.size);
  if (way == node_sharing::name) made.file = named_file(where.name(), where.size);
  if (way == node_sharing::name && made.file) made.name = shared_name(where.name());
  if (made.file) made.memory = mapped_memory(made.file, where.size, true);
  where.descriptor = made.file.number();
  if (!made.memory) where.way = node_sharing::copies;
  return made;
}

open_file open_at(address const& where) {
  if (where.way == node_sharing::name) return open_file(::shm_open(where.name().c_str(), O_RDONLY | O_CLOEXEC, 0));
  auto const path = "/proc/" + std::to_string(where.process) + "/fd/" + std::to_string(where.descriptor);
  return open_file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
}

/// The memory of another rank; empty where it cannot be reached.
mapped_memory reach(address const& where) {
  auto const file = open_at(where);
  struct stat found {};
  if (!file || ::fstat(file.number(), &found) != 0 || !S_ISREG(found.st_mode) ||
      static_cast<std::uint64_t>(found.st_size) != where.size)
    return {};
  mapped_memory memory(file, where.size, false);
  header mark;
  if (memory) std::memcpy(&mark, memory.bytes().data(), sizeof mark);
  return memory && mark.token == where.mark.token ? std::move(memory) : mapped_memory();
}

}  // namespace

struct node_memory::state {
  mapped_memory memory;  // after a header
  node_sharing way = node_sharing::alone;
};

namespace {

/// The making of node_memory, on one rank.
class sharing {
 public:
  sharing(communicator const& node, node_memory::permission const& may) : node_(node), may_(may) {}

  /// Rank 0: memory in the first way that it can create, so that it is filled in place.
  std::span<std::byte> take(std::size_t bytes) {
    auto const size = sizeof(header) + bytes;
    if (size < bytes) throw std::bad_alloc();
    where_.size = size;
    where_.mark = random_mark();
    where_.way = node_sharing::copies;
    own_ = {};
    for (auto const way : {node_sharing::descriptor, node_sharing::name})
      if (node_.size() > 1 && !own_.memory && allowed(way)) own_ = create(where_, way);
    if (!own_.memory) own_.memory = mapped_memory(size);
    auto const all = own_.memory.bytes();
    std::memcpy(all.data(), &where_.mark, sizeof where_.mark);
    return all.subspan(sizeof(header));
  }

  /// Collective, when rank 0 has filled it.
  mapped_memory share(node_sharing& way) {
    node_.share(where_);
    if (where_.size == 0) return {};
    while (where_.way != node_sharing::copies) {
      auto reached = node_.root() ? mapped_memory() : reach_if_allowed();
      bool const good = node_.root() || reached;
      if (node_.minimum(std::int64_t{good ? 1 : 0}) == 1) {
        way = where_.way;
        return node_.root() ? finish() : std::move(reached);
      }
      reached = {};
      next_way();
    }
    way = node_sharing::copies;
    return copy();
  }

 private:
  bool allowed(node_sharing way) const { return !may_ || may_(way, node_.rank()); }

  mapped_memory reach_if_allowed() const { return allowed(where_.way) ? reach(where_) : mapped_memory(); }

  /// Rank 0 moves the bytes to where the next way may reach them.
  void next_way() {
    if (node_.root()) {
      bool const by_name = where_.way == node_sharing::descriptor && allowed(node_sharing::name);
      where_.way = node_sharing::copies;
      if (by_name)
        if (auto next = create(where_, node_sharing::name); next.memory) {
          std::ranges::copy(own_.memory.bytes(), next.memory.bytes().begin());
          own_ = std::move(next);
        }
    }
    node_.share(where_);
  }

  mapped_memory finish() {
    own_.memory.protect();
    return std::move(own_.memory);
  }

  mapped_memory copy() {
    constexpr std::size_t piece = std::size_t{1} << 24;
    auto made = together(node_, [&] { return node_.root() ? std::move(own_.memory) : mapped_memory(where_.size); });
    auto const all = made.bytes();
    std::vector<std::byte> part;
    for (std::size_t at = 0; at < all.size(); at += piece) {
      auto const to = all.subspan(at, std::min(piece, all.size() - at));
      if (node_.root()) part.assign(to.begin(), to.end());
      node_.broadcast(part);
      if (!node_.root()) std::ranges::copy(part, to.begin());
    }
    made.protect();
    return made;
  }

  communicator const& node_;
  node_memory::permission const& may_;
  address where_;
  owned_memory own_;
};

}  // namespace

node_memory::node_memory() = default;
node_memory::node_memory(std::unique_ptr<state> made) : state_(std::move(made)) {}
node_memory::node_memory(node_memory&& other) noexcept = default;
node_memory& node_memory::operator=(node_memory&& other) noexcept = default;
node_memory::~node_memory() = default;

node_memory node_memory::make(communicator const& node, std::function<void(source const& memory)> const& fill,
                              permission const& may) {
  sharing shared(node, may);
  together(node, [&] {
    if (node.root()) fill([&](std::size_t n) { return shared.take(n); });
  });
  auto made = std::make_unique<state>();
  made->memory = shared.share(made->way);
  if (node.size() == 1) made->way = node_sharing::alone;
  if (made->way == node_sharing::copies && node.root())
    log_warning(
        "ranks of a node cannot share memory here (neither through /proc nor in /dev/shm): each has its own copy of "
        "what frames are reduced with");
  return node_memory(std::move(made));
}

std::span<std::byte const> node_memory::bytes() const {
  if (!state_ || !state_->memory) return {};
  return std::span<std::byte const>(state_->memory.bytes()).subspan(sizeof(header));
}

node_sharing node_memory::way() const { return state_ ? state_->way : node_sharing::alone; }

}  // namespace xrdct
