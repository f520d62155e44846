// Which of the lists beside the frames is the rotation, the translation, the layer or the monitor.

#include "xrdct/base/text.hpp"
#include "xrdct/beamline/scan_sources.hpp"
#include "xrdct/io/hdf5_links.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

namespace xrdct {
namespace {

enum class unit_kind { none, angle, length, other };

unit_kind kind_of(std::string const& unit) {
  static constexpr std::array<std::string_view, 9> angles{"deg",     "degree", "degrees", "rad", "radian",
                                                          "radians", "mrad",   "°",       "urad"};
  static constexpr std::array<std::string_view, 14> lengths{
      "mm",      "um", "µm",         "m",          "nm",    "cm",         "micron",
      "microns", "μm", "millimeter", "micrometer", "meter", "millimetre", "micrometre"};
  auto const name = lower(unit);
  if (name.empty()) return unit_kind::none;
  if (std::ranges::find(angles, name) != angles.end()) return unit_kind::angle;
  if (std::ranges::find(lengths, name) != lengths.end()) return unit_kind::length;
  return unit_kind::other;
}

unit_kind needed(scan_role role) { return role == scan_role::rotation ? unit_kind::angle : unit_kind::length; }

/// Whether a unit speaks against a role.
bool contradicts(unit_kind has, scan_role role) {
  return role != scan_role::monitor && has != unit_kind::none && has != needed(role);
}

constexpr std::array motor_roles{scan_role::rotation, scan_role::translation, scan_role::layer};

/// Parts to look at, the first and the last among them: what moves during a scan moves between these.
std::vector<std::size_t> probes_of(std::size_t parts) {
  constexpr std::size_t most = 9;
  if (parts <= most) {
    std::vector<std::size_t> all(parts);
    for (std::size_t i = 0; i < parts; ++i) all[i] = i;
    return all;
  }
  std::vector<std::size_t> some;
  for (std::size_t i = 0; i < most; ++i) some.push_back(i * (parts - 1) / (most - 1));
  return some;
}

/// A motor that is not moved stays within the noise of its encoder; beside one that is scanned that is nothing.
constexpr double hardly = 0.01;

constexpr std::string_view option_of(scan_role role) {
  switch (role) {
    case scan_role::rotation: return "--rotation";
    case scan_role::translation: return "--translation";
    case scan_role::layer: return "--layer";
    case scan_role::monitor: return "--monitor";
  }
  return "";
}

bool mostly_positive(std::vector<double> const& values) {
  auto const good = std::ranges::count_if(values, [](double v) { return std::isfinite(v) && v > 0; });
  return good * 10 >= static_cast<std::ptrdiff_t>(values.size()) * 9 && good > 0;
}

/// Whether values stay while many frames are taken, as those of a slow motor do and noise does not.
bool is_slow(std::vector<double> const& values, double width) {
  constexpr double still = 0.02;
  std::size_t changes = 0;
  std::size_t pairs = 0;
  for (std::size_t i = 1; i < values.size(); ++i) {
    if (!std::isfinite(values[i]) || !std::isfinite(values[i - 1])) continue;
    ++pairs;
    if (std::abs(values[i] - values[i - 1]) > still * width) ++changes;
  }
  return 2 * changes <= pairs;
}

/// The median distance of neighbouring positions, noise apart.
double step_of(std::vector<double> values) {
  std::erase_if(values, [](double v) { return !std::isfinite(v); });
  if (values.empty()) return 0;
  std::ranges::sort(values);
  double const noise = 1e-3 * (values.back() - values.front());
  std::vector<double> gaps;
  for (std::size_t i = 1; i < values.size(); ++i)
    if (values[i] - values[i - 1] > noise) gaps.push_back(values[i] - values[i - 1]);
  if (gaps.empty()) return 0;
  auto const middle = gaps.begin() + static_cast<std::ptrdiff_t>(gaps.size() / 2);
  std::ranges::nth_element(gaps, middle);
  return *middle;
}

}  // namespace

/// A list that may be what is looked for.
struct scan_sources::rated {
  scan_field field;
  int rank = 0;
  part_values probe;  // of some parts
  value_range range{};
  unit_kind kind = unit_kind::none;
  std::string verdict;  // why it is out; "" where it is not

  bool moves() const { return std::isfinite(range.lowest) && range.width() > 0; }
  /// Of one motor, the list that says most.
  auto worth() const {
    return std::tuple(probe.how.absent == 0, probe.how.exact + probe.how.single == probe.how.parts(), !probe.how.fewer,
                      is_centre(field.name), !is_within_a_turn(field.name), -static_cast<int>(field.where));
  }
};

scan_sources::rated scan_sources::rate_field(scan_field const& field, int rank) {
  auto const all = paths_of(field);
  std::vector<frame_part> parts;
  std::vector<std::string> paths;
  for (auto const i : probes_of(parts_.size())) {
    parts.push_back(parts_[i]);
    paths.push_back(all[i]);
  }
  rated one{field, rank, {}, {}, unit_kind::none, ""};
  try {
    one.probe = values_of(lists_, parts, paths);
  } catch (std::exception const& problem) {
    one.verdict = problem.what();
    return one;
  }
  one.range = range_of(one.probe.values);
  one.kind = kind_of(one.probe.unit);
  auto const& how = one.probe.how;
  if (how.absent > 0)
    one.verdict = "not in all parts";
  else if (2 * how.without > one.probe.values.size())
    one.verdict = "too few values";
  return one;
}

/// Those of usual names; of several readings of one motor the best.
std::vector<scan_sources::rated> scan_sources::rate(scan_role role) {
  std::map<std::string, std::vector<scan_field const*>> motors;
  for (auto const& field : fields()) {
    bool const monitor = role == scan_role::monitor;
    if (!usual_rank(role, field.name) && !(monitor && field.is_monitor)) continue;
    if (monitor && (field.where == scan_field::place::positioner || field.shape.scalar)) continue;
    motors[lower(monitor ? field.name : motor_of(field.name))].push_back(&field);
  }
  std::vector<rated> all;
  for (auto const& [name, readings] : motors) {
    std::vector<rated> of_motor;
    for (auto const* const field : readings)
      of_motor.push_back(rate_field(*field, field->is_monitor ? 0 : usual_rank(role, field->name).value_or(0)));
    // What moves is better than what says where the motor once was.
    all.push_back(*std::ranges::max_element(of_motor, [](rated const& a, rated const& b) {
      return std::tuple(a.verdict.empty(), a.moves(), a.worth()) < std::tuple(b.verdict.empty(), b.moves(), b.worth());
    }));
  }
  return all;
}

/// What the file says to be motors, whatever they are called, and is of the right unit.
std::vector<scan_sources::rated> scan_sources::rate_motors(scan_role role) {
  std::map<std::string, rated> best;
  for (auto const& field : fields()) {
    auto const name = lower(motor_of(field.name));
    if (!field.is_motor || usual_rank(role, name)) continue;
    auto one = rate_field(field, 0);
    if (!one.verdict.empty() || !one.moves()) continue;
    // A name that means something else counts unless the unit speaks against it.
    if (std::ranges::any_of(motor_roles,
                            [&](scan_role other) { return usual_rank(other, name) && !contradicts(one.kind, other); }))
      continue;
    auto const [at, fresh] = best.try_emplace(name, one);
    if (!fresh && at->second.worth() < one.worth()) at->second = std::move(one);
  }
  std::vector<rated> all;
  for (auto& [name, one] : best) {
    if (one.kind == unit_kind::other) continue;  // times and temperatures
    if (one.kind != needed(role))
      one.verdict = one.kind == unit_kind::none ? "its unit is not given" : "its unit is another";
    all.push_back(std::move(one));
  }
  return all;
}

/// A layer is a height that changes now and then, by something like a step of the scan.
bool scan_sources::is_layer(scan_source const& layer) {
  if (!is_slow(layer.values, layer.range.width())) return false;
  if (!translation_step_) {
    auto const translation = find(scan_role::translation);
    translation_step_ = translation.chosen ? step_of(translation.chosen->values) : 0;
  }
  return layer.range.width() >= *translation_step_ / 4;
}

/// Chooses among those that are not out, or says why it cannot.
void scan_sources::settle(scan_role role, std::vector<rated>& all, source_choice& choice) {
  std::vector<rated*> left;
  for (auto& one : all)
    if (one.verdict.empty()) left.push_back(&one);
  if (left.empty()) return;
  auto const best_rank = (*std::ranges::min_element(left, {}, [](rated const* r) { return r->rank; }))->rank;
  double widest = 0;
  for (auto const* one : left)
    if (one->rank == best_rank) widest = std::max(widest, one->range.width());
  std::vector<rated*> best;
  for (auto* const one : left) {
    bool const monitor = role == scan_role::monitor;
    if (one->rank > best_rank) {
      // Noise under a good name, and a motor that was scanned under a poor one: both are shown.
      bool const wide = !monitor && widest < hardly * one->range.width();
      if (wide)
        best.push_back(one);
      else
        one->verdict = "another has a clearer name";
    } else if (!monitor && one->range.width() < hardly * widest) {
      one->verdict = "hardly moves";
    } else if (!best.empty() && best.front()->probe.values == one->probe.values) {
      one->verdict = "the same as " + best.front()->field.name;
    } else {
      best.push_back(one);
    }
  }
  if (best.size() > 1) {
    for (auto* const one : best) one->verdict = "as good as another";
    choice.ambiguous = true;
    return;
  }
  auto const usual = usual_rank(role, best.front()->field.name).has_value();
  auto const reason = usual                            ? std::string("by its name")
                      : best.front()->field.is_monitor ? "as an NXmonitor"
                      : role == scan_role::rotation    ? "the only angle that moves"
                                                       : "the only length that moves";
  auto source = gather(best.front()->field, reason);
  if (role == scan_role::layer && !is_layer(source)) {
    best.front()->verdict = "does not move as a layer does";
    return;
  }
  best.front()->verdict = "chosen";
  choice.chosen = std::move(source);
}

source_choice scan_sources::find(scan_role role) {
  source_choice choice;
  auto all = rate(role);
  for (auto& one : all) {
    if (!one.verdict.empty()) continue;
    if (contradicts(one.kind, role))
      one.verdict = "its unit is " + one.probe.unit;
    else if (role == scan_role::monitor && one.probe.how.exact != one.probe.how.parts())
      one.verdict = "not one value a frame";
    else if (role == scan_role::monitor && !mostly_positive(one.probe.values))
      one.verdict = "not positive";
    else if (role != scan_role::monitor && !one.moves())
      one.verdict = "stands still";
  }
  settle(role, all, choice);
  bool const wanted = role == scan_role::rotation || role == scan_role::translation;
  if (!choice.chosen && !choice.ambiguous && wanted) {
    auto motors = rate_motors(role);
    settle(role, motors, choice);
    all.insert(all.end(), std::make_move_iterator(motors.begin()), std::make_move_iterator(motors.end()));
  }
  std::string list;
  std::string equals;
  for (auto const& one : all) {
    choice.candidates.push_back(
        {one.field.name, shown_path(bases_.front() + "/" + one.field.path), one.probe.unit, one.range, one.verdict});
    auto const& added = choice.candidates.back();
    list += (list.empty() ? "" : ", ") + added.text() + ": " + one.verdict;
    if (one.verdict == "as good as another") equals += (equals.empty() ? "" : ", ") + added.text();
  }
  if (choice.chosen) return choice;
  if (list.empty()) {
    std::set<std::string> names;
    for (auto const& field : fields())
      if (!field.shape.scalar) names.insert(field.name);
    if (!names.empty())
      list = "there are " + hdf5::near_names({names.begin(), names.end()}, std::string(name_of(role)));
  }
  std::string const what(name_of(role));
  std::string const option(option_of(role));
  if (choice.ambiguous)
    choice.problem = "several lists beside the frames of " + parts_.front().file + " may be the " + what +
                     ", equally good: " + equals + "; choose with " + option + " NAME" +
                     (wanted ? "" : ", or " + option + " none");
  else if (wanted)
    choice.problem = "no " + what + " is found beside the frames of " + parts_.front().file +
                     (list.empty() ? "" : " (" + list + ")") + "; name it with " + option;
  return choice;
}

}  // namespace xrdct
