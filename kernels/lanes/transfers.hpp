#pragma once
/// \file Rows of channels on their way from the caller's memory to a device and back, while the device works.

#include "kernels/lanes/channels.hpp"
#include "kernels/lanes/workplace.hpp"
#include "xrdct/kernels/view.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

namespace xrdct::lanes {

// Bytes of rows that are moved at a time. Two pieces are on their way, which all ranks of a node can afford to pin; a
// copy of one takes half a millisecond, beside which the start of a kernel is nothing.
inline constexpr std::size_t usual_piece = std::size_t{1} << 25;

/// Moves rows some at a time through two buffers: while one is worked on, the other is filled or emptied. On the device
/// a row is its channels and zeros up to a whole vector.
template <engine E>
class transfers {
 public:
  transfers(std::shared_ptr<workplace<E>> place, std::size_t piece_bytes)
      : place_(std::move(place)),
        piece_bytes_(piece_bytes),
        copies_(place_->on().make_queue()),
        before_going_(place_) {}

  /// How many rows go at a time: as many `unit`s as a piece holds, but one at least.
  std::size_t rows_at_once(std::size_t unit, std::size_t channels) const {
    std::size_t const bytes = std::max<std::size_t>(unit * stride_of(channels) * sizeof(float), 1);
    return std::max<std::size_t>(piece_bytes_ / bytes, 1) * std::max<std::size_t>(unit, 1);
  }

  /// Calls use(rows on the device, number of the first, count) for all rows of `from`, a multiple of `unit` at a time.
  /// What `use` launches in the queue of the place finds them there. `from` has been read when this returns.
  template <class Use>
  void send(view<float const> from, std::size_t unit, Use use) {
    std::size_t const stride = stride_of(from.columns);
    for_pieces(from.rows, from.columns, unit, [&](buffer& by, std::size_t first, std::size_t count) {
      if (by.copied) by.copied->synchronize();
      for (std::size_t i = 0; i < count; ++i) {
        auto* const row = by.host.data() + i * stride;
        std::copy_n(from.data + (first + i) * from.stride, from.columns, row);
        std::fill_n(row + from.columns, stride - from.columns, 0.0F);
      }
      if (by.used) copies_.wait_for(*by.used);
      copies_.copy_in(std::span<float const>(by.host.data(), count * stride), by.device.data());
      by.copied.emplace(copies_.put_mark());
      place_->queue().wait_for(*by.copied);
      use(by.device.data(), first, count);
      by.used.emplace(place_->queue().put_mark());
    });
  }

  /// Calls make(rows on the device, number of the first, count) for all rows of `to`, a multiple of `unit` at a time.
  /// What `make` launches in the queue of the place writes them. `to` has been written when this returns.
  template <class Make>
  void receive(view<float> to, std::size_t unit, Make make) {
    for (auto& by : buffers_) by.count = 0;
    for_pieces(to.rows, to.columns, unit, [&](buffer& by, std::size_t first, std::size_t count) {
      empty(by, to);
      if (by.copied) place_->queue().wait_for(*by.copied);
      make(by.device.data(), first, count);
      by.used.emplace(place_->queue().put_mark());
      copies_.wait_for(*by.used);
      copies_.copy_out(static_cast<float const*>(by.device.data()),
                       std::span<float>(by.host.data(), count * stride_of(to.columns)));
      by.copied.emplace(copies_.put_mark());
      by.first = first;
      by.count = count;
    });
    empty(buffers_[turn_], to);
    empty(buffers_[1 - turn_], to);
  }

  /// Calls use(memory of the device), which may launch what writes and reads so many rows of it in the queue of the
  /// place.
  template <class Use>
  void lend(std::size_t rows, std::size_t channels, Use use) {
    buffer& by = next(rows * stride_of(channels));
    if (by.copied) place_->queue().wait_for(*by.copied);
    use(by.device.data());
    by.used.emplace(place_->queue().put_mark());
  }

 private:
  static std::size_t stride_of(std::size_t channels) { return vectors_of(channels) * channels_a_lane; }

  struct buffer {
    typename E::template staging<float> host;
    typename E::template array<float> device;
    std::optional<typename E::mark> copied;  ///< between the two, either way
    std::optional<typename E::mark> used;    ///< by kernels
    std::size_t first = 0;                   ///< of the rows that are on their way to the caller
    std::size_t count = 0;
  };

  /// The buffer whose turn it is, with room for so many floats.
  buffer& next(std::size_t floats) {
    buffer& by = buffers_[turn_];
    turn_ = 1 - turn_;
    if (by.device.size() < floats) {
      if (by.copied) by.copied->synchronize();
      if (by.used) by.used->synchronize();
      by = buffer();
      by.host = place_->on().template make_staging<float>(floats);
      by.device = place_->on().template make<float>(floats);
    }
    return by;
  }

  template <class Work>
  void for_pieces(std::size_t rows, std::size_t channels, std::size_t unit, Work work) {
    if (channels == 0) return;
    std::size_t const most = std::min(rows_at_once(unit, channels), rows);
    for (std::size_t first = 0; first < rows; first += most) {
      std::size_t const count = std::min(most, rows - first);
      work(next(most * stride_of(channels)), first, count);
    }
  }

  /// Waits for the rows that are on their way to the caller.
  static void empty(buffer& by, view<float> to) {
    if (by.count == 0) return;
    by.copied->synchronize();
    std::size_t const stride = stride_of(to.columns);
    for (std::size_t i = 0; i < by.count; ++i)
      std::copy_n(by.host.data() + i * stride, to.columns, to.data + (by.first + i) * to.stride);
    by.count = 0;
  }

  std::shared_ptr<workplace<E>> place_;
  std::size_t piece_bytes_;
  std::array<buffer, 2> buffers_;
  std::size_t turn_ = 0;
  typename E::queue copies_;
  last_wait<E> before_going_;  // copies that nothing waits for are waited for by nobody: there are none
};

}  // namespace xrdct::lanes
