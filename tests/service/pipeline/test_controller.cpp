#include "service/pipeline/builder.hpp"
#include "service/pipeline/controller.hpp"
#include "tests/service/pipeline/descriptions.hpp"
#include "tests/support/eventually.hpp"

#include <atomic>

namespace {

using namespace lm;
using namespace lm::pipeline;
using namespace lm::test;
using std::chrono::milliseconds;

class ControllerTest : public testing::Test {
protected:
    void use(const std::string& launch, const std::string& more = "") {
        catalogue_ = catalogueOf(plainDescription(launch, more));
        const Description& description = *catalogue_.find("audio");
        auto built = build(description, {}, {});
        ASSERT_TRUE(built) << built.error().message;
        controller_ = std::make_unique<Controller>(std::move(*built), description, queue_, 1, reaper_,
                                                   milliseconds(30000));
    }
    bool ended() {
        return eventually([&] { return controller_->state() == State::Ended; });
    }

    Catalogue catalogue_;
    Reaper reaper_;
    std::unique_ptr<Controller> controller_;
    BusQueue queue_{nullptr, [this](BusQueue::Token, const Event& event) {
                        EXPECT_NE(controller_->state(), State::Ended) << "an event after the end";
                        controller_->handle(event);
                    }};
};

constexpr char live[] =
    "fakesrc name=source is-live=true do-timestamp=true ! fakesink name=recording async=false";

TEST_F(ControllerTest, InputThatEndsIsOk) {
    use("fakesrc name=source num-buffers=3 ! fakesink async=false");
    EXPECT_EQ(controller_->state(), State::Starting);
    ASSERT_TRUE(controller_->start());
    EXPECT_EQ(controller_->state(), State::Running);
    ASSERT_TRUE(ended());
    EXPECT_EQ(controller_->outcome().kind, OutcomeKind::Ok);
    EXPECT_EQ(controller_->outcome().message, "");
}

TEST_F(ControllerTest, EndSendsEosAndEndsOk) {
    use(live);
    ASSERT_TRUE(controller_->start());
    controller_->end(milliseconds(30000));
    EXPECT_EQ(controller_->state(), State::Ending);
    controller_->end(milliseconds(30000));
    ASSERT_TRUE(ended());
    EXPECT_EQ(controller_->outcome().kind, OutcomeKind::Ok);
}

TEST_F(ControllerTest, TheStateOnlyMovesForward) {
    use(live);
    ASSERT_TRUE(controller_->start());
    controller_->cancel("enough");
    controller_->end(milliseconds(1));
    controller_->cancel("again");
    controller_->handle(ErrorEvent{"recording", "late", ""});
    ASSERT_TRUE(ended());
    EXPECT_EQ(controller_->outcome().kind, OutcomeKind::Cancelled);
    EXPECT_EQ(controller_->outcome().message, "enough");
}

TEST_F(ControllerTest, AnErrorOfTheRecordingIsOurFaultAndTheFirstOneIsTheCause) {
    use("fakesrc name=source is-live=true ! identity name=recording error-after=2 ! fakesink async=false");
    ASSERT_TRUE(controller_->start());
    ASSERT_TRUE(ended());
    EXPECT_EQ(controller_->outcome().kind, OutcomeKind::OurFault);
    EXPECT_EQ(controller_->outcome().message.find("recording: "), 0U) << controller_->outcome().message;
}

TEST_F(ControllerTest, AnExpendableBranchMayFailWhileTheRecordingGoesOn) {
    use("audiotestsrc name=source is-live=true num-buffers=20 samplesperbuffer=441 ! "
        "audio/x-raw,format=S16LE ! "
        "tee name=split  "
        "split. ! fakesink name=recording async=false  "
        "split. ! blockaggregator isolate=true group-seconds=0.02 ! identity name=dispatch error-after=3 ! "
        "fakesink async=false",
        R"(, "expendable": ["dispatch"], "destination": ["dispatch"])");
    // Counted at the pad: the sink's own statistics are gone once the pipeline is down.
    std::atomic<int> recorded = 0;
    const auto recording =
        Ref<GstElement>::adopt(gst_bin_get_by_name(GST_BIN(controller_->pipeline()), "recording"));
    const auto pad = Ref<GstPad>::adopt(gst_element_get_static_pad(recording.get(), "sink"));
    gst_pad_add_probe(
        pad.get(), GST_PAD_PROBE_TYPE_BUFFER,
        [](GstPad*, GstPadProbeInfo*, gpointer count) {
            ++*static_cast<std::atomic<int>*>(count);
            return GST_PAD_PROBE_OK;
        },
        &recorded, nullptr);
    ASSERT_TRUE(controller_->start());
    // The tee's other branch ends by the deadline: an element that failed need not pass EOS on.
    ASSERT_TRUE(eventually([&] { return recorded == 20; }))
        << recorded << " recorded; outcome so far: " << controller_->outcome().message;
    controller_->end(milliseconds(1000));
    ASSERT_TRUE(ended());
    EXPECT_EQ(controller_->outcome().kind, OutcomeKind::DestinationFault);
    EXPECT_NE(controller_->outcome().message.find("the recording went on"), std::string::npos);
}

TEST_F(ControllerTest, ASinkThatNeverFinishesIsCutAtTheDeadline) {
    // EOS never arrives: the probe takes it away.
    use(live);
    const auto sink =
        Ref<GstElement>::adopt(gst_bin_get_by_name(GST_BIN(controller_->pipeline()), "recording"));
    const auto pad = Ref<GstPad>::adopt(gst_element_get_static_pad(sink.get(), "sink"));
    gst_pad_add_probe(
        pad.get(), GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
        [](GstPad*, GstPadProbeInfo* info, gpointer) {
            return GST_EVENT_TYPE(GST_PAD_PROBE_INFO_EVENT(info)) == GST_EVENT_EOS ? GST_PAD_PROBE_DROP
                                                                                   : GST_PAD_PROBE_OK;
        },
        nullptr, nullptr);
    ASSERT_TRUE(controller_->start());
    controller_->end(milliseconds(10));
    ASSERT_TRUE(ended());
    EXPECT_EQ(controller_->outcome().kind, OutcomeKind::OurFault);
    EXPECT_NE(controller_->outcome().message.find("in time"), std::string::npos);
}

TEST_F(ControllerTest, UndeliveredBlocksAreTheDestinationsFaultAndCounted) {
    use(live);
    ASSERT_TRUE(controller_->start());
    const BlockId block{0, 0, 48000, "key"};
    controller_->handle(FailedEvent{block, 3, 503, "status 503"});
    controller_->handle(DroppedEvent{block, "queue full"});
    controller_->end(milliseconds(30000));
    ASSERT_TRUE(ended());
    EXPECT_EQ(controller_->outcome().kind, OutcomeKind::DestinationFault);
    EXPECT_EQ(controller_->outcome().message, "a block was not delivered: status 503 (2 blocks in all)");
}

TEST_F(ControllerTest, ASpooledBlockIsNoFaultAndADeadLetterIs) {
    use(live);
    ASSERT_TRUE(controller_->start());
    const BlockId block{0, 0, 48000, "key"};
    controller_->handle(SpooledEvent{block, 3, 503, "status 503"});
    EXPECT_EQ(controller_->outcome().kind, OutcomeKind::Ok);
    controller_->handle(DeadLetterEvent{block, "m", "p", "t", 1, 422, "status 422", true});
    controller_->end(milliseconds(30000));
    ASSERT_TRUE(ended());
    EXPECT_EQ(controller_->outcome().kind, OutcomeKind::DestinationFault);
}

TEST_F(ControllerTest, APausedRecordingIsOurFaultAndTheTrackGoesOn) {
    use(live);
    ASSERT_TRUE(controller_->start());
    controller_->handle(RecordingPausedEvent{480, "No space left on device", "x.wav"});
    controller_->handle(RecordingResumedEvent{960, 480});
    EXPECT_EQ(controller_->state(), State::Running);
    controller_->end(milliseconds(30000));
    ASSERT_TRUE(ended());
    EXPECT_EQ(controller_->outcome().kind, OutcomeKind::OurFault);
    EXPECT_NE(controller_->outcome().message.find("No space left on device"), std::string::npos);
}

TEST_F(ControllerTest, AFailedStartEndsWithTheReason) {
    use("fakesrc name=source ! filesink name=recording location=/nonexistent/dir/file async=false");
    EXPECT_FALSE(controller_->start());
    ASSERT_TRUE(ended());
    EXPECT_EQ(controller_->outcome().kind, OutcomeKind::OurFault);
    EXPECT_NE(controller_->outcome().message.find("/nonexistent/dir/file"), std::string::npos)
        << controller_->outcome().message;
}

} // namespace
