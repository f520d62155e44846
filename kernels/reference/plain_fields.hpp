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
void dot(double_field const& x, double_field const& y, std::span<double> sums);

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
  void dot(field const& x, field const& y, std::span<double> sums) override { reference::dot(own(x), own(y), sums); }
  void synchronize() override {}
};

}  // namespace xrdct::reference
