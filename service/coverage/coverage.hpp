#pragma once

#include "service/coverage/intervalmap.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace lm::coverage {

/// What became of a range, and why.
struct Fate {
    std::string state;
    std::string reason = {};
    bool operator==(const Fate&) const = default;
};

/// Who the track is; the first line of its ledger.
struct Head {
    std::string track, trackId, room, meetingId, participant;
    std::uint64_t rate = 0; // Hz, of the audio as far as it is known
    std::uint64_t channels = 0;
    bool sends = false; // blocks go to an analysis service
    std::string time;   // of its start, UTC
};

/// A range of a ledger's line: frames of `channels` samples.
struct Range {
    std::uint64_t sample = 0;
    std::uint64_t samples = 0;
    bool operator==(const Range&) const = default;
};

/// Something that should not be.
struct Misfit {
    std::string branch; // recording, analysis
    Interval where;
    std::string reason;
};

/// Folds the lines of one track's ledger, in their order, into what became of every sample: the rules of
/// tools/verify as far as the ledger alone can tell. Plain values, bounded memory. Not synchronised.
///
/// Inside, positions are samples of all channels: they stay true when one declared channel turns out to be
/// two.
class Coverage {
public:
    static constexpr std::size_t mostPieces = 1 << 16; // of a branch, and of blocks that wait for a state
    static constexpr std::size_t mostMisfits = 1000;

    void head(Head head) { head_ = std::move(head), known_ = true; }
    /// What the first line could not know.
    void meeting(std::string meetingId) { head_.meetingId = std::move(meetingId); }
    /// The declaration was wrong: from here on frames have so many channels.
    void corrected(std::uint64_t rate, std::uint64_t channels);
    void partOpened(unsigned number, std::uint64_t sample, std::uint64_t channels);
    void partClosed(unsigned number, Range range, std::uint64_t channels);
    void paused(std::uint64_t sample, const std::string& reason);
    void skipped(const std::string& branch, Range range, const std::string& reason);
    void filled(Range range);
    void block(std::uint64_t sequence, Range range, std::uint64_t channels);
    void state(std::uint64_t sequence, Range range, const std::string& key, const Fate& fate);
    /// Of a track that is over: found by its key, left alone when it is another's.
    void lateState(const std::string& key, const Fate& fate);
    void received(std::uint64_t samples);
    void recorded(std::uint64_t samples, std::uint64_t skipped);
    void ended() { ended_ = true; }
    /// The ledger itself is not whole.
    void problem(std::string text);

    struct Piece {
        Interval where; // frames of the last format
        Fate fate;
    };
    struct Report {
        Head head;
        std::string state; // running, ended, killed
        bool complete = false;
        std::optional<std::uint64_t> received; // frames
        std::vector<Piece> recording, analysis;
        std::vector<Interval> filled;
        std::vector<Misfit> gaps, overlaps;
        std::map<std::string, std::uint64_t> totals; // frames, by state
        std::vector<std::string> problems;
    };
    /// All that is known. `running`: lines may still come.
    Report report(bool running) const;
    bool hasHead() const { return known_; }

private:
    struct Block {
        Interval where;
        Range range;
        std::string key; // once it is known
    };
    using Branch = IntervalMap<Fate>;
    using Blocks = std::map<std::uint64_t, Block>;

    Interval place(Range range, std::uint64_t channels) const;
    /// It has no blocks. A ledger without its first line says nothing of it.
    bool isVideo() const { return head_.channels == 0 && !head_.track.empty(); }
    void lay(Branch& branch, const char* name, Interval where, const Fate& fate);
    Blocks::iterator blockOf(std::uint64_t sequence, Range range);
    void settle(Blocks::iterator block, const Fate& fate);
    void judge(Report& report, const Branch& recording, const Branch& analysis) const;

    Head head_;
    bool known_ = false;
    bool ended_ = false;
    Branch recording_, analysis_;
    IntervalMap<bool> filled_;
    std::map<unsigned, std::uint64_t> open_; // parts being written: their first sample
    std::optional<std::pair<std::uint64_t, std::string>> paused_;
    Blocks blocks_; // whose last word may not have been said, by sequence
    std::unordered_map<std::string, std::uint64_t> byKey_;
    std::optional<std::uint64_t> received_;
    std::optional<std::pair<std::uint64_t, std::uint64_t>> recorded_; // and skipped
    std::vector<Misfit> overlaps_;
    std::vector<std::string> problems_;
};

} // namespace lm::coverage
