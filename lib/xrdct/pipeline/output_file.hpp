#pragma once
/// \file The output's name: free and writable before work begins, taken only by a complete file.

#include "xrdct/comm/communicator.hpp"
#include "xrdct/io/result_file.hpp"
#include "xrdct/pipeline/job.hpp"

#include <functional>
#include <string>

namespace xrdct {

/// The file that will be the result. Until publish(), it has another name; if that does not come, it is removed. It is
/// there from the start.
class output_file {
 public:
  /// Collective. Throws on all ranks: usage_error where the output exists (and is not to be overwritten), is no file,
  /// or is an input; runtime_failure where its folder cannot be written to, or is not the same for all ranks.
  output_file(job const& what, communicator const& ranks);
  ~output_file();
  output_file(output_file const&) = delete;
  output_file& operator=(output_file const&) = delete;

  std::string const& final_name() const { return final_; }
  /// Where to write it.
  std::string const& unfinished() const { return unfinished_; }
  /// Collective. All is written and closed: gives the file its name, unless another run has taken its place.
  void publish();

 private:
  void give_up() noexcept;

  communicator ranks_;
  std::string final_;
  std::string unfinished_;
  int open_ = -1;  // rank 0: the unfinished file, to know it again
  bool published_ = false;
};

/// Throws usage_error where a file that is read is the output, under whatever name. Those that options name are refused
/// by output_file; this is for files that other files name.
void refuse_as_output(std::string const& input, job const& what);

/// Collective. The last things that rank 0 writes into the file, then its name.
void finish_result(output_file& output, communicator const& ranks, std::function<void(nexus_file&)> const& write);

}  // namespace xrdct
