#include "apps/man_page.hpp"

#include "apps/help.hpp"
#include "apps/option_table.hpp"

#include <sstream>

namespace xrdct::app {
namespace {

/// Text in which nothing is a request, an escape or a hyphen.
std::string plain(std::string_view text) {
  std::string out;
  bool at_begin = true;
  for (char const c : text) {
    if (at_begin && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
    at_begin = c == '\n';
  }
  return out;
}

std::string section(std::string_view title) { return std::string(".SH ").append(title).append("\n"); }

std::string head(std::string const& name, std::string_view summary) {
  std::string upper = name;
  for (auto& c : upper)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  auto const version = version_text();
  return ".TH " + plain(upper) + " 1 \"\" \"" + plain(version.substr(0, version.size() - 1)) + "\" \"xrdct\"\n" +
         section("NAME") + plain(name) + " \\- " + plain(summary) + "\n";
}

std::string option_paragraph(option_entry const& entry) {
  std::string name = entry.name == "output" ? "\\fB\\-o\\fR, " : "";
  name += "\\fB" + plain("--" + std::string(entry.name)) + "\\fR";
  if (!entry.flag()) name += " \\fI" + plain(entry.takes) + "\\fR";
  std::string about = plain(entry.help);
  if (!entry.fallback.empty()) about += " (" + plain(entry.fallback) + ")";
  return ".TP\n" + name + "\n" + about + "\n";
}

std::string options_of(command const& which) {
  std::string text = section("OPTIONS") + "A default stands in parentheses.\n";
  using enum option_group;
  for (auto const group : {input, geometry, sample, scan, tomogram, bench, image, run, output, general}) {
    std::string paragraphs;
    for (auto const& entry : option_table())
      if (entry.group == group && (entry.commands & which.bit) != 0) paragraphs += option_paragraph(entry);
    if (!paragraphs.empty()) text.append(".SS ").append(title_of(group)).append("\n").append(paragraphs);
  }
  return text;
}

std::string literal(std::string_view lines) { return ".nf\n" + plain(lines) + ".fi\n"; }

std::string exit_codes() {
  return section("EXIT STATUS") +
         "0 done; 1 failed while running; 2 wrong usage; 3 bad input; 75 stopped by a signal, to be resumed.\n";
}

std::string pages_of_commands(std::string_view but) {
  std::string text = section("SEE ALSO") + (but.empty() ? "" : ".BR xrdct (1)");
  for (auto const* other : all_commands()) {
    if (other->name == but) continue;
    if (text.back() == ')') text += ",\n";
    text += ".BR " + plain("xrdct-" + std::string(other->name)) + " (1)";
  }
  return text + "\n";
}

}  // namespace

std::string man_page() {
  auto text = head("xrdct", "X-ray diffraction computed tomography");
  text += section("SYNOPSIS") + ".B xrdct\n.I COMMAND\n[\\fIOPTION\\fR...] [\\fIFILE\\fR]\n";
  text += section("DESCRIPTION") +
          "From raw detector frames to a tomogram with a diffraction pattern in every voxel, on a laptop or, under "
          "mpirun or srun, on a cluster.\n" +
          section("COMMANDS");
  for (auto const* which : all_commands())
    text += ".TP\n.B " + plain(which->name) + "\n" + plain(which->summary) + "\n";
  return text + exit_codes() + pages_of_commands("");
}

std::string man_page(command const& which) {
  std::string const name = "xrdct-" + std::string(which.name);
  auto text = head(name, which.summary);
  text += section("SYNOPSIS") + ".B " + plain("xrdct " + std::string(which.name)) + "\n[\\fIOPTION\\fR...]";
  if (!which.arguments.empty()) text += " \\fI" + plain(which.arguments) + "\\fR";
  text += "\n" + section("DESCRIPTION") + plain(which.about) + "\n";
  text += options_of(which) + section("EXAMPLES") + literal(which.examples);
  return text + exit_codes() + pages_of_commands(which.name);
}

}  // namespace xrdct::app
