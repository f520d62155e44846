#include "xrdct/io/chunk_gatherer.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/io/chunk_compression.hpp"
#include "xrdct/io/disk_space.hpp"
#include "xrdct/io/hdf5.hpp"
#include "xrdct/io/rank_agreement.hpp"
#include "xrdct/io/slab_rows.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <new>
#include <utility>
#include <vector>

namespace xrdct {

using hdf5::handle;

namespace {

constexpr int gather_tag = 71;
constexpr std::size_t most_dimensions = 8;

/// What all ranks have to know of a dataset.
struct chunked_shape {
  extents extent, chunk;
  chunk_compression how = chunk_compression::none;

  /// How far the chunk at a corner reaches within the dataset.
  extents reach(extents const& corner) const {
    extents size(extent.size());
    for (std::size_t d = 0; d < size.size(); ++d) size[d] = std::min(chunk[d], extent[d] - corner[d]);
    return size;
  }
  extents corner_of(extents const& at) const {
    extents corner(at.size());
    for (std::size_t d = 0; d < at.size(); ++d) corner[d] = at[d] / chunk[d] * chunk[d];
    return corner;
  }
};

std::uint64_t product(extents const& of) {
  std::uint64_t all = 1;
  for (auto const n : of) all *= n;
  return all;
}

/// Puts a box of values, which lies `at` in a chunk, where it belongs there.
void place(std::span<float const> values, extents const& at, extents const& size, extents const& chunk,
           std::span<float> into) {
  auto const rank = chunk.size();
  auto const run = static_cast<std::size_t>(size[rank - 1]);
  extents index(rank, 0);
  for (std::size_t from = 0; from < values.size(); from += run) {
    std::uint64_t to = 0;
    for (std::size_t d = 0; d < rank; ++d) to = to * chunk[d] + at[d] + index[d];
    std::copy_n(values.data() + from, run, into.data() + to);
    std::size_t d = rank - 1;
    while (d > 0 && ++index[d - 1] == size[d - 1]) index[--d] = 0;
  }
}

extents difference(extents const& a, extents const& b) {
  extents less(a.size());
  for (std::size_t d = 0; d < a.size(); ++d) less[d] = a[d] - b[d];
  return less;
}

/// A message is a chain of records: a box of the dataset, whether it is a whole chunk, which is compressed then, and
/// its bytes.
class record_writer {
 public:
  std::vector<std::byte> bytes;

  template <class Fill>
  void add(extents const& at, extents const& size, bool whole, Fill const& fill) {
    for (auto const n : at) put(n);
    for (auto const n : size) put(n);
    put(whole ? 1 : 0);
    auto const length_at = bytes.size();
    put(0);
    fill(bytes);
    std::uint64_t const length = bytes.size() - length_at - sizeof(std::uint64_t);
    std::memcpy(bytes.data() + length_at, &length, sizeof(length));
  }

 private:
  void put(std::uint64_t number) {
    auto const at = bytes.size();
    bytes.resize(at + sizeof(number));
    std::memcpy(bytes.data() + at, &number, sizeof(number));
  }
};

struct record {
  extents at, size;
  bool whole = false;
  std::span<std::byte const> bytes;
};

class record_reader {
 public:
  record_reader(std::span<std::byte const> bytes, std::size_t rank) : rest_(bytes), rank_(rank) {}
  bool at_end() const { return rest_.empty(); }
  record next() {
    record one;
    for (auto* list : {&one.at, &one.size})
      for (std::size_t d = 0; d < rank_; ++d) list->push_back(take());
    one.whole = take() != 0;
    auto const length = static_cast<std::size_t>(take());
    one.bytes = rest_.first(length);
    rest_ = rest_.subspan(length);
    return one;
  }

 private:
  std::uint64_t take() {
    std::uint64_t number = 0;
    std::memcpy(&number, rest_.data(), sizeof(number));
    rest_ = rest_.subspan(sizeof(number));
    return number;
  }
  std::span<std::byte const> rest_;
  std::size_t rank_;
};

/// This rank's rows, in pieces along chunks: whole ones compressed.
std::vector<std::byte> packed(chunked_shape const& shape, slab_rows const& rows) {
  auto const fixed = static_cast<std::ptrdiff_t>(rows.part.size());
  record_writer records;
  std::vector<float> padded;
  if (rows.values.empty()) return {};
  records.bytes.reserve(rows.values.size_bytes());  // of which only what is used is ever touched
  for_each_chunk({shape.extent.begin() + fixed, shape.extent.end()}, {shape.chunk.begin() + fixed, shape.chunk.end()},
                 rows.first, rows.count, rows.values, [&](auto at, auto size, auto const& some) {
                   at.insert(at.begin(), rows.part.begin(), rows.part.end());
                   size.insert(size.begin(), rows.part.size(), 1);
                   auto const corner = shape.corner_of(at);
                   bool const whole = at == corner && size == shape.reach(corner);
                   records.add(at, size, whole, [&](std::vector<std::byte>& out) {
                     auto const plain = std::as_bytes(some);
                     if (!whole) {
                       out.insert(out.end(), plain.begin(), plain.end());
                       return;
                     }
                     if (size == shape.chunk) return compress_chunk(some, shape.how, out);
                     padded.assign(product(shape.chunk), 0);
                     place(some, extents(at.size(), 0), size, shape.chunk, padded);
                     compress_chunk(padded, shape.how, out);
                   });
                   return true;
                 });
  return std::move(records.bytes);
}

}  // namespace

struct chunk_gatherer::state {
  std::string path;
  MPI_Comm ranks = MPI_COMM_NULL;
  int rank = 0, size = 1;
  handle file;  // of rank 0

  /// A chunk that is not whole yet.
  struct unfinished {
    std::vector<float> values;
    std::uint64_t missing = 0;
  };
  std::map<std::pair<std::string, extents>, unfinished> open_chunks;

  std::string problem(std::string const& what) const {
    return "cannot " + what + " '" + path + "': " + hdf5::failure() + disk_space_hint(path);
  }
  void agree(std::string const& wrong) const { agree_on_problem(ranks, path, wrong); }
  void need(int code) const { need_mpi(code, path); }

  /// Rank 0 looks it up.
  chunked_shape look_up(hid_t dataset) const {
    chunked_shape shape;
    shape.extent = hdf5::extent_of(dataset);
    shape.chunk.resize(shape.extent.size());
    handle const properties(H5Dget_create_plist(dataset), H5Pclose);
    if (H5Pget_chunk(properties.id(), static_cast<int>(shape.chunk.size()), shape.chunk.data()) < 0)
      throw runtime_failure(problem("see the chunks of a dataset in"));
    shape.how = compression_of(properties.id());
    return shape;
  }

  /// What rank 0 knows, for all.
  void share(chunked_shape& shape) const {
    if (ranks == MPI_COMM_NULL) return;
    std::array<std::uint64_t, 2 + 2 * most_dimensions> all{};
    auto const n = shape.extent.size();
    all[0] = n;
    all[1] = static_cast<std::uint64_t>(shape.how);
    std::copy(shape.extent.begin(), shape.extent.end(), all.begin() + 2);
    std::copy(shape.chunk.begin(), shape.chunk.end(), all.begin() + 2 + most_dimensions);
    need(MPI_Bcast(all.data(), static_cast<int>(all.size()), MPI_UINT64_T, 0, ranks));
    auto const dimensions = static_cast<std::ptrdiff_t>(all[0]);
    shape.how = static_cast<chunk_compression>(all[1]);
    shape.extent.assign(all.begin() + 2, all.begin() + 2 + dimensions);
    shape.chunk.assign(all.begin() + 2 + most_dimensions, all.begin() + 2 + most_dimensions + dimensions);
  }

  void put_chunk(hid_t dataset, extents const& corner, std::span<std::byte const> bytes) const {
    if (H5Dwrite_chunk(dataset, H5P_DEFAULT, 0, corner.data(), bytes.size(), bytes.data()) < 0)
      throw runtime_failure(problem("write a compressed chunk to"));
  }

  void finish(hid_t dataset, chunked_shape const& shape, extents const& corner, std::span<float const> values) const {
    std::vector<std::byte> bytes;
    compress_chunk(values, shape.how, bytes);
    put_chunk(dataset, corner, bytes);
  }

  /// Rank 0 writes what is whole, and keeps what is not.
  void take(hid_t dataset, std::string const& name, chunked_shape const& shape, std::span<std::byte const> message) {
    for (record_reader reader(message, shape.extent.size()); !reader.at_end();) {
      auto const one = reader.next();
      if (one.whole) {
        put_chunk(dataset, one.at, one.bytes);
        continue;
      }
      auto const corner = shape.corner_of(one.at);
      auto const [found, fresh] = open_chunks.try_emplace({name, corner});
      auto& chunk = found->second;
      if (fresh) {
        chunk.values.resize(product(shape.chunk));
        chunk.missing = product(shape.reach(corner));
      }
      std::vector<float> values(one.bytes.size() / sizeof(float));
      std::memcpy(values.data(), one.bytes.data(), one.bytes.size());
      place(values, difference(one.at, corner), one.size, shape.chunk, chunk.values);
      chunk.missing -= std::min<std::uint64_t>(chunk.missing, values.size());
      if (chunk.missing > 0) continue;
      finish(dataset, shape, corner, chunk.values);
      open_chunks.erase(found);
    }
  }

  // Messages may be longer than MPI can count, and in pieces they can be thrown away where there is no room for them.
  static constexpr std::uint64_t most_at_once = 1 << 24;
  std::vector<std::byte> bin;  // of rank 0, where there are others

  void send(std::vector<std::byte> const& message) const {
    std::uint64_t const length = message.size();
    need(MPI_Send(&length, 1, MPI_UINT64_T, 0, gather_tag, ranks));
    for (std::uint64_t at = 0; at < length; at += most_at_once)
      need(MPI_Send(message.data() + at, static_cast<int>(std::min(most_at_once, length - at)), MPI_BYTE, 0, gather_tag,
                    ranks));
  }
  /// Into `message`; says what went wrong, after which everything has arrived all the same.
  std::string receive(int from, std::vector<std::byte>& message) {
    std::uint64_t length = 0;
    need(MPI_Recv(&length, 1, MPI_UINT64_T, from, gather_tag, ranks, MPI_STATUS_IGNORE));
    bool room = true;
    try {
      message.resize(length);
    } catch (std::exception const&) {
      room = false;
    }
    for (std::uint64_t at = 0; at < length; at += most_at_once)
      need(MPI_Recv(room ? message.data() + at : bin.data(), static_cast<int>(std::min(most_at_once, length - at)),
                    MPI_BYTE, from, gather_tag, ranks, MPI_STATUS_IGNORE));
    return room ? "" : "not enough memory for what is written to '" + path + "'";
  }

  /// Rank 0 takes everybody's message, also after something went wrong: nobody is left waiting.
  std::string gather(hid_t dataset, std::string const& name, chunked_shape const& shape,
                     std::vector<std::byte> message) {
    std::string wrong;
    for (int from = 0; from < size; ++from) {
      auto const lost = from > 0 ? receive(from, message) : "";
      if (wrong.empty()) wrong = lost;
      try {
        if (wrong.empty()) take(dataset, name, shape, message);
      } catch (std::exception const& e) {
        wrong = e.what();
      }
    }
    return wrong;
  }

  /// Chunks of which not all rows were written.
  void finish_rest() {
    for (auto const& [key, chunk] : open_chunks) {
      handle const dataset(H5Dopen2(file.id(), key.first.c_str(), H5P_DEFAULT), H5Dclose);
      if (!dataset) throw runtime_failure(problem("open a dataset of"));
      finish(dataset.id(), look_up(dataset.id()), key.second, chunk.values);
    }
    open_chunks.clear();
  }
};

chunk_gatherer::chunk_gatherer(std::string const& path, MPI_Comm ranks) : state_(std::make_unique<state>()) {
  hdf5::start();
  auto& s = *state_;
  s.path = path;
  s.ranks = ranks;
  if (ranks != MPI_COMM_NULL) {
    MPI_Comm_rank(ranks, &s.rank);
    MPI_Comm_size(ranks, &s.size);
  }
  std::string wrong;
  if (s.rank == 0) try {
      if (s.size > 1) s.bin.resize(s.most_at_once);
      s.file = handle(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
      if (!s.file) wrong = s.problem("open");
    } catch (std::bad_alloc const&) {
      wrong = "not enough memory to write '" + path + "'";
    }
  s.agree(wrong);
}

chunk_gatherer::~chunk_gatherer() = default;

void chunk_gatherer::write(std::string const& dataset, std::uint64_t first, std::uint64_t count,
                           std::span<float const> values, std::span<std::uint64_t const> part) {
  auto& s = *state_;
  slab_rows const rows{part, first, count, values};
  std::string wrong;
  chunked_shape shape;
  handle opened;
  if (s.rank == 0) try {
      opened = handle(H5Dopen2(s.file.id(), dataset.c_str(), H5P_DEFAULT), H5Dclose);
      if (!opened) throw runtime_failure(s.problem("write '" + dataset + "' to"));
      shape = s.look_up(opened.id());
      if (shape.extent.size() > most_dimensions) throw runtime_failure("'" + dataset + "' has too many dimensions");
    } catch (std::exception const& e) {
      wrong = e.what();
    }
  s.agree(wrong);
  s.share(shape);
  std::vector<std::byte> message;
  if (!rows.fit(shape.extent))
    wrong = "cannot write '" + dataset + "' to '" + s.path + "': " + rows.text() + " make no sense for the extent " +
            hdf5::text_of(shape.extent);
  else
    try {
      message = packed(shape, rows);
    } catch (std::bad_alloc const&) {
      wrong = "not enough memory to compress what is written to '" + s.path + "'";
    } catch (std::exception const& e) {
      wrong = std::string(e.what()) + " (in what is written to '" + s.path + "')";
    }
  s.agree(wrong);
  if (s.rank == 0)
    wrong = s.gather(opened.id(), dataset, shape, std::move(message));
  else
    s.send(message);
  s.agree(wrong);
}

void chunk_gatherer::close() {
  auto& s = *state_;
  std::string wrong;
  if (s.rank == 0 && s.file) {
    try {
      s.finish_rest();
      if (H5Fflush(s.file.id(), H5F_SCOPE_GLOBAL) < 0) wrong = s.problem("flush");
    } catch (std::exception const& e) {
      wrong = e.what();
    }
    if (!s.file.close() && wrong.empty()) wrong = s.problem("close");
  }
  s.agree(wrong);
}

}  // namespace xrdct
