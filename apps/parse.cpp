#include "apps/parse.hpp"

#include "apps/dependent_options.hpp"
#include "apps/near_name.hpp"
#include "apps/option_table.hpp"
#include "apps/other_words.hpp"
#include "apps/pyfai_config.hpp"
#include "apps/rejection_options.hpp"
#include "xrdct/base/error.hpp"

#include <boost/program_options.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <system_error>
#include <utility>

namespace xrdct::app {
namespace {

namespace po = boost::program_options;

/// Stands for "INPUT" and its like among options.
constexpr char const* argument = "argument";

/// "reconstruct, integrate and inspect", of the commands that have an option; "" where none has.
std::string commands_with(std::string_view name) {
  std::vector<std::string_view> having;
  for (auto const& [bit, command] : command_names)
    if (find_option(name, bit) != nullptr) having.push_back(command);
  std::string text;
  for (std::size_t i = 0; i < having.size(); ++i)
    text.append(i == 0 ? "" : i + 1 == having.size() ? " and " : ", ").append(having[i]);
  return text;
}

/// What was meant, if that can be told: what it is called elsewhere, or a name that is near.
std::string meant_by(std::string const& name, command const& which, std::vector<std::string_view> const& names) {
  auto const other = option_meant_by(name);
  if (!other.empty() && find_option(other, which.bit) != nullptr) return std::string(other);
  return near_name(name, names);
}

std::string unknown(std::string const& name, command const& which, std::string const& where) {
  std::vector<std::string_view> names;
  for (auto const& entry : option_table())
    if ((entry.commands & which.bit) != 0) names.push_back(entry.name);
  names.emplace_back("help");
  names.emplace_back("version");
  std::string const near = meant_by(name, which, names);
  std::string const dashes = where.empty() ? "--" : "";
  std::string text = where + "option '" + dashes + name + "' is unknown to xrdct " + std::string(which.name);
  if (auto const having = commands_with(name); !having.empty()) return text + ": it is one of " + having;
  if (!near.empty()) return text + "; did you mean '" + dashes + near + "'?";
  return text + "; see xrdct " + std::string(which.name) + " --help";
}

std::string usage_of(option_entry const& entry) {
  return "--" + std::string(entry.name) + (entry.flag() ? "" : " ") + std::string(entry.takes);
}

/// Several values as one, because Boost lets an option of several take all words up to the next option.
constexpr char separator = '\x1f';
std::string packed(values const& all) {
  std::string text;
  for (std::size_t i = 0; i < all.size(); ++i) text += (i == 0 ? std::string() : std::string(1, separator)) + all[i];
  return text;
}
values unpacked(std::string const& text) {
  values all{""};
  for (char c : text)
    if (c == separator)
      all.emplace_back();
    else
      all.back() += c;
  return all;
}

/// Takes a long option with exactly as many of the following words as it has values, whatever they look like:
/// "--radial-range -1 5 scan.h5" leaves scan.h5 alone.
std::vector<po::option> take_long_option(command const& which, std::vector<std::string>& words) {
  if (words.empty() || !words[0].starts_with("--") || words[0] == "--") return {};
  std::string const word = words[0].substr(2);
  std::size_t const sign = word.find('=');
  std::string const name = word.substr(0, sign);
  auto const* const entry = find_option(name, which.bit);
  if (entry == nullptr) throw usage_error(unknown(name, which, ""));
  po::option option;
  option.string_key = name;
  option.original_tokens = {words[0]};
  words.erase(words.begin());
  std::size_t const wanted = entry->arity();
  values taken;
  if (sign != std::string::npos) taken.push_back(word.substr(sign + 1));
  if (taken.size() > wanted) throw usage_error("option --" + name + " takes no value");
  while (taken.size() < wanted && !words.empty() && !words[0].starts_with("--")) {
    taken.push_back(words[0]);
    words.erase(words.begin());
  }
  if (taken.size() == wanted && wanted > 0) option.value = {packed(taken)};
  if (taken.size() < wanted)
    throw usage_error("option --" + name + " needs " + (wanted == 1 ? "a value" : "more values") + ": " +
                      usage_of(*entry));
  return {option};
}

/// -o FILE is --output FILE.
std::vector<std::string> long_form(std::vector<std::string> words) {
  for (auto& word : words) {
    if (word == "--") break;
    if (word == "-o") word = "--output";
  }
  return words;
}

po::options_description describe(command const& which) {
  po::options_description known;
  for (auto const& entry : option_table()) {
    if ((entry.commands & which.bit) == 0) continue;
    auto* const value = po::value<std::string>();
    known.add_options()(std::string(entry.name).c_str(), entry.flag() ? value->zero_tokens() : value, "");
  }
  known.add_options()(argument, po::value<values>(), "");
  return known;
}

void keep(given_options& all, option_entry const& entry, values const& given, std::string const& where) {
  auto const [place, fresh] = all.try_emplace(std::string(entry.name), given);
  if (fresh) return;
  if (!entry.repeatable) throw usage_error(where + "option --" + std::string(entry.name) + " is given twice");
  place->second.insert(place->second.end(), given.begin(), given.end());
}

given_options from_words(command const& which, std::vector<std::string> const& words) {
  po::options_description const known = describe(which);
  po::positional_options_description positions;
  positions.add(argument, -1);
  using namespace po::command_line_style;
  std::optional<po::parsed_options> parsed;
  try {
    parsed.emplace(
        po::command_line_parser(long_form(words))
            .options(known)
            .positional(positions)
            .style(allow_long | long_allow_next | long_allow_adjacent | allow_short | allow_dash_for_short |
                   short_allow_next)
            .extra_style_parser([&](std::vector<std::string>& rest) { return take_long_option(which, rest); })
            .run());
  } catch (po::unknown_option const& e) {
    throw usage_error("option '" + e.get_option_name() + "' is unknown to xrdct " + std::string(which.name) +
                      "; see xrdct " + std::string(which.name) + " --help");
  } catch (po::error const& e) {
    throw usage_error(e.what());
  }
  given_options all;
  for (auto const& option : parsed->options) {
    if (option.string_key == argument) {
      all[argument].insert(all[argument].end(), option.value.begin(), option.value.end());
      continue;
    }
    auto const& entry = *find_option(option.string_key, which.bit);
    keep(all, entry, entry.flag() ? values() : unpacked(option.value.at(0)), "");
  }
  return all;
}

/// A line's value as the option wants it: one value may hold spaces, several are separated by them.
values split_value(option_entry const& entry, std::string const& text, std::string const& where) {
  if (entry.flag()) {
    if (text != "true" && text != "false")
      throw usage_error(where + "option '" + std::string(entry.name) + "' is true or false, not '" + text + "'");
    return {};
  }
  if (entry.arity() == 1) return {text};
  std::istringstream stream(text);
  values words;
  for (std::string word; stream >> word;) words.push_back(word);
  if (words.size() != entry.arity())
    throw usage_error(where + "option '" + std::string(entry.name) + "' needs " + std::string(entry.takes) + ", not '" +
                      text + "'");
  return words;
}

/// An option that makes others meaningless where it is given on the command line: they are not taken from a set-up.
constexpr std::array<std::pair<std::string_view, std::string_view>, 16> overrides{{
    {"rotation", "grid"},
    {"rotation", "span"},
    {"rotation", "order"},
    {"rotation", "fast"},
    {"translation", "grid"},
    {"translation", "span"},
    {"translation", "order"},
    {"translation", "fast"},
    {"dummy", "delta-dummy"},
    {"reject", "reject-threshold"},
    {"reject", "reject-cycles"},
    {"reject", "reject-quantiles"},
    {"variance", "error-model"},
    {"polarization", "polarization-offset"},
    {"monitor", "monitor-reference"},
    {"transmission", "transmission-reference"},
}};

bool overridden(std::string_view option, given_options const& by) {
  return by.contains(option) || std::ranges::any_of(overrides, [&](auto const& rule) {
           return rule.second == option && by.contains(rule.first);
         });
}

/// Options of a set-up of pyFAI, but for those that the command line gives.
given_options from_setup(command const& which, std::string const& path, given_options const& words,
                         std::vector<std::string>& notes) {
  auto const setup = read_pyfai_config(path);
  given_options all;
  for (auto const& option : setup.options) {
    auto const* const entry = find_option(option.name, which.bit);
    if (entry == nullptr && find_option(option.name, for_all) == nullptr)
      throw usage_error(path + ": there is no --" + option.name + ", which it asks for");
    if (entry == nullptr || overridden(option.name, words)) continue;
    if (option.name == "output" && (which.bit & for_frames) == 0) continue;
    if (!option.problem.empty()) throw usage_error(option.problem);
    keep(all, *entry, option.values, path + ": ");
  }
  bool const frames = (which.bit & for_frames) != 0;
  if (frames && !setup.inputs.empty() && !words.contains(argument)) all[argument] = setup.inputs;
  if (frames) notes = setup.notes;
  return all;
}

/// Options of a configuration file. Those of other commands are left out: one file may serve several.
given_options from_file(command const& which, std::string const& path) {
  std::ifstream file(path);
  if (!file) throw input_error("configuration file '" + path + "' cannot be read: is the name right?");
  std::optional<po::parsed_options> parsed;
  try {
    parsed.emplace(po::parse_config_file(file, po::options_description(), true));
  } catch (po::error const& e) {
    throw usage_error("configuration file '" + path + "': " + e.what() + "; write 'name = value'");
  }
  std::string const where = "configuration file '" + path + "': ";
  given_options all;
  for (auto const& option : parsed->options) {
    // Sections are for the reader's eye.
    std::string const name = option.string_key.substr(option.string_key.rfind('.') + 1);
    std::string const text = option.value.empty() ? "" : option.value[0];
    if (name == "input") {
      if (!which.arguments.empty()) all[argument].push_back(text);
      continue;
    }
    auto const* const entry = find_option(name, which.bit);
    if (entry == nullptr && find_option(name, for_all) != nullptr) continue;
    if (entry == nullptr || name == "config") throw usage_error(unknown(name, which, where));
    if (entry->flag() && split_value(*entry, text, where).empty() && text == "false") continue;
    keep(all, *entry, split_value(*entry, text, where), where);
  }
  return all;
}

given_options from_configuration(command const& which, std::string const& path, given_options const& words,
                                 std::vector<std::string>& notes) {
  std::error_code none;
  if (std::filesystem::is_directory(path, none))
    throw input_error("configuration file '" + path + "' is a folder: is the name right?");
  return is_pyfai_config(path) ? from_setup(which, path, words, notes) : from_file(which, path);
}

std::string joined(values const& all) {
  std::string text;
  for (auto const& one : all) text += (text.empty() ? "" : " ") + one;
  return text;
}

/// Sets what an option says, and names the option where its value is ill.
void apply(request& what, option_entry const& entry, values const& given) {
  try {
    entry.set(what, given);
  } catch (usage_error const& e) {
    std::string const name = "--" + std::string(entry.name);
    std::string const message = e.what();
    if (message.find(name) != std::string::npos) throw;
    throw usage_error("option " + usage_of(entry) + ": " + message);
  }
}

/// Each value of a repeatable option by itself.
void record(request& what, option_entry const& entry, values const& used) {
  if (entry.name == "config") return;
  if (entry.flag())
    what.job.options.emplace_back(entry.name, "true");
  else if (entry.repeatable)
    for (auto const& value : used) what.job.options.emplace_back(entry.name, value);
  else
    what.job.options.emplace_back(entry.name, joined(used));
}

void apply_all(request& what, command const& which, given_options const& given) {
  for (auto const& entry : option_table()) {
    if ((entry.commands & which.bit) == 0) continue;
    auto const found = given.find(entry.name);
    values used;
    if (found != given.end())
      used = found->second;
    else if (!entry.fallback.empty())
      used = entry.arity() == 1 ? values{std::string(entry.fallback)}
                                : split_value(entry, std::string(entry.fallback), "");
    else
      continue;
    apply(what, entry, used);
    record(what, entry, used);
  }
}

void take_argument(request& what, command const& which, given_options const& given) {
  auto const found = given.find(std::string_view(argument));
  std::size_t const count = found == given.end() ? 0 : found->second.size();
  std::string const name = "xrdct " + std::string(which.name);
  if (which.arguments.empty()) {
    if (count > 0) throw usage_error(name + " takes no '" + found->second[0] + "'; see " + name + " --help");
    return;
  }
  if (count == 0 && which.arguments.starts_with("[")) return;
  if (count == 0) throw usage_error(name + " needs a file: " + name + " " + std::string(which.arguments) + " ...");
  if (count > 1 && (which.bit & for_frames) == 0)
    throw usage_error(name + " takes one file, but got '" + found->second[0] + "' and '" + found->second[1] + "'");
  for (std::string const& text : found->second) {
    if (text.empty()) throw usage_error(name + ": the name of the file is empty");
    if (text.find("::") != std::string::npos && !what.job.input.dataset.empty())
      throw usage_error("the dataset is given twice: by '" + text + "' and by --dataset");
    what.job.options.emplace_back("input", text);
  }
  what.job.input.files = found->second;
  what.plot.file = found->second[0].substr(0, found->second[0].find("::"));
}

/// Made frames stand in for an input, and nothing else.
void check_bench(request const& what, given_options const& given) {
  bool const has_input = given.contains(std::string_view(argument));
  for (char const* name : {"detector", "type", "frames", "distinct", "ratio", "bright", "seed", "save"})
    if (has_input && given.contains(std::string_view(name)))
      throw usage_error("--" + std::string(name) + " is for made frames: use it without INPUT");
  for (char const* name : {"poni", "mask", "dataset", "source-path"})
    if (!has_input && given.contains(std::string_view(name)))
      throw usage_error("--" + std::string(name) + " needs INPUT: made frames have what belongs to them");
  if (given.contains(std::string_view("json")) && given.contains(std::string_view("output")))
    throw usage_error("--json and -o are the same: give one");
  if (what.job.geometry.ponis.size() > 1) throw usage_error("xrdct bench measures one detector: give one --poni");
}

/// A regular scan, or recorded positions.
void settle_grid(request& what, given_options const& given) {
  auto const has = [&](char const* name) { return given.contains(std::string_view(name)); };
  if (has("grid")) {
    if (has("rotation") || has("translation") || has("layer"))
      throw usage_error(
          "--grid stands for positions that are not recorded: use it without --rotation, --translation and --layer");
    what.job.scan.grid = what.grid;
  } else {
    for (char const* name : {"span", "fast", "order", "layers"})
      if (has(name)) throw usage_error("--" + std::string(name) + " needs --grid ROTATIONS TRANSLATIONS");
  }
}

/// What no single option can know.
void check_together(request& what, command const& which, given_options const& given) {
  auto const has = [&](char const* name) { return given.contains(std::string_view(name)); };
  bool const is_page = which.bit == for_plot && has("html");
  if (which.bit != for_bench && !is_page && find_option("output", which.bit) != nullptr &&
      (!has("output") || joined(given.at("output")).empty()))
    throw usage_error("say where the result goes: -o " + std::string(find_option("output", which.bit)->takes));
  if (which.bit == for_simulate) {
    what.simulation.grid = what.grid;
    if (has("detector") && (has("shape") || has("pixel")))
      throw usage_error("--detector fixes the pixels: use it without --shape and --pixel");
    for (char const* name : {"detector", "distance", "wavelength", "centre", "tilt"})
      if (has("poni") && has(name))
        throw usage_error("--poni fixes the geometry: use it without --" + std::string(name));
    return;
  }
  if (which.bit == for_bench)
    check_bench(what, given);
  else
    settle_grid(what, given);
  auto const& integration = what.job.geometry.integration;
  constexpr std::int64_t most_bins = 1 << 24;
  if (auto const sectors = integration.azimuth_bins.value_or(1); std::int64_t{sectors} * integration.bins > most_bins)
    throw usage_error("--azimuth-bins " + std::to_string(sectors) + " times --bins " +
                      std::to_string(integration.bins) + " are too many: at most " + std::to_string(most_bins) +
                      " are possible");
  settle_rejection(what, given);
  check_dependent(given);
  if (has("delta-dummy") && !what.job.input.dummy)
    throw usage_error("--delta-dummy needs a --dummy value that it is a distance from");
}

/// As a shell would read it back.
std::string quoted(std::string const& word) {
  bool const plain = !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("-_./=:,+@%^").find(c) != std::string_view::npos;
  });
  if (plain) return word;
  std::string text = "'";
  for (char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

}  // namespace

bool wants_help(std::vector<std::string> const& words) {
  for (auto const& word : words) {
    if (word == "--") return false;
    if (word == "--help" || word == "-h") return true;
  }
  return false;
}

request parse(command const& which, std::vector<std::string> const& words) {
  request what;
  given_options given = from_words(which, words);
  if (auto const config = given.find(std::string_view("config")); config != given.end())
    given.merge(from_configuration(which, config->second[0], given, what.notes));  // keeps what the command line says
  what.command = which.name;
  apply_all(what, which, given);
  take_argument(what, which, given);
  check_together(what, which, given);
  what.job.command_line = "xrdct " + what.command;
  for (auto const& word : words) what.job.command_line += " " + quoted(word);
  return what;
}

}  // namespace xrdct::app
