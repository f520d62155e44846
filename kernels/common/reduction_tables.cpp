#include "kernels/common/reduction_tables.hpp"

#include "kernels/common/tables.hpp"
#include "kernels/common/value_rules.hpp"

#include <cstring>
#include <new>
#include <type_traits>
#include <vector>

namespace xrdct {
namespace {

constexpr std::uint64_t reduction_mark = 0x3164726b74657264;  // changes with the layout

struct header {
  std::uint64_t mark = reduction_mark;
  frame_format format;
  error_model errors = error_model::none;
  rejection reject;
  int rows = 0, columns = 0;
  std::uint32_t bins = 0;
  value_rules values;
  table_place offsets, bin, coefficient, mask, dark, norm, variance;
};
static_assert(std::is_trivially_copyable_v<header>);

template <class T>
void copy(std::vector<T> const& from, std::span<std::byte> tables, table_place const& to) {
  if (!from.empty()) std::memcpy(table_array<T>(tables, to).data(), from.data(), from.size() * sizeof(T));
}

template <class T>
std::vector<T> copy_of(std::span<std::byte const> tables, table_place const& from) {
  auto const array = table_array<T>(tables, from);
  return {array.begin(), array.end()};
}

}  // namespace

void write_reduction_tables(reduction const& what, frame_format const& format, table_memory const& memory) {
  auto const& m = *what.matrix;
  auto const& p = *what.pixels;
  header h;
  h.format = format;
  h.errors = what.errors;
  h.reject = what.reject;
  h.rows = m.rows;
  h.columns = m.columns;
  h.bins = m.bins;
  h.values = value_rules(p);
  table_layout layout(sizeof h);
  h.offsets = layout.add<std::uint32_t>(m.offsets.size());
  h.bin = layout.add<std::uint32_t>(m.bin.size());
  h.coefficient = layout.add<float>(m.coefficient.size());
  h.mask = layout.add<std::uint8_t>(p.mask.size());
  h.dark = layout.add<float>(p.dark.size());
  h.norm = layout.add<float>(p.norm.size());
  h.variance = layout.add<float>(p.variance.size());
  auto const tables = memory(layout.bytes());
  if (tables.size() < layout.bytes()) throw std::bad_alloc();
  std::memcpy(tables.data(), &h, sizeof h);
  copy(m.offsets, tables, h.offsets);
  copy(m.bin, tables, h.bin);
  copy(m.coefficient, tables, h.coefficient);
  copy(p.mask, tables, h.mask);
  copy(p.dark, tables, h.dark);
  copy(p.norm, tables, h.norm);
  copy(p.variance, tables, h.variance);
}

kept_reduction read_reduction_tables(std::span<std::byte const> tables) {
  header h;
  if (tables.size() < sizeof h) throw std::invalid_argument("these are no tables of a reduction");
  std::memcpy(&h, tables.data(), sizeof h);
  if (h.mark != reduction_mark) throw std::invalid_argument("these are no tables of a reduction");
  kept_reduction made;
  made.matrix = {h.rows,
                 h.columns,
                 h.bins,
                 copy_of<std::uint32_t>(tables, h.offsets),
                 copy_of<std::uint32_t>(tables, h.bin),
                 copy_of<float>(tables, h.coefficient)};
  auto& p = made.pixels;
  p.mask = copy_of<std::uint8_t>(tables, h.mask);
  p.dark = copy_of<float>(tables, h.dark);
  p.norm = copy_of<float>(tables, h.norm);
  p.variance = copy_of<float>(tables, h.variance);
  h.values.give_to(p);
  made.errors = h.errors;
  made.reject = h.reject;
  made.format = h.format;
  return made;
}

}  // namespace xrdct
