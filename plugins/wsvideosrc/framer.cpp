#include "plugins/wsvideosrc/framer.hpp"

#include "plugins/common/video/vpx.hpp"

#include <utility>

namespace lm::wsvideosrc {

using video::Bytes;
using video::Codec;

const char* framingName(Framing framing) {
    switch (framing) {
    case Framing::Unknown:
        return "unknown";
    case Framing::AnnexB:
        return "annexb";
    case Framing::Avcc:
        return "avcc";
    case Framing::Ivf:
        return "ivf";
    case Framing::Frames:
        break;
    }
    return "frames";
}

Framer::Framer(Codec codec, std::size_t maxFrameBytes)
    : codec_(codec), units_(maxFrameBytes), ivf_(maxFrameBytes) {}

void Framer::recognise(Bytes bytes) {
    if (video::beginsLikeIvf(bytes))
        framing_ = Framing::Ivf;
    else if (codec_ != Codec::H264)
        framing_ = Framing::Frames;
    else if (readAvcConfig(bytes) ||
             (!(bytes.size() > 3 && bytes[2] == 0 && bytes[3] == 1) && toAnnexB(bytes, 4)))
        framing_ = Framing::Avcc; // before Annex B: 00 00 01 may be a length
    else if (const auto code = video::findStartCode(bytes, 0))
        framing_ = Framing::AnnexB;
}

void Framer::message(Bytes bytes, const Output& output) {
    if (bytes.empty()) return;
    if (framing_ == Framing::Unknown) recognise(bytes);
    switch (framing_) {
    case Framing::Unknown:
        return refuse(bytes.size(), "it is neither Annex B nor AVCC nor IVF");
    case Framing::AnnexB:
        units_.message(bytes, [&](std::vector<std::uint8_t> unit) { take(std::move(unit), output); });
        return noteLostUnits();
    case Framing::Avcc:
        return takeAvcc(bytes, output);
    case Framing::Ivf:
        return takeIvf(bytes, output);
    case Framing::Frames:
        return take({bytes.begin(), bytes.end()}, output);
    }
}

void Framer::finish(const Output& output) {
    units_.finish([&](std::vector<std::uint8_t> unit) { take(std::move(unit), output); });
}

void Framer::takeAvcc(Bytes bytes, const Output& output) {
    if (auto config = readAvcConfig(bytes)) {
        config_ = std::move(*config);
        const auto content = video::inspect(config_.parameterSets);
        setsPending_ = setsPending_ || sps_ != content.sps || pps_ != content.pps;
        sps_ = content.sps;
        pps_ = content.pps;
        return;
    }
    auto unit = toAnnexB(bytes, config_.lengthBytes);
    if (unit) return take(std::move(*unit), output);
    waiting_ = true;
    refuse(bytes.size(), "a message is no sequence of NAL units behind their lengths");
}

void Framer::takeIvf(Bytes bytes, const Output& output) {
    if (fault_) return refuse(bytes.size(), problem_);
    ivf_.append(bytes, [&](std::vector<std::uint8_t> frame) {
        if (ivf_.stream()->codec == codec_) take(std::move(frame), output);
    });
    if (ivf_.stream() && ivf_.stream()->codec != codec_) {
        fault_ = Fault::OtherCodec;
        refuse(bytes.size(), std::string("the IVF stream is not ") + video::codecName(codec_));
    } else if (!ivf_.problem().empty()) {
        fault_ = ivf_.stream() ? Fault::TooLarge : Fault::Broken;
        refuse(bytes.size(), ivf_.problem());
    }
}

void Framer::take(std::vector<std::uint8_t> data, const Output& output) {
    codec_ == Codec::H264 ? takeH264(std::move(data), output) : takeVpx(std::move(data), output);
}

void Framer::takeH264(std::vector<std::uint8_t> data, const Output& output) {
    const auto content = video::inspect(data);
    if (!content.sps.empty()) sps_ = content.sps;
    if (!content.pps.empty()) pps_ = content.pps;
    if (!content.picture && content.sps.empty() && content.pps.empty())
        return refuse(data.size(), "an access unit without a picture");
    reordered_ = reordered_ || content.bidirectional;
    // A decoder starts with both. Some senders send them once, or beside the stream, anew with every
    // resolution.
    const bool sets = !content.sps.empty() || !content.pps.empty();
    setsPending_ = setsPending_ || (sets && !content.idr);
    // What is found behind a loss may be the rest of what was lost.
    const bool whole = content.whole || !waiting_;
    const bool decodable = content.idr && whole && !sps_.empty() && !pps_.empty();
    const bool changed = decodable && std::exchange(setsPending_, false);
    if (decodable && (waiting_ || changed)) {
        std::vector<std::uint8_t> missing;
        if (content.sps.empty()) missing = sps_;
        if (content.pps.empty()) missing.insert(missing.end(), pps_.begin(), pps_.end());
        data.insert(data.begin(), missing.begin(), missing.end());
    }
    if (!content.picture && waiting_) return; // kept above, and told before the key frame
    pass({std::move(data), decodable, std::nullopt}, output);
}

void Framer::takeVpx(std::vector<std::uint8_t> data, const Output& output) {
    const auto header = codec_ == Codec::Vp8 ? video::readVp8Header(data) : video::readVp9Header(data);
    if (!header)
        return refuse(data.size(), std::string("a message is no ") + video::codecName(codec_) + " frame");
    pass({std::move(data), header->key, header->size}, output);
}

void Framer::pass(Frame frame, const Output& output) {
    if (waiting_ && !frame.key) {
        ++stats_.beforeKey;
        stats_.droppedBytes += frame.data.size();
        return;
    }
    started_ = true;
    waiting_ = false;
    frame.behindLoss = std::exchange(lost_, false);
    output(std::move(frame));
}

/// Their bytes are counted by whoever dropped them. What builds upon them is no picture any more.
void Framer::noteLostUnits() {
    if (std::exchange(lostUnits_, units_.droppedUnits()) == units_.droppedUnits()) return;
    waiting_ = true;
    refuse(0, "an access unit of more than " + std::to_string(units_.maxBytes()) + " bytes");
}

void Framer::refuse(std::size_t bytes, std::string reason) {
    ++stats_.bad;
    stats_.droppedBytes += bytes;
    lost_ = started_;
    if (problem_.empty()) problem_ = std::move(reason);
}

Framer::Stats Framer::stats() const {
    Stats stats = stats_;
    stats.droppedBytes += units_.droppedBytes();
    return stats;
}

} // namespace lm::wsvideosrc
