#include "xrdct/io/dataset_cache.hpp"

#include "xrdct/base/error.hpp"

#include <algorithm>

namespace xrdct::hdf5 {

frame_dataset* dataset_cache::get(std::string const& file, std::string const& path) {
  auto const at =
      std::find_if(entries_.begin(), entries_.end(), [&](entry const& e) { return e.file == file && e.path == path; });
  if (at != entries_.end()) {
    entries_.splice(entries_.begin(), entries_, at);
    return entries_.front().dataset.get();
  }
  if (entries_.size() == most) entries_.pop_back();
  std::unique_ptr<frame_dataset> opened;
  try {
    auto const object = find_object(files_, file, path);
    if (object) opened = std::make_unique<frame_dataset>(object.file, object.path);
  } catch (input_error const&) {  // the frames that want it are unreadable, which their status says
  }
  entries_.push_front({file, path, std::move(opened)});
  return entries_.front().dataset.get();
}

}  // namespace xrdct::hdf5
