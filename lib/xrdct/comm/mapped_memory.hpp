#pragma once
/// \file Pages of memory, and files that live in memory, for the length of a scope.

#include <cstddef>
#include <span>
#include <string>
#include <utility>

namespace xrdct {

/// A file descriptor.
class open_file {
 public:
  open_file() = default;
  explicit open_file(int number) : number_(number) {}
  open_file(open_file&& other) noexcept;
  open_file& operator=(open_file&& other) noexcept;
  ~open_file();
  int number() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

/// A name in POSIX shared memory. It goes when this does; what was opened by it stays.
class shared_name {
 public:
  shared_name() = default;
  explicit shared_name(std::string name) : name_(std::move(name)) {}
  shared_name(shared_name&& other) noexcept : name_(std::exchange(other.name_, {})) {}
  shared_name& operator=(shared_name&& other) noexcept {
    std::swap(name_, other.name_);
    return *this;
  }
  ~shared_name();
  std::string const& text() const { return name_; }

 private:
  std::string name_;
};

class mapped_memory {
 public:
  mapped_memory() = default;
  /// Own pages, zeros. Throws std::bad_alloc.
  explicit mapped_memory(std::size_t size);
  /// Own pages, zeros, of which most will never be touched: the system need not have memory for all of them. Throws
  /// std::bad_alloc.
  static mapped_memory sparse(std::size_t size);
  /// The first `size` bytes of a file, which must be that long: to be read by all who map it, and written to if
  /// `writable`. Empty where the system refuses.
  mapped_memory(open_file const& file, std::size_t size, bool writable);
  mapped_memory(mapped_memory&& other) noexcept;
  mapped_memory& operator=(mapped_memory&& other) noexcept;
  ~mapped_memory();

  /// From now on it is only read.
  void protect();
  std::span<std::byte> bytes() const { return {data_, size_}; }
  explicit operator bool() const { return data_ != nullptr; }

 private:
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace xrdct
