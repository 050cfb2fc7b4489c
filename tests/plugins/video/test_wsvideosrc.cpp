// What a peer may not do, and what is said about it.
#include "plugins/common/names.hpp"
#include "plugins/common/video/ivf.hpp"
#include "plugins/wsvideosrc/gstwsvideosrc.h"
#include "tests/plugins/video/samples.hpp"
#include "tests/support/wspeer.hpp"

#include "plugins/common/handles.hpp"

#include <gst/check/gstharness.h>
#include <gtest/gtest.h>

using namespace lm::test;
namespace wire = lm::names::wsvideosrc;

namespace {

std::string frame(const Bytes& bytes) {
    return binary({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::string textOf(const lm::Ref<GstMessage>& message, const char* field) {
    const char* text = gst_structure_get_string(gst_message_get_structure(message.get()), field);
    return text ? text : "";
}

class WsVideoSrc : public testing::Test {
protected:
    void SetUp() override {
        GST_ELEMENT_REGISTER(wsvideosrc, nullptr);
        harness_ = gst_harness_new(wire::factory);
        gst_element_set_bus(harness_->element, bus_.get());
        g_object_set(harness_->element, wire::port, 0U, wire::contextWait, 2U, nullptr);
        gst_harness_play(harness_);
        guint port = 0;
        g_object_get(harness_->element, wire::port, &port, nullptr);
        peer_ = std::make_unique<WsPeer>(static_cast<std::uint16_t>(port));
    }
    void TearDown() override {
        peer_.reset();
        gst_harness_teardown(harness_);
    }
    void connect(const std::string& codec) { ASSERT_EQ(peer_->upgrade("/egress-video?codec=" + codec), 101); }
    /// The messages up to `last`.
    std::vector<lm::Ref<GstMessage>> messagesTo(const char* last) {
        std::vector<lm::Ref<GstMessage>> all;
        while (auto found = lm::Ref<GstMessage>::adopt(gst_bus_timed_pop(bus_.get(), 20 * GST_SECOND))) {
            all.push_back(std::move(found));
            if (gst_message_has_name(all.back().get(), last)) return all;
        }
        ADD_FAILURE() << "no message " << last;
        return all;
    }
    static std::size_t count(const std::vector<lm::Ref<GstMessage>>& all, const char* name) {
        return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const auto& message) {
            return gst_message_has_name(message.get(), name) != FALSE;
        }));
    }
    /// The peer is told why, and the reason is in the last message.
    void expectEnd(std::uint16_t code, const std::string& reason) {
        EXPECT_TRUE(peer_->sawClose(code));
        const auto all = messagesTo(wire::msgClosed);
        ASSERT_FALSE(all.empty());
        EXPECT_NE(textOf(all.back(), "reason").find(reason), std::string::npos)
            << textOf(all.back(), "reason");
    }
    void expectNothing(const std::string& reason) {
        const auto all = messagesTo(wire::msgNothing);
        ASSERT_FALSE(all.empty());
        EXPECT_NE(textOf(all.back(), "reason").find(reason), std::string::npos)
            << textOf(all.back(), "reason");
    }

    lm::Ref<GstBus> bus_ = lm::Ref<GstBus>::adopt(gst_bus_new());
    GstHarness* harness_ = nullptr;
    std::unique_ptr<WsPeer> peer_;
};

TEST_F(WsVideoSrc, APeerThatFloodsWithTinyFramesIsSentAwayAndKeepsWhatCameBefore) {
    connect("vp8");
    peer_->send(frame(vp8Key(1)));
    std::string flood;
    for (int i = 0; i < 100'000; ++i)
        flood += frame(vp8Delta(2));
    peer_->send(flood);
    EXPECT_TRUE(peer_->sawClose(1008));
    const auto all = messagesTo(wire::msgClosed);
    EXPECT_EQ(count(all, wire::msgBadData), 1U);
    EXPECT_NE(textOf(all.back(), "reason").find("more than 1000 frames"), std::string::npos);
    EXPECT_GE(gst_harness_buffers_received(harness_), 10'000U);
    EXPECT_LT(gst_harness_buffers_received(harness_), 100'000U);
}

TEST_F(WsVideoSrc, AFloodIsToldAndCountedWhenThePeerClosesBehindIt) {
    connect("h264");
    std::string units(reinterpret_cast<const char*>(keyUnit(1).data()), keyUnit(1).size());
    const Bytes one = unit(2);
    for (int i = 0; i < 20'000; ++i)
        units.append(reinterpret_cast<const char*>(one.data()), one.size());
    peer_->send(binary(units) + closeFrame(1000)); // one message, one visit
    const auto all = messagesTo(wire::msgClosed);
    EXPECT_EQ(count(all, wire::msgBadData), 1U);
    guint64 refused = 0;
    gst_structure_get_uint64(gst_message_get_structure(all.back().get()), "refused-bytes", &refused);
    EXPECT_EQ(refused, (20'001 - gst_harness_buffers_received(harness_)) * one.size());
}

TEST_F(WsVideoSrc, ChangesOfResolutionAreToldOnceAVisit) {
    connect("vp8");
    std::string changes;
    for (int i = 0; i < 500; ++i) {
        Bytes key = vp8Key(0);
        key[6] = static_cast<std::uint8_t>(i % 2 ? 0x80 : 0x40);
        changes += frame(key);
    }
    peer_->send(changes + closeFrame(1000));
    const auto all = messagesTo(wire::msgClosed);
    EXPECT_LT(count(all, wire::msgResolution), 250U);
    guint64 told = 0;
    gst_structure_get_uint64(gst_message_get_structure(all.back().get()), "resolutions", &told);
    EXPECT_EQ(told, 499U);
}

TEST_F(WsVideoSrc, IvfOfAnotherCodecIsUnsupported) {
    connect("vp8");
    const auto header = lm::video::ivfHeader(lm::video::Codec::Vp9, {320, 240}, 1);
    peer_->send(frame({header.begin(), header.end()}));
    expectEnd(1003, "not vp8");
}

TEST_F(WsVideoSrc, BrokenIvfIsInvalid) {
    connect("vp8");
    peer_->send(frame(Bytes{'D', 'K', 'I', 'F'} + Bytes(40, 0xff)));
    expectEnd(1007, "no IVF header");
}

TEST_F(WsVideoSrc, AnIvfFrameThatIsTooLargeIsTooBig) {
    connect("vp8");
    const auto header = lm::video::ivfHeader(lm::video::Codec::Vp8, {320, 240}, 1);
    const auto head = lm::video::ivfFrameHeader(0x7fffffff, 0);
    peer_->send(frame(Bytes(header.begin(), header.end()) + Bytes(head.begin(), head.end())));
    expectEnd(1009, "an IVF frame of");
}

TEST_F(WsVideoSrc, ATrackWithoutAPictureSaysWhy) {
    connect("vp8");
    peer_->send(frame(vp8Delta(1)) + frame(vp8Delta(2)) + closeFrame(1000));
    expectNothing("no key frame came");
}

TEST_F(WsVideoSrc, FramesBeforeTheFirstKeyFrameAreToldAlsoWhenItComesAtOnce) {
    connect("vp8");
    peer_->send(frame(vp8Delta(1)) + frame(vp8Key(2)) + closeFrame(1000));
    const auto all = messagesTo(wire::msgClosed);
    EXPECT_EQ(count(all, wire::msgWaiting), 1U);
    EXPECT_EQ(count(all, wire::msgNothing), 0U);
}

TEST_F(WsVideoSrc, TheKeyFrameBehindALossIsADiscontinuity) {
    connect("h264");
    const auto lengthOf = [](const Bytes& nal) {
        return Bytes{0, 0, 0, static_cast<std::uint8_t>(nal.size())} + nal;
    };
    peer_->send(frame(lengthOf(sps) + lengthOf(pps) + lengthOf(idr(1))) + frame(lengthOf(slice(2))) +
                frame(Bytes{0, 0, 0, 99} + slice(3)) + frame(lengthOf(slice(4))) + frame(lengthOf(idr(5))) +
                closeFrame(1000));
    messagesTo(wire::msgClosed);
    std::vector<bool> discontinuous;
    while (const auto buffer = lm::Ref<GstBuffer>::adopt(gst_harness_try_pull(harness_)))
        discontinuous.push_back(GST_BUFFER_IS_DISCONT(buffer.get()));
    EXPECT_EQ(discontinuous, (std::vector<bool>{true, false, true}));
}

} // namespace
