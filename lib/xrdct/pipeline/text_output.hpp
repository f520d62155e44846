#pragma once
/// \file One pattern as text, for programs that read columns.

#include "xrdct/pipeline/output_file.hpp"
#include "xrdct/pipeline/reduce_stage.hpp"
#include "xrdct/pipeline/run_record.hpp"

#include <string>

namespace xrdct {

/// Whether an output's name asks for text: .dat and .txt (with errors, if there are any), .xy (without, as Rietveld
/// programs have it), .xye (with).
bool is_text_output(std::string const& name);

/// Throws usage_error where text cannot hold what the job makes: patterns of several frames, or of sectors, or errors
/// that are not to be estimated.
void check_text_output(job const& what, measurement const& m);

/// Collective. Rank 0 writes lines of "radial intensity" or "radial intensity sigma" into the unfinished output, each
/// number with the fewest digits that stand for it alone, under '#' lines that say how they were made. Throws on all
/// ranks: usage_error where there is not one good frame, runtime_failure where it cannot be written.
void write_text(output_file const& output, job const& what, communicator const& ranks, measurement const& m,
                reduced_frames const& reduced);

}  // namespace xrdct
