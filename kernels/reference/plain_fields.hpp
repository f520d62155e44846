#pragma once
/// \file What can be done with any fields, whatever they hold: straight from field.hpp.

#include "kernels/reference/double_field.hpp"

#include <memory>
#include <span>

namespace xrdct::reference {

void copy(view<float const> from, double_field& to);
void copy(double_field const& from, view<float> to);
void combine(double_field& y, std::span<float const> a, double_field const& x, std::span<float const> b);
void apply(double_field& y, pointwise op, double_field const& x);
void scale(double_field& y, std::span<float const> factors);
void select(double_field const& from, std::span<std::int64_t const> channels, double_field& to);
void dot_rows(double_field const& x, double_field const& y, std::int64_t first, std::int64_t rows,
              std::span<double> sums);
void ascend_gradient(double_field const& image, float step, std::span<float const> limits, double_field& across,
                     double_field& down);
void divergence(double_field const& across, double_field const& down, double_field& image);

/// The part of an interface that works on any fields.
template <class Interface>
class plain_fields : public Interface {
 public:
  std::unique_ptr<field> make(std::array<std::int64_t, 3> shape) override {
    return std::make_unique<double_field>(shape);
  }
  void copy(view<float const> from, field& to) override { reference::copy(from, own(to)); }
  void copy(field const& from, view<float> to) override { reference::copy(own(from), to); }
  void combine(field& y, std::span<float const> a, field const& x, std::span<float const> b) override {
    reference::combine(own(y), a, own(x), b);
  }
  void apply(field& y, pointwise op, field const& x) override { reference::apply(own(y), op, own(x)); }
  void scale(field& y, std::span<float const> factors) override { reference::scale(own(y), factors); }
  void select(field const& from, std::span<std::int64_t const> channels, field& to) override {
    reference::select(own(from), channels, own(to));
  }
  void dot(field const& x, field const& y, std::span<double> sums) override {
    reference::dot_rows(own(x), own(y), 0, own(x).extents[0], sums);
  }
  void dot_rows(field const& x, field const& y, std::int64_t first, std::int64_t rows,
                std::span<double> sums) override {
    reference::dot_rows(own(x), own(y), first, rows, sums);
  }
  void ascend_gradient(field const& image, float step, std::span<float const> limits, field& across,
                       field& down) override {
    reference::ascend_gradient(own(image), step, limits, own(across), own(down));
  }
  void divergence(field const& across, field const& down, field& image) override {
    reference::divergence(own(across), own(down), own(image));
  }
  void synchronize() override {}
};

}  // namespace xrdct::reference
