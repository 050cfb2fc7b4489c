#include "plugins/wsvideosrc/framer.hpp"
#include "tests/plugins/video/samples.hpp"

#include <gtest/gtest.h>

using namespace lm::test;
using namespace lm::wsvideosrc;
using lm::video::Codec;

namespace {

struct Rig {
    explicit Rig(Codec codec) : framer(codec, 1 << 20) {}
    void send(const Bytes& message) { framer.message(message, keep); }
    void finish() { framer.finish(keep); }
    std::vector<Bytes> data() const {
        std::vector<Bytes> all;
        for (const Frame& frame : frames)
            all.push_back(frame.data);
        return all;
    }
    Framer framer;
    std::vector<Frame> frames;
    Framer::Output keep = [this](Frame frame) { frames.push_back(std::move(frame)); };
};

Bytes withLength(const Bytes& nal) {
    return Bytes{0, 0, 0, static_cast<std::uint8_t>(nal.size())} + nal;
}

Bytes ivfStart(Codec codec) {
    const auto header = lm::video::ivfHeader(codec, {320, 240}, 1);
    return {header.begin(), header.end()};
}

} // namespace

TEST(Framer, WaitsForTheFirstKeyFrame) {
    Rig rig(Codec::Vp8);
    rig.send(vp8Delta(1));
    rig.send(vp8Delta(2));
    rig.send(vp8Key(3));
    rig.send(vp8Delta(4));
    EXPECT_EQ(rig.data(), (std::vector<Bytes>{vp8Key(3), vp8Delta(4)}));
    EXPECT_EQ(rig.framer.stats().beforeKey, 2U);
    EXPECT_EQ(rig.frames[0].size, (lm::video::Size{320, 240}));
}

TEST(Framer, RemembersParameterSetsThatCameOnlyOnce) {
    Rig rig(Codec::H264);
    rig.send(code + sps + code + pps + unit(1));
    rig.send(unit(2));
    rig.send(code + idr(3));
    rig.send(unit(4));
    rig.finish();
    EXPECT_EQ(rig.data(), (std::vector<Bytes>{code + sps + code + pps + code + idr(3), unit(4)}));
    EXPECT_EQ(rig.framer.stats().beforeKey, 2U);
}

TEST(Framer, MakesAnnexBOfLengths) {
    Rig rig(Codec::H264);
    rig.send(withLength(sps) + withLength(pps) + withLength(idr(1)));
    rig.send(withLength(slice(2)));
    EXPECT_EQ(rig.framer.framing(), Framing::Avcc);
    EXPECT_EQ(rig.data(), (std::vector<Bytes>{keyUnit(1), unit(2)}));
}

Bytes record(const Bytes& set) {
    return Bytes{1, 0x42, 0, 0x1f, 0xff, 0xe1, 0, static_cast<std::uint8_t>(set.size())} + set +
           Bytes{1, 0, static_cast<std::uint8_t>(pps.size())} + pps;
}

TEST(Framer, TakesParameterSetsOutOfARecord) {
    Rig rig(Codec::H264);
    rig.send(record(sps));
    rig.send(withLength(idr(1)));
    EXPECT_EQ(rig.data(), (std::vector<Bytes>{keyUnit(1)}));
}

TEST(Framer, PutsANewRecordBeforeTheNextKeyFrameAndNoOther) {
    Rig rig(Codec::H264);
    rig.send(record(sps));
    rig.send(withLength(idr(1)));
    rig.send(record(sps)); // the same again
    rig.send(withLength(idr(2)));
    const Bytes larger{0x67, 0x42, 0x00, 0x28, 0x96};
    rig.send(record(larger));
    rig.send(withLength(slice(3)));
    rig.send(withLength(idr(4)));
    rig.send(withLength(idr(5)));
    EXPECT_EQ(rig.data(), (std::vector<Bytes>{keyUnit(1), code + idr(2), unit(3),
                                              code + larger + code + pps + code + idr(4), code + idr(5)}));
}

TEST(Framer, ReadsIvfThatIsCutAnywhere) {
    using lm::video::ivfFrameHeader, lm::video::ivfHeader;
    const auto header = ivfHeader(Codec::Vp8, {320, 240}, 2);
    Bytes stream(header.begin(), header.end());
    for (const Bytes& frame : {vp8Key(1), vp8Delta(2)}) {
        const auto head = ivfFrameHeader(static_cast<std::uint32_t>(frame.size()), 0);
        stream = stream + Bytes(head.begin(), head.end()) + frame;
    }
    for (std::size_t piece = 4; piece <= stream.size(); ++piece) {
        Rig rig(Codec::Vp8);
        for (std::size_t at = 0; at < stream.size(); at += piece)
            rig.send({stream.begin() + static_cast<std::ptrdiff_t>(at),
                      stream.begin() + static_cast<std::ptrdiff_t>(std::min(at + piece, stream.size()))});
        EXPECT_EQ(rig.data(), (std::vector<Bytes>{vp8Key(1), vp8Delta(2)})) << piece;
    }
}

TEST(Framer, DropsAndCountsGarbage) {
    for (const Codec codec : {Codec::H264, Codec::Vp8, Codec::Vp9}) {
        Rig rig(codec);
        rig.send(Bytes(100, 0xff));
        EXPECT_EQ(rig.framer.stats().bad, 1U);
        EXPECT_EQ(rig.framer.stats().droppedBytes, 100U);
        EXPECT_FALSE(rig.framer.problem().empty());
    }
}

TEST(Framer, RefusesIvfOfAnotherCodec) {
    const auto header = lm::video::ivfHeader(Codec::Vp9, {320, 240}, 1);
    const auto head = lm::video::ivfFrameHeader(11, 0);
    Rig rig(Codec::Vp8);
    rig.send(Bytes(header.begin(), header.end()) + Bytes(head.begin(), head.end()) + vp8Key(1));
    EXPECT_TRUE(rig.frames.empty());
    EXPECT_EQ(rig.framer.problem(), "the IVF stream is not vp8");
}

TEST(Framer, SaysWhereAFrameIsMissing) {
    Rig rig(Codec::Vp8);
    rig.send(vp8Key(1));
    rig.send({0xff});
    rig.send(vp8Delta(2));
    rig.send(vp8Delta(3));
    ASSERT_EQ(rig.frames.size(), 3U);
    EXPECT_FALSE(rig.frames[0].behindLoss);
    EXPECT_TRUE(rig.frames[1].behindLoss);
    EXPECT_FALSE(rig.frames[2].behindLoss);
}

TEST(Framer, GoesOnBehindAnAccessUnitThatIsTooLarge) {
    std::vector<Frame> frames;
    Framer framer(Codec::H264, 64);
    const Framer::Output keep = [&](Frame frame) { frames.push_back(std::move(frame)); };
    const Bytes first = keyUnit(1);
    framer.message({first.begin(), first.end() - 3}, keep);
    framer.message({first.end() - 3, first.end()}, keep); // cut anywhere
    framer.message(unit(2) + Bytes(64, 0xaa), keep);
    framer.message(keyUnit(3), keep);
    framer.message(keyUnit(4), keep);
    framer.finish(keep);
    ASSERT_EQ(frames.size(), 3U);
    EXPECT_EQ(frames[1].data, keyUnit(3));
    EXPECT_TRUE(frames[1].behindLoss);
    EXPECT_FALSE(frames[2].behindLoss);
    EXPECT_EQ(framer.problem(), "an access unit of more than 64 bytes");
    EXPECT_FALSE(framer.fault()) << "the stream is still one";
}

TEST(Framer, NamesWhatNoLaterMessageCanMend) {
    const auto head = lm::video::ivfFrameHeader(11, 0);
    Rig other(Codec::Vp9);
    other.send(ivfStart(Codec::Vp8) + Bytes(head.begin(), head.end()) + vp8Key(1));
    EXPECT_EQ(other.framer.fault(), Framer::Fault::OtherCodec);
    Rig large(Codec::Vp8);
    large.send(ivfStart(Codec::Vp8) + Bytes{0, 0, 0, 0x7f} + Bytes(8, 0));
    EXPECT_EQ(large.framer.fault(), Framer::Fault::TooLarge);
    Rig broken(Codec::Vp8);
    broken.send(Bytes{'D', 'K', 'I', 'F'} + Bytes(40, 0xff));
    EXPECT_EQ(broken.framer.fault(), Framer::Fault::Broken);
}

TEST(Framer, SeesPicturesThatAreShownInAnotherOrder) {
    Rig rig(Codec::H264);
    rig.send(keyUnit(1));
    rig.send(unit(2));
    EXPECT_FALSE(rig.framer.reordered());
    rig.send(code + Bytes{0x01, 0x9e, 3}); // slice_type 6
    rig.finish();
    EXPECT_TRUE(rig.framer.reordered());
}

TEST(Framer, WaitsForAWholeKeyFrameBehindAnAccessUnitThatIsTooLarge) {
    std::vector<Bytes> data;
    std::vector<bool> behindLoss;
    Framer framer(Codec::H264, 100);
    const Framer::Output keep = [&](Frame frame) {
        data.push_back(frame.data);
        behindLoss.push_back(frame.behindLoss);
    };
    framer.message(code + sps + code + pps + code, keep);
    framer.message(idr(1), keep); // a stream that is cut anywhere
    framer.message(unit(2), keep);
    framer.message(code + idr(3) + Bytes(60, 0x55), keep);
    framer.message(Bytes(60, 0x55), keep);
    framer.message(code + Bytes{0x65, 0x08, 9, 0x77}, keep); // the rest of it
    framer.message(unit(4), keep);
    framer.message(code + idr(5), keep);
    framer.message(unit(6), keep);
    framer.finish(keep);
    EXPECT_EQ(data, (std::vector<Bytes>{keyUnit(1), unit(2), keyUnit(5), unit(6)}));
    EXPECT_EQ(behindLoss, (std::vector<bool>{false, false, true, false}));
    EXPECT_EQ(framer.stats().beforeKey, 2U);
}

TEST(Framer, WaitsForAKeyFrameBehindLengthsThatAreWrong) {
    Rig rig(Codec::H264);
    rig.send(withLength(sps) + withLength(pps) + withLength(idr(1)));
    rig.send(Bytes{0, 0, 0, 99} + slice(2));
    rig.send(withLength(slice(3)));
    rig.send(withLength(idr(4)));
    EXPECT_EQ(rig.data(), (std::vector<Bytes>{keyUnit(1), keyUnit(4)}));
    EXPECT_TRUE(rig.frames[1].behindLoss);
}

TEST(Framer, PutsSetsThatCameBetweenBeforeTheNextKeyFrame) {
    Rig rig(Codec::H264);
    rig.send(withLength(sps) + withLength(pps) + withLength(idr(1)));
    const Bytes larger{0x67, 0x42, 0x00, 0x28, 0x96};
    rig.send(withLength(larger) + withLength(slice(2)));
    rig.send(withLength(idr(3)));
    rig.send(withLength(idr(4)));
    EXPECT_EQ(rig.data(), (std::vector<Bytes>{keyUnit(1), code + larger + unit(2),
                                              code + larger + code + pps + code + idr(3), code + idr(4)}));
}
