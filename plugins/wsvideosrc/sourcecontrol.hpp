#pragma once

#include "plugins/common/mediasource/control.hpp"
#include "plugins/wsvideosrc/videopusher.hpp"

namespace lm::wsvideosrc {

/// What properties write. Copied when the element starts; streaming reads only the copy.
struct Settings : mediasource::Transport {
    Settings() { path = "/egress-video"; }
    video::Codec codec = video::Codec::H264; // unless the query of the upgrade says otherwise
};

/// `codec` in the query of an upgrade; nothing there leaves `declared`.
Result<video::Codec> readCodec(const char* query, video::Codec declared);

/// The life of one source, see mediasource::Control, with video as what it carries.
class SourceControl : public mediasource::Control {
public:
    SourceControl(GstElement* element, GstPad* pad);

    Result<bool> start(const Settings& settings);
    std::optional<PushStats> stats();

private:
    GstElement* const element_;
    GstPad* const pad_;
};

} // namespace lm::wsvideosrc
