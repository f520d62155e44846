#pragma once
/// \file How a device with lanes keeps a field.

#include "kernels/lanes/channels.hpp"
#include "kernels/lanes/workplace.hpp"
#include "xrdct/kernels/field.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <stdexcept>
#include <utility>

namespace xrdct::lanes {

/// The number of entries [row][column] of a shape. Throws std::invalid_argument for a negative one, std::bad_alloc for
/// one too large for any memory, or for kernels that count vectors of channels in 32 bits.
inline std::size_t entries_of(std::array<std::int64_t, 3> const& shape) {
  std::size_t bytes = sizeof(four);
  for (std::int64_t const extent : shape) {
    if (extent < 0) throw std::invalid_argument("a field needs a shape that is not negative");
    if (__builtin_mul_overflow(bytes, static_cast<std::size_t>(extent), &bytes)) throw std::bad_alloc();
  }
  constexpr auto most_channels = std::int64_t{std::numeric_limits<std::int32_t>::max()};
  auto const pixels = static_cast<std::size_t>(shape[0]) * static_cast<std::size_t>(shape[1]);
  bool const too_large = bytes > static_cast<std::size_t>(std::numeric_limits<std::ptrdiff_t>::max()) ||
                         shape[2] > most_channels || shape[0] > most_channels || shape[1] > most_channels;
  if (too_large) throw std::bad_alloc();
  return pixels;
}

/// [row][column][vector of channels], vectors of four channels; those beyond the last are zero or mean nothing.
template <engine E>
struct lane_field final : field {
  /// Zeros.
  lane_field(std::shared_ptr<workplace<E>> where, std::array<std::int64_t, 3> const& shape)
      : extents(shape),
        entries(entries_of(shape)),
        vectors(static_cast<std::uint32_t>(vectors_of(static_cast<std::size_t>(shape[2])))),
        place(std::move(where)) {
    if (entries * stride() > place->on().memory() / sizeof(float)) throw std::bad_alloc();
    memory = place->on().template make<float>(entries * stride());
    place->queue().clear(memory.data(), memory.size());
  }
  ~lane_field() override { last_wait<E> const until_done(place); }
  lane_field(lane_field const&) = delete;
  lane_field& operator=(lane_field const&) = delete;

  std::array<std::int64_t, 3> shape() const override { return extents; }
  std::size_t channels() const { return static_cast<std::size_t>(extents[2]); }
  /// Floats from one entry to the next.
  std::size_t stride() const { return std::size_t{vectors} * channels_a_lane; }
  /// Vectors of the whole field.
  std::size_t size() const { return entries * vectors; }
  four* data() const { return reinterpret_cast<four*>(memory.data()); }

  /// From now on it is worked on in the queue of another place.
  void move_to(std::shared_ptr<workplace<E>> const& where) const {
    if (place == where) return;
    place->queue().synchronize();
    place = where;
  }

  std::array<std::int64_t, 3> extents;
  std::size_t entries;
  std::uint32_t vectors;  ///< of an entry
  typename E::template array<float> memory;
  mutable std::shared_ptr<workplace<E>> place;
};

}  // namespace xrdct::lanes
