#pragma once
/// \file What inspect shows, in lines that are not broken.

#include "xrdct/pipeline/inspection.hpp"

#include <string>

namespace xrdct {

inline std::string inspect(job const& what) {
  auto text = text_of(look_into(what, communicator()));
  std::string const broken = "\n" + std::string(16, ' ');
  for (auto at = text.find(broken); at != std::string::npos; at = text.find(broken, at))
    text.replace(at, broken.size(), " ");
  return text;
}

}  // namespace xrdct
