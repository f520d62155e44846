#include "xrdct/pipeline/output_file.hpp"

#include "xrdct/comm/agreement.hpp"
#include "xrdct/io/arrays.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace xrdct {
namespace {

namespace fs = std::filesystem;

void refuse_input_as_output(job const& what) {
  std::error_code none;
  auto inputs = what.input.masks;
  inputs.insert(inputs.end(),
                {what.input.file, what.geometry.poni, what.input.dark, what.input.flat, what.input.absorption,
                 what.scan.rotation, what.scan.translation, what.geometry.monitor});
  for (auto const& input : inputs) {
    auto const file = split_file_dataset(input).first;
    if (!file.empty() && fs::equivalent(file, what.output, none))
      throw usage_error("the output " + what.output + " is also an input; give -o another name");
  }
}

/// Makes the file and removes it again: permissions, read-only and full file systems show.
void try_to_write(std::string const& unfinished) {
  int const file = ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (file < 0)
    throw runtime_failure("cannot write the output " + unfinished + ": " + std::strerror(errno) +  // NOLINT
                          "; give -o a name in a folder that exists and can be written to");
  ::close(file);
  ::unlink(unfinished.c_str());
}

void check(job const& what, std::string const& unfinished) {
  if (what.output.empty()) throw usage_error("an output file is needed: name it with -o");
  std::error_code none;
  if (fs::is_directory(what.output, none))
    throw usage_error("the output " + what.output + " is a folder; give -o the name of a file");
  if (fs::exists(what.output, none)) {
    refuse_input_as_output(what);
    if (!what.overwrite)
      throw usage_error("the output " + what.output + " exists; give -o another name, or allow --overwrite");
  }
  try_to_write(unfinished);
}

}  // namespace

output_file::output_file(job const& what, communicator const& ranks)
    : ranks_(ranks), final_(what.output), unfinished_(unfinished_name(what.output)) {
  together(ranks, [&] {
    if (ranks.root()) check(what, unfinished_);
  });
}

output_file::~output_file() {
  if (published_ || !ranks_.root()) return;
  std::error_code ignored;
  fs::remove(unfinished_, ignored);
}

void output_file::publish() {
  together(ranks_, [&] {
    if (ranks_.root()) xrdct::publish(unfinished_, final_);
  });
  published_ = true;
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
