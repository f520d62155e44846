#include "xrdct/beamline/experiment.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/io/arrays.hpp"

#include <initializer_list>

namespace xrdct {
namespace {

/// "/1.1" of "/1.1/measurement/eiger": the group of the entry. "" where a dataset is at the top.
std::string entry_of(std::string dataset) {
  if (!dataset.starts_with('/')) dataset.insert(0, "/");
  auto const end = dataset.find('/', 1);
  return end == std::string::npos ? "" : dataset.substr(0, end);
}

/// The first of these that there is. What cannot be read is not said.
std::string first_text(stack_part const& part, std::initializer_list<char const*> names) {
  constexpr std::size_t longest = 1000;
  for (char const* name : names) try {
      auto text = read_text(part.file, entry_of(part.dataset) + "/" + name);
      if (!text.empty()) return text.substr(0, longest);
    } catch (error const&) {
    }
  return {};
}

}  // namespace

experiment describe_experiment(frame_stack const& stack) {
  if (stack.of_images() || stack.parts.empty() || entry_of(stack.parts.front().dataset).empty()) return {};
  auto const& part = stack.parts.front();
  return {first_text(part, {"instrument/name", "instrument/beamline"}),
          first_text(part, {"instrument/source/name", "source/name", "instrument/facility/name"}),
          first_text(part, {"instrument/source/type", "source/type"}),
          first_text(part, {"sample/name", "sample/sample_name", "sample/id"}), first_text(part, {"start_time"})};
}

}  // namespace xrdct
