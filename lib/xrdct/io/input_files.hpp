#pragma once
/// \file What INPUT words stand for: files, and series of files.

#include "xrdct/io/file_list.hpp"
#include "xrdct/io/frame_stack.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace xrdct {

/// The files of one word, in the order of their frames.
struct input_files {
  std::string name;     ///< the word
  std::string dataset;  ///< behind "::"; empty where none is given
  file_list files;      ///< at least one
  /// Whether one of them may be absent: its frames are missing then, and no mistake.
  bool may_have_holes = false;
};

/// A word is one of these, perhaps with "::/dataset" behind it:
/// - a name: that file, whatever letters are in it, if it exists;
/// - "@LIST": the files that a text file names, one a line; '#' begins a comment (at the beginning of a line, or after
///   a blank); names are relative to the list's folder;
/// - a template with one number as printf writes it, in the file's name: "scan_%05d.cbf", all from the least to the
///   greatest number that exists, or "scan_%05d.cbf:1-5000" those of the range; absent ones are holes;
/// - a pattern of the shell's ("*", "?", "[…]"): the files that match, those with smaller numbers first.
/// A name that is none of these is returned as it is. Throws input_error where nothing is found.
input_files expand_input(std::string const& word);

/// Names the datasets of an HDF5 file that are its frames, one after the other. `dataset`: as a user gave it, perhaps
/// "".
using dataset_finder = std::function<std::vector<std::string>(std::string const& file, std::string const& dataset)>;

/// The frames of all words, one word after the other: of HDF5 files (those that `find` names; without it those of
/// `dataset` where it is not empty and the word does not say one) and image files, of which those of one word, or with
/// the same ending one after the other, are taken to be of one kind. Throws input_error.
frame_stack open_series(std::vector<std::string> const& words, std::string const& dataset, bool verify,
                        dataset_finder const& find = {});

/// Whether a comes before b where numbers count by their values: "frame_9" before "frame_10".
bool natural_less(std::string_view a, std::string_view b);

}  // namespace xrdct
