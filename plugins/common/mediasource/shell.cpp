#include "plugins/common/mediasource/shell.hpp"

namespace lm::mediasource {

GstStateChangeReturn fail(GstElement* element, const Error& error) {
    GST_ELEMENT_ERROR(element, RESOURCE, OPEN_READ,
                      ("The source cannot receive media: %s", error.message.c_str()),
                      ("%s", error.where.c_str()));
    return GST_STATE_CHANGE_FAILURE;
}

GstStateChangeReturn changeState(GstElement* element, GstElementClass* parent, GstStateChange transition,
                                 Control& control, const std::function<bool()>& start) {
    if (transition == GST_STATE_CHANGE_READY_TO_PAUSED && !start()) return GST_STATE_CHANGE_FAILURE;
    if (transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED) control.pause();
    const auto result = parent->change_state(element, transition);
    if (transition == GST_STATE_CHANGE_PAUSED_TO_READY || result == GST_STATE_CHANGE_FAILURE) control.stop();
    if (result == GST_STATE_CHANGE_FAILURE) return result;
    if (transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING)
        if (auto playing = control.play(); !playing) return fail(element, playing.error());
    const bool toPaused =
        transition == GST_STATE_CHANGE_READY_TO_PAUSED || transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED;
    return toPaused ? GST_STATE_CHANGE_NO_PREROLL : result;
}

bool answer(GstQuery* query, std::chrono::milliseconds contextWait) {
    switch (GST_QUERY_TYPE(query)) {
    case GST_QUERY_LATENCY:
        // What arrives waits for the next visit at the most; we hold none back, so there is no upper bound to
        // state.
        gst_query_set_latency(query, TRUE, static_cast<GstClockTime>(contextWait.count()) * GST_MSECOND,
                              GST_CLOCK_TIME_NONE);
        return true;
    case GST_QUERY_SCHEDULING:
        gst_query_set_scheduling(query, GST_SCHEDULING_FLAG_BANDWIDTH_LIMITED, 1, -1, 0);
        gst_query_add_scheduling_mode(query, GST_PAD_MODE_PUSH);
        return true;
    default:
        return false;
    }
}

} // namespace lm::mediasource
