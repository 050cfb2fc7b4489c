#include "service/pipeline/manager.hpp"
#include "tests/service/pipeline/descriptions.hpp"
#include "tests/service/pipeline/stocksource.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/temporarydirectory.hpp"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace {

using namespace lm;
using namespace lm::pipeline;
using namespace lm::test;
namespace fs = std::filesystem;

std::string description(const std::string& source) {
    return R"({"title": "t", "template": ["stocksource name=source )" + source + R"( ! wavenc name=wav !",
      "filesink name=recording sync=false async=false"],
      "handles": {"connection": {"element": "source", "property": "connection"}},
      "parameters": {"type": "object", "additionalProperties": false, "required": ["location"], "properties": {
        "location": {"type": "string", "element": "recording", "property": "location"}}}})";
}
constexpr char endless[] = "is-live=true";

struct Recorder : TrackObserver {
    void trackStarted(const TrackInfo& track) override { started.push_back(track); }
    void trackEnded(const TrackInfo& track, const Outcome& outcome) override {
        ended.emplace_back(track, outcome);
    }
    std::vector<TrackInfo> started;
    std::vector<std::pair<TrackInfo, Outcome>> ended;
};

class Manager : public testing::Test {
protected:
    void SetUp() override {
        registerStockSource();
        settings_.egress.audioOutputDir = root_;
        request_.room = "room";
        request_.participant = "../p ! filesink location=/etc/x";
    }
    void TearDown() override { manager_.reset(); }
    void use(const std::string& source) {
        catalogue_ = catalogueOf(description(source));
        for (const char* name : {"video-h264", "video-vp8", "video-vp9"})
            ASSERT_FALSE(catalogue_.add(description(source), name, name));
        auto made = TrackManager::create(settings_, catalogue_, {&recorder_});
        ASSERT_TRUE(made) << made.error().message;
        manager_ = std::move(*made);
    }
    Result<std::string> start() {
        const auto in = Ref<GInputStream>::adopt(g_memory_input_stream_new());
        const auto out = Ref<GOutputStream>::adopt(g_memory_output_stream_new_resizable());
        return manager_->start(request_, Ref<GIOStream>::adopt(g_simple_io_stream_new(in.get(), out.get())));
    }

    const lm::test::TemporaryDirectory directory_;
    const fs::path root_ = directory_.path();
    config::Settings settings_;
    domain::EgressRequest request_;
    Catalogue catalogue_;
    Recorder recorder_;
    std::unique_ptr<TrackManager> manager_;
};

TEST_F(Manager, RecordsATrackUntilItsInputEnds) {
    use("num-buffers=10");
    const auto id = start();
    ASSERT_TRUE(id) << id.error().message;
    ASSERT_TRUE(eventually([&] { return manager_->active() == 0; }));
    ASSERT_EQ(recorder_.started.size(), 1U);
    ASSERT_EQ(recorder_.ended.size(), 1U);
    const auto& [track, outcome] = recorder_.ended.front();
    EXPECT_EQ(track.id, *id);
    EXPECT_EQ(outcome.kind, OutcomeKind::Ok) << outcome.message;
    EXPECT_EQ(fs::path(track.recording).parent_path(), root_ / "room");
    std::ifstream wav(track.recording, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(wav), {}};
    ASSERT_GE(bytes.size(), 44U + 10 * 1024 * 2);
    std::uint32_t dataSize = 0;
    std::memcpy(&dataSize, bytes.data() + 40, sizeof dataSize);
    EXPECT_EQ(dataSize, 10U * 1024 * 2);
}

TEST_F(Manager, TwoSocketsForOneTrackAreTwoRecordings) {
    use(endless);
    ASSERT_TRUE(start());
    ASSERT_TRUE(start());
    EXPECT_EQ(manager_->active(), 2U);
    EXPECT_NE(recorder_.started[0].recording, recorder_.started[1].recording);
    EXPECT_NE(recorder_.started[0].id, recorder_.started[1].id);
}

TEST_F(Manager, DrainEndsEveryTrackAndStartsNoMore) {
    use(endless);
    ASSERT_TRUE(start());
    ASSERT_TRUE(start());
    int drained = 0;
    manager_->drain([&](bool) { ++drained; });
    EXPECT_FALSE(manager_->canStart());
    EXPECT_FALSE(start());
    ASSERT_TRUE(eventually([&] { return drained == 1; }));
    EXPECT_EQ(manager_->active(), 0U);
    ASSERT_EQ(recorder_.ended.size(), 2U);
    EXPECT_EQ(recorder_.ended[0].second.kind, OutcomeKind::Ok) << recorder_.ended[0].second.message;
}

TEST_F(Manager, DrainWithoutTracksIsDoneAtOnce) {
    use(endless);
    bool drained = false;
    manager_->drain([&](bool) { drained = true; });
    EXPECT_TRUE(drained);
}

TEST_F(Manager, AbortCutsEveryTrack) {
    use(endless);
    ASSERT_TRUE(start());
    manager_->abort();
    ASSERT_TRUE(eventually([&] { return manager_->active() == 0; }));
    ASSERT_EQ(recorder_.ended.size(), 1U);
    EXPECT_EQ(recorder_.ended[0].second.kind, OutcomeKind::Cancelled);
}

TEST_F(Manager, TheLimitOfTracksHolds) {
    settings_.egress.maxTracks = 1;
    use(endless);
    ASSERT_TRUE(start());
    EXPECT_FALSE(manager_->canStart());
    const auto refused = start();
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("limit"), std::string::npos);
}

TEST_F(Manager, ARecordingWithoutAByteIsRemoved) {
    use("num-buffers=0");
    ASSERT_TRUE(start());
    ASSERT_TRUE(eventually([&] { return manager_->active() == 0; }));
    for (const auto& [track, outcome] : recorder_.ended)
        EXPECT_FALSE(fs::exists(track.recording) && fs::file_size(track.recording) == 0) << track.recording;
    EXPECT_EQ(recorder_.ended.size(), 1U);
}

TEST_F(Manager, ShowsARunningTrack) {
    use(endless);
    const auto id = start();
    ASSERT_TRUE(id);
    const auto shown = manager_->describe(*id);
    ASSERT_TRUE(shown);
    EXPECT_NE(json::toText(shown.get()).find("\"location\":"), std::string::npos);
    EXPECT_NE(manager_->dot(*id).find("digraph"), std::string::npos);
    EXPECT_NE(manager_->dot(*id).find("track-" + *id), std::string::npos);
    EXPECT_FALSE(manager_->describe("unknown"));
    EXPECT_EQ(manager_->dot("unknown"), "");
}

TEST_F(Manager, ADescriptionThatTakesNoConnectionIsRefused) {
    catalogue_ = catalogueOf(plainDescription("fakesrc ! fakesink"));
    const auto made = TrackManager::create(settings_, catalogue_, {});
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().where, "audio.json: /handles");
}

TEST_F(Manager, ASettingOutsideTheDescriptionIsRefusedAtStart) {
    catalogue_ = catalogueOf(R"({"title": "t", "template": ["stocksource name=source ! fakesink"],
      "handles": {"connection": {"element": "source", "property": "connection"}},
      "parameters": {"type": "object", "additionalProperties": false, "properties": {
        "rate": {"type": "integer", "maximum": 8000, "element": "source", "property": "samplesperbuffer"}}}})");
    const auto made = TrackManager::create(settings_, catalogue_, {});
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().where, "audio.json: /parameters/properties/rate");
}

} // namespace
