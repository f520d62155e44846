#include "xrdct/io/hdf5_text.hpp"

#include <algorithm>

namespace xrdct::hdf5 {
namespace {

/// Text of fixed or of varying length; `read` reads into what it is given, with a type. "" for anything but one text.
template <class Read>
std::string text_value(hid_t type, hid_t space, Read read) {
  constexpr std::size_t most = std::size_t(1) << 26;
  if (H5Tget_class(type) != H5T_STRING || H5Sget_simple_extent_npoints(space) != 1) return "";
  if (H5Tis_variable_str(type) > 0) {
    handle const memory(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(memory.id(), H5T_VARIABLE);
    H5Tset_cset(memory.id(), H5Tget_cset(type));
    char* text = nullptr;
    if (!read(memory.id(), &text) || text == nullptr) return "";
    std::string result(text);
    H5free_memory(text);
    return result;
  }
  auto const size = H5Tget_size(type);
  if (size == 0 || size > most) return "";
  std::string text(size, '\0');
  if (!read(type, text.data())) return "";
  text.resize(std::min(text.find('\0'), text.size()));
  while (H5Tget_strpad(type) == H5T_STR_SPACEPAD && !text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

}  // namespace

std::string text_in(hid_t dataset) {
  handle const type(H5Dget_type(dataset), H5Tclose);
  handle const space(H5Dget_space(dataset), H5Sclose);
  return text_value(type.id(), space.id(), [&](hid_t memory, void* into) {
    return H5Dread(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, into) >= 0;
  });
}

std::string text_attribute(hid_t file, std::string const& path, std::string const& attribute) {
  if (H5Aexists_by_name(file, path.c_str(), attribute.c_str(), H5P_DEFAULT) <= 0) return "";
  handle const opened(H5Aopen_by_name(file, path.c_str(), attribute.c_str(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  if (!opened) return "";
  handle const type(H5Aget_type(opened.id()), H5Tclose);
  handle const space(H5Aget_space(opened.id()), H5Sclose);
  return text_value(type.id(), space.id(),
                    [&](hid_t memory, void* into) { return H5Aread(opened.id(), memory, into) >= 0; });
}

}  // namespace xrdct::hdf5
