#include "xrdct/tomo/fill.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/tomo/names.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace xrdct {
namespace {

constexpr named<fill> fills[] = {{"linear", fill::linear}, {"zero", fill::zero}, {"none", fill::none}};

void require(bool condition, std::string const& otherwise) {
  if (!condition) throw input_error("cannot fill missing entries of a sinogram: " + otherwise);
}

void check(entry_map const& entries) {
  require(entries.rotations >= 0 && entries.translations >= 0 &&
              entries.present.size() ==
                  static_cast<std::size_t>(entries.rotations) * static_cast<std::size_t>(entries.translations),
          "the map of measured entries has not rotations x translations entries");
}

/// The measured translations of a rotation, ascending.
std::vector<int> measured(entry_map const& entries, int rotation) {
  std::vector<int> found;
  for (int t = 0; t < entries.translations; ++t) {
    if (entries.has(rotation, t)) found.push_back(t);
  }
  return found;
}

/// The rows of one rotation.
view<float> rotation_of(view<float> sinogram, entry_map const& entries, int rotation) {
  if (sinogram.empty()) return {};
  auto const translations = static_cast<std::size_t>(entries.translations);
  return {sinogram.data + static_cast<std::size_t>(rotation) * translations * sinogram.stride, translations,
          sinogram.columns, sinogram.stride};
}

/// Entry `to` becomes (1 − part)·left + part·right; of variances, their roots do.
void interpolate(view<float> rows, bool variances, int to, int left, int right, double part) {
  if (rows.empty()) return;
  auto const at = [&](int i, std::size_t channel) -> float& { return rows(static_cast<std::size_t>(i), channel); };
  for (std::size_t c = 0; c < rows.columns; ++c) {
    double const a = at(left, c);
    double const b = at(right, c);
    double const mean = variances ? (1 - part) * std::sqrt(a) + part * std::sqrt(b) : (1 - part) * a + part * b;
    at(to, c) = static_cast<float>(variances ? mean * mean : mean);
  }
}

void clear(view<float> rows, int entry) {
  if (!rows.empty()) std::ranges::fill(rows.row(static_cast<std::size_t>(entry)), 0.0F);
}

void fill_entry(fill how, view<float> rows, bool variances, int entry, std::vector<int> const& known) {
  if (how != fill::linear || known.empty()) return clear(rows, entry);
  auto const behind = std::ranges::upper_bound(known, entry);
  int const left = behind == known.begin() ? known.front() : *std::prev(behind);
  int const right = behind == known.end() ? known.back() : *behind;
  double const part = left == right ? 0 : static_cast<double>(entry - left) / (right - left);
  interpolate(rows, variances, entry, left, right, part);
}

}  // namespace

fill parse_fill(std::string_view name) { return parse_name("fill", name, fills); }
std::string_view name_of(fill which) { return name_in(which, fills); }

fill_report examine_missing(fill how, entry_map const& entries) {
  check(entries);
  fill_report report;
  for (int r = 0; r < entries.rotations; ++r) {
    std::size_t const known = measured(entries, r).size();
    std::size_t const missing = static_cast<std::size_t>(entries.translations) - known;
    if (known == 0) {
      report.dropped.push_back(r);
    } else if (how == fill::none) {
      report.undefined = report.undefined || missing > 0;
    } else {
      report.filled += missing;
    }
  }
  return report;
}

fill_report fill_missing(fill how, entry_map const& entries, view<float> sinogram, view<float> variance) {
  fill_report report = examine_missing(how, entries);
  require(sinogram.rows == entries.present.size(), "it has not rotations x translations entries");
  require(variance.empty() || (variance.rows == sinogram.rows && variance.columns == sinogram.columns),
          "it and its variance have different shapes");
  for (int r = 0; r < entries.rotations; ++r) {
    std::vector<int> const known = measured(entries, r);
    for (int t = 0; t < entries.translations; ++t) {
      if (entries.has(r, t)) continue;
      fill_entry(how, rotation_of(sinogram, entries, r), false, t, known);
      fill_entry(how, rotation_of(variance, entries, r), true, t, known);
    }
  }
  return report;
}

}  // namespace xrdct
