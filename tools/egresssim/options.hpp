#pragma once

#include "plugins/common/result.hpp"
#include "tools/common/query.hpp"
#include "tools/egresssim/address.hpp"
#include "tools/egresssim/schedule.hpp"

#include <optional>
#include <string>
#include <vector>

namespace lm::egresssim {

struct Options {
    std::string url;
    Address address; // of url
    std::uint32_t tracks = 1;
    std::optional<Time> duration; // unset: the longest file, or 10 s
    double ramp = 0;              // connections per second; 0: all at once
    Time tick = std::chrono::milliseconds(10);
    Time pingInterval = std::chrono::seconds(30);
    bool fast = false;

    std::string room = "sim-room";
    std::string meetingId; // empty: not sent
    std::string participant = "speaker";
    std::string trackId = "TR_AMsim";
    bool sign = false;
    std::string secret; // what signs; never printed
    std::optional<std::uint32_t> declaredRate;
    std::optional<std::uint32_t> declaredChannels;

    std::vector<std::string> files; // track i plays file i modulo their number
    bool loop = false;
    std::optional<std::uint32_t> toneHz;
    bool noise = false;
    bool silence = false;
    std::uint32_t seed = 1;

    std::string video;         // a file whose pictures are sent; empty: audio is
    std::string codec = "vp8"; // h264, vp8, vp9

    Faults faults;
    std::string dumpDir; // the audio of each track, as it was put on the wire
    bool json = false;
    bool quiet = false;
    bool help = false;
};

Result<Options> parseOptions(const std::vector<std::string>& args);
std::string helpText();

/// What track `index` adds to the query.
tools::Parameters parametersOf(const Options& options, std::uint32_t index, std::uint32_t rate,
                               std::uint32_t channels);
std::string trackName(const Options& options, std::uint32_t index);

} // namespace lm::egresssim
