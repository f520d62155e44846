#pragma once
/// \file Numbers that go with frames (positions, monitors) and images, from HDF5 or other files.

#include "xrdct/codec/image.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace xrdct {

/// One number a frame, with the unit its file gives ("" where none).
struct number_list {
  std::vector<double> values;
  std::string unit;
  std::string source;  ///< "FILE::/dataset" or the text file, as messages say it
};

/// `what` is a dataset in `file` ("/1.1/measurement/rot"), "FILE::/dataset", or a text file of one number a line (or
/// white space between; '#' comments). Any numeric type. Throws input_error.
number_list read_numbers(std::string const& what, std::string const& file);

/// All numbers of a dataset of any extent, row by row. Throws input_error.
std::vector<double> read_all_numbers(std::string const& file, std::string const& dataset);

/// An image file, or "FILE::/dataset" of a two-dimensional (or [1][rows][columns]) dataset in HDF5. Throws input_error.
image read_image(std::string const& what);

/// Splits "FILE::/dataset"; the second part is empty where there is none.
std::pair<std::string, std::string> split_file_dataset(std::string const& what);

/// The extent of a dataset, and a block of it as float32. Throws input_error.
std::vector<std::uint64_t> dataset_shape(std::string const& file, std::string const& dataset);
bool dataset_exists(std::string const& file, std::string const& dataset);
void read_block(std::string const& file, std::string const& dataset, std::span<std::uint64_t const> first,
                std::span<std::uint64_t const> count, std::span<float> into);
/// A text attribute or text dataset; "" where absent.
std::string read_text(std::string const& file, std::string const& dataset);
/// Text datasets of a file that is opened once; "" for those that are absent or cannot be read. Throws input_error
/// where the file does.
std::vector<std::string> read_texts(std::string const& file, std::span<std::string const> datasets);
std::string read_text_attribute(std::string const& file, std::string const& object, std::string const& attribute);

}  // namespace xrdct
