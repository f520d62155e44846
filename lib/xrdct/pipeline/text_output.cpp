#include "xrdct/pipeline/text_output.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/base/text.hpp"
#include "xrdct/comm/agreement.hpp"
#include "xrdct/comm/pattern_exchange.hpp"
#include "xrdct/geometry/radial_unit.hpp"
#include "xrdct/io/disk_space.hpp"
#include "xrdct/pipeline/sinogram.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string_view>

namespace xrdct {
namespace {

std::string ending_of(std::string const& name) { return lower(std::filesystem::path(name).extension().string()); }

bool has_sigma(job const& what) { return what.geometry.errors != error_model::none && ending_of(what.output) != ".xy"; }

[[noreturn]] void refuse(job const& what, std::string const& why) {
  throw usage_error("the output " + what.output + " is text, which holds one pattern: " + why +
                    "; give -o a name that ends in .h5");
}

/// With the fewest digits that are read back as the same number.
template <class T>
void append_number(std::string& text, T value) {
  std::array<char, 32> digits{};
  auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  text.append(digits.data(), end);
}

/// A '#' line; names of files and options may hold anything.
void append_remark(std::string& text, std::string_view remark) {
  text += "# ";
  for (char const c : remark) text += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  text += '\n';
}

struct entry {
  std::string key, line;
};

/// The lines "key: value" of a PONI file; of several with the same key the last, which holds.
std::vector<entry> poni_entries(std::string_view text) {
  std::vector<entry> all;
  while (!text.empty()) {
    auto const stop = text.find('\n');
    auto const line = trimmed(text.substr(0, stop));
    text = stop == text.npos ? std::string_view{} : text.substr(stop + 1);
    auto const colon = line.find(':');
    if (line.starts_with('#') || colon == line.npos) continue;
    auto key = lower(trimmed(line.substr(0, colon)));
    std::erase_if(all, [&](entry const& known) { return known.key == key; });
    all.push_back({std::move(key), std::string(line)});
  }
  return all;
}

std::string header_of(job const& what, measurement const& m, std::uint64_t frame) {
  std::string text;
  append_remark(text, "xrdct " XRDCT_VERSION);
  append_remark(text, "command: " + what.command_line);
  for (auto const& detector : m.detectors) {
    append_remark(text, "source: " + frame_name(detector.stack, frame));
    append_remark(text, "geometry:");
    for (auto const& one : poni_entries(detector.poni_text)) append_remark(text, "  " + one.line);
  }
  append_remark(text, "options:");
  for (auto const& [name, value] : what.options) append_remark(text, "  " + name + ": " + value);
  auto const unit = what.geometry.integration.unit;
  append_remark(text, "columns: " + std::string(axis_name(unit)) + " [" + std::string(nexus_unit(unit)) +
                          "], intensity" + (has_sigma(what) ? ", sigma (standard error of the intensity)" : ""));
  append_remark(text, std::string(name_of(unit)) + " intensity" + (has_sigma(what) ? " sigma" : ""));
  return text;
}

/// Sums [quantity][channel] of the frame; empty on ranks that did not reduce it.
std::vector<float> sums_of(std::uint64_t frame, communicator const& ranks, measurement const& m,
                           reduced_frames const& reduced) {
  auto const slice = m.slices[static_cast<std::size_t>(ranks.rank())];
  if (frame < slice.first || frame - slice.first >= slice.count) return {};
  auto const size = pattern_quantities * m.channels();
  auto const row = reduced.patterns->mine().subspan((frame - slice.first) * size, size);
  return {row.begin(), row.end()};
}

void append_pattern(std::string& text, std::vector<double> const& radial, std::vector<float> const& sums, bool sigma) {
  auto const channels = radial.size();
  for (std::size_t c = 0; c < channels; ++c) {
    auto const value = mean_of(sums[c], sums[channels + c], sums[2 * channels + c], sums[3 * channels + c]);
    append_number(text, radial[c]);
    text += ' ';
    append_number(text, value.intensity);
    if (sigma) {
      text += ' ';
      append_number(text, value.error);
    }
    text += '\n';
  }
}

[[noreturn]] void fail(std::string const& path, int error) {
  throw runtime_failure("cannot write the output " + path + ": " +
                        std::strerror(error) +  // NOLINT(concurrency-mt-unsafe)
                        disk_space_hint(path));
}

/// Into a file that is there; it stays the same file.
void overwrite(std::string const& path, std::string const& text) {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "we"), std::fclose);
  if (!file) fail(path, errno);
  if (std::fwrite(text.data(), 1, text.size(), file.get()) != text.size() || std::fflush(file.get()) != 0)
    fail(path, errno);
  if (std::fclose(file.release()) != 0) fail(path, errno);
}

}  // namespace

bool is_text_output(std::string const& name) {
  auto const ending = ending_of(name);
  return ending == ".dat" || ending == ".txt" || ending == ".xy" || ending == ".xye";
}

void check_text_output(job const& what, measurement const& m) {
  auto const usable = static_cast<std::uint64_t>(std::count(m.status.begin(), m.status.end(), frame_status::ok));
  if (usable > 1 && !what.run.skip_bad_frames)
    refuse(what, m.stack().name + " has " + std::to_string(usable) + " frames");
  if (m.channels() != m.radial.size()) refuse(what, "azimuthal sectors make several");
  if (ending_of(what.output) == ".xye" && what.geometry.errors == error_model::none)
    throw usage_error("the output " + what.output +
                      " holds errors, but --error-model is none; give -o a name that ends in .xy");
}

void write_text(output_file const& output, job const& what, communicator const& ranks, measurement const& m,
                reduced_frames const& reduced) {
  auto const& status = reduced.records.status;
  auto const good = std::count(status.begin(), status.end(), frame_status::ok);
  auto const frame =
      static_cast<std::uint64_t>(std::find(status.begin(), status.end(), frame_status::ok) - status.begin());
  together(ranks, [&] {
    if (good != 1) refuse(what, m.stack().name + " has " + std::to_string(good) + " good frames");
  });
  auto const parts = ranks.collect(sums_of(frame, ranks, m, reduced));
  together(ranks, [&] {
    if (!ranks.root()) return;
    auto const whole = std::find_if(parts.begin(), parts.end(), [](auto const& part) { return !part.empty(); });
    auto text = header_of(what, m, frame);
    append_pattern(text, m.radial, *whole, has_sigma(what));
    overwrite(output.unfinished(), text);
  });
}

}  // namespace xrdct
