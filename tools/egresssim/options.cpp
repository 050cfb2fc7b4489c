#include "tools/egresssim/options.hpp"

#include "tools/common/commandline.hpp"
#include "tools/signurl/signing.hpp"

#include <cmath>

namespace lm::egresssim {

namespace {

using tools::into;
using tools::Option;
using Apply = decltype(Option::apply);

constexpr double kDay = 86'400;

Time seconds(double value) {
    return Time(std::llround(value * 1e9));
}

Apply intoTime(std::optional<Time>& target) {
    return [&target](const std::string& text) -> std::optional<Error> {
        auto value = tools::parseNumber(text, 0, kDay);
        if (!value) return value.error();
        target = seconds(*value);
        return std::nullopt;
    };
}

/// `A:B` as two numbers; `length`: B counts from A.
Apply intoSpan(std::optional<Span>& target, bool length) {
    return [&target, length](const std::string& text) -> std::optional<Error> {
        const auto colon = text.find(':');
        if (colon == std::string::npos) return Error{text + " has no colon"};
        auto from = tools::parseNumber(std::string_view(text).substr(0, colon), 0, kDay);
        if (!from) return from.error();
        auto to = tools::parseNumber(std::string_view(text).substr(colon + 1), 0, kDay);
        if (!to) return to.error();
        target = Span{seconds(*from), seconds(length ? *from + *to : *to)};
        if (target->to < target->from) return Error{text + " ends before it begins"};
        return std::nullopt;
    };
}

Apply intoText(std::vector<std::pair<Time, std::string>>& target) {
    return [&target](const std::string& text) -> std::optional<Error> {
        const auto colon = text.find(':');
        if (colon == std::string::npos) return Error{text + " has no colon"};
        auto at = tools::parseNumber(std::string_view(text).substr(0, colon), 0, kDay);
        if (!at) return at.error();
        target.emplace_back(seconds(*at), text.substr(colon + 1));
        return std::nullopt;
    };
}

template <typename T> Apply intoOptional(std::optional<T>& target, std::uint64_t least, std::uint64_t most) {
    return [&target, least, most](const std::string& text) -> std::optional<Error> {
        auto value = tools::parseInteger(text, least, most);
        if (!value) return value.error();
        target = static_cast<T>(*value);
        return std::nullopt;
    };
}

Apply intoMilliseconds(Time& target, double least) {
    return [&target, least](const std::string& text) -> std::optional<Error> {
        auto value = tools::parseNumber(text, least, 1000 * kDay);
        if (!value) return value.error();
        target = seconds(*value / 1000);
        return std::nullopt;
    };
}

std::vector<Option> trackOptions(Options& o) {
    return {
        {"--url", "ws://HOST:PORT/PATH", "where to connect; parameters that its query lacks are added",
         into(o.url)},
        {"--tracks", "N", "tracks, each its own connection (1)", into(o.tracks, 1, 20'000)},
        {"--duration", "S", "seconds of audio of a track (the file's length, else 10)", intoTime(o.duration)},
        {"--ramp", "N", "connections per second (all at once)", into(o.ramp, 0.01, 1e6)},
        {"--fast", nullptr, "as fast as the server takes it, not in real time", into(o.fast)},
        {"--tick", "MS", "how often the sender wakes (10)", intoMilliseconds(o.tick, 1)},
        {"--ping", "MS", "interval of our pings (30000); 0: none", intoMilliseconds(o.pingInterval, 0)},
        {"--room", "NAME", "roomName (sim-room)", into(o.room)},
        {"--meeting", "ID", "meetingId (none)", into(o.meetingId)},
        {"--participant", "NAME", "participant; with several tracks a number is added (speaker)",
         into(o.participant)},
        {"--track", "ID", "trackId, likewise (TR_AMsim)", into(o.trackId)},
        {"--sign", nullptr, "add a token made with EGRESS_AUTH_SECRET of the environment to every URL",
         into(o.sign)},
        {"--declare-rate", "HZ", "lie about the sample rate", intoOptional(o.declaredRate, 0, 1'000'000)},
        {"--declare-channels", "N", "lie about the channels", intoOptional(o.declaredChannels, 0, 1000)},
    };
}

std::vector<Option> audioOptions(Options& o) {
    return {
        {"--audio", "FILE", "16-bit WAV, sent as it is; several files go to the tracks in turn",
         [&o](const std::string& file) -> std::optional<Error> {
             o.files.push_back(file);
             return std::nullopt;
         }},
        {"--loop", nullptr, "repeat the file (silence follows it otherwise)", into(o.loop)},
        {"--tone", "HZ", "a sine (the default, 440)", intoOptional(o.toneHz, 1, 20'000)},
        {"--noise", nullptr, "noise, different in every track", into(o.noise)},
        {"--silence", nullptr, "digital silence", into(o.silence)},
        {"--seed", "N", "of masks, keys and noise (1)", into(o.seed, 0, 0xffffffff)},
    };
}

std::vector<Option> videoOptions(Options& o) {
    return {
        {"--video", "FILE",
         "the pictures of any file that GStreamer decodes, encoded anew, a frame a message", into(o.video)},
        {"--codec", "CODEC", "h264, vp8 or vp9 (vp8)",
         [&o](const std::string& codec) -> std::optional<Error> {
             if (codec != "h264" && codec != "vp8" && codec != "vp9")
                 return Error{codec + " is not h264, vp8 or vp9"};
             o.codec = codec;
             return std::nullopt;
         }},
    };
}

std::vector<Option> faultOptions(Faults& f) {
    return {
        {"--mute", "FROM:TO",
         "text frames {\"muted\":true} and false at these seconds; the audio is silent\n"
         "later, from FROM+1 to TO+3, as it is with LiveKit",
         intoSpan(f.mute, false)},
        {"--stall", "AT:FOR", "hold everything back, then catch up; what exceeds 3 s is lost",
         intoSpan(f.stall, true)},
        {"--gap", "AT:FOR", "never send this part of the audio", intoSpan(f.gap, true)},
        {"--cut", "AT", "reset the connection", intoTime(f.cut)},
        {"--vanish", "AT", "stop sending and reading, without a close", intoTime(f.vanish)},
        {"--burst", "N", "send every N messages together", into(f.burst, 1, 10'000)},
        {"--odd-sizes", nullptr, "messages of odd length: samples split across messages", into(f.oddSizes)},
        {"--fragment", nullptr, "messages in three fragments with a ping in between", into(f.fragment)},
        {"--text", "AT:TEXT", "another text frame", intoText(f.texts)},
        {"--close-code", "CODE", "end with this code (LiveKit: an empty Close)",
         intoOptional(f.closeCode, 1000, 4999)},
        {"--no-close", nullptr, "end with a FIN alone", into(f.noClose)},
        {"--never-send", nullptr, "connect, then send no audio", into(f.neverSend)},
        {"--stop-reading", nullptr, "read nothing after the upgrade", into(f.stopReading)},
    };
}

std::vector<Option> outputOptions(Options& o) {
    return {
        {"--dump", "DIR", "write the audio of each track, as sent, to DIR/<trackId>.raw", into(o.dumpDir)},
        {"--json", nullptr, "the summary as JSON", into(o.json)},
        {"--quiet", nullptr, "no progress", into(o.quiet)},
    };
}

/// What is about samples has no meaning for pictures.
std::optional<Error> checkVideo(const Options& o, int sources) {
    if (sources > 0) return Error{"--video excludes --audio, --tone, --noise and --silence"};
    if (o.tracks != 1) return Error{"--video is one track: start another egress-sim for another one"};
    if (o.declaredRate || o.declaredChannels || !o.dumpDir.empty() || o.loop)
        return Error{"--declare-rate, --declare-channels, --dump and --loop are for audio, not for --video"};
    if (!(o.faults == Faults{})) return Error{"faults are for audio, not for --video"};
    return std::nullopt;
}

std::optional<Error> check(Options& o) {
    if (o.url.empty()) return Error{"--url is missing"};
    auto address = parseAddress(o.url);
    if (!address) return Error{"--url: " + address.error().message};
    o.address = *address;
    if (o.sign) {
        auto secret = signurl::secretFromEnvironment();
        if (!secret) return secret.error();
        o.secret = std::move(*secret);
    }
    const int sources =
        (o.files.empty() ? 0 : 1) + (o.toneHz ? 1 : 0) + (o.noise ? 1 : 0) + (o.silence ? 1 : 0);
    if (sources > 1) return Error{"--audio, --tone, --noise and --silence exclude each other"};
    if (!o.video.empty()) return checkVideo(o, sources);
    if (o.fast && o.faults.stall) return Error{"--stall needs real time, so not --fast"};
    if (o.fast && o.faults.neverSend) return Error{"--never-send needs real time, so not --fast"};
    return std::nullopt;
}

} // namespace

Result<Options> parseOptions(const std::vector<std::string>& args) {
    Options options;
    std::vector<Option> table;
    for (auto part : {trackOptions(options), audioOptions(options), videoOptions(options),
                      faultOptions(options.faults), outputOptions(options)}) {
        table.insert(table.end(), part.begin(), part.end());
    }
    auto parsed = tools::parseOptions(table, args);
    if (!parsed) return parsed.error();
    options.help = *parsed == tools::Parsed::Help;
    if (options.help) return options;
    if (auto error = check(options)) return *error;
    return options;
}

std::string helpText() {
    Options o;
    return "Usage: egress-sim --url ws://HOST:PORT/egress-audio [OPTION]...\n\n"
           "Plays audio into a WebSocket as LiveKit's Track Egress does: one masked binary message per 10 "
           "ms,\n"
           "48 kHz stereo S16LE unless a file says otherwise, an empty Close at the end. Plain ws:// only.\n"
           "Times are seconds of the stream. Ctrl-C ends every track properly.\n\nTracks:\n" +
           tools::describe(trackOptions(o)) + "\nAudio:\n" + tools::describe(audioOptions(o)) +
           "\nVideo, to /egress-video:\n" + tools::describe(videoOptions(o)) + "\nFaults:\n" +
           tools::describe(faultOptions(o.faults)) + "\nOutput:\n" + tools::describe(outputOptions(o)) +
           "\nExit status: 0 every track sent everything and closed as asked, 1 some did not, 2 wrong "
           "usage.\n";
}

std::string trackName(const Options& options, std::uint32_t index) {
    return options.tracks == 1 ? options.trackId : options.trackId + std::to_string(index);
}

tools::Parameters parametersOf(const Options& options, std::uint32_t index, std::uint32_t rate,
                               std::uint32_t channels) {
    const auto number = options.tracks == 1 ? "" : std::to_string(index);
    tools::Parameters parameters = {
        {"roomName", options.room},
        {"participant", options.participant + number},
        {"trackId", trackName(options, index)},
        {"sampleRate", std::to_string(options.declaredRate.value_or(rate))},
        {"channels", std::to_string(options.declaredChannels.value_or(channels))}};
    if (!options.meetingId.empty()) parameters.emplace_back("meetingId", options.meetingId);
    return parameters;
}

} // namespace lm::egresssim
