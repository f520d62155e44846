#include "xrdct/beamline/image_headers.hpp"

#include "xrdct/base/text.hpp"
#include "xrdct/io/header_numbers.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace xrdct {
namespace {

constexpr std::array roles{scan_role::rotation, scan_role::translation, scan_role::layer, scan_role::monitor};
constexpr char const* start_name = "start_angle";
constexpr char const* step_name = "angle_increment";

bool can_mean_something(std::string const& name) {
  if (lower(name) == start_name || lower(name) == step_name) return true;
  return std::ranges::any_of(roles, [&](scan_role role) { return usual_rank(role, name).has_value(); });
}

/// Whether two frames state different numbers.
bool varies(std::vector<double> const& values) {
  auto const finite = [](double v) { return std::isfinite(v); };
  auto const first = std::ranges::find_if(values, finite);
  return std::any_of(first, values.end(), [&](double v) { return finite(v) && v != *first; });
}

bool same(std::vector<double> const& a, std::vector<double> const& b) {
  return std::ranges::equal(a, b, [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); });
}

}  // namespace

void image_headers::read() {
  if (read_) return;
  read_ = true;
  auto names = header_names(stack_);
  std::erase_if(names, [](std::string const& name) { return !can_mean_something(name); });
  if (names.empty()) return;
  auto lists = read_header_lists(stack_, names);
  for (std::size_t i = 0; i < names.size(); ++i) {
    bool const moves = varies(lists[i].values);
    fields_.push_back({names[i], std::move(lists[i]), moves});
  }
}

image_headers::field const* image_headers::varying(std::string const& name) const {
  auto const found = std::ranges::find_if(fields_, [&](field const& f) { return lower(f.name) == name && f.varies; });
  return found == fields_.end() ? nullptr : &*found;
}

std::optional<number_list> image_headers::middle_angle() const {
  auto const* const start = varying(start_name);
  if (start == nullptr) return std::nullopt;
  auto list = start->list;
  auto const step = std::ranges::find_if(fields_, [](field const& f) { return lower(f.name) == step_name; });
  if (step == fields_.end()) return list;
  for (std::size_t i = 0; i < list.values.size(); ++i)
    if (std::isfinite(step->list.values[i])) list.values[i] += step->list.values[i] / 2;
  list.source += " with half of " + step->name;
  return list;
}

header_choice image_headers::find(scan_role role) {
  read();
  header_choice choice;
  if (role == scan_role::rotation) choice.chosen = middle_angle();
  if (choice.chosen) choice.candidates.push_back("header:" + varying(start_name)->name);

  std::vector<std::pair<int, field const*>> usual;
  for (auto const& f : fields_)
    if (auto const rank = usual_rank(role, f.name); rank && f.varies) usual.emplace_back(*rank, &f);
  std::ranges::stable_sort(usual, {}, &std::pair<int, field const*>::first);
  for (auto const& [rank, f] : usual) choice.candidates.push_back("header:" + f->name);
  if (choice.chosen || usual.empty()) return choice;

  auto const& [best, chosen] = usual.front();
  for (auto const& [rank, f] : usual)
    if (rank == best && !same(f->list.values, chosen->list.values)) choice.ambiguous = true;
  if (!choice.ambiguous) choice.chosen = chosen->list;
  return choice;
}

}  // namespace xrdct
