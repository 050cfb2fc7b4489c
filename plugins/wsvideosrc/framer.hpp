#pragma once

#include "plugins/wsvideosrc/accessunits.hpp"
#include "plugins/wsvideosrc/avcc.hpp"
#include "plugins/wsvideosrc/ivfreader.hpp"

#include <string>

namespace lm::wsvideosrc {

/// A frame to record: an access unit in Annex B, or a VP8 or VP9 frame.
struct Frame {
    std::vector<std::uint8_t> data;
    bool key = false;
    std::optional<video::Size> size; // VP8 and VP9, of a key frame
    bool behindLoss = false;         // something before it was dropped
};

/// How the frames come.
enum class Framing { Unknown, AnnexB, Avcc, Ivf, Frames };
const char* framingName(Framing framing);

/// Frames out of messages: recognises how they come, and keeps back what no decoder could use, that is
/// everything before the first key frame, and between an access unit that was lost and the next one. Not
/// thread-safe.
class Framer {
public:
    using Output = std::function<void(Frame)>;

    /// What no later message can mend.
    enum class Fault { OtherCodec, Broken, TooLarge };

    struct Stats {
        std::uint64_t beforeKey = 0; // frames dropped while a key frame was waited for
        std::uint64_t bad = 0;       // frames and messages that are not of the codec
        std::uint64_t droppedBytes = 0;
    };

    Framer(video::Codec codec, std::size_t maxFrameBytes);

    void message(video::Bytes bytes, const Output& output);
    void finish(const Output& output);

    Framing framing() const { return framing_; }
    bool started() const { return started_; } // the first key frame was there
    Stats stats() const;
    const std::optional<Fault>& fault() const { return fault_; }
    /// H.264 has pictures that are shown in another order than they come in.
    bool reordered() const { return reordered_; }
    /// Why something was bad, the first time; empty: nothing was.
    const std::string& problem() const { return problem_; }

private:
    void recognise(video::Bytes bytes);
    void takeAvcc(video::Bytes bytes, const Output& output);
    void takeIvf(video::Bytes bytes, const Output& output);
    void take(std::vector<std::uint8_t> data, const Output& output);
    void takeH264(std::vector<std::uint8_t> data, const Output& output);
    void takeVpx(std::vector<std::uint8_t> data, const Output& output);
    void pass(Frame frame, const Output& output);
    void refuse(std::size_t bytes, std::string reason);
    void noteLostUnits();

    const video::Codec codec_;
    Framing framing_ = Framing::Unknown;
    AccessUnits units_;
    IvfReader ivf_;
    AvcConfig config_;
    std::vector<std::uint8_t> sps_, pps_; // the newest, Annex B
    bool started_ = false;
    bool setsPending_ = false; // a record has changed them, and no key frame has had them since
    bool waiting_ = true;      // for a key frame
    bool lost_ = false;        // since the last frame
    bool reordered_ = false;
    std::uint64_t lostUnits_ = 0;
    std::optional<Fault> fault_;
    Stats stats_;
    std::string problem_;
};

} // namespace lm::wsvideosrc
