#pragma once
/// \file Values into bytes and back, for what ranks of one program tell each other, and one attempt at a job the next
/// (no file is for others).

#include "xrdct/base/error.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace xrdct {

/// Appends values to a growing string of bytes. A structure takes part by a member function template
/// `void fields(auto& archive) { archive(a, b, c); }`, which serves packing and unpacking alike.
class packer {
 public:
  /// Of a vector of plain values that has `large` bytes or more, the length alone goes among the bytes: apart() lists
  /// its memory, so that it can be sent without a copy.
  explicit packer(std::size_t large = std::numeric_limits<std::size_t>::max()) : large_(large) {}
  template <class... T>
  void operator()(T const&... values) {
    (put(values), ...);
  }
  std::vector<std::byte> take() { return std::move(bytes_); }
  std::vector<std::span<std::byte const>> const& apart() const { return apart_; }

 private:
  template <class T>
  void put(T const& value) {
    if constexpr (std::is_trivially_copyable_v<T>)
      put_bytes(&value, sizeof value);
    else
      const_cast<T&>(value).fields(*this);  // fields() of an unpacker writes; that of a packer only reads
  }
  void put(std::string const& text) {
    put(static_cast<std::uint64_t>(text.size()));
    put_bytes(text.data(), text.size());
  }
  template <class T>
  void put(std::vector<T> const& values) {
    put(static_cast<std::uint64_t>(values.size()));
    if constexpr (!std::is_trivially_copyable_v<T>) {
      for (auto const& v : values) put(v);
    } else {
      auto const bytes = std::as_bytes(std::span(values));
      bool const apart = bytes.size() >= large_;
      put(apart);
      if (apart)
        apart_.push_back(bytes);
      else
        put_bytes(bytes.data(), bytes.size());
    }
  }
  void put_bytes(void const* from, std::size_t size) {
    auto const* const first = static_cast<std::byte const*>(from);
    bytes_.insert(bytes_.end(), first, first + size);
  }
  std::size_t large_;
  std::vector<std::byte> bytes_;
  std::vector<std::span<std::byte const>> apart_;
};

/// Reads the values back in the same order. Throws runtime_failure when the bytes end early.
class unpacker {
 public:
  explicit unpacker(std::vector<std::byte> const& bytes) : bytes_(bytes) {}
  template <class... T>
  void operator()(T&... values) {
    (get(values), ...);
  }
  /// Memory for what was left out, to be filled in the same order.
  std::vector<std::span<std::byte>> const& apart() const { return apart_; }

 private:
  template <class T>
  void get(T& value) {
    if constexpr (std::is_trivially_copyable_v<T>)
      get_bytes(&value, sizeof value);
    else
      value.fields(*this);
  }
  void get(std::string& text) {
    std::uint64_t n = 0;
    get(n);
    require(n, 1);
    text.resize(static_cast<std::size_t>(n));
    get_bytes(text.data(), text.size());
  }
  template <class T>
  void get(std::vector<T>& values) {
    std::uint64_t n = 0;
    get(n);
    if constexpr (!std::is_trivially_copyable_v<T>) {
      require(n, 1);
      values.resize(static_cast<std::size_t>(n));
      for (auto& v : values) get(v);
    } else {
      bool apart = false;
      get(apart);
      if (!apart) require(n, sizeof(T));
      values.resize(static_cast<std::size_t>(n));
      auto const bytes = std::as_writable_bytes(std::span(values));
      if (apart)
        apart_.push_back(bytes);
      else
        get_bytes(bytes.data(), bytes.size());
    }
  }
  /// What follows must have that many values.
  void require(std::uint64_t n, std::size_t least_bytes_each) const {
    if (n > (bytes_.size() - at_) / least_bytes_each) throw runtime_failure("a message between ranks is too short");
  }
  void get_bytes(void* to, std::size_t size) {
    if (size > bytes_.size() - at_) throw runtime_failure("a message between ranks is too short");
    if (size > 0) std::memcpy(to, bytes_.data() + at_, size);
    at_ += size;
  }
  std::vector<std::byte> const& bytes_;
  std::size_t at_ = 0;
  std::vector<std::span<std::byte>> apart_;
};

}  // namespace xrdct
