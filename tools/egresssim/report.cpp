#include "tools/egresssim/report.hpp"

#include "plugins/common/handles.hpp"

#include <json-glib/json-glib.h>

#include <cstdio>

namespace lm::egresssim {

namespace {

constexpr std::size_t kFailuresShown = 10;

void add(Counters& sum, const Counters& one) {
    sum.messages += one.messages;
    sum.bytes += one.bytes;
    sum.dropped += one.dropped;
    sum.pingsSent += one.pingsSent;
    sum.pingsAnswered += one.pingsAnswered;
    sum.pongsReceived += one.pongsReceived;
    sum.framesReceived += one.framesReceived;
}

template <typename... Args> std::string format(const char* text, Args... args) {
    char line[256];
    std::snprintf(line, sizeof line, text, args...);
    return line;
}

void addNumber(JsonBuilder* json, const char* name, std::uint64_t value) {
    json_builder_set_member_name(json, name);
    json_builder_add_int_value(json, static_cast<gint64>(value));
}

void addText(JsonBuilder* json, const char* name, const std::string& value) {
    json_builder_set_member_name(json, name);
    json_builder_add_string_value(json, value.c_str());
}

void addCounters(JsonBuilder* json, const Counters& c) {
    addNumber(json, "messages", c.messages);
    addNumber(json, "bytes", c.bytes);
    addNumber(json, "dropped", c.dropped);
    addNumber(json, "pingsSent", c.pingsSent);
    addNumber(json, "pingsAnswered", c.pingsAnswered);
    addNumber(json, "pongsReceived", c.pongsReceived);
    addNumber(json, "framesReceived", c.framesReceived);
}

/// By the wall clock as it is now: a clock that was set since has moved the past, too. Of several readings of
/// both clocks the one counts between which least time passed.
std::int64_t wallClockUs(Clock::time_point at) {
    auto narrowest = Clock::duration::max();
    std::chrono::system_clock::time_point wall;
    for (int i = 0; i < 8; ++i) {
        const auto before = Clock::now();
        const auto read = std::chrono::system_clock::now();
        const auto width = Clock::now() - before;
        if (width >= narrowest) continue;
        narrowest = width;
        wall = read - (before + width / 2 - at);
    }
    return std::chrono::duration_cast<std::chrono::microseconds>(wall.time_since_epoch()).count();
}

/// When the audio was due on the wall clock, and how near the sender came to that.
void addTime(JsonBuilder* json, const Track& track) {
    if (!track.leastLate()) return;
    const auto late = std::chrono::duration_cast<std::chrono::microseconds>(*track.leastLate());
    addNumber(json, "firstAudioUtcUs", static_cast<std::uint64_t>(wallClockUs(track.firstAudioAt())));
    addNumber(json, "leastLateUs", static_cast<std::uint64_t>(late.count()));
}

} // namespace

const char* toString(Outcome outcome) {
    switch (outcome) {
    case Outcome::Running:
        return "running";
    case Outcome::Complete:
        return "complete";
    case Outcome::AsAsked:
        return "as-asked";
    case Outcome::Stopped:
        return "stopped";
    case Outcome::Lost:
        return "lost-audio";
    case Outcome::Refused:
        return "refused";
    case Outcome::PeerClosed:
        return "peer-closed";
    }
    return "unknown";
}

bool succeeded(const Track& track) {
    const auto outcome = track.outcome();
    return outcome == Outcome::Complete || outcome == Outcome::AsAsked || outcome == Outcome::Stopped;
}

Totals totalsOf(const std::vector<Track>& tracks) {
    Totals totals;
    for (const auto& track : tracks) {
        add(totals.counters, track.counters());
        if (!track.done()) ++(track.connected() ? totals.running : totals.waiting);
        if (track.done()) ++(succeeded(track) ? totals.succeeded : totals.failed);
    }
    return totals;
}

std::string progressLine(const Totals& t, double seconds) {
    return format("%.0f s: %zu running, %zu waiting, %zu ended well, %zu failed; %llu messages, %llu dropped",
                  seconds, t.running, t.waiting, t.succeeded, t.failed,
                  static_cast<unsigned long long>(t.counters.messages),
                  static_cast<unsigned long long>(t.counters.dropped));
}

std::string summaryText(const std::vector<Track>& tracks, double seconds) {
    const auto t = totalsOf(tracks);
    auto text = format(
        "%zu tracks in %.1f s: %zu ended well, %zu failed; %llu messages, %.1f MB, %llu dropped\n",
        tracks.size(), seconds, t.succeeded, t.failed, static_cast<unsigned long long>(t.counters.messages),
        static_cast<double>(t.counters.bytes) / 1e6, static_cast<unsigned long long>(t.counters.dropped));
    std::size_t shown = 0;
    for (const auto& track : tracks) {
        if (succeeded(track) || shown++ >= kFailuresShown) continue;
        text += "  " + track.name() + ": " + toString(track.outcome()) + ": " + track.reason() + "\n";
    }
    if (shown > kFailuresShown) text += format("  and %zu more\n", shown - kFailuresShown);
    return text;
}

std::string summaryJson(const std::vector<Track>& tracks, double seconds) {
    const auto totals = totalsOf(tracks);
    const auto builder = Ref<JsonBuilder>::adopt(json_builder_new());
    auto* json = builder.get();
    json_builder_begin_object(json);
    addNumber(json, "tracks", tracks.size());
    addNumber(json, "succeeded", totals.succeeded);
    addNumber(json, "failed", totals.failed);
    json_builder_set_member_name(json, "seconds");
    json_builder_add_double_value(json, seconds);
    addCounters(json, totals.counters);
    json_builder_set_member_name(json, "perTrack");
    json_builder_begin_array(json);
    for (const auto& track : tracks) {
        json_builder_begin_object(json);
        addText(json, "trackId", track.name());
        addText(json, "outcome", toString(track.outcome()));
        addText(json, "reason", track.reason());
        addCounters(json, track.counters());
        addTime(json, track);
        json_builder_end_object(json);
    }
    json_builder_end_array(json);
    json_builder_end_object(json);
    JsonNode* root = json_builder_get_root(json);
    const Owned<char> text(json_to_string(root, TRUE));
    json_node_unref(root);
    return std::string(text.get()) + "\n";
}

} // namespace lm::egresssim
