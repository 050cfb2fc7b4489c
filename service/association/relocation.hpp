#pragma once

#include "service/store/moves.hpp"
#include "service/store/tracks.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace lm::association {

/// A track that was recorded under its room and is of a meeting.
struct Relocation {
    store::Track track; // with that meeting
    std::vector<store::Recording> recordings;
};

struct Places {
    std::string recordings, ledgers, video = {}; // directories, a folder per meeting or room in each
};

/// When the files of a track are nobody's. One that has ended in order is: its row and its ledger say so, and
/// none is locked. Of one that was cut by a crash, or whose last words were lost, nothing may have been
/// written for `quiet`: it could run in another replica.
struct Rest {
    domain::UtcTime now;
    std::chrono::milliseconds quiet;
    bool mayTouchOld = true; // false: a repair of what a crash left is under way
};

struct Relocated {
    enum class Kind {
        Done,      // everything is where it belongs
        Elsewhere, // no file of the track is here: they are another replica's, or gone
        Busy,      // somebody writes, or may write
        Failed,    // `problem` says why; some may have been moved
    };
    Kind kind = Kind::Done;
    std::vector<store::MovedFile> files; // those with rows that are where they belong
    std::size_t moved = 0;               // files, now
    std::vector<std::string> left;       // names that were taken there: these files stay where they are
    std::string problem;
};

/// Moves the recording's files and the ledger of a track from the folder of its room to that of its meeting:
/// first the ledger says so, then the files go, the ledger last. Begun and interrupted anywhere it does the
/// rest the next time. Blocks.
Relocated relocate(const Places& places, const Relocation& what, const Rest& rest);

/// Whether `name` is one of the files of a recording that was to be `<stem>.wav`: that, a later part, or one
/// with a number because the name was taken.
bool isOfRecording(const std::string& name, const std::string& stem);

} // namespace lm::association
