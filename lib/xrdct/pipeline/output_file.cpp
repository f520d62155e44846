#include "xrdct/pipeline/output_file.hpp"

#include "xrdct/base/failpoint.hpp"
#include "xrdct/comm/agreement.hpp"
#include "xrdct/io/arrays.hpp"
#include "xrdct/io/pixel_image.hpp"
#include "xrdct/pipeline/run_record.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <random>

namespace xrdct {
namespace {

namespace fs = std::filesystem;

void refuse_inputs_as_output(job const& what) {
  auto inputs = what.input.files;
  inputs.insert(inputs.end(), what.geometry.ponis.begin(), what.geometry.ponis.end());
  inputs.insert(inputs.end(), {what.scan.rotation, what.scan.translation, what.geometry.monitor, what.configuration});
  for (auto const* images :
       {&what.input.masks, &what.input.darks, &what.input.flats, &what.input.absorptions, &what.input.variances})
    for (auto const& image : *images) inputs.push_back(image.file);
  for (auto const& input : inputs) refuse_as_output(split_file_dataset(mask_without_prefix(input)).first, what);
}

constexpr char const* advice = "; give -o a name in a folder that exists and can be written to";

[[noreturn]] void fail(std::string const& unfinished, int error) {
  throw runtime_failure("cannot write the output " + unfinished + ": " + std::strerror(error) + advice);  // NOLINT
}

/// Whether the name still leads to the open file.
bool same_file(int file, std::string const& name) {
  struct stat open {};
  struct stat named {};
  return ::fstat(file, &open) == 0 && ::stat(name.c_str(), &named) == 0 && open.st_dev == named.st_dev &&
         open.st_ino == named.st_ino;
}

/// Makes the unfinished file, in place of what a killed run may have left, with nothing but the mark in it:
/// permissions, read-only and full file systems show. It is not locked: MPI-IO locks it itself on some file systems.
int claim(std::string const& unfinished, std::string const& mark) {
  ::unlink(unfinished.c_str());
  int const file = ::open(unfinished.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (file < 0) fail(unfinished, errno);
  if (::write(file, mark.data(), mark.size()) == static_cast<ssize_t>(mark.size())) return file;
  int const error = errno;
  ::close(file);
  ::unlink(unfinished.c_str());
  fail(unfinished, error);
}

std::string random_mark() {
  std::random_device source;
  return "xrdct " + std::to_string(source()) + " " + std::to_string(source());
}

/// Throws unless this rank, too, can write to the file that rank 0 has marked.
void require_shared(std::string const& unfinished, std::string const& mark, int rank) {
  std::array<char, 256> text{};
  int const file = ::open(unfinished.c_str(), O_RDWR | O_CLOEXEC);
  std::string const reason = file < 0 ? std::strerror(errno) : "another file is there";  // NOLINT
  auto const length = file < 0 ? -1 : ::read(file, text.data(), text.size());
  if (file >= 0) ::close(file);
  if (length >= 0 && std::string(text.data(), static_cast<std::size_t>(length)) == mark) return;
  throw runtime_failure("rank " + std::to_string(rank) + " on " + host_name() + " cannot write the output " +
                        unfinished + " of rank 0: " + reason + "; give -o a name in a folder that all nodes share");
}

void check(job const& what) {
  if (what.output.empty()) throw usage_error("an output file is needed: name it with -o");
  std::error_code none;
  if (fs::is_directory(what.output, none))
    throw usage_error("the output " + what.output + " is a folder; give -o the name of a file");
  if (fs::exists(what.output, none)) {
    if (!fs::is_regular_file(what.output, none))
      throw usage_error("the output " + what.output + " is no regular file; give -o another name");
    refuse_inputs_as_output(what);
    if (!what.overwrite && !what.run.resume)  // one that resumes may find its own result, see checkpoints.hpp
      throw usage_error("the output " + what.output + " exists; give -o another name, or allow --overwrite");
  }
}

}  // namespace

void refuse_as_output(std::string const& input, job const& what) {
  std::error_code none;
  if (!input.empty() && fs::equivalent(input, what.output, none))
    throw usage_error("the output " + what.output + " is also an input; give -o another name");
}

output_file::output_file(job const& what, communicator const& ranks)
    : ranks_(ranks), final_(what.output), unfinished_(unfinished_name(what.output)) {
  auto const mark = from_root(ranks, [&] {
    check(what);
    auto made = random_mark();
    open_ = claim(unfinished_, made);
    return made;
  });
  try {
    together(ranks, [&] {
      if (!ranks.root()) require_shared(unfinished_, mark, ranks.rank());
    });
  } catch (...) {
    give_up();
    throw;
  }
}

output_file::~output_file() { give_up(); }

void output_file::give_up() noexcept {
  if (open_ < 0) return;
  if (!published_ && same_file(open_, unfinished_)) ::unlink(unfinished_.c_str());
  ::close(open_);
}

void output_file::publish() {
  together(ranks_, [&] {
    if (!ranks_.root()) return;
    if (!same_file(open_, unfinished_))
      throw runtime_failure("the output " + unfinished_ +
                            " is no longer there, or another run writes it; give every run an output of its own");
    failpoint("rename");
    xrdct::publish(unfinished_, final_);
    published_ = true;
    failpoint("remove");
  });
}

void finish_result(output_file& output, communicator const& ranks, std::function<void(nexus_file&)> const& write) {
  together(ranks, [&] {
    if (!ranks.root()) return;
    nexus_file file(output.unfinished(), nexus_file::mode::append);
    write(file);
    file.close();
  });
  output.publish();
}

}  // namespace xrdct
