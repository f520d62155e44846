// Files as they are: locked by others, open in their writer, left open by one that crashed. None of them is changed.

#include "tests/io/h5_files.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/io/frame_stream.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <functional>
#include <sstream>

namespace xrdct {
namespace {

using test::creation;
using test::h5_file;
using test::handle;
using test::input_error_of;
using test::map;
using test::read_stack;
using test::slab;
using testing::HasSubstr;

constexpr hsize_t rows = 5, columns = 8, frames = 4;
constexpr std::size_t pixels = rows * columns;

/// A process that does something and then waits until it is told to end, or is killed.
class other_process {
 public:
  explicit other_process(std::function<void()> const& work) {
    std::array<int, 2> ready{}, end{};
    if (::pipe(ready.data()) != 0 || ::pipe(end.data()) != 0) throw std::runtime_error("pipe");
    process_ = ::fork();
    if (process_ == 0) {
      ::close(end[1]);
      bool good = true;
      try {
        work();
      } catch (std::exception const&) {
        good = false;
      }
      char byte = good ? 'y' : 'n';
      if (::write(ready[1], &byte, 1) != 1) ::_exit(1);
      while (::read(end[0], &byte, 1) > 0) {
      }
      ::_exit(0);  // without closing any file of HDF5
    }
    ::close(ready[1]);
    ::close(end[0]);
    end_ = end[1];
    char byte = 'n';
    good_ = ::read(ready[0], &byte, 1) == 1 && byte == 'y';
    ::close(ready[0]);
  }
  other_process(other_process const&) = delete;
  other_process& operator=(other_process const&) = delete;
  ~other_process() { stop(); }
  void stop() {
    if (process_ <= 0) return;
    ::close(end_);
    ::waitpid(process_, nullptr, 0);
    process_ = -1;
  }
  bool good() const { return good_; }

 private:
  pid_t process_ = -1;
  int end_ = -1;
  bool good_ = false;
};

std::vector<std::uint16_t> values(unsigned from) {
  std::vector<std::uint16_t> all(frames * pixels);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint16_t>(from + i * 3);
  return all;
}

class files_in_use : public ::testing::Test {
 protected:
  void SetUp() override { hdf5::start(); }
  std::string path(std::string const& name) const { return (folder_ / name).string(); }

  /// Returns the file open: by a writer of version 1.10, which marks it so.
  h5_file write(std::string const& name, unsigned from, bool newest) const {
    h5_file file(path(name), newest);
    auto const dataset = file.dataset("/d", H5T_STD_U16LE, {frames, rows, columns},
                                      test::chunked({1, rows, columns}).id(), {H5S_UNLIMITED, rows, columns});
    test::write_all(dataset.id(), H5T_NATIVE_UINT16, values(from).data());
    return file;
  }
  std::string bytes_of(std::string const& name) const {
    std::ifstream file(path(name), std::ios::binary);
    std::ostringstream all;
    all << file.rdbuf();
    return all.str();
  }
  static void expect_values(std::string const& file, std::vector<std::uint16_t> const& expected) {
    std::vector<std::uint16_t> found;
    for (auto const& frame : read_stack(open_stack(file, "/d"))) {
      ASSERT_EQ(frame.status, frame_status::ok);
      auto const own = frame.as<std::uint16_t>();
      found.insert(found.end(), own.begin(), own.end());
    }
    EXPECT_EQ(found, expected);
  }
  /// The left halves of two files' frames side by side: HDF5 itself puts them together.
  void write_halves() const {
    h5_file file(path("halves.h5"));
    auto const properties = creation();
    std::vector<hsize_t> const all{frames, rows, columns}, half{frames, rows, columns / 2};
    for (hsize_t k = 0; k < 2; ++k)
      map(properties.id(), slab(all, {0, 0, k * columns / 2}, half).id(), k == 0 ? "a.h5" : "b.h5", "/d",
          slab(all, {0, 0, 0}, half).id());
    file.dataset("/d", H5T_STD_U16LE, all, properties.id());
  }
  static std::vector<std::uint16_t> halves(unsigned from_a, unsigned from_b) {
    auto const a = values(from_a), b = values(from_b);
    std::vector<std::uint16_t> all;
    for (std::size_t i = 0; i < a.size(); ++i) {
      auto const c = i % columns, line = i - c;
      all.push_back(c < columns / 2 ? a[line + c] : b[line + c - columns / 2]);
    }
    return all;
  }
  test::temporary_folder folder_;
};

TEST_F(files_in_use, locked_by_others_and_not_to_be_written) {
  write("a.h5", 1, false).close();
  write("b.h5", 9, true).close();
  write_halves();
  {
    h5_file master(path("master.h5"));
    master.external_link("/d", "a.h5", "/d");
  }
  other_process const locker([&] {
    for (char const* name : {"a.h5", "b.h5", "halves.h5", "master.h5"}) {
      int const file = ::open(path(name).c_str(), O_RDONLY | O_CLOEXEC);
      if (file < 0 || ::flock(file, LOCK_EX) != 0) throw std::runtime_error("flock");
    }
  });
  ASSERT_TRUE(locker.good());
  int const probe = ::open(path("a.h5").c_str(), O_RDONLY | O_CLOEXEC);
  EXPECT_NE(::flock(probe, LOCK_SH | LOCK_NB), 0) << "it is locked";
  ::close(probe);
  std::vector<std::string> before;
  for (char const* name : {"a.h5", "b.h5", "halves.h5", "master.h5"}) {
    ::chmod(path(name).c_str(), 0444);
    before.push_back(bytes_of(name));
  }
  expect_values(path("a.h5"), values(1));
  expect_values(path("b.h5"), values(9));
  expect_values(path("master.h5"), values(1));
  expect_values(path("halves.h5"), halves(1, 9));
  std::size_t i = 0;
  for (char const* name : {"a.h5", "b.h5", "halves.h5", "master.h5"}) EXPECT_EQ(bytes_of(name), before[i++]) << name;
}

/// HDF5 would fill in zeros for a source that it cannot open.
TEST_F(files_in_use, open_in_a_writer_that_lets_others_read) {
  write("a.h5", 1, false).close();
  write_halves();
  other_process writer([&] {
    static std::optional<h5_file> kept;  // the process ends without closing it
    kept.emplace(write("b.h5", 9, true));
    test::check(H5Fflush(kept->id(), H5F_SCOPE_GLOBAL), "flush");
    test::check(H5Fstart_swmr_write(kept->id()), "swmr");
  });
  ASSERT_TRUE(writer.good());
  {
    h5_file master(path("master.h5"));
    master.external_link("/d", "b.h5", "/d");
  }
  auto const before = bytes_of("b.h5");
  for (bool const crashed : {false, true}) {
    if (crashed) writer.stop();
    expect_values(path("b.h5"), values(9));
    expect_values(path("master.h5"), values(9));
    expect_values(path("halves.h5"), halves(1, 9));
  }
  EXPECT_EQ(bytes_of("b.h5"), before);
}

TEST_F(files_in_use, left_open_by_a_writer_that_lets_nobody_read) {
  write("a.h5", 1, false).close();
  write_halves();
  other_process writer([&] {
    static std::optional<h5_file> kept;
    kept.emplace(write("b.h5", 9, true));
    test::check(H5Fflush(kept->id(), H5F_SCOPE_GLOBAL), "flush");
  });
  ASSERT_TRUE(writer.good());
  auto const before = bytes_of("b.h5");
  for (bool const crashed : {false, true}) {
    if (crashed) writer.stop();
    auto const message = input_error_of([&] { open_stack(path("b.h5"), "/d"); });
    ASSERT_TRUE(message);
    EXPECT_THAT(*message, HasSubstr("is open in a program that writes it, or that program crashed"));
    auto const back = read_stack(open_stack(path("halves.h5"), "/d"));
    ASSERT_EQ(back.size(), frames);
    for (auto const& frame : back) EXPECT_EQ(frame.status, frame_status::unreadable);
  }
  EXPECT_EQ(bytes_of("b.h5"), before);
}

TEST_F(files_in_use, of_which_a_part_is_no_hdf5_file) {
  write("a.h5", 1, false).close();
  write_halves();
  std::ofstream(path("b.h5")) << "not at all";
  for (auto const& frame : read_stack(open_stack(path("halves.h5"), "/d")))
    EXPECT_EQ(frame.status, frame_status::unreadable);
}

}  // namespace
}  // namespace xrdct
