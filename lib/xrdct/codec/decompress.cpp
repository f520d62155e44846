#include "xrdct/codec/decompress.hpp"

#include <bzlib.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <string_view>

namespace xrdct {
namespace {

constexpr std::size_t piece = std::size_t{1} << 17U;

/// A library's stream, with what both have in common. Their pointers are not const, but what is read is not written to.
class gzip_stream {
 public:
  gzip_stream() {
    if (::inflateInit2(&stream_, MAX_WBITS + 16) != Z_OK) throw std::bad_alloc();  // 16: gzip's header, not zlib's
  }
  ~gzip_stream() { ::inflateEnd(&stream_); }
  gzip_stream(gzip_stream const&) = delete;
  gzip_stream& operator=(gzip_stream const&) = delete;

  static constexpr int ended = Z_STREAM_END;
  static bool is_error(int status) { return status != Z_OK && status != Z_BUF_ERROR; }
  int run() { return ::inflate(&stream_, Z_NO_FLUSH); }
  bool again() { return ::inflateReset(&stream_) == Z_OK; }
  auto& raw() { return stream_; }
  static auto* pointer(std::byte* at) { return reinterpret_cast<Bytef*>(at); }

 private:
  z_stream stream_{};
};

class bzip2_stream {
 public:
  bzip2_stream() { start(); }
  ~bzip2_stream() { ::BZ2_bzDecompressEnd(&stream_); }
  bzip2_stream(bzip2_stream const&) = delete;
  bzip2_stream& operator=(bzip2_stream const&) = delete;

  static constexpr int ended = BZ_STREAM_END;
  static bool is_error(int status) { return status != BZ_OK; }
  int run() { return ::BZ2_bzDecompress(&stream_); }
  bool again() {
    auto const kept = stream_;
    ::BZ2_bzDecompressEnd(&stream_);
    stream_ = {};
    start();
    stream_.next_in = kept.next_in;
    stream_.avail_in = kept.avail_in;
    stream_.next_out = kept.next_out;
    stream_.avail_out = kept.avail_out;
    return true;
  }
  auto& raw() { return stream_; }
  static auto* pointer(std::byte* at) { return reinterpret_cast<char*>(at); }

 private:
  void start() {
    if (::BZ2_bzDecompressInit(&stream_, 0, 0) != BZ_OK) throw std::bad_alloc();
  }
  bz_stream stream_{};
};

/// Compressed bytes piece by piece.
class input_buffer {
 public:
  explicit input_buffer(byte_supply const& supply) : supply_(supply), bytes_(piece) {}

  std::span<std::byte> rest() { return std::span(bytes_).subspan(begin_, end_ - begin_); }
  void use(std::size_t count) { begin_ += count; }
  /// Has at least `count` bytes at hand afterwards, unless there are fewer.
  void want(std::size_t count) {
    if (end_ - begin_ >= count) return;
    std::memmove(bytes_.data(), bytes_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    while (end_ < count) {
      auto const got = supply_(std::span(bytes_).subspan(end_));
      if (got == 0) return;
      end_ += got;
    }
  }

 private:
  byte_supply const& supply_;
  std::vector<std::byte> bytes_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

/// Room for more in `bytes`, from `used` on, at most up to the limit.
std::span<std::byte> room(std::vector<std::byte>& bytes, std::size_t used, std::uint64_t limit) {
  if (used == bytes.size())
    bytes.resize(static_cast<std::size_t>(std::min<std::uint64_t>(limit, std::max(2 * used, 4 * piece))));
  return std::span(bytes).subspan(used, std::min(bytes.size() - used, std::size_t{1} << 30U));
}

template <class Stream>
decompression run(file_compression how, byte_supply const& supply, std::uint64_t limit, std::vector<std::byte>& bytes) {
  constexpr std::size_t magic = 10;
  Stream stream;
  input_buffer input(supply);
  std::size_t used = bytes.size();
  auto const end = [&](decompression with) {
    bytes.resize(used);
    return with;
  };
  for (;;) {
    if (used >= limit) return end(decompression::cut);
    input.want(1);
    auto const from = input.rest();
    auto const to = room(bytes, used, limit);
    auto& raw = stream.raw();
    raw.next_in = Stream::pointer(from.data());
    raw.avail_in = static_cast<unsigned>(from.size());
    raw.next_out = Stream::pointer(to.data());
    raw.avail_out = static_cast<unsigned>(to.size());
    int const status = stream.run();
    input.use(from.size() - raw.avail_in);
    auto const made = to.size() - raw.avail_out;
    used += made;
    if (status == Stream::ended) {
      input.want(magic);
      if (compression_of(input.rest()) != how) return end(decompression::whole);
      if (!stream.again()) return end(decompression::corrupt);
    } else if (Stream::is_error(status)) {
      return end(decompression::corrupt);
    } else if (from.empty() && made == 0) {
      return end(decompression::truncated);
    }
  }
}

}  // namespace

file_compression compression_of(std::span<std::byte const> head) {
  std::string_view const text(reinterpret_cast<char const*>(head.data()), head.size());
  if (text.starts_with("\x1f\x8b\x08")) return file_compression::gzip;
  bool const bzip2 = text.size() >= 10 && text.starts_with("BZh") && text[3] >= '1' && text[3] <= '9';
  if (bzip2 && (text.substr(4, 6) == "\x31\x41\x59\x26\x53\x59" || text.substr(4, 6) == "\x17\x72\x45\x38\x50\x90"))
    return file_compression::bzip2;  // the first block, or the end of an empty stream
  return file_compression::none;
}

decompression decompress(file_compression how, byte_supply const& supply, std::uint64_t limit,
                         std::vector<std::byte>& bytes) {
  switch (how) {
    case file_compression::gzip: return run<gzip_stream>(how, supply, limit, bytes);
    case file_compression::bzip2: return run<bzip2_stream>(how, supply, limit, bytes);
    case file_compression::none: break;
  }
  return decompression::corrupt;
}

}  // namespace xrdct
