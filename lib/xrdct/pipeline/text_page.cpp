#include "xrdct/pipeline/text_page.hpp"

#include "xrdct/base/text.hpp"

#include <sstream>

namespace xrdct {
namespace {

constexpr std::size_t indent = 14;
constexpr std::size_t width = 100;

}  // namespace

void text_page::put(std::string const& about, std::string const& line) {
  if (gap_ && !text_.empty()) text_ += "\n";
  gap_ = false;
  std::string const name = about == last_ ? "" : about;
  last_ = about;
  std::string const space(name.size() < indent ? indent - name.size() : 1, ' ');
  text_ += name + (line.empty() ? "" : space + printable(line)) + "\n";
}

void text_page::add(std::string const& about, std::string const& text) {
  std::istringstream words(text);
  std::string line;
  bool first = true;
  for (std::string word; words >> word;) {
    if (!line.empty() && indent + line.size() + 1 + word.size() > width) {
      put(about, line);
      line = "  ";
      first = false;
    }
    line += (line.empty() || line == "  " ? "" : " ") + word;
  }
  if (first || line != "  ") put(about, line);
}

void text_page::add_lines(std::string const& about, std::string const& lines) {
  std::istringstream all(lines);
  for (std::string line; std::getline(all, line);) put(about, line);
}

void text_page::gap() {
  gap_ = true;
  last_.clear();
}

}  // namespace xrdct
