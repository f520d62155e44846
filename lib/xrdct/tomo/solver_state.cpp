#include "xrdct/tomo/solver_state.hpp"

#include "xrdct/base/error.hpp"

#include <algorithm>
#include <string>

namespace xrdct {
namespace {

void require(bool condition, std::string const& otherwise) {
  if (!condition) throw input_error("cannot go on from a state of iterations: " + otherwise);
}

/// Columns [first, first + count) of rows of `width` values.
template <class T>
std::vector<T> columns(std::vector<T> const& values, std::size_t width, std::size_t first, std::size_t count) {
  std::vector<T> made;
  auto const rows = width > 0 ? values.size() / width : 0;
  made.reserve(rows * count);
  for (std::size_t row = 0; row < rows; ++row) {
    auto const begin = values.begin() + static_cast<std::ptrdiff_t>(row * width + first);
    made.insert(made.end(), begin, begin + static_cast<std::ptrdiff_t>(count));
  }
  return made;
}

/// Rows of some values each, side by side. Throws where they have different numbers of rows.
struct beside {
  std::vector<std::vector<float> const*> values;
  std::vector<std::size_t> widths;

  void add(std::vector<float> const& some, std::size_t width) {
    values.push_back(&some);
    widths.push_back(width);
  }
  std::vector<float> made() const {
    std::size_t rows = 0, all = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      require(widths[i] > 0 && values[i]->size() % widths[i] == 0, "its arrays are not complete");
      auto const own = values[i]->size() / widths[i];
      require(i == 0 || own == rows, "its parts have different shapes");
      rows = own;
      all += values[i]->size();
    }
    std::vector<float> result;
    result.reserve(all);
    for (std::size_t row = 0; row < rows; ++row)
      for (std::size_t i = 0; i < values.size(); ++i) {
        auto const begin = values[i]->begin() + static_cast<std::ptrdiff_t>(row * widths[i]);
        result.insert(result.end(), begin, begin + static_cast<std::ptrdiff_t>(widths[i]));
      }
    return result;
  }
};

template <class T>
void append(std::vector<T>& to, std::vector<T> const& more) {
  to.insert(to.end(), more.begin(), more.end());
}

}  // namespace

solver_state part_of(solver_state const& state, std::size_t first, std::size_t count) {
  require(first <= state.size() && count <= state.size() - first, "it has fewer channels");
  auto const begins = static_cast<std::int64_t>(first);
  auto const ends = begins + static_cast<std::int64_t>(count);
  auto const from = static_cast<std::size_t>(std::ranges::lower_bound(state.channels, begins) - state.channels.begin());
  auto const to = static_cast<std::size_t>(std::ranges::lower_bound(state.channels, ends) - state.channels.begin());
  solver_state part;
  part.iteration = state.iteration;
  for (auto i = from; i < to; ++i) part.channels.push_back(state.channels[i] - begins);
  part.done = columns(state.done, state.size(), first, count);
  part.finished = columns(state.finished, state.size(), first, count);
  part.outcome.iterations = columns(state.outcome.iterations, state.size(), first, count);
  part.outcome.residual = columns(state.outcome.residual, state.size(), first, count);
  if (part.is_final()) return part;
  for (auto const& values : state.arrays)
    part.arrays.push_back(columns(values, state.channels.size(), from, to - from));
  for (auto const& values : state.numbers)
    part.numbers.push_back(columns(values, state.channels.size(), from, to - from));
  return part;
}

solver_state joined(std::vector<solver_state> const& parts) {
  solver_state made;
  beside finished;
  std::vector<beside> arrays;
  bool working = false;
  for (auto const& part : parts) {
    for (auto const channel : part.channels) made.channels.push_back(channel + static_cast<std::int64_t>(made.size()));
    append(made.done, part.done);
    append(made.outcome.iterations, part.outcome.iterations);
    append(made.outcome.residual, part.outcome.residual);
    finished.add(part.finished, part.size());
    if (!working) made.iteration = std::max(made.iteration, part.iteration);
    if (part.is_final()) continue;
    if (!working) {
      arrays.resize(part.arrays.size());
      made.numbers.resize(part.numbers.size());
      made.iteration = part.iteration;
    }
    working = true;
    require(part.iteration == made.iteration, "its parts are after different numbers of iterations");
    require(part.arrays.size() == arrays.size() && part.numbers.size() == made.numbers.size(),
            "its parts are of different algorithms");
    for (std::size_t i = 0; i < arrays.size(); ++i) arrays[i].add(part.arrays[i], part.channels.size());
    for (std::size_t i = 0; i < made.numbers.size(); ++i) append(made.numbers[i], part.numbers[i]);
  }
  made.finished = finished.made();
  for (auto const& one : arrays) made.arrays.push_back(one.made());
  return made;
}

}  // namespace xrdct
