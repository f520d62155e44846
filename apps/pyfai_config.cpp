#include "apps/pyfai_config.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/base/text.hpp"
#include "xrdct/geometry/pyfai_json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fstream>
#include <initializer_list>
#include <limits>
#include <numbers>
#include <optional>
#include <set>
#include <utility>

namespace xrdct::app {
namespace {

using json = nlohmann::json;
using words = std::vector<std::string>;

constexpr int newest_version = 5;

std::string text_of(double value) {
  std::array<char, 32> text{};
  auto const end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

/// The keys of an object, each of which is taken once, and what is said of those that are left.
class key_reader {
 public:
  key_reader(json const& from, std::string where) : from_(from), where_(std::move(where)) {}

  /// Null where it is absent.
  json take(std::string const& key) {
    taken_.insert(key);
    auto const found = from_.find(key);
    return found == from_.end() ? json() : *found;
  }
  /// The first of some names for one thing that is there.
  json take(std::initializer_list<char const*> keys) {
    json value;
    for (auto const* key : keys) {
      auto other = take(key);
      if (value.is_null() && !other.is_null()) {
        value = std::move(other);
        last_ = key;
      }
    }
    return value;
  }
  bool has(std::string const& key) const { return from_.contains(key); }
  json const& all() const { return from_; }
  std::string const& where() const { return where_; }
  /// The name by which the last of several was found.
  std::string const& last() const { return last_; }

  [[noreturn]] void refuse(std::string const& key, json const& value, std::string const& why) const {
    throw usage_error(where_ + ": " + named(key, value) + ": " + why);
  }
  static std::string named(std::string const& key, json const& value) {
    constexpr std::size_t most = 80;
    auto shown = value.dump();
    if (shown.size() > most) shown = shown.substr(0, most) + "...";
    return "'" + key.substr(0, most) + "' = " + shown;
  }
  void refuse_rest() const {
    for (auto const& [key, value] : from_.items())
      if (!taken_.contains(key) && !value.is_null()) refuse(key, value, "this key is not supported");
  }

  std::optional<double> number(std::string const& key, json const& value) const {
    if (value.is_null()) return {};
    if (!value.is_number() || !std::isfinite(value.get<double>())) refuse(key, value, "a finite number is needed");
    return value.get<double>();
  }
  std::optional<int> whole(std::string const& key, json const& value) const {
    auto const given = number(key, value);
    if (!given) return {};
    constexpr double most = std::numeric_limits<int>::max();
    if (*given != std::floor(*given) || *given < 0 || *given > most) refuse(key, value, "a whole number is needed");
    return static_cast<int>(*given);
  }
  /// True and false, and 1 and 0, which stand for them in old files.
  std::optional<bool> truth(std::string const& key, json const& value) const {
    if (value.is_null()) return {};
    if (value.is_boolean()) return value.get<bool>();
    if (value == json(0) || value == json(1)) return value == json(1);
    refuse(key, value, "true or false is needed");
  }
  std::string text(std::string const& key, json const& value) const {
    if (value.is_null()) return "";
    if (!value.is_string()) refuse(key, value, "a text is needed");
    return value.get<std::string>();
  }
  std::optional<bool> take_truth(std::string const& key) { return truth(key, take(key)); }
  std::string take_text(std::string const& key) { return text(key, take(key)); }

 private:
  json const& from_;
  std::string where_;
  std::string last_;
  std::set<std::string> taken_;
};

/// An integration's set-up: pyFAI's WorkerConfig and the dictionaries before it.
class worker_setup {
 public:
  worker_setup(json const& from, std::string where, std::string path, foreign_options& made)
      : keys_(from, std::move(where)), path_(std::move(path)), made_(made) {}

  void read() {
    read_version();
    read_geometry();
    read_images();
    read_corrections();
    read_ranges();
    read_bins();
    read_method();
    read_dummy();
    read_normalization();
    read_errors(read_integrator());
    for (char const* key : {"opencl_device", "do_OpenCL", "shape"}) ignore(key);
    keys_.refuse_rest();
    if (!ignored_.empty()) note("nothing here depends on " + ignored_);
  }

 private:
  void add(std::string const& name, words const& values) { made_.options.push_back({name, values, ""}); }
  void add_problem(std::string const& option, std::string const& key, json const& value, std::string const& why) {
    made_.options.push_back({option, {}, keys_.where() + ": " + key_reader::named(key, value) + ": " + why});
  }
  void note(std::string const& text) { made_.notes.push_back(keys_.where() + ": " + text); }
  /// A key that changes no numbers here.
  void ignore(std::string const& key) {
    auto const value = keys_.take(key);
    if (value.is_null() || value == json(false)) return;
    ignored_ += (ignored_.empty() ? "" : ", ") + key_reader::named(key, value);
  }
  /// Whether "do_…" allows the keys that belong to it; it does where it is absent.
  bool allowed(std::string const& key) { return keys_.take_truth(key).value_or(true); }

  void read_version() {
    auto const value = keys_.take("version");
    version_ = keys_.whole("version", value).value_or(1);
    if (version_ < 1 || version_ > newest_version)
      keys_.refuse("version", value, "versions 1 to " + std::to_string(newest_version) + " are known");
    auto const application = keys_.take("application");
    auto const name = lower(keys_.text("application", application));
    if (!name.empty() && name != "pyfai-integrate" && name != "worker" && name != "poni")
      keys_.refuse("application", application, "set-ups of pyFAI-integrate and of workers are understood");
  }

  /// A set-up that holds the geometry itself stands for a PONI file.
  void read_geometry() {
    auto const poni = keys_.take("poni");
    bool own = poni.is_object() && !poni.empty();
    if (!poni.is_object() && !poni.is_null() && !poni.is_string())
      keys_.refuse("poni", poni, "neither the name of a PONI file nor a geometry");
    for (auto const& [key, value] : keys_.all().items()) {
      if (!is_geometry_key(key)) continue;
      keys_.take(key);
      own = own || (!poni.is_object() && !value.is_null());
    }
    auto const file = poni.is_string() ? poni.get<std::string>() : "";
    if (own)
      add("poni", {path_});
    else if (!file.empty())
      add("poni", {found_beside(local_name("poni", poni), path_)});
  }

  /// FILE or FILE::/dataset of the addresses that pyFAI and silx use as well.
  std::string local_name(std::string const& key, json const& value) const {
    auto name = keys_.text(key, value);
    for (std::string_view const scheme : {"file://", "fabio://", "silx://", "fabio:", "silx:"})
      if (name.starts_with(scheme)) {
        name.erase(0, scheme.size());
        break;
      }
    auto const mark = name.find('?');
    if (mark == name.npos) return name;
    auto dataset = name.substr(mark + 1);
    if (dataset.starts_with("path=")) dataset.erase(0, 5);
    if (dataset.empty() || dataset.find_first_of("&=") != dataset.npos)
      keys_.refuse(key, value, "a part of a file is not supported; name FILE or FILE::/dataset");
    return name.substr(0, mark) + "::" + dataset;
  }

  /// One image; several would have to be averaged.
  void read_image(std::string const& option, std::string const& switch_key, std::initializer_list<char const*> keys) {
    bool const wanted = allowed(switch_key);
    auto value = keys_.take(keys);
    auto const key = keys_.last();
    if (!wanted || value.is_null()) return;
    if (value.is_string() && value.get_ref<std::string const&>().find(',') != std::string::npos && option != "mask")
      return add_problem(option, key, value, "several images are not averaged; give their mean");
    if (value.is_array() && value.size() > 1)
      return add_problem(option, key, value, "several images are not averaged; give their mean");
    if (value.is_array()) value = value.empty() ? json() : json(value[0]);
    auto const name = local_name(key, value);
    if (!name.empty()) add(option, {found_beside(name, path_)});
  }
  void read_images() {
    read_image("mask", "do_mask", {"mask_file", "mask_image"});
    read_image("dark", "do_dark", {"dark_current", "dark_current_image"});
    read_image("flat", "do_flat", {"flat_field", "flat_field_image"});
  }

  void read_corrections() {
    bool const wanted = allowed("do_polarization");
    auto value = keys_.take({"polarization_description", "polarization_factor"});
    auto const key = keys_.last();
    auto offset = keys_.take("polarization_offset");
    if (value.is_array() && !value.empty() && value.size() <= 2) {
      if (value.size() == 2) offset = json(value[1]);
      value = json(value[0]);
    }
    if (wanted) {
      auto const factor = keys_.number(key, value);
      auto const turned = keys_.number("polarization_offset", offset).value_or(0);
      if (factor) add("polarization", {text_of(*factor)});
      if (factor && turned != 0) add("polarization-offset", {text_of(turned * 180 / std::numbers::pi)});
    }
    auto const solid_angle = keys_.take({"correct_solid_angle", "do_solid_angle"});
    if (!keys_.truth("do_solid_angle", solid_angle).value_or(true)) add("no-solid-angle", {});
  }

  /// An end of a range; nothing where it is open.
  std::optional<double> end_of(std::string const& key, json const& value) const {
    if (value == json("Infinity") || value == json("-Infinity") || value == json("NaN")) return {};
    return keys_.number(key, value);
  }
  /// Ends in one list, or each by itself.
  void read_range(std::string const& option, std::string const& key, bool wanted, json low, json high) {
    auto const range = keys_.take(key);
    if (range.is_array() && range.size() == 2) {
      low = json(range[0]);
      high = json(range[1]);
    } else if (!range.is_null()) {
      keys_.refuse(key, range, "the two ends of a range are needed");
    }
    if (!wanted) return;
    auto const from = end_of(key + "_min", low);
    auto const to = end_of(key + "_max", high);
    if (!from && !to) return;
    if (!from || !to)
      return add_problem(option, key, json::array({low, high}), "a range that is open at one end is not supported");
    add(option, {text_of(*from), text_of(*to)});
    if (option == "azimuth-range") azimuth_from_ = *from;
  }
  void read_ranges() {
    bool const radial = allowed("do_radial_range");
    auto low = keys_.take("radial_range_min");
    auto high = keys_.take("radial_range_max");
    read_range("radial-range", "radial_range", radial, low, high);
    bool const azimuthal = allowed("do_azimuthal_range") && allowed("do_azimuth_range");
    low = keys_.take({"azimuth_range_min", "azimuthal_range_min"});
    high = keys_.take({"azimuth_range_max", "azimuthal_range_max"});
    read_range("azimuth-range", "azimuth_range", azimuthal, low, high);
  }

  void read_bins() {
    auto const unit = keys_.take_text("unit");
    add("unit", {unit.empty() ? "2th_deg" : unit});
    auto const radial = keys_.take("nbpt_rad");
    if (auto const bins = keys_.whole("nbpt_rad", radial)) add("bins", {std::to_string(*bins)});
    auto const azimuthal = keys_.take("nbpt_azim");
    auto const sectors = keys_.whole("nbpt_azim", azimuthal).value_or(1);
    bool const cake = keys_.take_truth("do_2D").value_or(true) && sectors > 1;
    if (cake) add("azimuth-bins", {std::to_string(sectors)});
    auto const cut = keys_.take("chi_discontinuity_at_0");
    if (!keys_.truth("chi_discontinuity_at_0", cut).value_or(false)) return;
    // Azimuths from 0 to 360 degrees: only ranges that cross 0, and axes that nobody gives, differ.
    if (azimuth_from_ ? *azimuth_from_ < 0 : cake)
      add_problem("azimuth-range", "chi_discontinuity_at_0", cut, "azimuths are cut at 180 degrees here; give a range");
  }

  /// What pyFAI's Method.parsed finds in a name; "" where any will do.
  static std::string splitting_in(std::string const& name) {
    for (char const* split : {"bbox", "full", "no"})
      if (name.find(split) != std::string::npos) return split;
    return "";
  }
  void read_method() {
    auto const method = keys_.take("method");
    if (method.is_null()) return;
    std::string split;
    if (method.is_string()) {
      split = splitting_in(lower(method.get<std::string>()));
    } else if (method.is_array() && method.size() >= 3 && method.size() <= 5) {
      auto const& which = method[method.size() > 3 ? 1 : 0];
      split = lower(keys_.text("method", which));
    } else if (method.is_object()) {
      split = lower(
          keys_.text("method", method.contains("split") ? method["split"] : method.value("pixel_splitting", json())));
    } else {
      keys_.refuse("method", method, "this is no method");
    }
    if (split == "*") split.clear();
    if (!split.empty() && split != "no" && split != "bbox" && split != "full")
      return add_problem("split", "method", method, "pixels are split by no, bbox or full");
    if (!split.empty()) add("split", {split});
    note(key_reader::named("method", method) + ": " +
         (split.empty() ? "pixels are split as --split says" : "splits pixels by " + split) +
         "; algorithm and implementation are this program's own");
  }

  void read_dummy() {
    bool const wanted = allowed("do_dummy");
    auto const value = keys_.take({"val_dummy", "dummy"});
    auto const delta = keys_.take("delta_dummy");
    if (!wanted) return;
    auto const dummy = keys_.number("val_dummy", value);
    auto const width = keys_.number("delta_dummy", delta);
    if (!dummy) return;
    add("dummy", {text_of(*dummy)});
    if (width) add("delta-dummy", {text_of(*width)});
  }

  void read_normalization() {
    auto const value = keys_.take("normalization_factor");
    auto const factor = keys_.number("normalization_factor", value).value_or(1);
    if (factor < 0) add_problem("normalization", "normalization_factor", value, "it must be positive");
    if (factor > 0 && factor != 1) add("normalization", {text_of(factor)});  // 0 stands for 1
    auto const monitor = keys_.take("monitor_name");
    if (!keys_.text("monitor_name", monitor).empty())
      add_problem("monitor", "monitor_name", monitor, "headers are not searched for it; give --monitor DATASET");
  }

  /// The error model of the integrator's own options.
  json read_integrator() {
    auto const kind = keys_.take("integrator_class");
    if (!kind.is_null() && kind != json("AzimuthalIntegrator"))
      keys_.refuse("integrator_class", kind, "only AzimuthalIntegrator is supported");
    auto const method = keys_.take({"integrator_method", "integrator_name"});
    auto const name = keys_.text("integrator_method", method);
    auto const extra = keys_.take("extra_options");
    if (!extra.is_null() && !extra.is_object()) keys_.refuse("extra_options", extra, "an object of options is needed");
    json const none = json::object();
    key_reader options(extra.is_null() ? none : extra, keys_.where() + ", extra_options");
    if (name == "sigma_clip_ng" || name == "sigma_clip")
      clip(options);
    else if (name == "medfilt1d_ng")
      filter(options);
    else if (std::ranges::find(plain_integrators, name) == plain_integrators.end())
      keys_.refuse("integrator_method", method,
                   "it is not supported; sigma_clip_ng, medfilt1d_ng and plain integration are");
    auto errors = options.take("error_model");
    options.refuse_rest();
    return errors;
  }
  void clip(key_reader& options) {
    clips_ = true;
    add("reject", {"sigma-clip"});
    auto const threshold = options.number("thres", options.take({"thres", "thresh"}));
    if (threshold) add("reject-threshold", {text_of(*threshold)});
    auto const cycles = options.whole("max_iter", options.take("max_iter"));
    if (cycles) add("reject-cycles", {std::to_string(*cycles)});
  }
  void filter(key_reader& options) {
    auto const value = options.take("percentile");
    double low = 50;
    double high = 50;
    if (value.is_array() && value.size() == 2) {
      low = options.number("percentile", value[0]).value_or(0);
      high = options.number("percentile", value[1]).value_or(100);
      if (low > high) std::swap(low, high);
    } else if (!value.is_null()) {
      low = high = *options.number("percentile", value);
    }
    bool const median = low == 50 && high == 50;
    add("reject", {median ? "median" : "trimmed-mean"});
    if (!median) add("reject-quantiles", {text_of(low), text_of(high)});
  }

  /// As pyFAI's ErrorModel reads it: a beginning of a name, or its number.
  std::string error_model_of(json const& value) const {
    constexpr std::array<char const*, 5> names{"no", "variance", "poisson", "azimuthal", "hybrid"};
    if (value.is_null() || value == json("")) return "none";
    if (value.is_number_integer() && value.get<double>() >= 0 && value.get<double>() < names.size())
      return error_model_of(json(names[value.get<std::size_t>()]));
    auto const given = lower(keys_.text("error_model", value));
    for (std::string const name : names) {
      if (!name.starts_with(given) && given != "none") continue;
      if (name == "no") return "none";
      if (name == "poisson" || name == "azimuthal") return name;
      keys_.refuse("error_model", value, "it is not supported; poisson, azimuthal and no are, and --variance FILE");
    }
    keys_.refuse("error_model", value, "it is unknown");
  }
  void read_errors(json const& of_integrator) {
    auto model = error_model_of(keys_.take("error_model"));
    if (keys_.take_truth("do_poisson").value_or(false)) model = "poisson";
    if (model == "none") model = error_model_of(of_integrator);
    if (model == "none" && clips_) {
      model = "poisson";  // what sigma clipping falls back on
      note("sigma clipping without an error model takes poisson");
    }
    add("error-model", {model});
  }

  static constexpr std::array<std::string_view, 5> plain_integrators{"", "integrate1d", "integrate1d_ng", "integrate2d",
                                                                     "integrate2d_ng"};
  key_reader keys_;
  std::string path_;
  foreign_options& made_;
  int version_ = 1;
  bool clips_ = false;
  std::string ignored_;
  std::optional<double> azimuth_from_;
};

/// A mapping's set-up: frames in lines of a fast motor, one for every position of a slow one, which in tomography is
/// the rotation.
class mapping_setup {
 public:
  mapping_setup(json const& from, std::string path, foreign_options& made)
      : keys_(from, path), path_(std::move(path)), made_(made) {}

  void read() {
    auto const version = keys_.take("diffmap_config_version");
    if (keys_.whole("diffmap_config_version", version).value_or(1) != 1)
      keys_.refuse("diffmap_config_version", version, "version 1 is known");
    read_worker();
    read_inputs();
    read_grid();
    auto const offset = keys_.take("offset");
    auto const first = offset.is_array() && offset.size() == 1 ? json(offset[0]) : offset;  // so pyFAI 0.21 wrote it
    if (keys_.whole("offset", first).value_or(0) != 0)
      keys_.refuse("offset", offset, "frames at the beginning cannot be left out");
    for (char const* key : {"experiment_title", "slow_motor_name", "fast_motor_name"}) keys_.take(key);
    keys_.refuse_rest();
  }

 private:
  void read_worker() {
    auto ai = keys_.take("ai");
    if (!ai.is_object()) keys_.refuse("ai", ai, "the set-up of an integration is needed");
    for (auto const& [old, key] : {std::pair{"nbpt_rad", "nbpt_rad"},
                                   {"npt_rad", "nbpt_rad"},
                                   {"nbpt_azim", "nbpt_azim"},
                                   {"npt_azim", "nbpt_azim"}}) {
      auto value = keys_.take(old);
      if (!value.is_null()) ai[key] = std::move(value);
    }
    worker_setup(ai, path_ + ", ai", path_, made_).read();
  }

  void read_inputs() {
    auto const inputs = keys_.take("input_data");
    if (!inputs.is_null() && !inputs.is_array()) keys_.refuse("input_data", inputs, "a list of files is needed");
    for (auto const& one : inputs) {
      bool const list = one.is_array() && !one.empty() && one[0].is_string();
      bool const object = one.is_object() && one.contains("path") && one["path"].is_string();
      if (!list && !object && !one.is_string()) keys_.refuse("input_data", one, "a file is needed");
      auto name = (list ? one[0] : object ? one["path"] : one).get<std::string>();
      auto const dataset = list && one.size() > 1 ? json(one[1]) : object ? one.value("h5", json()) : json();
      if (dataset.is_string() && dataset.get_ref<std::string const&>().starts_with("/"))
        name += "::" + dataset.get<std::string>();
      made_.inputs.push_back(found_beside(name, path_));
    }
    auto const output = keys_.take("output_file");
    auto const name = keys_.text("output_file", output.is_array() && output.size() == 1 ? json(output[0]) : output);
    if (!name.empty()) made_.options.push_back({"output", {name}, ""});
  }

  struct motor {
    int points = 0;
    std::optional<double> start{}, stop{};
  };
  motor read_motor(std::string const& which) {
    auto value = keys_.take(which + "_motor");
    if (!value.is_null() && !value.is_object()) keys_.refuse(which + "_motor", value, "an object is needed");
    motor made;
    auto const prefix = which + "_motor";
    auto points = value.is_object() ? value.value("points", json()) : json();
    for (auto const& old : {"nbpt_" + which, "npt_" + which, which + "_motor_points"}) {
      auto other = keys_.take(old);
      if (points.is_null()) points = std::move(other);
    }
    made.points = keys_.whole(prefix + " points", points).value_or(0);
    auto const range = keys_.take(which + "_motor_range");
    auto start = value.is_object() ? value.value("start", json()) : json();
    auto stop = value.is_object() ? value.value("stop", json()) : json();
    if (range.is_array() && range.size() == 2) {
      start = json(range[0]);
      stop = json(range[1]);
    }
    made.start = keys_.number(prefix + " start", start);
    made.stop = keys_.number(prefix + " stop", stop);
    return made;
  }

  void read_grid() {
    auto const slow = read_motor("slow");
    auto const fast = read_motor("fast");
    bool const zigzag = keys_.truth("zigzag_scan", keys_.take({"zigzag_scan", "zigzag"})).value_or(false);
    if (slow.points == 0 || fast.points == 0) return;
    made_.options.push_back({"grid", {std::to_string(slow.points), std::to_string(fast.points)}, ""});
    if (zigzag) made_.options.push_back({"order", {"zigzag"}, ""});
    made_.notes.push_back(path_ +
                          ": the slow motor is taken for the rotation, the fast one for the translation, in steps");
    if (!slow.start || !slow.stop || slow.points < 2) return;
    if (*slow.start == 0 && *slow.stop > 0) {
      double const span = *slow.stop * slow.points / (slow.points - 1);
      made_.options.push_back({"span", {text_of(span)}, ""});
    } else {
      made_.options.push_back({"span",
                               {},
                               path_ + ": the slow motor goes from " + text_of(*slow.start) + " to " +
                                   text_of(*slow.stop) +
                                   ", but a grid begins at 0: give --rotation and --translation, or --span"});
    }
  }

  key_reader keys_;
  std::string path_;
  foreign_options& made_;
};

}  // namespace

bool is_pyfai_config(std::string const& path) {
  if (lower(path).ends_with(".json")) return true;
  std::ifstream file(path, std::ios::binary);
  std::string start(256, '\0');
  file.read(start.data(), static_cast<std::streamsize>(start.size()));
  return looks_like_json(std::string_view(start).substr(0, static_cast<std::size_t>(file.gcount())));
}

foreign_options read_pyfai_config(std::string const& path) {
  std::string const what = "configuration file";
  auto const setup = parse_pyfai_json(read_small_file(path, what), what + " " + path);
  foreign_options made;
  if (setup.contains("ai") || setup.contains("diffmap_config_version"))
    mapping_setup(setup, path, made).read();
  else
    worker_setup(setup, path, path, made).read();
  return made;
}

}  // namespace xrdct::app
