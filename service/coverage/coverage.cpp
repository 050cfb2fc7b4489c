#include "service/coverage/coverage.hpp"

namespace lm::coverage {
namespace {

constexpr char recordingBranch[] = "recording";
constexpr char analysisBranch[] = "analysis";
constexpr char sourceBranch[] = "source";
constexpr char underWay[] = "under-way";

std::uint64_t framesIn(Interval where, std::uint64_t channels) {
    return where.to / channels - where.from / channels;
}

Interval inFrames(Interval where, std::uint64_t channels) {
    return {where.from / channels, where.to / channels};
}

/// Nothing is said of the block any more.
bool isFinal(const std::string& state) {
    return state != "spooled" && state != "dead-lettered" && state != underWay;
}

} // namespace

Interval Coverage::place(Range range, std::uint64_t channels) const {
    const std::uint64_t each = channels ? channels : std::max<std::uint64_t>(head_.channels, 1);
    return {range.sample * each, (range.sample + range.samples) * each};
}

void Coverage::problem(std::string text) {
    if (problems_.size() < mostMisfits) problems_.push_back(std::move(text));
}

void Coverage::lay(Branch& branch, const char* name, Interval where, const Fate& fate) {
    if (branch.size() >= mostPieces)
        return problem(std::string("the ") + name + " is in too many pieces; tools/verify reads all of them");
    for (const Interval& twice : branch.covered(where))
        if (overlaps_.size() < mostMisfits) overlaps_.push_back({name, twice, fate.state});
    branch.put(where, fate);
}

void Coverage::corrected(std::uint64_t rate, std::uint64_t channels) {
    head_.rate = rate;
    head_.channels = channels;
}

void Coverage::partOpened(unsigned number, std::uint64_t sample, std::uint64_t channels) {
    open_[number] = place({sample, 0}, channels).from;
}

void Coverage::partClosed(unsigned number, Range range, std::uint64_t channels) {
    if (open_.erase(number) == 0) problem("part " + std::to_string(number) + " ended and never began");
    lay(recording_, recordingBranch, place(range, channels), {"recorded"});
}

void Coverage::paused(std::uint64_t sample, const std::string& reason) {
    paused_.emplace(place({sample, 0}, 0).from, reason);
}

void Coverage::skipped(const std::string& branch, Range range, const std::string& reason) {
    if (branch == sourceBranch) return; // left out before it got a position
    const bool analysis = branch == analysisBranch;
    if (!analysis) paused_.reset();
    lay(analysis ? analysis_ : recording_, analysis ? analysisBranch : recordingBranch, place(range, 0),
        {"skipped", reason});
}

void Coverage::filled(Range range) {
    if (filled_.size() < mostPieces) filled_.put(place(range, 0), true);
}

void Coverage::block(std::uint64_t sequence, Range range, std::uint64_t channels) {
    const Interval where = place(range, channels);
    lay(analysis_, analysisBranch, where, {head_.sends ? underWay : "unsent"});
    if (!head_.sends) return;
    if (blocks_.size() >= mostPieces)
        return problem("too many blocks wait for an end; tools/verify reads all of them");
    blocks_[sequence] = {where, range, {}};
}

/// A sink counts for itself: behind a block that never reached it, its numbers are lower.
Coverage::Blocks::iterator Coverage::blockOf(std::uint64_t sequence, Range range) {
    const auto is = [&](const auto& entry) { return entry.second.range == range; };
    const auto found = blocks_.find(sequence);
    return found != blocks_.end() && is(*found) ? found : std::find_if(blocks_.begin(), blocks_.end(), is);
}

void Coverage::state(std::uint64_t sequence, Range range, const std::string& key, const Fate& fate) {
    const auto found = blockOf(sequence, range);
    if (found == blocks_.end())
        return problem("block " + std::to_string(sequence) + " is " + fate.state + ", and was never cut");
    if (found->second.key.empty() && !isFinal(fate.state)) byKey_[found->second.key = key] = found->first;
    settle(found, fate);
}

void Coverage::lateState(const std::string& key, const Fate& fate) {
    const auto found = byKey_.find(key);
    if (found == byKey_.end()) return;
    settle(blocks_.find(found->second), fate);
}

void Coverage::settle(Blocks::iterator block, const Fate& fate) {
    analysis_.put(block->second.where, fate);
    if (!isFinal(fate.state)) return;
    byKey_.erase(block->second.key);
    blocks_.erase(block);
}

void Coverage::received(std::uint64_t samples) {
    received_ = place({samples, 0}, 0).from;
}

void Coverage::recorded(std::uint64_t samples, std::uint64_t skipped) {
    recorded_.emplace(samples, skipped);
    if (!received_) received_ = place({samples + skipped, 0}, 0).from;
}

Coverage::Report Coverage::report(bool running) const {
    Report all;
    all.head = head_;
    if (!isVideo()) all.head.channels = std::max<std::uint64_t>(head_.channels, 1);
    all.state = ended_ ? "ended" : running ? "running" : "killed";
    all.problems = problems_;
    all.overlaps = overlaps_;
    Branch recording = recording_;
    const std::uint64_t end = std::max(recording_.end(), analysis_.end());
    // What is being written reaches as far as anything is known of the track.
    if (paused_) recording.put({paused_->first, end}, {"skipped", paused_->second});
    for (const auto& [number, from] : open_)
        for (const Interval& free : recording.missing({from, end}))
            recording.put(free, {ended_ ? "unclosed" : "recording"});
    Branch analysis = analysis_;
    if (all.state != "running")
        for (const auto& [sequence, block] : blocks_)
            if (block.key.empty()) analysis.put(block.where, {ended_ ? "unknown" : "lost"});
    judge(all, recording, analysis);
    return all;
}

void Coverage::judge(Report& all, const Branch& recording, const Branch& analysis) const {
    const std::uint64_t channels = std::max<std::uint64_t>(head_.channels, 1);
    const auto take = [&](const Branch& branch, const char* name, std::vector<Piece>& pieces) {
        for (const auto& [from, piece] : branch.pieces()) {
            pieces.push_back({inFrames({from, piece.to}, channels), piece.value});
            all.totals[piece.value.state] += framesIn({from, piece.to}, channels);
        }
        const std::uint64_t end = received_ ? *received_ : branch.end();
        for (const Interval& hole : branch.missing({0, end}))
            if (all.gaps.size() < mostMisfits)
                all.gaps.push_back({name, hole, "the ledger does not say what became of it"});
        if (branch.end() > end && all.overlaps.size() < mostMisfits)
            all.overlaps.push_back({name, {end, branch.end()}, "was never received"});
    };
    take(recording, recordingBranch, all.recording);
    if (!isVideo()) take(analysis, analysisBranch, all.analysis);
    for (auto* misfits : {&all.gaps, &all.overlaps})
        for (Misfit& misfit : *misfits)
            misfit.where = inFrames(misfit.where, channels);
    for (const auto& [from, piece] : filled_.pieces())
        all.filled.push_back(inFrames({from, piece.to}, channels));
    if (received_) all.received = *received_ / channels;
    const auto total = [&](const char* state) {
        const auto found = all.totals.find(state);
        return found == all.totals.end() ? 0 : found->second;
    };
    if (ended_ && !received_) all.problems.emplace_back("the ledger does not say how much was received");
    if (ended_ && all.received.value_or(0) > 0 && !recorded_)
        all.problems.emplace_back("the ledger lacks the recording's last word");
    if (recorded_ && total("recorded") != recorded_->first)
        all.problems.push_back("the parts hold " + std::to_string(total("recorded")) +
                               " frames, the recording's last word is " + std::to_string(recorded_->first));
    all.complete = ended_ && all.gaps.empty() && all.overlaps.empty() && all.problems.empty() &&
                   total("unknown") == 0 && total("unclosed") == 0;
}

} // namespace lm::coverage
