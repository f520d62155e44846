// Every file that came with the project integrates to the sum that its description gives, or is refused for the true
// reason.

#include "tests/support/shared_data.hpp"
#include "tests/app/program.hpp"
#include "xrdct/io/arrays.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <numeric>
#include <set>

namespace xrdct {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

struct outcome {
  std::string file;     // below data/, with ::/dataset where the file alone is not enough
  double sum = -1;      // of all raw values; below 0: refused
  std::string message;  // what standard error says
};

std::string const dectris = "hdf5/dectris/", esrf = "hdf5/esrf_id11/", jhdf = "hdf5/jhdf/";

std::vector<outcome> firmware() {
  std::vector<outcome> all;
  for (char const* number : {"1", "2"}) {
    std::string const end = "_data_00000" + std::string(number) + ".h5";
    for (char const* codec : {"lz4", "bslz4"})
      all.push_back(
          {dectris + "datasets_eiger1/eiger1_testmode10_2datafiles_4images_" + codec + end, 5022958546.0, ""});
    for (char const* codec : {"lz4", "bslz4", "bslz4_uint8"})
      all.push_back({dectris + "datasets_eiger2/eiger2_simread7_2datafiles_4images_" + codec + end, 7297080, ""});
    all.push_back({dectris + "datasets_eiger2/eiger2_simread7_2datafiles_4images_bslz4_uint32" + end, 43782480, ""});
  }
  return all;
}

/// Frame k is k everywhere.
std::vector<outcome> library_versions() {
  std::vector<outcome> all;
  for (std::string const version : {"earliest", "v108", "v110", "v112"}) {
    auto const file = dectris + "datasets_different_h5ver/dataset_" + version + ".h5";
    all.push_back({file, -1, "datasets that may be the frames"});
    all.push_back({dectris + "datasets_different_h5ver/dataset_" + version + "_external.h5", -1, "may be the frames"});
    for (char const* name :
         {"chunked", "chunked_bslz4", "chunked_external", "chunked_hard", "chunked_soft", "chunked_unlimited_maxshape",
          "chunked_unlimited_maxshape_bslz4", "not_chunked", "not_chunked_external", "sub_hard/chunked_external"})
      all.push_back({file + "::/data/" + name, 100 * (0 + 1 + 2), ""});
    for (char const* name : {"chunked_fixed_array", "chunked_fixed_array_bslz4"})
      all.push_back({file + "::/data/" + name, 4 * 19 * 20 / 2, ""});
    for (char const* name : {"chunked_fixed_array_paged", "chunked_fixed_array_paged_bslz4"})
      all.push_back({file + "::/data/" + name, 4.0 * 4999 * 5000 / 2, ""});
  }
  return all;
}

std::vector<outcome> others() {
  auto const bliss = esrf + "demoh5_dataset/demoh5_dataset.h5";
  return {
      // Every frame of these counts from 0 to 142: 5 frames a file.
      {dectris + "dataset_artificial_small_001/test_master.h5", 50765, ""},
      {dectris + "dataset_artificial_small_001/test_data_000001.h5", 50765, ""},
      {dectris + "dataset_artificial_large_001/test_master.h5", 152295, "997 files do not exist, such as"},
      {dectris + "dataset_artificial_large_001/test_data_000001.h5", 50765, ""},
      {dectris + "dataset_artificial_large_001/test_data_000002.h5", 50765, ""},
      {dectris + "dataset_artificial_large_001/test_data_001000.h5", 50765, ""},
      {esrf + "ma4500_demoh5.h5::/demoh5_dataset_1.1/measurement/marana", 843203041, ""},
      {bliss + "::/1.1/measurement/marana", 843203041, ""},
      {bliss + "::/2.1/measurement/marana", -1, "scan0002/marana_0000.h5' does not exist"},
      {esrf + "demoh5_dataset/ma4500-demoh5-dataset.h5", -1, "holds no dataset of frames"},
      {esrf + "demoh5_dataset/scan0001/marana_0000.h5", 843203041, "98 of them missing"},
      {"cbf/pilatus2m_CeO2/CeO2.cbf", 1692833047, ""},
      {"cbf/ximg2701_00001.cbf", 124090330, ""},
      {"tiff/CeO2_Pilatus1M.tif", 126770499, ""},
      {"hdf5/bitshuffle/regression_0.1.3.h5", -1, "holds no dataset of frames"},
      {"hdf5/bitshuffle/regression_0.4.0.h5", -1, "holds no dataset of frames"},
      {jhdf + "bitshuffle_datasets.hdf5", -1, "holds no dataset of frames"},
      {jhdf + "lz4_datasets.hdf5", -1, "holds no dataset of frames"},
      {jhdf + "chunked_v4_datasets.hdf5", -1, "'/filtered_btree_v2/large_int16' [200][5][10]"},
      {jhdf + "fixed_array_paged_datasets.hdf5", -1, "'/filtered_fixed_array/int16_five_page' [200][25]"},
      {jhdf + "fletcher32_datasets_latest.hdf5", -1, "'/float/float32' [7][5]"},
      {jhdf + "implicit_index_datasets.hdf5", 1225, "/implicit_index_mismatch"},
      {jhdf + "test_byteshuffle_compressed_datasets_latest.hdf5", -1, "is open in a program that writes it"},
      {"scans/raster/scan.h5", 1, ""},
      {"scans/zigzag/scan.h5", 1, ""},
  };
}

class shared_data : public ::testing::Test {
 protected:
  void SetUp() override {
    XRDCT_NEEDS_SHARED("data/hdf5/dectris/dataset_artificial_small_001/test_master.h5");
    std::ofstream((folder_ / "plain.poni").string())
        << "Detector: Detector\nDetector_config: {\"pixel1\": 1e-4, \"pixel2\": 1e-4}\nDistance: 0.2\nPoni1: 0.01\n"
           "Poni2: 0.01\nWavelength: 1e-10\n";
  }
  /// All values count, also those that mark dead pixels: so do the sums of the descriptions.
  void expect(outcome const& given) {
    SCOPED_TRACE(given.file);
    auto const what = test::shared("data/" + given.file).string();
    auto const run = test::run_program(folder_.path().string(),
                                       {"integrate", what, "--poni", "plain.poni", "--dummy", "none", "--detector-info",
                                        "ignore", "--split", "no", "--bins", "7", "-o", "out.h5", "--overwrite"});
    EXPECT_THAT(run.err, HasSubstr(given.message));
    EXPECT_EQ(run.code, given.sum < 0 ? 3 : 0) << run.err;
    if (run.code != 0) return;
    auto const sums = read_numbers("/entry/frames/raw_sum", (folder_ / "out.h5").string()).values;
    EXPECT_EQ(std::accumulate(sums.begin(), sums.end(), 0.0), given.sum);
  }
  test::temporary_folder folder_;
};

TEST_F(shared_data, of_detector_firmware) {
  for (auto const& given : firmware()) expect(given);
}

TEST_F(shared_data, of_every_version_of_the_library) {
  for (auto const& given : library_versions()) expect(given);
}

TEST_F(shared_data, of_other_programs) {
  for (auto const& given : others())
    if (!given.file.starts_with("scans/")) expect(given);  // what they make: in tests/pipeline
}

TEST_F(shared_data, none_is_forgotten) {
  std::set<std::string> known;
  for (auto const& list : {firmware(), library_versions(), others()})
    for (auto const& given : list) known.insert(given.file.substr(0, given.file.find("::")));
  auto const top = test::shared("data");
  std::set<std::string> const belonging{".md", ".poni", ".edf", ".dat", ".npz", ".xy"};
  for (auto const& entry : fs::recursive_directory_iterator(top)) {
    auto const name = fs::relative(entry.path(), top).string();
    if (!entry.is_regular_file() || belonging.contains(entry.path().extension()) || name.ends_with("expected.h5"))
      continue;
    EXPECT_TRUE(known.contains(name)) << name;
  }
}

}  // namespace
}  // namespace xrdct
