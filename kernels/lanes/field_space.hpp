#pragma once
/// \file What can be done with any fields of a device with lanes, whatever they hold.

#include "kernels/lanes/dot_kernels.hpp"
#include "kernels/lanes/field_kernels.hpp"
#include "kernels/lanes/lane_field.hpp"
#include "kernels/lanes/transfers.hpp"

#include <algorithm>
#include <memory>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace xrdct::lanes {

inline void require(bool condition, char const* otherwise) {
  if (!condition) throw std::invalid_argument(otherwise);
}

/// The part of an interface that works on any fields. All is done in the order of calls, in one queue; what is copied
/// from or to the caller's memory has been when the call returns.
template <class Interface, engine E>
class lane_fields : public Interface {
 public:
  /// `piece` bytes are copied at a time.
  explicit lane_fields(E on, std::size_t piece = usual_piece)
      : place_(std::make_shared<workplace<E>>(std::move(on))), transfers_(place_, piece), before_going_(place_) {}

  std::unique_ptr<field> make(std::array<std::int64_t, 3> shape) override {
    return std::make_unique<lane_field<E>>(place_, shape);
  }

  void copy(view<float const> from, field& to) override {
    auto& into = own(to);
    require_same_shape(from.rows, from.columns, into);
    std::size_t const stride = into.stride();
    transfers_.send(from, 1, [&](float const* rows, std::size_t first, std::size_t count) {
      place_->queue().copy(rows, into.memory.data() + first * stride, count * stride);
    });
  }
  void copy(field const& from, view<float> to) override {
    auto const& source = own(from);
    require_same_shape(to.rows, to.columns, source);
    std::size_t const stride = source.stride();
    transfers_.receive(to, 1, [&](float* rows, std::size_t first, std::size_t count) {
      place_->queue().copy(static_cast<float const*>(source.memory.data()) + first * stride, rows, count * stride);
    });
  }

  void combine(field& y, std::span<float const> a, field const& x, std::span<float const> b) override {
    auto& into = own(y);
    auto const& other = own(x);
    require_like(into, other);
    require_a_value_each(a.size(), into);
    require_a_value_each(b.size(), into);
    auto const* const own_factors = of_vectors(a, into);
    auto const* const other_factors = of_vectors(b, into);
    for_each(into, combine_vectors{into.data(), own_factors, other.data(), other_factors, into.vectors});
  }
  void apply(field& y, pointwise op, field const& x) override {
    auto& into = own(y);
    auto const& other = own(x);
    require_like(into, other);
    for_each(into, apply_to_vectors{into.data(), op, other.data()});
  }
  void scale(field& y, std::span<float const> factors) override {
    auto& into = own(y);
    require(factors.size() == into.entries, "every entry needs a factor");
    if (into.size() > 0) for_each(into, scale_vectors{into.data(), place_->put(factors), into.vectors});
  }
  void select(field const& from, std::span<std::int64_t const> channels, field& to) override {
    auto const& source = own(from);
    auto& into = own(to);
    require(source.extents[0] == into.extents[0] && source.extents[1] == into.extents[1],
            "fields of chosen channels must have one size");
    require(channels.size() == into.channels(), "every channel needs a source");
    std::vector<std::uint32_t> chosen;
    for (std::int64_t const channel : channels) {
      require(channel >= 0 && channel < source.extents[2], "a channel that does not exist");
      chosen.push_back(static_cast<std::uint32_t>(channel));
    }
    if (into.size() == 0) return;
    auto const* const sources = place_->put(std::span<std::uint32_t const>(chosen));
    for_each(into, select_channels{source.memory.data(), source.stride(), sources,
                                   static_cast<std::uint32_t>(chosen.size()), into.data(), into.vectors});
  }

  void dot(field const& x, field const& y, std::span<double> sums) override {
    dot_rows(x, y, 0, own(x).extents[0], sums);
  }
  void dot_rows(field const& x, field const& y, std::int64_t first, std::int64_t rows,
                std::span<double> sums) override {
    auto const& one = own(x);
    auto const& other = own(y);
    require_like(one, other);
    require_a_value_each(sums.size(), one);
    require(first >= 0 && rows >= 0 && first <= one.extents[0] - rows, "rows that do not exist");
    std::fill(sums.begin(), sums.end(), 0.0);
    if (rows == 0 || one.size() == 0) return;
    auto const before = static_cast<std::size_t>(first * one.extents[1]) * one.vectors;
    dot_of_rows const by_rows{one.data() + before,
                              other.data() + before,
                              static_cast<std::size_t>(rows),
                              static_cast<std::uint32_t>(one.extents[1]),
                              one.vectors,
                              sums_of_rows(static_cast<std::size_t>(rows) * one.stride())};
    place_->queue().launch(by_rows.blocks(), by_rows);
    sum_of_rows const whole{by_rows.sums, by_rows.rows, one.stride(), totals(one.stride())};
    place_->queue().launch(whole.blocks(), whole);
    place_->queue().copy_out(static_cast<double const*>(whole.total),
                             std::span<double>(totals_on_host_.data(), sums.size()));
    place_->queue().synchronize();
    std::copy_n(totals_on_host_.data(), sums.size(), sums.data());
  }

  void ascend_gradient(field const& image, float step, std::span<float const> limits, field& across,
                       field& down) override {
    auto const& from = own(image);
    auto& to_right = own(across);
    auto& to_below = own(down);
    require_like(from, to_right);
    require_like(from, to_below);
    require_a_value_each(limits.size(), from);
    auto const* const all_limits = of_vectors(limits, from);
    for_each(from, ascend_vectors{from.data(), step, all_limits, to_right.data(), to_below.data(), rows_of(from),
                                  columns_of(from), from.vectors});
  }
  void divergence(field const& across, field const& down, field& image) override {
    auto const& to_right = own(across);
    auto const& to_below = own(down);
    auto& into = own(image);
    require_like(into, to_right);
    require_like(into, to_below);
    for_each(into, diverge_vectors{to_right.data(), to_below.data(), into.data(), rows_of(into), columns_of(into),
                                   into.vectors});
  }

  void synchronize() override { place_->queue().synchronize(); }

 protected:
  workplace<E>& place() const { return *place_; }
  std::shared_ptr<workplace<E>> const& shared_place() const { return place_; }
  typename E::queue& queue() const { return place_->queue(); }
  transfers<E>& moves() { return transfers_; }

  /// A table as the device has it.
  template <class T>
  typename E::template array<T> on_device(std::vector<T> const& table) const {
    auto const host = place_->on().template make_staging<T>(table.size());
    auto made = place_->on().template make<T>(table.size());
    std::copy(table.begin(), table.end(), host.data());
    place_->queue().copy_in(std::span<T const>(host.data(), table.size()), made.data());
    place_->queue().synchronize();
    return made;
  }

  /// A field that this backend made; from now on this queue is its queue. Throws std::invalid_argument for any other.
  lane_field<E>& own(field& some) const {
    auto* const mine = dynamic_cast<lane_field<E>*>(&some);
    require(mine != nullptr, "a field of another backend");
    mine->move_to(place_);
    return *mine;
  }
  lane_field<E> const& own(field const& some) const { return own(const_cast<field&>(some)); }

  static std::uint32_t rows_of(lane_field<E> const& some) { return static_cast<std::uint32_t>(some.extents[0]); }
  static std::uint32_t columns_of(lane_field<E> const& some) { return static_cast<std::uint32_t>(some.extents[1]); }

 private:
  static void require_like(lane_field<E> const& one, lane_field<E> const& other) {
    require(one.extents == other.extents, "the fields must have one shape");
  }
  static void require_a_value_each(std::size_t values, lane_field<E> const& some) {
    require(values == some.channels(), "every channel needs a value of its own");
  }
  static void require_same_shape(std::size_t rows, std::size_t columns, lane_field<E> const& other) {
    require(rows == other.entries && columns == other.channels(), "a field and what is copied must have one shape");
  }

  template <class Work>
  void for_each(lane_field<E> const& some, Work const& work) {
    if (some.size() > 0) for_each_vector(place_->queue(), some.size(), work);
  }

  /// Values of all channels on the device, in whole vectors.
  four const* of_vectors(std::span<float const> values, lane_field<E> const& some) {
    std::vector<float> all(values.begin(), values.end());
    all.resize(some.stride(), 0.0F);
    return reinterpret_cast<four const*>(place_->put(std::span<float const>(all)));
  }

  // Memory of sums that is kept from call to call. A call ends with a wait, so that nothing works on it afterwards.
  double* sums_of_rows(std::size_t size) {
    if (sums_of_rows_.size() < size) {
      sums_of_rows_ = {};
      sums_of_rows_ = place_->on().template make<double>(size);
    }
    return sums_of_rows_.data();
  }
  double* totals(std::size_t size) {
    if (totals_on_host_.size() < size) {
      totals_ = place_->on().template make<double>(size);
      totals_on_host_ = place_->on().template make_staging<double>(size);
    }
    return totals_.data();
  }

  std::shared_ptr<workplace<E>> place_;
  transfers<E> transfers_;
  typename E::template array<double> sums_of_rows_;
  typename E::template array<double> totals_;
  typename E::template staging<double> totals_on_host_;
  last_wait<E> before_going_;
};

}  // namespace xrdct::lanes
