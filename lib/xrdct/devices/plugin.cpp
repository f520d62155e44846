#include "xrdct/devices/plugin.hpp"

#include "xrdct/base/error.hpp"

#include <dlfcn.h>
#include <elf.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <system_error>

namespace xrdct {
namespace {

/// Of a file that was copied in part, the end is missing, and to open it would be the end of the program: a shared
/// library's last thing is the table of its sections.
bool is_whole(std::filesystem::path const& file) {
  Elf64_Ehdr header{};
  std::ifstream bytes(file, std::ios::binary);
  if (!bytes.read(reinterpret_cast<char*>(&header), sizeof(header))) return false;
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return false;
  std::error_code failed;
  auto const size = std::filesystem::file_size(file, failed);
  auto const table = std::uint64_t{header.e_shnum} * header.e_shentsize;
  return !failed && header.e_shoff <= size && table <= size - header.e_shoff;
}

/// What the loader says, without the path that it begins with.
std::string loader_says(std::filesystem::path const& file) {
  char const* const said = ::dlerror();  // NOLINT(concurrency-mt-unsafe)
  std::string text = said != nullptr ? said : "no reason is given";
  auto const start = file.string() + ": ";
  return text.starts_with(start) ? text.substr(start.size()) : text;
}

std::string reason(plugin_text const& why) { return {why.line, ::strnlen(why.line, sizeof(why.line))}; }

}  // namespace

std::filesystem::path plugin_file() {
  std::error_code failed;
  auto const program = std::filesystem::read_symlink("/proc/self/exe", failed);
  return (program.parent_path() / XRDCT_PLUGIN_FOLDER / "libxrdct_cuda.so").lexically_normal();
}

device_plugin::device_plugin(std::filesystem::path const& file) {
  std::error_code failed;
  if (!std::filesystem::exists(file, failed))
    throw runtime_failure("this program was built without CUDA (there is no " + file.string() + ")");
  if (!is_whole(file)) throw runtime_failure(file.string() + " is not a whole shared library: install it again");
  void* const library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw runtime_failure("cannot open " + file.string() + " (" + loader_says(file) + ")");
  auto const entry = reinterpret_cast<plugin_entry>(::dlsym(library, plugin_entry_name));
  if (entry == nullptr) throw runtime_failure(file.string() + " is no plugin of this program");
  plugin_text why{};
  functions_ = entry(plugin_abi, XRDCT_BUILD_ID, why);
  if (functions_ == nullptr)
    throw runtime_failure(file.string() +
                          " refuses to work with this program (build " XRDCT_BUILD_ID "): " + reason(why));
}

std::vector<plugin_device> device_plugin::devices() const {
  plugin_text why{};
  auto const count = functions_->count(why);
  if (count < 0) throw runtime_failure(reason(why));
  std::vector<plugin_device> found(static_cast<std::size_t>(count));
  for (std::int32_t number = 0; number < count; ++number)
    if (!functions_->describe(number, found[static_cast<std::size_t>(number)], why)) throw runtime_failure(reason(why));
  if (found.empty()) throw runtime_failure("the NVIDIA driver shows no device to this process");
  return found;
}

void device_plugin::open(int number) const {
  plugin_text why{};
  if (!functions_->open(number, why)) throw runtime_failure(reason(why));
}

plugin_memory device_plugin::memory(int number) const {
  plugin_text why{};
  plugin_memory found{};
  if (!functions_->memory(number, found, why)) throw runtime_failure(reason(why));
  return found;
}

std::unique_ptr<device> device_plugin::make(int number, std::uint64_t memory) const {
  plugin_text why{};
  std::unique_ptr<device> made(functions_->make_device(number, memory, why));
  if (!made) throw runtime_failure(reason(why));
  return made;
}

std::unique_ptr<transport> device_plugin::make_transport(int number, gather_shape const& shape,
                                                         bootstrap& among) const {
  plugin_text why{};
  std::unique_ptr<transport> made(functions_->make_transport(number, shape, among, why));
  if (!made) throw runtime_failure(reason(why));
  return made;
}

std::string uuid_text(plugin_device const& of) {
  constexpr char const* digits = "0123456789abcdef";
  std::string text = "GPU-";
  for (std::size_t i = 0; i < sizeof(of.uuid); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += digits[of.uuid[i] >> 4];
    text += digits[of.uuid[i] & 15];
  }
  return text;
}

}  // namespace xrdct
