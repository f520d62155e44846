// Chunks that other programs compressed: encoded here by the libraries themselves, and stored as they are.

#include "xrdct/io/hdf5_codecs.hpp"

#include "tests/io/h5_files.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/codec/bitshuffle.hpp"
#include "xrdct/io/arrays.hpp"
#include "xrdct/io/chunk_pipeline.hpp"
#include "xrdct/io/hdf5_filters.hpp"

#include <blosc.h>
#include <bzlib.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <lzf.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <map>
#include <random>
#include <stdexcept>

namespace xrdct {
namespace {

using bytes = std::vector<std::byte>;
using test::h5_file;
using test::handle;
using test::input_error_of;

void check(bool right) {
  if (!right) throw std::runtime_error("an encoder failed");
}

bytes encode_zstd(bytes const& from) {
  bytes out(ZSTD_compressBound(from.size()));
  out.resize(ZSTD_compress(out.data(), out.size(), from.data(), from.size(), 3));
  return out;
}

/// As a stream whose encoder does not know the length, so that the frame does not state it.
bytes encode_zstd_stream(bytes const& from) {
  bytes out(ZSTD_compressBound(from.size()));
  auto* const encoder = ZSTD_createCCtx();
  ZSTD_inBuffer in{from.data(), from.size(), 0};
  ZSTD_outBuffer to{out.data(), out.size(), 0};
  check(ZSTD_isError(ZSTD_compressStream2(encoder, &to, &in, ZSTD_e_continue)) == 0 &&
        ZSTD_compressStream2(encoder, &to, &in, ZSTD_e_end) == 0);
  ZSTD_freeCCtx(encoder);
  out.resize(to.pos);
  check(ZSTD_getFrameContentSize(out.data(), out.size()) == ZSTD_CONTENTSIZE_UNKNOWN);
  return out;
}

bytes encode_blosc(bytes const& from, char const* compressor, int shuffle, std::size_t element) {
  bytes out(from.size() + BLOSC_MAX_OVERHEAD);
  int const size =
      blosc_compress_ctx(5, shuffle, element, from.size(), from.data(), out.data(), out.size(), compressor, 0, 1);
  check(size > 0);
  out.resize(static_cast<std::size_t>(size));
  return out;
}

/// Twice as long as the input, as LZF itself gives up where it gains nothing.
bytes encode_lzf(bytes const& from) {
  bytes out(2 * from.size() + 16);
  auto const size =
      lzf_compress(from.data(), static_cast<unsigned>(from.size()), out.data(), static_cast<unsigned>(out.size()));
  check(size > 0);
  out.resize(size);
  return out;
}

bytes encode_bzip2(bytes const& from) {
  auto size = static_cast<unsigned>(from.size() + from.size() / 50 + 700);
  bytes out(size);
  bytes copy = from;
  check(BZ2_bzBuffToBuffCompress(reinterpret_cast<char*>(out.data()), &size, reinterpret_cast<char*>(copy.data()),
                                 static_cast<unsigned>(from.size()), 9, 0, 0) == BZ_OK);
  out.resize(size);
  return out;
}

bytes encode_gzip(bytes const& from) {
  auto size = compressBound(from.size());
  bytes out(size);
  check(compress2(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<Bytef const*>(from.data()), from.size(),
                  4) == Z_OK);
  out.resize(size);
  return out;
}

/// Byte k of all elements together, as HDF5's shuffle does.
bytes shuffle_bytes(bytes const& from, std::size_t element) {
  bytes out(from.size());
  auto const n = from.size() / element;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t k = 0; k < element; ++k) out[k * n + i] = from[i * element + k];
  return out;
}

struct codec {
  int filter;
  std::function<bytes(bytes const&)> encode;
};

std::map<std::string, codec> all_codecs() {
  std::map<std::string, codec> all{{"zstd", {hdf5::zstd_filter, encode_zstd}},
                                   {"zstd_stream", {hdf5::zstd_filter, encode_zstd_stream}},
                                   {"gzip", {H5Z_FILTER_DEFLATE, encode_gzip}},
                                   {"lzf", {hdf5::lzf_filter, encode_lzf}},
                                   {"bzip2", {hdf5::bzip2_filter, encode_bzip2}}};
  for (char const* const compressor : {"blosclz", "lz4", "lz4hc", "zlib", "zstd"})
    for (int const shuffle : {BLOSC_NOSHUFFLE, BLOSC_SHUFFLE, BLOSC_BITSHUFFLE})
      all[std::string("blosc_") + compressor + std::to_string(shuffle)] = {
          hdf5::blosc_filter, [=](bytes const& from) { return encode_blosc(from, compressor, shuffle, 4); }};
  return all;
}

constexpr hsize_t rows = 61, columns = 83;
constexpr std::size_t pixels = rows * columns;

bytes random_frame(std::uint64_t seed) {
  auto const values = test::random_pixels<std::uint32_t>(pixels, seed);
  auto const view = test::bytes_of_values(values);
  return {view.begin(), view.end()};
}

bytes joined(std::vector<bytes> const& all) {
  bytes out;
  for (auto const& one : all) out.insert(out.end(), one.begin(), one.end());
  return out;
}

handle filtered(std::vector<hsize_t> const& chunk, std::vector<int> const& filters) {
  auto properties = test::chunked(chunk);
  for (int const filter : filters) {
    if (filter == H5Z_FILTER_SHUFFLE)
      test::check(H5Pset_shuffle(properties.id()), "H5Pset_shuffle");
    else
      test::check(H5Pset_filter(properties.id(), filter, H5Z_FLAG_OPTIONAL, 0, nullptr), "H5Pset_filter");
  }
  return properties;
}

TEST(hdf5_codecs, of_all_frames_are_read) {
  test::temporary_folder const folder;
  auto const path = (folder / "frames.h5").string();
  std::vector<bytes> frames;
  for (std::uint64_t f = 0; f < 4; ++f) frames.push_back(random_frame(f));
  auto const all = all_codecs();
  {
    h5_file file(path);
    for (auto const& [name, how] : all) {
      std::vector<hsize_t> const extent{4, rows, columns};
      auto const single =
          file.dataset("/single/" + name, H5T_STD_U32LE, extent, filtered({1, rows, columns}, {how.filter}).id());
      auto const shuffled = file.dataset("/shuffled/" + name, H5T_STD_U32LE, extent,
                                         filtered({1, rows, columns}, {H5Z_FILTER_SHUFFLE, how.filter}).id());
      auto const pairs =
          file.dataset("/pairs/" + name, H5T_STD_U32LE, extent, filtered({2, rows, columns}, {how.filter}).id());
      auto const skipped =
          file.dataset("/skipped/" + name, H5T_STD_U32LE, extent, filtered({1, rows, columns}, {how.filter}).id());
      for (hsize_t f = 0; f < 4; ++f) {
        test::write_chunk(single.id(), f, how.encode(frames[f]));
        test::write_chunk(shuffled.id(), f, how.encode(shuffle_bytes(frames[f], 4)));
        test::write_chunk(skipped.id(), f, f == 2 ? frames[f] : how.encode(frames[f]), f == 2 ? 1 : 0);
        if (f % 2 == 0) test::write_chunk(pairs.id(), f, how.encode(joined({frames[f], frames[f + 1]})));
      }
    }
  }
  for (auto const& [name, how] : all) {
    for (std::string const group : {"/single/", "/shuffled/", "/pairs/", "/skipped/"}) {
      auto const stack = open_stack(path, group + name);
      EXPECT_EQ(stack.format.code, encoding::raw);
      auto const back = test::read_stack(stack);
      for (std::size_t f = 0; f < 4; ++f) {
        EXPECT_EQ(back[f].status, frame_status::ok) << group << name << " frame " << f;
        EXPECT_EQ(back[f].pixels, frames[f]) << group << name << " frame " << f;
      }
    }
  }
}

TEST(hdf5_codecs, one_within_another) {
  test::temporary_folder const folder;
  auto const path = (folder / "frames.h5").string();
  auto const frame = random_frame(9);
  bytes lz4, plain;
  encode_hdf5_lz4(frame, 0, lz4);
  encode_bitshuffle(frame, 4, 0, plain);
  {
    h5_file file(path);
    std::vector<hsize_t> const one{1, rows, columns};
    auto const twice = file.dataset("/twice", H5T_STD_U32LE, one, filtered(one, {hdf5::lz4_filter, 307}).id());
    test::write_chunk(twice.id(), 0, encode_bzip2(lz4));
    auto properties = test::chunked(one, hdf5::bitshuffle_filter, {0, 0});
    test::check(H5Pset_filter(properties.id(), hdf5::zstd_filter, H5Z_FLAG_OPTIONAL, 0, nullptr), "H5Pset_filter");
    auto const shuffled = file.dataset("/shuffled", H5T_STD_U32LE, one, properties.id());
    test::write_chunk(shuffled.id(), 0, encode_zstd_stream(plain));
    auto const shorter = file.dataset("/shorter", H5T_STD_U32LE, one, properties.id());
    plain.resize(plain.size() - 8);
    test::write_chunk(shorter.id(), 0, encode_zstd_stream(plain));
  }
  for (std::string const name : {"/twice", "/shuffled"}) {
    auto const back = test::read_stack(open_stack(path, name));
    EXPECT_EQ(back[0].status, frame_status::ok) << name;
    EXPECT_EQ(back[0].pixels, frame) << name;
  }
  EXPECT_EQ(test::read_stack(open_stack(path, "/shorter"))[0].status, frame_status::corrupt);
}

TEST(hdf5_codecs, tiles_that_were_never_written_have_the_fill_value) {
  test::temporary_folder const folder;
  auto const path = (folder / "frames.h5").string();
  auto const frame = random_frame(3);
  std::uint32_t const fill = 4000000001U;
  {
    h5_file file(path);
    for (auto const& [name, chunk] : {std::pair{"/tiles", std::vector<hsize_t>{1, 20, 30}}, {"/pairs", {2, 20, 30}}}) {
      auto properties = test::chunked(chunk);
      H5Pset_deflate(properties.id(), 1);
      H5Pset_fill_value(properties.id(), H5T_NATIVE_UINT32, &fill);
      auto const dataset = file.dataset(name, H5T_STD_U32BE, {3, rows, columns}, properties.id());
      auto const space = test::slab({3, rows, columns}, {1, 0, 31}, {1, rows, columns - 31});  // all but the left tiles
      auto const memory = test::slab({rows, columns}, {0, 31}, {rows, columns - 31});
      test::check(H5Dwrite(dataset.id(), H5T_STD_U32LE, memory.id(), space.id(), H5P_DEFAULT, frame.data()),
                  "H5Dwrite");
    }
  }
  for (std::string const name : {"/tiles", "/pairs"}) {
    auto const back = test::read_stack(open_stack(path, name));
    EXPECT_EQ(back[0].status, name == "/tiles" ? frame_status::missing : frame_status::ok);
    EXPECT_EQ(back[2].status, frame_status::missing);
    ASSERT_EQ(back[1].status, frame_status::ok);
    auto const values = back[1].as<std::uint32_t>();
    for (std::size_t i = 0; i < pixels; ++i) {
      std::uint32_t written = 0;
      std::memcpy(&written, frame.data() + 4 * i, 4);
      ASSERT_EQ(values[i], i % columns < 31 ? fill : written) << name << " " << i;
    }
  }
}

// --- hostile ---------------------------------------------------------------------------------------------------------

using decoder = hdf5::filter_bytes (*)(std::span<std::byte const>, hdf5::decoded_length);

decoder decoder_of(int filter) {
  if (filter == hdf5::zstd_filter) return hdf5::decode_zstd;
  if (filter == hdf5::blosc_filter) return hdf5::decode_blosc;
  if (filter == H5Z_FILTER_DEFLATE) return hdf5::decode_gzip;
  return filter == hdf5::lzf_filter ? hdf5::decode_lzf : hdf5::decode_bzip2;
}

TEST(hostile_codecs, lengths_are_those_wanted) {
  auto const frame = random_frame(1);
  for (auto const& [name, how] : all_codecs()) {
    auto const chunk = how.encode(frame);
    auto const decode = decoder_of(how.filter);
    auto const n = frame.size();
    for (auto const wanted : {hdf5::decoded_length{n, n}, {0, n}, {0, 10 * n}, {1, std::size_t{1} << 40}}) {
      auto const found = decode(chunk, wanted);
      ASSERT_TRUE(found) << name << " up to " << wanted.most;
      EXPECT_TRUE(std::ranges::equal(found.span(), frame)) << name;
    }
    for (auto const wanted : {hdf5::decoded_length{n - 1, n - 1}, {n + 1, n + 1}, {0, n - 1}, {n + 1, 8 * n}, {0, 0}})
      EXPECT_FALSE(decode(chunk, wanted)) << name << " of " << wanted.least << " to " << wanted.most;
  }
}

TEST(hostile_codecs, chunks_cut_or_changed_or_random_do_not_decode_to_another_length) {
  std::mt19937_64 random(71);
  bytes const frame = [] {
    auto whole = random_frame(2);
    whole.resize(4000);
    return whole;
  }();
  hdf5::decoded_length const wanted{frame.size(), frame.size()};
  for (auto const& [name, how] : all_codecs()) {
    auto const chunk = how.encode(frame);
    auto const decode = decoder_of(how.filter);
    for (std::size_t length = 0; length < chunk.size(); length += 1 + length / 40) {
      bytes const cut(chunk.begin(), chunk.begin() + static_cast<std::ptrdiff_t>(length));
      EXPECT_FALSE(decode(cut, wanted)) << name << " cut to " << length;
    }
    for (int trial = 0; trial < 600; ++trial) {
      auto changed = chunk;
      auto const bit = trial < 256 ? static_cast<std::size_t>(trial) : random() % (8 * chunk.size());
      changed[bit / 8] ^= std::byte{1} << (bit % 8);
      auto const found = decode(changed, wanted);
      EXPECT_TRUE(!found || found.size == frame.size()) << name;
    }
    for (int trial = 0; trial < 300; ++trial) {
      bytes noise(random() % 200);
      for (auto& b : noise) b = static_cast<std::byte>(random());
      std::copy_n(chunk.begin(), std::min<std::size_t>({noise.size(), 16, chunk.size()}), noise.begin());
      auto const found = decode(noise, wanted);
      EXPECT_TRUE(!found || found.size == frame.size()) << name;
    }
  }
}

/// The most memory that this process had since the last call with `anew`, in bytes.
double most_memory(bool anew) {
  if (anew) std::ofstream("/proc/self/clear_refs") << "5";
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (word == "VmHWM:") return status >> word ? 1024 * std::stod(word) : 0;
  return 0;
}

// HDF5 itself would take what lies behind a short chunk in memory for pixels.
TEST(hostile_codecs, frames_of_another_length_are_corrupt) {
  test::temporary_folder const folder;
  auto const path = (folder / "frames.h5").string();
  auto const frame = random_frame(4);
  auto const shorter = bytes(frame.begin(), frame.end() - 40);
  auto const longer = joined({frame, bytes(40)});
  std::vector<std::pair<bytes, frame_status>> const contents{{frame, frame_status::ok},
                                                             {shorter, frame_status::corrupt},
                                                             {longer, frame_status::corrupt},
                                                             {bytes(4), frame_status::corrupt},
                                                             {frame, frame_status::ok}};
  auto all = all_codecs();
  all["shuffle"] = {H5Z_FILTER_SHUFFLE, [](bytes const& from) { return shuffle_bytes(from, 4); }};
  {
    h5_file file(path);
    for (auto const& [name, how] : all) {
      auto const properties = how.filter == H5Z_FILTER_SHUFFLE
                                  ? filtered({1, rows, columns}, {how.filter})
                                  : filtered({1, rows, columns}, {H5Z_FILTER_SHUFFLE, how.filter});
      auto const dataset = file.dataset("/" + name, H5T_STD_U32LE, {7, rows, columns}, properties.id());
      for (hsize_t f = 0; f < contents.size(); ++f) {
        auto const shuffled = shuffle_bytes(contents[f].first, 4);
        test::write_chunk(dataset.id(), f, how.filter == H5Z_FILTER_SHUFFLE ? shuffled : how.encode(shuffled));
      }
      test::write_chunk(dataset.id(), 5, shorter, 3);  // as they are
      test::write_chunk(dataset.id(), 6, frame, 3);
    }
  }
  for (auto const& [name, how] : all) {
    auto const back = test::read_stack(open_stack(path, "/" + name));
    for (std::size_t f = 0; f < contents.size(); ++f) EXPECT_EQ(back[f].status, contents[f].second) << name << " " << f;
    EXPECT_EQ(back[5].status, frame_status::corrupt) << name;
    EXPECT_EQ(back[4].pixels, frame) << name;
    EXPECT_EQ(back[6].pixels, frame) << name;
  }
}

TEST(hostile_codecs, datasets_are_checked_chunk_by_chunk) {
  test::temporary_folder const folder;
  auto const path = (folder / "frames.h5").string();
  bytes const chunk(7 * 9);
  h5_file file(path);
  std::vector<hsize_t> const extent{20, 30}, tile{7, 9};
  auto properties = test::chunked(tile);
  H5Pset_deflate(properties.id(), 1);
  auto const made = [&](std::string const& name, std::size_t bad, bytes const& instead) {
    auto dataset = file.dataset(name, H5T_STD_U8LE, extent, properties.id());
    for (std::size_t i = 0; i < 12; ++i) {
      if (i == 5) continue;  // was never written
      hsize_t const at[] = {i / 4 * 7, i % 4 * 9};
      auto const encoded = encode_gzip(i == bad ? instead : chunk);
      test::check(H5Dwrite_chunk(dataset.id(), H5P_DEFAULT, 0, at, encoded.size(), encoded.data()), "H5Dwrite_chunk");
    }
    return dataset;
  };
  auto const says = [&](handle const& dataset) {
    return input_error_of([&] { hdf5::require_valid_chunks(dataset.id(), "'/d' in 'f'"); }).value_or("");
  };
  EXPECT_EQ(says(made("/good", 99, {})), "");
  EXPECT_THAT(says(made("/short", 0, bytes(62))),
              testing::HasSubstr("'/d' in 'f' cannot be read: the chunk at [0][0]"));
  EXPECT_THAT(says(made("/long", 6, bytes(64))), testing::HasSubstr("the chunk at [7][18]"));
  EXPECT_THAT(says(made("/last", 11, bytes(1))), testing::HasSubstr("the chunk at [14][27]"));
  EXPECT_EQ(says(file.dataset("/nothing", H5T_STD_U8LE, {0, 30}, properties.id(), {H5S_UNLIMITED, 30})), "");
  EXPECT_EQ(says(file.dataset("/contiguous", H5T_STD_U8LE, extent)), "");
  EXPECT_THAT(says(file.dataset("/zfp", H5T_STD_U8LE, extent, filtered(tile, {32013}).id())),
              testing::HasSubstr("32013 (ZFP)"));
}

TEST(hostile_codecs, lists_and_images_are_checked_before_they_are_read) {
  test::temporary_folder const folder;
  auto const path = (folder / "lists.h5").string();
  {
    h5_file file(path);
    auto const chunk = filtered({50}, {hdf5::zstd_filter});
    auto gzip = test::chunked({50});
    H5Pset_deflate(gzip.id(), 1);
    auto const add = [&](std::string const& name, handle const& properties, bytes const& content) {
      auto const dataset = file.dataset(name, H5T_IEEE_F64LE, {50}, properties.id());
      hsize_t const at[] = {0};
      test::check(H5Dwrite_chunk(dataset.id(), H5P_DEFAULT, 0, at, content.size(), content.data()), "H5Dwrite_chunk");
    };
    std::vector<double> const values(50, 2.5);
    auto const view = test::bytes_of_values(values);
    add("/good", chunk, encode_zstd({view.begin(), view.end()}));
    add("/zstd", chunk, encode_zstd(bytes(392)));
    add("/gzip", gzip, encode_gzip(bytes(392)));
    add("/blosc2", filtered({50}, {32026}), bytes(7));
  }
  EXPECT_EQ(read_numbers(path + "::/good", "").values, std::vector<double>(50, 2.5));
  for (auto const& [name, says] : {std::pair{"/zstd", "cannot be read: the chunk at [0] is bad"},
                                   {"/gzip", "cannot be read: the chunk at [0] is bad"},
                                   {"/blosc2", "compressed by HDF5 filter 32026 (Blosc2)"}})
    EXPECT_THAT(input_error_of([&, list = name] { read_numbers(path + "::" + list, ""); }).value_or(""),
                testing::HasSubstr(says));
}

TEST(hostile_codecs, checksums_are_compared) {
  test::temporary_folder const folder;
  auto const path = (folder / "frames.h5").string();
  auto const frame = random_frame(5);
  bytes chunk(frame.size() + 4);
  {
    h5_file file(path);
    auto properties = test::chunked({1, rows, columns});
    H5Pset_fletcher32(properties.id());
    auto const dataset = file.dataset("/d", H5T_STD_U32LE, {12, rows, columns}, properties.id());
    test::write_frame(dataset.id(), H5T_STD_U32LE, 0, rows, columns, frame.data());
    std::uint32_t mask = 0;
    hsize_t const first[] = {0, 0, 0};
    test::check(H5Dread_chunk(dataset.id(), H5P_DEFAULT, first, &mask, chunk.data()), "H5Dread_chunk");
    for (hsize_t f = 1; f < 12; ++f) {
      auto changed = chunk;
      changed[f < 5 ? changed.size() - f : (f - 5) * 3373] ^= std::byte{0x11};
      test::write_chunk(dataset.id(), f, changed);
    }
  }
  auto const back = test::read_stack(open_stack(path, "/d"));
  EXPECT_EQ(back[0].status, frame_status::ok);
  EXPECT_EQ(back[0].pixels, frame);
  for (std::size_t f = 1; f < 12; ++f) EXPECT_EQ(back[f].status, frame_status::corrupt) << f;
}

// Little that says, or is, a gigabyte.
TEST(hostile_codecs, bombs_take_no_memory) {
  test::temporary_folder const folder;
  auto const path = (folder / "frames.h5").string();
  std::map<std::string, codec> bombs{
      {"zstd", {hdf5::zstd_filter, encode_zstd}},
      {"zstd_stream", {hdf5::zstd_filter, encode_zstd_stream}},
      {"bzip2", {hdf5::bzip2_filter, encode_bzip2}},
      {"blosc", {hdf5::blosc_filter, [](bytes const& from) { return encode_blosc(from, "zstd", BLOSC_SHUFFLE, 4); }}},
      {"bitshuffle", {hdf5::bitshuffle_filter, [](bytes const& from) {
                        bytes out;
                        encode_bitshuffle_zstd(from, 1, 1U << 23, 0, out);
                        return out;
                      }}}};
  {
    h5_file file(path);
    std::vector<hsize_t> const one{2, 50, 50};  // of two frames, so that HDF5 decodes it
    bytes const zeros(std::size_t{64} << 20);
    for (auto const& [name, how] : bombs) {
      auto const properties =
          how.filter == hdf5::bitshuffle_filter ? test::chunked(one, how.filter, {0, 3}) : filtered(one, {how.filter});
      auto const chunk = how.encode(zeros);
      auto const lone = file.dataset("/" + name, H5T_STD_U8LE, one, properties.id());
      ASSERT_LT(chunk.size(), 200000U) << name;  // more would not pass for a chunk
      test::write_chunk(lone.id(), 0, chunk);
    }
  }
  auto const before = most_memory(true);
  for (auto const& [name, how] : bombs) {
    auto const status = test::read_stack(open_stack(path, "/" + name))[0].status;
    EXPECT_TRUE(status == frame_status::corrupt || status == frame_status::lying_header) << name;
  }
  EXPECT_LT(most_memory(false) - before, 20e6);
}

}  // namespace
}  // namespace xrdct
