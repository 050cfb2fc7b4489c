#pragma once

#include "tools/egresssim/options.hpp"
#include "tools/egresssim/track.hpp"

#include <string>
#include <vector>

namespace lm::egresssim {

struct Totals {
    std::size_t waiting = 0; // not yet connected
    std::size_t running = 0;
    std::size_t succeeded = 0;
    std::size_t failed = 0;
    Counters counters;
};

const char* toString(Outcome outcome);
/// Complete, as asked, or stopped by the user.
bool succeeded(const Track& track);
Totals totalsOf(const std::vector<Track>& tracks);
/// One line for people.
std::string progressLine(const Totals& totals, double seconds);
/// The end of a run, for people: one line, and one for each of the first tracks that failed.
std::string summaryText(const std::vector<Track>& tracks, double seconds);
/// The same for programs: totals, and an entry per track.
std::string summaryJson(const std::vector<Track>& tracks, double seconds);

} // namespace lm::egresssim
