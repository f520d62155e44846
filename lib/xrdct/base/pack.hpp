#pragma once
/// \file Values into bytes and back, for what ranks of one program tell each other (never for files).

#include "xrdct/base/error.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace xrdct {

/// Appends values to a growing string of bytes. A structure takes part by a member function template
/// `void fields(auto& archive) { archive(a, b, c); }`, which serves packing and unpacking alike.
class packer {
 public:
  template <class... T>
  void operator()(T const&... values) {
    (put(values), ...);
  }
  std::vector<std::byte> take() { return std::move(bytes_); }

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
    if constexpr (std::is_trivially_copyable_v<T>)
      put_bytes(values.data(), values.size() * sizeof(T));
    else
      for (auto const& v : values) put(v);
  }
  void put_bytes(void const* from, std::size_t size) {
    auto const* const first = static_cast<std::byte const*>(from);
    bytes_.insert(bytes_.end(), first, first + size);
  }
  std::vector<std::byte> bytes_;
};

/// Reads the values back in the same order. Throws runtime_failure when the bytes end early.
class unpacker {
 public:
  explicit unpacker(std::vector<std::byte> const& bytes) : bytes_(bytes) {}
  template <class... T>
  void operator()(T&... values) {
    (get(values), ...);
  }

 private:
  template <class T>
  void get(T& value) {
    if constexpr (std::is_trivially_copyable_v<T>)
      get_bytes(&value, sizeof value);
    else
      value.fields(*this);
  }
  void get(std::string& text) {
    text.resize(length(1));
    get_bytes(text.data(), text.size());
  }
  template <class T>
  void get(std::vector<T>& values) {
    values.resize(length(std::is_trivially_copyable_v<T> ? sizeof(T) : 1));
    if constexpr (std::is_trivially_copyable_v<T>)
      get_bytes(values.data(), values.size() * sizeof(T));
    else
      for (auto& v : values) get(v);
  }
  std::size_t length(std::size_t least_bytes_each) {
    std::uint64_t n = 0;
    get(n);
    if (n > (bytes_.size() - at_) / least_bytes_each) throw runtime_failure("a message between ranks is too short");
    return static_cast<std::size_t>(n);
  }
  void get_bytes(void* to, std::size_t size) {
    if (size > bytes_.size() - at_) throw runtime_failure("a message between ranks is too short");
    if (size > 0) std::memcpy(to, bytes_.data() + at_, size);
    at_ += size;
  }
  std::vector<std::byte> const& bytes_;
  std::size_t at_ = 0;
};

}  // namespace xrdct
