#include "xrdct/beamline/experiment.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/io/arrays.hpp"

#include <array>
#include <vector>

namespace xrdct {
namespace {

constexpr std::size_t longest = 1000;  // characters

/// "/1.1" of "/1.1/measurement/eiger": the group of the entry. "" where a dataset is at the top.
std::string entry_of(std::string dataset) {
  if (!dataset.starts_with('/')) dataset.insert(0, "/");
  auto const end = dataset.find('/', 1);
  return end == std::string::npos ? "" : dataset.substr(0, end);
}

// What may be told, each by the names that beamlines have for it.
using names = std::vector<std::string>;
std::array<names, 5> const told{{{"instrument/name", "instrument/beamline"},
                                 {"instrument/source/name", "source/name", "instrument/facility/name"},
                                 {"instrument/source/type", "source/type"},
                                 {"sample/name", "sample/sample_name", "sample/id"},
                                 {"start_time"}}};

}  // namespace

// The file is opened once for all of it.
experiment describe_experiment(frame_stack const& stack) try {
  if (stack.of_images() || stack.parts.empty() || entry_of(stack.parts.front().dataset).empty()) return {};
  auto const& part = stack.parts.front();
  names all;
  for (auto const& some : told)
    for (auto const& name : some) all.push_back(entry_of(part.dataset) + "/" + name);
  auto const texts = read_texts(part.file, all);
  std::array<std::string, told.size()> first;
  std::size_t i = 0;
  for (std::size_t what = 0; what < told.size(); ++what)
    for (std::size_t k = 0; k < told[what].size(); ++k, ++i)
      if (first[what].empty()) first[what] = texts[i].substr(0, longest);
  return {first[0], first[1], first[2], first[3], first[4]};
} catch (error const&) {  // what cannot be read is not said
  return {};
}

}  // namespace xrdct
