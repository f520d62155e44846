#pragma once
/// \file Arrays of all channels in the memory of a device, and the arithmetic that solvers do with them.

#include "xrdct/kernels/view.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <span>

namespace xrdct {

/// An array [rows][columns][channel] in the memory of a device, channels contiguous. Sinograms are
/// [rotation][translation][channel], tomograms [y][x][channel].
struct field {
  virtual ~field() = default;
  virtual std::array<std::int64_t, 3> shape() const = 0;
};

/// What becomes of a value y of one field and the value x of another at the same place.
enum class pointwise {
  multiply,      ///< y·x
  divide,        ///< y / x; 0 where x is not above 0, or x so small that the quotient is not finite
  divide_by,     ///< x / y; likewise 0 where y is not above 0
  non_negative,  ///< max(y, 0); x is not looked at
};

/// Makes fields and works on whole ones, in order; channels never mix; holds no policy. The result of a channel does
/// not depend on the other channels of the field, nor on the number of threads, to the bit.
/// All throw std::invalid_argument where shapes disagree or a field is another backend's.
struct field_space {
  virtual ~field_space() = default;

  /// A new field of zeros. Throws std::invalid_argument for a negative shape, std::bad_alloc for one too large.
  virtual std::unique_ptr<field> make(std::array<std::int64_t, 3> shape) = 0;
  /// Copies in and out. The view has shape[0]·shape[1] rows of shape[2] channels (any stride).
  virtual void copy(view<float const> from, field& to) = 0;
  virtual void copy(field const& from, view<float> to) = 0;

  /// y ← a·y + b·x with a factor of its own for every channel; a channel whose a is 0 takes b·x whatever y was.
  virtual void combine(field& y, std::span<float const> a, field const& x, std::span<float const> b) = 0;
  /// y ← op(y, x), value by value. x may be y.
  virtual void apply(field& y, pointwise op, field const& x) = 0;
  /// y ← f·y with a factor of its own for every entry [row][column], the same in all channels; where it is 0, the
  /// entry becomes 0 whatever it was.
  virtual void scale(field& y, std::span<float const> factors) = 0;
  /// Channel i of `to` ← channel channels[i] of `from`, which has as many rows and columns.
  virtual void select(field const& from, std::span<std::int64_t const> channels, field& to) = 0;
  /// sums[channel] = Σ x·y over rows and columns, in double and in a fixed order. One sum a channel.
  virtual void dot(field const& x, field const& y, std::span<double> sums) = 0;
  /// The same over rows [first, first + rows) only. Over no rows it is 0.
  virtual void dot_rows(field const& x, field const& y, std::int64_t first, std::int64_t rows,
                        std::span<double> sums) = 0;

  // For total variation. The gradient of an image are its differences with the pixel to the right (0 in the last
  // column) and with the one below (0 in the last row).

  /// (across, down) ← (across, down) + step·gradient of `image`; then vectors longer than the channel's limit (≥ 0) are
  /// shortened to it.
  virtual void ascend_gradient(field const& image, float step, std::span<float const> limits, field& across,
                               field& down) = 0;
  /// image ← −gradientᵀ (across, down), what is in the last column of `across` and the last row of `down` being 0.
  virtual void divergence(field const& across, field const& down, field& image) = 0;

  /// Returns when all that was asked for is done.
  virtual void synchronize() = 0;
};

}  // namespace xrdct
