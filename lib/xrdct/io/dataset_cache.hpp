#pragma once
/// \file Datasets of frames that were used lately.

#include "xrdct/io/frame_dataset.hpp"
#include "xrdct/io/hdf5_links.hpp"

#include <list>
#include <memory>
#include <string>

namespace xrdct::hdf5 {

/// Keeps a bounded number of datasets open; remembers also which ones could not be opened.
class dataset_cache {
 public:
  /// Null where the dataset cannot be opened. Valid until 31 others have been asked for. Does not throw on account of
  /// files.
  frame_dataset* get(std::string const& file, std::string const& path);

 private:
  struct entry {
    std::string file, path;
    std::unique_ptr<frame_dataset> dataset;
  };
  static constexpr std::size_t most = 32;
  file_cache files_;
  std::list<entry> entries_;  // latest first
};

}  // namespace xrdct::hdf5
