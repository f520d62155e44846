#pragma once
/// \file Text in two columns: what it is about, and what is to be said.

#include <string>

namespace xrdct {

/// Lines of at most about a hundred letters, broken between words; what is said twice about the same has its name once.
/// Whatever stands for a terminal's control is shown as '?'.
class text_page {
 public:
  void add(std::string const& about, std::string const& text);
  /// Lines as they are, indented as texts are.
  void add_lines(std::string const& about, std::string const& lines);
  /// An empty line before what comes next, if anything does.
  void gap();

  std::string const& text() const { return text_; }

 private:
  void put(std::string const& about, std::string const& line);

  std::string text_;
  std::string last_;
  bool gap_ = false;
};

}  // namespace xrdct
