#pragma once
/// \file Arrays in one piece of memory, found by their place in it: the same for every process that maps it.

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <type_traits>

namespace xrdct {

/// Where an array lies.
struct table_place {
  std::uint64_t offset = 0;  ///< in bytes from the begin
  std::uint64_t size = 0;    ///< elements
};

/// Lays arrays out one after the other, each on a cache line of its own.
class table_layout {
 public:
  static constexpr std::size_t alignment = 64;

  explicit table_layout(std::size_t header_bytes) : total_(header_bytes) {}
  template <class T>
  table_place add(std::size_t size) {
    static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= alignment);
    total_ = (total_ + alignment - 1) / alignment * alignment;
    table_place const made{total_, size};
    total_ += size * sizeof(T);
    return made;
  }
  std::size_t bytes() const { return total_; }

 private:
  std::size_t total_;
};

/// An array of the tables. Throws std::invalid_argument where it does not lie within them.
template <class T, class Byte>
auto table_array(std::span<Byte> tables, table_place const& place) {
  using element = std::conditional_t<std::is_const_v<Byte>, T const, T>;
  if (place.offset > tables.size() || place.size > (tables.size() - place.offset) / sizeof(T))
    throw std::invalid_argument("tables that are cut off");
  return std::span<element>(reinterpret_cast<element*>(tables.data() + place.offset), place.size);
}

}  // namespace xrdct
