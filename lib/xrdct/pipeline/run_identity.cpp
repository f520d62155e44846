#include "xrdct/pipeline/run_identity.hpp"

#include "xrdct/base/checksum.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>
#include <span>
#include <sstream>

namespace xrdct {
namespace {

/// Options that change no number of a pattern, or as another device does.
constexpr std::array<std::string_view, 19> other_options{
    "backend",   "instruction-set", "threads", "batch",         "readers",    "reading", "schedule",
    "gather",    "checkpoint",      "resume",  "progress",      "bad-frames", "output",  "log-file",
    "log-level", "overwrite",       "config",  "shared-memory", "compression"};

std::string hexadecimal(std::uint64_t number) {
  std::array<char, 20> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(number));
  return text.data();
}

template <class T>
std::string sum_of(std::vector<T> const& values) {
  return values.empty() ? "none" : hexadecimal(checksum(std::as_bytes(std::span(values))));
}

std::string sum_of(std::string const& text) { return hexadecimal(checksum(std::as_bytes(std::span(text)))); }

/// Size and time of the last change.
std::string state_of(std::string const& file) {
  struct stat about {};
  if (::stat(file.c_str(), &about) != 0) return "absent";
  return std::to_string(about.st_size) + " bytes of " + std::to_string(about.st_mtim.tv_sec) + "." +
         std::to_string(about.st_mtim.tv_nsec);
}

/// A name or a value in one line, without what parts them.
std::string in_one_line(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return text;
}

bool is_option(std::string const& name) { return name.starts_with("--") || name == "INPUT"; }

}  // namespace

run_identity::run_identity(job const& what, measurement const& m) {
  add("the version of xrdct", XRDCT_VERSION);
  add_options(what);
  for (std::size_t i = 0; i < m.detectors.size(); ++i)
    add_input(m.detectors[i], m.detectors.size() == 1 ? "" : " of input " + std::to_string(i + 1));
  add("the norm of the frames", sum_of(m.frame_norm));
  add("the list of missing or excluded frames", sum_of(m.status));
  add("the list of positions", sum_of(m.scan.entry));
  add("the bins", std::to_string(m.bins().channels) + " x " + std::to_string(m.bins().parts()));
}

run_identity::run_identity(job const& what, std::string const& file) {
  add("the version of xrdct", XRDCT_VERSION);
  add_options(what);
  add("the file " + in_one_line(file), state_of(file));
}

void run_identity::add_options(job const& what) {
  for (std::size_t i = 0; i < what.options.size(); ++i) {
    auto const& [name, value] = what.options[i];
    if (std::ranges::find(other_options, name) != other_options.end()) continue;
    auto const word = name == "input" ? "INPUT" : "--" + name;
    bool const another = !items_.empty() && items_.back().first == word;
    if (another)
      items_.back().second += " " + in_one_line(value);
    else
      add(word, in_one_line(value));
  }
  auto const& absorption = what.tomogram.sample_absorption;
  if (!absorption.empty()) add("the absorption of the sample", state_of(absorption.substr(0, absorption.find("::"))));
}

void run_identity::add_input(detector_input const& input, std::string const& which) {
  auto const& stack = input.stack;
  add("the number of frames" + which, std::to_string(stack.frames));
  add("the shape of frames" + which, std::to_string(stack.format.rows) + " x " + std::to_string(stack.format.columns) +
                                         " " + std::string(name_of(stack.format.type)));
  add("the list of sizes of frames as stored" + which, sum_of(stack.stored_bytes));
  std::set<std::string> files;
  for (auto const& segment : stack.segments)
    if (!segment.image) files.insert(segment.file);
  constexpr std::size_t most_named = 64;  // more are told apart by one checksum, as every shard holds this text
  std::string all;
  for (auto const& file : files)
    if (files.size() <= most_named)
      add("the file " + in_one_line(file), state_of(file));
    else
      all += file + state_of(file);
  if (!all.empty()) add("the list of files of frames" + which, sum_of(all));
  add("the geometry" + which, sum_of(input.poni_text));
  add("the mask" + which, sum_of(input.pixels.mask));
  add("the dark image" + which, sum_of(input.pixels.dark));
  add("the image of flat field and other factors" + which, sum_of(input.pixels.norm));
  add("the image of variances" + which, sum_of(input.pixels.variance));
}

run_identity run_identity::parse(std::string_view text) {
  run_identity made;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    auto const tab = line.find('\t');
    if (tab != std::string::npos) made.add(line.substr(0, tab), line.substr(tab + 1));
  }
  return made;
}

std::string run_identity::text() const {
  std::string all;
  for (auto const& [name, value] : items_) all.append(name).append("\t").append(value).append("\n");
  return all;
}

std::uint64_t run_identity::id() const {
  auto const all = text();
  return checksum(std::as_bytes(std::span(all)));
}

std::string const* run_identity::find(std::string const& name) const {
  auto const found = std::ranges::find(items_, name, &std::pair<std::string, std::string>::first);
  return found == items_.end() ? nullptr : &found->second;
}

std::string run_identity::difference_from(run_identity const& before) const {
  constexpr std::size_t most_told = 3;
  std::vector<std::string> told;
  for (auto const& [name, value] : items_) {
    auto const* const was = before.find(name);
    if (was != nullptr && *was == value) continue;
    if (!is_option(name))
      told.push_back(name + (was == nullptr ? " is new" : " has changed"));
    else
      told.push_back(name + " is " + value + ", but was " + (was == nullptr ? "not given" : *was));
  }
  for (auto const& [name, value] : before.items_)
    if (find(name) == nullptr)
      told.push_back(is_option(name) ? name + " is not given, but was " + value : name + " is no longer there");
  std::string text;
  for (std::size_t i = 0; i < std::min(told.size(), most_told); ++i) text += (i == 0 ? "" : "; ") + told[i];
  if (told.size() > most_told) text += "; and " + std::to_string(told.size() - most_told) + " more";
  return text;
}

}  // namespace xrdct
