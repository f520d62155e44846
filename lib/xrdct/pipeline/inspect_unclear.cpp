#include "xrdct/pipeline/inspect_unclear.hpp"

#include "xrdct/beamline/path_pattern.hpp"
#include "xrdct/codec/image_reader.hpp"
#include "xrdct/io/find_stack.hpp"
#include "xrdct/io/hdf5_links.hpp"
#include "xrdct/io/input_files.hpp"

namespace xrdct {
namespace {

/// The file of an input, and the dataset in it that is asked for.
struct asked_input {
  std::string file;
  std::string dataset;
};

asked_input first_of(job const& what, std::string const& word) {
  auto const files = expand_input(word);
  return {files.files.empty() ? word : files.files[0], files.dataset.empty() ? what.input.dataset : files.dataset};
}

}  // namespace

bool names_what_is_not(job const& what) {
  hdf5::file_cache files;
  for (auto const& word : what.input.files) {
    auto const asked = first_of(what, word);
    if (!asked.dataset.starts_with('/') || is_pattern(asked.dataset) || is_image_file(asked.file)) continue;
    if (!hdf5::find_object(files, asked.file, asked.dataset)) return true;
  }
  return false;
}

void require_openable(job const& what) {
  for (auto const& word : what.input.files) {
    auto const asked = first_of(what, word);
    if (is_image_file(asked.file)) continue;
    hdf5::open_input(asked.file);
  }
}

std::vector<std::string> frame_candidates(job const& what) {
  std::vector<std::string> lines;
  auto const asked = first_of(what, what.input.files.front());
  if (is_image_file(asked.file)) return lines;
  constexpr std::size_t most = 40;
  auto const all = stack_candidates(asked.file);
  for (auto const& one : all) {
    if (lines.size() == most) {
      lines.push_back("and " + std::to_string(all.size() - most) + " more");
      break;
    }
    lines.push_back(one.path + " " + hdf5::text_of(one.extent));
  }
  return lines;
}

}  // namespace xrdct
