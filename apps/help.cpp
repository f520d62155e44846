#include "apps/help.hpp"

#include "apps/option_table.hpp"

#include <array>
#include <sstream>

namespace xrdct::app {
namespace {

constexpr std::size_t line_width = 96;
constexpr std::size_t option_width = 34;

/// Words in lines that begin at column `indent`; the first line is there already, up to column `at`.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t at) {
  std::istringstream words{std::string(text)};
  std::string out;
  bool fresh = true;
  for (std::string word; words >> word;) {
    if (!fresh && at + 1 + word.size() > line_width) {
      out.append("\n").append(indent, ' ');
      at = indent;
      fresh = true;
    }
    out += (fresh ? "" : " ") + word;
    at += word.size() + (fresh ? 0 : 1);
    fresh = false;
  }
  return out + "\n";
}

/// Two columns: a name, and what there is to say about it.
std::string entry_text(std::string const& name, std::string_view about) {
  std::string line = "  " + name;
  if (line.size() + 2 > option_width)
    line.append("\n").append(option_width, ' ');
  else
    line.resize(option_width, ' ');
  return line + wrapped(about, option_width, option_width);
}

std::string option_text(option_entry const& entry) {
  std::string name(entry.name == "output" ? "-o, --" : "--");
  name.append(entry.name);
  if (!entry.flag()) name.append(" ").append(entry.takes);
  std::string about(entry.help);
  if (!entry.fallback.empty()) about.append(" (").append(entry.fallback).append(")");
  return entry_text(name, about);
}

std::string group_text(option_group group, command const& which) {
  std::string text;
  for (auto const& entry : option_table())
    if (entry.group == group && (entry.commands & which.bit) != 0) text += option_text(entry);
  if (group == option_group::general) text += entry_text("-h, --help", "Show this.");
  if (text.empty()) return text;
  return std::string("\n").append(title_of(group)).append(":\n").append(text);
}

/// Ends with a space.
std::string words_on_input(command const& which) {
  std::string text =
      "INPUT is an HDF5 file, FILE::/dataset, or an image file (CBF, EDF, TIFF, NumPy; plain, or compressed by gzip or "
      "bzip2). A series of files is 'scan_*.cbf' (in the order of their numbers), 'scan_%05d.cbf' or "
      "'scan_%05d.cbf:1-5000' (holes are missing frames), @list (a text file of one name a line), or several names, "
      "one after the other. ";
  if (which.bit == for_bench) return text + "One detector is measured. ";
  return text +
         "Several INPUT with a --poni each are detectors, or positions of one, that saw the same scan: their patterns "
         "are added up as pyFAI's MultiGeometry does it; scatter and outliers are judged in each by itself. ";
}

}  // namespace

std::string help_text() {
  std::string text = "Usage: xrdct COMMAND [OPTION...] [FILE]\n\n";
  text += wrapped(
      "X-ray diffraction computed tomography: from raw detector frames to a tomogram with a diffraction "
      "pattern in every voxel, on a laptop or, under mpirun or srun, on a cluster.",
      0, 0);
  text += "\nCommands:\n";
  for (auto const* which : all_commands()) {
    std::string name("  ");
    name.append(which->name);
    name.resize(16, ' ');
    text += name + std::string(which->summary) + "\n";
  }
  text +=
      "\n'xrdct COMMAND --help' tells all about one; 'xrdct --version' which program this is. 'xrdct --man [COMMAND]' "
      "prints\na manual page, 'xrdct --completion bash' what lets a shell complete commands and options.\n";
  text +=
      "\nExamples:\n"
      "  xrdct simulate -o demo\n"
      "  xrdct reconstruct demo/scan.h5 --poni demo/geometry.poni --mask demo/mask.edf \\\n"
      "      --rotation /1.1/measurement/rot --translation /1.1/measurement/dty -o demo/result.h5\n"
      "  xrdct plot demo/result.h5 -o demo/result.png\n";
  text += "\nExit codes: 0 done; 1 failed while running; 2 wrong usage; 3 bad input.\n";
  return text;
}

std::string help_text(command const& which) {
  std::string text = "Usage: xrdct " + std::string(which.name) + " [OPTION...]";
  if (!which.arguments.empty()) text.append(" ").append(which.arguments);
  text.append("\n\n").append(wrapped(which.about, 0, 0));
  if (which.arguments.find("INPUT...") != std::string_view::npos)
    text += "\n" + wrapped(words_on_input(which) + "A default stands in parentheses.", 0, 0);
  else
    text += "\nA default stands in parentheses.\n";
  using enum option_group;
  for (auto group : {input, geometry, sample, scan, tomogram, bench, image, run, output, general})
    text += group_text(group, which);
  return text.append("\nExamples:\n").append(which.examples);
}

std::string version_text() { return std::string("xrdct ") + XRDCT_VERSION + "\n"; }

}  // namespace xrdct::app
