#pragma once

#include "plugins/common/mediasource/control.hpp"
#include "plugins/wsaudiosrc/audiopusher.hpp"

namespace lm::wsaudiosrc {

/// What properties write. Copied when the element starts; streaming reads only the copy.
struct Settings : mediasource::Transport {
    Settings() { path = "/egress-audio"; }
    std::chrono::milliseconds gapThreshold{1000};
    std::chrono::milliseconds maxFill{60'000};
    bool dropMuted = false;
    bool correctFormat = false;
    AudioFormat format; // unless the query of the upgrade says otherwise
};

/// The life of one source, see mediasource::Control, with audio as what it carries.
class SourceControl : public mediasource::Control {
public:
    SourceControl(GstElement* element, GstPad* pad);

    Result<bool> start(const Settings& settings);
    std::optional<PushStats> stats();

private:
    GstElement* const element_;
    GstPad* const pad_;
};

} // namespace lm::wsaudiosrc
