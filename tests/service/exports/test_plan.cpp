#include "service/exports/plan.hpp"

#include <gtest/gtest.h>

namespace lm::exports {
namespace {

using std::chrono::milliseconds;

const domain::UtcTime noon{std::chrono::hours(12)};

store::Track track(const std::string& id, const std::string& participant, const std::string& name = {}) {
    store::Track made;
    made.id = id;
    made.participant = participant;
    made.trackId = name;
    return made;
}

/// Of one part.
store::Recording sound(const std::string& of, int part, std::optional<domain::UtcTime> start) {
    return {of, part, of + std::to_string(part) + ".wav", 48000, 2, 0, 48000, start};
}
store::Recording pictures(const std::string& of, int part, std::optional<std::int64_t> length = 1500) {
    return {of, part, "RM/" + of + ".h264", 1000, 0, 0, length, noon};
}

TEST(Plan, HasTheFilesOfOneParticipant) {
    const std::vector tracks{track("a", "ann", "TR_a"), track("b", "bob"), track("v", "ann")};
    const auto plan = planOf(
        "RM_1", "ann", tracks,
        {sound("a", 1, noon), sound("a", 2, noon + milliseconds(7)), sound("b", 1, noon), pictures("v", 1)});
    EXPECT_EQ(plan.title, "RM_1 ann");
    ASSERT_EQ(plan.tracks.size(), 2u);
    EXPECT_EQ(plan.tracks[0].title, "TR_a");
    EXPECT_FALSE(plan.tracks[0].video);
    ASSERT_EQ(plan.tracks[0].files.size(), 2u);
    EXPECT_EQ(plan.tracks[0].files[1].path, "a2.wav");
    EXPECT_EQ(plan.tracks[0].files[1].start, noon + milliseconds(7));
    EXPECT_EQ(plan.tracks[1].title, "v") << "a track without a name has its id";
    EXPECT_TRUE(plan.tracks[1].video);
    EXPECT_EQ(plan.tracks[1].files[0].path, "RM/v.mkv") << "the file beside the bytestream";
    EXPECT_EQ(plan.tracks[1].files[0].length, milliseconds(1500));
    EXPECT_TRUE(plan.leftOut.empty());
}

TEST(Plan, SaysWhatWillBeMissing) {
    const auto plan = planOf("RM_1", "ann", {track("a", "ann"), track("v", "ann")},
                             {sound("a", 1, std::nullopt), pictures("v", 1), pictures("v", 2)});
    ASSERT_EQ(plan.leftOut.size(), 2u);
    EXPECT_EQ(plan.leftOut[0].recording, "a.1");
    EXPECT_EQ(plan.leftOut[1].recording, "v.2");
    EXPECT_EQ(plan.tracks.size(), 1u) << "a track without files is none";
}

TEST(Plan, TakesTheTimeOfTheTrackWhenAFileHasNone) {
    store::Track of = track("a", "ann");
    of.firstSampleAt = noon;
    auto recording = sound("a", 2, std::nullopt);
    recording.firstSample = 24000;
    const auto plan = planOf("RM_1", "ann", {of}, {recording});
    ASSERT_EQ(plan.tracks.size(), 1u);
    EXPECT_EQ(plan.tracks[0].files[0].start, noon + milliseconds(500));
}

TEST(Plan, KnowsWhoIsThere) {
    EXPECT_EQ(participantsOf({track("a", "bob"), track("b", ""), track("c", "bob"), track("d", "ann")}),
              (std::vector<std::string>{"", "ann", "bob"}));
}

} // namespace
} // namespace lm::exports
