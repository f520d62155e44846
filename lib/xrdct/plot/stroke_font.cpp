#include "xrdct/plot/stroke_font.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace xrdct {
namespace {

// A glyph is a few paths, separated by spaces; a path is a chain of points; a point is two digits: columns from the
// left, and rows upwards. The base line is row 2, capitals end at row 8, small letters at row 6.
constexpr int base_row = 2;
constexpr double capital_rows = 6;
constexpr double gap_columns = 1.7;
constexpr double blank_columns = 2.6;

struct glyph {
  char sign;
  std::string_view paths;
};

constexpr glyph glyphs[] = {
    {'0', "120307183847433212"},
    {'1', "062822"},
    {'2', "07183847460242"},
    {'3', "0718384746354443321203 1535"},
    {'4', "32380444"},
    {'5', "480805354443321203"},
    {'6', "473818070312324344351504"},
    {'7', "084812"},
    {'8', "150607183847463515040312324344 3544"},
    {'9', "031232434738180706153546"},
    {'A', "022842 1535"},
    {'B', "02083847463505 3544433202"},
    {'C', "4738180703123243"},
    {'D', "02082846442202"},
    {'E', "48080242 0535"},
    {'F', "480802 0535"},
    {'G', "47381807031232434525"},
    {'H', "0802 4842 0545"},
    {'I', "0828 1812 0222"},
    {'J', "3833221203"},
    {'K', "0802 4804 2642"},
    {'L', "080242"},
    {'M', "0208254842"},
    {'N', "02084248"},
    {'O', "120307183847433212"},
    {'P', "02083847453404"},
    {'Q', "120307183847433212 2442"},
    {'R', "02083847453404 2442"},
    {'S', "473818070615354443321203"},
    {'T', "0848 2822"},
    {'U', "080312324348"},
    {'V', "082248"},
    {'W', "0812253248"},
    {'X', "0842 4802"},
    {'Y', "082548 2522"},
    {'Z', "08480242"},
    {'a', "4642 4536160503123243"},
    {'b', "0802 0516364543321203"},
    {'c', "4536160503123243"},
    {'d', "4842 4536160503123243"},
    {'e', "04444536160503123243"},
    {'f', "38281712 0636"},
    {'g', "4641301001 4536160503123243"},
    {'h', "0802 0516364542"},
    {'i', "0602 0808"},
    {'j', "161100 1818"},
    {'k', "0802 4604 2542"},
    {'l', "0802"},
    {'m', "0602 0516263532 3546566562"},
    {'n', "0602 0516364542"},
    {'o', "120305163645433212"},
    {'p', "0600 0516364543321203"},
    {'q', "4640 4536160503123243"},
    {'r', "0602 051636"},
    {'s', "45361605143443321203"},
    {'t', "18132232 0636"},
    {'u', "060312324346 4642"},
    {'v', "062246"},
    {'w', "0612354266 "},
    {'x', "0642 4602"},
    {'y', "0622 4610"},
    {'z', "06460242"},
    {'.', "0202"},
    {',', "0301"},
    {':', "0202 0505"},
    {';', "0505 0301"},
    {'-', "0535"},
    {'+', "0545 2723"},
    {'/', "0149"},
    {'(', "19070311"},
    {')', "09171301"},
    {'[', "19090111"},
    {']', "09191101"},
    {'=', "0646 0444"},
    {'^', "062846"},
    {'_', "0141"},
    {'\'', "0806"},
    {'<', "460543"},
    {'>', "064503"},
    {'|', "0901"},
    {'%', "0248 0717 3343"},
    {'*', "0444 0642"},
    {'~', "0415253445"},
    {'!', "0804 0202"},
    {'\1', "120307183847433212 0545"},
    {'\2', "0545 2723 0242"},
};

std::string_view paths_of(char sign) {
  for (auto const& g : glyphs)
    if (g.sign == sign) return g.paths;
  return {};
}

int columns_of(std::string_view paths) {
  int most = 0;
  for (std::size_t i = 0; i + 1 < paths.size(); i += paths[i] == ' ' ? 1 : 2)
    if (paths[i] != ' ') most = std::max(most, paths[i] - '0');
  return most;
}

double advance(char sign) {
  auto const paths = paths_of(sign);
  return (paths.empty() ? blank_columns : columns_of(paths)) + gap_columns;
}

}  // namespace

double text_width(std::string_view text, double size) {
  double columns = 0;
  for (char sign : text) columns += advance(sign);
  return text.empty() ? 0 : (columns - gap_columns) * size / capital_rows;
}

void write_text(canvas& onto, point where, std::string_view text, text_style const& style) {
  double const unit = style.size / capital_rows;
  double const width = text_width(text, style.size);
  double at = style.at == anchor::left ? 0 : style.at == anchor::centre ? -width / 2 : -width;
  std::vector<std::vector<point>> figure;
  for (char sign : text) {
    auto const paths = paths_of(sign);
    bool fresh = true;
    for (std::size_t i = 0; i + 1 < paths.size();) {
      if (paths[i] == ' ') {
        fresh = true;
        ++i;
        continue;
      }
      if (fresh) figure.emplace_back();
      fresh = false;
      double const along = at + (paths[i] - '0') * unit;
      double const above = (paths[i + 1] - '0' - base_row) * unit;
      figure.back().push_back(style.upwards ? point{where.x - above, where.y - along}
                                            : point{where.x + along, where.y - above});
      i += 2;
    }
    at += advance(sign) * unit;
  }
  if (!figure.empty()) onto.stroke(figure, style.thickness, style.ink);
}

}  // namespace xrdct
