#pragma once

#include "service/exports/assembly.hpp"
#include "service/exports/exporter.hpp"

namespace lm::exports {

/// What a plan comes to once its files were looked at. Files that cannot be used are left out of it.
struct Opened {
    std::vector<Source> sources;
    std::vector<LeftOut> leftOut;
};

/// Opens the files of a plan, below the directories of the options alone, as far as they are now. Blocks.
std::variant<Opened, Refusal> open(const Plan& plan, const Options& options);

} // namespace lm::exports
