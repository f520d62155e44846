#pragma once
/// \file What can go wrong, as a user meets it: one line and an exit code.

#include <stdexcept>
#include <string>

namespace xrdct {

/// The program's exit codes, and with that the kinds of errors.
enum class exit_code : int {
  done = 0,
  failed = 1,     ///< at run time: output cannot be written, disk full, MPI
  usage = 2,      ///< an unknown or ill-valued option
  bad_input = 3,  ///< absent, unreadable or inconsistent
  stopped = 75,   ///< by a signal, with a checkpoint written
};

/// Thrown by every library. The message is one line that says what is wrong, where (file, dataset, frame, option), why,
/// and what to do; it neither ends with a full stop nor begins with the program's name.
class error : public std::runtime_error {
 public:
  error(exit_code code, std::string const& message) : std::runtime_error(message), code_(code) {}
  exit_code code() const noexcept { return code_; }

 private:
  exit_code code_;
};

/// The command line or a configuration file asks for something that does not exist or makes no sense.
struct usage_error : error {
  explicit usage_error(std::string const& message) : error(exit_code::usage, message) {}
};

/// A file is absent, unreadable, or contradicts itself, another file or the options.
struct input_error : error {
  explicit input_error(std::string const& message) : error(exit_code::bad_input, message) {}
};

/// Something failed although the input was good: writing, memory, the network, a device.
struct runtime_failure : error {
  explicit runtime_failure(std::string const& message) : error(exit_code::failed, message) {}
};

}  // namespace xrdct
