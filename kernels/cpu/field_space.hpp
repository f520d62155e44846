#pragma once
/// \file Fields of the CPU, and what can be done with any of them, whatever they hold.

#include "kernels/cpu/blocked_field.hpp"
#include "kernels/cpu/thread_pool.hpp"

#include <memory>
#include <span>

namespace xrdct::cpu {

/// What `field_space` declares, by the threads of a pool. Memory is first written by the threads that will work on it.
std::unique_ptr<blocked_field> make_field(thread_pool& threads, std::array<std::int64_t, 3> const& shape);
void copy(thread_pool& threads, view<float const> from, field& to);
void copy(thread_pool& threads, field const& from, view<float> to);
void combine(thread_pool& threads, field& y, std::span<float const> a, field const& x, std::span<float const> b);
void apply(thread_pool& threads, field& y, pointwise op, field const& x);
void scale(thread_pool& threads, field& y, std::span<float const> factors);
void select(thread_pool& threads, field const& from, std::span<std::int64_t const> channels, field& to);
void dot_rows(thread_pool& threads, field const& x, field const& y, std::int64_t first, std::int64_t rows,
              std::span<double> sums);
void ascend_gradient(thread_pool& threads, field const& image, float step, std::span<float const> limits, field& across,
                     field& down);
void divergence(thread_pool& threads, field const& across, field const& down, field& image);
/// Zeros in memory that need not be a field's.
void clear(thread_pool& threads, huge_buffer<float>& memory);

/// The part of an interface that works on any fields.
template <class Interface>
class threaded_fields : public Interface {
 public:
  explicit threaded_fields(thread_pool& threads) : threads_(threads) {}

  std::unique_ptr<field> make(std::array<std::int64_t, 3> shape) override { return make_field(threads_, shape); }
  void copy(view<float const> from, field& to) override { cpu::copy(threads_, from, to); }
  void copy(field const& from, view<float> to) override { cpu::copy(threads_, from, to); }
  void combine(field& y, std::span<float const> a, field const& x, std::span<float const> b) override {
    cpu::combine(threads_, y, a, x, b);
  }
  void apply(field& y, pointwise op, field const& x) override { cpu::apply(threads_, y, op, x); }
  void scale(field& y, std::span<float const> factors) override { cpu::scale(threads_, y, factors); }
  void select(field const& from, std::span<std::int64_t const> channels, field& to) override {
    cpu::select(threads_, from, channels, to);
  }
  void dot(field const& x, field const& y, std::span<double> sums) override {
    cpu::dot_rows(threads_, x, y, 0, x.shape()[0], sums);
  }
  void dot_rows(field const& x, field const& y, std::int64_t first, std::int64_t rows,
                std::span<double> sums) override {
    cpu::dot_rows(threads_, x, y, first, rows, sums);
  }
  void ascend_gradient(field const& image, float step, std::span<float const> limits, field& across,
                       field& down) override {
    cpu::ascend_gradient(threads_, image, step, limits, across, down);
  }
  void divergence(field const& across, field const& down, field& image) override {
    cpu::divergence(threads_, across, down, image);
  }
  void synchronize() override {}

 protected:
  thread_pool& threads() const { return threads_; }

 private:
  thread_pool& threads_;
};

}  // namespace xrdct::cpu
