#include "xrdct/pipeline/frame_norms.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/base/robust.hpp"
#include "xrdct/io/arrays.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <functional>

namespace xrdct {
namespace {

std::string text_of(double value, char const* format = "%.6g") {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

bool usable(double value) { return std::isfinite(value) && value > 0; }

/// A frame with a reading that is no measurement.
void refuse_reading(measurement& m, job const& what, std::uint64_t frame, std::string const& why) {
  if (m.status[frame] != frame_status::ok) return;
  if (!what.run.skip_bad_frames) refuse_frame(m.stack(), frame, why);
  m.status[frame] = frame_status::bad_monitor;
}

std::string not_positive(double value, std::string const& source) {
  return std::string(describe(frame_status::bad_monitor)) + " (" + text_of(value) + " in " + source + ")";
}

/// The usable ones of some frames' values.
std::vector<double> usable_of(std::vector<double> const& values, measurement const& m,
                              std::vector<std::uint8_t> const* which = nullptr) {
  std::vector<double> good;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (m.status[i] == frame_status::ok && usable(values[i]) && (which == nullptr || (*which)[i] != 0))
      good.push_back(values[i]);
  return good;
}

/// The middle of the largest twentieth: few frames of nonsense do not matter.
double robust_largest(std::vector<double> values) {
  std::sort(values.begin(), values.end(), std::greater<>());
  values.resize((values.size() + 19) / 20);
  return median(std::move(values));
}

struct value_in_air {
  double value = 1;
  std::string how;
};

value_in_air find_value_in_air(std::vector<double> const& ratio, measurement const& m, job const& what,
                               std::string const& source) {
  if (what.geometry.transmission_reference) return {*what.geometry.transmission_reference, "given"};
  auto const is_air = shows_air(m.air, m.scan, m.frames());
  if (auto const air = usable_of(ratio, m, &is_air); m.air.any() && !air.empty())
    return {median(air), "the median over the frames of air"};
  auto const all = usable_of(ratio, m);
  if (all.empty())
    throw input_error(source + ": none of its values is a positive finite number: leave out --transmission");
  return {robust_largest(all),
          "the median of the largest twentieth, taken for air; --air or --transmission-reference "
          "tells better"};
}

std::vector<double> usable_monitor(std::vector<double> const& monitor) {
  std::vector<double> good;
  std::copy_if(monitor.begin(), monitor.end(), std::back_inserter(good), usable);
  return good;
}

}  // namespace

void use_transmission(measurement& m, frame_values& values, job const& what) {
  auto const& options = what.geometry;
  if (options.transmission.empty()) {
    if (options.transmission_reference) throw usage_error("--transmission-reference needs --transmission");
    return;
  }
  if (options.transmission_reference && !usable(*options.transmission_reference))
    throw usage_error("--transmission-reference must be a positive number, not " +
                      text_of(*options.transmission_reference));
  auto const list = values.named("--transmission", options.transmission);
  auto ratio = list.values;
  for (std::uint64_t i = 0; i < m.frames(); ++i) {
    if (!usable(list.values[i])) refuse_reading(m, what, i, not_positive(list.values[i], list.place));
    if (!m.monitor.empty()) ratio[i] /= m.monitor[i];
  }
  auto const air = find_value_in_air(ratio, m, what, list.place);
  log_info("transmission: " + list.place + (m.monitor.empty() ? "" : " over the monitor") + ", in air " +
           text_of(air.value) + " (" + air.how + ")");
  m.transmission = ratio;
  for (std::uint64_t i = 0; i < m.frames(); ++i) {
    m.transmission[i] /= air.value;
    if (m.status[i] == frame_status::ok) m.frame_norm[i] *= m.transmission[i];
  }
}

void use_exposure(measurement& m, frame_values& values, job const& what) {
  auto const& options = what.geometry;
  if (options.exposure.empty()) return;
  auto const list = values.named("--exposure", options.exposure);
  for (std::uint64_t i = 0; i < m.frames(); ++i)
    if (!usable(list.values[i])) refuse_reading(m, what, i, not_positive(list.values[i], list.place));
  auto const good = usable_of(list.values, m);
  if (good.empty())
    throw input_error(list.place + ": none of its values is a positive finite number: leave out --exposure");
  double const reference = median(good);
  m.exposure = list.values;
  for (std::uint64_t i = 0; i < m.frames(); ++i)
    if (m.status[i] == frame_status::ok) m.frame_norm[i] *= m.exposure[i] / reference;
  log_info("exposure: " + list.place + ", reference " + text_of(reference) + " (its median), " +
           describe_drift(list.values));
  if (!m.monitor.empty())
    log_warning(
        "exposure times and a monitor are both used: a monitor that counts during the exposure knows of it "
        "already; leave out --exposure unless the monitor is a rate");
}

void check_norms(measurement& m, job const& what) {
  constexpr double smallest = 1e-25, largest = 1e25;
  for (std::uint64_t i = 0; i < m.frames(); ++i) {
    if (m.status[i] != frame_status::ok || (m.frame_norm[i] >= smallest && m.frame_norm[i] <= largest)) continue;
    std::string why = "a norm of " + text_of(m.frame_norm[i]) + " (";
    if (!m.monitor.empty())
      why += "monitor " + text_of(m.monitor[i]) + ", reference " + text_of(m.monitor_reference) + ", ";
    if (!m.transmission.empty()) why += "transmission " + text_of(m.transmission[i]) + ", ";
    if (!m.exposure.empty()) why += "exposure " + text_of(m.exposure[i]) + ", ";
    why += "normalization " + text_of(what.geometry.normalization) + "), which is not between 1e-25 and 1e25";
    refuse_reading(m, what, i, why);
  }
  if (!m.monitor.empty()) log_info("monitor: " + describe_drift(m.monitor));
}

std::string describe_drift(std::vector<double> const& monitor) {
  auto const good = usable_monitor(monitor);
  if (good.empty()) return "no usable value";
  auto const [least, most] = std::minmax_element(good.begin(), good.end());
  if (*least == *most) return "constant";
  auto const tenth = static_cast<std::ptrdiff_t>((good.size() + 9) / 10);
  double const first = median({good.begin(), good.begin() + tenth});
  double const last = median({good.end() - tenth, good.end()});
  double const usual = median(good);
  auto const low = std::count_if(good.begin(), good.end(), [&](double v) { return v < usual / 2; });
  std::string text = text_of(*least) + " to " + text_of(*most) + ", " + text_of(100 * (last / first - 1), "%+.1f") +
                     " % from the first tenth of the frames to the last";
  if (low > 0) text += ", below half of its median in " + std::to_string(low) + (low == 1 ? " frame" : " frames");
  return text;
}

void write_norms(nexus_file& file, measurement const& m) {
  std::string const group = "/entry/frames";
  if (!m.transmission.empty()) {
    file.array(group + "/transmission", m.transmission);
    file.attribute(group + "/transmission", "meaning", std::string("1 in air"));
  }
  if (!m.exposure.empty()) file.array(group + "/exposure", m.exposure);
  if (!m.air.any()) return;
  file.array(group + "/air", shows_air(m.air, m.scan, m.frames()));
  file.attribute(group + "/air", "meaning", std::string("1: shows air alone, which is subtracted from the sinogram"));
  if (m.has_scan()) file.attribute("/entry/sinogram", "air_subtracted", describe(m.air));
}

}  // namespace xrdct
