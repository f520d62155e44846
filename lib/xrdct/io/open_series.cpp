#include "xrdct/base/error.hpp"
#include "xrdct/base/text.hpp"
#include "xrdct/codec/image_reader.hpp"
#include "xrdct/io/hdf5.hpp"
#include "xrdct/io/image_stack.hpp"
#include "xrdct/io/input_files.hpp"

#include <filesystem>
#include <optional>

namespace xrdct {
namespace {

std::string ending_of(std::string const& name) { return lower(std::filesystem::path(name).extension().string()); }

/// The first that is there; the first of all where none is.
std::string first_present(file_list const& files) {
  std::error_code none;
  for (std::uint64_t i = 0; i < files.size(); ++i)
    if (auto name = files[i]; std::filesystem::exists(name, none)) return name;
  return files[0];
}

/// That what may have holes is not all holes.
void require_some(input_files const& word) {
  std::error_code none;
  auto const first = first_present(word.files);
  if (first.find("::") != first.npos || std::filesystem::exists(first, none)) return;
  throw input_error("'" + word.name + "': none of its " + std::to_string(word.files.size()) +
                    " files exists, as for instance '" + first + "'");
}

/// Collects words; image files that follow one another become one stack.
class series_opener {
 public:
  series_opener(std::string const& dataset, bool verify, dataset_finder const& find)
      : dataset_(dataset), verify_(verify), find_(find) {}

  void add(input_files const& word) {
    auto const dataset = word.dataset.empty() ? dataset_ : word.dataset;
    if (word.may_have_holes) require_some(word);
    if (dataset.empty() && are_images(word)) return add_images(word);
    finish_images();
    for (std::uint64_t i = 0; i < word.files.size(); ++i) add_hdf5(word, word.files[i], dataset);
  }

  frame_stack finish() {
    finish_images();
    return stacks_.size() == 1 ? std::move(stacks_.front()) : concatenate(std::move(stacks_));
  }

 private:
  bool are_images(input_files const& word) const {
    auto const name = first_present(word.files);
    if (!images_.empty() && ending_of(name) == ending_) return true;
    return is_image_file(name);
  }

  void add_images(input_files const& word) {
    if (images_.empty()) name_ = word.name;
    ending_ = ending_of(first_present(word.files));
    images_.append(word.files);
    ++words_;
  }

  void finish_images() {
    if (images_.empty()) return;
    if (words_ > 1) name_ += " and " + std::to_string(words_ - 1) + " more";
    stacks_.push_back(open_image_stack(images_, name_, verify_));
    images_ = {};
    words_ = 0;
  }

  void add_hdf5(input_files const& word, std::string const& line, std::string const& dataset) {
    std::error_code none;
    auto const colons = line.find("::");
    bool const own = colons != line.npos && !std::filesystem::exists(line, none);
    auto const file = own ? line.substr(0, colons) : line;
    if (word.files.size() > 1 && !std::filesystem::exists(file, none))
      throw input_error("'" + word.name + "': there is no file '" + file +
                        "'; how many frames it would have is not known, so leave it out");
    auto const asked = own ? line.substr(colons + 2) : dataset;
    if (!find_ || hdf5::try_open(file).is != hdf5::input_file::state::open) {
      stacks_.push_back(open_frames(file, asked, verify_));
      return;
    }
    for (auto& stack : open_stacks(file, find_(file, asked))) stacks_.push_back(std::move(stack));
  }

  std::string const& dataset_;
  bool verify_;
  dataset_finder const& find_;
  std::vector<frame_stack> stacks_;
  file_list images_;
  std::string name_, ending_;  // of images_
  std::uint64_t words_ = 0;    // of images_
};

}  // namespace

frame_stack open_series(std::vector<std::string> const& words, std::string const& dataset, bool verify,
                        dataset_finder const& find) {
  series_opener opener(dataset, verify, find);
  for (auto const& word : words) opener.add(expand_input(word));
  return opener.finish();
}

}  // namespace xrdct
